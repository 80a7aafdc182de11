"""Pages: fetches what pending entries link, has it read in a worker, and hands back what each entry became.

Never decides what becomes of an entry; `storywire.collecting` does.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
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
)
from storywire.errors import FetchError
from storywire.fetched import Fetched
from storywire.nouns import Article, Entry, Published
from storywire.pages import Page, extract_page
from storywire.urls import host
from tasks.fetch import PAGE_TYPES, Fetcher
from tasks.workers import Workers

SPACING = timedelta(seconds=1)  # between the starts of two requests to one host
_IN_FLIGHT = 16  # pages that are being fetched or read; so no more than these are in memory

Visit = tuple[str, Page | FetchError]
Reading = Callable[[str], Awaitable[Page | FetchError]]


async def collect_pages(
    entries: Sequence[Entry],
    fetcher: Fetcher,
    workers: Workers,
    now: datetime,
    budget: timedelta,
    known: Mapping[str, Article] | None = None,
    spacing: timedelta = SPACING,
    keep: Callable[[Fetched], None] | None = None,
) -> AsyncGenerator[Collected, None]:
    """Yields what each of `entries`, all pending, becomes, as soon as that is known.

    `known` are articles that are stored already, by their url; their pages are not fetched again, and one page is
    fetched once for all its entries. No page is begun after `budget`: entries whose page was not reached are not
    yielded, and stay as they are. `keep` is given each page as it was served, in a thread, before it is read.
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
    async with aclosing(_visits(waiting, visit, budget, spacing)) as visits:
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
    if isinstance(found, FetchError):
        return after_failure(entry, found.reason, found.status, now)
    return from_page(entry, found, now)


async def _visits(
    urls: Iterable[str], visit: Reading, budget: timedelta, spacing: timedelta
) -> AsyncGenerator[Visit, None]:
    """Each page with what was found: hosts side by side, the pages of one host one after the other."""
    clock = asyncio.get_running_loop().time
    end, slots = clock() + budget.total_seconds(), asyncio.Semaphore(_IN_FLIGHT)
    done: asyncio.Queue[Visit | None] = asyncio.Queue()
    hosts = defaultdict(list)
    for url in urls:
        hosts[host(url)].append(url)

    async def visit_all(pages: Sequence[str]) -> None:
        next_start = 0.0
        for page in pages:
            await asyncio.sleep(next_start - clock())
            async with slots:
                if clock() >= end:
                    return
                next_start = clock() + spacing.total_seconds()
                done.put_nowait((page, await visit(page)))

    all_hosts = asyncio.gather(*map(visit_all, hosts.values()))
    all_hosts.add_done_callback(lambda _: done.put_nowait(None))
    try:
        while (visited := await done.get()) is not None:
            yield visited
        await all_hosts  # raises what was a bug
    finally:
        all_hosts.cancel()


async def _visit(
    url: str, fetcher: Fetcher, workers: Workers, now: datetime, keep: Callable[[Fetched], None] | None
) -> Page | FetchError:
    try:
        response = await fetcher.fetch(url, accept=PAGE_TYPES)
    except FetchError as error:
        return error
    if keep is not None:
        fetched = Fetched(url, response.url, response.content_type, response.body, now)
        await asyncio.to_thread(keep, fetched)  # compressing a large page takes a tenth of a second
    try:
        return await workers.run(extract_page, response.body, response.url, response.content_type, url)
    except FetchError as error:  # the page was had but not read, and would not be the next time
        return Page(response.url, None, "", Published(), None, None, error.reason)
