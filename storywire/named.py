"""Whether an article belongs to a storyline that a person defined: decides by what stays the same over years.

Never compares with a storyline's last arrival, so that a chain of small steps cannot lead away: half of what it is
compared with are always the seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix

from storywire.names import anchor, holds, name_vectors
from storywire.nouns import Definition
from storywire.parameters import StorylineParameters
from storywire.rules import Rules
from storywire.window import Floats, Rows, Window, norms

SURE = 30  # latest sure reports that stand beside the seeds: names and offices change over years
HELD_BY = 0.4  # of seeds and sure reports, the share that must hold a word or name for it to count as what they share


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an article fits a storyline's core. `score` is what the threshold is held against."""

    storyline_id: str
    score: float
    dense: float
    words: float
    runner_up: float  # the score of the next best storyline of the same kind
    names: float = 0.0
    anchor: str | None = None  # the rarest name that the seeds share
    anchored: bool = True  # the article holds it, or there is none
    gap_years: float = 0.0
    named: bool = False  # a person defined the storyline
    seed: bool = False  # and named the article as one of its seeds


class Named:
    """The storylines that people defined, and how well some rows fit them.

    The core of one is its seeds and, weighing no more than these all together, its latest sure reports (`sure`, rows).
    Words weigh here by how common they are in their language, not in recent news: of a storyline that is much in the
    news, its own words would come to weigh nothing.
    """

    def __init__(
        self,
        window: Window,
        rows: Rows,
        definitions: Sequence[Definition],
        sure: Mapping[str, Sequence[int]],
        rules: Rules,
        p: StorylineParameters,
    ) -> None:
        self._window, self._parameters = window, p
        self._place = {int(row): i for i, row in enumerate(rows)}
        self._seed_of = {member: d.storyline_id for d in definitions for member in d.member_ids}
        seeds = {d.storyline_id: [window.row_of[m] for m in d.member_ids if m in window.row_of] for d in definitions}
        self.ids = [storyline_id for storyline_id, members in seeds.items() if members]
        self._number = {storyline_id: i for i, storyline_id in enumerate(self.ids)}
        self._open = np.array([not rules.closed(s) for s in self.ids], bool)
        self._measure(rows, [seeds[s] for s in self.ids], [[*sure.get(s, ())] for s in self.ids])

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

    def is_sure(self, fit: Fit) -> bool:
        """Whether an article fits so well, and so much better than elsewhere, that it may speak for the storyline."""
        clear = fit.score - fit.runner_up >= self._parameters.sure
        return clear and fit.score >= self._parameters.accept + self._parameters.sure

    def mean_score(self, rows: Rows, storyline_id: str) -> float:
        """The mean score of some rows with a storyline."""
        return float(self._scores[[self._place[int(r)] for r in rows], self._number[storyline_id]].mean())

    def _measure(self, rows: Rows, seeds: list[list[int]], sure: list[list[int]]) -> None:
        """All scores and what they are made of, each float64, shape (rows, named storylines)."""
        window, p = self._window, self._parameters
        every = np.unique(np.concatenate([rows, *seeds, *sure]).astype(np.intp))
        sketches = [window.sketches[row] for row in every]
        mine, weights = np.searchsorted(every, rows), _weights(every, seeds, sure)
        dense = weights @ window.vectors[every]
        self._dense = (window.vectors[rows] @ dense.T).astype(np.float64) / np.maximum(
            np.linalg.norm(dense, axis=1), 1e-9
        )
        least = np.array([min(len(each), 2) for each in seeds], np.intp)
        self._words = _cosines(window.common.vectors(sketches), mine, weights, least)
        self._names = _cosines(name_vectors(sketches), mine, weights, least)
        members = [np.array([*a, *b], np.intp) for a, b in zip(seeds, sure, strict=True)]
        first = np.array([window.days[m].min() for m in members])
        last = np.array([window.days[m].max() for m in members])
        days = window.days[rows, None]
        self._gaps = np.maximum(0.0, np.maximum(first - days, days - last)) / 365.25
        self._anchors = [anchor([window.sketches[row] for row in each], window.common.weights) for each in seeds]
        self._held = np.array(
            [[a is None or holds(window.sketches[row], a) for a in self._anchors] for row in rows], bool
        ).reshape(self._dense.shape)
        score = p.mixed(self._dense, self._words, self._names) * np.where(self._held, 1.0, p.unanchored)
        self._scores = score / (1 + self._gaps / p.years)

    def _fit(self, row: int, i: int, runner_up: float) -> Fit:
        at = (self._place[row], i)
        measured = [float(each[at]) for each in (self._scores, self._dense, self._words, self._names, self._gaps)]
        score, dense, words, names, gap = measured
        held = bool(self._held[at])
        return Fit(self.ids[i], score, dense, words, runner_up, names, self._anchors[i], held, gap, named=True)


def _weights(every: Rows, seeds: list[list[int]], sure: list[list[int]]) -> csr_matrix:
    """What each of `every` row counts in each core, float32: 1 for a seed, at most that for a sure report."""
    shares = [min(1.0, len(a) / len(b)) if b else 0.0 for a, b in zip(seeds, sure, strict=True)]
    values = [v for a, b, share in zip(seeds, sure, shares, strict=True) for v in (*[1.0] * len(a), *[share] * len(b))]
    members = [[*a, *b] for a, b in zip(seeds, sure, strict=True)]
    places = np.searchsorted(every, np.array([row for each in members for row in each], np.intp))
    starts = np.cumsum([0, *map(len, members)])
    return csr_matrix((np.array(values, np.float32), places, starts), shape=(len(members), len(every)))


def _cosines(features: csr_matrix, rows: Rows, weights: csr_matrix, least: Rows) -> Floats:
    """Cosine of some rows with each core, of which only what `least` of its members or more share is kept.

    To ask two of the core of a single seed would leave what the seed shares with each sure report: next to nothing.
    """
    cores, held = weights @ features, weights @ (features > 0).astype(np.float32)
    members = np.asarray(weights.sum(axis=1)).ravel()
    enough = np.maximum(least, HELD_BY * members)[:, None] - 1e-6
    shared = csr_matrix(cores.multiply(held.multiply(1 / enough) >= 1))
    found: Floats = (features[rows] @ shared.T).toarray() / np.maximum(norms(shared), 1e-9)
    return found
