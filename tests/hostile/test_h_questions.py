"""Questions that do harm (H77) or never end (H78): none passes, and nothing ends but the process that answers it."""

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from storage.asking import Bounds, asking, save_parquet
from storage.store import Store
from storywire.errors import InputError

LIMIT = Bounds(timedelta(seconds=2), memory=500_000_000)
REACTION = 1.0  # seconds after its limit in which a query must be over


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("questions") / "home")
    store.publish()
    (store.private / "secret.csv").write_text("key\nhunter2\n")
    return store.home


def ask(home: Path, sql: str, bounds: Bounds | None = None) -> list[tuple[Any, ...]]:
    with asking(home, sql, bounds) as answer:
        return list(answer.rows)


def state(*folders: Path) -> dict[str, str]:
    """All files of these folders, by what they hold."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


SECRET, SNAPSHOT = "{home}/private/secret.csv", "{home}/storywire.duckdb"
DANGEROUS = [
    f"FROM read_text('{SECRET}')",
    f"FROM read_blob('{SECRET}')",
    f"FROM read_csv('{SECRET}')",
    f"FROM read_csv_auto('{SECRET}')",
    f"FROM read_json('{SECRET}')",
    f"FROM read_json_objects('{SECRET}')",
    f"FROM read_ndjson('{SECRET}')",
    f"FROM read_parquet('{SECRET}')",
    f"FROM parquet_metadata('{SECRET}')",
    f"FROM parquet_schema('{SECRET}')",
    "FROM read_duckdb('{home}/private/writer.duckdb')",
    f"FROM '{SECRET}'",
    "FROM '/etc/passwd'",
    "FROM read_text('/proc/self/environ')",
    "FROM read_blob('/dev/mem')",
    f"FROM read_blob('{SNAPSHOT}')",
    "FROM glob('/*')",
    "FROM glob('{home}/private/*')",
    f"FROM sniff_csv('{SECRET}')",
    f"SELECT * FROM query('FROM read_csv(''{SECRET}'')')",
    f"FROM query_table('{SECRET}')",
    f"FROM query_table(['articles', '{SECRET}'])",
    "FROM query('DROP TABLE private.meta')",
    "FROM query('SELECT 1; DROP TABLE private.meta')",
    f"SELECT * FROM json_execute_serialized_sql(json_serialize_sql('FROM read_csv(''{SECRET}'')'))",
    "PRAGMA json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "FROM 'http://127.0.0.1:1/a.csv'",
    "FROM read_csv('https://127.0.0.1:1/a.csv')",
    "FROM read_parquet('s3://bucket/a.parquet')",
    "COPY articles TO 'stolen.csv'",
    "COPY (SELECT 1) TO 'stolen.parquet' (FORMAT parquet)",
    "COPY (PIVOT (FROM range(4)) ON range % 2) TO 'stolen.csv'",
    "COPY (SELECT 1) TO '/dev/stdout'",
    f"COPY private.meta FROM '{SECRET}'",
    # The path of the open database, and of a log beside it, are among those that DuckDB itself allows.
    f"COPY (SELECT 1) TO '{SNAPSHOT}' (FORMAT csv, USE_TMP_FILE false)",
    f"COPY (SELECT 1) TO '{SNAPSHOT}.wal' (FORMAT csv, USE_TMP_FILE false)",
    f"EXPLAIN ANALYZE COPY (SELECT 1) TO '{SNAPSHOT}.wal' (FORMAT csv, USE_TMP_FILE false)",
    f"EXPLAIN ANALYZE COPY (SELECT 1) TO '{SNAPSHOT}' (FORMAT csv, USE_TMP_FILE false)",
    "COPY FROM DATABASE storywire TO memory",
    "EXPORT DATABASE 'stolen'",
    "IMPORT DATABASE 'stolen'",
    "ATTACH 'other.duckdb'",
    "ATTACH ':memory:' AS more",
    "ATTACH '{home}/private/writer.duckdb' AS w",
    f"ATTACH '{SECRET}' AS s (TYPE sqlite)",
    "DETACH storywire",
    "USE temp",
    "CONNECT 'quack:127.0.0.1'",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM 'http://127.0.0.1:1'",
    "LOAD httpfs",
    "LOAD '{home}/private/evil.duckdb_extension'",
    "UPDATE EXTENSIONS",
    "SET enable_external_access = true",
    "SET GLOBAL disabled_filesystems = ''",
    "SET lock_configuration = false",
    "SET memory_limit = '100GB'",
    "SET temp_directory = '/tmp'",
    "SET VARIABLE a = 1",
    "RESET memory_limit",
    "PRAGMA enable_profiling",
    "PRAGMA memory_limit = '100GB'",
    "PRAGMA database_list",
    "CALL enable_logging(storage = 'file', storage_path = 'stolen')",
    "FROM enable_logging(storage = 'file', storage_path = 'stolen')",
    "FROM enable_profiling(save_location = 'stolen.json')",
    "CALL pragma_version()",
    "CREATE TABLE t (n INTEGER)",
    "CREATE TEMP TABLE t AS SELECT 1",
    "CREATE TEMP TABLE t AS PIVOT (FROM range(4)) ON range % 2",
    "CREATE TEMP MACRO articles() AS TABLE SELECT 1",
    "CREATE OR REPLACE VIEW articles AS SELECT 1",
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'b')",
    "DROP TABLE private.meta",
    "DROP VIEW articles",
    "ALTER TABLE private.meta ADD COLUMN n INTEGER",
    "COMMENT ON VIEW articles IS 'mine'",
    "INSERT INTO private.meta VALUES ('a', 'b')",
    "UPDATE private.meta SET value = '99'",
    "DELETE FROM private.meta",
    "TRUNCATE private.meta",
    "MERGE INTO private.meta USING private.meta AS m USING (key) WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM private.meta RETURNING key) FROM gone",
    "EXPLAIN ANALYZE DELETE FROM private.meta",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "FROM force_checkpoint()",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE p",
    "SELECT 1; DROP TABLE private.meta",
    "SELECT 1; SELECT 2",
    "SELECT getenv('HOME')",
    "SELECT * FROM asked",
    "FROM rows",
]


@pytest.mark.parametrize("sql", DANGEROUS)
def test_h77_a_statement_that_does_more_than_ask_is_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    monkeypatch.chdir(tmp_path)
    asked, before = sql.replace("{home}", str(home)), state(home)
    with pytest.raises(InputError) as said:
        ask(home, asked)
    assert str(said.value).isprintable()
    assert "hunter2" not in str(said.value)
    assert state(home, tmp_path) == before


@pytest.mark.parametrize("sql", [sql for sql in DANGEROUS if "COPY" in sql or "read_" in sql or "FROM '" in sql])
def test_h77_nor_does_it_pass_where_an_answer_goes_to_a_parquet_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    if "storywire.duckdb')" in sql:
        pytest.skip("there DuckDB lets a query read the file that it has open anyway, as bytes")
    monkeypatch.chdir(tmp_path)
    asked, before = sql.replace("{home}", str(home)), state(home)
    with pytest.raises(InputError):
        save_parquet(home, asked, tmp_path / "answer.parquet")
    assert state(home, tmp_path) == before


def test_h77_the_environment_and_the_folders_of_the_user_are_not_told(home: Path) -> None:
    told = str(ask(home, "FROM duckdb_settings()"))
    assert [name for name in ("HOME", "PATH") if os.environ.get(name, name) + "/" in told] == []


RUNAWAYS = {
    "recursive query": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "recursive query that grows": "WITH RECURSIVE n(t) AS (SELECT 'xy' UNION ALL SELECT t || t FROM n) FROM n",
    "cross join": "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE hash(a.range + b.range) = 1",
    "one huge text": "SELECT repeat('x', 2000000000)",
    "length of a huge text": "SELECT length(repeat('x', 2000000000) || repeat('y', 2000000000))",
    "long list": "SELECT list(range) FROM range(300000000)",
    "list made at once": "SELECT range(300000000)",
    "sum without end": "SELECT sum(hash(range)) FROM range(1000000000000)",
    "rows without end": "FROM range(1000000000000)",
    "brackets": "SELECT " + "(" * 100_000 + "1" + ")" * 100_000,
    "lists in lists": "SELECT " + "[" * 50_000 + "]" * 50_000,
    "terms": "SELECT " + "1 + " * 200_000 + "1",
    "conditions": "SELECT " + " OR ".join(f"1 = {n}" for n in range(50_000)),
    "sub-queries": "SELECT * FROM " + "(SELECT * FROM " * 3_000 + "range(1)" + ")" * 3_000,
    "regular expression": "SELECT max(regexp_replace(repeat('ab', 1000000), '(a|b|ab)*?c', 'x')) FROM range(99999)",
    "joined texts": "SELECT string_agg(repeat('x', 1000), ',') FROM range(1000000000)",
    "sort": "SELECT hash(range) AS h FROM range(1000000000) ORDER BY h",
    "groups": "SELECT hash(range) AS h, count(*) FROM range(1000000000) GROUP BY ALL",
    "windows": "SELECT sum(range) OVER (ORDER BY hash(range)) FROM range(1000000000)",
    "distance of texts": "SELECT levenshtein(repeat('ab', 200000), repeat('ba', 200000))",
    "padding": "SELECT lpad('x', 2000000000, 'ab')",
    "bits": "SELECT bitstring('1', 2000000000)",
    "format": "SELECT printf('%2000000000d', 1)",
    "lambda": "SELECT list_transform(range(200000), lambda x: list_sum(range(200000)))",
    "pivot": "PIVOT (FROM range(1000000)) ON range",
    "sleep": "SELECT sleep_ms(3600000)",
    "wide rows": "SELECT " + ", ".join(f"range + {n}" for n in range(20_000)) + " FROM range(1000000)",
    "words of a file": "SELECT json_serialize_sql('SELECT ' || repeat('1 + ', 100000) || '1')",
    "deep JSON": "SELECT json_extract(repeat('[', 10000000) || repeat(']', 10000000), '$[0]')",
    "series of times": "FROM generate_series(DATE '0001-01-01', DATE '9999-01-01', INTERVAL 1 MICROSECOND)",
    "huge power": "SELECT factorial(1000000000), 10::HUGEINT ** 38 * 10",
}


@pytest.fixture(scope="module")
def start(home: Path) -> float:
    """How long a process takes to answer the least of questions, in seconds; on a busy machine a multiple."""
    begun = time.monotonic()
    for _ in range(3):
        ask(home, "SELECT 1")
    return (time.monotonic() - begun) / 3


@pytest.mark.parametrize("name", RUNAWAYS)
def test_h78_a_runaway_ends_in_time_and_within_its_memory(home: Path, start: float, name: str) -> None:
    before = state(home)
    with watched() as most:
        begun = time.monotonic()
        with suppress(InputError), asking(home, RUNAWAYS[name], LIMIT) as answer:
            for _ in answer.rows:
                pass
        took = time.monotonic() - begun
    assert took <= LIMIT.time.total_seconds() + REACTION + start
    assert most[0] <= LIMIT.memory + 200_000_000  # with what Python and DuckDB take themselves
    assert answering() == []
    assert state(home) == before
    assert ask(home, "SELECT count(*) FROM articles") == [(0,)]


@pytest.mark.parametrize("name", ["one huge text", "length of a huge text", "padding", "joined texts", "long list"])
def test_h78_with_time_enough_it_is_the_memory_that_ends_it(home: Path, name: str) -> None:
    bounds = Bounds(timedelta(minutes=2), LIMIT.memory)
    with watched() as most, pytest.raises(InputError, match="more than 500 MB of memory"):
        ask(home, RUNAWAYS[name], bounds)
    assert most[0] <= LIMIT.memory + 200_000_000


def answering() -> list[psutil.Process]:
    """The processes that answer; others of this process may still be about, or go meanwhile."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if "storage.asked" in child.cmdline():
                found.append(child)
    return found


@contextmanager
def watched() -> Iterator[list[int]]:
    """The most memory that the processes have that answer meanwhile, in bytes."""
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            for child in answering():
                with suppress(psutil.NoSuchProcess):
                    most[0] = max(most[0], child.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield most
    finally:
        over.set()
        watching.join()
