import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from storage_makers import NOW, RUN, article, dump, keep, stored

from storage.database import clear
from storage.snapshot import snapshot_path
from storage.store import Store
from storage.witness import log_of, witness_of
from storywire.errors import DiskError, StorageError

Harm = Callable[[Path], None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[str]]]:
    """An installation with a published part, and more in the log of its writer; and all that it holds."""
    store = Store(tmp_path_factory.mktemp("whole") / "home")
    keep(store, [article(n) for n in range(20)])
    store.publish()
    for n in range(100, 104):
        store.save_collected([stored(n)], RUN)
    assert log_of(store.path).exists()
    return store.home, told(store)


def told(store: Store) -> dict[str, list[str]]:
    """All rows, read as the product reads them."""
    with store.transaction() as con:
        names = con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'private'").fetchall()
        return {name: sorted(map(repr, con.execute(f"FROM private.{name}").fetchall())) for (name,) in names}


def flip(file: str, seed: int) -> Harm:
    def harm(private: Path) -> None:
        path, chance = private / file, random.Random(f"{file} {seed}")
        content = bytearray(path.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)

    return harm


def cut(file: str, share: float) -> Harm:
    def harm(private: Path) -> None:
        content = (private / file).read_bytes()
        (private / file).write_bytes(content[: int(len(content) * share)])

    return harm


def garbage(file: str, size: int) -> Harm:
    return lambda private: (private / file).write_bytes(random.Random(size).randbytes(size)) and None


def gone(file: str) -> Harm:
    return lambda private: (private / file).unlink()


MAIN, LOG = "writer.duckdb", "writer.duckdb.wal"
HARMS = {
    **{f"{file} with bit {n} flipped": flip(file, n) for file in (MAIN, LOG) for n in range(20)},
    **{f"{file} cut to {share}": cut(file, share) for file in (MAIN, LOG) for share in (0, 0.01, 0.3, 0.7, 0.98)},
    **{f"{file} of {size} random bytes": garbage(file, size) for file in (MAIN, LOG) for size in (10, 70_000)},
    **{f"{file} gone": gone(file) for file in (MAIN, LOG)},
}


def test_nothing_is_lost_silently_whatever_happens_to_the_files(
    whole: tuple[Path, dict[str, list[str]]], tmp_path: Path
) -> None:
    home, all_of_it = whole
    said: dict[str, str] = {}
    for number, (name, harm) in enumerate(HARMS.items()):
        copy = tmp_path / str(number)
        shutil.copytree(home, copy)
        harm(copy / "private")
        store = Store(copy)
        try:
            assert told(store) == all_of_it, f"a silent loss: {name}"
        except StorageError as error:
            said[name] = str(error).replace(str(snapshot_path(copy)), "SNAPSHOT")
        shutil.rmtree(copy)
    wrong = [line for line in said.values() if not line.endswith("storywire restore SNAPSHOT") or "\n" in line]
    assert wrong == []
    unnoticed = set(HARMS) - set(said)
    assert not any(LOG in name for name in unnoticed)  # of the database, there are parts that no row is made of
    assert len(said) > len(HARMS) // 2


@pytest.mark.parametrize("name", [f"{MAIN} cut to 0.3", f"{LOG} gone", f"{LOG} with bit 3 flipped", f"{MAIN} gone"])
def test_the_way_back_that_is_named_leads_back(
    whole: tuple[Path, dict[str, list[str]]], tmp_path: Path, name: str
) -> None:
    shutil.copytree(whole[0], tmp_path / "home")
    HARMS[name](tmp_path / "home" / "private")
    store = Store(tmp_path / "home")
    with pytest.raises(StorageError) as caught:
        store.feeds()
    harmed = {p.name: p.read_bytes() for p in (store.path, log_of(store.path)) if p.exists()}
    done = store.restore(Path(str(caught.value).rpartition("storywire restore ")[2]), {})
    assert done.articles == 20
    kept = {p.name.replace("previous", "writer"): p.read_bytes() for p in store.private.glob("previous.duckdb*")}
    assert kept == (
        harmed if MAIN in harmed else {}
    )  # a log alone is of no use; what was there, its log too, is set aside as it was
    assert len(told(store)["article"]) == 20
    store.save_collected([stored(100)], RUN)
    store.publish()


def test_a_log_that_is_in_the_database_by_now_is_not_missed(whole: tuple[Path, object], tmp_path: Path) -> None:
    shutil.copytree(whole[0], tmp_path / "home")
    store = Store(tmp_path / "home")
    with store.locked(), store.opened() as con:
        con.execute("CHECKPOINT")
    assert not log_of(store.path).exists()
    assert told(Store(store.home)) == whole[1]


@pytest.mark.parametrize("said", ["", "abc", "a 1 2 3\n", "x" * 64 + " 999999 1 1\n"])
def test_a_note_that_is_not_whole_says_nothing(whole: tuple[Path, object], tmp_path: Path, said: str) -> None:
    shutil.copytree(whole[0], tmp_path / "home")
    store = Store(tmp_path / "home")
    witness_of(store.path).write_text(said)
    assert told(store) == whole[1]


