import json
from dataclasses import replace
from datetime import timedelta

from storage_makers import MODEL, NOTHING, NOW, RUN, alert, analysis, article, dump, entry, feed, rows_of, sql, stored

from storage.store import Store
from storywire.nouns import Definition, EntryState, LogEntry, LogKind, Published, Watch

WATCH = Watch("w1", "s1", "file:alerts.jsonl", NOW)


def test_the_counts_of_a_run_balance_also_when_it_was_cut_short_and_run_again(store: Store) -> None:
    store.add_feeds([feed()])
    store.save_polls([(feed(), [entry(1), entry(2)])], "before")
    store.start_run(RUN, NOW)
    store.save_polls([(feed(), [entry(2), entry(3), entry(4), entry(5, url=entry(4).url, title=entry(4).title)])], RUN)
    failed = replace(entry(1), state=EntryState.FAILED, reason="HTTP 404")
    store.save_collected([stored(2), stored(3), (failed, None)], RUN)
    store.start_run(RUN, NOW)  # again, after a crash
    store.save_collected([stored(2), stored(3), (failed, None)], RUN)
    verdicts = analysis([article(2)], [(article(3), article(2))])
    store.save_analysis(verdicts, NOTHING, rows_of([article(2)]), MODEL, [], RUN, NOW)
    counts = store.finish_run(RUN, NOW + timedelta(minutes=1), feeds_polled=1)
    assert counts.pending_before + counts.entries_new == sum(counts.settled.values()) + counts.pending
    assert (counts.pending_before, counts.entries_new, counts.pending) == (2, 3, 1)
    assert counts.settled == {EntryState.STORED: 2, EntryState.FAILED: 1, EntryState.REPEAT: 1}
    assert (counts.articles_new, counts.kept_new, counts.copies_new, counts.feeds_polled) == (2, 1, 1, 1)
    columns = "feeds_failed, entries_new, articles_new, kept_new, copies_new, pending, finished_at - started_at"
    assert sql(store, f"SELECT {columns} FROM runs") == [(0, 3, 2, 1, 1, 1, timedelta(minutes=1))]


def test_articles_that_a_killed_run_stored_count_with_the_run_that_judged_them(store: Store) -> None:
    store.save_collected([stored(1), stored(2)], "a killed run")
    store.start_run(RUN, NOW)
    verdicts = analysis([article(1)], [(article(2), article(1))])
    store.save_analysis(verdicts, NOTHING, rows_of([article(1)]), MODEL, [], RUN, NOW)
    moved = LogEntry(
        LogKind.SPLIT_FROM, verdicts.storylines[0].storyline_id, "e2", other_id=verdicts.events[0].event_id
    )
    moves = [moved, replace(moved, kind=LogKind.JOINED, other_id=None, article_id=article(1).article_id)]
    store.save_analysis(analysis([], log=moves), NOTHING, {}, MODEL, [], "a later run", NOW)
    counts = store.finish_run(RUN, NOW)
    assert (counts.articles_new, counts.kept_new, counts.copies_new) == (0, 1, 1)


def test_a_run_under_way_has_no_counts(store: Store) -> None:
    store.start_run(RUN, NOW)
    assert sql(store, "SELECT run_id, finished_at, entries_new FROM runs") == [(RUN, None, None)]


def test_a_watch_is_added_once_and_comes_back(store: Store) -> None:
    everything = Watch("w2", None, "file:all.jsonl", NOW + timedelta(1))
    assert store.add_watch(WATCH)
    assert store.add_watch(everything)
    assert not store.add_watch(replace(WATCH, created_at=NOW + timedelta(9)))
    assert store.watches() == [WATCH, everything]


def test_removing_a_watch_takes_its_undelivered_alerts_along(store: Store) -> None:
    store.save_collected([stored(1), stored(2)], RUN)
    told, untold = alert([article(1)]), alert([article(2)])
    both = [article(1), article(2)]
    store.save_analysis(analysis(both), NOTHING, rows_of(both), MODEL, [told, untold], RUN, NOW)
    store.add_watch(WATCH)
    store.mark_delivered(told.alert_id, NOW)
    assert store.remove_watch("w1")
    assert not store.remove_watch("w1")
    assert (store.watches(), store.pending_alerts()) == ([], [])
    assert sql(store, "SELECT alert_id FROM private.alert") == [(told.alert_id,)]


def test_an_alert_is_pending_until_it_is_delivered_and_the_first_time_stands(store: Store) -> None:
    store.save_collected([stored(1)], RUN)
    made, arguments = alert([article(1)]), (analysis([article(1)]), NOTHING, rows_of([article(1)]), MODEL)
    store.save_analysis(*arguments, [made], RUN, NOW)
    store.note_attempt(made.alert_id)
    assert store.pending_alerts() == [replace(made, attempts=1)]
    store.mark_delivered(made.alert_id, NOW)
    before = dump(store)
    store.mark_delivered(made.alert_id, NOW + timedelta(1))
    store.save_analysis(*arguments, [made], RUN, NOW)
    assert (store.pending_alerts(), dump(store)) == ([], before)


def test_an_alert_tells_which_storyline_has_which_new_reports(store: Store) -> None:
    undated = article(2, published=Published(), url=None)
    store.save_collected([(entry(1), article(1)), (entry(2), undated)], RUN)
    store.define([Definition("aleppo", "Aleppo siege", ())], NOW)
    made, orphan = alert([article(1), undated], storyline_id="aleppo"), alert([article(1)], storyline_id="no more")
    both = [article(1), undated]
    store.save_analysis(analysis(both), NOTHING, rows_of(both), MODEL, [made, orphan], RUN, NOW)
    message = store.message(made.alert_id)
    assert message is not None
    assert json.loads(json.dumps(message)) == message
    assert (message["storyline_id"], message["storyline"]) == ("aleppo", "Aleppo siege")
    assert [(told["title"], told["url"], told["published_at"]) for told in message["reports"]] == [
        ("Title 1", article(1).url, "2026-11-22T07:30:00Z"),
        ("Title 2", None, None),
    ]
    assert (store.message(orphan.alert_id) or {})["storyline"] is None


def test_an_alert_whose_watch_or_reports_are_gone_tells_nothing(store: Store) -> None:
    store.save_collected([stored(1), stored(2)], RUN)
    both = [article(1), article(2)]
    alerts = [alert([article(1)]), alert([article(2)], "w2")]
    store.save_analysis(analysis(both), NOTHING, rows_of(both), MODEL, alerts, RUN, NOW)
    store.add_watch(WATCH)
    store.remove_watch("w1")
    store.delete_article(article(2).article_id)
    assert [store.message(gone.alert_id) for gone in alerts] == [None, None]
