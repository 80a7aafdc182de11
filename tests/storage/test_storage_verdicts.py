from dataclasses import replace
from datetime import timedelta

import numpy as np
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
    keep,
    rows_of,
    same,
    sql,
    stored,
    watch,
)

from storage.store import Store
from storywire.errors import ModelError
from storywire.nouns import Definition, LogEntry, LogKind, Published, Storyline
from storywire.sketch import sketch

LINE = Storyline("aleppo", "Aleppo siege", True, NOW)


def test_what_was_kept_comes_back_in_order_with_its_vectors_in_the_same_order(store: Store) -> None:
    undated = article(7, published=Published(), publisher=None, url=None, article_id="7")
    articles = [article(3), undated, article(1), article(2, text="", title="🗞 Über Ålesund")]
    keep(store, articles)
    past = store.past(NOW)
    assert [k.article_id for k in past.kept] == [a.article_id for a in (articles[2], articles[3], articles[0], undated)]
    assert past.vectors.dtype == np.float32
    for kept, vector in zip(past.kept, past.vectors, strict=True):
        (made,) = (a for a in articles if a.article_id == kept.article_id)
        assert np.array_equal(vector, rows_of(articles)[made.article_id])
        assert (kept.url, kept.title, kept.publisher, kept.language) == (made.url, made.title, made.publisher, "en")
        assert kept.time == made.time
        assert same(kept.sketch, sketch(made.title, made.text))
    assert past.storylines == analysis(articles).storylines


def test_the_past_of_nothing_is_empty(store: Store) -> None:
    past = store.past(NOW)
    assert (past.kept, past.vectors.shape, past.storylines, past.definitions) == ((), (0, 0), (), ())
    assert store.model() is None


def test_the_past_has_the_window_and_every_kept_seed(store: Store) -> None:
    old = [article(n, first_seen_at=NOW - timedelta(days=90, seconds=n)) for n in (1, 2)]
    keep(store, [*old, article(3)])
    store.define([Definition("aleppo", "Aleppo siege", (old[1].article_id,))], NOW)
    assert [k.article_id for k in store.past(NOW - timedelta(days=9)).kept] == [
        old[1].article_id,
        article(3).article_id,
    ]


def test_saving_an_analysis_again_changes_nothing(store: Store) -> None:
    store.add_watch(watch())
    store.save_collected([stored(1), stored(2)], RUN)
    verdicts = analysis([article(1)], [(article(2), article(1))])
    arguments = (verdicts, NOTHING, rows_of([article(1)]), MODEL, [alert([article(1)])])
    store.save_analysis(*arguments, RUN, NOW)
    before = dump(store)
    store.save_analysis(*arguments, "a later run", NOW + timedelta(1))
    assert dump(store) == before
    assert store.unanalysed(9) == []
    assert len(store.waiting()) == 1


def test_unanalysed_articles_come_in_the_order_in_which_they_were_seen(store: Store) -> None:
    store.save_collected([stored(3), stored(1), stored(2)], RUN)
    assert store.unanalysed(2) == [article(1), article(2)]
    assert store.unanalysed_count() == 3


def test_vectors_of_another_model_are_refused_and_nothing_is_stored(store: Store) -> None:
    keep(store, [article(1)])
    assert store.model() == MODEL
    store.save_collected([stored(2)], RUN)
    before = dump(store)
    with pytest.raises(ModelError, match=r"mini \(abc\).*big \(def\).*storywire reembed"):
        store.save_analysis(analysis([article(2)]), NOTHING, rows_of([article(2)]), ("big", "def"), [], RUN, NOW)
    with pytest.raises(ModelError):
        store.require_model(("mini", "another digest"))
    store.require_model(MODEL)
    assert dump(store) == before


