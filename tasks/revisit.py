"""Looking again: asks for the pages of stored articles once more, and has those that changed read in a worker.

Never decides which pages are due, nor what became of an article; `storywire.visits` does.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storywire.errors import FetchError
from storywire.fetched import Fetched
from storywire.pages import Page, extract_page
from storywire.urls import host
from storywire.visits import Kept, Visit
from tasks.collect import SPACING
from tasks.fetch import PAGE_TYPES, Fetcher
from tasks.workers import Workers

_IN_FLIGHT = 16  # as many as a Fetcher has under way


@dataclass(frozen=True, slots=True)
class Look:
    """What was known before a look, the look, and, where another document was served than last time, what it is."""

    before: Kept
    visit: Visit
    page: Page | None = None
    fetched: Fetched | None = None


async def revisit_pages(
    articles: Sequence[Kept],
    fetcher: Fetcher,
    workers: Workers,
    now: datetime,
    budget: timedelta,
    spacing: timedelta = SPACING,
) -> AsyncGenerator[Look, None]:
    """Yields a look at each of `articles`, all of which have an address, as soon as it was made; failures are looks.

    Hosts side by side, the pages of one host one after the other, each at least `spacing` after the one before, and
    the first as long after this began: another step may just have asked. No page is begun after `budget`, and what was
    not reached is not yielded.
    """
    clock = asyncio.get_running_loop().time
    begin = clock()
    end, slots = begin + budget.total_seconds(), asyncio.Semaphore(_IN_FLIGHT)
    done: asyncio.Queue[Look | None] = asyncio.Queue()
    hosts = defaultdict(list)
    for article in articles:
        hosts[host(article.entry.url or "")].append(article)

    async def visit(pages: Sequence[Kept]) -> None:
        next_start = begin + spacing.total_seconds()
        for kept in pages:
            await asyncio.sleep(next_start - clock())
            async with slots:
                if clock() >= end:
                    return
                next_start = clock() + spacing.total_seconds()
                done.put_nowait(await _look(kept, fetcher, workers, now))

    all_hosts = asyncio.gather(*map(visit, hosts.values()))
    all_hosts.add_done_callback(lambda _: done.put_nowait(None))
    try:
        while (look := await done.get()) is not None:
            yield look
        await all_hosts  # raises what was a bug
    finally:
        all_hosts.cancel()


async def _look(kept: Kept, fetcher: Fetcher, workers: Workers, now: datetime) -> Look:
    """One look. Validators go with the last document that was read: a failure leaves them as they were."""
    url, last = kept.entry.url or "", kept.visit or Visit(kept.article.article_id, now)
    made = replace(last, visited_at=now)
    try:
        answer = await fetcher.fetch(url, last.etag, last.last_modified, PAGE_TYPES)
        if answer.status == 304:
            # RFC 9111, 3.2 and 4.3.4: it replaces the stored values that it sends, each on its own
            etag, last_modified = answer.etag or last.etag, answer.last_modified or last.last_modified
            return Look(kept, replace(made, etag=etag, last_modified=last_modified))
        page = await workers.run(extract_page, answer.body, answer.url, answer.content_type, url)
    except FetchError:
        return Look(kept, made)
    fetched = Fetched(url, answer.url, answer.content_type, answer.body, now)
    return Look(kept, replace(made, etag=answer.etag, last_modified=answer.last_modified), page, fetched)
