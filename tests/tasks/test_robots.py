"""Laws of asking for pages as robots.txt allows, against real local servers."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from storywire.collecting import Collected
from storywire.errors import FetchError, RobotsError
from storywire.nouns import Entry, EntryState, Published
from tasks.collect import collect_pages
from tasks.fetch import HttpFetcher, Response
from tasks.robots import PageFetcher
from tasks.workers import Workers
from tests.fakes import InlineWorkers
from tests.server import LOOPBACK, Answer, Request, Server, serving

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SUMMARY = "The ferry came back to the harbour on Tuesday with all of its crew safe after two days in the storm."
SAID = "".join(f"<p>Paragraph {i} tells at some length what happened at the harbour on that day.</p>" for i in range(8))
PAGE: Answer = (200, {"Content-Type": "text/html"}, f"<html><body><article>{SAID}</article></body></html>".encode())
NO_PRIVATE: Answer = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /private/\n")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({"/a": PAGE, "/b": PAGE, "/private/a": PAGE, "/robots.txt": NO_PRIVATE}) as server:
        yield server


def ask(
    *urls: str, folder: Path | None = None, now: datetime = NOW, deadline: float = 5
) -> list[Response | FetchError]:
    """What comes of asking for pages, one after the other, in one run."""

    async def main() -> list[Response | FetchError]:
        found: list[Response | FetchError] = []
        async with HttpFetcher(deadline=timedelta(seconds=deadline), allow_nets=LOOPBACK) as fetcher:
            pages = PageFetcher(fetcher, now, folder)
            for url in urls:
                try:
                    found.append(await pages.fetch(url))
                except FetchError as error:
                    found.append(error)
            pages.prune()
        return found

    return asyncio.run(main())


def collect(*urls: str, age: timedelta = HOUR, budget: timedelta = HOUR) -> dict[str, Collected]:
    async def main(entries: Sequence[Entry]) -> dict[str, Collected]:
        async with HttpFetcher(deadline=timedelta(seconds=5), allow_nets=LOOPBACK) as fetcher:
            pages, workers = PageFetcher(fetcher, NOW), cast(Workers, InlineWorkers())
            found = collect_pages(entries, pages, workers, NOW, budget, None, timedelta(0), pages.delay)
            return {str(collected.entry.url): collected async for collected in found}

    first_seen = NOW - age
    return asyncio.run(
        main([Entry(url, "https://e.org/feed", None, url, "Title", SUMMARY, Published(), first_seen) for url in urls])
    )


def forbidden(found: Response | FetchError) -> bool:
    return isinstance(found, RobotsError) and found.forbidden and found.reason == "robots.txt forbids the page"


def test_a_page_that_robots_txt_forbids_is_not_asked_for(server: Server) -> None:
    found = ask(server.url + "/private/a", server.url + "/a")
    assert forbidden(found[0])
    assert isinstance(found[1], Response)
    assert server.paths() == ["/robots.txt", "/a"]
    assert server.requests[0].headers["user-agent"].startswith("Storywire/")


def test_robots_txt_is_asked_for_once_a_host_and_day(server: Server, tmp_path: Path) -> None:
    with serving({"/a": PAGE}) as other:
        pages = [server.url + "/a", other.url + "/a", server.url + "/b"]
        ask(*pages, folder=tmp_path)
        ask(*pages, folder=tmp_path, now=NOW + 23 * HOUR)
        assert [s.paths().count("/robots.txt") for s in (server, other)] == [1, 1]
        ask(*pages, folder=tmp_path, now=NOW + 25 * HOUR)
        assert [s.paths().count("/robots.txt") for s in (server, other)] == [2, 2]


def test_what_is_kept_still_forbids(server: Server, tmp_path: Path) -> None:
    ask(server.url + "/a", folder=tmp_path)
    assert forbidden(ask(server.url + "/private/a", folder=tmp_path, now=NOW + HOUR)[0])
    assert "/private/a" not in server.paths()


def test_what_is_damaged_of_another_time_or_useless_is_not_used(server: Server, tmp_path: Path) -> None:
    ask(server.url + "/a", folder=tmp_path)
    [kept] = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:20])
    ask(server.url + "/a", folder=tmp_path, now=NOW + HOUR)
    ask(server.url + "/a", folder=tmp_path, now=NOW - 48 * HOUR)
    assert server.paths().count("/robots.txt") == 3
    ask(folder=tmp_path, now=NOW + timedelta(days=40))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_host_that_has_none_allows_everything(server: Server, status: int) -> None:
    server.routes["/robots.txt"] = (status, {}, b"User-agent: *\nDisallow: /")
    assert isinstance(ask(server.url + "/private/a")[0], Response)


def test_a_robots_txt_behind_redirects_counts_and_one_without_end_does_not(server: Server) -> None:
    server.routes |= {"/robots.txt": (301, {"Location": "/r"}, b""), "/r": NO_PRIVATE}
    assert forbidden(ask(server.url + "/private/a")[0])
    server.routes["/r"] = (301, {"Location": "/r"}, b"")
    assert isinstance(ask(server.url + "/private/a")[0], Response)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_while_a_host_cannot_give_its_robots_txt_nothing_is_asked_of_it(server: Server, status: int) -> None:
    server.routes["/robots.txt"] = (status, {}, b"")
    found = ask(server.url + "/a", server.url + "/b")
    assert [isinstance(f, RobotsError) and not f.forbidden for f in found] == [True, True]
    assert str(found[0]) == f"robots.txt cannot be had: HTTP {status}"
    assert server.paths() == ["/robots.txt"], "once a run"


def test_a_robots_txt_that_takes_too_long_counts_as_one_that_cannot_be_had(server: Server) -> None:
    def slow(_: Request) -> Answer:
        time.sleep(1)
        return NO_PRIVATE

    server.routes["/robots.txt"] = slow
    [found] = ask(server.url + "/a", deadline=0.3)
    assert str(found) == "robots.txt cannot be had: timed out after 0.3 s"


def test_an_old_one_will_do_while_no_new_one_can_be_had(server: Server, tmp_path: Path) -> None:
    ask(server.url + "/a", folder=tmp_path)
    server.routes["/robots.txt"] = (503, {}, b"")
    found = ask(server.url + "/private/a", server.url + "/b", folder=tmp_path, now=NOW + 30 * HOUR)
    assert forbidden(found[0])
    assert isinstance(found[1], Response)


def test_a_host_that_is_not_there_is_not_blamed_for_its_robots_txt() -> None:
    with serving() as closed:
        url = closed.url
    [found] = ask(url + "/a")
    assert isinstance(found, FetchError)
    assert found.network_down
    assert "robots" not in found.reason


def test_a_redirect_is_not_followed_to_where_robots_txt_forbids_it(server: Server) -> None:
    with serving({"/x": (302, {"Location": server.url + "/private/a"}, b"")}) as other:
        assert forbidden(ask(other.url + "/x")[0])
    assert server.paths() == ["/robots.txt"]


def test_many_redirects_at_once_wait_for_no_one_another(server: Server) -> None:
    server.routes |= {f"/{n}": (302, {"Location": "/a"}, b"") for n in range(40)}

    async def main(target: str) -> list[Response]:
        async with HttpFetcher(deadline=timedelta(seconds=5), allow_nets=LOOPBACK) as fetcher:
            pages = PageFetcher(fetcher, NOW)
            return await asyncio.gather(*(pages.fetch(f"{target}/{n}") for n in range(40)))

    assert len(asyncio.run(main(server.url))) == 40


def test_an_entry_whose_page_is_forbidden_goes_by_the_feeds_words(server: Server) -> None:
    url = server.url + "/private/a"
    found = collect(url)[url]
    assert found.entry.state is EntryState.STORED
    assert found.entry.reason == "by the feed's own words: robots.txt forbids the page"
    assert found.article is not None
    assert found.article.text == SUMMARY


def test_an_entry_whose_host_gives_no_robots_txt_waits_without_an_attempt_for_a_day(server: Server) -> None:
    server.routes["/robots.txt"] = (503, {}, b"")
    url = server.url + "/a"
    entry = collect(url)[url].entry
    assert (entry.state, entry.attempts) == (EntryState.PENDING, 0)
    assert entry.reason == "robots.txt cannot be had: HTTP 503"
    assert collect(url, age=25 * HOUR)[url].entry.attempts == 1


def test_pages_of_a_host_are_as_far_apart_as_it_asks(server: Server) -> None:
    starts: list[float] = []

    def watch(_: Request) -> Answer:
        starts.append(time.monotonic())
        return PAGE

    server.routes |= {"/a": watch, "/b": watch}
    server.routes["/robots.txt"] = (200, {}, b"User-agent: *\nCrawl-delay: 0.6\n")
    collect(server.url + "/a", server.url + "/b")
    assert starts[1] - starts[0] >= 0.55


def test_what_a_host_delays_beyond_the_budget_waits_for_the_next_run_and_nobody_for_it(server: Server) -> None:
    server.routes["/robots.txt"] = (200, {}, b"User-agent: *\nCrawl-delay: 60\n")
    begun = time.monotonic()
    with serving({"/a": PAGE}, address="127.0.0.2") as other:
        urls = [server.url + "/a", server.url + "/b", other.url + "/a"]
        found = collect(*urls, budget=timedelta(seconds=20))
    assert set(found) == {server.url + "/a", other.url + "/a"}
    assert time.monotonic() - begun < 10
