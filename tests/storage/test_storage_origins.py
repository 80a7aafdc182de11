from dataclasses import replace
from datetime import timedelta

from storage_makers import MODEL, NOTHING, NOW, analysis, article, entry, keep, rows_of, sql

from storage.explanations import explanation
from storage.store import Store
from storywire.nouns import Article, Precision, Published

HOUR = timedelta(hours=1)


def report(n: int, hours: int, publisher: str = "Gazette", text: str = "The river rose.") -> Article:
    published = Published(NOW - 9 * HOUR + hours * HOUR, Precision.MINUTE, "feed")
    return replace(article(n), published=published, first_seen_at=NOW, publisher=publisher, text=text)


def copied(store: Store, copy: Article, kept: Article, run_id: str) -> None:
    store.save_collected([(entry(700 + int(run_id[-1])), copy)], run_id)
    store.save_analysis(analysis([], [(copy, kept)]), NOTHING, rows_of([copy]), MODEL, [], run_id, NOW)


def said(store: Store) -> list[tuple[str, str, bool]]:
    return sql(store, "SELECT original_id, reason, holds FROM originals ORDER BY holds, original_id")


def test_a_kept_article_without_earlier_copies_is_the_original_and_nothing_is_recorded(store: Store) -> None:
    kept = report(1, hours=0)
    keep(store, [kept])
    copied(store, report(2, hours=1), kept, "r2")
    assert said(store) == []


def test_each_change_of_the_original_is_recorded_and_the_last_one_holds(store: Store) -> None:
    kept = report(1, hours=5, text="ISK (Northwire) - The river rose.")
    keep(store, [kept])
    earlier, agency = report(2, hours=2), report(3, hours=6, publisher="Northwire")
    copied(store, earlier, kept, "r2")
    copied(store, agency, kept, "r3")
    assert said(store) == [
        (earlier.article_id, "the earliest", False),
        (agency.article_id, "1 of the others name Northwire as the source", True),
    ]


def test_what_was_kept_and_assigned_stays_so(store: Store) -> None:
    kept = report(1, hours=5)
    keep(store, [kept])
    before = sql(store, "FROM storyline_articles")
    copied(store, report(2, hours=2), kept, "r2")
    assert sql(store, "FROM storyline_articles") == before


def test_the_original_that_a_person_removes_is_no_original_any_more(store: Store) -> None:
    kept, earlier = report(1, hours=5), report(2, hours=2)
    keep(store, [kept])
    copied(store, earlier, kept, "r2")
    store.delete_article(earlier.article_id)
    assert said(store) == []


def test_an_explanation_names_the_original(store: Store) -> None:
    kept, earlier = report(1, hours=5), report(2, hours=2)
    keep(store, [kept])
    copied(store, earlier, kept, "r2")
    store.publish()
    for one in (kept, earlier):
        found = explanation(store.home, one.article_id)
        assert found.original == (earlier, "the earliest")
