"""Groups by the sums of their members: decides how the cosine with a group's centre is had without building it.

Never decides who belongs to a group.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from storywire.window import Floats, norms

Dense = npt.NDArray[np.float32]


class Centres:
    """Inner products of a batch's articles with the sums of groups, kept true as articles are added and groups founded.

    A centre is the direction of a sum, so a cosine with it follows from inner products: x.S / (|x| |S|).
    """

    def __init__(self, sums: tuple[Dense, csr_matrix], batch: tuple[Dense, csr_matrix]) -> None:
        """Sums of groups, shape (groups, ...), and the batch, shape (articles, ...): by vectors and by words each."""
        (dense, sparse), (vectors, words) = sums, batch
        groups, articles = len(dense), len(vectors)
        self._dense = np.zeros((groups + articles, articles), np.float32)
        self._sparse = np.zeros_like(self._dense)
        self._dense[:groups] = dense @ vectors.T
        self._sparse[:groups] = (sparse @ words.T).toarray()
        self._dense_squares = np.append(np.einsum("ij,ij->i", dense, dense), np.zeros(articles, np.float32))
        self._sparse_squares = np.append(norms(sparse) ** 2, np.zeros(articles))
        self._dense_own, self._sparse_own = vectors @ vectors.T, (words @ words.T).toarray()
        self._lengths = np.sqrt(np.maximum(np.diagonal(self._dense_own), 1e-9))

    def cosines(self, place: int, count: int) -> tuple[Floats, Floats]:
        """Cosine of the batch's article at `place` with the centres of the first `count` groups: by vectors, by words.

        Float64, shape (count,).
        """
        dense = self._dense[:count, place] / self._lengths[place]
        return (
            dense / np.sqrt(np.maximum(self._dense_squares[:count], 1e-9)),
            self._sparse[:count, place] / np.sqrt(np.maximum(self._sparse_squares[:count], 1e-9)),
        )

    def add(self, place: int, group: int) -> None:
        """Put the batch's article at `place` into a group."""
        self._dense_squares[group] += 2 * self._dense[group, place] + self._dense_own[place, place]
        self._sparse_squares[group] += 2 * self._sparse[group, place] + self._sparse_own[place, place]
        self._dense[group] += self._dense_own[place]
        self._sparse[group] += self._sparse_own[place]
