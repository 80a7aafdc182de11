"""Which storyline an article belongs to: decides by what stays the same over months and years.

Never compares with a storyline's last arrival, only with its core, so that a chain of small steps cannot lead away.
The core of a storyline that a person defined is its seeds; of one that Storywire found, its first reports.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from storywire.centres import Centres
from storywire.nouns import Definition
from storywire.parameters import StorylineParameters
from storywire.past import Core
from storywire.rules import Rules
from storywire.sketch import hashes
from storywire.text import words
from storywire.window import Floats, Rows, Window, membership

SHARED_BY = 0.8  # the share of a storyline's seeds that must hold a name for it to anchor the storyline
MIN_SEEDS_FOR_ANCHOR = 3  # what one or two texts have in common says little
CORE = 8  # reports; what a storyline is about is told by then, and more would let it drift
CORE_TERMS = 24  # of a core, by which it is found again


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
    """The storylines that people defined, and how well some rows fit them. Their cores are their seeds."""

    def __init__(
        self, window: Window, rows: Rows, definitions: Sequence[Definition], rules: Rules, p: StorylineParameters
    ) -> None:
        self._window, self._parameters = window, p
        self._place = {int(row): i for i, row in enumerate(rows)}
        self._seed_of = {member: d.storyline_id for d in definitions for member in d.member_ids}
        there = {d: [window.row_of[m] for m in d.member_ids if m in window.row_of] for d in definitions}
        seeds = [(d, np.array(members, np.intp)) for d, members in there.items() if members]
        self.ids = [d.storyline_id for d, _ in seeds]
        self._number = {storyline_id: i for i, storyline_id in enumerate(self.ids)}
        self._open = np.array([not rules.closed(s) for s in self.ids], bool)
        self._anchors = [_anchor(window, members) for _, members in seeds]
        self._scores, self._dense, self._sparse, self._gaps, self._held = self._measure(rows, [m for _, m in seeds])

    def number(self, storyline_id: str) -> int | None:
        """The number of a storyline; None where no one defined it, or none of its seeds is there."""
        return self._number.get(storyline_id)

    def seed_of(self, article_id: str) -> str | None:
        """The storyline of which an article is a seed."""
        return self._seed_of.get(article_id)

    def best(self, row: int) -> Fit | None:
        """The open named storyline that the article at a row fits best, whether well enough or not."""
        if not self._open.any():
            return None
        scores = np.where(self._open, self._scores[self._place[row]], -np.inf)
        best = int(np.argmax(scores))
        return self._fit(row, best, float(np.delete(scores, best).max(initial=0.0)))

    def seeded(self, row: int, storyline_id: str) -> Fit:
        """The fit of a seed with its own storyline, so that it can be explained like any other."""
        return replace(self._fit(row, self._number[storyline_id], 0.0), seed=True)

    def mean_score(self, rows: Rows, storyline_id: str) -> float:
        """The mean score of some rows with a storyline."""
        return float(self._scores[[self._place[int(r)] for r in rows], self._number[storyline_id]].mean())

    def _measure(self, rows: Rows, seeds: list[Rows]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Score, dense and sparse cosine, gap in years and anchor held, each of shape (rows, named storylines)."""
        window, p = self._window, self._parameters
        dense, sparse = window.cosines(rows, seeds)
        days = window.days[rows, None]
        first = np.array([window.days[members].min() for members in seeds])
        last = np.array([window.days[members].max() for members in seeds])
        gaps = np.maximum(0.0, np.maximum(first - days, days - last)) / 365.25
        held = np.ones(dense.shape)
        for i, anchor in enumerate(self._anchors):
            if anchor is not None:
                terms = hashes(words(anchor))
                held[:, i] = [bool(np.isin(terms, window.sketches[row].terms).all()) for row in rows]
        base = p.dense_weight * dense + (1 - p.dense_weight) * sparse
        return base * np.where(held > 0, 1.0, p.unanchored) / (1 + gaps / p.years), dense, sparse, gaps, held

    def _fit(self, row: int, i: int, runner_up: float) -> Fit:
        at = (self._place[row], i)
        return Fit(
            self.ids[i],
            float(self._scores[at]),
            float(self._dense[at]),
            float(self._sparse[at]),
            runner_up,
            self._anchors[i],
            bool(self._held[at]),
            float(self._gaps[at]),
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
    """The storylines that Storywire found, against a batch that stands at `rows`; they grow as its articles come."""

    def __init__(self, window: Window, rows: Rows, cores: dict[str, list[int]], p: StorylineParameters) -> None:
        """`cores` has the rows of each storyline's core, and is added to."""
        self._window, self._rows, self._parameters, self._cores = window, rows, p, cores
        self.ids = list(cores)
        self._number = {storyline_id: i for i, storyline_id in enumerate(self.ids)}
        member = membership([np.array(cores[s], np.intp) for s in self.ids], len(window.ids))
        sums = (member @ window.vectors, member @ window.words)
        self._centres = Centres(sums, (window.vectors[rows], window.words[rows]))

    def best(self, place: int, rules: Rules) -> Fit | None:
        """The open found storyline that the batch's article at `place` fits best, whether well enough or not."""
        if not self.ids:
            return None
        dense, sparse = self._centres.cosines(place, len(self.ids))
        weight = self._parameters.dense_weight
        scores = weight * dense + (1 - weight) * sparse
        for best in np.argsort(-scores, kind="stable"):
            if not rules.closed(self.ids[best]):
                runner_up = float(np.delete(scores, best).max(initial=0.0))
                return Fit(self.ids[best], float(scores[best]), float(dense[best]), float(sparse[best]), runner_up)
        return None

    def add(self, place: int, storyline_id: str) -> bool:
        """Put the batch's article at `place` into the core of a storyline, unless that is full; whether it was not."""
        if storyline_id not in self._number:
            self._number[storyline_id] = len(self.ids)
            self.ids.append(storyline_id)
        core = self._cores.setdefault(storyline_id, [])
        if len(core) >= CORE:
            return False
        core.append(int(self._rows[place]))
        self._centres.add(place, self._number[storyline_id])
        return True


def core(window: Window, storyline_id: str, rows: Sequence[int]) -> Core:
    """A found storyline's core, with the terms that weigh most in it."""
    sketches = [window.sketches[row] for row in rows]
    terms = np.unique(np.concatenate([np.empty(0, np.uint32), *(s.terms for s in sketches)]))
    held = np.sum([np.isin(terms, s.terms) for s in sketches], axis=0) if sketches else np.empty(0)
    heaviest = np.argsort(-held * window.rarity.weights(terms), kind="stable")[:CORE_TERMS]
    return Core(storyline_id, tuple(window.ids[row] for row in rows), np.sort(terms[heaviest]))
