"""Which articles repeat another: decides exact and near duplicates, each with its evidence.

Never removes anything, and never compares with an article that is itself a duplicate. Precision first: a false merge
hides news, a miss only repeats it.
"""

import numpy as np
import numpy.typing as npt

from storywire.nouns import Duplicate, DuplicateKind
from storywire.sketch import Hashes, Sketch
from storywire.text import words
from storywire.urls import host
from storywire.window import Rows, Window, ranges

MIN_SHINGLES = 20  # below some 25 words, shared wording is a formula, not a copy
MIN_CONTAINMENT = 0.7  # share of the shorter text's five-word runs that stand in the longer one
MIN_OWN = 0.4  # share of a text's own runs that must stand in what it repeats, where it is the longer one
MAX_CHANCE = 0.1  # what two texts of one publisher share by habit alone
MIN_NUMBERS_SHARED = 0.8  # a template ("Oil price on 3 May") shares its words, not its numbers
_MANY = 32  # of all shingles, one in so many may wait to be sorted in among them
_ROW = np.uint64(32)  # bits of a row's number, behind a shingle's
_LAST = np.uint64((1 << 32) - 1)


class Repeats:
    """Finds, for articles of a window in order, the kept one that each repeats.

    Exact: the same canonical address, or the same text to the letter after normalising. Near: containment of five-word
    shingles (Broder, "On the resemblance and containment of documents", 1997), exact over the window, not estimated.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self._by_url: dict[str, int] = {}
        self._by_fingerprint: dict[str, int] = {}
        self._kept = np.zeros(0, bool)
        self._sizes = np.zeros(0, np.intp)
        # Shingles, each with its row behind it as one number, sorted: nearly all, and those that came since.
        self._shingles, self._fresh = np.zeros(0, np.uint64), np.zeros(0, np.uint64)

    def remember(self, rows: Rows) -> None:
        """Take in new rows of kept articles, to be repeated from now on."""
        self._reach(rows)
        for row in rows:
            self._keep(int(row))

    def expect(self, rows: Rows) -> None:
        """Take in new rows of a batch, and look up the shingles that any of its articles shares."""
        self._reach(rows)
        wanted = np.unique(np.concatenate([np.empty(0, np.uint32), *(self._window.sketches[r].shingles for r in rows)]))
        found = np.sort(np.concatenate([_those_of(wanted, among) for among in (self._shingles, self._fresh)]))
        self._hashes, self._owners = (found >> _ROW).astype(np.uint32), (found & _LAST).astype(np.intp)

    def _reach(self, rows: Rows) -> None:
        sketches = [self._window.sketches[row] for row in rows]
        sizes = np.array([len(s.shingles) for s in sketches], np.intp)
        self._kept = np.append(self._kept, np.zeros(len(rows), bool))
        self._sizes = np.append(self._sizes, sizes)
        hashes = np.concatenate([np.empty(0, np.uint32), *(s.shingles for s in sketches)])
        with_rows = (hashes.astype(np.uint64) << _ROW) | np.repeat(rows, sizes).astype(np.uint64)
        self._fresh = np.sort(np.concatenate([self._fresh, with_rows]))
        if len(self._fresh) * _MANY > len(self._shingles):
            both = np.concatenate([self._shingles, self._fresh])
            self._shingles, self._fresh = np.sort(both, kind="stable"), both[:0].copy()  # it merges what is sorted

    def _keep(self, row: int) -> None:
        self._kept[row] = True
        self._by_fingerprint.setdefault(self._window.sketches[row].fingerprint, row)
        if url := self._window.urls[row]:
            self._by_url.setdefault(url, row)

    def verdict(self, row: int, *, may_repeat: bool = True) -> Duplicate | None:
        """The verdict on the batch's article at a row; without one it is kept, and later ones may repeat it.

        A seed may not repeat: a person named it as a member of its own.
        """
        found = (self._exact(row) or self._near(row)) if may_repeat else None
        if found is None:
            self._keep(row)
        return found

    def _exact(self, row: int) -> Duplicate | None:
        window = self._window
        mine, url = window.sketches[row], window.urls[row]
        same_url = self._by_url.get(url or "")
        same_text = self._by_fingerprint.get(mine.fingerprint)
        if same_text is not None and not self._only_furniture(row, same_text):
            return Duplicate(window.ids[row], window.ids[same_text], DuplicateKind.EXACT, 1.0, "the same text")
        if same_url is not None and not _another_report(mine, window.sketches[same_url]):
            evidence = f"the same address, {url}"
            return Duplicate(window.ids[row], window.ids[same_url], DuplicateKind.EXACT, 1.0, evidence)
        return None

    def _only_furniture(self, row: int, other: int) -> bool:
        """Whether one site gave one text for two headlines without a word in common: a consent wall, not a report."""
        urls, titles = self._window.urls, self._window.titles
        same_site = bool(urls[row] and urls[other]) and host(urls[row] or "") == host(urls[other] or "")
        return same_site and not set(words(titles[row])) & set(words(titles[other]))

    def _near(self, row: int) -> Duplicate | None:
        window = self._window
        mine = window.sketches[row]
        if len(mine.shingles) < MIN_SHINGLES:
            return None
        owners = self._owners[ranges(*(np.searchsorted(self._hashes, mine.shingles, s) for s in ("left", "right")))]
        others, shared = np.unique(owners[self._kept[owners]], return_counts=True)
        smaller = np.minimum(self._sizes[others], len(mine.shingles))
        containment = np.where(smaller >= MIN_SHINGLES, shared / np.maximum(smaller, 1), 0.0)
        alike = np.flatnonzero(containment >= MIN_CONTAINMENT)
        for i in alike[np.argsort(-containment[alike], kind="stable")]:
            other = int(others[i])
            if shared[i] < MIN_OWN * len(mine.shingles) or self._only_furniture(row, other):
                continue  # a round-up that holds a brief, word for word, is no copy of it
            if _numbers_agree(mine, window.sketches[other]):
                evidence = f"{shared[i]} of {smaller[i]} five-word runs of the shorter text stand in the other"
                score = round(float(containment[i]), 4)
                return Duplicate(window.ids[row], window.ids[other], DuplicateKind.NEAR, score, evidence)
        return None


def _those_of(hashes: Hashes, among: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The entries of some sorted hashes among sorted shingles with their rows."""
    first = hashes.astype(np.uint64) << _ROW
    return among[ranges(np.searchsorted(among, first), np.searchsorted(among, first | _LAST, "right"))]


def _another_report(one: Sketch, other: Sketch) -> bool:
    """Whether two texts of one address have so little in common that the address was given to another report."""
    smaller = min(len(one.shingles), len(other.shingles))
    return smaller >= MIN_SHINGLES and len(np.intersect1d(one.shingles, other.shingles)) < MAX_CHANCE * smaller


def _numbers_agree(one: Sketch, other: Sketch) -> bool:
    """Whether the text with fewer numbers has nearly all of them in common with the other."""
    fewer = min(len(one.numbers), len(other.numbers))
    return fewer == 0 or len(np.intersect1d(one.numbers, other.numbers)) >= MIN_NUMBERS_SHARED * fewer
