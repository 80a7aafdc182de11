"""A question is answered by a process of its own, within its bounds, and the answer is what the database holds."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.asking import Bounds, asking, save_parquet
from storage.snapshot import snapshot_path
from storage.store import Store
from storywire.errors import InputError, StorageError

SMALL = Bounds(memory=300_000_000)
FILES = Bounds(files=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("asked") / "home")
    store.publish()
    return store.home


def ask(home: Path, sql: str, bounds: Bounds | None = None) -> list[tuple[Any, ...]]:
    with asking(home, sql, bounds) as answer:
        return list(answer.rows)


@pytest.fixture(scope="module", autouse=True)
def _another_process_is_about() -> Iterator[None]:
    with subprocess.Popen(["sleep", "3600"]) as other:
        yield
        other.kill()


def children() -> list[psutil.Process]:
    """Of the processes that answer; others of this process may still be about."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it is gone
            if "storage.asked" in child.cmdline():
                found.append(child)
    return found


def test_an_answer_has_its_columns_and_values_of_python(home: Path) -> None:
    sql = """SELECT 1 AS n, 'a"\n' AS t, 1.50 AS d, TIMESTAMP '2026-11-02 09:30:00' AS at, DATE '2026-11-02' AS day,
             true AS yes, NULL AS none, [1, 2] AS l, {'a': 0.5, 'b': ['x']} AS s, MAP {1: 'x'} AS m, 0.5::DOUBLE AS f,
             '44-03-15 (BC)'::DATE AS ides, 'ab'::BLOB AS b, 2::HUGEINT ** 100 AS big"""
    with asking(home, sql) as answer:
        ((*first, big),) = answer.rows
    assert answer.columns == tuple("n t d at day yes none l s m f ides b big".split())
    assert first == [
        1,
        'a"\n',
        Decimal("1.50"),
        datetime(2026, 11, 2, 9, 30),  # noqa: DTZ001
        date(2026, 11, 2),
        True,
        None,
        [1, 2],
        {"a": 0.5, "b": ["x"]},
        {"1": "x"},
        0.5,
        "0044-03-15 (BC)",
        "6162",
    ]
    assert big == 2**100


times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), st.text(), st.floats(), times), min_size=1, max_size=20))
def test_an_answer_and_a_parquet_file_hold_what_was_stored(
    tmp_path: Path, rows: list[tuple[int, str, float, datetime]]
) -> None:
    rows = [(n, text.replace("\0", ""), real, at) for n, text, real, at in rows]
    path = snapshot_path(tmp_path)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE kept (n BIGINT, t VARCHAR, r DOUBLE, seen TIMESTAMP)")
        con.executemany("INSERT INTO kept VALUES (?, ?, ?, ?)", rows)
    with duckdb.connect(str(path), read_only=True) as con:
        stored = con.execute("FROM kept").fetchall()
    assert repr(ask(tmp_path, "FROM kept")) == repr(stored)  # by what is written: nan is not equal to itself
    save_parquet(tmp_path, "FROM kept", tmp_path / "kept.parquet")
    with duckdb.connect() as con:
        assert repr(con.execute("FROM read_parquet(?)", [str(tmp_path / "kept.parquet")]).fetchall()) == repr(stored)


@pytest.mark.parametrize(
    "sql",
    [
        "FROM articles",
        "DESCRIBE articles",
        "SHOW TABLES",
        "SUMMARIZE articles",
        "EXPLAIN FROM articles",
        "EXPLAIN ANALYZE FROM articles",
        "VALUES (1)",
        "WITH a AS (SELECT 1) FROM a",
        "/* why */ -- é\n PIVOT (FROM range(4)) ON range % 2 USING count(*)",
        "FROM (PIVOT (FROM range(4)) ON range % 2 USING count(*))",
        "SELECT 1;",
    ],
)
def test_statements_that_read_are_answered(home: Path, sql: str) -> None:
    ask(home, sql)


