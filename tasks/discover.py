"""Finding the feeds of a site: asks for what its page names, and reads what comes, within a few requests.

Never stores anything, and never guesses an address where the site names a feed.
"""

import asyncio
import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storywire.discovery import named_feeds, news_sitemaps, usual_feeds
from storywire.errors import AddressError, FeedError, FetchError
from storywire.feeds import ParsedFeed, parse_feed
from storywire.urls import host
from tasks.fetch import FEED_TYPES, Fetcher, Permit, Response
from tasks.pacing import SPACING
from tasks.robots import PageFetcher
from tasks.workers import FEED_DEADLINE, Workers

MAX_REQUESTS = 12
_RULES = "/robots.txt"
_PAGE_OR_FEED = f"text/html, application/xhtml+xml, {FEED_TYPES}"


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed of a site: the address to subscribe to, and what its document says."""

    url: str
    how: str  # how it was found, in words
    said: ParsedFeed

    @property
    def newest(self) -> datetime | None:
        """When its newest entry was published, as far as dates are known."""
        return max((entry.published.at for entry in self.said.entries if entry.published.at), default=None)


@dataclass(slots=True)
class Search:
    """What was found for a site so far, by how many requests; `unasked` are the candidates that were too many."""

    feeds: list[FoundFeed] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    requests: int = 0
    page_error: str | None = None  # why its page could not be had


async def find_feeds(
    site: str,
    fetcher: Fetcher,
    workers: Workers,
    now: datetime,
    spacing: timedelta = SPACING,
    advance: Callable[[float], None] = lambda _: None,
) -> Search:
    """The feeds of the site at the address `site`, which may be one itself.

    Asked for are: the page, as robots.txt allows; the feeds that it names; if none of these is one, the news sitemaps
    that robots.txt names, then usual addresses until one is a feed. One request at a time, those of a host `spacing`
    apart, MAX_REQUESTS in all. Raises FetchError where the site cannot be reached, or may not be.
    """
    search = _Searching(site, _Sparing(fetcher, spacing, advance), workers, now)
    await search.page()
    await search.sitemaps()
    await search.usual()
    search.found.requests = search.sparing.requests
    return search.found


class _Enough(FetchError):
    """So many requests were made that no more will be."""


class _Sparing:
    """A Fetcher that makes few requests, not too fast, and remembers each robots.txt."""

    def __init__(self, fetcher: Fetcher, spacing: timedelta, advance: Callable[[float], None]) -> None:
        self._fetcher, self._spacing, self._advance = fetcher, spacing.total_seconds(), advance
        self._free_at: defaultdict[str, float] = defaultdict(float)
        self.requests = 0
        self.rules: dict[str, bytes] = {}

    async def fetch(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEED_TYPES,
        permit: Permit | None = None,
        served_by: str | None = None,
    ) -> Response:
        if permit is not None:
            await permit(url)  # first: what may not be asked costs no request and no wait
        if self.requests >= MAX_REQUESTS:
            raise _Enough("asked often enough")
        self.requests += 1
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._free_at[host(url)] - clock())
        self._free_at[host(url)] = clock() + self._spacing
        try:
            response = await self._fetcher.fetch(url, etag, last_modified, accept, permit, served_by)
        finally:
            self._advance(1)
        if url.endswith(_RULES):
            self.rules[url] = response.body
        return response


class _Searching:
    """One search: what was asked for already, and what was found."""

    def __init__(self, site: str, sparing: _Sparing, workers: Workers, now: datetime) -> None:
        self.site, self.sparing, self.found = site, sparing, Search()
        self._pages = PageFetcher(sparing, now)
        self._workers, self._now = workers, now
        self._asked: set[str] = set()
        self._bodies: set[str] = set()

    async def page(self) -> None:
        """The site's page, and the feeds that it names, or the pages about feeds that it links."""
        try:
            response = await self._pages.fetch(self.site, accept=_PAGE_OR_FEED)
        except AddressError:
            raise
        except FetchError as error:
            if error.network_down:
                raise
            self.found.page_error = error.reason
            return
        self._asked.add(self.site)
        self.site = response.url
        if not await self._take(response, response.moved or self.site, "the address itself"):
            await self._ask(await self._named(response), "named by the page", self.sparing, follow=True)

    async def sitemaps(self) -> None:
        """The news sitemaps of the site's robots.txt."""
        if not self.found.feeds:
            named = [url for at, rules in self.sparing.rules.items() for url in news_sitemaps(rules, at)]
            await self._ask(named, "named by robots.txt", self.sparing)

    async def usual(self) -> None:
        """The addresses at which many sites have a feed, until one is found."""
        if not self.found.feeds:
            await self._ask(usual_feeds(self.site), "guessed", self._pages, until_found=True)

    async def _ask(
        self, urls: Iterable[str], how: str, fetcher: Fetcher, follow: bool = False, until_found: bool = False
    ) -> None:
        waiting = deque((url, follow) for url in urls)
        while waiting and not (until_found and self.found.feeds):
            url, follow = waiting.popleft()
            if url in self._asked:
                continue
            self._asked.add(url)
            try:
                response = await fetcher.fetch(url, accept=FEED_TYPES)
            except _Enough:
                self.found.unasked += [url, *(other for other, _ in waiting)] if not until_found else []
                return
            except FetchError:
                continue
            if not await self._take(response, response.moved or url, how) and follow:
                waiting.extend((other, False) for other in await self._named(response))

    async def _named(self, page: Response) -> tuple[str, ...]:
        try:
            return await self._workers.run(named_feeds, page.body, page.url, timeout=FEED_DEADLINE)
        except FetchError:  # a page made to hold its reader
            return ()

    async def _take(self, response: Response, url: str, how: str) -> bool:
        """Whether a document is a feed; one that was had before, under another address, is not found again."""
        digest = hashlib.sha256(response.body).hexdigest()
        if digest in self._bodies:
            return True
        try:
            said = await self._workers.run(
                *(parse_feed, response.body, url, self._now, response.content_type, None, response.url),
                timeout=FEED_DEADLINE,
            )
        except (FeedError, FetchError):
            return False
        self._bodies.add(digest)
        self.found.feeds.append(FoundFeed(url, how, said))
        return True
