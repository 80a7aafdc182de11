"""Pages that no one meant to be read: each ends in a named state, in bounded time, and the next page is read."""

import asyncio
import gzip
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storywire.collecting import MAX_ATTEMPTS, Collected
from storywire.errors import FetchError
from storywire.fallback import read_simply
from storywire.nouns import Entry, EntryState, Published
from storywire.pages import MAX_BYTES, Page, extract_page
from tasks.collect import collect_pages
from tasks.fetch import HttpFetcher
from tasks.workers import FALLBACK_DEADLINE, READING_BYTES, READING_DEADLINE, Workers
from tests.server import LOOPBACK, Answer, serving

LONGEST = (READING_DEADLINE + FALLBACK_DEADLINE).total_seconds() + 5
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SUMMARY = "The ferry came back to the harbour on Tuesday with all of its crew safe after two days in the storm."
SAID = "<p>The ferry line between the two islands will run again from Monday, the harbour authority said on Friday.</p>"
ALL_OF_UNICODE = "".join(map(chr, (*range(1, 0xD800), *range(0xE000, sys.maxunicode + 1))))


def served(body: bytes, content_type: str = "text/html; charset=utf-8", **headers: str) -> Answer:
    return 200, {"Content-Type": content_type, **headers}, body


def html(body: str) -> Answer:
    return served(f"<!doctype html><html><body>{body}".encode())


PAGES: dict[str, Answer] = {
    "deep": html("<div>" * 200_000 + SAID),
    "deep and closed": html("<b>" * 50_000 + SAID + "</b>" * 50_000),
    "no end tags": html("<p>" + "<b><i><table><tr><td><ul><li>word " * 20_000),
    "rows": html("<table>" + "<tr><td>cell" * 40_000),
    "lists": html("<ul><li>" * 20_000),
    "links": html("".join(f"<a href='/{i}'>link {i}</a> " for i in range(50_000))),
    "a gigantic attribute": html(f"<p class='{'x' * 4_000_000}'>" + SAID),
    "many attributes": html("<p " + " ".join(f"a{i}=1" for i in range(100_000)) + ">"),
    "attributes without end": html('<p class="' + "a='b' " * 300_000),
    "comments without end": html("<!--" * 500_000),
    "scripts without end": html("<script>" * 200_000),
    "metas": html("<meta property='article:published_time' content='2024" * 50_000),
    "json-ld": html('<script type="application/ld+json">' + '{"@graph":[' * 100_000),
    "entities": html("&amp;" * 500_000 + "&#xFFFFFFFF;" * 10_000),
    "one word": html("<p>" + "x" * 4_000_000),
    "combining marks": html("<p>a" + "\u0301" * 400_000),
    "wrong charset": served(SAID.encode("utf-16-le") * 20, "text/html; charset=utf-8"),
    "charset of a codec": served(SAID.encode() * 5, "text/html; charset=rot13"),
    "charset that is none": served(b"<html>" + bytes(range(256)) * 200, "text/html; charset=x-klingon"),
    "zero bytes": served(b"<html><body>" + SAID.encode().replace(b" ", b"\0 ") * 5),
    "zero bytes alone": served(b"\0" * 1_000_000),
    "all of Unicode": served(f"<html><body><p>{ALL_OF_UNICODE}".encode()),
    "noise": served(b"<html>" + bytes(i * 7919 % 256 for i in range(500_000))),
    "a bomb": served(gzip.compress(b"<p>x" * 12_500_000), **{"Content-Encoding": "gzip"}),  # 50 MB
}


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


def collected(workers: Workers, body: Answer, summary: str | None) -> Collected:
    """What becomes of an entry with such a page in its last attempt, and of one with a good page after it."""

    async def main(url: str) -> list[Collected]:
        entries = [
            Entry(name, None, None, f"{url}/{name}", "Title", said, Published(), NOW, attempts=MAX_ATTEMPTS - 1)
            for name, said in (("bad", summary), ("good", None))
        ]
        seconds = timedelta(seconds=60)
        async with HttpFetcher(allow_nets=LOOPBACK) as fetcher:
            found = [c async for c in collect_pages(entries, fetcher, workers, NOW, seconds, spacing=timedelta(0))]
        return sorted(found, key=lambda one: one.entry.entry_id)

    with serving({"/bad": body, "/good": html(f"<article>{SAID}<p>{SUMMARY}</p></article>")}) as server:
        bad, good = asyncio.run(main(server.url))
    assert good.entry.state is EntryState.STORED
    return bad


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_ends_in_a_named_state_in_bounded_time_and_the_next_one_is_read(
    workers: Workers, name: str
) -> None:
    begun = time.monotonic()
    entry = collected(workers, PAGES[name], None).entry
    assert time.monotonic() - begun < LONGEST
    assert entry.state in (EntryState.STORED, EntryState.UNUSABLE, EntryState.FAILED)
    assert entry.state is EntryState.STORED or entry.reason


