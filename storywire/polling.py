"""Polling: decides how to ask for a feed, and from what that found, what is known of it now and when to look again.

Never fetches, waits or draws chance: the same feed, outcome and `now` give the same answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from storywire import health, moves, waits
from storywire.documents import Skip
from storywire.habits import DISTRUSTED, after_document, after_nothing, glance
from storywire.nouns import Entry, Feed, FeedState

WHOLE_EVERY = timedelta(hours=24)  # a look without conditions, for servers that say "not changed" for ever
MAX_RETRY_AFTER = timedelta(hours=24)
_GONE = 410
_NO_ENTRY = frozenset({401, 403, 451})
_ON_TIME = 2  # looks in a row; only then does what a feed brings say how often it brings something


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask for a feed: its address and, where the look is conditional, validators and who gave them."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    served_by: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer said beside its document. Validators are None where it sent none."""

    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None
    url: str | None = None  # where it was found
    moved: str | None = None  # where redirects led that are meant for good


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server said 304 (`told`), or sent the document that it had sent before."""

    answer: Answered = Answered()
    told: bool = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document came, and it is a feed."""

    body_digest: str
    answer: Answered = Answered()
    title: str | None = None
    language: str | None = None
    ttl: timedelta | None = None
    skip: Skip = field(default_factory=Skip)
    notes: tuple[str, ...] = ()  # what reading it cut or dropped, in words
    entries: tuple[Entry, ...] = ()
    cut_short: bool = False  # the document ended inside its last item, which was dropped


@dataclass(frozen=True, slots=True)
class Failed:
    """No feed could be had, and why. `network_down`: its host could not be reached; `no_feed`: what came is none."""

    reason: str
    network_down: bool = False
    status: int | None = None
    retry_after: timedelta | None = None
    no_feed: bool = False

    @property
    def weight(self) -> float:
        """How many intervals this failure adds to the wait: half a one where it may well pass, two where not."""
        if self.no_feed:
            return 1.0
        if self.status is None or self.status >= 500 or self.status in (408, 425, 429):
            return 0.5
        return 2.0 if self.status >= 400 else 1.0


@dataclass(frozen=True, slots=True)
class Postponed:
    """It was not asked: its host wants to be left alone until then."""

    until: datetime


Outcome = Unchanged | Fetched | Failed | Postponed


def ask(feed: Feed, now: datetime) -> Ask:
    """How to look at a feed now: with its validators, but once a day without, and where these hide something always."""
    url = moves.address(feed.url, feed.move, now)
    whole_at = feed.habits.whole_at
    if whole_at is None or now - whole_at >= WHOLE_EVERY or feed.habits.hidden >= DISTRUSTED:
        return Ask(url)
    return Ask(url, feed.etag, feed.last_modified, feed.served_by)


def after_poll(feed: Feed, asked: Ask, outcome: Outcome, now: datetime) -> Feed:
    """The feed as it stands after one look at it, with the time of the next."""
    if isinstance(outcome, Postponed):
        return postponed(feed, outcome.until)
    looked = replace(feed, checked_at=now)
    if not (asked.etag or asked.last_modified):
        looked = replace(looked, habits=replace(feed.habits, whole_at=now))
    match outcome:
        case Failed():
            return _after_failure(looked, outcome, now)
        case Unchanged():
            return _next(_unchanged(looked, outcome, now), asked, outcome.answer, now)
        case Fetched():
            return _next(_fetched(looked, outcome, now), asked, outcome.answer, now)


def _unchanged(feed: Feed, outcome: Unchanged, now: datetime) -> Feed:
    answer, habits = outcome.answer, after_nothing(feed.habits, feed.succeeded_at or now, now, outcome.told)
    # RFC 9111, 3.2 and 4.3.4: a 304 replaces the stored values that it sends, each on its own; a document all of them,
    # as it may come from another address than the one before
    return replace(
        feed,
        etag=answer.etag or (feed.etag if outcome.told else None),
        last_modified=answer.last_modified or (feed.last_modified if outcome.told else None),
        served_by=feed.served_by if outcome.told else answer.url,
        reason=None if feed.failures else feed.reason,
        habits=replace(habits, asked=max(habits.asked, answer.max_age or timedelta(0))),
    )


