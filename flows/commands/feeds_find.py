"""`storywire feeds find`: the feeds of a site."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flows import show
from flows.house import House, build
from flows.settings import Settings
from storywire.checkup import could_not_be_had
from storywire.errors import FetchError, InputError
from storywire.urls import feed_url
from tasks.discover import MAX_REQUESTS, FoundFeed, Search, find_feeds


def find(site: str, as_json: bool) -> None:
    """Print the feeds of a site; raises InputError where there is none."""
    url, house = feed_url(site), build(Settings.from_environment())
    if url.startswith("file:"):
        raise InputError(f"{site} is a file; give the address of a site")
    try:
        with show.Bars().stage("requests", MAX_REQUESTS) as advance:
            search = asyncio.run(_search(url, house, house.clock(), advance))
    except FetchError as error:
        raise InputError(could_not_be_had(url, error)) from error
    if not search.feeds:
        raise InputError(_nothing(url, search))
    if as_json:
        feeds = [_told(feed) for feed in search.feeds]
        show.as_json({"site": url, "feeds": feeds, "not_asked": search.unasked, "requests": search.requests})
    else:
        _print(search)


async def _search(url: str, house: House, now: datetime, advance: Callable[[float], None]) -> Search:
    async with house.fetcher() as fetcher:
        with house.workers() as workers:
            return await find_feeds(url, fetcher, workers, now, house.host_spacing, advance)


def _nothing(url: str, search: Search) -> str:
    page = f" (its page could not be had: {search.page_error})" if search.page_error else ""
    return (
        f"no feed was found at {url}{page}, by {show.counted(search.requests, 'request')}; "
        "look on its pages for RSS, or give the address of a section"
    )


def _told(feed: FoundFeed) -> dict[str, Any]:
    said = feed.said
    return {
        "url": feed.url,
        "title": said.title,
        "format": said.format,
        "entries": len(said.entries),
        "newest": feed.newest,
        "how": feed.how,
    }


def _print(search: Search) -> None:
    out, rows = show.console(), show.table("feed", "format", "entries", "newest", right=("entries",), fold="feed")
    for feed in search.feeds:
        rows.add_row(
            show.text(feed.url), show.text(feed.said.format), str(len(feed.said.entries)), show.when(feed.newest)
        )
        about = f"{feed.said.title}; {feed.how}" if feed.said.title else feed.how
        rows.add_row(f"[dim]  {show.text(about)}[/dim]", "", "", "")
    out.print(rows)
    if search.unasked:
        out.print(f"Not asked, and may be feeds too: {len(search.unasked)} more, which --json lists.")
    out.print(f"Add one: storywire feeds add {show.text(search.feeds[0].url)}", soft_wrap=True)
