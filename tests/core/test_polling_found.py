"""Laws of polling that a simulated week found broken (`make week`)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storywire.nouns import Feed
from storywire.polling import Answered, Ask, Unchanged, after_poll, ask, may_be_asked

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
