"""Feeds on loopback addresses whose items come while they are polled: decides what they list, and notes when.

Never changes a report once it is listed. Each feed has an address of its own, so each is a host of its own.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from time import time
from typing import Any

from wordfreq import top_n_list

KEPT = 30  # items that a feed lists, the newest
SENTENCES, WORDS = 14, 16


@dataclass(frozen=True)
class Report:
    """One report as one feed lists it; `original` is the number of the report whose text it has."""

    number: int
    feed: int
    original: int
    title: str
    text: str
    at: datetime


@dataclass
class NewsWeb:
    """`feeds` feeds. `shown` says when an item was first part of what a feed answered, in seconds of the clock."""

    feeds: int
    seed: int
    port: int = 0
    reports: list[Report] = field(default_factory=list)
    shown: dict[int, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._words = [word for word in top_n_list("en", 30_000) if word.isalpha() and len(word) > 3]

    def address(self, feed: int) -> str:
        """The feed's address."""
        return f"http://{_host(feed)}:{self.port}/feed.xml"

    def url(self, report: Report) -> str:
        """Where a report's page is."""
        return f"http://{_host(report.feed)}:{self.port}/{report.number}"

    def publish(self, count: int = 1, copies: float = 0.2) -> list[Report]:
        """So many more reports, on feeds drawn at random; a share of them repeats the text of an earlier one."""
        with self.lock:
            return [self._one(self._random.random() < copies) for _ in range(count)]

    def _one(self, copy: bool) -> Report:
        number, feed = len(self.reports), self._random.randrange(self.feeds)
        recent = [r for r in self.reports[-200:] if r.feed != feed and r.original == r.number]
        if copy and recent:
            source = self._random.choice(recent)
            made = Report(number, feed, source.number, source.title, source.text, datetime.now(UTC))
        else:
            made = Report(number, feed, number, *self._written(number), datetime.now(UTC))
        self.reports.append(made)
        return made

    def _written(self, number: int) -> tuple[str, str]:
        """Headline and text, of forty words of its own among those that all use: no two tell of the same."""
        own, random = self._random.sample(self._words[2000:], 40), self._random

        def words(count: int) -> list[str]:
            return [random.choice(own if random.random() < 0.6 else self._words[:1500]) for _ in range(count)]

        said = [
            f"{' '.join(words(WORDS)).capitalize()}, {random.randrange(9999)} {words(1)[0]}." for _ in range(SENTENCES)
        ]
        paragraphs = [" ".join(said[start : start + 3]) for start in range(0, SENTENCES, 3)]
        return " ".join(words(7)).capitalize(), "\n\n".join(paragraphs)

    def document(self, feed: int) -> bytes:
        """What a feed answers now."""
        with self.lock:
            listed = [r for r in self.reports if r.feed == feed][-KEPT:]
            for report in listed:
                self.shown.setdefault(report.number, time())
        items = "".join(
            f"<item><title>{escape(r.title)}</title><link>{self.url(r)}</link><guid>report-{r.number}</guid>"
            f"<pubDate>{format_datetime(r.at, usegmt=True)}</pubDate></item>"
            for r in reversed(listed)
        )
        return (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>Paper {feed}</title><language>en</language>'
            f"<link>http://{_host(feed)}:{self.port}/</link><description>News</description>{items}</channel></rss>"
        ).encode()

    def page(self, number: int) -> bytes:
        """The page of a report."""
        report = self.reports[number]
        told = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in report.text.split("\n\n"))
        return (
            f'<!doctype html><html lang="en"><head><title>{escape(report.title)}</title></head>'
            f"<body><article><h1>{escape(report.title)}</h1>{told}</article></body></html>"
        ).encode()


def _host(feed: int) -> str:
    """Linux answers for all of 127.0.0.0/8 without being told to."""
    return f"127.{10 + feed // 250}.{1 + feed % 250}.1"


@contextmanager
def serving(web: NewsWeb) -> Iterator[NewsWeb]:
    """Serve it for the time of a `with` block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.strip("/")
            if name == "feed.xml":
                second, third = map(int, self.connection.getsockname()[0].split(".")[1:3])
                self._answer(200, "application/rss+xml", web.document((second - 10) * 250 + third - 1))
            elif name.isdecimal() and int(name) < len(web.reports):
                self._answer(200, "text/html; charset=utf-8", web.page(int(name)))
            else:
                self._answer(404, "text/plain", b"not found")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response_only(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Local(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def verify_request(self, request: Any, client_address: Any) -> bool:
            return bool(client_address[0].startswith("127."))

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that was killed

    http = Local(("", 0), Handler)
    web.port = http.server_address[1]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