@pytest.mark.parametrize("name", ["deep", "many attributes", "zero bytes alone", "a bomb"])
def test_behind_a_hostile_page_the_feeds_words_are_stored_and_why(workers: Workers, name: str) -> None:
    found = collected(workers, PAGES[name], SUMMARY)
    assert found.article is not None
    assert found.article.text == SUMMARY
    assert (found.entry.reason or "").startswith("by the feed's own words: ")


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 50_000_000])
def test_a_page_that_is_too_large_is_not_even_parsed(workers: Workers, size: int) -> None:
    async def main() -> Page:
        return await workers.run(extract_page, b"<html>" + b"<p>word " * (size // 8 + 1), "https://example.org/a")

    begun = time.monotonic()
    assert asyncio.run(main()).reason == "too large"
    assert time.monotonic() - begun < 5


REPORT = f"<article>{SAID}<p>{SUMMARY}</p></article>"
CONSENT = (
    "<title>Before you continue</title><p>We and our partners use cookies to store and access information on your"
    " device.</p><button>Accept all</button><button>Reject all</button><p>Manage your privacy settings</p>"
)


class Ending(Workers):
    """Workers in which the reading of a page by the usual reader ends as `way` does; all else is as it is."""

    def __init__(self, *way: Any) -> None:
        super().__init__()
        self._way = way

    async def run(self, function: Callable[..., Any], *args: Any, timeout: timedelta = READING_DEADLINE) -> Any:
        if function is extract_page and b"/good" not in args[1].encode():
            function, *args = self._way  # type: ignore[assignment]
            timeout = timedelta(seconds=1)
        return await super().run(function, *args, timeout=timeout)


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ((time.sleep, 60), "reading it took more than 1 s"),
        ((bytearray, READING_BYTES), "reading it took too much memory"),
        ((os._exit, 3), "reading it crashed the reader"),
    ],
)
def test_a_page_that_ended_its_reader_is_read_by_the_simpler_one_and_the_entry_says_so(way: Any, why: str) -> None:
    if way[0] is bytearray and not sys.platform.startswith("linux"):
        pytest.skip("needs a limit on address space")
    with Ending(*way) as workers:
        found = collected(workers, html(REPORT), None)
        consent = collected(workers, html(CONSENT), SUMMARY)
        nothing = collected(workers, html("<p>"), SUMMARY)
    assert found.article is not None
    assert "the harbour authority said on Friday" in found.article.text
    assert found.entry.reason == f"read by the simpler reader: {why}"
    assert (consent.entry.reason or "").startswith("by the feed's own words: the page is a consent wall")
    assert nothing.entry.reason == f"by the feed's own words: the page was not read: {why}"


def test_a_page_that_is_not_even_tried_for_a_tag_is_read_by_the_simpler_reader(workers: Workers) -> None:
    overloaded = f"<p {' '.join(f'a{i}=1' for i in range(100_000))}>"  # H64
    found = collected(workers, html(overloaded + REPORT), None)
    assert found.article is not None
    assert SUMMARY in found.article.text
    assert found.entry.reason == "read by the simpler reader: too long a tag"


@pytest.mark.parametrize("name", PAGES)
def test_the_simpler_reader_alone_ends_in_bounded_time_and_never_raises(workers: Workers, name: str) -> None:
    async def main() -> Page | None:
        try:
            body = gzip.decompress(PAGES[name][2]) if name == "a bomb" else PAGES[name][2]
            return await workers.run(
                read_simply, body, "https://example.org/a", "text/html", None, "why", timeout=FALLBACK_DEADLINE
            )
        except FetchError:
            return None

    begun = time.monotonic()
    page = asyncio.run(main())
    assert time.monotonic() - begun < FALLBACK_DEADLINE.total_seconds() + 5
    assert page is None or bool(page.text) is (page.reason is None) is (page.note is not None)