def _fetched(feed: Feed, outcome: Fetched, now: datetime) -> Feed:
    """The validators of a document that was cut, or is empty where there were items, would hide what comes after it."""
    seen, answer = glance(feed.habits, outcome.entries), outcome.answer
    habits = after_document(feed.habits, seen, outcome.entries, feed.succeeded_at or now, now)
    emptied = bool(feed.habits.marks and not outcome.entries)
    whole = not emptied and not outcome.cut_short
    asked = max(outcome.ttl or timedelta(0), answer.max_age or timedelta(0))
    skip = outcome.skip
    return replace(
        feed,
        etag=answer.etag if whole else None,
        last_modified=answer.last_modified if whole else None,
        body_digest=feed.body_digest if emptied else outcome.body_digest,
        served_by=answer.url,
        reason="; ".join(outcome.notes) or None,
        title=feed.title or outcome.title,
        language=feed.language or outcome.language,
        health=health.of_document(feed.habits, seen),
        habits=replace(habits, asked=asked, skip_hours=tuple(sorted(skip.hours)), skip_days=tuple(sorted(skip.days))),
    )


def _next(feed: Feed, asked: Ask, answer: Answered, now: datetime) -> Feed:
    """The feed after a look that went well: where to ask from now on, and when."""
    punctual = not feed.failures and now <= feed.next_check_at + feed.interval
    habits = replace(feed.habits, on_time=feed.habits.on_time + 1 if punctual else 0)
    move = moves.after_success(feed.url, asked.url, feed.move, answer.moved, now)
    feed = replace(feed, habits=habits, move=move)
    interval = _interval(feed, lost=habits.gap_at == now)
    return replace(
        feed,
        state=FeedState.OK,
        failures=0,
        setback=0.0,
        interval=interval,
        succeeded_at=now,
        next_check_at=_later(now + interval, feed),
        health=health.after_look(feed.health, habits, move, now),
    )


def _interval(feed: Feed, lost: bool) -> timedelta:
    """How long to wait, by what the feed brings, but never sooner than its server and document ask for."""
    own = waits.learnt(feed.habits.rate) if feed.habits.on_time >= _ON_TIME else feed.interval
    own = min(own, feed.interval) / 2 if lost else own
    if feed.habits.hidden >= DISTRUSTED:
        own = max(own, waits.DISTRUSTED_WAIT)
    elif not (feed.etag or feed.last_modified or feed.url.startswith("file:")):
        own = max(own, waits.UNVALIDATED_WAIT)
    return waits.within(max(own, feed.habits.asked))


def _after_failure(feed: Feed, outcome: Failed, now: datetime) -> Feed:
    """The feed after a look that failed; validators stay, as they belong to the last good document."""
    gone = outcome.status == _GONE  # RFC 9110, 15.5.11: meant to be permanent; never asked again
    setback = feed.setback + outcome.weight
    wait = waits.back_off(feed.interval, setback, feed.succeeded_at or feed.added_at, now)
    wait = max(wait, waits.FORBIDDEN_WAIT) if outcome.status in _NO_ENTRY else wait
    wait = max(wait, min(outcome.retry_after or timedelta(0), MAX_RETRY_AFTER))
    return replace(
        feed,
        state=FeedState.GONE if gone else FeedState.FAILING,
        reason=outcome.reason,
        failures=feed.failures + 1,
        setback=setback,
        next_check_at=_later(now + wait, feed),
        habits=replace(feed.habits, on_time=0),
        move=moves.after_failure(feed.move),
    )


def _later(at: datetime, feed: Feed) -> datetime:
    """From `at` on the first time at which the document may be asked for, and a little later by the feed's address."""
    at += feed.interval * waits.share(feed.url) / 10
    return waits.outside(at, feed.habits.skip_hours, feed.habits.skip_days)


def may_be_asked(feed: Feed, now: datetime) -> bool:
    """Whether a due feed is asked now: a run may come late, at a time that the document asks to leave out."""
    return waits.outside(now, feed.habits.skip_hours, feed.habits.skip_days) == now


def busy_until(outcome: Outcome, now: datetime) -> datetime | None:
    """Until when all feeds of a host are to be left alone, because it said that it is asked too often; None if not."""
    if not isinstance(outcome, Failed) or outcome.status not in (429, 503):
        return None
    if outcome.status == 503 and outcome.retry_after is None:
        return None
    return now + min(outcome.retry_after or waits.DEFAULT_INTERVAL, MAX_RETRY_AFTER)


def postponed(feed: Feed, until: datetime) -> Feed:
    """The feed when its host is to be left alone until then; its feeds come back over one interval, not all at once."""
    return replace(feed, next_check_at=max(feed.next_check_at, until + feed.interval * waits.share(feed.url)))


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
