"""Which articles repeat another: decides exact and near duplicates, each with its evidence.

Never removes anything, and never compares with an article that is itself a duplicate. Precision first: a false merge
hides news, a miss only repeats it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from storywire.archive import Archive
from storywire.copying import Mask, Shared, Wording, shared, wording
from storywire.nouns import Duplicate, DuplicateKind
from storywire.retelling import Retellings
from storywire.shingles import Shingles
from storywire.sketch import SAMPLED, Sketch
from storywire.text import words
from storywire.urls import host
from storywire.window import Rows, Window

MIN_WORDS = 25  # in less, shared wording is a formula, not a copy
MIN_RUNS = 0.5  # share of the shorter text's five-word runs that stand in the other: it was taken over in pieces
MIN_COVERED = 0.88  # share of its words that stand in shared passages: it was taken over whole, and edited
MAX_APART = timedelta(days=3)  # between these; pieces that are shared later are a menu, or history
SHORT = 70  # words; in less, or where no capitals show which words are names, a form filled in anew looks like a copy
MIN_UNEDITED = 0.85  # so there, so many runs must stand in the other
MIN_NEWS = 15  # words that one publisher adds to its own text from which that is its next state
MIN_OWN = 0.5  # share of an article's own words that must stand in kept ones; else more than half of it is news
MAX_CONTRADICTION = 0.25  # share of the facts at the same places that differ: a template ("Oil price on 3 May")
MAX_WORDING = 0.2  # share of runs in common up to which one text may retell the other; with more, the wording decides
WORTH_A_LOOK = 0.1  # share of the smaller sample of shingles that two texts must share to be compared word by word
MAX_LOOKS = 8  # texts that an article is compared with word by word, the most promising ones
MAX_CHANCE = 0.1  # what two texts of one publisher share by habit alone


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What of a kept article says that another is the same."""

    article_id: str
    url: str | None
    title: str
    publisher: str | None
    sketch: Sketch

    @property
    def text_key(self) -> str:
        """The same for two articles of the same words; a few words, such as "Comments", need the same headline, too."""
        title = words(self.title)
        few = self.sketch.counts.sum() - len(title) < MIN_WORDS
        return f"{self.sketch.fingerprint} {' '.join(title)}" if few else self.sketch.fingerprint

    def is_by(self, other: "_Known") -> bool:
        """Whether both are of one site or publisher."""
        same_site = bool(self.url and other.url) and host(self.url or "") == host(other.url or "")
        return same_site or (self.publisher is not None and self.publisher == other.publisher)


