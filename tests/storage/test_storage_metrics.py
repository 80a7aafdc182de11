from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from storage_makers import (
    MODEL,
    NOTHING,
    NOW,
    RUN,
    alert,
    analysis,
    article,
    entry,
    feed,
    keep,
    rows_of,
    sql,
    stored,
    watch,
)

from storage.metrics import BOUNDS, Figures, Queue, figures
from storage.outbox import put_alerts
from storage.store import Store
from storywire.nouns import Article, FeedState, Precision, Published
from storywire.telling import Decision
from storywire.watches import Alert, AlertClass, AlertState, Message

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
FOLLOWED = feed(succeeded_at=NOW - HOUR)


def within(figures: Figures, name: str) -> dict[int, int]:
    """How many took no longer than a bound, where that is more than took no longer than the one before."""
    latency = getattr(figures, name)
    counts = (0, *latency.within)
    return {bound: count for bound, before, count in zip(BOUNDS, counts, counts[1:], strict=False) if count > before}


def came(store: Store, run_id: str, took: timedelta, *articles: Article) -> None:
    """A run that took so long listed these articles in the feed, and stored and kept them."""
    pairs = [(replace(stored(n)[0], entry_id=a.article_id, article_id=a.article_id), a) for n, a in enumerate(articles)]
    store.start_run(run_id, NOW)
    store.save_polls([(FOLLOWED, [entry(0, entry_id=a.article_id, guid=a.article_id) for a in articles])], run_id)
    store.save_collected(pairs, run_id)
    store.save_analysis(analysis(articles), NOTHING, rows_of(articles), MODEL, [], run_id, NOW)
    store.finish_run(run_id, NOW + took, feeds_polled=2, feeds_failed=1, model_time=2 * SECOND)


def dated(n: int, ago: timedelta, precision: Precision = Precision.MINUTE) -> Article:
    return article(n, published=Published(NOW - ago, precision, "feed"), first_seen_at=NOW)


def noticed(store: Store, *alerts: Alert) -> None:
    store.add_watch(watch())
    with store.transaction() as con:
        put_alerts(con, alerts)


def sent(store: Store, articles: Sequence[Article], took: timedelta, kind: AlertClass = AlertClass.REPORT) -> None:
    """One message tells of these articles, so long after now."""
    made = alert(articles, kind=kind, alert_id=f"a{kind}")
    noticed(store, made)
    store.save_decision(Decision((Message(f"m{kind}", "w1", "file:w1.jsonl", (made.alert_id,), NOW, NOW),)))
    store.mark_sent(f"m{kind}", NOW + took)


def test_an_empty_installation_has_figures(store: Store) -> None:
    found = figures(store, NOW)
    assert found.polls == dict.fromkeys(("changed", "unchanged", "failed", "unreached"), 0)
    assert found.seen_to_sent.within == (0,) * len(BOUNDS)
    assert found.queues == dict.fromkeys(("entries", "articles", "alerts", "messages"), Queue(0, timedelta(0)))
    assert (found.runs, found.published_at, found.snapshot_bytes) == ({}, None, 0)


def test_an_article_counts_as_stored_when_the_run_that_stored_it_ended(store: Store) -> None:
    store.add_feeds([FOLLOWED])
    came(store, RUN, 5 * SECOND, dated(1, 15 * SECOND), dated(2, 30 * SECOND), dated(3, HOUR, Precision.SECOND))
    found = figures(store, NOW)
    assert within(found, "published_to_stored") == {30: 1, 60: 2, 7200: 3}
    assert (found.published_to_stored.count, found.published_to_stored.total) == (3, 20 + 35 + 3605)


def test_an_article_of_a_time_ahead_of_the_clock_took_no_time(store: Store) -> None:
    store.add_feeds([FOLLOWED])
    came(store, RUN, 5 * SECOND, dated(1, -HOUR))
    assert figures(store, NOW).published_to_stored.total == 0


