import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock
from storage_makers import NOW, RUN, dump, entry, feed, sql, stored

from storage.schema import MIGRATIONS
from storage.snapshot import snapshot_path
from storage.store import Store
from storywire.errors import BusyError, DiskError, NewerSchemaError, StorageError
from tests.published import query


def child(store: Store, code: str) -> subprocess.CompletedProcess[str]:
    """Runs code in another process, where `store` is this store and storage_makers is imported."""
    script = f"""
import os, resource, signal, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from storage_makers import *
from storywire.errors import *
store = Store(Path({str(store.home)!r}))
{textwrap.dedent(code)}"""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    store.add_feeds([feed(1)])
    before = dump(store)
    with pytest.raises(duckdb.CatalogException), store.transaction() as con:
        con.execute("DELETE FROM private.feed; FROM no_such_table")
    assert dump(store) == before


def test_a_process_killed_inside_a_transaction_leaves_nothing_of_it_and_keeps_what_was_committed(store: Store) -> None:
    done = child(
        store,
        """
        store.add_feeds([feed(1)])
        with store.transaction() as con:
            con.execute("DELETE FROM private.feed")
            os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    assert done.returncode == -signal.SIGKILL
    assert store.feeds() == [feed(1)]


def test_while_another_process_writes_the_store_waits_and_then_says_so(store: Store) -> None:
    store.add_feeds([feed(1)])
    impatient = Store(store.home, wait=timedelta(seconds=0.2))
    with FileLock(store.private / "writer.lock"), pytest.raises(BusyError, match=r"writer\.lock.*try again"):
        impatient.feeds()
    assert impatient.feeds() == [feed(1)]


def test_a_client_that_has_the_writers_file_open_is_named_as_the_cause(store: Store) -> None:
    store.add_feeds([feed(1)])
    with duckdb.connect(str(store.path)):
        done = child(store, "try: store.feeds()\nexcept BusyError as error: print(error)")
    assert "another program has" in done.stdout
    assert "snapshot" in done.stdout


def test_a_file_of_a_newer_storywire_is_refused_and_left_alone(store: Store) -> None:
    sql(store, "UPDATE private.meta SET value = '99' WHERE key = 'schema_version'")
    before = dump(store)
    with pytest.raises(NewerSchemaError, match=r"schema 99.*update Storywire"):
        Store(store.home).feeds()
    assert dump(store) == before


def test_a_new_file_gets_the_newest_schema_in_a_folder_that_nobody_else_can_open(store: Store) -> None:
    store.feeds()
    assert sql(store, "SELECT value FROM private.meta WHERE key = 'schema_version'") == [(str(len(MIGRATIONS)),)]
    assert store.private.stat().st_mode & 0o777 == 0o700


def test_a_migration_that_fails_leaves_the_file_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_feeds([feed(1)])
    before = dump(store)
    monkeypatch.setattr("storage.database.MIGRATIONS", (*MIGRATIONS, "DELETE FROM private.feed; SELECT no_such_thing;"))
    with pytest.raises(duckdb.BinderException):
        Store(store.home).feeds()
    assert dump(store) == before


def test_an_older_file_is_migrated_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_feeds([feed(1)])
    monkeypatch.setattr(
        "storage.database.MIGRATIONS", (*MIGRATIONS, "ALTER TABLE private.feed ADD COLUMN note VARCHAR")
    )
    for _ in range(2):
        assert Store(store.home).feeds() == [feed(1)]
    assert sql(store, "SELECT note FROM private.feed") == [(None,)]


def test_a_file_that_is_not_a_database_is_said_to_be_so_and_is_not_touched(store: Store) -> None:
    store.private.mkdir(parents=True)
    store.path.write_bytes(b"something else " * 99)
    with pytest.raises(StorageError, match="cannot be read as Storywire's database") as caught:
        store.feeds()
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, DiskError)
    assert store.path.read_bytes() == b"something else " * 99


def test_a_damaged_file_is_said_to_be_so(store: Store) -> None:
    store.add_feeds([feed(1)])
    store.publish()
    content = bytearray(store.path.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\xff" * 4096
    store.path.write_bytes(content)
    with pytest.raises(StorageError, match="storywire restore"):
        store.feeds()


def test_a_full_disk_is_one_clear_line_and_loses_nothing(store: Store) -> None:
    store.add_feeds([feed()])
    store.save_polls([(feed(), [entry(1)])], RUN)
    done = child(
        store,
        """
        store.feeds()
        size = store.path.with_name("writer.duckdb.wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, resource.RLIM_INFINITY))
        for attempt in ("first", "second"):
            try:
                store.save_polls([(feed(), [entry(n, summary=os.urandom(30_000).hex()) for n in range(2, 90)])], RUN)
            except DiskError as error:
                print(attempt, error)
        try:
            store.publish()
        except DiskError as error:
            print("publish", error)
        """,
    )
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["first", "second", "publish"], done
    assert all("make room" in line for line in lines)
    assert store.pending_entries(NOW) == [entry(1)]
    assert store.save_polls([(feed(), [entry(2)])], RUN) == 1
    assert query(store.publish().parent, "SELECT count(*) FROM entries") == ((2,),)


def test_a_publish_that_fails_leaves_the_old_snapshot(store: Store) -> None:
    store.add_feeds([feed(1)])
    store.publish()
    store.add_feeds([feed(2)])
    done = child(
        store,
        """
        store.feeds()
        with store.transaction() as con: con.execute("SELECT 1")
        with store.locked(), store.opened() as con: con.execute("CHECKPOINT")
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
        try: store.publish()
        except DiskError as error: print(error)
        """,
    )
    assert "make room" in done.stdout, done
    assert query(store.home, "SELECT feed_url FROM feeds") == ((feed(1).url,),)
    store.publish()
    assert len(query(store.home, "FROM feeds")) == 2
    assert sorted(path.name for path in store.home.iterdir()) == ["private", "storywire.duckdb"]


def test_a_client_that_forgets_to_open_the_snapshot_read_only_cannot_keep_others_out(store: Store) -> None:
    assert store.publish().stat().st_mode & 0o222 == 0


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o444), (0o027, 0o440), (0o077, 0o400)])
def test_who_may_read_the_snapshot_is_for_the_umask_to_say(store: Store, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        assert store.publish().stat().st_mode & 0o777 == mode
    finally:
        os.umask(before)


def test_two_runs_of_one_installation_never_overlap_and_others_write_meanwhile(store: Store) -> None:
    with store.running():
        done = child(
            store,
            """
            store = Store(store.home, wait=timedelta(seconds=0.2))
            store.add_feeds([feed(1)])
            try:
                with store.running(): print("overlap")
            except BusyError as error: print(error)
            """,
        )
    assert done.stdout == f"another run is collecting in {store.home}; it ends by itself, then try again\n", done
    assert store.feeds() == [feed(1)]
    with store.running():
        pass


def test_a_run_that_was_killed_keeps_no_other_out(store: Store) -> None:
    done = child(store, "with store.running(): os.kill(os.getpid(), signal.SIGKILL)")
    assert done.returncode == -signal.SIGKILL
    with store.running():
        pass


def test_what_a_killed_publish_left_is_cleaned_by_the_next(store: Store) -> None:
    store.add_feeds([feed(1)])
    store.publish()
    snapshot_path(store.home).with_name(".storywire.duckdb.new").write_bytes(b"half a copy")
    store.publish()
    assert sorted(path.name for path in store.home.iterdir()) == ["private", "storywire.duckdb"]


def test_a_reader_that_has_the_old_snapshot_open_reads_on_in_it(store: Store) -> None:
    store.save_collected([stored(n) for n in range(50)], RUN)
    path = store.publish()
    with duckdb.connect(str(path), read_only=True) as reader:
        assert reader.execute("SELECT count(*) FROM articles").fetchall() == [(50,)]
        store.save_collected([stored(n) for n in range(50, 60)], RUN)
        assert store.publish() == path
        assert reader.execute("SELECT count(DISTINCT text) FROM articles").fetchall() == [(50,)]
        fresh = child(
            store,
            """
            from storage.snapshot import reading
            with reading(store.home) as con: print(con.execute("SELECT count(*) FROM articles").fetchall())
            """,
        )
        assert "60" in fresh.stdout


def test_a_log_that_a_client_left_beside_the_snapshot_does_no_harm(store: Store) -> None:
    store.add_feeds([feed(1)])
    path = store.publish()
    path.chmod(0o644)
    done = child(
        store,
        f"""
        con = duckdb.connect({str(path)!r})
        con.execute("DELETE FROM private.feed")
        os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    assert done.returncode == -signal.SIGKILL
    assert path.with_name("storywire.duckdb.wal").exists()
    store.add_feeds([feed(2)])
    store.publish()
    assert not path.with_name("storywire.duckdb.wal").exists()
    assert len(query(store.home, "FROM feeds")) == 2


def test_many_processes_write_one_after_the_other(store: Store) -> None:
    code = "for n in range(5): store.add_feeds([feed(int(sys.argv[1]) * 10 + n)])"
    script = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom pathlib import Path\n"
    script += f"from storage_makers import *\nstore = Store(Path({str(store.home)!r}))\n{code}"
    children = [subprocess.Popen([sys.executable, "-c", script, str(k)]) for k in range(3)]
    assert [process.wait(60) for process in children] == [0, 0, 0]
    assert len(store.feeds()) == 15
