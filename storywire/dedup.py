"""Which articles repeat another: decides exact and near duplicates, each with its evidence.

Never removes anything, and never compares with an article that is itself a duplicate. Precision first: a false merge
hides news, a miss only repeats it.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from storywire.nouns import Article, Duplicate, DuplicateKind
from storywire.past import Kept
from storywire.sketch import Hashes, Sketch
from storywire.text import words
from storywire.urls import host

MIN_SHINGLES = 20  # below some 25 words, shared wording is a formula, not a copy
MIN_CONTAINMENT = 0.7  # share of the shorter text's five-word runs that stand in the longer one
MIN_OWN = 0.4  # share of a text's own runs that must stand in what it repeats, where it is the longer one
MAX_CHANCE = 0.1  # what two texts of one publisher share by habit alone
MIN_NUMBERS_SHARED = 0.8  # a template ("Oil price on 3 May") shares its words, not its numbers
_TABLE_BITS = 22  # 4 MB; a batch's 180,000 shingles mark 4 % of it
_LOWER = np.uint32((1 << _TABLE_BITS) - 1)


class Repeats:
    """Finds, for articles of one batch in order, the kept one that each repeats.

    Exact: the same canonical address, or the same text to the letter after normalising. Near: containment of five-word
    shingles (Broder, "On the resemblance and containment of documents", 1997), exact over the window, not estimated.
    """

    def __init__(self, past: Sequence[Kept], batch: Sequence[Article], sketches: Sequence[Sketch]) -> None:
        self._headlines = [(k.url, k.title) for k in past] + [(a.url, a.title) for a in batch]
        self._ids = [k.article_id for k in past] + [a.article_id for a in batch]
        self._sketches = [k.sketch for k in past] + list(sketches)
        self._offset = len(past)
        self._by_url = {k.url: i for i, k in reversed(list(enumerate(past))) if k.url}
        self._by_fingerprint = {k.sketch.fingerprint: i for i, k in reversed(list(enumerate(past)))}
        self._kept = np.zeros(len(self._ids), bool)
        self._kept[: len(past)] = True
        self._sizes = np.array([len(s.shingles) for s in self._sketches])
        self._hashes, self._owners = _index(self._sketches, sketches)

    def verdict(self, place: int, article: Article, *, may_repeat: bool = True) -> Duplicate | None:
        """The verdict on the batch's article at `place`; without one it is kept, and later ones may repeat it.

        A seed may not repeat: a person named it as a member of its own.
        """
        found = (self._exact(article, place) or self._near(article, place)) if may_repeat else None
        if found is None:
            me = self._offset + place
            self._kept[me] = True
            self._by_fingerprint.setdefault(self._sketches[me].fingerprint, me)
            if article.url:
                self._by_url.setdefault(article.url, me)
        return found

    def _exact(self, article: Article, place: int) -> Duplicate | None:
        mine = self._sketches[self._offset + place]
        same_url = self._by_url.get(article.url or "")
        same_text = self._by_fingerprint.get(mine.fingerprint)
        if same_text is not None and not self._only_furniture(article, same_text):
            return Duplicate(article.article_id, self._ids[same_text], DuplicateKind.EXACT, 1.0, "the same text")
        if same_url is not None and not _another_report(mine, self._sketches[same_url]):
            evidence = f"the same address, {article.url}"
            return Duplicate(article.article_id, self._ids[same_url], DuplicateKind.EXACT, 1.0, evidence)
        return None

    def _only_furniture(self, article: Article, other: int) -> bool:
        """Whether one site gave one text for two headlines without a word in common: a consent wall, not a report."""
        url, title = self._headlines[other]
        same_site = bool(url and article.url) and host(url or "") == host(article.url or "")
        return same_site and not set(words(title)) & set(words(article.title))

    def _near(self, article: Article, place: int) -> Duplicate | None:
        mine = self._sketches[self._offset + place]
        if len(mine.shingles) < MIN_SHINGLES:
            return None
        starts = np.searchsorted(self._hashes, mine.shingles, "left")
        ends = np.searchsorted(self._hashes, mine.shingles, "right")
        owners = np.concatenate([self._owners[a:b] for a, b in zip(starts, ends, strict=True)])
        shared = np.bincount(owners, minlength=len(self._ids))
        smaller = np.minimum(self._sizes, len(mine.shingles))
        containment = np.where(self._kept & (smaller >= MIN_SHINGLES), shared / np.maximum(smaller, 1), 0.0)
        alike = np.flatnonzero(containment >= MIN_CONTAINMENT)
        for other in alike[np.argsort(-containment[alike], kind="stable")]:
            if shared[other] < MIN_OWN * len(mine.shingles) or self._only_furniture(article, int(other)):
                continue  # a round-up that holds a brief, word for word, is no copy of it
            if _numbers_agree(mine, self._sketches[other]):
                evidence = f"{shared[other]} of {smaller[other]} five-word runs of the shorter text stand in the other"
                score = round(float(containment[other]), 4)
                return Duplicate(article.article_id, self._ids[other], DuplicateKind.NEAR, score, evidence)
        return None


def _index(sketches: Sequence[Sketch], batch: Sequence[Sketch]) -> tuple[Hashes, npt.NDArray[np.intp]]:
    """The shingles of all sketches that the batch may hold too, sorted, each with the number of the sketch it is of.

    A table of the batch's lower bits drops nearly all others in one look; sorting them took 5 s at 16,000 articles.
    """
    wanted = np.zeros(1 << _TABLE_BITS, bool)
    for sketch in batch:
        wanted[sketch.shingles & _LOWER] = True
    shingles = [s.shingles[wanted[s.shingles & _LOWER]] for s in sketches]
    hashes = np.concatenate([*shingles, np.empty(0, np.uint32)])
    order = np.argsort(hashes, kind="stable")
    sizes = np.array([len(s) for s in shingles], np.intp)
    return hashes[order], np.repeat(np.arange(len(sizes)), sizes)[order]


def _another_report(one: Sketch, other: Sketch) -> bool:
    """Whether two texts of one address have so little in common that the address was given to another report."""
    smaller = min(len(one.shingles), len(other.shingles))
    return smaller >= MIN_SHINGLES and len(np.intersect1d(one.shingles, other.shingles)) < MAX_CHANCE * smaller


def _numbers_agree(one: Sketch, other: Sketch) -> bool:
    """Whether the text with fewer numbers has nearly all of them in common with the other."""
    fewer = min(len(one.numbers), len(other.numbers))
    return fewer == 0 or len(np.intersect1d(one.numbers, other.numbers)) >= MIN_NUMBERS_SHARED * fewer
