"""What analyses decided, kept in this process: decides what of it the next one is given, as storage does elsewhere.

Never analyses anything. Evaluation and tests stream articles through it.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from storywire.nouns import Article, Assignment, Definition, Storyline
from storywire.past import Analysis, Kept, Matrix, Past


class Memory:
    """All verdicts so far, with the named storylines that were defined at the start."""

    def __init__(self, definitions: Sequence[Definition] = ()) -> None:
        self._definitions = tuple(definitions)
        self._unsettled = frozenset(d.storyline_id for d in definitions)
        self._storylines = {d.storyline_id: Storyline(d.storyline_id, d.name, pinned=True) for d in definitions}
        self._articles: dict[str, Article] = {}
        self._kept: dict[str, Kept] = {}
        self._rows: dict[str, Matrix] = {}
        self._canonical: dict[str, str] = {}

    def past(self, since: datetime) -> Past:
        """The kept articles first seen at or after `since`, and all seeds."""
        seeds = {member for d in self._definitions for member in d.member_ids}
        ids = [i for i in self._kept if i in seeds or self._articles[i].first_seen_at >= since]
        vectors = np.stack([self._rows[i] for i in ids]) if ids else np.zeros((0, 0), np.float32)
        storylines = tuple(self._storylines.values())
        return Past(tuple(self._kept[i] for i in ids), vectors, storylines, self._definitions, self._unsettled)

    def learn(self, articles: Sequence[Article], vectors: Matrix, analysis: Analysis) -> None:
        """Keep the verdicts on a batch; `vectors` is float32, shape (len(articles), dimensions)."""
        by_id = {a.article_id: (a, row) for a, row in zip(articles, vectors, strict=True)}
        for assignment in analysis.assignments:
            article, row = by_id[assignment.article_id]
            self._articles[article.article_id] = article
            self._rows[article.article_id] = row
            self._kept[article.article_id] = _kept(article, assignment, analysis)
        for moved in analysis.moved:
            self._kept[moved.article_id] = _moved(self._kept[moved.article_id], moved)
        self._canonical.update({d.article_id: d.canonical_id for d in analysis.duplicates})
        self._storylines.update({s.storyline_id: s for s in analysis.storylines})
        self._unsettled = frozenset()

    def event_of(self, article_id: str) -> str:
        """The event of an article, or of the one that it repeats."""
        return self._kept[self._canonical.get(article_id, article_id)].event_id

    def storyline_of(self, article_id: str) -> str:
        """The storyline of an article, or of the one that it repeats."""
        return self._kept[self._canonical.get(article_id, article_id)].storyline_id


def _kept(one: Article, verdict: Assignment, analysis: Analysis) -> Kept:
    where = (verdict.event_id, verdict.storyline_id)
    sketch = analysis.sketches[one.article_id]
    return Kept(one.article_id, one.url, one.title, one.publisher, one.language, one.time, *where, sketch)


def _moved(kept: Kept, verdict: Assignment) -> Kept:
    same = (kept.article_id, kept.url, kept.title, kept.publisher, kept.language, kept.time)
    return Kept(*same, verdict.event_id, verdict.storyline_id, kept.sketch)
