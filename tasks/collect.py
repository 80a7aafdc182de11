"""Pages: fetches what pending entries link, has it read in a worker, and hands back what each entry became.

Never decides what becomes of an entry; `storywire.collecting` does.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial

from storywire.collecting import (
    Collected,
    after_failure,
    blameless,
    from_feed,
    from_page,
    from_stored,
    is_stored,
    needs_page,
    without_page,
)
from storywire.errors import FetchError, RobotsError
from storywire.fallback import read_simply
from storywire.fetched import Fetched
from storywire.nouns import Article, Entry
from storywire.pages import Page, extract_page, unread
from tasks.fetch import PAGE_TYPES, Fetcher
from tasks.pacing import SPACING, Delay, paced
from tasks.workers import FALLBACK_DEADLINE, Workers

Visit = tuple[str, Page | FetchError]


async def collect_pages(
    entries: Sequence[Entry],
    fetcher: Fetcher,
    workers: Workers,
    now: datetime,
    budget: timedelta,
    known: Mapping[str, Article] | None = None,
    spacing: timedelta = SPACING,
    delay: Delay = lambda url: timedelta(0),
    keep: Callable[[Fetched], None] | None = None,
) -> AsyncGenerator[Collected, None]:
    """Yields what each of `entries`, all pending, becomes, as soon as that is known.

    `known` are articles that are stored already, by their url; their pages are not fetched again, and one page is
    fetched once for all its entries. No page is begun after `budget`: entries whose page was not reached are not
    yielded, and stay as they are. Pages of one host are `spacing` apart, or `delay` of a page's address, if that is
    more. `keep` is given each page as it was served, in a thread, before it is read.
    """
    waiting: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.url is None or not needs_page(entry):
            settled = from_feed(entry)
        elif (stored := (known or {}).get(entry.url)) and is_stored(entry, stored):
            settled = from_stored(entry, stored)
        else:
            waiting[entry.url].append(entry)
            continue
        yield settled
    reached, unreached = False, []
    visit = partial(_visit, fetcher=fetcher, workers=workers, now=now, keep=keep)
    async with aclosing(paced([(url, url) for url in waiting], visit, budget, spacing, delay=delay)) as visits:
        async for url, found in visits:
            if isinstance(found, FetchError) and found.network_down:
                unreached.append((url, found))
                continue
            reached = True
            for entry in waiting[url]:
                yield _after_visit(entry, found, now)
    for url, error in unreached:
        for entry in waiting[url]:
            yield _after_visit(entry, error, now) if reached else blameless(entry, error.reason, now)


def _after_visit(entry: Entry, found: Page | FetchError, now: datetime) -> Collected:
    if isinstance(found, RobotsError):
        return without_page(entry, found.reason) if found.forbidden else blameless(entry, found.reason, now)
    if isinstance(found, FetchError):
        return after_failure(entry, found.reason, found.status, now)
    return from_page(entry, found, now)


async def _visit(
    url: str, fetcher: Fetcher, workers: Workers, now: datetime, keep: Callable[[Fetched], None] | None
) -> Visit:
    try:
        response = await fetcher.fetch(url, accept=PAGE_TYPES)
    except FetchError as error:
        return url, error
    if keep is not None:
        fetched = Fetched(url, response.url, response.content_type, response.body, now)
        await asyncio.to_thread(keep, fetched)  # compressing a large page takes a tenth of a second
    return url, await read_page(response.body, response.url, response.content_type, url, workers)


async def read_page(body: bytes, url: str, content_type: str | None, asked: str | None, workers: Workers) -> Page:
    """The page in `body`, read in a worker; by the simpler reader where the usual one was ended or gave up.

    A page that neither reads has the reason why the first did not: it was had, and would not be read the next time.
    """
    try:
        page = await workers.run(extract_page, body, url, content_type, asked)
    except FetchError as error:
        page = unread(url, error.reason, given_up=True)
    if not page.given_up or page.reason is None:
        return page
    try:
        return await workers.run(read_simply, body, url, content_type, asked, page.reason, timeout=FALLBACK_DEADLINE)
    except FetchError:
        return page
