"""Feeds from many loopback addresses, in a process of its own: decides what each holds, and counts who asked how often.

Never changes a document. Run as `python -m tests.bench.feedserver FEEDS`; prints its port. `/count` tells, and begins
anew.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import ClassVar

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOSTS = 100
_WORDS = """harbour council bridge ferry market orchard valley signal river quarry lantern meadow tariff glacier turbine
festival archive lighthouse tramway reservoir workshop vineyard station parliament hospital the of and a in to for with
on after before said plans opens closes delays votes repairs visits agrees warns counts""".split()


def address(number: int) -> str:
    """The host of a feed: Linux answers for all of 127.0.0.0/8 without being told to."""
    return f"127.0.{1 + number % HOSTS}.1"


def document(number: int) -> bytes:
    """RSS 2.0 of 20 to 40 items with HTML in them, some 30 to 60 kB."""
    draw = Random(number)
    items = "".join(_item(number, item, draw) for item in range(draw.randint(20, 40)))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Paper {number}</title><link>https://paper{number}.example/</link><language>en</language>"
        f"<description>News of {number}</description>\n{items}</channel></rss>"
    ).encode()


def _item(number: int, item: int, draw: Random) -> str:
    def words(count: int) -> str:
        return " ".join(draw.choices(_WORDS, k=count)).capitalize()

    link = f"https://paper{number}.example/2026/07/{item}-{'-'.join(draw.choices(_WORDS, k=4))}"
    texts = "".join(f'<p>{words(45)}, <a href="{link}#{n}">{words(3)}</a> &amp; {words(30)}.</p>' for n in range(2))
    picture = f'<img src="https://paper{number}.example/{item}.jpg" alt="{words(4)}" width="640" height="360">'
    dated = format_datetime(NOW - timedelta(hours=3 * item, minutes=draw.randint(0, 59)), usegmt=True)
    return (
        f'<item><title>{words(9)}</title><link>{link}</link><guid isPermaLink="false">{number}-{item}</guid>'
        f"<pubDate>{dated}</pubDate><dc:creator>{words(2)}</dc:creator><category>{words(1)}</category>"
        f"<description><![CDATA[{picture}{texts}]]></description></item>\n"
    )


class Served(asyncio.Protocol):
    """One connection. Only the lines that matter are read: the server must not be what is measured."""

    feeds: tuple[bytes, ...] = ()
    counts: ClassVar[dict[str, int]] = {"200": 0, "304": 0}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._had = transport, b""

    def data_received(self, data: bytes) -> None:
        self._had += data
        while (end := self._had.find(b"\r\n\r\n")) >= 0:
            request, self._had = self._had[:end], self._had[end + 4 :]
            self._transport.write(self._answer(request))  # type: ignore[attr-defined]

    def _answer(self, request: bytes) -> bytes:
        path, headers = request.split(b" ", 2)[1], request.lower()
        if path == b"/count":
            told = json.dumps(Served.counts).encode()
            Served.counts = dict.fromkeys(Served.counts, 0)
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(told), told)
        number = path.rsplit(b"/", 1)[1]
        tag = b'"v-%s"' % number
        given = b"ETag: %s\r\nLast-Modified: Wed, 01 Jul 2026 11:00:00 GMT\r\n" % tag
        # If-None-Match goes before If-Modified-Since (RFC 9110, 13.1.3), and both clients send both
        if b"\r\nif-none-match: " + tag in headers:
            Served.counts["304"] += 1
            return b"HTTP/1.1 304 Not Modified\r\n%s\r\n" % given
        Served.counts["200"] += 1
        body = Served.feeds[int(number)]
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\nContent-Length: %d\r\n%s\r\n"
        return head % (len(body), given) + body


async def serve(feeds: int) -> None:
    """Until it is ended."""
    Served.feeds = tuple(map(document, range(feeds)))
    loop = asyncio.get_running_loop()
    first = await loop.create_server(Served, address(0), 0, backlog=1024)
    port = first.sockets[0].getsockname()[1]
    others = [address(number) for number in range(1, HOSTS)]
    await loop.create_server(Served, others, port, backlog=1024)
    size = sum(map(len, Served.feeds)) / feeds
    print(json.dumps({"port": port, "kB": size / 1000}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
