from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from storage_makers import MODEL, NOTHING, NOW, RUN, analysis, article, entry, feed, rows_of

from storage import explanations, reads
from storage.asking import asking
from storage.store import Store
from storywire.errors import InputError, StorageError
from storywire.nouns import Definition, DuplicateKind, Precision, Published, Storyline


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two storylines, one of them named; in the other a report, its copy, and a report without a time."""
    store = Store(tmp_path_factory.mktemp("reads"))
    undated = article(3, published=Published(), first_seen_at=NOW + timedelta(days=1))
    kept, copy, named = article(1), article(2), article(5)
    store.add_feeds([feed(1), feed(2, title="Two")])
    store.save_collected([(entry(n), a) for n, a in enumerate([kept, copy, undated, named, article(9)])], RUN)
    store.define([Definition("aleppo-siege-diplomacy", "Aleppo siege diplomacy", (named.article_id,))], NOW)
    automatic = Storyline("s0123", "Aleppo bread prices", False, NOW)
    store.save_analysis(
        analysis([kept, undated], [(copy, kept)], automatic), NOTHING, rows_of([kept, undated]), MODEL, [], RUN, NOW
    )
    line = Storyline("aleppo-siege-diplomacy", "", True)
    store.save_analysis(analysis([named], storyline=line), NOTHING, rows_of([named]), MODEL, [], RUN, NOW)
    return store.publish().parent


def test_a_query_gives_columns_and_rows(home: Path) -> None:
    with asking(home, "SELECT feed_url, title FROM feeds ORDER BY 1;") as answer:
        assert answer.columns == ("feed_url", "title")
        assert list(answer.rows) == [(feed(1).url, None), (feed(2).url, "Two")]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM private.feed",
        "CREATE TABLE mine (a INT)",
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO 'out.csv'",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SELECT 1; SELECT 2",
        "",
        "SELEC 1",
        "SELECT no_such_column FROM articles",
        "SELECT CAST(title AS INT) FROM articles",
    ],
)
def test_a_query_that_is_wrong_or_reaches_out_is_refused_in_one_line(home: Path, statement: str) -> None:
    with pytest.raises(InputError) as caught, asking(home, statement) as answer:
        list(answer.rows)
    assert "\n" not in str(caught.value)


def test_without_a_snapshot_the_message_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run `storywire run` first"), asking(tmp_path, "SELECT 1"):
        pass


def test_storylines_come_named_ones_first(home: Path) -> None:
    rows = reads.storylines(home)
    assert [(r.storyline_id, r.article_count, r.copy_count) for r in rows] == [
        ("aleppo-siege-diplomacy", 1, 0),
        ("s0123", 2, 1),
    ]
    assert rows[1].last_published_at == NOW - timedelta(hours=1)
    assert reads.storylines(home, limit=1) == rows[:1]


def test_the_changes_of_a_run_are_its_new_reports_by_storyline(home: Path) -> None:
    assert [(c.storyline.storyline_id, c.new) for c in Store(home).changes(RUN)] == [
        ("aleppo-siege-diplomacy", 1),
        ("s0123", 2),
    ]
    assert Store(home).changes("another run") == []


@pytest.mark.parametrize("named", ["s0123", "s01", "Aleppo bread prices", "aleppo-bread", "ALEPPO bread"])
def test_a_storyline_is_found_by_id_name_or_the_beginning_of_either(home: Path, named: str) -> None:
    assert reads.timeline(home, named).storyline.storyline_id == "s0123"


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("aleppo", r"may be 2 storylines: aleppo-siege-diplomacy \(Aleppo siege diplomacy\), s0123 \(Aleppo bread"),
        ("aleppo bred prices", "near it: aleppo-bread-prices"),
        ("zzz", "`storywire storylines` lists them"),
        ("", "there is no storyline"),
    ],
)
def test_a_name_that_is_not_just_one_storylines_gets_what_is_near(home: Path, named: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        reads.timeline(home, named)


def test_a_timeline_is_in_order_of_time_with_copies_marked_and_no_guess_shown_as_a_time(home: Path) -> None:
    rows = reads.timeline(home, "s0123").rows
    assert [(r.title, r.published_at, r.precision) for r in rows] == [
        ("Title 2", NOW - timedelta(hours=2), Precision.SECOND),
        ("Title 1", NOW - timedelta(hours=1), Precision.SECOND),
        ("Title 3", None, Precision.NONE),
    ]
    assert [r.canonical_id for r in rows] == [article(1).article_id, None, None]
    assert len({r.event_id for r in rows}) == 1


@pytest.mark.parametrize("named", [article(1).article_id, article(1).article_id[:9], str(article(1).url)])
def test_a_kept_article_is_explained_by_its_assignment(home: Path, named: str) -> None:
    found = explanations.explanation(home, named)
    assert (found.article, found.duplicate, found.canonical, found.label) == (
        article(1),
        None,
        None,
        "Aleppo bread prices",
    )
    assert found.assignment is not None
    assert (found.assignment.evidence, found.assignment.score) == ({"near": "Title 1"}, 0.75)


def test_a_copy_is_explained_by_its_verdict_and_the_one_it_repeats(home: Path) -> None:
    found = explanations.explanation(home, article(2).article_id)
    assert found.duplicate is not None
    assert (found.duplicate.kind, found.canonical) == (DuplicateKind.NEAR, article(1))
    assert found.label == "Aleppo bread prices"


def test_an_article_without_a_verdict_is_shown_without_one(home: Path) -> None:
    found = explanations.explanation(home, article(9).article_id)
    assert (found.duplicate, found.assignment, found.label) == (None, None, None)


@pytest.mark.parametrize("named", ["", "https://nowhere.example/", "ffffffffffff"])
def test_an_article_that_is_not_there_is_an_input_error(home: Path, named: str) -> None:
    with pytest.raises(InputError, match="there is no article"):
        explanations.explanation(home, named)


def test_the_views_work_under_whatever_name_the_file_is_attached(home: Path) -> None:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{home}/storywire.duckdb' AS other (READ_ONLY)")
        assert con.execute("SELECT count(*) FROM other.storylines").fetchall() == [(2,)]


@pytest.mark.parametrize("damaged", [slice(0, None), slice(4096 * 3, None)], ids=["all", "all but its head"])
def test_a_damaged_snapshot_is_one_line_that_says_how_to_have_it_anew(store: Store, damaged: slice) -> None:
    store.save_collected([(entry(n), article(n, text="word " * 9999)) for n in range(9)], RUN)
    path = store.publish()
    content = bytearray(path.read_bytes())
    content[damaged] = b"\xff" * len(content[damaged])
    path.chmod(0o644)
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"is damaged.*`storywire run` publishes it anew") as caught:
        explanations.explanation(store.home, article(1).article_id)
    assert "\n" not in str(caught.value)
    store.publish()
    assert explanations.explanation(store.home, article(1).article_id).article.title == "Title 1"
