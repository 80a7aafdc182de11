"""How long reading one document takes, and when it is ended: decides which documents are read, and what is counted.

    python -m tests.bench.bounds [--rounds 5] [--feeds FOLDER] [--corpus FOLDER] [--json] [--write]

Wall time inside a worker, as in a run; what is ended is timed from outside. Never asserts anything.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from storywire.errors import FetchError
from storywire.feeds import parse_feed
from storywire.pages import extract_page
from tasks.collect import read_page
from tasks.workers import FEED_DEADLINE, READING_DEADLINE, Workers
from tests.bench import report
from tests.bench.corpus import REAL, Corpus, corpus, variant
from tests.bench.reading import read

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs/benchmarks.md"
BEGIN, END = "<!-- bounds -->\n", "<!-- end of bounds -->\n"
FEEDS = REAL.parents[2] / "feeds/real"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
URL = "https://example.org/a"
SMALL = 3000  # bytes; smaller feeds are written by hand, for tests
ENDLESS_FEED = b'<rss version="2.0"><channel>' + b"<item><title>T</title><link>/a</link></item>" * 200_000
ENDLESS_PAGE = b"<html><body>" + b"<p>word word</p>" * 900_000
FEED_AIM, PAGE_AIM = 110, 45  # ms: p95 of feeds, p50 of pages


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bounds", description="Time the reading of documents.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of which medians are taken (default 5)")
    parser.add_argument("--feeds", type=Path, default=FEEDS, help="a folder of feeds")
    parser.add_argument("--corpus", type=Path, default=REAL, help="a folder of .html or .html.gz pages")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="also refresh the figures in docs/benchmarks.md")
    options = parser.parse_args()
    found = asyncio.run(_measured(_feeds(options.feeds), corpus(options.corpus), options.rounds))
    lines = table(found)
    print(json.dumps(found, indent=2) if options.json else lines)
    if options.write:
        write(f"$ python -m tests.bench.bounds --rounds {options.rounds}\n\n{lines}\n")


def _feeds(folder: Path) -> list[bytes]:
    """The feeds in a folder; without it, one of ours."""
    files = sorted(folder.rglob("*.*")) if folder.is_dir() else []
    found = [path.read_bytes() for path in files if path.is_file() and path.suffix != ".html"]
    return [body for body in found if len(body) > SMALL] or [ENDLESS_FEED[:10_000]]


async def _measured(feeds: Sequence[bytes], pages: Corpus, rounds: int) -> dict[str, Any]:
    on = report.machine()
    with Workers(1) as workers:
        feed_times = await _times(workers, rounds, [partial(_feed, body) for body in feeds])
        page_times = await _times(workers, rounds, [partial(_page, page) for page in pages.pages])
        feed_end = await _ended(workers, FEED_DEADLINE, parse_feed, ENDLESS_FEED, URL, NOW)
        page_end = await _ended(workers, READING_DEADLINE, extract_page, ENDLESS_PAGE, URL)
        began = time.perf_counter()
        page = await read_page(ENDLESS_PAGE, URL, "text/html", None, workers)
        in_all = time.perf_counter() - began
    return {
        "machine": on,
        "rounds": rounds,
        "feeds": feed_times,
        "pages": page_times,
        "ended": {"feed": feed_end, "page": page_end, "page_with_fallback": in_all if page.note else None},
    }


def _feed(body: bytes, number: int) -> tuple[Any, ...]:
    return parse_feed, body, URL, NOW


def _page(page: str, number: int) -> tuple[Any, ...]:
    """Another text each time: trafilatura remembers lines that it has seen."""
    return extract_page, variant(page, number).encode(), URL, "text/html; charset=utf-8"


async def _times(
    workers: Workers, rounds: int, documents: Sequence[Callable[[int], tuple[Any, ...]]]
) -> dict[str, float]:
    """Milliseconds over documents, each the median of its rounds, after one round that does not count."""
    took = []
    for given in documents:
        each = [(await workers.run(read, *given(number)))[2] for number in range(rounds + 1)]
        took.append(1000 * median(each[1:]))
    cuts = quantiles(took, n=100, method="inclusive") if len(took) > 1 else took * 99
    return {"documents": len(took), "p50": cuts[49], "p95": cuts[94], "max": max(took)}


async def _ended(workers: Workers, deadline: timedelta, function: Callable[..., Any], *args: Any) -> float | None:
    """Seconds until a document was given up, or None where it was read to its end."""
    began = time.perf_counter()
    try:
        await workers.run(function, *args, timeout=deadline)
    except FetchError:
        return time.perf_counter() - began
    return None


def table(found: dict[str, Any]) -> str:
    """All figures, each beside its aim, in 80 columns."""
    on, ended = found["machine"], found["ended"]
    lines = [
        f"{on['cpu']}, {on['cores']} cores, load {on['load']} at the start, Python {on['Python']}",
        f"medians of {found['rounds']} rounds",
        "",
        f"{'reading a document':24}{'p50':>11}{'p95':>11}{'max':>11}   aim",
        _row("a feed", found["feeds"], f"p95 {FEED_AIM} ms"),
        _row("a page", found["pages"], f"p50 {PAGE_AIM} ms"),
        "",
        f"{'one without end':24}{'ended after':>11}{'':25}aim",
        _end("a feed", ended["feed"], FEED_DEADLINE),
        _end("a page", ended["page"], READING_DEADLINE),
        _end("  and read simply", ended["page_with_fallback"], None),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _row(name: str, times: dict[str, float], aim: str) -> str:
    cells = "".join(f"{times[cut]:8.1f} ms" for cut in ("p50", "p95", "max"))
    label = f"{name}, of {times['documents']:.0f}"
    return f"{label:24}{cells}   {aim}"


def _end(name: str, seconds: float | None, aim: timedelta | None) -> str:
    took = f"{seconds:9.2f} s" if seconds is not None else "not ended"
    return f"{name:24}{took:>11}{'':25}{f'{aim.total_seconds():g} s' if aim else ''}"


def write(figures: str) -> None:
    """Put the table into the document, between its two marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    DOCUMENT.write_text(f"{before}```\n{figures}```\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
