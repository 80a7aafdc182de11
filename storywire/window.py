"""Everything comparable in one analysis, as matrices: decides what is compared, and how centres of groups are kept.

Never decides what belongs together; `grouping` and `belonging` do.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from storywire.nouns import Article
from storywire.past import Matrix, Past
from storywire.rarity import Rarity
from storywire.sketch import Sketch

RUNNING_MEAN = 500  # vectors; what all recent news has in common says nothing about what belongs together

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class Window:
    """The past's kept articles first, then the batch's, one row each; `place` counts in the batch, `row` in both.

    `dense`, `raw` and `sparse` are float32, shape (rows, batch): the cosine of each row with each article of the batch,
    by vectors less the running mean, by vectors as they are, and by TF-IDF.
    """

    def __init__(self, past: Past, batch: Sequence[Article], sketches: Sequence[Sketch], vectors: Matrix) -> None:
        self.sketches = [k.sketch for k in past.kept] + list(sketches)
        self.ids = [k.article_id for k in past.kept] + [a.article_id for a in batch]
        self.titles = [k.title for k in past.kept] + [a.title for a in batch]
        times = [k.time for k in past.kept] + [a.time for a in batch]
        self.days = np.array([t.timestamp() / 86400 for t in times])
        self.offset = len(past.kept)
        self._past_vectors = past.vectors.reshape(-1, vectors.shape[1])
        self._raw = np.concatenate([self._past_vectors, vectors])
        self._dense = _centred(self._raw, self._past_vectors)
        languages = sorted({k.language for k in past.kept} | {a.language for a in batch})
        self.rarity = Rarity([k.sketch for k in past.kept], languages)
        everything = [s.terms for s in self.sketches]
        terms = np.unique(np.concatenate(everything)) if everything else np.empty(0, np.uint32)
        self._sparse = self.rarity.vectors(self.sketches, terms)
        self.raw = self._raw @ vectors.T
        self.dense = self._dense @ self._dense[self.offset :].T
        self.sparse = (self._sparse @ self._sparse[self.offset :].T).toarray()

    def cosines_with_means(self, groups: Sequence[Rows]) -> tuple[Floats, Floats]:
        """Cosine of every row with the mean of each group of rows: dense and sparse, float64, shape (rows, groups)."""
        of = np.concatenate([np.full(len(rows), i) for i, rows in enumerate(groups)] or [np.empty(0, np.intp)])
        rows = np.concatenate([*groups, np.empty(0, np.intp)]).astype(np.intp)
        member = csr_matrix((np.ones(len(rows), np.float32), (of, rows)), shape=(len(groups), len(self.ids)))
        dense, sparse = member @ self._raw, member @ self._sparse
        dense_norms = np.linalg.norm(dense, axis=1)
        sparse_norms = np.sqrt(np.asarray(sparse.power(2).sum(axis=1)).ravel())
        return (
            (self._raw @ dense.T) / np.maximum(dense_norms, 1e-9),
            (self._sparse @ sparse.T).toarray() / np.maximum(sparse_norms, 1e-9),
        )

    def row(self, place: int) -> int:
        """The row of the batch's article at `place`."""
        return self.offset + place


class Centres:
    """Groups of rows by their mean vectors, dense and sparse, growing as articles of the batch are added.

    `of` holds the group of each row, -1 for none. The centres themselves are never built: what is asked of them follows
    from the cosines between rows.
    """

    def __init__(self, window: Window, of: Rows, count: int, *, centred: bool) -> None:
        self.of, self.count = of, count
        self._window = window
        self._cosines = window.dense if centred else window.raw
        known = np.flatnonzero(of >= 0)
        shape = (count, len(of))
        member = csr_matrix((np.ones(len(known), np.float32), (of[known], known)), shape=shape)
        rows = window._dense if centred else window._raw
        self._dense_norms = list(((member @ rows) ** 2).sum(axis=1))
        self._sparse_norms = list(np.asarray((member @ window._sparse).power(2).sum(axis=1)).ravel())

    def similarity(self, place: int) -> tuple[Floats, Floats]:
        """Cosine of the batch's article at `place` with each group's mean: dense and sparse, shape (count,)."""
        dense, sparse = self._sums(place)
        return (
            dense / np.sqrt(np.maximum(self._dense_norms, 1e-9)),
            sparse / np.sqrt(np.maximum(self._sparse_norms, 1e-9)),
        )

    def _sums(self, place: int) -> tuple[Floats, Floats]:
        """The article's inner products with the sums of each group's vectors."""
        known = np.flatnonzero(self.of >= 0)
        groups = self.of[known]
        dense: Floats = np.bincount(groups, self._cosines[known, place], self.count).astype(np.float64)
        sparse: Floats = np.bincount(groups, self._window.sparse[known, place], self.count).astype(np.float64)
        return dense, sparse

    def add(self, place: int, group: int) -> None:
        """Put the batch's article at `place` into a group; the next number founds a new one."""
        if group == self.count:
            self.count += 1
            self._dense_norms.append(0.0)
            self._sparse_norms.append(0.0)
        dense, sparse = self._sums(place)
        self._dense_norms[group] += 2 * dense[group] + 1
        self._sparse_norms[group] += 2 * sparse[group] + 1
        self.of[self._window.row(place)] = group


def _centred(rows: Matrix, past: Matrix) -> Matrix:
    """The rows less the mean of the latest past ones, of unit length again; with little past, less of it is taken."""
    recent = past[-RUNNING_MEAN:]
    if not len(recent):
        return rows
    moved = rows - recent.mean(axis=0) * min(1.0, len(recent) / 100)
    norms = np.linalg.norm(moved, axis=1, keepdims=True)
    unit: Matrix = (moved / np.where(norms > 0, norms, 1)).astype(np.float32)
    return unit
