"""`storywire sql` gives the same values in each format, to each place, from wherever the query comes."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from flows.answers import Format, distinct, write
from flows.cli import cli
from storage.asking import Answer
from storage.store import Store
from storywire.errors import InputError
from storywire.spreadsheet import undone

SQL = """SELECT 1 AS n, '=1+1' AS t, -0.50 AS d, TIMESTAMP '2026-11-02 09:30:00' AS seen, NULL AS none, 'x' AS t,
         [1.5, NULL] AS l, 'nan'::DOUBLE AS f"""
STORYWIRE = str(Path(sys.executable).with_name("storywire"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("answers") / "home")
    store.publish()
    return store.home


@pytest.fixture
def here(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("STORYWIRE_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sql(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["sql", *words], input=stdin)


def written(answer: Answer, form: Format) -> str:
    out = io.StringIO(newline="")
    write(answer, form, out)
    return out.getvalue()


cells = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
tables = st.lists(st.text(), min_size=1, max_size=4).flatmap(
    lambda names: st.tuples(st.just(tuple(names)), st.lists(st.tuples(*[cells] * len(names)), max_size=5))
)


@given(tables)
def test_json_and_lines_of_json_hold_each_value(table: tuple[tuple[str, ...], list[tuple[Any, ...]]]) -> None:
    columns, rows = table
    expected = [dict(zip(distinct(columns), row, strict=True)) for row in rows]
    assert json.loads(written(Answer(columns, iter(rows)), Format.JSON)) == expected
    lines = written(Answer(columns, iter(rows)), Format.JSONL)
    assert [json.loads(line) for line in lines.split("\n")[:-1]] == expected


@given(tables)
def test_csv_holds_each_text(table: tuple[tuple[str, ...], list[tuple[Any, ...]]]) -> None:
    columns, rows = table
    header, *found = csv.reader(io.StringIO(written(Answer(columns, iter(rows)), Format.CSV), newline=""))
    assert tuple(map(undone, header)) == columns
    for row, cells in zip(rows, found or [[""]] * len(rows), strict=False):
        assert [undone(cell) for cell, value in zip(cells, row, strict=False) if isinstance(value, str)] == [
            value for value in row if isinstance(value, str)
        ]


@given(st.lists(st.text("a_1", max_size=4)))
def test_names_of_columns_become_distinct_and_the_first_stays(columns: list[str]) -> None:
    made = distinct(columns)
    assert len(set(made)) == len(columns)
    assert [made[columns.index(name)] for name in dict.fromkeys(columns)] == list(dict.fromkeys(columns))


def test_each_format_has_the_same_values(here: Path) -> None:
    ((found,),) = [json.loads(sql("--json", SQL).output, parse_float=Decimal)]
    assert found == {
        "n": 1,
        "t": "=1+1",
        "d": Decimal("-0.50"),
        "seen": "2026-11-02T09:30:00",
        "none": None,
        "t_1": "x",
        "l": [Decimal("1.5"), None],
        "f": None,
    }
    assert json.loads(sql("--jsonl", SQL).output, parse_float=Decimal) == found
    assert sql("--csv", SQL).stdout_bytes.decode() == (
        '"n","t","d","seen","none","t","l","f"\r\n1,"\'=1+1",-0.50,2026-11-02 09:30:00,,"x","[1.5, null]","nan"\r\n'
    )
    assert '1,"=1+1",-0.50' in sql("--csv", "--raw", SQL).output
    assert sql("--parquet", "a.parquet", SQL).output == ""
    with duckdb.connect() as con:
        (row,) = con.execute("SELECT n, t, d, none, t_1 FROM 'a.parquet'").fetchall()
    assert row == (1, "=1+1", Decimal("-0.50"), None, "x")


def test_a_file_of_output_is_swapped_in_whole_and_a_failure_leaves_the_old_one(here: Path) -> None:
    assert sql("--csv", "-o", "a.csv", "FROM range(3)").output == ""
    whole = Path("a.csv").read_bytes()
    assert whole == b'"range"\r\n0\r\n1\r\n2\r\n'
    failing = sql("--csv", "-o", "a.csv", "SELECT if(range > 5000, error('no'), range) FROM range(9999)")
    assert failing.exit_code == 1
    assert Path("a.csv").read_bytes() == whole
    assert os.listdir() == ["a.csv"]


def test_a_query_comes_from_the_line_a_file_or_standard_input(here: Path) -> None:
    Path("q.sql").write_text("-- é\nSELECT 7 AS n;\n", "utf-8")
    given = [sql("--json", "SELECT 7 AS n"), sql("--json", "--file", "q.sql")]
    given += [sql("--json", *words, stdin="SELECT 7 AS n") for words in (["-"], ["--file", "-"])]
    assert [json.loads(done.output) for done in given] == [[{"n": 7}]] * 4


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("SELECT 1", "--file", "q.sql"),
        ("SELECT 1", "--raw"),
        ("SELECT 1", "--parquet", "a", "--csv"),
        ("SELECT 1", "--parquet", "a", "-o", "b"),
        ("SELECT 1", "--timeout", "0"),
        ("SELECT 1", "--memory", "1"),
    ],
)
def test_what_does_not_go_together_is_said_before_anything_is_asked(here: Path, words: tuple[str, ...]) -> None:
    assert sql(*words).exit_code == 2
    assert os.listdir() == []


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"SELECT 1 -- " + b"x" * 1_000_001, None])
def test_a_file_that_holds_no_query_is_named(here: Path, bad: bytes | None) -> None:
    if bad is not None:
        Path("q.sql").write_bytes(bad)
    done = sql("--file", "q.sql")
    assert "q.sql" in str(done.exception)


def test_a_table_shows_a_thousand_rows_and_says_that_there_are_more(here: Path) -> None:
    done = sql("FROM range(1000000)")
    assert done.stdout.split() == ["range", *map(str, range(1000))]
    assert "first 1,000 rows" in done.stderr
    assert sql("FROM range(1000)").stderr == ""


def test_a_plan_is_drawn_as_duckdb_drew_it(here: Path) -> None:
    assert re.search(r"^│ .* {3,}│$", sql("EXPLAIN SELECT count(*) FROM articles").output, re.MULTILINE)


def test_a_terminal_is_not_moved_by_what_a_text_says(here: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for form in (Format.CSV, Format.JSONL):
        out = Terminal(newline="")
        write(Answer(("t",), iter([("a\x1b[31m\x9b\x07b\rc\n\u202ed",)])), form, out)
        assert re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]|\r(?!\n)", out.getvalue()) is None


def test_ctrl_c_ends_the_query_and_its_process(here: Path) -> None:
    words = [STORYWIRE, "sql", "SELECT sleep_ms(3600000)"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as asked:
        end = time.monotonic() + 60
        while not (below := psutil.Process(asked.pid).children()) and time.monotonic() < end:
            time.sleep(0.05)
        asked.send_signal(signal.SIGINT)
        _, said = asked.communicate(timeout=60)
        assert (asked.returncode, "Traceback" in said) == (130, False)
        assert psutil.wait_procs(below, timeout=30)[1] == []


class Endless:
    """Rows that never end, counted as they are taken."""

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.row, self.taken = row, 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        while True:
            self.taken += 1
            yield self.row


@pytest.mark.parametrize(
    ("names", "row", "taken", "lacking"),
    [
        (["n"], (1,), 1_001, "first 1,000 rows are"),
        ([f"c{n}" for n in range(2_000)], tuple(range(2_000)), 11, "first 10 rows are"),
        ([f"c{n}" for n in range(30_000)], tuple(range(30_000)), 2, "first 1 rows and the first 20,000 columns"),
        (["a", "b"], ("x y " * 2_500, "z" * 10_000), 250, "rows and the first 2,000 characters of longer texts are"),
        (["n" * 10_000], (1,), 500, "rows and the first 2,000 characters"),
        (["a"] * 2_000, ("x" * 10_000,) * 2_000, 2, "first 1 rows and the first 500 characters"),
        (["t"], ("\n" * 2_000,), 510, "first 500 rows are"),
    ],
    ids=["long", "wide", "wider", "wordy", "wordy names", "wide and wordy", "line ends"],
)
def test_a_table_ends_when_it_is_long_wide_or_wordy_enough_to_be_laid_out_in_time(
    names: list[str], row: tuple[Any, ...], taken: int, lacking: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = Endless(row)
    out = written(Answer(tuple(names), iter(rows)), Format.TABLE)
    said = capsys.readouterr().err
    assert rows.taken <= taken
    assert len(out) < 4_000_000
    assert lacking in said
    assert "--csv, --json and --jsonl give all" in said


def test_a_table_that_has_all_says_nothing_and_a_plan_is_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    assert "x" * 80 in written(Answer(("t",), iter([("x" * 2_000,)])), Format.TABLE)
    assert written(Answer(("explain_key", "explain_value"), iter([("p", "─" * 5_000)])), Format.TABLE) == "─" * 5_000
    assert capsys.readouterr().err == ""


def test_a_file_keeps_who_may_read_it(here: Path) -> None:
    (here / "out.csv").write_text("old")
    (here / "out.csv").chmod(0o600)
    assert sql("--csv", "-o", "out.csv", "SELECT 1 AS n").exit_code == 0
    assert (here / "out.csv").stat().st_mode & 0o777 == 0o600


def test_what_is_no_file_gets_the_answer_as_it_comes(here: Path) -> None:
    def piped(*words: str) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run([STORYWIRE, "sql", *words], capture_output=True, timeout=60, check=False)

    done = piped("--csv", "-o", "/dev/stdout", "SELECT 1 AS n")
    assert (done.returncode, done.stdout, done.stderr) == (0, b'"n"\r\n1\r\n', b"")
    assert piped("--csv", "-o", "/dev/null", "SELECT 1 AS n").returncode == 0
    refused = piped("--parquet", "/dev/stdout", "SELECT 1 AS n")
    assert (refused.returncode, refused.stderr.count(b"\n")) == (1, 1)
    assert sql("--csv", "-o", ".", "SELECT 1 AS n").exit_code == 2
    assert os.listdir() == []


def test_a_question_about_names_that_are_all_the_same_is_answered(here: Path) -> None:
    assert len(distinct(["a"] * 20_000)) == 20_000


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf"])
def test_a_time_that_is_no_number_is_refused(here: Path, seconds: str) -> None:
    assert sql("--timeout", seconds, "SELECT 1").exit_code == 2


def test_a_query_that_is_no_text_is_refused(here: Path) -> None:
    assert isinstance(sql("SELECT '\udcff'").exception, InputError)