def test_a_definition_is_unsettled_until_it_was_analysed_and_again_when_a_seed_is_added(store: Store) -> None:
    keep(store, [article(1)])
    keep(store, [article(2)])
    one = Definition("aleppo", "Aleppo siege", (article(1).article_id,))
    store.define([one], NOW)
    past = store.past(NOW)
    assert (past.definitions, past.unsettled, store.unsettled()) == ((one,), {"aleppo"}, {"aleppo"})
    assert LINE in past.storylines
    store.save_analysis(analysis([]), past, {}, MODEL, [], RUN, NOW)
    assert store.past(NOW).unsettled == frozenset()
    before = dump(store)
    store.define([one], NOW + timedelta(days=1))
    assert dump(store) == before
    two = replace(one, member_ids=(article(1).article_id, article(2).article_id))
    store.define([two], NOW)
    assert store.past(NOW).unsettled == frozenset({"aleppo"})
    store.save_analysis(analysis([]), past, {}, MODEL, [], RUN, NOW)  # an analysis that had not seen the new seed
    assert store.past(NOW).unsettled == frozenset({"aleppo"})


def test_a_definition_is_unsettled_as_long_as_a_stored_seed_has_no_verdict(store: Store) -> None:
    store.save_collected([stored(1), stored(2)], RUN)
    store.define([Definition("aleppo", "Aleppo siege", (article(1).article_id, article(2).article_id, "no page"))], NOW)
    past = store.past(NOW)
    store.save_analysis(analysis([article(1)], storyline=LINE), past, rows_of([article(1)]), MODEL, [], RUN, NOW)
    assert store.past(NOW).unsettled == frozenset({"aleppo"})
    past = store.past(NOW)
    store.save_analysis(analysis([article(2)], storyline=LINE), past, rows_of([article(2)]), MODEL, [], RUN, NOW)
    assert store.past(NOW).unsettled == frozenset()


def test_a_seed_that_repeats_a_kept_article_is_named_by_that_one(store: Store) -> None:
    store.save_collected([stored(1), stored(2)], RUN)
    copy, kept = article(2), article(1)
    store.save_analysis(analysis([kept], [(copy, kept)]), NOTHING, rows_of([kept]), MODEL, [], RUN, NOW)
    store.define([Definition("aleppo", "Aleppo siege", (copy.article_id,))], NOW)
    past = store.past(NOW + timedelta(days=30))
    assert past.definitions == (Definition("aleppo", "Aleppo siege", (kept.article_id,)),)
    assert [k.article_id for k in past.kept] == [kept.article_id]
    store.save_analysis(analysis([]), past, {}, MODEL, [], RUN, NOW)
    assert store.past(NOW).unsettled == frozenset()


def test_a_move_takes_the_empty_event_and_automatic_storyline_with_it_but_not_a_named_one(store: Store) -> None:
    keep(store, [article(1)])
    store.define([Definition("aleppo", "Aleppo siege", ()), Definition("empty", "Empty", ())], NOW)
    moves = [
        LogEntry(LogKind.CREATED, "aleppo", "e2"),
        LogEntry(LogKind.JOINED, "aleppo", "e2", article(1).article_id),
    ]
    store.save_analysis(analysis([], log=moves), NOTHING, {}, MODEL, [], RUN, NOW)
    assert sql(store, "SELECT storyline_id, article_count FROM storylines ORDER BY 1") == [("aleppo", 1), ("empty", 0)]
    assert sql(store, "SELECT event_id FROM private.event") == [("e2",)]
    assert sql(store, "SELECT storyline_id, event_id, article_id, score FROM storyline_articles") == [
        ("aleppo", "e2", article(1).article_id, 0.75)
    ]


def test_analysis_relabels_an_automatic_storyline_and_never_a_named_one(store: Store) -> None:
    store.define([Definition("aleppo", "Aleppo siege", ())], NOW)
    keep(store, [article(1)], storyline=Storyline("s1", "first"))
    keep(store, [article(2)], storyline=Storyline("s1", "second"))
    keep(store, [article(3)], storyline=Storyline("aleppo", "words", False))
    found = sql(store, "SELECT storyline_id, label, pinned FROM storylines ORDER BY 1")
    assert found == [("aleppo", "Aleppo siege", True), ("s1", "second", False)]


