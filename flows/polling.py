"""The looks at feeds of one run: decides the order of asking and saving, and which feeds rest with a busy host.

Never decides what a look means; `storywire.polling` does.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from flows.house import House
from flows.logs import logger
from flows.report import Polls
from flows.telling import Listener
from storywire.health import newly
from storywire.hosts import patience
from storywire.looks import Failed, Fetched, Outcome, Postponed, Unchanged
from storywire.nouns import Feed, FeedState
from storywire.polling import busy_until, may_be_asked, network_down, postponed
from tasks.fetch import Fetcher
from tasks.poll import Poll, poll_feeds
from tasks.workers import Workers

SAVE_EVERY = 2000  # looks and the entries that they listed, so that many looks that found nothing are one transaction
SAVE_AFTER = 1.0  # seconds; what a crash can cost is that these feeds are asked again

_LOG = logger("storywire.feeds")


async def poll(house: House, fetcher: Fetcher, workers: Workers, now: datetime, run: str) -> Polls:
    """Look at the feeds that are due, and save what they list."""
    feeds = [feed for feed in house.store.due_feeds(now) if may_be_asked(feed, now)]
    before = {feed.url: feed for feed in feeds}
    tally, listener = _Tally(now, before), Listener(house, now)
    with house.progress.stage("feeds", len(feeds)) as advance:
        looking = poll_feeds(feeds, fetcher, workers, now, house.time_budget, house.feed_spacing)
        async with aclosing(looking) as looks, aclosing(_batches(looks)) as batches:
            async for batch in batches:
                seen = [(before[look.feed.url], look.feed) for look in batch if not isinstance(look.outcome, Postponed)]
                house.store.save_polls([(look.feed, look.entries) for look in batch], run, listener.looks(seen))
                for look in batch:
                    _note(before[look.feed.url], look, run)
                if busy := tally.count(batch):
                    _let_rest(house, busy)
                advance(len(batch))
    return tally.polls()


def _note(before: Feed, look: Poll, run: str) -> None:
    feed, outcome, ids = look.feed, look.outcome, {"feed": look.feed.url, "run": run}
    if feed.state is FeedState.GONE:
        _LOG.warning("feed gone", **ids, reason=feed.reason)
    elif isinstance(outcome, Failed) and feed.failures == before.failures:
        _LOG.debug("feed not reached", **ids, reason=outcome.reason)  # as all others, while the network is down
    elif isinstance(outcome, Failed):
        _LOG.warning("feed failed", **ids, reason=outcome.reason, failures=feed.failures)
    elif before.failures and not feed.failures:
        _LOG.info("feed recovered", **ids, failures=before.failures)
    if feed.move.address not in (None, before.move.address):
        _LOG.info("feed moved", **ids, to=feed.move.address)
    came, then = len(look.entries), feed.next_check_at
    _LOG.debug("feed polled", **ids, outcome=type(outcome).__name__.lower(), entries=came, next_check_at=then)


def _let_rest(house: House, busy: Mapping[str, datetime]) -> None:
    """Put off all other feeds of hosts that are asked too often, also those that were not due."""
    asked = ((feed, busy.get(patience(feed.move.address or feed.url))) for feed in house.store.feeds())
    house.store.postpone_feeds([postponed(feed, until) for feed, until in asked if until])


async def _batches(looks: AsyncIterable[Poll]) -> AsyncGenerator[list[Poll], None]:
    """The looks as they come, so many at a time that saving costs little."""
    clock = asyncio.get_running_loop().time
    batch, size, saved_at = list[Poll](), 0, clock()
    async for look in looks:
        batch.append(look)
        size += 1 + len(look.entries)
        if size >= SAVE_EVERY or clock() - saved_at >= SAVE_AFTER:
            yield batch
            batch, size, saved_at = [], 0, clock()
    if batch:
        yield batch


@dataclass
class _Tally:
    """What the looks of a run come to; `before` has the feeds as they were."""

    now: datetime
    before: Mapping[str, Feed]
    _polled: int = 0
    _changed: int = 0
    _unchanged: int = 0
    _blamed: list[tuple[str, str]] = field(default_factory=list)
    _odd: list[tuple[str, str]] = field(default_factory=list)
    _outcomes: list[Outcome] = field(default_factory=list)  # of feeds that need the network, without what they list

    def count(self, looks: Sequence[Poll]) -> dict[str, datetime]:
        """Add these; returns the hosts that want to be left alone, and until when."""
        busy = {}
        for look in looks:
            feed, outcome = look.feed, look.outcome
            if isinstance(outcome, Postponed):
                continue
            self._polled += 1
            self._changed += isinstance(outcome, Fetched)
            self._unchanged += isinstance(outcome, Unchanged)
            if not feed.url.startswith("file:"):
                self._outcomes.append(outcome if isinstance(outcome, Failed) else Unchanged())
            if feed.failures or feed.state is FeedState.GONE:
                self._blamed.append((feed.url, feed.reason or ""))
            if isinstance(outcome, Failed) and (until := busy_until(outcome, self.now)) is not None:
                busy[patience(outcome.url or feed.move.address or feed.url)] = until
            self._odd += [(feed.url, line) for line in newly(self.before[feed.url].health, feed.health)]
        return busy

    def polls(self) -> Polls:
        down = network_down(self._outcomes)
        reached = bool(self._outcomes) and not down
        return Polls(
            self._polled,
            tuple(sorted(self._blamed)),
            down and not self._blamed,
            reached,
            tuple(sorted(self._odd)),
            self._changed,
            self._unchanged,
        )
