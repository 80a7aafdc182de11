"""Which articles repeat another: decides exact and near duplicates, each with its evidence.

Never removes anything, and never compares with an article that is itself a duplicate. Precision first: a false merge
hides news, a miss only repeats it.
"""

from collections.abc import Sequence

import numpy as np

from storywire.nouns import Article, Duplicate, DuplicateKind
from storywire.past import Kept
from storywire.sketch import Sketch

MIN_SHINGLES = 20  # below some 25 words, shared wording is a formula, not a copy
MIN_CONTAINMENT = 0.7  # share of the shorter text's five-word runs that stand in the longer one
MAX_CHANCE = 0.1  # what two texts of one publisher share by habit alone
MIN_NUMBERS_SHARED = 0.8  # a template ("Oil price on 3 May") shares its words, not its numbers


class Repeats:
    """Finds, for articles of one batch in order, the kept one that each repeats.

    Exact: the same canonical address, or the same text to the letter after normalising. Near: containment of five-word
    shingles (Broder, "On the resemblance and containment of documents", 1997), exact over the window, not estimated.
    """

    def __init__(self, past: Sequence[Kept], batch: Sequence[Article], sketches: Sequence[Sketch]) -> None:
        self._ids = [k.article_id for k in past] + [a.article_id for a in batch]
        self._sketches = [k.sketch for k in past] + list(sketches)
        self._offset = len(past)
        self._by_url = {k.url: i for i, k in reversed(list(enumerate(past))) if k.url}
        self._by_fingerprint = {k.sketch.fingerprint: i for i, k in reversed(list(enumerate(past)))}
        self._kept = np.zeros(len(self._ids), bool)
        self._kept[: len(past)] = True
        self._sizes = np.array([len(s.shingles) for s in self._sketches])
        hashes = np.concatenate([s.shingles for s in self._sketches] or [np.empty(0, np.uint32)])
        order = np.argsort(hashes, kind="stable")
        self._hashes = hashes[order]
        self._owners = np.repeat(np.arange(len(self._ids)), self._sizes)[order]

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
        if same_text is not None:
            return Duplicate(article.article_id, self._ids[same_text], DuplicateKind.EXACT, 1.0, "the same text")
        if same_url is not None and not _another_report(mine, self._sketches[same_url]):
            evidence = f"the same address, {article.url}"
            return Duplicate(article.article_id, self._ids[same_url], DuplicateKind.EXACT, 1.0, evidence)
        return None

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
            if _numbers_agree(mine, self._sketches[other]):
                evidence = f"{shared[other]} of {smaller[other]} five-word runs of the shorter text stand in the other"
                score = round(float(containment[other]), 4)
                return Duplicate(article.article_id, self._ids[other], DuplicateKind.NEAR, score, evidence)
        return None


def _another_report(one: Sketch, other: Sketch) -> bool:
    """Whether two texts of one address have so little in common that the address was given to another report."""
    smaller = min(len(one.shingles), len(other.shingles))
    return smaller >= MIN_SHINGLES and len(np.intersect1d(one.shingles, other.shingles)) < MAX_CHANCE * smaller


def _numbers_agree(one: Sketch, other: Sketch) -> bool:
    """Whether the text with fewer numbers has nearly all of them in common with the other."""
    fewer = min(len(one.numbers), len(other.numbers))
    return fewer == 0 or len(np.intersect1d(one.numbers, other.numbers)) >= MIN_NUMBERS_SHARED * fewer
