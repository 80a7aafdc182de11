"""Everything comparable, as matrices that grow batch by batch: decides what is compared.

Never decides what belongs together; `grouping` and `belonging` do.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, vstack

from storywire.nouns import Article
from storywire.past import Kept, Matrix
from storywire.rarity import Rarity
from storywire.sketch import Sketch

RUNNING_MEAN = 500  # vectors; what all recent news has in common says nothing about what belongs together
FULL_MEAN = 100  # with fewer vectors than this, less of their mean is taken off
FULL_TEXT = 150  # words; shorter texts share fewer words by nature

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


class Window:
    """One row an article: those remembered first, then each batch's.

    `days` (float64) are times in days; `fullness` (float64) is 1 for a full text, less for a shorter one.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.titles: list[str] = []
        self.urls: list[str | None] = []
        self.publishers: list[str | None] = []
        self.languages: list[str] = []
        self.sketches: list[Sketch] = []
        self.row_of: dict[str, int] = {}
        self.days = np.empty(0)
        self.fullness = np.empty(0)
        self.rarity = Rarity()  # learns from articles
        self.common = Rarity()  # knows languages only
        self._vectors = Growing()
        self._counted = self._words = csr_matrix((0, 1), dtype=np.float32)
        self._learnt: Rows = np.empty(0, np.intp)

    def add(self, articles: Sequence[Article | Kept], sketches: Sequence[Sketch], vectors: Matrix) -> Rows:
        """New rows; returns their numbers. The words of all rows are weighed anew, by what has been learnt so far."""
        for rarity in (self.rarity, self.common):
            rarity.speak({a.language for a in articles})
        self._vectors.append(vectors)
        self._note(articles, sketches)
        return np.arange(len(self.ids) - len(articles), len(self.ids))

    def learn(self, rows: Rows) -> None:
        """Learn from some rows what is common: words, for the next to be added, and meaning."""
        self.rarity.learn([self.sketches[row] for row in rows])
        self._learnt = np.append(self._learnt, rows)

    def _note(self, articles: Sequence[Article | Kept], sketches: Sequence[Sketch]) -> None:
        self.row_of.update((a.article_id, len(self.ids) + i) for i, a in enumerate(articles))
        self.ids += [a.article_id for a in articles]
        self.titles += [a.title for a in articles]
        self.urls += [a.url for a in articles]
        self.publishers += [a.publisher for a in articles]
        self.languages += [a.language for a in articles]
        self.sketches += sketches
        self.days = np.append(self.days, [a.time.timestamp() / 86400 for a in articles])
        self.fullness = np.append(self.fullness, [min(1.0, float(s.counts.sum()) / FULL_TEXT) for s in sketches])
        counted = self.rarity.counted(sketches)
        self._counted.resize(self._counted.shape[0], counted.shape[1])
        self._counted = vstack([self._counted, counted], format="csr")
        self._words = self.rarity.weighed(self._counted)

    @property
    def vectors(self) -> Matrix:
        """The model's vectors, float32, shape (rows, dimensions), of unit length."""
        return self._vectors.rows

    @property
    def words(self) -> csr_matrix:
        """The words' weights, float32, shape (rows, words), of unit length."""
        return self._words

    def mean(self) -> npt.NDArray[np.float32]:
        """What the latest vectors that were learnt from have in common, shape (dimensions,)."""
        recent = self.vectors[self._learnt[np.argsort(self.days[self._learnt], kind="stable")[-RUNNING_MEAN:]]]
        if not len(recent):
            return np.zeros(self.vectors.shape[1], np.float32)
        common: npt.NDArray[np.float32] = recent.mean(axis=0) * min(1.0, len(recent) / FULL_MEAN)
        return common


class Growing:
    """A matrix that rows are appended to; each append costs what it adds, on average."""

    def __init__(self) -> None:
        self._data, self._count = np.empty((0, 0), np.float32), 0

    @property
    def rows(self) -> Matrix:
        """What it holds."""
        return self._data[: self._count]

    def append(self, rows: Matrix) -> None:
        """More rows. The first ones say how wide it is."""
        needed = self._count + len(rows)
        if needed > len(self._data):
            larger = np.empty((max(needed, 2 * self._count), rows.shape[1]), np.float32)
            larger[: self._count] = self.rows if self._count else larger[:0]
            self._data = larger
        if len(rows):
            self._data[self._count : needed] = rows
        self._count = needed


def membership(groups: Sequence[Rows], rows: int) -> csr_matrix:
    """1 where a row is in a group, float32, shape (groups, rows)."""
    members = np.concatenate([np.empty(0, np.intp), *groups]).astype(np.intp)
    starts = np.cumsum([0, *map(len, groups)])
    return csr_matrix((np.ones(len(members), np.float32), members, starts), shape=(len(groups), rows))


def norms(rows: csr_matrix) -> Floats:
    """The length of each row, float64."""
    of = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    found: Floats = np.sqrt(np.bincount(of, rows.data.astype(np.float64) ** 2, rows.shape[0]))
    return found


def products(rows: csr_matrix) -> npt.NDArray[np.float32]:
    """Inner products of a few rows with each other, dense; columns that they do not have cost nothing."""
    held, places = np.unique(rows.indices, return_inverse=True)
    few = csr_matrix((rows.data, places, rows.indptr), shape=(rows.shape[0], len(held)))
    found: npt.NDArray[np.float32] = (few @ few.T).toarray()
    return found
