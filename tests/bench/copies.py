"""How long dedup takes, embedding apart, in a wide window and before a long history: decides what is timed.

    python -m tests.bench.copies [--window 40000] [--stored 1000000] [--articles 5120]

Never asserts anything. CPU time of this process; of the database also its threads'.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np

from storage.store import Store
from storywire.archive import Empty
from storywire.dedup import Repeats
from storywire.nouns import Article
from storywire.sketch import sketch
from tests.bench.news import News

BATCH = 256
_HISTORY = """
INSERT INTO private.article (article_id, url, title, text, language, published_precision, first_seen_at, run_id)
    SELECT 'old' || i, 'https://example.org/old/' || i, 'Old', 'Old', 'en', 'none', TIMESTAMP '2020-01-01', 'r'
    FROM range($count) AS t(i);
INSERT INTO private.feature
    SELECT 'old' || i, left(md5(i::VARCHAR), 16), '', '', '', '', [], [1] FROM range($count) AS t(i);
"""


class Texts(Empty):
    """The texts of the window's articles, made when they are asked for; beside the twins of a real store."""

    def __init__(self, news: News, store: Store) -> None:
        self._news, self._store, self.read = news, store, 0

    def twins(self, urls: Collection[str], fingerprints: Collection[str]) -> Any:
        """Of what is stored."""
        return self._store.twins(urls, fingerprints)

    def texts(self, ids: Collection[str]) -> dict[str, str]:
        """Each as it was made."""
        self.read += len(ids)
        return {i: self._news.text(*map(int, i.removeprefix("a").split("-"))) for i in ids}


def main() -> None:
    """Remember a window of kept articles, store a history, and time the verdicts on new ones."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.copies", description="Time dedup.")
    parser.add_argument("--window", type=int, default=40_000, help="events in the window, of two or three reports each")
    parser.add_argument("--stored", type=int, default=1_000_000, help="older articles in the database")
    parser.add_argument("--articles", type=int, default=5_120, help="new articles, of which one in ten is a copy")
    options = parser.parse_args()
    news = News()
    with tempfile.TemporaryDirectory() as folder:
        archive = Texts(news, _stored(Path(folder), options.stored))
        window = SimpleNamespace(ids=[], urls=[], titles=[], publishers=[], languages=[], sketches=[], days=np.empty(0))
        repeats = Repeats(window)  # type: ignore[arg-type]
        _remember(news, window, repeats, options.window)
        before = _memory()
        seconds, copies = _judged(news, window, repeats, archive, options)
    print(
        f"{len(window.ids):,} articles in the window, {options.stored:,} older ones stored, {options.articles:,} new:"
    )
    print(
        f"{1000 * seconds / options.articles:.2f} ms of CPU an article ({copies:,} copies, {archive.read:,} texts read)"
    )
    print(f"peak {before:,.0f} MB with the window, {_memory():,.0f} MB after")


def _stored(home: Path, count: int) -> Store:
    store = Store(home)
    store.feeds()
    with duckdb.connect(str(store.path)) as con:
        for statement in con.extract_statements(_HISTORY):
            con.execute(statement, {"count": count})
    return store


def _remember(news: News, window: SimpleNamespace, repeats: Repeats, events: int) -> None:
    for first in range(0, events, 1000):
        which = [(e, n) for e in range(first, min(first + 1000, events)) for n in range(news.reports(e))]
        for event, number in which:
            window.ids.append(f"a{event}-{number}")
            window.urls.append(f"https://example.org/{event}/{number}")
            window.titles.append("")
            window.publishers.append(None)
            window.languages.append("en")
            window.sketches.append(news.sketch(event, number))
        window.days = np.append(window.days, [news.time(*one).timestamp() / 86400 for one in which])
        repeats.remember(np.arange(len(window.ids) - len(which), len(window.ids)))


def _batches(news: News, events: int, count: int) -> Iterator[list[Article]]:
    for number in range(count // BATCH):
        yield news.batch(events, number, BATCH)[0]


def _judged(
    news: News, window: SimpleNamespace, repeats: Repeats, archive: Texts, options: argparse.Namespace
) -> tuple[float, int]:
    """Seconds of CPU, and how many copies were found. Sketches are made by the rest of the analysis too: not timed."""
    seconds, copies = 0.0, 0
    for batch in _batches(news, options.window, options.articles):
        sketches = [sketch(a.title, a.text) for a in batch]
        rows = np.arange(len(window.ids), len(window.ids) + len(batch))
        window.ids += [a.article_id for a in batch]
        window.urls += [a.url for a in batch]
        window.titles += [a.title for a in batch]
        window.publishers += [a.publisher for a in batch]
        window.languages += [a.language for a in batch]
        window.sketches += sketches
        window.days = np.append(window.days, [a.time.timestamp() / 86400 for a in batch])
        begun = time.process_time()
        repeats.expect(rows, {a.article_id: a.text for a in batch}, archive)
        copies += sum(repeats.verdict(int(row)) is not None for row in rows)
        repeats.learn(rows)
        seconds += time.process_time() - begun
    return seconds, copies


def _memory() -> float:
    """The most memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
