from dataclasses import replace
from datetime import timedelta

from storage_makers import MODEL, NOTHING, NOW, RUN, analysis, article, entry, feed, rows_of, sql, stored

from storage.store import Store
from storywire.nouns import EntryState, LogEntry, LogKind


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
