"""A look at one feed for a person: asks for it as a poller does, and once more to see whether its validators work.

Never stores anything.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from storywire.checkup import Again, Answer
from storywire.errors import FetchError
from storywire.examination import Examination, examine
from tasks.fetch import Fetcher, Response
from tasks.files import on_disk, read_file
from tasks.pacing import SPACING
from tasks.workers import Workers


@dataclass(frozen=True, slots=True)
class Look:
    """What a server said, and what is in its document."""

    answer: Answer
    seen: Examination


async def look_at(url: str, fetcher: Fetcher, workers: Workers, now: datetime, spacing: timedelta = SPACING) -> Look:
    """The feed at `url`, a file:// address too; a second request follows `spacing` after the first.

    Raises FetchError where it cannot be had, and FeedError where it is no feed.
    """
    first = await asyncio.to_thread(read_file, url) if on_disk(url) else await fetcher.fetch(url)
    seen = await workers.run(examine, first.body, url, now, first.content_type, first.url)
    again = await _again(url, first, fetcher, spacing)
    answer = Answer(
        asked=url,
        found_at=first.url,
        size=len(first.body),
        content_type=first.content_type,
        moved=first.moved,
        etag=first.etag,
        last_modified=first.last_modified,
        max_age=first.max_age,
        again=again,
    )
    return Look(answer, seen)


async def _again(url: str, first: Response, fetcher: Fetcher, spacing: timedelta) -> Again:
    if on_disk(url) or not (first.etag or first.last_modified):
        return Again.NOT_ASKED
    await asyncio.sleep(spacing.total_seconds())
    try:
        second = await fetcher.fetch(url, first.etag, first.last_modified, served_by=first.url)
    except FetchError:
        return Again.FAILED
    if second.status == 304:
        return Again.UNCHANGED
    return Again.SAME if second.body == first.body else Again.OTHER
