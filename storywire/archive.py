"""What is stored and not in memory: decides what an analysis may look up there.

Never looks anything up: storage does, and `memory` in its place.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np

from storywire.past import Kept, Past
from storywire.sketch import Hashes

NOTHING = Past((), np.zeros((0, 0), np.float32), (), ())


class Archive(Protocol):
    """All kept articles and storylines, of any age."""

    def dormant(self, terms: Hashes, known: Collection[str]) -> Past:
        """Found storylines that are not among the known ones, by terms of their cores."""
        ...

    def twins(self, urls: Collection[str], fingerprints: Collection[str]) -> Sequence[Kept]:
        """The kept articles that have one of these addresses, or one of these texts."""
        ...

    def texts(self, ids: Collection[str]) -> Mapping[str, str]:
        """The texts of kept articles, by id."""
        ...


class Empty:
    """An Archive that holds nothing."""

    def dormant(self, terms: Hashes, known: Collection[str]) -> Past:
        """Nothing."""
        return NOTHING

    def twins(self, urls: Collection[str], fingerprints: Collection[str]) -> Sequence[Kept]:
        """Nothing."""
        return ()

    def texts(self, ids: Collection[str]) -> Mapping[str, str]:
        """Nothing."""
        return {}
