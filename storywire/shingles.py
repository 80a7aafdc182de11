"""Which texts may share wording: decides which pairs are worth a closer look, out of very many.

Never decides that one is a copy; `dedup` reads both texts for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from storywire.sketch import Hashes

MAX_HOLDERS = 64  # kept texts that hold a run of words; one that more hold is furniture, or a formula
_MERGE = 8  # what is new is sorted in once it is an eighth of what is there: each hash is moved a few times only

Rows = npt.NDArray[np.int32]


class Shingles:
    """Rows by the shingles that they hold, in sorted arrays that are looked up by bisection: 8 bytes a shingle."""

    def __init__(self, most: int = MAX_HOLDERS) -> None:
        self._most = most
        self._old, self._recent = _Sorted(), _Sorted()

    def add(self, rows: Sequence[int], sketches: Sequence[Hashes]) -> None:
        """Take in rows with the shingles of each."""
        if not rows:
            return
        sizes = [len(each) for each in sketches]
        new = _Sorted(np.concatenate(sketches), np.repeat(np.array(rows, np.int32), sizes))
        self._recent = self._recent.with_others(new)
        if len(self._recent.hashes) > len(self._old.hashes) / _MERGE:
            self._old, self._recent = self._old.with_others(self._recent), _Sorted()

    def holders(self, shingles: Hashes) -> tuple[Rows, npt.NDArray[np.intp]]:
        """The rows that hold any of these (unique) shingles, and how many of them each holds."""
        parts = (self._old, self._recent)
        telling = shingles[sum(each.counts(shingles) for each in parts) <= self._most]
        found = [each.holding(telling) for each in parts]
        return np.unique(np.concatenate(found), return_counts=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """Shingles in order, each with the row that holds it."""

    hashes: Hashes = field(default_factory=lambda: np.empty(0, np.uint32))
    rows: Rows = field(default_factory=lambda: np.empty(0, np.int32))

    def with_others(self, other: "_Sorted") -> "_Sorted":
        hashes = np.concatenate([self.hashes, other.hashes])
        order = np.argsort(hashes, kind="stable")  # timsort: merging what is in order is linear
        return _Sorted(hashes[order], np.concatenate([self.rows, other.rows])[order])

    def counts(self, shingles: Hashes) -> npt.NDArray[np.intp]:
        """How many rows hold each."""
        return np.searchsorted(self.hashes, shingles, "right") - np.searchsorted(self.hashes, shingles, "left")

    def holding(self, shingles: Hashes) -> Rows:
        """For each of the shingles the rows that hold it, one after the other."""
        starts = np.searchsorted(self.hashes, shingles, "left")
        counts = np.searchsorted(self.hashes, shingles, "right") - starts
        ends = np.cumsum(counts)
        within = np.arange(counts.sum()) - np.repeat(ends - counts, counts)
        held: Rows = self.rows[within + np.repeat(starts, counts)]
        return held