def test_what_is_dated_by_the_day_and_what_a_first_look_lists_have_no_latency(store: Store) -> None:
    store.add_feeds([FOLLOWED])
    came(store, RUN, SECOND, dated(1, 15 * SECOND, Precision.DAY))
    store.add_feeds([feed(1)])
    first = entry(2, feed_url=feed(1).url)
    store.save_polls([(feed(1, succeeded_at=NOW), [first])], RUN)
    store.save_collected([(replace(stored(2)[0], entry_id=first.entry_id), article(2))], RUN)
    assert figures(store, NOW).articles == 2
    assert figures(store, NOW).published_to_stored.count == 0


def test_a_run_under_way_has_no_latency_yet(store: Store) -> None:
    store.add_feeds([FOLLOWED])
    came(store, RUN, SECOND, dated(1, 15 * SECOND))
    sql(store, "UPDATE private.run SET finished_at = NULL RETURNING 1")
    assert figures(store, NOW).published_to_stored.count == 0


def test_each_report_of_a_message_that_arrived_has_its_latency(store: Store) -> None:
    store.add_feeds([FOLLOWED])
    reports = [dated(1, 20 * SECOND), dated(2, 50 * SECOND), dated(3, HOUR, Precision.DAY)]
    came(store, RUN, SECOND, *reports)
    sent(store, reports, 25 * SECOND)
    found = figures(store, NOW)
    assert within(found, "published_to_sent") == {60: 1, 120: 2}
    assert within(found, "seen_to_sent") == {30: 3}


def test_a_report_counts_once_a_message_and_not_before_that_is_out(store: Store) -> None:
    store.add_feeds([FOLLOWED])
    came(store, RUN, SECOND, dated(1, HOUR))
    noticed(store, *(alert([dated(1, HOUR)], storyline_id=line, alert_id=line) for line in ("s1", "s2")))
    store.save_decision(Decision((Message("m1", "w1", "file:w1.jsonl", ("s1", "s2"), NOW, NOW),)))
    assert figures(store, NOW).seen_to_sent.count == 0
    store.mark_sent("m1", NOW + SECOND)
    assert figures(store, NOW).seen_to_sent.count == 1


@pytest.mark.parametrize("kind", [AlertClass.REVISION, AlertClass.CORRECTION])
def test_a_change_of_an_old_report_is_no_latency(store: Store, kind: AlertClass) -> None:
    store.add_feeds([FOLLOWED])
    came(store, RUN, SECOND, dated(1, HOUR))
    sent(store, [dated(1, HOUR)], SECOND, kind)
    assert figures(store, NOW).messages == {"sent": 1}
    assert figures(store, NOW).seen_to_sent.count == 0


def test_what_became_of_articles_adds_up(store: Store) -> None:
    store.save_collected([stored(n) for n in range(4)], RUN)
    verdicts = analysis([article(0), article(1)], [(article(2), article(0))])
    store.save_analysis(verdicts, NOTHING, rows_of([article(0), article(1)]), MODEL, [], RUN, NOW)
    found = figures(store, NOW)
    assert (found.articles, found.kept, found.copies, found.queues["articles"].length) == (4, 2, {"near": 1}, 1)
    assert (found.storylines, found.events, found.touched) == ({"open": 1}, 1, 1)


def test_a_storyline_is_touched_for_a_day(store: Store) -> None:
    keep(store, [article(0)])
    assert figures(store, NOW + 23 * HOUR).touched == 1
    assert figures(store, NOW + 25 * HOUR).touched == 0


def test_a_queue_is_as_old_as_what_waits_longest_in_it(store: Store) -> None:
    store.add_feeds([FOLLOWED])
    later = entry(3, first_seen_at=NOW - 9 * HOUR, attempts=1, next_attempt_at=NOW + HOUR)
    listed = [entry(1, first_seen_at=NOW - 2 * HOUR), entry(2, first_seen_at=NOW - HOUR), later]
    store.save_polls([(FOLLOWED, listed)], RUN)
    store.save_collected([(stored(8)[0], article(8, first_seen_at=NOW - 3 * HOUR))], RUN)
    noticed(store, alert([article(8)], created_at=NOW - 4 * HOUR))
    store.save_decision(Decision((Message("m1", "w1", "file:w1.jsonl", (), NOW - 5 * HOUR, NOW),)))
    assert figures(store, NOW).queues == {
        "entries": Queue(2, 2 * HOUR),
        "articles": Queue(1, 3 * HOUR),
        "alerts": Queue(1, 4 * HOUR),
        "messages": Queue(1, 5 * HOUR),
    }
    assert figures(store, NOW + 2 * HOUR).queues["entries"] == Queue(3, 4 * HOUR)