def test_a_million_rows_are_streamed_without_being_held_in_either_process(home: Path) -> None:
    sql = "SELECT range AS n, repeat('x', 1000) AS t FROM range(1000000)"  # a gigabyte
    before = psutil.Process().memory_info().rss
    with asking(home, sql, SMALL) as answer:
        rows, most = 0, 0
        for number, (n, text) in enumerate(answer.rows):
            assert (n, len(text)) == (number, 1000)
            rows += 1
            if not number % 10_000:
                (child,) = children()
                most = max(most, child.memory_info().rss, psutil.Process().memory_info().rss - before)
    assert rows == 1_000_000
    assert most < 400_000_000


def test_a_query_that_is_left_half_read_leaves_no_process(home: Path) -> None:
    with asking(home, "FROM range(100000000)") as answer:
        next(answer.rows)
        assert len(children()) == 1
    assert children() == []


def test_the_child_has_no_environment_no_core_dump_and_few_modules(home: Path) -> None:
    with asking(home, "FROM range(100000000)") as answer:
        next(answer.rows)
        (child,) = children()
        folder = Path(f"/proc/{child.pid}")
        if not folder.exists():
            pytest.skip("only Linux shows it")
        assert not {"HOME", "PATH", "STORYWIRE_HOME"} & set(child.environ())
        assert "Max core file size        0                    0" in (folder / "limits").read_text()
        assert not [line for line in (folder / "maps").read_text().splitlines() if "numpy" in line or "torch" in line]


ORPHAN = """
import sys
from datetime import timedelta
from pathlib import Path
from storage.asking import Bounds, asking
with asking(Path(sys.argv[1]), sys.argv[2], Bounds(timedelta(hours=1))) as answer:
    list(answer.rows)
"""
LONG = [
    "SELECT sleep_ms(3600000)",
    "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 7",
    "SELECT " + "(" * 200_000 + "1" + ")" * 200_000,  # it is long in the parser
]


