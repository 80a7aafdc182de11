"""From an item in a feed to the alert at its receiver: how long that takes, in one process with the model loaded.

    python -m tests.bench.alerts [--arrivals 1000] [--at-once 10] [--json] [--write]

Each round, as many feeds as arrive at once, each on a host of its own, list one new item; its page is fetched, read,
embedded, compared and stored, the snapshot is published, and a webhook tells of it. A time is from the moment when the
feed's document was asked for to the moment when the receiver had the message. Never asserts anything.
"""

import argparse
import asyncio
import itertools
import json
import random
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from flows import cycle
from flows.house import House
from storage.store import Store
from storywire.nouns import Feed
from storywire.watchfile import watch_of
from tasks.embed import SentenceEncoder
from tasks.fetch import HttpFetcher
from tasks.notify import Channels
from tasks.targets import Targets
from tests.bench import report
from tests.receivers import SECRET
from tests.server import LOOPBACK, Request, Server, serving

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs/benchmarks.md"
BEGIN, END = "<!-- alerts -->\n", "<!-- end of alerts -->\n"
START = datetime(2026, 5, 4, 8, tzinfo=UTC)
AIM = 5.0  # seconds, p95
_SYLLABLES = [a + b for a, b in itertools.product("bdfgklmnprstv", ("a", "e", "i", "o", "u"))]


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.alerts", description="Time alerts from feed to receiver."
    )
    parser.add_argument("--arrivals", type=int, default=1000, help="items in all (default 1000)")
    parser.add_argument("--at-once", type=int, default=10, help="items a round, each of a feed of its own (default 10)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="also refresh the figures in docs/benchmarks.md")
    options = parser.parse_args()
    found = measured(options.arrivals, options.at_once)
    lines = table(found)
    print(json.dumps(found, indent=2) if options.json else lines)
    if options.write:
        command = f"python -m tests.bench.alerts --arrivals {options.arrivals} --at-once {options.at_once}"
        text = DOCUMENT.read_text("utf-8")
        head, rest = text.split(BEGIN)
        DOCUMENT.write_text(f"{head}{BEGIN}```\n$ {command}\n\n{lines}\n```\n{END}{rest.split(END)[1]}", "utf-8")


def measured(arrivals: int, at_once: int) -> dict[str, Any]:
    """Seconds from each arrival to its alert."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        paper = _Paper([stack.enter_context(serving(address=f"127.0.0.{n + 2}")) for n in range(at_once)])
        receiver = _Receiver(stack.enter_context(serving()))
        house = _house(Path(folder), receiver.server)
        house.store.add_feeds(
            [Feed(f"{server.url}/feed", START, START, publisher=server.url) for server in paper.servers]
        )
        house.store.add_watch(watch_of({"name": "bench", "target": "desk", "cool_down": "0"}, START))
        now, seconds = START, list[float]()
        for number in range(-2, -(-arrivals // at_once)):  # two rounds first: to read each feed, and to load all
            now += timedelta(hours=3)  # all feeds are due again; robots.txt is kept a day, as in life
            began = paper.publish(number, now)
            asyncio.run(cycle.whole(house, now, cycle.plain_steps(house, now)))
            told = receiver.told()
            seconds += [told[url] - began[url] for url in paper.urls if number >= 0 and url in told]
    cuts = quantiles(seconds, n=20)
    return {
        "machine": report.machine(),
        "arrivals": arrivals,
        "told": len(seconds),
        "p50": median(seconds),
        "p95": cuts[-1],
        "max": max(seconds),
    }


def table(found: dict[str, Any]) -> str:
    """The figures as a page shows them."""
    on = found["machine"]
    return "\n".join(
        (
            f"{on['cpu']}, {on['cores']} cores, load {on['load']} at the start, Python {on['Python']}",
            f"{found['told']:,} of {found['arrivals']:,} arrivals told",
            f"p50 {found['p50']:.2f} s   p95 {found['p95']:.2f} s (aim {AIM:g})   longest {found['max']:.2f} s",
        )
    )


def _house(home: Path, receiver: Server) -> House:
    target = f'kind = "webhook", url = "{receiver.url}/", secret = "{SECRET}"'
    store = Store(home)
    house = House(store, SentenceEncoder(None), lambda: HttpFetcher(allow_nets=LOOPBACK))
    channels = Channels(Targets(store.private, {"STORYWIRE_TARGET_DESK": target}), LOOPBACK)
    return replace(house, notifier=channels)


class _Paper:
    """Feeds on hosts of their own; each lists its latest item."""

    def __init__(self, servers: list[Server]) -> None:
        self.servers, self.urls = servers, list[str]()
        self._asked: dict[str, float] = {}

    def publish(self, number: int, now: datetime) -> dict[str, float]:
        """One new item in each feed. Returns when each will have been asked for, by its page's address."""
        self.urls, self._asked = [], {}
        for place, server in enumerate(self.servers):
            url = f"{server.url}/page{number}"
            title, text = _report(random.Random(f"{number} {place}"))
            at = f"<pubDate>{now:%a, %d %b %Y %H:%M:%S} GMT</pubDate>"
            item = f"<item><title>{title}</title><link>{url}</link>{at}</item>"
            feed = f'<rss version="2.0"><channel><title>Paper {place}</title>{item}</channel></rss>'.encode()
            page = f"<html><body><article><h1>{title}</h1>{text}</article></body></html>".encode()
            server.routes["/feed"] = lambda _, url=url, feed=feed: self._answer(url, feed)
            server.routes[f"/page{number}"] = (200, {"Content-Type": "text/html"}, page)
            self.urls.append(url)
        return self._asked

    def _answer(self, url: str, feed: bytes) -> tuple[int, dict[str, str], bytes]:
        self._asked[url] = time.monotonic()
        return 200, {"Content-Type": "application/rss+xml"}, feed


class _Receiver:
    """Notes when it had which message."""

    def __init__(self, server: Server) -> None:
        self.server, self._at = server, dict[str, float]()
        server.routes["/"] = self._take

    def _take(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        at = time.monotonic()
        for line in json.loads(request.body)["data"]["storylines"]:
            self._at |= {report["url"]: at for report in line["reports"]}
        return 204, {}, b""

    def told(self) -> dict[str, float]:
        """When each report was told, by its address."""
        return self._at


def _report(chance: random.Random) -> tuple[str, str]:
    """A report of its own, in words of its own."""
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(60)]
    sentences = [" ".join(chance.choices(words, k=12)).capitalize() + "." for _ in range(24)]
    paragraphs = "".join(f"<p>{' '.join(sentences[n : n + 3])}</p>" for n in range(0, len(sentences), 3))
    return " ".join(chance.choices(words, k=7)).capitalize(), paragraphs


if __name__ == "__main__":
    main()