def test_verdicts_on_articles_that_a_person_removed_meanwhile_are_left_out(store: Store) -> None:
    store.add_watch(watch())
    store.save_collected([stored(n) for n in range(4)], RUN)
    batch = store.unanalysed(9)
    store.delete_article(batch[0].article_id)
    copies = [(batch[2], batch[0]), (batch[3], batch[1])]
    warning = alert([batch[0]])
    store.save_analysis(analysis(batch[:2], copies), NOTHING, rows_of(batch[:2]), MODEL, [warning], RUN, NOW)
    assert [k.article_id for k in store.past(NOW).kept] == [batch[1].article_id]
    assert store.unanalysed(9) == [batch[2]]
    assert store.waiting() == []


def test_an_alert_on_an_article_that_got_its_verdict_elsewhere_is_dropped_and_others_are_not(store: Store) -> None:
    store.add_watch(watch())
    keep(store, [article(1)])
    store.save_collected([stored(2)], RUN)
    both = [article(1), article(2)]
    mixed, whole = alert(both), alert([article(2)])
    store.save_analysis(analysis(both), NOTHING, rows_of(both), MODEL, [mixed, whole], RUN, NOW)
    assert store.waiting() == [whole]


def test_counts_of_storylines_tell_reports_from_copies_and_show_no_guess_as_a_time(store: Store) -> None:
    undated = replace(article(4), published=Published(), publisher=None)
    kept, copy = [article(0), article(3), undated], article(5)
    store.save_collected([(entry(n), a) for n, a in enumerate([*kept, copy])], RUN)
    store.save_analysis(analysis(kept, [(copy, kept[0])]), NOTHING, rows_of(kept), MODEL, [], RUN, NOW)
    columns = "article_count, copy_count, publisher_count, first_published_at, last_published_at"
    naive = NOW.replace(tzinfo=None)
    assert sql(store, f"SELECT {columns} FROM storylines") == [(3, 1, 1, naive - timedelta(hours=3), naive)]
    assert sql(store, "SELECT title, article_count, first_published_at FROM events") == [
        ("Title 0", 3, naive - timedelta(hours=3))
    ]
    lonely = replace(article(8), published=Published())
    keep(store, [lonely], storyline=Storyline("s8", "undated"))
    assert sql(store, "SELECT first_published_at, last_published_at FROM storylines WHERE label = 'undated'") == [
        (None, None)
    ]


def test_a_re_embedding_swaps_all_vectors_at_once_and_goes_on_where_it_stopped(store: Store) -> None:
    articles = [article(n) for n in range(5)]
    keep(store, articles)
    old, new = store.past(NOW).vectors, ("big", "def")
    first = store.to_reembed(new, 3)
    fresh = rows_of(articles, seed=9)
    store.save_reembedded(new, [a.article_id for a in first], np.stack([fresh[a.article_id] for a in first]))
    assert not store.swap_vectors(new)
    assert np.array_equal(store.past(NOW).vectors, old)
    rest = store.to_reembed(new, 9)
    assert sorted(a.article_id for a in (*first, *rest)) == sorted(fresh)
    store.save_reembedded(new, [a.article_id for a in rest], np.stack([fresh[a.article_id] for a in rest]))
    assert store.swap_vectors(new)
    past = store.past(NOW)
    assert np.array_equal(past.vectors, np.stack([fresh[k.article_id] for k in past.kept]))
    assert store.model() == new


def test_a_re_embedding_by_yet_another_model_starts_afresh(store: Store) -> None:
    keep(store, [article(1)])
    store.to_reembed(("big", "def"), 9)
    store.save_reembedded(("big", "def"), [article(1).article_id], np.ones((1, 4), np.float32))
    assert len(store.to_reembed(("third", "x"), 9)) == 1
    with pytest.raises(Exception, match="run `storywire reembed` again"):
        store.save_reembedded(("big", "def"), [article(1).article_id], np.ones((1, 4), np.float32))
    assert store.model() == MODEL
