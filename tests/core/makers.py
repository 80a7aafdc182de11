"""Small articles and memories for tests of decisions: `now` is fixed, vectors are the hashed words of a text."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from storywire.nouns import Article, Assignment, Definition, Precision, Published, Storyline
from storywire.past import Analysis, Kept, Matrix, Past
from storywire.sketch import hashes
from storywire.text import words

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DIMENSIONS = 64


def article(name: str, text: str, *, title: str = "", url: str | None = None, hours: float = 0.0) -> Article:
    """An article seen `hours` after NOW, published when it was seen."""
    at = NOW + timedelta(hours=hours)
    return Article(name, url, title or text[:40], text, "en", None, Published(at, Precision.SECOND, "feed"), at)


def vectors(articles: Sequence[Article]) -> Matrix:
    """Unit rows, float32, shape (len(articles), 64): texts that share words point the same way."""
    rows = np.zeros((len(articles), DIMENSIONS), np.float32)
    for row, each in zip(rows, articles, strict=True):
        np.add.at(row, hashes(words(f"{each.title} {each.text}")) % DIMENSIONS, 1.0)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


def nothing(definitions: Sequence[Definition] = ()) -> Past:
    """The memory of a new installation, with the storylines that people defined."""
    named = tuple(Storyline(d.storyline_id, d.name, pinned=True) for d in definitions)
    unsettled = frozenset(d.storyline_id for d in definitions)
    return Past((), np.zeros((0, DIMENSIONS), np.float32), named, tuple(definitions), unsettled)


def after(past: Past, articles: Sequence[Article], analysis: Analysis) -> Past:
    """The memory once an analysis is stored, as storage would give it back."""
    by_id = {a.article_id: a for a in articles}
    moved = {a.article_id: a for a in analysis.moved}
    stay = [_moved(kept, moved.get(kept.article_id)) for kept in past.kept]
    new = [_kept(by_id[a.article_id], a, analysis) for a in analysis.assignments]
    rows = vectors([by_id[a.article_id] for a in analysis.assignments])
    known = {s.storyline_id: s for s in (*past.storylines, *analysis.storylines)}
    return Past((*stay, *new), np.concatenate([past.vectors, rows]), tuple(known.values()), past.definitions)


def _kept(one: Article, verdict: Assignment, analysis: Analysis) -> Kept:
    where = (verdict.event_id, verdict.storyline_id)
    sketch = analysis.sketches[one.article_id]
    return Kept(one.article_id, one.url, one.title, one.publisher, one.language, one.time, *where, sketch)


def _moved(kept: Kept, verdict: Assignment | None) -> Kept:
    if verdict is None:
        return kept
    same = (kept.article_id, kept.url, kept.title, kept.publisher, kept.language, kept.time)
    return Kept(*same, verdict.event_id, verdict.storyline_id, kept.sketch)
