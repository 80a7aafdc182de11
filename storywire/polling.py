"""Polling: decides, from what one look at a feed found, what is known of it now and when to look again.

Never fetches, waits or draws chance: the same feed, outcome and `now` give the same answer.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storywire.nouns import Feed, FeedState

DEFAULT_INTERVAL = timedelta(hours=1)  # what rachelbythebay.com/fs/help.html asks of conditional readers
SHORTEST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)
NETWORK_WAIT = timedelta(minutes=5)  # after a run in which nothing at all could be reached
_GONE = 410


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server said 304, or sent the document that it had sent before. Validators are None where it sent none."""

    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document came, and it is a feed."""

    body_digest: str
    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None
    title: str | None = None
    language: str | None = None
    ttl: timedelta | None = None
    notes: tuple[str, ...] = ()  # what reading it cut or dropped, in words


@dataclass(frozen=True, slots=True)
class Failed:
    """No feed could be had, and why. `network_down`: its host could not be reached at all."""

    reason: str
    network_down: bool = False
    status: int | None = None
    retry_after: timedelta | None = None


Outcome = Unchanged | Fetched | Failed


def after_poll(feed: Feed, outcome: Outcome, now: datetime) -> Feed:
    """The feed as it stands after one look at it, with the time of the next."""
    looked = replace(feed, checked_at=now)
    match outcome:
        case Failed():
            return _after_failure(looked, outcome, now)
        case Unchanged():
            # RFC 9111, 3.2 and 4.3.4: a 304 replaces the stored values that it sends, each on its own
            interval = max(feed.interval, outcome.max_age or feed.interval)
            looked = replace(
                looked,
                etag=outcome.etag or feed.etag,
                last_modified=outcome.last_modified or feed.last_modified,
                reason=None if feed.failures else feed.reason,
            )
        case Fetched():
            interval = max(t for t in (DEFAULT_INTERVAL, outcome.ttl, outcome.max_age) if t)
            looked = replace(
                looked,
                etag=outcome.etag,
                last_modified=outcome.last_modified,
                body_digest=outcome.body_digest,
                reason="; ".join(outcome.notes) or None,
                title=feed.title or outcome.title,
                language=feed.language or outcome.language,
            )
    interval = _within(interval)
    return replace(
        looked,
        state=FeedState.OK,
        failures=0,
        interval=interval,
        succeeded_at=now,
        next_check_at=now + _spread(interval, feed.url),
    )


def network_down(outcomes: Iterable[Outcome]) -> bool:
    """Whether these, of all feeds of a run that need the network, say that it is down: not one host was reached."""
    found = list(outcomes)
    return bool(found) and all(isinstance(o, Failed) and o.network_down for o in found)


def blameless(feed: Feed, outcome: Failed, now: datetime) -> Feed:
    """The feed after a look while the whole network is down: nothing is counted, and it is soon tried again.

    A feed that has not been had for a day is counted all the same: a run of one dead feed looks like a dead network.
    """
    if now - (feed.succeeded_at or feed.added_at) > LONGEST_WAIT:
        return after_poll(feed, outcome, now)
    return replace(feed, checked_at=now, next_check_at=now + NETWORK_WAIT)


def _after_failure(feed: Feed, outcome: Failed, now: datetime) -> Feed:
    """Each failure in a row adds one interval to the wait; validators stay, they belong to the last good document."""
    failures = feed.failures + 1
    gone = outcome.status == _GONE  # RFC 9110, 15.5.11: meant to be permanent; never asked again
    wait = _spread(_within(failures * feed.interval), feed.url)
    if outcome.retry_after is not None:
        wait = max(wait, min(outcome.retry_after, LONGEST_WAIT))
    return replace(
        feed,
        state=FeedState.GONE if gone else FeedState.FAILING,
        reason=outcome.reason,
        failures=failures,
        next_check_at=now + wait,
    )


def _within(wait: timedelta) -> timedelta:
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def _spread(wait: timedelta, url: str) -> timedelta:
    """Up to a tenth longer, by the feed's address, so that feeds added together do not stay together."""
    share = int.from_bytes(hashlib.sha256(url.encode()).digest()[:4]) / 2**32
    return min(wait * (1 + share / 10), LONGEST_WAIT)