def test_a_commit_that_no_note_was_taken_of_is_no_damage(whole: tuple[Path, object], tmp_path: Path) -> None:
    shutil.copytree(whole[0], tmp_path / "home")
    store = Store(tmp_path / "home")
    note = witness_of(store.path).read_bytes()
    store.save_collected([stored(200)], RUN)
    before = dump(store)
    witness_of(store.path).write_bytes(note)
    store = Store(store.home)
    assert len(told(store)["article"]) == 25
    assert dump(store) == before
    assert NOW


def test_without_any_copy_the_error_says_what_is_left_to_do(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.feeds()
    store.path.write_bytes(b"")
    with pytest.raises(StorageError, match=r"no backup and no snapshot can be read either.*storywire restore FILE"):
        Store(tmp_path).feeds()


BIG = """
import resource, signal, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from storage_makers import *
store, first, room = Store(Path(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4])
pairs = [(e, replace(a, text=f"Ceasefire talks {a.url} " * 200)) for e, a in map(stored, range(first, first + 400))]
if room:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python would go on
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
store.save_collected(pairs, RUN)
"""


def killed_in_a_commit(store: Store, first: int, room: int) -> int:
    """Another process commits 400 articles: past so many bytes of log the system kills it, or as soon as the log grows
    it gets SIGKILL (0). How it ended.
    """
    before = log_of(store.path).stat().st_size if log_of(store.path).exists() else 0
    limit = before + room if room else 0
    command = [sys.executable, "-c", BIG, str(Path(__file__).parent), str(store.home), str(first), str(limit)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not room:
            if log_of(store.path).exists() and log_of(store.path).stat().st_size > before:
                process.kill()
            time.sleep(0.0005)
        return process.wait(60)


@pytest.mark.parametrize("rooms", [(0, 0, 0), (100_000, 5000), (9, 700_000), (1_000_000, 0)])
def test_a_kill_inside_a_commit_is_no_damage_and_what_was_committed_stays(
    whole: tuple[Path, dict[str, list[str]]], tmp_path: Path, rooms: tuple[int, ...]
) -> None:
    shutil.copytree(whole[0], tmp_path / "home")
    store, committed = Store(tmp_path / "home"), 24
    for n, room in enumerate(rooms):
        ended = killed_in_a_commit(store, 1000 * (n + 1), room)
        assert ended in ((-signal.SIGXFSZ,) if room else (-signal.SIGKILL, 0))
        now = len(told(store)["article"])  # a read, after which what is there is noted
        assert now == committed or (not room and now == committed + 400)
        committed = now
    for n in range(5000, 5003):
        Store(store.home).save_collected([stored(n)], RUN)
    rows = told(Store(store.home))
    assert len(rows["article"]) == committed + 3
    assert set(whole[1]["article"]) <= set(rows["article"])


def test_after_a_killed_commit_was_healed_a_log_that_is_gone_is_refused_as_ever(
    whole: tuple[Path, dict[str, list[str]]], tmp_path: Path
) -> None:
    shutil.copytree(whole[0], tmp_path / "home")
    store = Store(tmp_path / "home")
    assert killed_in_a_commit(store, 1000, 100_000) == -signal.SIGXFSZ
    store.feeds()
    store.save_collected([stored(300)], RUN)
    for harm in (gone(LOG), cut(LOG, 0.9), flip(LOG, 1)):
        shutil.copytree(store.home, tmp_path / "copy")
        harm(tmp_path / "copy" / "private")
        with pytest.raises(StorageError, match="with what was stored last"):
            Store(tmp_path / "copy").feeds()
        shutil.rmtree(tmp_path / "copy")


@pytest.mark.parametrize(
    ("said", "full"),
    [
        ('IO Error: Could not write file "writer.duckdb.wal": No space left on device', True),
        ('FATAL Error: Failed to create checkpoint: Could not write file "writer.duckdb"', True),
        ("IO Error: This WAL was created for another file", False),
        ("IO Error: the checkpoint iteration does not match", False),
    ],
)
def test_a_full_disk_is_told_from_damage(tmp_path: Path, said: str, full: bool) -> None:
    error = duckdb.FatalException(said) if said.startswith("FATAL") else duckdb.IOException(said)
    assert isinstance(clear(error, tmp_path / "writer.duckdb"), DiskError) == full


def test_a_log_of_an_older_state_of_the_database_is_damage(
    whole: tuple[Path, dict[str, list[str]]], tmp_path: Path
) -> None:
    shutil.copytree(whole[0], tmp_path / "home")
    store = Store(tmp_path / "home")
    old = log_of(store.path).read_bytes()
    store.publish()
    log_of(store.path).write_bytes(old)
    witness_of(store.path).unlink()
    with pytest.raises(StorageError, match="cannot be read as Storywire's database"):
        store.feeds()


def test_the_way_back_can_be_pasted_whatever_the_folder_is_called(
    whole: tuple[Path, dict[str, list[str]]], tmp_path: Path
) -> None:
    home = tmp_path / "my news; old"
    shutil.copytree(whole[0], home)
    gone(LOG)(home / "private")
    with pytest.raises(StorageError) as caught:
        Store(home).feeds()
    command = str(caught.value).rpartition("put it back with: ")[2]
    assert shlex.split(command) == ["storywire", "restore", str(snapshot_path(home))]
