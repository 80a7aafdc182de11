"""Looking again: asks for the pages of stored articles once more, and has those that changed read in a worker.

Never decides which pages are due, nor what became of an article; `storywire.visits` does.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from storywire.errors import FetchError
from storywire.fetched import Fetched
from storywire.pages import Page, extract_page
from storywire.visits import Kept, Visit
from tasks.fetch import PAGE_TYPES, Fetcher
from tasks.pacing import SPACING, Delay, paced
from tasks.workers import Workers


@dataclass(frozen=True, slots=True)
class Look:
    """What was known before a look, the look, and, where another document was served than last time, what it is."""

    before: Kept
    visit: Visit
    page: Page | None = None
    fetched: Fetched | None = None
    network_down: bool = False  # no host was reached


async def revisit_pages(
    articles: Sequence[Kept],
    fetcher: Fetcher,
    workers: Workers,
    now: datetime,
    budget: timedelta,
    spacing: timedelta = SPACING,
    reached: bool = False,
    delay: Delay = lambda url: timedelta(0),
) -> AsyncGenerator[Look, None]:
    """Yields a look at each of `articles`, all of which have an address, as soon as it was made; failures are looks.

    No page is begun after `budget`, nor sooner than `spacing`, or `delay` of its address, after another one of its
    host, also by an earlier step. What was not reached by then is not yielded; nor is what no host answered, unless
    another did, now or, as `reached` says, in this run: while the network is down no look is spent.
    """
    ask = partial(_look, fetcher=fetcher, workers=workers, now=now)
    unreached = []
    pages = [(kept.entry.url or "", kept) for kept in articles]
    async with aclosing(paced(pages, ask, budget, spacing, begun=True, delay=delay)) as looks:
        async for look in looks:
            if look.network_down and not reached:
                unreached.append(look)
                continue
            reached = reached or not look.network_down
            yield look
    if reached:
        for look in unreached:
            yield look


async def _look(kept: Kept, fetcher: Fetcher, workers: Workers, now: datetime) -> Look:
    """One look. Validators go with the last document that was read: a failure leaves them as they were."""
    url, made = kept.entry.url or "", kept.visited(now)
    try:
        answer = await fetcher.fetch(url, made.etag, made.last_modified, PAGE_TYPES)
        if answer.status == 304:
            # RFC 9111, 3.2 and 4.3.4: it replaces the stored values that it sends, each on its own
            etag, last_modified = answer.etag or made.etag, answer.last_modified or made.last_modified
            return Look(kept, replace(made, etag=etag, last_modified=last_modified))
        page = await workers.run(extract_page, answer.body, answer.url, answer.content_type, url)
    except FetchError as error:
        return Look(kept, made, network_down=error.network_down)
    fetched = Fetched(url, answer.url, answer.content_type, answer.body, now)
    return Look(kept, replace(made, etag=answer.etag, last_modified=answer.last_modified), page, fetched)
