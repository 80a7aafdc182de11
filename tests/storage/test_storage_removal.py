from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest
from storage_makers import (
    MODEL,
    NOTHING,
    NOW,
    RUN,
    alert,
    analysis,
    article,
    dump,
    entry,
    feed,
    log_of,
    rows_of,
    sql,
    states,
    stored,
    watch,
)

from storage.explanations import explanation
from storage.store import Store
from storywire.nouns import Article, Definition, Entry, EntryState, LogEntry, LogKind, Storyline

WORD = "Unmistakableword"


@pytest.fixture
def removed(store: Store) -> Store:
    """A store from which article 1, full of one word, was removed; 2 was its copy, 3 another report."""
    store.add_feeds([feed()])
    store.save_polls([(feed(), [entry(1, title=WORD, summary=WORD), entry(2), entry(3)])], RUN)
    gone = article(1, title=WORD, text=f"{WORD} " * 50)
    store.save_collected([(stored(1)[0], gone), stored(2), stored(3)], RUN)
    verdicts = analysis([gone, article(3)], [(article(2), gone)], Storyline("s1", WORD, False, NOW))
    quoting = replace(
        verdicts.assignments[1], evidence={"decision": "joined", "near": [{"title": f'"{WORD}"'}, {"title": "x"}]}
    )
    verdicts = replace(verdicts, assignments=(verdicts.assignments[0], quoting))
    store.add_watch(watch())
    alerts = [alert([gone]), alert([gone, article(3)])]
    store.save_analysis(verdicts, NOTHING, rows_of([gone, article(3)]), MODEL, alerts, RUN, NOW)
    store.define([Definition("aleppo", "Aleppo siege", (gone.article_id, article(3).article_id))], NOW)
    store.publish()
    assert store.delete_article(str(gone.url)) == 1
    return store


def test_the_words_of_a_removed_article_are_nowhere_in_the_tables_or_the_files(removed: Store) -> None:
    removed.publish()
    assert not [name for name, rows in dump(removed).items() if any(WORD in row for row in rows)]
    for path in removed.home.rglob("*"):
        assert not path.is_file() or WORD.encode() not in path.read_bytes()


def test_a_removal_leaves_what_else_there_is(removed: Store) -> None:
    past = removed.past(NOW)
    assert [k.article_id for k in past.kept] == [article(3).article_id]
    assert past.storylines[-1] == Storyline("s1", "Title 3", False, NOW)
    assert past.definitions[0].member_ids == (article(3).article_id,)
    assert sql(removed, "SELECT title, article_count FROM events") == [("Title 3", 1)]
    assert [a.causes for a in removed.waiting()] == [(article(3).article_id,)]
    assert states(removed)[EntryState.DELETED] == 1


def test_evidence_loses_only_what_named_the_removed_article(removed: Store) -> None:
    found = explanation(removed.publish().parent, article(3).article_id)
    assert found.assignment is not None
    assert found.assignment.evidence == {"decision": "joined", "near": [{"title": "x"}]}


def test_the_copy_of_a_removed_article_is_analysed_again(removed: Store) -> None:
    assert removed.unanalysed(9) == [article(2)]


def test_removing_it_again_changes_nothing(removed: Store) -> None:
    before = dump(removed)
    assert removed.delete_article(str(article(1).url)) == 0
    assert removed.delete_article("no such thing") == 0
    assert dump(removed) == before


@pytest.mark.parametrize(
    "again",
    [
        entry(1),
        entry(1, url="https://news.example/elsewhere"),  # the guid tells
        entry(8, url=entry(1).url),  # the address tells
        entry(8, "https://another.example/feed", url=entry(1).url),
    ],
)
def test_a_removed_article_does_not_come_back(removed: Store, again: object) -> None:
    removed.add_feeds([feed(0), feed(0, url="https://another.example/feed")])
    removed.save_polls([(feed(0, url=again.feed_url), [again])], RUN)  # type: ignore[attr-defined]
    assert removed.pending_entries(NOW) == []
    assert WORD not in str(dump(removed))


def test_it_does_not_come_back_by_the_address_that_its_page_gives_as_canonical(removed: Store) -> None:
    other = entry(8, url="https://news.example/shortlink")
    removed.add_entries([other], RUN)
    removed.save_collected([(replace(other, state=EntryState.STORED), article(1))], RUN)
    assert removed.articles_at([str(article(1).url)]) == {}
    assert sql(removed, "SELECT state, title FROM private.entry WHERE entry_id = ?", other.entry_id) == [
        ("deleted", None)
    ]


def test_an_article_that_is_removed_while_its_batch_is_collected_stays_removed(store: Store) -> None:
    store.save_collected([stored(1)], RUN)
    store.delete_article(article(1).article_id)
    store.save_collected([stored(1)], RUN)
    assert store.articles_at([str(article(1).url)]) == {}
    assert EntryState.STORED not in states(store)


def test_the_last_article_of_an_automatic_storyline_takes_it_along(store: Store) -> None:
    store.save_collected([stored(1)], RUN)
    store.save_analysis(analysis([article(1)]), NOTHING, rows_of([article(1)]), MODEL, [alert([article(1)])], RUN, NOW)
    store.delete_article(article(1).article_id)
    left = dump(store)
    assert [left[name] for name in ("article", "event", "storyline", "alert")] == [[], [], [], []]


