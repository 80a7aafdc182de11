"""Pages as their hosts' robots.txt allows: decides when a robots.txt is fetched, and keeps it for a day.

Never decides what its rules mean; `storywire.robots` does. Feeds are published for programs, and asked for without.
"""

import asyncio
import os
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from storywire.errors import AddressError, FetchError, RobotsError
from storywire.fetched import Fetched, packed, unpacked
from storywire.identity import digest
from storywire.robots import FORBIDDEN, MAX_RULES, MAX_RULES_AGE, Rules, unruled
from tasks.fetch import PAGE_TYPES, Fetcher, Permit, Response

_USELESS_AFTER = timedelta(days=30)  # RFC 9309, 2.3.1.4: after so long without an answer, there are no rules
_TYPES = "text/plain, */*;q=0.1"


class PageFetcher:
    """A Fetcher of pages that asks each host for its robots.txt first, for the time of one run.

    `folder` keeps what hosts said, for other runs of the day; None keeps nothing. A redirect is followed only to where
    the rules of its target allow it.
    """

    def __init__(self, fetcher: Fetcher, now: datetime, folder: Path | None = None) -> None:
        """Fetches nothing yet."""
        self._fetcher, self._now, self._folder = fetcher, now, folder
        self._known: dict[str, Rules | FetchError] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def fetch(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = PAGE_TYPES,
        permit: Permit | None = None,
        served_by: str | None = None,
    ) -> Response:
        """The page at `url`; raises FetchError, and RobotsError where its host does not want it to be asked for."""

        async def both(asked: str) -> None:
            await self._permit(asked)
            if permit is not None:
                await permit(asked)

        return await self._fetcher.fetch(url, etag, last_modified, accept, both, served_by)

    def prune(self) -> None:
        """Removes what has been kept for too long to be of use."""
        oldest = (self._now - _USELESS_AFTER).timestamp()
        for path in self._folder.iterdir() if self._folder and self._folder.is_dir() else ():
            with suppress(OSError):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def delay(self, url: str) -> timedelta:
        """How long the host of a page wants us to wait between two requests, as far as it has been asked."""
        rules = self._known.get(_origin(url))
        return rules.crawl_delay if isinstance(rules, Rules) else timedelta(0)

    async def _permit(self, url: str) -> None:
        origin = _origin(url)
        async with self._locks[origin]:
            if origin not in self._known:
                self._known[origin] = await self._rules(origin)
        rules = self._known[origin]
        if isinstance(rules, FetchError):
            raise rules
        if not rules.allow(url):
            raise RobotsError(FORBIDDEN, forbidden=True)

    async def _rules(self, origin: str) -> Rules | FetchError:
        """What a host says, or why that is not known: then its pages are not asked for in this run."""
        kept = self._kept(origin)
        if kept is not None and timedelta(0) <= self._now - kept.fetched_at < MAX_RULES_AGE:
            return Rules(kept.body)
        try:
            body = (await self._fetcher.fetch(f"{origin}/robots.txt", accept=_TYPES)).body
        except FetchError as error:
            if not unruled(error.status):
                return Rules(kept.body) if kept is not None else _no_rules(error)  # RFC 9309, 2.4: old ones will do
            body = b""
        self._keep(Fetched(f"{origin}/robots.txt", origin, None, body[:MAX_RULES], self._now))
        return Rules(body)

    def _kept(self, origin: str) -> Fetched | None:
        with suppress(OSError):
            kept = unpacked(self._path(origin).read_bytes()) if self._folder else None
            return kept if kept is not None and kept.final_url == origin else None
        return None

    def _keep(self, rules: Fetched) -> None:
        """Where that cannot be done the next run asks again; what matters on a full disk fails loudly elsewhere."""
        if self._folder is None:
            return
        target = self._path(rules.final_url)
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.with_suffix(".new").write_bytes(packed(rules))
            seconds = self._now.timestamp()
            os.utime(target.with_suffix(".new"), (seconds, seconds))  # so that pruning need not open it
            os.replace(target.with_suffix(".new"), target)

    def _path(self, origin: str) -> Path:
        return (self._folder or Path()) / f"{digest(origin)}.gz"


def _no_rules(error: FetchError) -> FetchError:
    """A host that cannot be reached has that fault, not one of its robots.txt."""
    if error.network_down or isinstance(error, AddressError):
        return error
    return RobotsError(f"robots.txt cannot be had: {error.reason}", forbidden=False)


def _origin(url: str) -> str:
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}"
