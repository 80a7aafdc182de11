"""What the rows of groups come to, summed: decides what is summed anew when groups change.

Never decides who belongs to a group.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix, csr_matrix

from storywire.window import Floats, Growing, Rows, Window, membership, norms

COMMON = 0.01  # of all pairs of rows, the share that must both hold a word for it to be multiplied as in a full matrix
BLOCK = 8192  # groups; what fits into a processor is multiplied quicker than what does not
MOVED = 16  # one group in so many may have changed before all words are summed anew

_LEAST = 1e-9  # a square that is less is of nothing

Dense = npt.NDArray[np.float32]


class Sums:
    """Groups of a window's rows, by number and id, each with the sums of its rows' vectors and words.

    A change costs what the group costs: the words of all groups lie in one matrix that is fast to multiply and slow to
    make, and those of groups that changed since then beside it.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self.ids: list[str] = []
        self.number: dict[str, int] = {}
        self._rows: list[list[int]] = []
        self._changed, self._weighings = set[int](), 0
        self._vectors, self._counts, self._squares = Growing(), Growing(), Growing(np.float64)
        self._words, self._moved_words = list[csc_matrix](), csc_matrix((0, 1), dtype=np.float32)
        self._moved: list[int] = []  # groups that changed since `_words` was made

    def found(self, group_id: str) -> int:
        """Make a new group, without rows yet; returns its number."""
        self.number[group_id] = number = len(self.ids)
        self.ids.append(group_id)
        self._rows.append([])
        self._changed.add(number)
        return number

    def rows(self, group: int) -> Rows:
        """The rows of a group, in order."""
        return np.array(sorted(self._rows[group]), np.intp)

    def add(self, group: int, row: int) -> None:
        """Put a row into a group."""
        self._rows[group].append(row)
        self._changed.add(group)

    def put(self, group: int, rows: Sequence[int]) -> None:
        """Let a group be of these rows."""
        self._rows[group] = list(rows)
        self._changed.add(group)

    def follow(self, groups: Mapping[str, Sequence[int]]) -> None:
        """Let the groups be these, with these rows; those that are not among them are left without rows."""
        for group_id, rows in groups.items():
            number = self.number.get(group_id)
            number = self.found(group_id) if number is None else number
            if self._rows[number] != rows:
                self.put(number, rows)
        for group_id in self.number.keys() - groups.keys():
            if self._rows[self.number[group_id]]:
                self.put(self.number[group_id], ())

    def lengths(self, mean: Dense) -> tuple[Floats, Floats]:
        """The length of each group's sum, by vectors that are each less `mean`, and by words: shape (groups,)."""
        self._sum()
        vectors, counts, (squares, words) = self._vectors.rows, self._counts.rows, self._squares.rows.T
        less = squares - 2 * counts * (vectors @ mean) + counts**2 * float(mean @ mean)
        return np.sqrt(np.maximum(less, _LEAST)), np.sqrt(np.maximum(words, _LEAST))

    def of(self, groups: Sequence[int], mean: Dense) -> tuple[Dense, csr_matrix]:
        """The sums of some groups: of vectors that are each less `mean`, and of words, shapes (len(groups), ...)."""
        self._sum()
        which = np.array(groups, np.intp)
        vectors: Dense = self._vectors.rows[which] - self._counts.rows[which, None] * mean
        return vectors, self._member(groups) @ self._window.words

    def products(self, vectors: Dense, words: csr_matrix, mean: Dense) -> Iterator[tuple[int, Dense, Dense]]:
        """Inner products of a few rows with each group's sums, by vectors that are each less `mean`, and by words.

        They come for some thousand groups at a time, with the number of the first: two of shape (few, so many groups).
        """
        self._sum()
        if not len(vectors):
            return
        off, few, moved = vectors @ mean, words.tocsc(), np.array(self._moved, np.intp)
        among_moved = _inner(few, self._moved_words) if len(moved) else np.zeros((len(vectors), 0), np.float32)
        for block, start in enumerate(range(0, len(self.ids), BLOCK)):
            these = slice(start, start + BLOCK)
            dense = vectors @ self._vectors.rows[these].T - np.outer(off, self._counts.rows[these])
            sparse = np.zeros_like(dense)
            if block < len(self._words):
                sparse[:, : self._words[block].shape[0]] = _inner(few, self._words[block])
            here = slice(*np.searchsorted(moved, (start, start + BLOCK)))
            sparse[:, moved[here] - start] = among_moved[:, here]
            yield start, dense, sparse

    def _member(self, groups: Sequence[int]) -> csr_matrix:
        return membership([self._rows[group] for group in groups], len(self._window.ids))

    def _sum(self) -> None:
        """Sum what changed: all, where words weigh something else now."""
        if self._weighings != self._window.weighings:
            self._weighings, self._changed = self._window.weighings, set(range(len(self.ids)))
        more, wide = len(self.ids) - len(self._counts.rows), self._window.vectors.shape[1]
        for grown, shape in ((self._vectors, (more, wide)), (self._counts, (more,)), (self._squares, (more, 2))):
            grown.append(np.zeros(shape))
        if not self._changed:
            return
        self._moved, self._changed = sorted(self._changed.union(self._moved)), set()
        if len(self._moved) * MOVED >= len(self.ids):
            every = range(len(self.ids))
            self._words = [self._summed(every[start : start + BLOCK]) for start in every[::BLOCK]]
            self._moved = []
        self._moved_words = self._summed(self._moved)

    def _summed(self, groups: Sequence[int]) -> csc_matrix:
        """Sum the rows of some groups; returns the words."""
        which, member = np.array(groups, np.intp), self._member(groups)
        words, vectors = member @ self._window.words, member @ self._window.vectors
        self._vectors.rows[which], self._counts.rows[which] = vectors, np.diff(member.indptr)
        self._squares.rows[which] = np.stack([(vectors**2).sum(axis=1), norms(words) ** 2], axis=1)
        return words.tocsc()


def _inner(few: csc_matrix, many: csc_matrix) -> Dense:
    """The inner product of each of a few rows with each of many, shape (few, many).

    Words that most rows hold make nearly all of the work of a sparse product, and next to none of a full one.
    """
    each = np.diff(many.indptr)
    both = np.diff(few.indptr)[: len(each)].astype(np.float64) * each
    common = both > COMMON * few.shape[0] * many.shape[0]
    rare, common = np.flatnonzero((both > 0) & ~common), np.flatnonzero(common)
    found: Dense = (many[:, rare] @ few[:, rare].T.tocsc()).T.toarray()
    found += few[:, common].toarray() @ many[:, common].toarray().T
    return found
