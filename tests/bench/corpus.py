"""The pages of the benchmark: decides which are served, and how many distinct articles are made of them.

Never times anything.
"""

import gzip
import html
import multiprocessing
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from tests.server import Answer, serving

TESTS = Path(__file__).resolve().parent.parent
REAL = TESTS.parent.parent / "shared/data/pages/article_extraction_benchmark/html"
COPIES = 10  # one article in so many keeps the wording of another, so that there are copies to find
FEED = "/feed.xml"
_TEXT_NODE = re.compile(r"(?is)<(script|style)\b.*?</\1|(?<=>)[^<>]{60,}(?=<)")
_TITLE = re.compile(r"<title[^>]*>([^<]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Corpus:
    """Pages, and where they come from, in words."""

    name: str
    pages: tuple[str, ...]


def corpus(folder: Path = REAL) -> Corpus:
    """The pages in a folder (.html or .html.gz, in UTF-8); without it, the suite's own texts, each as a bare page."""
    files = sorted(folder.glob("*.html*")) if folder.is_dir() else []
    if not files:
        return Corpus("the suite's own texts as bare pages (there are no real pages here)", tuple(_own_texts()))
    found = [gzip.decompress(f.read_bytes()) if f.suffix == ".gz" else f.read_bytes() for f in files]
    return Corpus(f"{len(found)} real news pages", tuple(page.decode("utf-8", "replace") for page in found))


def _own_texts() -> Iterator[str]:
    for file in sorted((TESTS / "data").glob("*.toml")):
        for report in tomllib.loads(file.read_text(encoding="utf-8")).get("report", []):
            title = html.escape(report["title"])
            text = "".join(f"<p>{html.escape(p, quote=False)}</p>" for p in report["text"].strip().split("\n\n"))
            head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
            yield f"<!doctype html><html>{head}<body><article><h1>{title}</h1>{text}</article></body></html>"


def variant(page: str, number: int) -> str:
    """Another article on the same subject: the words of each longer piece of text in another order, but the last.

    So no run of five words stays, and it is not a copy; but its markup, length and vocabulary do, and so what it costs
    to extract, to embed and to group. Number 0 is the page itself.
    """
    if number == 0:
        return page
    random = Random(number)

    def shuffled(node: re.Match[str]) -> str:
        words = node[0].split()
        if node[1] or not words:
            return node[0]
        last = words.pop()
        random.shuffle(words)
        return " ".join([*words, last])

    return _TEXT_NODE.sub(shuffled, page)


def articles(pages: Sequence[str], count: int) -> Iterator[str]:
    """`count` distinct pages; one in COPIES has the wording of the one before it, under one more paragraph."""
    for number in range(count):
        if number % COPIES == COPIES - 1:
            extra = f"<p>A copy, as an agency's text stands on many sites: this is number {number} of them here.</p>"
            yield re.sub(r"</body>", f"{extra}</body>", _article(pages, number - 1), count=1, flags=re.IGNORECASE)
        else:
            yield _article(pages, number)


def _article(pages: Sequence[str], number: int) -> str:
    return variant(pages[number % len(pages)], number // len(pages))


def _routes(pages: Sequence[str], count: int, now: datetime) -> dict[str, Answer]:
    """A feed, and the pages that it lists, a minute apart."""
    routes: dict[str, Answer] = {}
    items = []
    for number, page in enumerate(articles(pages, count)):
        title = _TITLE.search(page)
        words = html.escape(html.unescape(title[1]).strip()) if title else f"Page {number}"
        at = format_datetime(now - timedelta(minutes=number))
        items.append(f"<item><title>{words}</title><link>/{number}.html</link><pubDate>{at}</pubDate></item>")
        routes[f"/{number}.html"] = (200, {"Content-Type": "text/html; charset=utf-8"}, page.encode())
    feed = f'<rss version="2.0"><channel><title>Bench</title>{"".join(items)}</channel></rss>'
    routes[FEED] = (200, {"Content-Type": "application/rss+xml"}, feed.encode())
    return routes


def _serve(given: Corpus, count: int, parent: Connection) -> None:
    with serving(_routes(given.pages, count, datetime.now(UTC))) as server:
        parent.send(server.url)
        parent.recv()


@contextmanager
def served(given: Corpus, count: int) -> Iterator[str]:
    """The address of a feed of `count` articles, served by a process of its own, so that its work is not counted."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(given, count, theirs), daemon=True)
    process.start()
    theirs.close()  # so that its end is noticed here
    try:
        yield ours.recv() + FEED
    finally:
        ours.send(None)
        process.join()