class Repeats:
    """Finds, for articles of a window in order, the kept one that each repeats.

    Exact: the same canonical address, or the same text to the letter after normalising. Near: most of the shorter text
    stands in the longer one. A sample of five-word shingles says which texts are worth a look; both are then read.
    Semantic, where there are `retellings`: one text tells the other sentence by sentence.
    """

    def __init__(self, window: Window, retellings: Retellings | None = None) -> None:
        self._window, self._retellings = window, retellings
        self._by_url: dict[str, _Known] = {}
        self._by_text: dict[str, _Known] = {}
        self._kept: set[int] = set()
        self._index = Shingles()
        self._candidates: dict[int, list[int]] = {}
        self._texts: Mapping[str, str] = {}
        self._wordings: dict[int, Wording] = {}
        self._holds: dict[int, list[Duplicate]] = {}
        self._worded: dict[int, set[int]] = {}  # what each shares too much wording with to be a retelling of it

    def remember(self, rows: Rows) -> None:
        """Take in new rows of kept articles, to be repeated from now on."""
        for row in map(int, rows):
            self._keep(row)
        self._index.add(rows.tolist(), [self._window.sketches[row].shingles for row in rows])

    def expect(self, rows: Rows, said: Mapping[str, str], archive: Archive) -> None:
        """Take in new rows of a batch, with their texts by id, and look for what each may repeat."""
        ids, sketches = self._window.ids, self._window.sketches
        urls = {url for row in rows if (url := self._window.urls[row])}
        for kept in archive.twins(urls, {sketches[row].fingerprint for row in rows}):
            self._note(_Known(kept.article_id, kept.url, kept.title, kept.publisher, kept.sketch))
        self._holds.clear()
        self._worded.clear()
        batch = Shingles(len(rows))
        batch.add(rows.tolist(), [sketches[row].shingles for row in rows])
        self._candidates = {row: self._promising(row, batch) for row in map(int, rows)}
        before = {ids[row] for found in self._candidates.values() for row in found if ids[row] not in said}
        self._texts = {**said, **(archive.texts(sorted(before)) if before else {})}
        self._wordings.clear()
        if self._retellings:
            self._retellings.expect(rows, said, archive)

    def learn(self, rows: Rows) -> None:
        """Remember those of a batch that were kept, for later batches."""
        kept = [row for row in map(int, rows) if row in self._kept]
        self._index.add(kept, [self._window.sketches[row].shingles for row in kept])

    def _promising(self, row: int, batch: Shingles) -> list[int]:
        """Rows that share enough of an article's shingles, the most alike first."""
        sketches = self._window.sketches
        mine = sketches[row].shingles
        found: list[tuple[float, int]] = []
        for index, most in ((self._index, MAX_LOOKS), (batch, None)):  # of a batch it is not known yet what is kept
            near = []
            for other, count in zip(*index.holders(mine), strict=True):
                share = count / min(len(mine), len(sketches[other].shingles))
                if share >= WORTH_A_LOOK and other != row:
                    near.append((-share, int(other)))
            found += sorted(near)[:most]
        return [other for _, other in sorted(found)]

    def _keep(self, row: int) -> None:
        self._kept.add(row)
        self._note(self._known(row))

    def _note(self, kept: _Known) -> None:
        self._by_text.setdefault(kept.text_key, kept)
        if kept.url:
            self._by_url.setdefault(kept.url, kept)

    def _known(self, row: int) -> _Known:
        window = self._window
        said = (window.urls[row], window.titles[row], window.publishers[row])
        return _Known(window.ids[row], *said, window.sketches[row])

    def verdict(self, row: int, *, may_repeat: bool = True) -> Duplicate | None:
        """The verdict on the batch's article at a row; without one it is kept, and later ones may repeat it.

        A seed may not repeat: a person named it as a member of its own.
        """
        found = (self._exact(row) or self._near(row) or self._retold(row)) if may_repeat else None
        if found is None:
            self._keep(row)
        return found

    def _exact(self, row: int) -> Duplicate | None:
        mine = self._known(row)
        same_text = self._by_text.get(mine.text_key)
        same_url = self._by_url.get(mine.url or "")
        if same_text is not None and not _only_furniture(mine, same_text):
            return Duplicate(mine.article_id, same_text.article_id, DuplicateKind.EXACT, 1.0, "the same text")
        if same_url is not None and not _another_report(mine, same_url):
            evidence = f"the same address, {mine.url}"
            return Duplicate(mine.article_id, same_url.article_id, DuplicateKind.EXACT, 1.0, evidence)
        return None

    def _near(self, row: int) -> Duplicate | None:
        """The kept article of which most stands in this one, or the other way round, if little else stands in it."""
        looks = list(self._looks(row))
        self._worded[row] = {other for other, found in looks if found.runs > MAX_WORDING}
        alike = [(other, found) for other, found in looks if found.contradiction <= MAX_CONTRADICTION]
        copied = [(other, found) for other, found in alike if self._is_copied(row, other, found)]
        copied = [one for one in copied if not _only_furniture(self._known(row), self._known(one[0]))]
        if not copied:
            return None
        own: Mask = np.logical_or.reduce([found.mine for _, found in alike])  # of two texts on one page, both count
        verdicts = [self._copy(row, other, found) for other, found in copied]
        if own.mean() < MIN_OWN or (np.sum(~own) >= MIN_NEWS and self._is_next_state(row, [o for o, _ in copied])):
            self._holds[row] = verdicts
            return None
        return max(verdicts, key=lambda verdict: verdict.similarity)

    def _retold(self, row: int) -> Duplicate | None:
        if self._retellings is None or row in self._holds:
            return None
        others = self._retellings.candidates(row)
        return self._retellings.verdict(row, [o for o in others if o in self._kept and o not in self._worded[row]])

    def _is_next_state(self, row: int, others: Sequence[int]) -> bool:
        """Whether a publisher tells its own report again, with news: an update, or the next state of a live blog."""
        mine = self._known(row)
        return any(mine.is_by(self._known(other)) for other in others)

    def _copy(self, row: int, other: int, found: Shared) -> Duplicate:
        ids = self._window.ids
        return Duplicate(ids[row], ids[other], DuplicateKind.NEAR, round(_likeness(found), 4), _evidence(found))

    def holds(self, row: int) -> Sequence[Duplicate]:
        """What a kept article of the batch holds besides its own news: kept ones, each as if it were a copy of it."""
        return self._holds.get(row, ())

    def _is_copied(self, row: int, other: int, found: Shared) -> bool:
        sketches, days = self._window.sketches, self._window.days
        nameless = not (sketches[row].names or sketches[other].names)
        if (nameless or min(len(found.mine), len(found.others)) < SHORT) and found.runs < MIN_UNEDITED:
            return False
        apart = timedelta(days=abs(float(days[row] - days[other])))
        return found.covered >= MIN_COVERED or (found.runs >= MIN_RUNS and apart <= MAX_APART)

    def _looks(self, row: int) -> Iterator[tuple[int, Shared]]:
        """The kept articles that promise most, each with what it shares with this one."""
        for other in [o for o in self._candidates.get(row, ()) if o in self._kept][:MAX_LOOKS]:
            mine, theirs = self._wording(row), self._wording(other)
            if min(len(mine.tokens), len(theirs.tokens)) >= MIN_WORDS:
                yield other, shared(mine, theirs)

    def _wording(self, row: int) -> Wording:
        window = self._window
        if row not in self._wordings:
            text = self._texts.get(window.ids[row], "")
            self._wordings[row] = wording(text, window.sketches[row], window.languages[row])
        return self._wordings[row]


def _only_furniture(one: _Known, other: _Known) -> bool:
    """Whether one publisher gave one text for two headlines without a word in common: a consent wall, not a report."""
    return one.is_by(other) and _unlike(one.title, other.title)


def _unlike(title: str, other: str) -> bool:
    return words(title) != words(other) and not _telling(title) & _telling(other)


def _telling(title: str) -> set[str]:
    """The words of a headline without those, such as "in" and "the", that any two may share."""
    return {word for word in words(title) if len(word) > 3 or not word.isascii()}


def _likeness(found: Shared) -> float:
    return max(found.runs, found.same / len(found.shorter))


def _evidence(found: Shared) -> str:
    times = "one passage" if found.passages == 1 else f"{found.passages} passages"
    return f"{found.same} of {len(found.shorter)} words of the shorter text stand in the other, in {times}"


def _another_report(one: _Known, other: _Known) -> bool:
    """Whether two texts of one address have so little in common that the address was given to another report."""
    a, b = one.sketch.shingles, other.sketch.shingles
    smaller = min(len(a), len(b))
    if smaller < MIN_WORDS // SAMPLED:
        return one.sketch.fingerprint != other.sketch.fingerprint and _unlike(one.title, other.title)
    return len(np.intersect1d(a, b)) < MAX_CHANCE * smaller
