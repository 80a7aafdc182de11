from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from storage_makers import MODEL, NOTHING, NOW, RUN, analysis, article, keep, rows_of, sql

from storage.store import Store
from storywire.nouns import Article, Definition, LogEntry, LogKind, Storyline
from storywire.past import Core, Past

LATER = NOW + timedelta(days=99)
HIGH = 4_000_000_000  # a hash of the upper half, which no signed integer of 32 bits holds


def core(storyline: str, members: Sequence[Article], *terms: int) -> Core:
    return Core(storyline, tuple(a.article_id for a in members), np.array(terms, np.uint32))


def ids(past: Past) -> list[str]:
    return [k.article_id for k in past.kept]


@pytest.fixture
def old(store: Store) -> Store:
    """Three old storylines that Storywire found, with their cores."""
    for n in (1, 2, 3):
        made = [article(10 * n), article(10 * n + 1), article(10 * n + 2)]
        line = Storyline(f"s{n}", f"Line {n}", False, NOW)
        keep(store, made, storyline=line, cores=[core(f"s{n}", made[:2], n, 7, 8, HIGH + n)])
    return store


def said(past: Past) -> list[tuple[str, tuple[str, ...], list[int]]]:
    assert all(c.terms.dtype == np.uint32 for c in past.cores)
    return [(c.storyline_id, c.member_ids, c.terms.tolist()) for c in past.cores]


def test_a_dormant_storyline_is_found_again_by_three_terms_of_its_core(old: Store) -> None:
    members = (article(20).article_id, article(21).article_id)
    past = old.dormant(np.array([8, HIGH + 2, 99, 7], np.uint32), [])
    assert said(past) == [("s2", members, [2, 7, 8, HIGH + 2])]
    assert ids(past) == [*members]
    rows = rows_of([article(n) for n in (20, 21, 22)])
    assert np.array_equal(past.vectors, np.stack([rows[i] for i in members]))
    assert past.storylines == (Storyline("s2", "Line 2", False, NOW),)
    assert (past.definitions, past.links, past.unsettled) == ((), (), frozenset())


@pytest.mark.parametrize("terms", [[7, 8, 99], [], [7, 7, 7, 8, 8]])
def test_less_than_three_terms_in_common_wake_nothing(old: Store, terms: list[int]) -> None:
    past = old.dormant(np.array(terms, np.uint32), [])
    assert (past.kept, past.vectors.shape, past.storylines, past.cores) == ((), (0, 0), (), ())


def test_what_is_known_closed_merged_or_defined_is_not_woken(old: Store) -> None:
    terms = np.array([1, 2, 3, 7, 8], np.uint32)
    assert [c.storyline_id for c in old.dormant(terms, []).cores] == ["s1", "s2", "s3"]
    assert [c.storyline_id for c in old.dormant(terms, {"s1", "s3"}).cores] == ["s2"]
    old.decide([LogEntry(LogKind.CLOSED, "s1")], [], NOW)
    assert [c.storyline_id for c in old.dormant(terms, []).cores] == ["s2", "s3"]
    old.decide([LogEntry(LogKind.MERGED_INTO, "s2", other_id="s3")], [], NOW)
    assert [c.storyline_id for c in old.dormant(terms, []).cores] == ["s3"]
    old.define([Definition("aleppo", "Aleppo", (article(10).article_id,))], NOW)
    old.decide([LogEntry(LogKind.MERGED_INTO, "aleppo", other_id="s3")], [], NOW)
    assert old.dormant(terms, []).cores == ()


def test_an_article_that_left_the_storyline_or_was_removed_is_not_in_its_core(old: Store) -> None:
    terms = np.array([1, 2, 3, 7, 8], np.uint32)
    moves = [
        LogEntry(
            LogKind.SPLIT_FROM, "s2", "e9", other_id=str(sql(old, "SELECT min(event_id) FROM private.event")[0][0])
        ),
        LogEntry(LogKind.JOINED, "s2", "e9", article(10).article_id),
        LogEntry(LogKind.JOINED, "s2", "e9", article(30).article_id),
    ]
    old.decide(moves, [], NOW)
    old.delete_article(article(20).article_id)
    old.delete_article(article(31).article_id)
    assert [c[:2] for c in said(old.dormant(terms, []))] == [
        ("s1", (article(11).article_id,)),
        ("s2", (article(21).article_id,)),
    ]
    assert [c[:2] for c in said(old.past(NOW))] == [
        ("s1", (article(11).article_id,)),
        ("s2", (article(21).article_id,)),
    ]
    assert old.past(LATER).cores == ()
    old.delete_article(article(30).article_id)
    assert sql(old, "SELECT storyline_id FROM private.core ORDER BY 1") == [("s1",), ("s2",)]


def test_the_past_has_the_cores_of_found_storylines_that_have_an_article_in_the_window(old: Store) -> None:
    new = article(19, first_seen_at=LATER)
    line = Storyline("s1", "Line 1", False, NOW)
    keep(old, [new], storyline=line)
    past = old.past(LATER)
    members = (article(10).article_id, article(11).article_id)
    assert said(past) == [("s1", members, [1, 7, 8, HIGH + 1])]
    assert ids(past) == [*members, new.article_id]
    assert len(past.vectors) == 3
    assert [s.storyline_id for s in past.storylines] == ["s1"]


def test_a_new_core_takes_the_place_of_the_old_one(old: Store) -> None:
    again = replace(analysis([]), cores=(core("s1", [article(12)], 5, HIGH),))
    old.save_analysis(again, NOTHING, {}, MODEL, [], RUN, NOW)
    assert said(old.past(NOW))[0] == ("s1", (article(12).article_id,), [5, HIGH])


def test_a_closed_storyline_is_in_the_past_as_closed_with_its_articles_but_no_core(old: Store) -> None:
    old.decide([LogEntry(LogKind.CLOSED, "s1")], [], NOW)
    past = old.past(NOW)
    assert [s.closed for s in past.storylines] == [True, False, False]
    assert len(past.kept) == 9
    assert [c.storyline_id for c in past.cores] == ["s2", "s3"]


def test_a_core_goes_with_its_storyline(old: Store) -> None:
    moves = [LogEntry(LogKind.JOINED, "s2", event) for (event,) in sql(old, "SELECT event_id FROM private.event")]
    old.decide([*moves], [], NOW)
    assert sql(old, "SELECT storyline_id FROM private.core") == [("s2",)]


def test_the_sure_reports_of_a_defined_storyline_are_recalled_at_any_age(old: Store) -> None:
    assert ids(old.past(LATER)) == []
    old.define([Definition("s1", "Line 1", (article(12).article_id,))], NOW)
    past = old.past(LATER)
    assert [c.storyline_id for c in past.cores] == ["s1"]
    assert ids(past) == [article(n).article_id for n in (10, 11, 12)]
