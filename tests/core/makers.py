"""Small articles and memories for tests of decisions: `now` is fixed, vectors are the hashed words of a text."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from storywire.analyse import analyse
from storywire.identity import entry_id
from storywire.memory import Memory
from storywire.nouns import Article, Definition, Entry, Precision, Published
from storywire.parameters import Parameters
from storywire.past import Matrix, Past
from storywire.sketch import hashes
from storywire.text import words

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DIMENSIONS = 64


def article(name: str, text: str, *, title: str = "", url: str | None = None, hours: float = 0.0) -> Article:
    """An article seen `hours` after NOW, published when it was seen."""
    at = NOW + timedelta(hours=hours)
    return Article(name, url, title or text[:40], text, "en", None, Published(at, Precision.SECOND, "feed"), at)


def feed_entry(n: int, feed_url: str, *, published: datetime | None = None, guid: str | None = None) -> Entry:
    """Item `n` of a feed, published when it says, or never."""
    when = Published(published, Precision.SECOND, "feed") if published else Published()
    itself = entry_id(feed_url, guid or str(n), None, None, None)
    return Entry(itself, feed_url, guid or str(n), f"{feed_url}/{n}", f"Item {n}", None, when, NOW, guid_trusted=True)


def vectors(articles: Sequence[Article]) -> Matrix:
    """Unit rows, float32, shape (len(articles), 64): texts that share words point the same way."""
    rows = np.zeros((len(articles), DIMENSIONS), np.float32)
    for row, each in zip(rows, articles, strict=True):
        told = [w for w in words(f"{each.title} {each.text}") if len(w) > 4]  # short words are in every text
        np.add.at(row, hashes(told) % DIMENSIONS, 1.0)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def nothing(definitions: Sequence[Definition] = ()) -> Past:
    """The memory of a new installation, with the storylines that people defined."""
    return Memory(definitions).past(NOW)


def after(definitions: Sequence[Definition], articles: Sequence[Article]) -> Past:
    """The memory once these articles are analysed."""
    memory, rows = Memory(definitions), vectors(articles)
    memory.learn(articles, rows, analyse(articles, rows, memory.past(NOW), Parameters()))
    return memory.past(NOW)
