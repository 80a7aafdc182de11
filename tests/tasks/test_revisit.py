"""Laws of looking at pages again, against a real local server."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from storywire.fetched import Fetched
from storywire.nouns import Article, Entry, EntryState, Published
from storywire.visits import Kept, Visit
from tasks.fetch import HttpFetcher
from tasks.revisit import Look, revisit_pages
from tasks.workers import Workers
from tests.server import LOOPBACK, Answer, Request, Server, serving

SEEN = datetime(2026, 7, 1, 12, tzinfo=UTC)
NOW = SEEN + timedelta(hours=1)


def page(name: str, **headers: str) -> Answer:
    said = "".join(
        f"<p>Paragraph {i} of the report {name} tells at some length what happened at the harbour on that day.</p>"
        for i in range(8)
    )
    html = f"<!doctype html><html><head><title>Page {name}</title></head><body><article>{said}</article></body></html>"
    return 200, {"Content-Type": "text/html; charset=utf-8", **headers}, html.encode()


def conditional(name: str, etag: str) -> Any:
    def answer(request: Request) -> Answer:
        return (304, {"ETag": etag}, b"") if request.headers.get("if-none-match") == etag else page(name, ETag=etag)

    return answer


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({f"/{name}": page(name) for name in "abc"}) as server:
        yield server


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


def kept(url: str, visit: Visit | None = None) -> Kept:
    article = Article(url, url, "Title", "Text.", "en", None, Published(), SEEN)
    entry = Entry(url, "https://example.org/feed", None, url, "Title", None, Published(), SEEN, state=EntryState.STORED)
    return Kept(article, entry, 0, visit)


def revisit(workers: Workers, *articles: Kept, budget: float = 30, **more: Any) -> dict[str, Look]:
    async def main(articles: Sequence[Kept]) -> list[Look]:
        seconds, options = timedelta(seconds=budget), {"spacing": timedelta(0)} | more
        async with HttpFetcher(deadline=timedelta(seconds=5), allow_nets=LOOPBACK) as fetcher:
            return [look async for look in revisit_pages(articles, fetcher, workers, NOW, seconds, **options)]

    return {look.before.article.article_id.rpartition("/")[2]: look for look in asyncio.run(main(articles))}


def test_a_first_look_is_without_conditions_and_brings_the_page_and_its_validators(
    server: Server, workers: Workers
) -> None:
    date = "Wed, 01 Jul 2026 12:00:00 GMT"
    server.routes["/a"] = page("a", ETag='W/"one"', **{"Last-Modified": date})
    look = revisit(workers, kept(server.url + "/a"))["a"]
    assert look.page is not None
    assert "Paragraph 7 of the report a" in look.page.text
    assert look.visit == Visit(server.url + "/a", NOW, 'W/"one"', date)
    assert "if-none-match" not in server.requests[0].headers
    assert "text/html" in server.requests[0].headers["accept"]


def test_a_page_that_has_not_changed_is_not_read_and_its_validators_stay(server: Server, workers: Workers) -> None:
    server.routes["/a"] = conditional("a", '"one"')
    last = Visit(server.url + "/a", SEEN, '"one"', "Wed, 01 Jul 2026 12:00:00 GMT")
    look = revisit(workers, kept(server.url + "/a", last))["a"]
    assert look.page is None
    assert look.visit == Visit(server.url + "/a", NOW, '"one"', "Wed, 01 Jul 2026 12:00:00 GMT")
    assert server.requests[0].headers["if-modified-since"] == "Wed, 01 Jul 2026 12:00:00 GMT"


def test_a_page_that_changed_brings_its_new_validators(server: Server, workers: Workers) -> None:
    server.routes["/a"] = conditional("a", '"two"')
    look = revisit(workers, kept(server.url + "/a", Visit(server.url + "/a", SEEN, '"one"')))["a"]
    assert look.page is not None
    assert look.visit.etag == '"two"'


def test_a_failure_is_a_look_that_brought_nothing_and_others_go_on(server: Server, workers: Workers) -> None:
    server.routes |= {
        "/gone": (410, {}, b""),
        "/busy": (503, {}, b""),
        "/trap": (200, {"Content-Type": "text/html", "ETag": '"t"'}, b"<html><body " + b"a=1 b=2 " * 50_000 + b">"),
    }
    paths = ("gone", "busy", "trap", "none", "b")
    last = {path: Visit(f"{server.url}/{path}", SEEN, '"one"') for path in paths}
    looks = revisit(workers, *(kept(f"{server.url}/{path}", last[path]) for path in paths), kept("http://a.invalid/x"))
    assert set(looks) == {*paths, "x"}
    assert looks["b"].page is not None
    assert [looks[path].page for path in ("gone", "busy", "none", "x")] == [None] * 4
    assert not getattr(looks["trap"].page, "text", "")
    assert looks["busy"].visit == Visit(f"{server.url}/busy", NOW, '"one"')  # of the last document that was had


def test_a_document_that_came_goes_along_as_it_was_served(server: Server, workers: Workers) -> None:
    server.routes["/b"] = conditional("b", '"one"')
    looks = revisit(workers, kept(server.url + "/a"), kept(server.url + "/b", Visit("b", SEEN, '"one"')))
    url = server.url + "/a"
    assert looks["a"].fetched == Fetched(url, url, "text/html; charset=utf-8", page("a")[2], NOW)  # type: ignore[arg-type]
    assert looks["b"].fetched is None


def test_one_page_of_a_host_at_a_time_with_a_pause_before_each(server: Server, workers: Workers) -> None:
    starts = [time.monotonic()]

    def watch(request: Request) -> Answer:
        starts.append(time.monotonic())
        return page(request.path)

    server.routes |= dict.fromkeys(["/a", "/b", "/c"], watch)
    revisit(workers, *(kept(f"{server.url}/{p}") for p in "abc"), spacing=timedelta(seconds=0.2))
    assert [round(b - a, 1) >= 0.2 for a, b in pairwise(starts)] == [True] * 3


def test_what_is_not_reached_within_the_budget_is_not_yielded(server: Server, workers: Workers) -> None:
    def slow(_: Request) -> Answer:
        time.sleep(0.4)
        return page("x")

    server.routes |= dict.fromkeys(["/a", "/b", "/c"], slow)
    assert list(revisit(workers, *(kept(f"{server.url}/{p}") for p in "abc"), budget=0.2)) == ["a"]
    assert revisit(workers, kept(server.url + "/a"), budget=-1) == {}
