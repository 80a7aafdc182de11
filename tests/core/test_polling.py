"""Laws of polling."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storywire.nouns import Feed, FeedState
from storywire.polling import (
    DEFAULT_INTERVAL,
    LONGEST_WAIT,
    NETWORK_WAIT,
    SHORTEST_WAIT,
    Failed,
    Fetched,
    Outcome,
    Unchanged,
    after_poll,
    blameless,
    network_down,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
FEED = Feed("https://example.org/feed", added_at=NOW, next_check_at=NOW)
KNOWN = replace(FEED, etag='W/"1"', last_modified="yesterday, says the server", body_digest="d", state=FeedState.OK)
HOUR = timedelta(hours=1)


def wait(feed: Feed) -> timedelta:
    return feed.next_check_at - NOW


def test_validators_are_kept_byte_for_byte() -> None:
    after = after_poll(FEED, Fetched("d", etag=' W/"a b" ', last_modified="not a date"), NOW)
    assert (after.etag, after.last_modified) == (' W/"a b" ', "not a date")


def test_a_new_document_replaces_both_validators_also_by_none() -> None:
    after = after_poll(KNOWN, Fetched("e", etag='"2"'), NOW)
    assert (after.etag, after.last_modified, after.body_digest) == ('"2"', None, "e")


def test_an_unchanged_feed_takes_new_validators_and_keeps_those_not_sent() -> None:
    after = after_poll(KNOWN, Unchanged(etag='"2"'), NOW)
    assert (after.etag, after.last_modified, after.body_digest) == ('"2"', KNOWN.last_modified, "d")


def test_a_failure_keeps_the_validators_of_the_last_good_document() -> None:
    after = after_poll(KNOWN, Failed("HTTP 500", status=500), NOW)
    assert (after.etag, after.last_modified, after.body_digest) == (KNOWN.etag, KNOWN.last_modified, "d")


def test_a_feed_is_looked_at_again_after_an_hour_and_never_before() -> None:
    assert DEFAULT_INTERVAL <= wait(after_poll(FEED, Fetched("d"), NOW)) <= DEFAULT_INTERVAL * 1.1


@pytest.mark.parametrize("field", ["ttl", "max_age"])
@pytest.mark.parametrize(
    ("asked", "given_interval"),
    [(timedelta(minutes=1), HOUR), (3 * HOUR, 3 * HOUR), (timedelta(days=30), LONGEST_WAIT)],
)
def test_a_server_can_ask_for_longer_waits_up_to_a_day(field: str, asked: timedelta, given_interval: timedelta) -> None:
    after = after_poll(FEED, replace(Fetched("d"), **{field: asked}), NOW)
    assert after.interval == given_interval
    assert given_interval <= wait(after) <= LONGEST_WAIT


def test_the_interval_of_a_feed_stays_while_it_is_unchanged() -> None:
    assert after_poll(replace(KNOWN, interval=3 * HOUR), Unchanged(), NOW).interval == 3 * HOUR


def test_two_feeds_added_together_do_not_stay_together() -> None:
    urls = {wait(after_poll(replace(FEED, url=f"https://example.org/{i}"), Fetched("d"), NOW)) for i in range(20)}
    assert len(urls) == 20


def test_the_same_look_gives_the_same_answer() -> None:
    assert after_poll(FEED, Fetched("d"), NOW) == after_poll(FEED, Fetched("d"), NOW)


def test_failures_back_off_by_one_interval_each_and_stop_at_a_day() -> None:
    feed, waits = KNOWN, []
    for _ in range(30):
        feed = after_poll(feed, Failed("timed out after 30 s"), NOW)
        waits.append(wait(feed))
    assert (feed.state, feed.failures, feed.reason) == (FeedState.FAILING, 30, "timed out after 30 s")
    assert waits == sorted(waits)
    assert 2 * HOUR <= waits[1] <= 2.2 * HOUR
    assert waits[-1] == LONGEST_WAIT


def test_a_success_ends_a_row_of_failures() -> None:
    failing = after_poll(KNOWN, Failed("HTTP 500", status=500), NOW)
    for outcome in (Unchanged(), Fetched("d")):
        after = after_poll(failing, outcome, NOW)
        assert (after.state, after.failures, after.reason, after.succeeded_at) == (FeedState.OK, 0, None, NOW)


@pytest.mark.parametrize(
    ("asked", "least"), [(timedelta(seconds=5), SHORTEST_WAIT), (5 * HOUR, 5 * HOUR), (timedelta(days=9), LONGEST_WAIT)]
)
def test_retry_after_is_honoured_within_a_day(asked: timedelta, least: timedelta) -> None:
    after = after_poll(KNOWN, Failed("HTTP 429", status=429, retry_after=asked), NOW)
    assert least <= wait(after) <= LONGEST_WAIT


def test_a_feed_that_is_gone_is_told_apart_from_one_that_fails() -> None:
    assert after_poll(KNOWN, Failed("HTTP 410", status=410), NOW).state is FeedState.GONE
    assert after_poll(KNOWN, Failed("HTTP 404", status=404), NOW).state is FeedState.FAILING


def test_title_and_language_are_learnt_once_and_a_persons_choice_stays() -> None:
    learnt = after_poll(FEED, Fetched("d", title="Their Title", language="de"), NOW)
    assert (learnt.title, learnt.language) == ("Their Title", "de")
    chosen = after_poll(replace(FEED, title="Mine", language="fr"), Fetched("d", title="T", language="de"), NOW)
    assert (chosen.title, chosen.language) == ("Mine", "fr")


UNREACHED = Failed("cannot be reached", network_down=True)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], False),
        ([UNREACHED], True),
        ([UNREACHED, UNREACHED], True),
        ([UNREACHED, Failed("HTTP 500", status=500)], False),
        ([UNREACHED, Unchanged()], False),
        ([Fetched("d")], False),
    ],
)
def test_the_network_is_down_when_no_host_at_all_was_reached(outcomes: list[Outcome], expected: bool) -> None:
    assert network_down(outcomes) is expected


def test_no_feed_is_blamed_when_the_network_is_down() -> None:
    after = blameless(KNOWN, UNREACHED, NOW)
    assert (after.state, after.failures, after.reason) == (KNOWN.state, KNOWN.failures, None)
    assert wait(after) == NETWORK_WAIT


def test_a_dead_feed_that_is_alone_is_not_taken_for_a_dead_network_for_more_than_a_day() -> None:
    after = blameless(replace(KNOWN, succeeded_at=NOW - 25 * HOUR), UNREACHED, NOW)
    assert (after.state, after.failures, after.reason) == (FeedState.FAILING, 1, UNREACHED.reason)
