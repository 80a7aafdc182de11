"""Laws of polling that a simulated week found broken (`make week`)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from makers import feed_entry

from storywire.looks import Answered, Ask, Fetched, Unchanged
from storywire.nouns import Feed
from storywire.polling import after_poll, ask, may_be_asked
from storywire.waits import DEFAULT_INTERVAL

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
OLD, NEW = "https://old.example/feed", "https://new.example/feed"
FEED = Feed(OLD, added_at=NOW, next_check_at=NOW, etag='"old"', last_modified="then", served_by=OLD, body_digest="d")


def test_r06_the_same_document_from_another_address_brings_the_validators_of_that_address() -> None:
    asked = Ask(OLD, '"old"', "then", OLD)
    after = after_poll(FEED, asked, Unchanged(Answered(etag='"new"', url=NEW), told=False), NOW)
    assert ask(after, NOW + timedelta(hours=1)) == Ask(OLD, '"new"', None, NEW)


def test_r04_not_changed_leaves_the_validators_with_the_address_that_gave_them() -> None:
    feed = replace(FEED, served_by=NEW, habits=replace(FEED.habits, whole_at=NOW))
    after = after_poll(feed, ask(feed, NOW), Unchanged(Answered(etag='"2"', url=NEW)), NOW)
    assert ask(after, NOW + timedelta(hours=1)) == Ask(OLD, '"2"', "then", NEW)


def test_r15_a_feed_that_is_due_before_an_hour_to_leave_out_is_not_asked_by_a_run_within_it() -> None:
    feed = replace(FEED, next_check_at=NOW - timedelta(minutes=5), habits=replace(FEED.habits, skip_hours=(12,)))
    asked = [may_be_asked(feed, NOW + timedelta(minutes=m)) for m in (-1, 0, 59, 60)]
    assert asked == [True, False, False, True]
    assert may_be_asked(replace(feed, habits=replace(FEED.habits, skip_days=(3,))), NOW)  # a Wednesday
    assert not may_be_asked(replace(feed, habits=replace(FEED.habits, skip_days=(2,))), NOW)


def test_r21_a_first_document_that_dates_everything_now_is_not_taken_for_a_feed_of_hundreds_a_day() -> None:
    def looked_at(minutes: int) -> Feed:
        """A feed whose first 14 items are so many minutes apart, after three looks, of which two found nothing new."""
        items = tuple(feed_entry(n, OLD, published=NOW - timedelta(minutes=n * minutes)) for n in range(14))
        feed = replace(FEED, etag=None, body_digest=None)
        for outcome in (Fetched("d", Answered(etag='"1"'), entries=items), *[Unchanged(Answered())] * 2):
            at = feed.next_check_at
            feed = after_poll(feed, ask(feed, at), outcome, at)
        return feed

    assert looked_at(0).interval >= DEFAULT_INTERVAL > looked_at(20).interval
