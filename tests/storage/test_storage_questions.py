"""Ready questions: their answers on an installation that is known by heart, and where and how they can be asked."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from newsroom import REPORTS, RUNS, article, newsroom
from storage_makers import MODEL, NOTHING, NOW, RUN, analysis, keep, rows_of, sql, stored
from storage_makers import article as made

from storage.database import make_views
from storage.snapshot import reading
from storage.store import Store
from storywire.sources import Source, independent

PAGE = Path(__file__).resolve().parents[2] / "docs" / "queries.md"
QUESTION = re.compile(r"^### (.+?)\n\n.+?```sql\n(.+?)```\n\n(.+?)(?=\n##|\Z)", re.MULTILINE | re.DOTALL)
QUESTIONS = {name: (query, told.strip()) for name, query, told in QUESTION.findall(PAGE.read_text("utf-8"))}
VIEWS = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' ORDER BY 1"

# As many rows as make a difference: texts in sorts and windows needed 140 MB for these, numbers 100 (DuckDB 2.0).
MANY = """
CREATE TEMP TABLE t AS
SELECT n, printf('%016x', n) AS id, printf('e%016x', n // 3) AS event, printf('s%016x', n // 11) AS line,
    TIMESTAMP '2026-01-01' + n * INTERVAL 1 SECOND AS seen_at
FROM range(100000) r(n);
INSERT INTO private.article
    (article_id, url, title, text, language, publisher, published_at, published_precision, first_seen_at, run_id)
SELECT id, 'https://paper' || n % 97 || '.example/' || n, repeat('A headline of a report ', 4) || n, '', 'en',
    'Publisher ' || n % 97, seen_at, 'second', seen_at, 'r'
FROM t;
INSERT INTO private.assignment SELECT id, event, line, 1, 1, '{}', 'r' FROM t;
INSERT INTO private.event (event_id, storyline_id, founder_id) SELECT event, min(line), min(id) FROM t GROUP BY event;
INSERT INTO private.storyline (storyline_id, label, pinned, closed)
SELECT DISTINCT line, 'The label of storyline ' || line, false, false FROM t;
"""


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
    assert found[id_of(2)] == ("northwire.example", id_of(0), id_of(2), False)  # a copy, and the original
    assert found[id_of(3)] == ("Lake Press", id_of(0), id_of(2), True)  # a group by its site
    assert found[id_of(1)] == ("adriatic-chronicle.example", None, id_of(1), False)


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


@pytest.mark.parametrize(
    "zone", ["T09:15:00+02:00", " 09:15+02", "T07:15:00Z", "T07:15:00.000-00:00", " 08:15:00 Europe/Zagreb"]
)
def test_a_text_with_a_zone_is_that_instant_and_one_without_is_utc(zone: str, con: duckdb.DuckDBPyConnection) -> None:
    def times(since: str) -> list[Any]:
        return [at for (at,) in con.execute("SELECT seen_at FROM new_since(?)", [since]).fetchall()]

    assert times(f"2026-11-22{zone}") == times("2026-11-22 07:15") == [at(54), at(50.5), at(49.5)]
    assert times("2026-11-22 08:15") == [at(54), at(50.5)]


def test_a_page_that_was_had_long_after_its_entry_was_seen_is_new_when_a_verdict_came(store: Store) -> None:
    later = NOW + timedelta(days=1)
    store.start_run(RUN, NOW)
    store.save_collected([stored(n) for n in range(2)], RUN)
    store.save_analysis(analysis([made(0)]), NOTHING, rows_of([made(0)]), MODEL, [], RUN, NOW)
    store.start_run("later", later)
    store.save_collected([stored(2)], "later")
    second = analysis([made(0), made(2)], copies=[(made(1), made(0))])
    second = replace(second, assignments=second.assignments[1:], log=())
    store.save_analysis(second, NOTHING, rows_of([made(2)]), MODEL, [], "later", later)
    found = sql(store, "SELECT article_id, seen_at FROM changes WHERE article_id IS NOT NULL ORDER BY seen_at, kind")
    naive = later.replace(tzinfo=None)
    assert found == [
        (made(0).article_id, NOW.replace(tzinfo=None)),
        (made(1).article_id, naive),
        (made(2).article_id, naive),
    ]
    news = sql(store, "SELECT kind FROM new_since(?) WHERE kind <> 'storyline' ORDER BY kind", later)
    assert news == [("copy",), ("report",)]


WHO = [
    ("Reuters", "https://reuters.com/1"),
    ("REUTERS\u00a0 ", "https://reuters.com/2"),
    (None, "https://www.reuters.com/3"),
    ("Reuters", "https://feeds.reuters.com:8443/4"),
    ("BBC News", "https://www.bbc.co.uk/5"),
    ("BBC", "https://bbc.co.uk/6"),
    ("The  Harbour Post", None),
    ("the harbour post ", None),
    ("Lakeland Courier", "https://a.lakeland.com.au/9"),
    ("Lakeland on Sunday", "https://sunday.example/10"),
    (None, "https://www.web.de/11"),
    (None, "https://web.de/12"),
    (None, "http://192.0.2.7/13"),
    (None, "http://192.0.3.7/14"),
    (None, None),
    ("", None),
]


@pytest.mark.parametrize(
    "groups", [{}, {"the harbour post": "Lake", "lakeland.com.au": "Lake", "lakeland on sunday": "Lake"}]
)
def test_sources_of_reports_are_counted_as_alerts_count_them(groups: dict[str, str], store: Store) -> None:
    reports = [made(n, publisher=publisher, url=url, article_id=f"{n:016x}") for n, (publisher, url) in enumerate(WHO)]
    store.set_groups(groups)
    keep(store, reports)
    counted = independent([Source(a.article_id, a.publisher, a.url) for a in reports], groups)
    assert counted == (8 if groups else 10)
    assert sql(store, "SELECT source_count, independent_count FROM independence") == [(counted, counted)]
    assert sql(store, "SELECT count(*), count(source) FROM storyline_sources") == [(counted, counted)]


def test_a_house_is_not_ahead_of_itself(store: Store) -> None:
    keep(store, [made(n, publisher=WHO[n][0], url=WHO[n][1], article_id=f"{n:016x}") for n in range(4)])
    assert sql(store, "SELECT DISTINCT next_article_id FROM first_reports") == [(None,)]
    assert sql(store, "SELECT DISTINCT first_count FROM publishers") == [(0,)]
    assert sql(store, "SELECT DISTINCT source FROM publishers") == [("reuters.com",)]


def test_reports_of_nobody_known_are_each_a_source_and_have_no_publishers(store: Store) -> None:
    keep(store, [made(n, publisher=None, url=None, article_id=f"{n:016x}") for n in range(2)])
    assert sql(store, "SELECT source, publishers FROM storyline_sources ORDER BY 1") == [
        ("0" * 16, []),
        (f"{1:016x}", []),
    ]
    assert sql(store, "SELECT independent_count FROM independence") == [(2,)]
    assert sql(store, "SELECT count(next_article_id) FROM first_reports") == [(2,)]


def test_who_was_first_of_very_many_is_known_in_little_memory(store: Store) -> None:
    with store.transaction() as con:
        con.execute(MANY)
    with duckdb.connect(str(store.publish()), read_only=True, config={"memory_limit": "120MB", "threads": 1}) as con:
        con.execute("SET temp_directory = ''")
        first, *_ = con.execute("FROM first_reports ORDER BY lead DESC, storyline_id LIMIT 5").fetchall()
    assert first[-1] == timedelta(seconds=1)


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
