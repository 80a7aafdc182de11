"""Which articles repeat another: decides exact and near duplicates, each with its evidence.

Never removes anything, and never compares with an article that is itself a duplicate. Precision first: a false merge
hides news, a miss only repeats it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from storywire.nouns import Duplicate, DuplicateKind
from storywire.sketch import Hashes, Sketch
from storywire.text import words
from storywire.urls import host
from storywire.window import Rows, Window

MIN_SHINGLES = 20  # below some 25 words, shared wording is a formula, not a copy
MIN_CONTAINMENT = 0.7  # share of the shorter text's five-word runs that stand in the longer one
MIN_OWN = 0.4  # share of a text's own runs that must stand in what it repeats, where it is the longer one
MAX_CHANCE = 0.1  # what two texts of one publisher share by habit alone
MIN_NUMBERS_SHARED = 0.8  # a template ("Oil price on 3 May") shares its words, not its numbers
_TABLE_BITS = 22  # 4 MB; a batch's 180,000 shingles mark 4 % of it
_LOWER = np.uint32((1 << _TABLE_BITS) - 1)


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
        self._shingles: list[tuple[Hashes, npt.NDArray[np.intp]]] = []  # with the row that each is of
        self._sizes = np.zeros(0, np.intp)

    def remember(self, rows: Rows) -> None:
        """Take in new rows of kept articles, to be repeated from now on."""
        self._reach(rows)
        for row in rows:
            self._keep(int(row))

    def expect(self, rows: Rows) -> None:
        """Take in new rows of a batch, and look up the shingles that any of its articles may share."""
        self._reach(rows)
        self._hashes, self._owners = self._shared_with([self._window.sketches[row] for row in rows])

    def _reach(self, rows: Rows) -> None:
        sketches = [self._window.sketches[row] for row in rows]
        sizes = np.array([len(s.shingles) for s in sketches], np.intp)
        self._kept = np.append(self._kept, np.zeros(len(rows), bool))
        self._sizes = np.append(self._sizes, sizes)
        hashes = np.concatenate([np.empty(0, np.uint32), *(s.shingles for s in sketches)])
        self._shingles.append((hashes, np.repeat(rows, sizes)))

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
        starts = np.searchsorted(self._hashes, mine.shingles, "left")
        ends = np.searchsorted(self._hashes, mine.shingles, "right")
        owners = np.concatenate([self._owners[a:b] for a, b in zip(starts, ends, strict=True)])
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

    def _shared_with(self, batch: Sequence[Sketch]) -> tuple[Hashes, npt.NDArray[np.intp]]:
        """The shingles of all rows that the batch may hold too, sorted, each with its row.

        A table of the batch's lower bits drops nearly all others in one look; sorting them took 5 s at 16,000 articles.
        """
        wanted = np.zeros(1 << _TABLE_BITS, bool)
        for sketch in batch:
            wanted[sketch.shingles & _LOWER] = True
        found = [(hashes, owners, wanted[hashes & _LOWER]) for hashes, owners in self._shingles]
        hashes = np.concatenate([np.empty(0, np.uint32), *(h[mask] for h, _, mask in found)])
        order = np.argsort(hashes, kind="stable")
        owners = np.concatenate([np.empty(0, np.intp), *(o[mask] for _, o, mask in found)])
        return hashes[order], owners[order]


def _another_report(one: Sketch, other: Sketch) -> bool:
    """Whether two texts of one address have so little in common that the address was given to another report."""
    smaller = min(len(one.shingles), len(other.shingles))
    return smaller >= MIN_SHINGLES and len(np.intersect1d(one.shingles, other.shingles)) < MAX_CHANCE * smaller


def _numbers_agree(one: Sketch, other: Sketch) -> bool:
    """Whether the text with fewer numbers has nearly all of them in common with the other."""
    fewer = min(len(one.numbers), len(other.numbers))
    return fewer == 0 or len(np.intersect1d(one.numbers, other.numbers)) >= MIN_NUMBERS_SHARED * fewer
