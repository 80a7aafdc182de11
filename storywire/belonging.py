"""Which found storyline a new event belongs to: decides by what its core, its first reports, is about.

Never compares with a storyline's last arrival, only with its core, so that a chain of small steps cannot lead away.
"""

from collections.abc import Sequence

import numpy as np

from storywire.centres import Centres
from storywire.named import Fit
from storywire.parameters import StorylineParameters
from storywire.past import Core
from storywire.rules import Rules
from storywire.window import Rows, Window, membership

CORE = 8  # reports; what a storyline is about is told by then, and more would let it drift
CORE_TERMS = 24  # of a core, by which it is found again


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
        scores = self._parameters.linked(dense, sparse)
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
