import os
import random
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from storage_filling import fill
from storage_makers import NOW, RUN, article, dump, keep, sql, stored, watch

from storage.copies import backups_in, last_good, verify
from storage.database import BEFORE_MIGRATION
from storage.exchange import export_tables
from storage.schema import MIGRATIONS
from storage.snapshot import snapshot_path
from storage.store import Store
from storywire.errors import NewerSchemaError, StorageError
from tests.published import query

NAME = "storywire-20261122T083000Z.duckdb"


def restored(store: Store, source: Path) -> Any:
    return store.restore(source, {"thresholds.json": store.home / "thresholds.json"})


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_stored_is_there_again_after_a_backup_and_a_restore(tmp_path: Path, seed: int) -> None:
    store, other = Store(tmp_path / "one"), Store(tmp_path / "other")
    with store.transaction() as con:
        fill(con, random.Random(seed), rows=20)
    made = store.backup(tmp_path / "backups", NOW, {})
    before = dump(store)
    done = restored(other, made.path)
    assert dump(other) == before
    assert all(before.values())
    assert (done.articles, done.previous) == (made.articles, None)
    views = "SELECT schema_name, view_name, comment, column_count FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
    macros = "SELECT function_name, parameters FROM duckdb_functions() WHERE NOT internal ORDER BY ALL"
    assert (sql(other, views), sql(other, macros)) == (sql(store, views), sql(store, macros))
    assert query(other.publish().parent, "SELECT count(*) FROM articles") == ((done.articles,),)
    with pytest.raises(duckdb.ConstraintException):  # keys and what may be null are as they were
        sql(other, "INSERT INTO private.run (run_id) VALUES (NULL)")


def test_a_backup_is_one_file_that_only_its_owner_reads_named_by_its_time(store: Store, tmp_path: Path) -> None:
    keep(store, [article(1)])
    made = store.backup(tmp_path / "b", NOW, {})
    assert [p.name for p in (tmp_path / "b").iterdir()] == [NAME] == [made.path.name]
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert (made.articles, made.size) == (1, made.path.stat().st_size)
    with duckdb.connect(str(made.path), read_only=True) as con:  # a plain client can ask it
        assert con.execute("SELECT title FROM articles").fetchall() == [("Title 1",)]


def test_only_so_many_of_the_newest_backups_are_kept_and_nothing_else_is_touched(store: Store, tmp_path: Path) -> None:
    keep(store, [article(1)])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "notes.duckdb").touch()
    made = [store.backup(tmp_path / "b", NOW + timedelta(days=n), {}, keep=3) for n in range(5)]
    assert backups_in(tmp_path / "b") == [each.path for each in made[2:]]
    assert [each.removed for each in made[3:]] == [(made[0].path,), (made[1].path,)]
    assert (tmp_path / "b" / "notes.duckdb").exists()


def test_the_backup_that_was_just_made_and_what_a_person_put_there_are_never_removed(
    store: Store, tmp_path: Path
) -> None:
    keep(store, [article(1)])
    folder = tmp_path / "b"
    newer = [store.backup(folder, NOW + timedelta(days=n), {}).path for n in (1, 2)]  # by a clock that ran ahead
    own = [folder / name for name in ("storywire-0-first.duckdb", "storywire-20200101T000000Z-mine.duckdb")]
    for path in own:
        path.write_text("mine")
    made = store.backup(folder, NOW, {}, keep=2)
    assert made.removed == (newer[0],)
    assert sorted(folder.iterdir()) == sorted([*own, made.path, newer[1]])
    assert store.backup(folder, NOW, {}, keep=1).removed == (newer[1],)
    assert made.path.exists()


