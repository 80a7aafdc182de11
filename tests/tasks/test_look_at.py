"""Laws of the look that a check-up takes, against a real local server."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from storywire.checkup import Again
from storywire.errors import FeedError, FetchError
from tasks.checkup import Look, look_at
from tasks.fetch import HttpFetcher
from tasks.workers import Workers
from tests.fakes import InlineWorkers
from tests.server import LOOPBACK, Answer, Request, Server, serving

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
BODY = b'<rss version="2.0"><channel><title>Harbour</title><item><title>T</title><link>/a</link></item></channel></rss>'


@pytest.fixture
def site() -> Iterator[Server]:
    with serving() as server:
        yield server


def look(url: str) -> Look:
    async def once() -> Look:
        async with HttpFetcher(allow_nets=LOOPBACK) as fetcher:
            return await look_at(url, fetcher, cast(Workers, InlineWorkers()), NOW, spacing=timedelta(0))

    return asyncio.run(once())


def changing() -> Answer:
    changing.count += 1  # type: ignore[attr-defined]
    return 200, {"ETag": '"1"'}, BODY.replace(b"Harbour", f"Harbour {changing.count}".encode())  # type: ignore[attr-defined]


changing.count = 0  # type: ignore[attr-defined]


def test_validators_that_work_are_seen_to(site: Server) -> None:
    def feed(request: Request) -> Answer:
        known = request.headers.get("if-none-match") == '"1"'
        return (304, {"ETag": '"1"'}, b"") if known else (200, {"ETag": '"1"', "Cache-Control": "max-age=60"}, BODY)

    site.routes["/f"] = feed
    found = look(site.url + "/f")
    assert (found.answer.again, found.answer.etag, found.answer.size) == (Again.UNCHANGED, '"1"', len(BODY))
    assert found.answer.max_age == timedelta(minutes=1)
    assert found.seen.said.title == "Harbour"
    assert [r.headers.get("if-none-match") for r in site.requests] == [None, '"1"']


def test_a_server_without_validators_is_asked_once(site: Server) -> None:
    site.routes["/f"] = (200, {}, BODY)
    assert look(site.url + "/f").answer.again is Again.NOT_ASKED
    assert len(site.requests) == 1


def test_validators_that_do_not_work_or_hide_another_document_are_seen_to(site: Server) -> None:
    site.routes |= {"/same": (200, {"ETag": '"1"'}, BODY), "/other": lambda _: changing()}
    assert look(site.url + "/same").answer.again is Again.SAME
    assert look(site.url + "/other").answer.again is Again.OTHER

    def once(request: Request) -> Answer:
        return (429, {}, b"") if "if-none-match" in request.headers else (200, {"ETag": '"1"'}, BODY)

    site.routes["/once"] = once
    assert look(site.url + "/once").answer.again is Again.FAILED


def test_where_a_feed_moved_is_told(site: Server) -> None:
    site.routes |= {"/old": (301, {"Location": "/new"}, b""), "/new": (200, {}, BODY)}
    answer = look(site.url + "/old").answer
    assert (answer.found_at, answer.moved) == (site.url + "/new", site.url + "/new")


def test_a_file_is_read_and_what_is_none_refused(tmp_path: Path) -> None:
    (tmp_path / "f.xml").write_bytes(BODY)
    found = look((tmp_path / "f.xml").as_uri())
    assert (found.answer.again, found.answer.on_disk, found.seen.items) == (Again.NOT_ASKED, True, 1)
    for name in ("none.xml", "."):
        with pytest.raises(FetchError, match="cannot be read"):
            look((tmp_path / name).as_uri())


def test_what_is_no_feed_is_an_error_and_asked_for_once(site: Server) -> None:
    site.routes["/"] = (200, {"ETag": '"1"'}, b"<html><body>Hello</body></html>")
    with pytest.raises(FeedError, match="web page"):
        look(site.url + "/")
    assert len(site.requests) == 1