def test_the_rewritten_file_has_the_same_tables_views_and_comments(store: Store) -> None:
    def shape() -> list[object]:
        with duckdb.connect(str(store.path), read_only=True) as con:
            queries = (
                "SELECT schema_name, table_name, column_name, comment, data_type, is_nullable FROM duckdb_columns()",
                "SELECT table_name, constraint_text FROM duckdb_constraints()",
                "SELECT tags FROM duckdb_databases() WHERE NOT internal",
            )
            return [sorted(map(repr, con.execute(query).fetchall())) for query in queries]

    store.save_collected([stored(1)], RUN)
    store.publish()
    before = shape()
    store.delete_article(article(1).article_id)
    assert shape() == before
    assert "v1.5.0" in str(before[2])


FRONT = "https://news.example/"


def on_front(n: int) -> tuple[Entry, Article]:
    """One of the items that a feed links all to one page."""
    item, made = stored(n)
    made = replace(made, url=FRONT, article_id=f"front{n}")
    return replace(item, url=FRONT, article_id=made.article_id), made


def test_of_articles_that_share_one_url_one_is_removed_by_its_id_and_the_rest_stay(store: Store) -> None:
    store.add_feeds([feed()])
    items = [on_front(n) for n in range(3)]
    waiting = [replace(item, state=EntryState.PENDING, article_id=None) for item, _ in items]
    store.save_polls([(feed(), [*waiting, entry(7, url=FRONT, title="Title 1")])], RUN)  # the last repeats article 1
    store.save_collected(items, RUN)
    assert store.delete_article("front1") == 1
    assert states(store) == {EntryState.STORED: 2, EntryState.DELETED: 2}
    assert "Title 1" not in str(dump(store))
    later = entry(8, url=FRONT, title="Later")
    assert store.save_polls([(feed(), [*waiting, later])], RUN) == 1
    assert store.pending_entries(NOW + timedelta(1)) == [later]
    assert [store.was_deleted(named) for named in ("front1", "front2", FRONT)] == [True, False, False]


def test_by_their_url_all_articles_that_share_it_are_removed(store: Store) -> None:
    store.save_collected([on_front(n) for n in range(3)], RUN)
    assert store.delete_article(FRONT) == 3
    store.add_entries([entry(8, url=FRONT)], RUN)
    assert store.pending_entries(NOW + timedelta(1)) == []


@pytest.mark.parametrize("named", ["https://news.example/short", "https://news.example/short?utm_source=rss#top"])
def test_an_article_is_found_by_the_address_that_its_feed_gave(store: Store, named: str) -> None:
    item, made = stored(1)
    store.save_collected([(replace(item, url="https://news.example/short"), made), stored(2)], RUN)
    assert store.delete_article(named) == 1
    assert store.unanalysed(9) == [article(2)]
    assert store.was_deleted(named)
    assert store.was_deleted(f"{made.url}?utm_medium=mail")


def test_a_removal_that_was_cut_short_is_known_to_be_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    item, made = stored(1)
    store.save_collected([(item, replace(made, text=f"{WORD} " * 50))], RUN)
    store.publish()
    with monkeypatch.context() as cut:
        cut.setattr("storage.removal.rewrite", lambda path: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.delete_article(str(made.url))
    assert WORD.encode() in store.path.read_bytes()
    assert not store.was_deleted("https://news.example/never/there")
    assert (store.delete_article(str(made.url)), store.was_deleted(str(made.url))) == (0, True)
    assert WORD.encode() not in store.path.read_bytes()


def test_names_made_of_its_words_go_from_all_groups_and_from_the_log(store: Store) -> None:
    gone = article(1, title=WORD)
    made = analysis([gone], storyline=Storyline("s1", f"{WORD}, Aleppo", False, NOW))
    made = replace(made, events=(replace(made.events[0], label=WORD, central_id=gone.article_id),))
    store.save_collected([(stored(1)[0], gone)], RUN)
    store.save_analysis(made, NOTHING, rows_of([gone]), MODEL, [], RUN, NOW)
    renamed = LogEntry(LogKind.RENAMED, "s1", label=WORD, evidence={"near": WORD})
    store.save_analysis(analysis([], log=[renamed]), NOTHING, {}, MODEL, [], RUN, NOW)
    store.decide([LogEntry(LogKind.CLOSED, "s1")], [], NOW)
    store.delete_article(gone.article_id)
    assert WORD not in str(dump(store))
    assert store.storyline("s1") == Storyline("s1", "s1", False, NOW, True)
    assert [e.article_id for e in log_of(store) if e.article_id] == [gone.article_id]


def test_a_name_that_a_person_gave_stays_whatever_it_is_made_of(store: Store) -> None:
    store.save_collected([stored(1)], RUN)
    store.save_analysis(analysis([article(1)]), NOTHING, rows_of([article(1)]), MODEL, [], RUN, NOW)
    line = log_of(store)[0].storyline_id
    store.decide([LogEntry(LogKind.RENAMED, line, label="Title 1")], [], NOW)
    store.delete_article(article(1).article_id)
    assert (store.storyline(line).label, log_of(store)[-1].label) == ("Title 1", "Title 1")