def test_alerts_and_messages_are_counted_by_what_became_of_them(store: Store) -> None:
    keep(store, [article(0), article(1)])
    silent = alert([article(0)], state=AlertState.SILENT, reason="an old report")
    noticed(store, silent, alert([article(1)]))
    assert figures(store, NOW).alerts == {"silent": 1, "waiting": 1}


def test_feeds_are_counted_by_state_and_those_that_are_asked_by_their_health(store: Store) -> None:
    ill = [
        feed(1, state=FeedState.GONE),
        feed(2, state=FeedState.FAILING, failures=3),
        feed(3, state=FeedState.OK, health=("empty: no items",)),
    ]
    well = [feed(4, state=FeedState.FAILING, failures=2), feed(5), feed(6, paused=True, health=("empty: no items",))]
    store.add_feeds([*ill, *well])
    found = figures(store, NOW)
    assert found.feeds == {"gone": 1, "failing": 2, "ok": 1, "new": 1, "paused": 1}
    assert found.ill == 3


def test_the_last_run_of_a_flow_is_the_one_that_ended_last(store: Store) -> None:
    for n, flow in enumerate(("ingest", "collect", "collect")):
        store.start_run(f"{RUN}{n}", NOW + n * HOUR, flow)
        store.finish_run(f"{RUN}{n}", NOW + n * HOUR + (3 - n) * SECOND, 3, 1, 2 * SECOND)
    store.start_run("under way", NOW + 9 * HOUR, "collect")
    found = figures(store, NOW)
    assert {flow: (run.runs, run.ended_at, run.took) for flow, run in found.runs.items()} == {
        "ingest": (1, NOW + 3 * SECOND, 3 * SECOND),
        "collect": (2, NOW + 2 * HOUR + SECOND, SECOND),
    }
    assert (found.polls["failed"], found.model_time) == (3, 6 * SECOND)


def test_looks_are_told_apart_and_those_of_runs_that_did_not_note_it_are_no_success(store: Store) -> None:
    for n, looks in enumerate(((4, 1, 1, 2), (3, 0, 0, 0), (2, 1, None, None))):
        polled, failed, changed, unchanged = looks
        store.start_run(f"{RUN}{n}", NOW)
        store.finish_run(f"{RUN}{n}", NOW, polled, failed, feeds_changed=changed, feeds_unchanged=unchanged)
    assert figures(store, NOW).polls == {"changed": 1, "unchanged": 2, "failed": 2, "unreached": 3}
    assert sql(store, "SELECT feeds_changed, feeds_unchanged FROM runs ORDER BY run_id") == [
        (1, 2),
        (0, 0),
        (None,) * 2,
    ]


def test_files_have_their_size_and_the_snapshot_its_age(store: Store) -> None:
    keep(store, [article(0)])
    store.publish()
    found = figures(store, NOW)
    assert found.writer_bytes >= store.path.stat().st_size > 0
    assert found.snapshot_bytes == (store.home / "storywire.duckdb").stat().st_size
    assert found.published_at is not None
    assert found.schema >= 7


def test_what_is_a_counter_never_goes_back_while_runs_come(store: Store) -> None:
    store.add_feeds([FOLLOWED])
    before = _counters(figures(store, NOW))
    for n in range(3):
        came(store, f"{RUN}{n}", n * 20 * SECOND, dated(2 * n, HOUR), dated(2 * n + 1, n * HOUR))
        sent(store, [dated(2 * n, HOUR)], SECOND, list(AlertClass)[n])
        after = _counters(figures(store, NOW))
        assert all(now >= then for now, then in zip(after, before, strict=True))
        assert sum(after) > sum(before)
        before = after


def _counters(found: Figures) -> list[float]:
    latencies = (found.published_to_stored, found.published_to_sent, found.seen_to_sent)
    return [
        *(found.articles, found.kept, sum(found.copies.values()), *found.polls.values()),
        found.model_time.total_seconds(),
        *(value for latency in latencies for value in (latency.count, latency.total, *latency.within)),
    ]
