"""Some of the hosts that are followed, asked once each: whether they answer, and what their clocks say.

Never asks a host that wants to be left alone, and keeps nothing of what it is sent.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storywire.addresses import Net
from storywire.errors import FetchError
from storywire.nouns import Feed, FeedState
from storywire.polling import ask
from storywire.urls import host
from tasks.fetch import HttpFetcher
from tasks.files import on_disk

MOST = 5
DEADLINE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one host answered: why not, where it did not; `off` is how far our clock is ahead of its own."""

    host: str
    failed: str | None = None
    down: bool = False
    off: timedelta | None = None


def ask_some(
    feeds: Sequence[Feed], contact: str | None, allow_nets: Iterable[Net] = (), deadline: timedelta = DEADLINE
) -> list[Asked]:
    """Ask the hosts of up to MOST feeds for one feed each, as a poller would; those first that were read last."""
    chosen: dict[str, Feed] = {}
    for feed in sorted(feeds, key=lambda f: f.succeeded_at or f.added_at, reverse=True):
        unasked = on_disk(feed.url) or feed.paused or feed.state is FeedState.GONE
        if len(chosen) < MOST and not (unasked or any(line.startswith("resting") for line in feed.health)):
            chosen.setdefault(host(feed.url), feed)
    return asyncio.run(_ask(chosen.values(), contact, allow_nets, deadline)) if chosen else []


async def _ask(
    feeds: Iterable[Feed], contact: str | None, allow_nets: Iterable[Net], deadline: timedelta
) -> list[Asked]:
    async with HttpFetcher(contact, deadline, allow_nets) as fetcher:
        return await asyncio.gather(*(_ask_one(feed, fetcher) for feed in feeds))


async def _ask_one(feed: Feed, fetcher: HttpFetcher) -> Asked:
    how, name = ask(feed, datetime.now(UTC)), host(feed.url)
    try:
        answer = await fetcher.fetch(how.url, how.etag, how.last_modified, served_by=how.served_by)
    except FetchError as error:
        return Asked(name, error.reason, error.network_down)
    return Asked(name, off=datetime.now(UTC) - answer.served_at if answer.served_at else None)