def test_a_restored_copy_has_the_views_of_this_storywire(store: Store, tmp_path: Path) -> None:
    keep(store, [article(1)])
    sql(
        store, "DROP VIEW storylines; CREATE VIEW storylines AS SELECT 'x' AS mine; CREATE VIEW more AS SELECT 1 AS one"
    )
    made = store.backup(tmp_path / "b", NOW, {})
    other = Store(tmp_path / "other")
    restored(other, made.path)
    assert sql(other, "SELECT count(*) FROM duckdb_views() WHERE view_name = 'more'") == [(0,)]
    assert sql(other, "SELECT label FROM storylines") == [("Aleppo",)]


@pytest.mark.parametrize("act", ["store.restore(Path(sys.argv[3]), {})", "rewrite(store.path)"])
def test_a_copy_that_has_no_room_is_not_left_behind(store: Store, tmp_path: Path, act: str) -> None:
    keep(store, [replace(article(n), text=random.Random(n).randbytes(4000).hex()) for n in range(60)])
    made = store.backup(tmp_path / "b", NOW, {})
    script = f"""
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from storage_makers import *
from storage.rewriting import rewrite
from storywire.errors import StorageError
store = Store(Path(sys.argv[2]))
store.publish()
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try: {act}
except (StorageError, duckdb.Error) as error: print(error)
"""
    command = [sys.executable, "-c", script, str(Path(__file__).parent), str(store.home), str(made.path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert len(done.stdout.splitlines()) == 1, done
    assert not {"restored.duckdb", "restored.duckdb.wal", "fresh.duckdb", "fresh.duckdb.wal"} & set(
        os.listdir(store.private)
    )


def test_what_a_person_tuned_goes_along_and_what_it_replaces_is_kept(store: Store, tmp_path: Path) -> None:
    keep(store, [article(1)])
    file = store.home / "thresholds.json"
    file.write_text("tuned")
    made = store.backup(tmp_path / "b", NOW, {"thresholds.json": file, "not there": tmp_path / "none"})
    assert made.files == ("thresholds.json",)
    file.write_text("tuned worse")
    assert restored(store, made.path).files == ("thresholds.json",)
    assert (file.read_text(), file.with_name("thresholds.json.previous").read_text()) == ("tuned", "tuned worse")
    assert restored(store, made.path).files == ()


def test_what_was_there_before_is_kept_and_can_be_put_back_in_turn(store: Store, tmp_path: Path) -> None:
    keep(store, [article(1)])
    made = store.backup(tmp_path / "b", NOW, {})
    store.save_collected([stored(2)], RUN)
    later = dump(store)
    done = restored(store, made.path)
    assert done.previous == store.private / "previous.duckdb"
    assert sql(store, "SELECT count(*) FROM private.article") == [(1,)]
    restored(store, done.previous)
    assert dump(store) == later


def test_a_restore_done_again_sets_nothing_aside(store: Store, tmp_path: Path) -> None:
    keep(store, [article(1)])
    made = store.backup(tmp_path / "b", NOW, {})
    store.save_collected([stored(2)], RUN)
    previous = restored(store, made.path).previous
    content = previous.read_bytes()
    assert restored(store, made.path).previous is None
    assert previous.read_bytes() == content
    assert not list(store.private.glob("restored*"))


def test_the_published_snapshot_is_a_backup_too(store: Store, tmp_path: Path) -> None:
    keep(store, [article(1)])
    store.add_watch(watch())
    store.publish()
    before = dump(store)
    other = Store(tmp_path / "other")
    restored(other, snapshot_path(store.home))
    assert dump(other) == before
    other.publish()
    assert query(other.home, "SELECT count(*) FROM articles") == ((1,),)


@pytest.mark.parametrize("bytes_", [b"", b"no database" * 999])
def test_what_is_no_backup_is_refused_and_nothing_changes(store: Store, tmp_path: Path, bytes_: bytes) -> None:
    keep(store, [article(1)])
    before = dump(store)
    (tmp_path / "file").write_bytes(bytes_)
    with duckdb.connect(str(tmp_path / "foreign.duckdb")) as con:
        con.execute("CREATE TABLE other AS SELECT 1 AS one")
    for name, said in (("file", "damaged"), ("none", "no file"), ("foreign.duckdb", "no database of Storywire")):
        with pytest.raises(StorageError, match=said):
            restored(store, tmp_path / name)
    assert dump(store) == before
    assert not (store.private / "previous.duckdb").exists()


def test_a_damaged_backup_is_refused_wherever_it_is_damaged(store: Store, tmp_path: Path) -> None:
    keep(store, [article(n) for n in range(30)])
    made = store.backup(tmp_path / "b", NOW, {})
    before, whole, chance, refused = dump(store), made.path.read_bytes(), random.Random(1), 0
    for _ in range(12):
        broken = bytearray(whole)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        made.path.chmod(0o600)
        made.path.write_bytes(broken)
        try:
            restored(Store(tmp_path / "other"), made.path)
        except StorageError:
            refused += 1
        else:  # the bit was in a part of the file that holds nothing, or an index
            assert dump(Store(tmp_path / "other")) == before
    assert refused > 0
    for length in (0, 5000, len(whole) // 2):
        made.path.write_bytes(whole[:length])
        with pytest.raises(StorageError):
            restored(store, made.path)
    assert dump(store) == before


def test_a_backup_of_a_newer_storywire_is_refused(store: Store, tmp_path: Path) -> None:
    sql(store, "UPDATE private.meta SET value = '99' WHERE key = 'schema_version'")
    store.publish()
    with pytest.raises(NewerSchemaError, match=r"schema 99.*update Storywire"):
        restored(Store(tmp_path / "other"), snapshot_path(store.home))


def test_a_backup_that_cannot_be_read_back_is_not_kept(store: Store, tmp_path: Path) -> None:
    keep(store, [replace(article(n), text=random.Random(n).randbytes(4000).hex()) for n in range(300)])
    store.publish()
    content = bytearray(store.path.read_bytes())
    for at in range(300_000, len(content), 100_000):
        content[at] ^= 1
    store.path.write_bytes(content)
    back = rf"writer.duckdb cannot be read.*storywire restore {snapshot_path(store.home)}"
    with pytest.raises(StorageError, match=back):
        Store(store.home).backup(tmp_path / "b", NOW, {})
    assert [*(tmp_path / "b").iterdir()] == []
    with pytest.raises(StorageError, match=back):
        export_tables(Store(store.home), tmp_path / "e", NOW)
    assert not (tmp_path / "e").exists()


def test_the_newest_good_copy_is_found(store: Store) -> None:
    keep(store, [article(1)])
    assert last_good(store.home) is None
    store.publish()
    assert last_good(store.home) == snapshot_path(store.home)
    one, two = (store.backup(store.home / "backups", NOW + timedelta(days=n), {}).path for n in range(2))
    os.utime(one, (one.stat().st_mtime - 60, one.stat().st_mtime - 60))
    assert last_good(store.home) == two
    two.write_bytes(two.read_bytes()[:9000])
    assert last_good(store.home) in (one, snapshot_path(store.home))
    assert verify(one) == 1


def test_an_older_file_is_copied_before_it_is_migrated(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(store, [article(1)])
    before, kept = dump(store), store.private / BEFORE_MIGRATION
    assert not kept.exists()
    scripts = [f"ALTER TABLE private.feed ADD COLUMN note{n} VARCHAR" for n in range(2)]
    for n in range(2):
        monkeypatch.setattr("storage.database.MIGRATIONS", (*MIGRATIONS, *scripts[: n + 1]))
        Store(store.home).feeds()
        with duckdb.connect(str(kept), read_only=True) as con:
            assert sorted(map(repr, con.execute("FROM private.article").fetchall())) == before["article"]
            version = con.execute("SELECT value FROM private.meta WHERE key = 'schema_version'").fetchall()
        assert version == [(str(len(MIGRATIONS) + n),)]
