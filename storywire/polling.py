"""Polling: decides how to ask for a feed, and from what that found, what is known of it now and when to look again.

Never fetches, waits or draws chance: the same feed, outcome and `now` give the same answer.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from storywire import health, moves, waits
from storywire.habits import DISTRUSTED, after_document, after_nothing, expected, glance, trust
from storywire.looks import Answered, Ask, Failed, Fetched, Outcome, Postponed, Unchanged
from storywire.nouns import Feed, FeedState

WHOLE_EVERY = timedelta(hours=24)  # so often a server that says "not changed" is asked for the whole document
MAX_RETRY_AFTER = timedelta(hours=24)
_GONE = 410
_NO_ENTRY = frozenset({401, 403, 451})
_ON_TIME = 2  # looks in a row; only then does what a feed brings say how often it brings something


def ask(feed: Feed, now: datetime) -> Ask:
    """How to look at a feed now: with its validators, unless these hid something, or it never was read."""
    url = moves.address(feed.url, feed.move, now)
    if feed.habits.whole_at is None or feed.habits.lies >= DISTRUSTED:
        return Ask(url)
    return Ask(url, feed.etag, feed.last_modified, feed.served_by)


def doubts(feed: Feed, outcome: Outcome, now: datetime) -> bool:
    """Whether to ask again at once and without conditions: once a day a server that says "not changed" has to prove it.

    Asked one after the other, what the second answer has and the first denied shows that the first was not true.
    """
    whole_at = feed.habits.whole_at
    told = isinstance(outcome, Unchanged) and outcome.told
    return told and not (whole_at is not None and timedelta(0) <= now - whole_at < WHOLE_EVERY)


def after_poll(feed: Feed, asked: Ask, outcome: Outcome, now: datetime) -> Feed:
    """The feed as it stands after one look at it, with the time of the next."""
    if isinstance(outcome, Postponed):
        return postponed(feed, outcome.until)
    looked = replace(feed, checked_at=now)
    if asked.doubting or not (asked.etag or asked.last_modified):
        looked = replace(looked, habits=replace(feed.habits, whole_at=now))
    match outcome:
        case Failed():
            return _after_failure(looked, asked, outcome, now)
        case Unchanged():
            return _next(_unchanged(looked, asked, outcome, now), asked, outcome.answer, now)
        case Fetched():
            return _next(_fetched(looked, asked, outcome, now), asked, outcome.answer, now)


def _unchanged(feed: Feed, asked: Ask, outcome: Unchanged, now: datetime) -> Feed:
    answer, habits = outcome.answer, after_nothing(feed.habits, feed.succeeded_at or now, now)
    again = habits.server_asks if answer.max_age is None else answer.max_age
    feed = replace(feed, reason=None, habits=replace(habits, server_asks=again))
    if outcome.told:
        # RFC 9111, 3.2 and 4.3.4: a 304 replaces the stored values that it sends, each on its own
        etag, last_modified = answer.etag or feed.etag, answer.last_modified or feed.last_modified
        return replace(feed, etag=etag, last_modified=last_modified)
    # the same document, perhaps from another address, or again after an empty one
    full = tuple(line for line in feed.health if not line.startswith("empty"))
    habits = replace(feed.habits, whole_at=now, lies=trust(feed.habits, asked.doubting, lied=False))
    return replace(
        feed,
        etag=answer.etag,
        last_modified=answer.last_modified,
        served_by=answer.url,
        health=full,
        habits=habits,
    )


def _fetched(feed: Feed, asked: Ask, outcome: Fetched, now: datetime) -> Feed:
    """The validators of a document that was cut, or is empty where there were items, would hide what comes after it."""
    last = feed.succeeded_at or now
    seen, answer = glance(feed.habits, outcome.entries, last), outcome.answer
    habits = after_document(feed.habits, seen, outcome.entries, last, now)
    emptied = bool(feed.habits.marks and not outcome.entries)
    whole = not emptied and not outcome.cut_short
    return replace(
        feed,
        etag=answer.etag if whole else None,
        last_modified=answer.last_modified if whole else None,
        body_digest=outcome.body_digest if whole else feed.body_digest,
        served_by=answer.url,
        reason=None,
        title=feed.title or outcome.title,
        language=feed.language or outcome.language,
        health=health.of_document(feed.habits, seen, outcome.notes),
        habits=replace(
            habits,
            lies=trust(feed.habits, asked.doubting, lied=seen.new > 0),
            server_asks=answer.max_age or timedelta(0),
            document_asks=outcome.ttl or timedelta(0),
            skip_hours=tuple(sorted(outcome.skip.hours)),
            skip_days=tuple(sorted(outcome.skip.days)),
        ),
    )


def _next(feed: Feed, asked: Ask, answer: Answered, now: datetime) -> Feed:
    """The feed after a look that went well: where to ask from now on, and when."""
    punctual = not feed.failures and now <= feed.next_check_at + feed.interval
    habits = replace(feed.habits, on_time=feed.habits.on_time + 1 if punctual else 0)
    move = moves.after_success(feed.url, asked.url, feed.move, answer.moved, now)
    feed = replace(feed, habits=habits, move=move)
    interval = _interval(feed, habits.gap_at == now, now)
    return replace(
        feed,
        state=FeedState.OK,
        failures=0,
        setback=0.0,
        interval=interval,
        succeeded_at=now,
        next_check_at=_later(now, interval, interval, feed),
        health=health.after_look(feed.health, habits, move, now),
    )


def _interval(feed: Feed, lost: bool, now: datetime) -> timedelta:
    """How long to wait, by what the feed brings, but never sooner than its server and document ask for."""
    own = waits.learnt(expected(feed.habits, now)) if feed.habits.on_time >= _ON_TIME else feed.interval
    own = min(own, feed.interval) / 2 if lost else own
    if feed.habits.lies >= DISTRUSTED:
        own = max(own, waits.DISTRUSTED_WAIT)
    elif not (feed.etag or feed.last_modified or feed.url.startswith("file:")):
        own = max(own, waits.UNVALIDATED_WAIT)
    return waits.within(max(own, feed.habits.server_asks, feed.habits.document_asks))


def _after_failure(feed: Feed, asked: Ask, outcome: Failed, now: datetime) -> Feed:
    """The feed after a look that failed; validators stay, as they belong to the last good document."""
    # RFC 9110, 15.5.11: meant to be permanent; but where a feed has moved to, it only says that it is gone from there
    gone = outcome.status == _GONE and asked.url == feed.url
    setback = feed.setback + outcome.weight
    wait = waits.back_off(feed.interval, setback, feed.succeeded_at or feed.added_at, now)
    wait = max(wait, waits.FORBIDDEN_WAIT) if outcome.status in _NO_ENTRY else wait
    if (until := busy_until(outcome, now)) is not None:
        wait = max(wait, until - now + waits.after_others(feed.interval, feed.failures))
    return replace(
        feed,
        state=FeedState.GONE if gone else FeedState.FAILING,
        reason=outcome.reason,
        failures=feed.failures + 1,
        setback=setback,
        next_check_at=_later(now, wait, feed.interval, feed),
        habits=replace(feed.habits, on_time=0),
        move=moves.after_failure(feed.move),
        health=health.after_failure(feed.health),
    )


def _later(now: datetime, wait: timedelta, interval: timedelta, feed: Feed) -> datetime:
    """After this wait the first time at which the document may be asked for, and a little later by the feed's address.

    What is at most a day stays that.
    """
    spread = wait + interval * waits.share(feed.url) / 10
    at = now + (min(spread, waits.LONGEST_WAIT) if wait <= waits.LONGEST_WAIT else spread)
    return waits.outside(at, feed.habits.skip_hours, feed.habits.skip_days)


def may_be_asked(feed: Feed, now: datetime) -> bool:
    """Whether a due feed is asked now: a run may come late, at a time that the document asks to leave out.

    Once it is too late it is asked all the same, as runs may come at such times only: a day after an hour to be left
    out, a week after a day.
    """
    habits, late = feed.habits, now - feed.next_check_at
    if waits.outside(now, habits.skip_hours, habits.skip_days) == now:
        return True
    return late > (waits.LONGEST_SKIP if now.weekday() in habits.skip_days else waits.LONGEST_WAIT)


def busy_until(outcome: Outcome, now: datetime) -> datetime | None:
    """Until when all feeds of a host are to be left alone, because it said that it is asked too often; None if not."""
    if not isinstance(outcome, Failed) or outcome.status not in (429, 503):
        return None
    if outcome.status == 503 and outcome.retry_after is None:
        return None
    return now + min(outcome.retry_after or waits.DEFAULT_INTERVAL, MAX_RETRY_AFTER)


def postponed(feed: Feed, until: datetime) -> Feed:
    """The feed when its host is to be left alone until then; its feeds come back over one interval, not all at once."""
    back = until + feed.interval * waits.share(feed.url)
    return replace(feed, next_check_at=max(feed.next_check_at, back), health=health.resting(feed.health, until))


def network_down(outcomes: Iterable[Outcome]) -> bool:
    """Whether these, of all feeds of a run that need the network, say that it is down: not one host was reached."""
    found = [outcome for outcome in outcomes if not isinstance(outcome, Postponed)]
    return bool(found) and all(isinstance(o, Failed) and o.network_down for o in found)


def blameless(feed: Feed, asked: Ask, outcome: Failed, now: datetime) -> Feed:
    """The feed after a look while the whole network is down: nothing is counted, and it is soon tried again.

    A feed that has not been had for a day is counted all the same: a run of one dead feed looks like a dead network.
    """
    if now - (feed.succeeded_at or feed.added_at) > waits.LONGEST_WAIT:
        return after_poll(feed, asked, outcome, now)
    return replace(feed, checked_at=now, next_check_at=now + waits.NETWORK_WAIT)
