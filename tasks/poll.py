"""Polling: looks at feeds, over HTTP or on disk, and hands back what each says and when to look again.

Never stores anything: a feed and its entries are yielded together, so that they can be stored in one transaction.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from storywire.errors import FeedError, FetchError
from storywire.feeds import parse_feed
from storywire.hosts import patience
from storywire.looks import Answered, Ask, Failed, Fetched, Outcome, Postponed, Unchanged
from storywire.nouns import Entry, Feed
from storywire.polling import after_poll, ask, blameless, busy_until, doubts, network_down
from tasks.fetch import Fetcher, Response
from tasks.files import on_disk, read_file
from tasks.pacing import paced
from tasks.workers import FEED_DEADLINE, Workers

SPACING = timedelta(seconds=5)  # between the starts of two looks at one host, as Media Cloud has it


@dataclass(frozen=True, slots=True)
class Poll:
    """What one look at a feed gave: the feed as it stands now, and how the look went."""

    feed: Feed
    outcome: Outcome

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the feed listed, where it sent a new document."""
        return self.outcome.entries if isinstance(self.outcome, Fetched) else ()


@dataclass(frozen=True, slots=True)
class _Look:
    feed: Feed
    asked: Ask
    outcome: Outcome


async def poll_feeds(
    feeds: Sequence[Feed],
    fetcher: Fetcher,
    workers: Workers,
    now: datetime,
    budget: timedelta = timedelta(minutes=10),
    spacing: timedelta = SPACING,
) -> AsyncGenerator[Poll, None]:
    """Looks at `feeds`, hosts side by side, and yields each as it is done; a failure is a value.

    The feeds of one host are asked one after the other, `spacing` apart. Once a host says that it is asked too often,
    its other feeds are postponed. None is begun after `budget`: what is not yielded is still due. Feeds whose host
    could not be reached come last, when it is clear whether that was their fault.
    """
    outcomes: list[Outcome] = []
    unreached: list[_Look] = []
    look = partial(_look, _Busy(), fetcher, workers, now)
    async with aclosing(paced([(ask(feed, now).url, feed) for feed in feeds], look, budget, spacing)) as looks:
        async for done in looks:
            if not on_disk(done.feed.url):
                outcomes.append(done.outcome if isinstance(done.outcome, Failed) else Unchanged())
            if isinstance(done.outcome, Failed) and done.outcome.network_down:
                unreached.append(done)
            else:
                yield Poll(after_poll(done.feed, done.asked, done.outcome, now), done.outcome)
    after = blameless if network_down(outcomes) else after_poll
    for done in unreached:
        assert isinstance(done.outcome, Failed)
        yield Poll(after(done.feed, done.asked, done.outcome, now), done.outcome)


class _Busy:
    """Which hosts said in this run that they are asked too often, and until when they want to be left alone."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def until(self, url: str) -> datetime | None:
        return self._until.get(patience(url)) if self._until else None

    def note(self, asked: Ask, outcome: Outcome, now: datetime) -> None:
        if isinstance(outcome, Failed) and (until := busy_until(outcome, now)) is not None:
            self._until[patience(outcome.url or asked.url)] = until


async def _look(busy: _Busy, fetcher: Fetcher, workers: Workers, now: datetime, feed: Feed) -> _Look:
    async def outcome_of(asked: Ask) -> Outcome:
        outcome = await _outcome(feed, asked, fetcher, workers, now)
        busy.note(asked, outcome, now)
        return outcome

    asked = ask(feed, now)
    if (until := busy.until(asked.url)) is not None:
        return _Look(feed, asked, Postponed(until))
    outcome = await outcome_of(asked)
    if doubts(feed, outcome, now):
        asked = Ask(asked.url, doubting=True)
        second = await outcome_of(asked)
        outcome = outcome if isinstance(second, Failed) else second
    elif isinstance(outcome, Failed) and feed.move.address not in (None, asked.url):
        # its own url was only asked to see whether it still leads there
        feed = replace(feed, move=replace(feed.move, asked_at=now))
        asked = ask(feed, now)
        outcome = await outcome_of(asked)
    return _Look(feed, asked, outcome)


async def _outcome(feed: Feed, asked: Ask, fetcher: Fetcher, workers: Workers, now: datetime) -> Outcome:
    try:
        if on_disk(feed.url):
            response = await asyncio.to_thread(read_file, feed.url)
        else:
            response = await fetcher.fetch(asked.url, asked.etag, asked.last_modified, served_by=asked.served_by)
        return await _understand(feed, response, workers, now)
    except FetchError as error:
        wait = timedelta(seconds=error.retry_after) if error.retry_after is not None else None
        return Failed(error.reason, error.network_down, error.status, wait, url=error.url)
    except FeedError as error:
        return Failed(str(error), no_feed=True)


async def _understand(feed: Feed, response: Response, workers: Workers, now: datetime) -> Outcome:
    answer = Answered(response.etag, response.last_modified, response.max_age, response.url, response.moved)
    if response.status == 304:
        return Unchanged(answer)
    # some servers send new validators for the same document, some the same ones for a new: the bytes decide
    if (digest := hashlib.sha256(response.body).hexdigest()) == feed.body_digest:
        return Unchanged(answer, told=False)
    parsed = await workers.run(
        *(parse_feed, response.body, feed.url, now, response.content_type, feed.publisher, response.url),
        timeout=FEED_DEADLINE,
    )
    entries = parsed.entries
    if feed.language:
        entries = tuple(e if e.language else replace(e, language=feed.language) for e in entries)
    told = (parsed.title, parsed.language, parsed.ttl, parsed.skip, parsed.notes)
    return Fetched(digest, answer, *told, entries, parsed.cut_short)
