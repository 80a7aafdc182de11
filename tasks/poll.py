"""Polling: looks at feeds, over HTTP or on disk, and hands back what each says and when to look again.

Never stores anything: a feed and its entries are yielded together, so that they can be stored in one transaction.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from storywire.errors import FeedError, FetchError
from storywire.feeds import parse_feed
from storywire.nouns import Entry, Feed
from storywire.polling import Failed, Fetched, Outcome, Unchanged, after_poll, blameless, network_down
from tasks.fetch import MAX_BODY_BYTES, Fetcher, Response
from tasks.workers import Workers


@dataclass(frozen=True, slots=True)
class Poll:
    """What one look at a feed gave: the feed as it stands now, what it listed, and how the look went."""

    feed: Feed
    entries: tuple[Entry, ...]
    outcome: Outcome


async def poll_feeds(
    feeds: Sequence[Feed],
    fetcher: Fetcher,
    workers: Workers,
    now: datetime,
) -> AsyncGenerator[Poll, None]:
    """Looks at all `feeds` at once and yields each as it is done; a failure is a value.

    Feeds whose host could not be reached come last, when it is clear whether that was their fault.
    """
    looks = [asyncio.create_task(_look(feed, fetcher, workers, now)) for feed in feeds]
    outcomes: list[Outcome] = []
    unreached: list[tuple[Feed, Failed]] = []
    try:
        for look in asyncio.as_completed(looks):
            feed, outcome, entries = await look
            if not _on_disk(feed):
                outcomes.append(outcome)
            if isinstance(outcome, Failed) and outcome.network_down:
                unreached.append((feed, outcome))
            else:
                yield Poll(after_poll(feed, outcome, now), entries, outcome)
        after = blameless if network_down(outcomes) else after_poll
        for feed, failed in unreached:
            yield Poll(after(feed, failed, now), (), failed)
    finally:
        for look in looks:
            look.cancel()


async def _look(
    feed: Feed, fetcher: Fetcher, workers: Workers, now: datetime
) -> tuple[Feed, Outcome, tuple[Entry, ...]]:
    try:
        if _on_disk(feed):
            response = await asyncio.to_thread(_read, feed.url)
        else:
            response = await fetcher.fetch(feed.url, feed.etag, feed.last_modified)
        outcome, entries = await _understand(feed, response, workers, now)
        return feed, outcome, entries
    except FetchError as error:
        wait = timedelta(seconds=error.retry_after) if error.retry_after is not None else None
        return feed, Failed(error.reason, error.network_down, error.status, wait), ()
    except FeedError as error:
        return feed, Failed(str(error)), ()


async def _understand(
    feed: Feed, response: Response, workers: Workers, now: datetime
) -> tuple[Outcome, tuple[Entry, ...]]:
    digest = hashlib.sha256(response.body).hexdigest()
    validators = (response.etag, response.last_modified, response.max_age)
    # some servers send new validators for the same document, some the same ones for a new: the bytes decide
    if response.status == 304 or digest == feed.body_digest:
        return Unchanged(*validators), ()
    parsed = await workers.run(
        parse_feed, response.body, feed.url, now, response.content_type, feed.publisher, response.url
    )
    entries = tuple(replace(entry, language=entry.language or feed.language) for entry in parsed.entries)
    found = Fetched(digest, *validators, parsed.title, parsed.language, parsed.ttl, parsed.notes)
    return found, entries


def _on_disk(feed: Feed) -> bool:
    return feed.url.startswith("file:")


def _read(url: str) -> Response:
    path = Path(url2pathname(urlsplit(url).path))
    if path.exists() and not path.is_file():  # opening a pipe or a device may never end
        raise FetchError("the file cannot be read: it is no ordinary file")
    try:
        with path.open("rb") as file:
            body = file.read(MAX_BODY_BYTES + 1)
    except (OSError, ValueError) as error:
        raise FetchError(f"the file cannot be read: {getattr(error, 'strerror', None) or 'unusable name'}") from error
    if len(body) > MAX_BODY_BYTES:
        raise FetchError("too large")
    return Response(200, url, body)
