"""Groups by the sums of their members: decides how the cosine with a group's centre is had without building it.

Never decides who belongs to a group.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_matrix

from storywire.sums import Dense, Sums
from storywire.window import Floats


class Centres:
    """Inner products of a batch's articles with the sums of groups, kept true as articles are added and groups founded.

    A centre is the direction of a sum, so a cosine with it follows from inner products: x.S / (|x| |S|).
    """

    def __init__(self, sums: Sums, vectors: Dense, words: csr_matrix, mean: Dense) -> None:
        """The batch by vectors, shape (articles, dimensions), each less `mean`, and by words."""
        more = (0, len(vectors))
        self._dense_lengths, self._sparse_lengths = (np.pad(each, more) for each in sums.lengths(mean))
        self._dense, self._sparse = (np.zeros((len(vectors), len(self._dense_lengths)), np.float32) for _ in range(2))
        for start, dense, sparse in sums.products(vectors, words, mean):
            self._dense[:, start : start + dense.shape[1]] = dense
            self._sparse[:, start : start + dense.shape[1]] = sparse
        self._dense_own, self._sparse_own = vectors @ vectors.T, (words @ words.T).toarray()
        self._own_lengths = np.sqrt(np.maximum(np.diagonal(self._dense_own), 1e-9))

    def cosines(self, place: int, count: int) -> tuple[Floats, Floats]:
        """Cosine of the batch's article at `place` with the centres of the first `count` groups: by vectors, by words.

        Float64, shape (count,).
        """
        return (
            self._dense[place, :count] / (self._dense_lengths[:count] * self._own_lengths[place]),
            self._sparse[place, :count] / self._sparse_lengths[:count],
        )

    def add(self, place: int, group: int) -> None:
        """Put the batch's article at `place` into a group."""
        for lengths, sums, own in (
            (self._dense_lengths, self._dense, self._dense_own),
            (self._sparse_lengths, self._sparse, self._sparse_own),
        ):
            square = lengths[group] ** 2 + 2 * sums[place, group] + own[place, place]
            lengths[group] = np.sqrt(max(square, 1e-9))
            sums[:, group] += own[place]


def likeness(sums: Sums, some: Sequence[int], mean: Dense) -> Iterator[tuple[int, Dense, Dense]]:
    """Cosines of the centres of some groups with those of all: by vectors, by words.

    As `Sums.products` for some thousand groups at a time.
    """
    dense_lengths, sparse_lengths = (each.astype(np.float32) for each in sums.lengths(mean))
    for start, dense, sparse in sums.products(*sums.of(some, mean), mean):
        these = slice(start, start + dense.shape[1])
        dense /= np.outer(dense_lengths[some], dense_lengths[these])
        sparse /= np.outer(sparse_lengths[some], sparse_lengths[these])
        yield start, dense, sparse
