import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from storage_makers import NOW, RUN, article, dump, keep, stored

from storage.snapshot import snapshot_path
from storage.store import Store
from storage.witness import log_of, witness_of
from storywire.errors import StorageError

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
