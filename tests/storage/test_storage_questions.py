"""Ready questions: their answers on an installation that is known by heart, and where and how they can be asked."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from newsroom import REPORTS, RUNS, article, newsroom
from storage_makers import sql

from storage.database import make_views
from storage.snapshot import reading
from storage.store import Store

PAGE = Path(__file__).resolve().parents[2] / "docs" / "queries.md"
QUESTION = re.compile(r"^### (.+?)\n\n.+?```sql\n(.+?)```\n\n(.+?)(?=\n##|\Z)", re.MULTILINE | re.DOTALL)
QUESTIONS = {name: (query, told.strip()) for name, query, told in QUESTION.findall(PAGE.read_text("utf-8"))}
VIEWS = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' ORDER BY 1"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return newsroom(tmp_path_factory.mktemp("newsroom")).home


@pytest.fixture
def con(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """As `storywire sql` and the command line open it: read-only and locked down."""
    with reading(home) as con:
        yield con


def at(hours: float) -> datetime:
    return datetime(2026, 11, 20, 6) + timedelta(hours=hours)  # noqa: DTZ001 - as the database has it


def id_of(n: int) -> str:
    return article(REPORTS[n]).article_id


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_on_the_page_has_the_answer_that_stands_there(
    question: str, con: duckdb.DuckDBPyConnection
) -> None:
    query, told = QUESTIONS[question]
    found = con.execute(query)
    columns, rows = [name for name, *_ in found.description or ()], found.fetchall()
    if told.startswith("|"):
        head, _, *shown = ([cell.strip() for cell in line.strip("|").split("|")] for line in told.splitlines())
        assert head == columns
        assert shown == [[_cell(value) for value in row] for row in rows]
    else:
        assert re.findall(r"`(\w+)`", told.partition(".")[0]) == columns
        assert bool(rows) == ("no rows" not in told)


def test_there_are_some_twenty_five_questions_each_with_who_asks_it() -> None:
    assert len(QUESTIONS) >= 25
    assert PAGE.read_text("utf-8").count("\n### ") == len(QUESTIONS)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def test_coverage_has_each_report_once_with_what_it_repeats_and_where_its_text_comes_from(
    con: duckdb.DuckDBPyConnection,
) -> None:
    rows = con.execute("SELECT article_id, source, canonical_id, original_id, reprint FROM coverage").fetchall()
    found = {row[0]: row[1:] for row in rows}
    assert len(rows) == len(found) == len(REPORTS)
    assert found[id_of(0)] == ("Lake Press", None, id_of(2), True)  # kept, and not the original
    assert found[id_of(2)] == ("Northwire", id_of(0), id_of(2), False)  # a copy, and the original
    assert found[id_of(3)] == ("Lake Press", id_of(0), id_of(2), True)  # a group by its site
    assert found[id_of(1)] == ("Adriatic Chronicle", None, id_of(1), False)


def test_a_day_of_coverage_is_that_of_publication_else_of_first_sight(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute("SELECT day, article_count, copy_count FROM coverage_by_day ORDER BY storyline, day").fetchall()
    assert rows[:3] == [(date(2026, 11, 20 + n), 1, 0) for n in range(3)]  # the third was never dated
    assert rows[3:] == [(date(2026, 11, 20), 2, 2), (date(2026, 11, 21), 2, 0), (date(2026, 11, 22), 1, 0)]


def test_a_copy_may_have_been_first_and_a_report_known_to_the_day_is_not_by_a_guess(
    con: duckdb.DuckDBPyConnection,
) -> None:
    query = "SELECT article_id, next_article_id, lead FROM first_reports WHERE kind = 'event' ORDER BY reported_at"
    opening, dam, train, *_ = con.execute(query).fetchall()
    assert opening == (id_of(2), id_of(0), timedelta(hours=1))  # not before the next of the same house
    assert dam == (id_of(7), id_of(8), timedelta(hours=24))
    assert train == (id_of(4), id_of(5), timedelta(hours=16))  # the other was out that day, at midnight at the latest


def test_what_is_new_since_a_time_has_reports_copies_corrections_and_storylines(
    con: duckdb.DuckDBPyConnection,
) -> None:
    def new(since: str) -> list[Any]:
        return [kind for (kind,) in con.execute(f"SELECT kind FROM new_since({since})").fetchall()]

    assert sorted(new("'2026-11-20 13:00'")) == [*["copy", "correction"], *["report"] * 5, *["storyline"]]
    assert new("TIMESTAMP '2026-11-22 08:00'") == new("DATE '2026-11-22'")[:2] == ["report", "report"]
    assert new("TIMESTAMPTZ '2026-11-22 10:00:00+02'") == ["report", "report"]  # whatever the session's zone is
    assert new("'2027-01-01'") == []


def test_about_finds_an_article_by_its_id_the_beginning_of_it_and_its_address(con: duckdb.DuckDBPyConnection) -> None:
    wanted, url = id_of(0), REPORTS[0].url
    answers = [con.execute("FROM about(?)", [given]).fetchall() for given in (wanted, wanted[:8], url)]
    assert answers[0] == answers[1] == answers[2]
    assert {"title", "publisher", "listed", "verdict", "copied by", "original"} <= {row[1] for row in answers[0]}
    assert [con.execute("FROM about(?)", [given]).fetchall() for given in (wanted[:7], "", None, "none")] == [[]] * 4
    facts = con.execute("SELECT fact FROM about(?)", [id_of(1)]).fetchall()
    assert {("corrected",), ("looked at again",), ("alert",)} <= set(facts)


def test_a_feed_is_quiet_by_its_own_habit_or_because_it_cannot_be_read(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute("SELECT title, state, silent_for FROM quiet_feeds ORDER BY title").fetchall()
    assert rows == [
        ("Daily Gull", "ok", timedelta(days=9)),
        ("Evening Signal", "gone", timedelta(0)),
        ("Wire South", "failing", timedelta(0)),
    ]


def test_a_pruned_text_is_null_and_all_else_of_its_article_stays(tmp_path: Path) -> None:
    store = newsroom(tmp_path)
    with store.transaction() as con:
        con.execute("UPDATE private.article SET text = '', pruned_at = ? WHERE article_id = ?", [at(0), id_of(4)])
    found = sql(store, "SELECT text, pruned_at, title IS NULL FROM articles WHERE article_id = ?", id_of(4))
    assert found == [(None, at(0), False)]
    assert sql(store, "SELECT value FROM about(?) WHERE fact = 'text'", id_of(4)) == [("pruned",)]


def test_a_run_and_an_entry_lead_to_what_came_of_them(con: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT count(*) FROM runs JOIN articles USING (run_id) JOIN entries e USING (article_id) WHERE run_id = ?"
    assert con.execute(query, [RUNS[0]]).fetchone() == (5,)
    failed = con.execute("SELECT attempts, article_id FROM entries WHERE state = 'failed'").fetchall()
    assert failed == [(5, None)]


def test_under_another_name_each_view_works_and_each_macro_once_it_is_in_use(home: Path) -> None:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{home / 'storywire.duckdb'}' AS news (READ_ONLY)")
        views = [name for (name,) in con.execute(VIEWS).fetchall()]
        counts = {name: con.execute(f"SELECT count(*) FROM news.{name}").fetchone() for name in views}
        con.execute("USE news")
        assert counts == {name: con.execute(f"SELECT count(*) FROM {name}").fetchone() for name in views}
        assert con.execute("SELECT count(*) FROM new_since('2026-11-22')").fetchone() == (3,)
        assert con.execute("SELECT count(*) > 9 FROM about(?)", [REPORTS[0].url]).fetchone() == (True,)


def test_nothing_stored_needs_more_than_a_client_of_duckdbs_1_5_line_has(home: Path) -> None:
    # 2.0 stores an if() so that 1.5.5 says "Scalar Function with name if does not exist".
    with duckdb.connect(str(home / "storywire.duckdb"), read_only=True) as con:
        stored = con.execute("SELECT sql FROM duckdb_views() WHERE NOT internal").fetchall()
        stored += con.execute("SELECT macro_definition FROM duckdb_functions() WHERE NOT internal").fetchall()
    assert [text for (text,) in stored if re.search(r"""(?i)(?<!\w)"?if"?\s*\(""", text)] == []


def test_macros_are_dropped_and_made_anew_like_views(store: Store) -> None:
    made = "SELECT function_name, parameters, comment FROM duckdb_functions() WHERE NOT internal ORDER BY 1"
    before = sql(store, made)
    with store.transaction() as con:
        con.execute("CREATE MACRO no_more(x) AS x + 1")
        con.execute("CREATE MACRO none_more() AS TABLE SELECT 1")
        con.execute("CREATE OR REPLACE MACRO about(x) AS TABLE SELECT 2 AS two")
        make_views(con)
    assert sql(store, made) == before
    assert sql(store, "FROM about('none')") == []


def test_the_public_schema_survives_a_file_that_is_written_anew(tmp_path: Path) -> None:
    store = newsroom(tmp_path)
    query = """SELECT view_name, comment FROM duckdb_views() WHERE NOT internal
        UNION ALL SELECT function_name, comment FROM duckdb_functions() WHERE NOT internal ORDER BY 1"""
    before = sql(store, query)
    assert store.delete_article(id_of(4)) == 1
    assert sql(store, query) == before
    assert sql(store, "FROM about(?)", id_of(4)) == []
