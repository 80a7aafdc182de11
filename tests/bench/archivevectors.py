"""The vectors of an invented archive: decides how alike reports are in meaning. Never looks at their words.

What is imitated is all-MiniLM-L6-v2 on the 176 reports of tests/data/storylines.jsonl, which are 35 storylines: there
cosines of reports of different storylines are 0.10, 0.18 and 0.25 (quartiles; 5 and 95 %: 0.00 and 0.37), and of one
storyline 0.26, 0.40 and 0.51 (0.07 and 0.66); the mean vector has the length 0.45; of the variance 9 % lie along the
first principal axis, 2.7 % along the eighth, 0.8 % along the 32nd, 0.4 % along the 64th. These here have, in the same
order, 0.08, 0.17 and 0.25 (-0.04 and 0.36); 0.39, 0.46 and 0.52 (0.28 and 0.61); 0.41; 6.5, 2.5, 0.7 and 0.3 %; and of
one event 0.75, 0.79 and 0.82. `python -m tests.bench.archivevectors` prints that.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from tests.bench.archiveplan import Ints, Plan, plan

Matrix = npt.NDArray[np.float32]

DIMENSIONS = 384
# Shares of the squared length: what all news have in common, the topic, the storyline, the event, the report.
ALL, TOPIC, STORYLINE, EVENT, REPORT = 0.15, 0.06, 0.24, 0.33, 0.22


class Vectors:
    """A unit vector for each report of a plan."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self._plan, self._seed = plan, seed

    @cached_property
    def _axes(self) -> npt.NDArray[np.float64]:
        """Principal axes in an arbitrary direction, the first ones much longer than the last."""
        random = np.random.default_rng((self._seed, 10))
        turned = np.linalg.qr(random.standard_normal((DIMENSIONS, DIMENSIONS)))[0]
        lengths = (np.arange(DIMENSIONS) + 5) ** -0.6
        return np.asarray(lengths[:, None] / np.linalg.norm(lengths) * turned)

    def of(self, numbers: Ints) -> Matrix:
        """The vectors of these reports, float32, shape (len(numbers), DIMENSIONS)."""
        plan = self._plan
        lines = plan.storyline[numbers]
        each = [(ALL, np.zeros_like(numbers)), (TOPIC, plan.topic[lines]), (STORYLINE, lines)]
        each += [(EVENT, plan.event[numbers]), (REPORT, numbers)]
        parts = [np.sqrt(share) * self._drawn(kind, which) for kind, (share, which) in enumerate(each)]
        found = np.sum(parts, axis=0)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def _drawn(self, kind: int, which: Ints) -> npt.NDArray[np.float64]:
        """A vector of length 1 or so for each number; the same number has the same one in every batch."""
        unique, place = np.unique(which, return_inverse=True)
        drawn = [np.random.default_rng((self._seed, 11, kind, n)).standard_normal(DIMENSIONS) for n in unique.tolist()]
        return np.asarray((np.stack(drawn) @ self._axes)[place])


def main() -> None:
    """Print the statistics that the docstring has of the model."""
    made = plan(20_000, 0)
    pick = np.flatnonzero(made.storyline < 2000)[:3000]
    vectors, events, lines = Vectors(made, 0).of(pick), made.event[pick], made.storyline[pick]
    above = np.triu_indices(len(pick), 1)
    cosines = (vectors @ vectors.T)[above]
    event, line = ((of[:, None] == of)[above] for of in (events, lines))
    for name, which in (("event", event), ("storyline", line & ~event), ("other", ~line)):
        print(f"{name:10}", *np.percentile(cosines[which], [5, 25, 50, 75, 95]).round(2))
    variances = np.linalg.svd(vectors - vectors.mean(0), compute_uv=False) ** 2
    print("mean      ", np.linalg.norm(vectors.mean(0)).round(2))
    print("variances ", *(variances[[0, 7, 31, 63]] / variances.sum()).round(4))


if __name__ == "__main__":
    main()
