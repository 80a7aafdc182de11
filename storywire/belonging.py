"""Which storyline an article belongs to: decides by what stays the same over months and years.

Never compares with a storyline's last arrival, only with its core, so that a chain of small steps cannot lead away.
The core of a storyline that a person defined is its seeds; of one that Storywire found, all of its reports.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from storywire.grouping import Events
from storywire.nouns import Definition
from storywire.parameters import StorylineParameters
from storywire.sketch import hashes
from storywire.text import words
from storywire.window import Centres, Floats, Rows, Window

SHARED_BY = 0.8  # the share of a storyline's seeds that must hold a name for it to anchor the storyline
MIN_SEEDS_FOR_ANCHOR = 3  # what one or two texts have in common says little


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an article fits a storyline's core. `score` is what the threshold is held against."""

    storyline_id: str
    score: float
    dense: float
    words: float
    runner_up: float  # the score of the next best storyline of the same kind
    anchor: str | None = None  # the rarest name that the seeds share
    anchored: bool = True  # the article holds it, or there is none
    gap_years: float = 0.0
    named: bool = False  # a person defined the storyline
    seed: bool = False  # and named the article as one of its seeds


class Named:
    """The storylines that people defined. Their cores are their seeds and do not move."""

    def __init__(self, window: Window, definitions: Sequence[Definition], parameters: StorylineParameters) -> None:
        self._window, self._parameters = window, parameters
        place = {article_id: row for row, article_id in enumerate(window.ids)}
        self._seed_of = {member: d.storyline_id for d in definitions for member in d.member_ids}
        seeds = [(d, np.array([place[m] for m in d.member_ids if m in place], np.intp)) for d in definitions]
        seeds = [(d, rows) for d, rows in seeds if len(rows)]
        self.ids = [d.storyline_id for d, _ in seeds]
        self._anchors = [_anchor(window, rows) for _, rows in seeds]
        self._scores, self._dense, self._sparse, self._gaps, self._held = self._measure([rows for _, rows in seeds])

    def seed_of(self, article_id: str) -> str | None:
        """The storyline of which an article is a seed."""
        return self._seed_of.get(article_id)

    def best(self, row: int) -> Fit | None:
        """The named storyline that the article at a row fits best, whether well enough or not."""
        if not self.ids:
            return None
        scores = self._scores[row]
        best = int(np.argmax(scores))
        return self._fit(row, best, float(np.delete(scores, best).max(initial=0.0)))

    def seeded(self, row: int, storyline_id: str) -> Fit:
        """The fit of a seed with its own storyline, so that it can be explained like any other."""
        return replace(self._fit(row, self.ids.index(storyline_id), 0.0), seed=True)

    def accepts(self, fit: Fit | None) -> bool:
        """Whether a fit is good enough."""
        return fit is not None and fit.score >= self._parameters.accept

    def mean_score(self, rows: Rows, storyline_id: str) -> float:
        """The mean score of some rows with a storyline."""
        return float(self._scores[rows, self.ids.index(storyline_id)].mean())

    def _measure(self, seeds: list[Rows]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Score, dense and sparse cosine, gap in years and anchor held, each of shape (rows, named storylines)."""
        window, p = self._window, self._parameters
        dense, sparse = window.cosines_with_means(seeds)
        days = window.days[:, None]
        first = np.array([window.days[rows].min() for rows in seeds])
        last = np.array([window.days[rows].max() for rows in seeds])
        gaps = np.maximum(0.0, np.maximum(first - days, days - last)) / 365.25
        held = np.ones(dense.shape)
        for i, anchor in enumerate(self._anchors):
            if anchor is not None:
                terms = hashes(words(anchor))
                held[:, i] = [bool(np.isin(terms, s.terms).all()) for s in window.sketches]
        base = p.dense_weight * dense + (1 - p.dense_weight) * sparse
        return base * np.where(held > 0, 1.0, p.unanchored) / (1 + gaps / p.years), dense, sparse, gaps, held

    def _fit(self, row: int, i: int, runner_up: float) -> Fit:
        return Fit(
            self.ids[i],
            float(self._scores[row, i]),
            float(self._dense[row, i]),
            float(self._sparse[row, i]),
            runner_up,
            self._anchors[i],
            bool(self._held[row, i]),
            float(self._gaps[row, i]),
            named=True,
        )


def _anchor(window: Window, rows: Rows) -> str | None:
    """The word of a name that most seeds hold, the rarest if several: the place, person or body that it is about."""
    if len(rows) < MIN_SEEDS_FOR_ANCHOR:
        return None
    held = Counter(word for row in rows for word in {w for name in window.sketches[row].names for w in words(name)})
    most = max(held.values(), default=0)
    shared = sorted(word for word, count in held.items() if count == most)
    if most < SHARED_BY * len(rows):
        return None
    weights = window.rarity.weights(hashes(shared))
    return shared[int(np.argmax(weights))]


class Found:
    """The storylines that Storywire found, growing as the batch's articles join or found them."""

    def __init__(self, window: Window, events: Events, named: Collection[str], parameters: StorylineParameters) -> None:
        self._parameters = parameters
        self.ids = list(dict.fromkeys(s for s in events.storylines if s not in named))
        place = {storyline_id: i for i, storyline_id in enumerate(self.ids)}
        of = np.full(len(window.ids), -1)
        of[: window.offset] = [place.get(events.storylines[e], -1) for e in events.of[: window.offset]]
        self._centres = Centres(window, of, len(self.ids), centred=False)

    def best(self, place: int) -> Fit | None:
        """The found storyline that the batch's article at `place` fits best, whether well enough or not."""
        if not self.ids:
            return None
        dense, sparse = self._centres.similarity(place)
        weight = self._parameters.dense_weight
        scores = weight * dense + (1 - weight) * sparse
        best = int(np.argmax(scores))
        runner_up = float(np.delete(scores, best).max(initial=0.0))
        return Fit(self.ids[best], float(scores[best]), float(dense[best]), float(sparse[best]), runner_up)

    def accepts(self, fit: Fit | None) -> bool:
        """Whether a fit is good enough."""
        return fit is not None and fit.score >= self._parameters.link

    def add(self, place: int, storyline_id: str) -> None:
        """Put the batch's article at `place` into a found storyline, a new one where the id is new."""
        if storyline_id not in self.ids:
            self.ids.append(storyline_id)
        self._centres.add(place, self.ids.index(storyline_id))
