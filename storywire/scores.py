"""How good a grouping is, against a true one: decides how each measure is computed.

Never groups anything.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import comb


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and their harmonic mean, each 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where both are."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def bcubed(found: Sequence[Hashable], true: Sequence[Hashable]) -> Score:
    """B-cubed (Bagga and Baldwin, 1998): for each item, the share of its found group that truly is with it, and of its
    true group that was found with it; then the mean over all items. 1 for no items.
    """
    together = Counter(zip(found, true, strict=True))
    groups, classes, n = Counter(found), Counter(true), len(found)
    if not n:
        return Score(1.0, 1.0)
    precision = sum(count**2 / groups[group] for (group, _), count in together.items()) / n
    recall = sum(count**2 / classes[label] for (_, label), count in together.items()) / n
    return Score(precision, recall)


def pairwise(found: Sequence[Hashable], true: Sequence[Hashable]) -> Score:
    """The share of pairs found together that truly are, and of true pairs that were found; 1 where there is no pair."""
    right = sum(comb(count, 2) for count in Counter(zip(found, true, strict=True)).values())
    pairs_found = sum(comb(count, 2) for count in Counter(found).values())
    pairs_true = sum(comb(count, 2) for count in Counter(true).values())
    return Score(right / pairs_found if pairs_found else 1.0, right / pairs_true if pairs_true else 1.0)
