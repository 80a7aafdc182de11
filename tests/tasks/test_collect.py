"""Laws of collecting pages, against a real local server."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from storywire.collecting import Collected
from storywire.nouns import Entry, EntryState, Published
from tasks.collect import collect_pages
from tasks.fetch import HttpFetcher
from tasks.workers import Workers
from tests.server import LOOPBACK, Answer, Request, Server, serving

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SUMMARY = "The ferry came back to the harbour on Tuesday with all of its crew safe after two days in the storm."


def page(name: str) -> Answer:
    said = "".join(
        f"<p>Paragraph {i} of the report {name} tells at some length what happened at the harbour on that day.</p>"
        for i in range(8)
    )
    html = f"<!doctype html><html><head><title>Page {name}</title></head><body><article>{said}</article></body></html>"
    return 200, {"Content-Type": "text/html; charset=utf-8"}, html.encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({f"/{name}": page(name) for name in "abc"}) as server:
        yield server


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


def entry(url: str | None, **more: Any) -> Entry:
    first = Entry(f"entry of {url}", "https://example.org/feed", None, url, "Title", SUMMARY, Published(), NOW)
    return replace(first, **more)


def collect(workers: Workers, *entries: Entry, budget: float = 30, **more: Any) -> list[Collected]:
    async def main(entries: Sequence[Entry]) -> list[Collected]:
        seconds, options = timedelta(seconds=budget), {"spacing": timedelta(0)} | more
        async with HttpFetcher(deadline=timedelta(seconds=5), allow_nets=LOOPBACK) as fetcher:
            return [c async for c in collect_pages(entries, fetcher, workers, NOW, seconds, **options)]

    return asyncio.run(main(entries))


def test_a_page_becomes_an_article(server: Server, workers: Workers) -> None:
    [collected] = collect(workers, entry(server.url + "/a"))
    assert collected.article is not None
    assert "Paragraph 7 of the report a" in collected.article.text
    assert (collected.article.title, collected.article.url) == ("Title", server.url + "/a")
    assert "text/html" in server.requests[0].headers["accept"]


def test_an_entry_with_the_whole_text_is_not_fetched(server: Server, workers: Workers) -> None:
    [collected] = collect(workers, entry(server.url + "/a", full_text=True))
    assert collected.article is not None
    assert collected.article.text == SUMMARY
    assert server.requests == []


def test_a_stored_page_is_not_fetched_again(server: Server, workers: Workers) -> None:
    [first] = collect(workers, entry(server.url + "/a"))
    assert first.article is not None
    [again] = collect(workers, entry(server.url + "/a", entry_id="2"), known={server.url + "/a": first.article})
    assert again.article is not None
    assert again.article.text == first.article.text
    assert len(server.requests) == 1


def test_two_entries_of_one_page_fetch_it_once(server: Server, workers: Workers) -> None:
    other = entry(server.url + "/a", entry_id="2", feed_url="https://other.example/feed")
    collected = collect(workers, entry(server.url + "/a"), other)
    assert [c.entry.state for c in collected] == [EntryState.STORED] * 2
    assert len(server.requests) == 1


def test_a_page_that_fails_fails_alone(server: Server, workers: Workers) -> None:
    server.routes |= {
        "/image": (200, {"Content-Type": "image/gif"}, b"GIF89a"),
        "/trap": (200, {"Content-Type": "text/html"}, b"<html><body " + b"a=1 b=2 " * 50_000 + b">"),
        "/busy": (503, {}, b""),
    }
    paths = ("a", "image", "trap", "busy", "none", "b")
    collected = {c.entry.url: c for c in collect(workers, *(entry(f"{server.url}/{p}") for p in paths))}
    states = {p: collected[f"{server.url}/{p}"].entry.state for p in paths}
    assert states.pop("busy") is EntryState.PENDING
    assert set(states.values()) == {EntryState.STORED}  # by the feed's words where the page gave none
    assert collected[server.url + "/busy"].entry.reason == "HTTP 503"


def test_when_no_host_at_all_is_reached_no_attempt_counts(server: Server, workers: Workers) -> None:
    dead = [entry("http://a.invalid/1"), entry("http://b.invalid/2")]
    assert [c.entry.attempts for c in collect(workers, *dead)] == [0, 0]
    with_another = collect(workers, *dead, entry(server.url + "/a"))
    assert sorted(c.entry.attempts for c in with_another) == [0, 1, 1]


def test_what_is_not_reached_within_the_budget_stays_as_it_is(server: Server, workers: Workers) -> None:
    def slow(_: Request) -> Answer:
        time.sleep(0.4)
        return page("x")

    server.routes |= dict.fromkeys(["/a", "/b", "/c"], slow)
    collected = collect(workers, *(entry(f"{server.url}/{p}") for p in "abc"), budget=0.2)
    assert [c.entry.url for c in collected] == [server.url + "/a"]


def test_one_page_of_a_host_at_a_time_and_a_pause_between_their_starts(server: Server, workers: Workers) -> None:
    starts: list[float] = []

    def watch(request: Request) -> Answer:
        starts.append(time.monotonic())
        return page(request.path)

    server.routes |= dict.fromkeys(["/a", "/b", "/c"], watch)
    collect(workers, *(entry(f"{server.url}/{p}") for p in "abc"), spacing=timedelta(seconds=0.2))
    assert [round(b - a, 1) >= 0.2 for a, b in pairwise(starts)] == [True, True]