@pytest.mark.parametrize("sql", LONG, ids=["asleep", "at work", "reading the query"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_when_who_asked_is_gone_the_child_is_gone(home: Path, sql: str, how: signal.Signals) -> None:
    if len(sql) > 10**5:
        script, words = ORPHAN.replace("sys.argv[2]", "sys.stdin.read()"), [str(home)]
    else:
        script, words = ORPHAN, [str(home), sql]
    with subprocess.Popen(
        [sys.executable, "-c", script, *words], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as asker:
        assert asker.stdin is not None
        asker.stdin.write(sql.encode())
        asker.stdin.close()
        child = _child(asker.pid)
        asker.send_signal(how)
        asker.wait(30)
        _, alive = psutil.wait_procs([child], timeout=30)
    assert alive == []


def _child(pid: int) -> psutil.Process:
    """The process that answers, once it has the question."""
    asker = psutil.Process(pid)
    for _ in range(3000):
        for child in asker.children():
            if "storage.asked" in child.cmdline() and child.num_threads() > 1:
                return child
        threading.Event().wait(0.01)
    raise AssertionError("it never asked")


def test_a_bound_of_memory_is_said_with_the_way_out(home: Path) -> None:
    with pytest.raises(InputError, match=r"more than 300 MB of memory.*--memory"):
        ask(home, "SELECT repeat('x', 2000000000)", SMALL)


def test_the_time_ends_an_answer_that_is_taken_slower_than_it_comes(home: Path) -> None:
    def slowly(rows: Iterator[tuple[Any, ...]]) -> None:
        for number, _ in enumerate(rows):
            if not number % 2048:
                threading.Event().wait(0.05)  # meanwhile the pipe fills up again

    with asking(home, "FROM range(100000)", Bounds(timedelta(seconds=2))) as answer:
        next(answer.rows)
        threading.Event().wait(3)
        with pytest.raises(InputError, match=r"ended after 2 s"):
            slowly(answer.rows)


def test_a_bound_of_time_is_said_with_the_way_out(home: Path) -> None:
    with pytest.raises(InputError, match=r"ended after 0\.5 s.*--timeout"):
        ask(home, "SELECT sleep_ms(60000)", Bounds(timedelta(seconds=0.5)))


@pytest.mark.parametrize("harm", ["no database", "cut in the middle", "bytes changed"])
def test_a_damaged_snapshot_is_named_with_the_way_to_a_new_one(tmp_path: Path, harm: str) -> None:
    path = snapshot_path(tmp_path)
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE kept AS SELECT range AS n, md5(range::VARCHAR) AS t FROM range(300000)")
    whole = bytearray(path.read_bytes())
    if harm == "no database":
        whole = bytearray(b"nothing of it " * 1000)
    elif harm == "cut in the middle":
        del whole[len(whole) // 2 :]
    else:
        whole[20_000 : len(whole) - 20_000 : 5000] = bytes(len(whole[20_000 : len(whole) - 20_000 : 5000]))
    path.write_bytes(whole)
    with pytest.raises(StorageError, match=r"storywire\.duckdb is damaged.*storywire run"):
        ask(tmp_path, "SELECT sum(n), max(t) FROM kept")


def test_what_a_mistake_says_is_one_line_that_moves_no_terminal(home: Path) -> None:
    with pytest.raises(InputError) as said:
        ask(home, "SELECT ('\x1b[31m\x9bred\n' || 'x')::INTEGER")
    assert str(said.value).isprintable()


def test_a_parquet_file_is_swapped_in_whole_and_a_failure_leaves_the_old_one(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "it's.parquet"
    save_parquet(home, "SELECT range AS n FROM range(1000)", target)
    before = target.read_bytes()
    failing = ["SELECT n::INTEGER FROM (VALUES ('1'), ('x')) AS v(n)", "selec", "EXPLAIN FROM articles", "CHECKPOINT"]
    for sql in failing:
        with pytest.raises(InputError):
            save_parquet(home, sql, target)
    with pytest.raises(InputError, match="ended after"):
        save_parquet(home, "FROM range(1000000000000)", target, Bounds(timedelta(seconds=1)))
    assert target.read_bytes() == before
    assert os.listdir(tmp_path) == [target.name]
    save_parquet(home, "PIVOT (FROM range(4)) ON range % 2 USING count(*)", target)
    with duckdb.connect() as con:
        assert con.execute("FROM read_parquet(?)", [str(target)]).fetchall() == [(2, 2)]


def test_files_are_used_only_by_who_may_and_extensions_by_nobody(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for sql in ("COPY (SELECT 7 AS n) TO 'n.csv'", "FROM 'n.csv'", "ATTACH 'other.duckdb' AS o (READ_ONLY); FROM o.t"):
        with pytest.raises(InputError, match=r"--allow-files|one statement"):
            ask(home, sql)
    assert os.listdir() == []
    with duckdb.connect("other.duckdb") as con:
        con.execute("CREATE TABLE t AS SELECT 8 AS n")
    ask(home, "COPY (SELECT 7 AS n) TO 'n.csv'", FILES)
    assert ask(home, "FROM 'n.csv'", FILES) == [(7,)]
    assert ask(home, "ATTACH 'other.duckdb' AS o (READ_ONLY); FROM o.t", FILES) == [(8,)]
    for sql in ("INSTALL httpfs", "LOAD httpfs", "SET autoload_known_extensions = true", "FROM 'http://127.0.0.1:1/a'"):
        with pytest.raises(InputError):
            ask(home, sql, FILES)
    with pytest.raises(InputError, match="read-only"):
        ask(home, "DELETE FROM private.meta", FILES)


def test_a_file_that_cannot_be_there_is_said_before_anything_is_asked(home: Path, tmp_path: Path) -> None:
    for target in (tmp_path, Path("/dev/null"), tmp_path / "none" / "x.parquet"):
        with pytest.raises(InputError):
            save_parquet(home, "SELECT 1", target)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    assert children() == []
