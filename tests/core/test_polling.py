"""Laws of polling; r01 to r46 are the rules of docs/polling.md."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from makers import feed_entry

from storywire import waits
from storywire.documents import Skip
from storywire.hosts import patience
from storywire.learnt import Habits, Move
from storywire.looks import Answered, Ask, Failed, Fetched, Outcome, Postponed, Unchanged
from storywire.nouns import Entry, Feed, FeedState
from storywire.polling import (
    MAX_RETRY_AFTER,
    WHOLE_EVERY,
    after_poll,
    ask,
    blameless,
    busy_until,
    doubts,
    may_be_asked,
    network_down,
    postponed,
)

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
URL = "https://example.org/feed"
FEED = Feed(URL, added_at=NOW, next_check_at=NOW)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KNOWN = replace(
    *(FEED,),
    etag='W/"1"',
    last_modified="yesterday, says the server",
    served_by=URL,
    body_digest="d",
    state=FeedState.OK,
    succeeded_at=NOW - HOUR,
    habits=Habits(read_at=NOW - HOUR, whole_at=NOW - HOUR, on_time=5, rate=24.0),
)
VALIDATED = Answered(etag='"1"')


def look(feed: Feed, outcome: Outcome, now: datetime | None = None) -> Feed:
    """The feed after the look that it asks for, made when it is due."""
    at = now or max(feed.next_check_at, NOW)
    return after_poll(feed, ask(feed, at), outcome, at)


def wait(feed: Feed) -> timedelta:
    return feed.next_check_at - (feed.checked_at or NOW)


def items(*numbers: int, at: datetime | None = None, guid: str = "") -> tuple[Entry, ...]:
    return tuple(feed_entry(n, URL, published=at, guid=f"{guid}{n}") for n in numbers)


def document(*numbers: int, digest: str = "", at: datetime | None = None, guid: str = "") -> Fetched:
    return Fetched(digest or f"{numbers}{at}{guid}", VALIDATED, entries=items(*numbers, at=at, guid=guid))


def renamed(*numbers: int) -> tuple[Entry, ...]:
    return tuple(replace(item, title=f"{item.title}, once more") for item in items(*numbers))


# Validators


def test_r01_validators_are_kept_and_sent_byte_for_byte() -> None:
    odd = Answered(etag=' W/"a b" ', last_modified="not a date", url=URL)
    after = look(FEED, Fetched("d", odd))
    assert (after.etag, after.last_modified) == (' W/"a b" ', "not a date")
    assert ask(after, NOW + HOUR) == Ask(URL, ' W/"a b" ', "not a date", URL)


def test_r04_an_unchanged_feed_takes_new_validators_and_r05_keeps_those_not_sent() -> None:
    after = look(KNOWN, Unchanged(Answered(etag='"2"')))
    assert (after.etag, after.last_modified, after.body_digest) == ('"2"', KNOWN.last_modified, "d")
    after = look(KNOWN, Unchanged(Answered(last_modified="today")))
    assert (after.etag, after.last_modified) == (KNOWN.etag, "today")


def test_a_new_document_replaces_both_validators_also_by_none() -> None:
    after = look(KNOWN, Fetched("e", Answered(etag='"2"')))
    assert (after.etag, after.last_modified, after.body_digest) == ('"2"', None, "e")


def test_a_failure_keeps_the_validators_of_the_last_good_document() -> None:
    after = look(KNOWN, Failed("HTTP 500", status=500))
    assert (after.etag, after.last_modified, after.body_digest) == (KNOWN.etag, KNOWN.last_modified, "d")


def test_r11_once_a_day_a_feed_is_asked_without_conditions_and_never_more_often() -> None:
    told = Unchanged(VALIDATED)
    later = KNOWN.habits.whole_at + WHOLE_EVERY  # type: ignore[operator]
    assert ask(KNOWN, later).etag == KNOWN.etag
    assert [doubts(KNOWN, told, at) for at in (NOW, later - HOUR / 60, later)] == [False, False, True]
    assert not doubts(KNOWN, Failed("timed out"), later)
    assert not doubts(KNOWN, document(1), later)
    feed, doubted = KNOWN, []
    while feed.next_check_at < NOW + 7 * DAY:
        at = feed.next_check_at
        asked = ask(feed, at)
        assert asked.etag
        if doubts(
            feed, told, at
        ):  # a second answer that fails counts too: who is in trouble is not asked twice each time
            doubted.append(at)
            asked = Ask(URL, doubting=True)
        feed = after_poll(feed, asked, told, at)
    assert 6 <= len(doubted) <= 7
    assert min(b - a for a, b in pairwise(doubted)) >= DAY


def test_a_clock_that_was_ahead_does_not_end_whole_looks() -> None:
    ahead = replace(KNOWN, habits=replace(KNOWN.habits, whole_at=NOW + 3650 * DAY))
    assert doubts(ahead, Unchanged(VALIDATED), NOW)
    assert ask(replace(KNOWN, move=Move(THERE, NOW + 3650 * DAY)), NOW).url == URL


def test_r11_a_document_that_came_on_its_own_counts_as_the_look_of_the_day() -> None:
    after = look(KNOWN, document(1))
    assert after.habits.whole_at == NOW
    assert look(KNOWN, Unchanged(told=False)).habits.whole_at == NOW


def test_h39_a_server_that_says_not_changed_for_ever_is_found_out_and_asked_without_conditions() -> None:
    feed, found = look(FEED, document(1, 2, 3)), []
    while feed.next_check_at < NOW + 4 * DAY:
        at = feed.next_check_at
        asked = ask(feed, at)
        outcome: Outcome = Unchanged(Answered())
        if not asked.etag or doubts(feed, outcome, at):
            hours = (at - NOW) // HOUR
            asked, outcome = (
                replace(Ask(URL), doubting=bool(asked.etag)),
                document(*range(max(hours - 4, 0), hours + 4)),
            )
            found.append(at)
        feed = after_poll(feed, asked, outcome, at)
    assert found[0] - NOW <= WHOLE_EVERY + 2 * HOUR  # new items are had within a day
    assert [line for line in feed.health if line.startswith("untrue:")]
    assert min(b - a for a, b in pairwise(found[2:])) >= waits.DISTRUSTED_WAIT


def test_an_honest_server_is_never_distrusted_whatever_its_items_are_dated() -> None:
    feed = look(FEED, document(1))
    for day in range(1, 6):
        at = NOW + day * DAY
        feed = after_poll(feed, ask(feed, at - HOUR), Unchanged(VALIDATED), at - HOUR)
        feed = after_poll(feed, ask(feed, at), document(day, day + 1, at=at - 5 * HOUR), at)
    assert feed.habits.lies == 0


# Timing


def test_r12_a_feed_is_looked_at_again_after_an_hour_at_first() -> None:
    assert waits.DEFAULT_INTERVAL <= wait(look(FEED, document(1))) <= waits.DEFAULT_INTERVAL * 1.1


def test_r12_a_server_without_validators_is_asked_once_an_hour_at_most() -> None:
    busy = replace(KNOWN, habits=replace(KNOWN.habits, rate=1000.0))
    assert wait(look(busy, document(1))) <= 0.3 * HOUR
    assert wait(look(busy, Fetched("e", Answered(), entries=items(1)))) >= HOUR


def test_r13_when_it_is_due_is_part_of_what_is_stored_of_a_feed() -> None:
    assert look(FEED, document(1)).next_check_at > NOW


@pytest.mark.parametrize(
    ("asked", "given_interval"),
    [(timedelta(minutes=1), HOUR), (3 * HOUR, 3 * HOUR), (timedelta(days=30), waits.LONGEST_WAIT)],
)
def test_r14_a_server_or_a_document_can_ask_for_longer_waits_up_to_a_day(
    asked: timedelta, given_interval: timedelta
) -> None:
    for outcome in (
        replace(document(1), ttl=asked),
        replace(document(1), answer=replace(VALIDATED, max_age=asked)),
    ):
        after = look(FEED, outcome)
        assert after.interval == given_interval
        assert given_interval <= wait(after) <= waits.LONGEST_WAIT
        still = look(after, Unchanged())
        assert still.interval >= given_interval  # RFC 9111, 4.3.4: what a 304 does not send still holds
    once = look(FEED, replace(document(1), answer=replace(VALIDATED, max_age=DAY)))
    assert look(once, Unchanged(replace(VALIDATED, max_age=HOUR / 60))).habits.server_asks == HOUR / 60


def test_r15_hours_and_days_that_a_document_skips_are_skipped() -> None:
    skip = Skip(hours=frozenset(range(13, 20)), days=frozenset({2}))  # 1 July 2026 is a Wednesday
    after = look(FEED, replace(document(1), skip=skip))
    assert after.next_check_at.weekday() == 3
    assert after.next_check_at - NOW < 14 * HOUR
    after = look(FEED, replace(document(1), skip=Skip(hours=frozenset(range(13, 20)))))
    assert after.next_check_at.hour == 20
    assert look(after, Unchanged(VALIDATED)).habits.skip_hours == tuple(range(13, 20))


def test_r15_a_run_that_comes_late_leaves_skipped_hours_out_but_for_a_day_at_most() -> None:
    after = look(FEED, replace(document(1), skip=Skip(hours=frozenset({14, 15}))))
    assert not may_be_asked(after, NOW + 2.5 * HOUR)
    assert may_be_asked(after, NOW + 4 * HOUR)
    assert may_be_asked(after, NOW + 2 * DAY + 2.5 * HOUR)  # runs may come at such hours only
    weekly = look(FEED, replace(document(1), skip=Skip(days=frozenset({5, 6}))))
    saturday = NOW + 3 * DAY
    assert [may_be_asked(weekly, saturday + n * DAY) for n in (0, 1, 2, 7)] == [False, False, True, True]


def test_r15_a_document_that_skips_every_hour_cannot_mean_it() -> None:
    always = replace(document(1), skip=Skip(hours=frozenset(range(24))))
    assert wait(look(FEED, always)) <= 1.1 * HOUR


def test_r17_two_feeds_added_together_do_not_stay_together() -> None:
    urls = {wait(look(replace(FEED, url=f"https://example.org/{i}"), document(1))) for i in range(20)}
    assert len(urls) == 20


def test_the_same_look_gives_the_same_answer() -> None:
    assert look(FEED, document(1)) == look(FEED, document(1))


@pytest.mark.parametrize(
    ("asked", "least"),
    [(timedelta(seconds=5), waits.SHORTEST_WAIT), (5 * HOUR, 5 * HOUR), (timedelta(days=9), MAX_RETRY_AFTER)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_r18_retry_after_is_honoured_within_a_day_and_some_minutes(
    asked: timedelta, least: timedelta, status: int
) -> None:
    after = look(KNOWN, Failed(f"HTTP {status}", status=status, retry_after=asked))
    assert least <= wait(after) <= MAX_RETRY_AFTER


def test_r19_a_host_that_is_asked_too_often_is_left_alone_as_long_as_it_says() -> None:
    assert busy_until(Failed("HTTP 429", status=429, retry_after=2 * HOUR), NOW) == NOW + 2 * HOUR
    assert busy_until(Failed("HTTP 503", status=503, retry_after=2 * HOUR), NOW) == NOW + 2 * HOUR
    assert busy_until(Failed("HTTP 429", status=429), NOW) == NOW + HOUR
    assert busy_until(Failed("HTTP 429", status=429, retry_after=99 * DAY), NOW) == NOW + DAY
    assert busy_until(Failed("HTTP 503", status=503), NOW) is None
    assert busy_until(document(1), NOW) is None


def test_h41_feeds_of_a_host_that_rested_do_not_all_come_back_at_once() -> None:
    many = [replace(KNOWN, url=f"https://example.org/{n}") for n in range(100)]
    back = sorted(postponed(feed, NOW + 2 * HOUR).next_check_at for feed in many)
    assert back[0] >= NOW + 2 * HOUR
    assert back[-1] - back[0] > HOUR / 2
    assert after_poll(many[0], Ask(URL), Postponed(NOW + 2 * HOUR), NOW) == postponed(many[0], NOW + 2 * HOUR)
    assert postponed(many[0], NOW).failures == 0


def test_r21_a_feed_that_brings_much_is_looked_at_more_often_and_one_that_brings_little_less() -> None:
    busy = quiet = look(FEED, document(*range(20)))
    at, n = NOW, 20
    while at < NOW + 9 * DAY:
        at += HOUR / 4
        n += 5
        busy = look(busy, document(*range(n - 40, n)), at) if busy.next_check_at <= at else busy
        quiet = look(quiet, Unchanged(VALIDATED), at) if quiet.next_check_at <= at else quiet
    assert busy.interval == waits.SHORTEST_WAIT
    assert quiet.interval == waits.LONGEST_LEARNT
    assert waits.learnt(waits.HOURLY_RATE) == HOUR


def test_r21_only_two_looks_in_a_row_that_went_well_and_in_time_change_the_interval() -> None:
    feed = replace(KNOWN, habits=replace(KNOWN.habits, rate=1000.0, on_time=0))
    once = look(feed, Unchanged(VALIDATED))
    assert once.interval == HOUR
    assert look(once, Unchanged(VALIDATED)).interval == waits.SHORTEST_WAIT
    failed = look(once, Failed("timed out"))
    assert look(failed, Unchanged(VALIDATED)).interval == HOUR
    late = look(once, Unchanged(VALIDATED), once.next_check_at + 5 * HOUR)
    assert late.interval == HOUR


def test_r22_a_document_with_nothing_of_the_one_before_makes_looks_more_frequent_and_is_told() -> None:
    feed = look(FEED, document(1, 2, 3, 4))
    after = look(feed, document(5, 6, 7, 8))
    assert after.interval <= feed.interval / 2
    assert [line for line in after.health if line.startswith("gap: at 2026-07-01")]
    later = look(after, document(7, 8, 9))
    assert [line for line in later.health if line.startswith("gap:")]  # it is still true
    assert not look(later, Unchanged(VALIDATED), NOW + 8 * DAY).health
    assert not look(feed, document(4, 5, 6, 7)).health
    since = feed.succeeded_at - HOUR  # type: ignore[operator]
    assert not look(feed, document(5, 6, 7, at=since)).health  # it goes back to before the last look
    assert not look(feed, replace(document(5, 6, 7), entries=renamed(1, 2, 3))).health  # the same items, edited
    assert not look(look(FEED, document(1)), document(2)).health  # a feed of one item turns over each time


# Errors


def test_r23_failures_back_off_by_one_interval_each_and_stop_at_a_day() -> None:
    feed, gaps = KNOWN, []
    for _ in range(60):
        feed = look(feed, Failed("no feed", no_feed=True), NOW)
        gaps.append(feed.next_check_at - NOW)
    assert (feed.state, feed.failures, feed.reason) == (FeedState.FAILING, 60, "no feed")
    assert gaps == sorted(gaps)
    assert 2 * HOUR <= gaps[1] <= 2.2 * HOUR
    assert 3 * HOUR <= gaps[2] <= 3.3 * HOUR
    assert gaps[-1] == waits.LONGEST_WAIT


def test_r23_what_may_well_pass_counts_half_and_what_will_not_twice() -> None:
    soon, late = KNOWN, KNOWN
    for _ in range(4):
        soon = look(soon, Failed("timed out after 30 s"), NOW)
        late = look(late, Failed("HTTP 404", status=404), NOW)
    assert 2 * HOUR <= soon.next_check_at - NOW <= 2.2 * HOUR
    for status, weight in {500: 0.5, 503: 0.5, 429: 0.5, 408: 0.5, 404: 2.0, 403: 2.0, 301: 1.0}.items():
        assert Failed("", status=status).weight == weight
    assert 8 * HOUR <= late.next_check_at - NOW <= 8.8 * HOUR


def test_r23_a_success_ends_a_row_of_failures() -> None:
    failing = look(KNOWN, Failed("HTTP 500", status=500))
    for outcome in (Unchanged(), document(1)):
        after = look(failing, outcome, NOW)
        assert (after.state, after.failures, after.setback, after.reason) == (FeedState.OK, 0, 0, None)
        assert after.succeeded_at == NOW


def test_r19_one_feed_that_is_asked_too_often_for_ever_does_not_starve_the_others_of_its_host() -> None:
    too_often = Failed("HTTP 429", status=429, retry_after=DAY)
    guilty, others = KNOWN, [replace(KNOWN, url=f"https://example.org/{n}") for n in range(20)]
    at, looks, rests = NOW, 0, NOW
    while at < NOW + 30 * DAY:
        at += HOUR / 4
        if guilty.next_check_at <= at and rests <= at:
            guilty, rests = look(guilty, too_often, at), at + DAY
            others = [postponed(other, rests) for other in others]
        for n, other in enumerate(others):
            if other.next_check_at <= at and rests <= at:
                others[n] = look(other, Unchanged(VALIDATED), at)
                looks += 1
    assert looks / len(others) > 30  # instead of none


def test_r19_siblings_under_one_registrable_domain_share_its_patience_and_machines_of_a_network_do_not() -> None:
    assert patience("https://a.tumblr.com/rss") == patience("https://b.tumblr.com/rss") == "tumblr.com"
    assert patience("https://news.example.co.uk/") != patience("https://other.co.uk/")
    assert patience("http://10.0.0.1:8080/") != patience("http://10.0.0.2:8080/")


@pytest.mark.parametrize("status", [403, 404, 500])
def test_r24_a_feed_is_never_given_up_and_still_asked_each_week_after_months(status: int) -> None:
    feed, at = KNOWN, NOW
    while at < NOW + 700 * DAY:
        feed = look(feed, Failed(f"HTTP {status}", status=status), at)
        assert feed.state is FeedState.FAILING
        assert HOUR / 4 <= feed.next_check_at - at <= 7 * DAY + HOUR
        apart, at = feed.next_check_at - at, feed.next_check_at
    assert apart >= 3 * DAY
    assert look(feed, document(1), at).state is FeedState.OK


def test_r25_only_a_410_ends_a_feed() -> None:
    gone = look(KNOWN, Failed("HTTP 410", status=410))
    assert (gone.state, gone.reason, gone.etag) == (FeedState.GONE, "HTTP 410", KNOWN.etag)
    assert look(KNOWN, Failed("HTTP 404", status=404)).state is FeedState.FAILING


@pytest.mark.parametrize("status", [401, 403, 451])
def test_r26_who_is_refused_waits_four_hours(status: int) -> None:
    busy = replace(KNOWN, interval=waits.SHORTEST_WAIT)
    assert wait(look(busy, Failed(f"HTTP {status}", status=status))) >= waits.FORBIDDEN_WAIT


def test_r28_a_document_that_is_empty_all_of_a_sudden_is_told_and_changes_nothing() -> None:
    feed = look(FEED, document(1, 2, 3, 4))
    after = look(feed, Fetched("empty", Answered(etag='"e"')))
    assert after.health == ("empty: no items, where there were 4",)
    assert (after.habits.marks, after.body_digest) == (feed.habits.marks, feed.body_digest)
    assert (after.etag, after.last_modified) == (None, None)  # or they would hide that the items come back
    assert after.state is FeedState.OK
    assert look(after, document(1, 2, 3, 4)).health == ()
    assert look(after, Unchanged(VALIDATED, told=False)).health == ()  # the very document from before


def test_h36_the_validators_of_a_document_that_was_cut_are_never_kept_not_even_at_a_second_look() -> None:
    cut = replace(document(1, 2), cut_short=True)
    once = look(FEED, cut)
    assert (once.etag, once.body_digest) == (None, None)
    assert look(once, cut).etag is None
    noted = look(FEED, replace(cut, notes=("the document ends inside its last item, which was dropped",)))
    assert noted.health == ("partly: the document ends inside its last item, which was dropped",)


# Moves


def moved(feed: Feed, to: str | None, times: int, apart: timedelta, outcome: Outcome | None = None) -> Feed:
    for _ in range(times):
        at = feed.checked_at + apart if feed.checked_at else NOW
        answer = replace(VALIDATED, moved=to, url=to or feed.url)
        feed = after_poll(feed, ask(feed, at), outcome or replace(document(1), answer=answer), at)
    return feed


THERE = "https://there.example/feed"


def test_r31_a_move_is_taken_over_after_ten_looks_and_a_day_and_the_feed_stays_what_it_was() -> None:
    assert moved(FEED, THERE, 9, 5 * HOUR).move.address is None
    assert moved(FEED, THERE, 20, HOUR).move.address is None
    after = moved(FEED, THERE, 11, 3 * HOUR)
    assert (after.url, after.move.address) == (URL, THERE)
    assert ask(after, after.next_check_at).url == THERE
    assert after.health == (f"moved: it is asked at {THERE}",)


def test_r31_a_row_of_redirects_that_was_broken_begins_anew() -> None:
    nearly = moved(FEED, THERE, 9, 5 * HOUR)
    assert moved(moved(nearly, None, 1, HOUR), THERE, 5, 5 * HOUR).move.address is None
    assert moved(nearly, "https://other.example/", 5, 5 * HOUR).move.address is None


def test_r31_where_no_feed_is_nothing_is_taken_over() -> None:
    assert moved(FEED, THERE, 30, 5 * HOUR, Failed("it is a web page", no_feed=True)).move == Move()


def test_r32_its_own_address_is_asked_again_every_two_weeks_and_taken_back_where_it_serves_again() -> None:
    feed = moved(FEED, THERE, 11, 3 * HOUR)
    later = feed.checked_at + 14 * DAY  # type: ignore[operator]
    asked = ask(feed, later)
    assert asked.url == URL
    still = after_poll(feed, asked, replace(document(1), answer=replace(VALIDATED, moved=THERE)), later)
    assert ask(still, later + HOUR).url == THERE
    back = after_poll(feed, asked, document(1), later)
    assert back.move == Move()
    assert ask(back, later + HOUR).url == URL


@pytest.mark.parametrize("status", [404, 410])
def test_a_feed_that_is_no_more_where_it_moved_to_is_asked_at_its_own_address(status: int) -> None:
    feed = moved(FEED, THERE, 11, 3 * HOUR)
    failed = look(feed, Failed(f"HTTP {status}", status=status), feed.next_check_at)
    assert failed.state is FeedState.FAILING
    assert ask(failed, failed.next_check_at).url == URL


def test_r33_a_way_from_https_back_to_http_is_never_taken_over() -> None:
    assert moved(FEED, "http://example.org/feed", 30, 5 * HOUR).move.address is None


# Names, health, and the network


def test_title_and_language_are_learnt_once_and_a_persons_choice_stays() -> None:
    learnt = look(FEED, Fetched("d", title="Their Title", language="de"))
    assert (learnt.title, learnt.language) == ("Their Title", "de")
    chosen = look(replace(FEED, title="Mine", language="fr"), Fetched("d", title="T", language="de"))
    assert (chosen.title, chosen.language) == ("Mine", "fr")


def test_a_feed_that_used_to_speak_and_has_gone_quiet_is_told() -> None:
    feed = look(FEED, document(0, 1, 2))
    for n in range(1, 8):
        feed = look(feed, document(n, n + 1, n + 2), NOW + n * 6 * HOUR)
    assert feed.health == ()
    still = look(feed, Unchanged(VALIDATED), NOW + 3 * DAY)
    assert still.health == ()
    assert look(still, Unchanged(VALIDATED), NOW + 4.7 * DAY).health == ()  # a week-end is none
    quiet = look(still, Unchanged(VALIDATED), NOW + 5 * DAY)
    assert quiet.health == ("quiet: nothing new for 3 days; before, never for more than 6 h",)
    assert look(quiet, document(8, 9, 10), NOW + 5.1 * DAY).health == ()


def test_an_item_that_says_something_else_is_not_new() -> None:
    feed = look(FEED, document(1, 2, 3))
    edited = look(feed, replace(document(1, 2, 3, digest="x"), entries=renamed(1, 2, 3)))
    assert edited.habits.arrivals == 0


def test_a_feed_that_repeats_its_items_under_other_ids_is_told_and_is_no_news() -> None:
    feed = look(FEED, document(1, 2, 3, 4, guid="a"))
    again = look(feed, document(1, 2, 3, 4, guid="b"))
    assert again.health == ("repeats: 4 items came again under another id",)
    assert again.habits.arrivals == 0


def test_a_feed_that_dates_everything_now_is_told() -> None:
    feed = look(FEED, document(1, 2, 3, 4, at=NOW))
    at = feed.next_check_at
    later = look(feed, document(1, 2, 3, 4, at=at), at)
    assert later.health == ("redated: 4 items that were known are dated as new",)
    assert look(feed, document(1, 2, 3, 4, 5, at=NOW), at).health == ()


UNREACHED = Failed("cannot be reached", network_down=True)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], False),
        ([UNREACHED], True),
        ([UNREACHED, UNREACHED], True),
        ([UNREACHED, Postponed(NOW)], True),
        ([UNREACHED, Failed("HTTP 500", status=500)], False),
        ([UNREACHED, Unchanged()], False),
        ([Fetched("d")], False),
    ],
)
def test_the_network_is_down_when_no_host_at_all_was_reached(outcomes: list[Outcome], expected: bool) -> None:
    assert network_down(outcomes) is expected


def test_no_feed_is_blamed_when_the_network_is_down() -> None:
    after = blameless(KNOWN, Ask(URL), UNREACHED, NOW)
    assert (after.state, after.failures, after.reason) == (KNOWN.state, KNOWN.failures, None)
    assert wait(after) == waits.NETWORK_WAIT


def test_a_dead_feed_that_is_alone_is_not_taken_for_a_dead_network_for_more_than_a_day() -> None:
    after = blameless(replace(KNOWN, succeeded_at=NOW - 25 * HOUR), Ask(URL), UNREACHED, NOW)
    assert (after.state, after.failures, after.reason) == (FeedState.FAILING, 1, UNREACHED.reason)
