"""Invented news, as much as is asked for: decides what its words, names, vectors and times are like.

Never analyses anything. All of it follows from numbers, so that the same report can be had again.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
from wordfreq import top_n_list

from storywire import identity
from storywire.nouns import Article, Definition, Precision, Published, Storyline
from storywire.past import Kept, Matrix, Past
from storywire.sketch import Sketch, hashes
from storywire.sketch import _shingles as shingles
from storywire.text import words

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
VOCABULARY, DIMENSIONS, SUBJECTS = 50_000, 384, 300
RECENT, OLDEST = timedelta(days=3), timedelta(days=30)  # four events in five are of the last three days
OWN, SHARED = 0.3, 0.08  # shares of a text that are words of its event, and of its storyline
SENTENCE, HEADLINE = 15, 9  # words

Tokens = npt.NDArray[np.intp]


class News:
    """Events 0, 1, 2 and so on of two or three reports each; five events make three storylines.

    Words have the frequencies of Zipf's law; a report has the words, names and meaning of its event, its storyline and
    its subject, and noise.
    """

    def __init__(self, length: int = 300) -> None:
        """Texts are of `length` words."""
        self._length = length

    def reports(self, event: int) -> int:
        """How many reports an event has: two or three."""
        return 2 + event % 2

    def storyline(self, event: int) -> int:
        """The event whose storyline an event is part of."""
        return event - 3 if event % 5 > 2 else event

    @cached_property
    def _words(self) -> npt.NDArray[np.str_]:
        found = top_n_list("en", 2 * VOCABULARY, wordlist="large")
        return np.array([word for word in found if word.isalpha() and words(word) == [word]][:VOCABULARY])

    @cached_property
    def _hashes(self) -> npt.NDArray[np.uint32]:
        return hashes(self._words.tolist())

    @cached_property
    def _shares(self) -> npt.NDArray[np.float64]:
        shares = np.cumsum(1 / np.arange(1, len(self._words) + 1))
        found: npt.NDArray[np.float64] = shares / shares[-1]
        return found

    def _own(self, kind: int, number: int) -> Tokens:
        """Forty words that an event (kind 0) or a storyline (1) speaks of, the first six of them names."""
        ranks = np.random.default_rng((kind, number)).uniform(np.log(300), np.log(len(self._words)), 40)
        return np.exp(ranks).astype(np.intp)

    def tokens(self, event: int, number: int) -> Tokens:
        """The words of a report, by their numbers."""
        random = np.random.default_rng((2, event, number))
        found = np.searchsorted(self._shares, random.random(self._length))
        which = random.random(self._length)
        pick = (40 * random.random(self._length) ** 2).astype(np.intp)  # the first ones more often
        own, shared = self._own(0, event), self._own(1, self.storyline(event))
        found = np.where(which < OWN, own[pick], found)
        return np.where(which > 1 - SHARED, shared[pick], found)

    def title(self, event: int, number: int) -> str:
        """A headline of the event's and other words."""
        random = np.random.default_rng((3, event, number))
        own = self._own(0, event)[(12 * random.random(HEADLINE) ** 2).astype(np.intp)]
        other = np.searchsorted(self._shares, random.random(HEADLINE))
        said = self._words[np.where(random.random(HEADLINE) < 0.6, own, other)].tolist()
        names = set(self._words[self._own(0, event)[:6]].tolist())
        return " ".join(word.capitalize() if i == 0 or word in names else word for i, word in enumerate(said))

    def sketch(self, event: int, number: int) -> Sketch:
        """What is remembered of a report; as from its text, but for the words of its title."""
        hashed = self._hashes[self.tokens(event, number)]
        terms, counts = np.unique(hashed, return_counts=True)
        names = tuple(self._words[self._own(0, event)[:6]].tolist())
        told = (" ".join(names[:2]).title(), names[2].title(), " ".join(names[3:5]).title(), names[5].title())
        numbers = terms[:0]
        fingerprint = identity.digest("bench", str(event), str(number))
        return Sketch(fingerprint, shingles(hashed), terms, counts.astype(np.float32), numbers, told)

    def text(self, event: int, number: int) -> str:
        """A report in sentences."""
        said, names = self._words[self.tokens(event, number)].tolist(), set(self._words[self._own(0, event)[:6]])
        said = [word.capitalize() if word in names or i % SENTENCE == 0 else word for i, word in enumerate(said)]
        return " ".join(word + "." * (i % SENTENCE == SENTENCE - 1) for i, word in enumerate(said))

    def vector(self, event: int, number: int) -> npt.NDArray[np.float32]:
        """What a model would make of a report: what all news, its subject, storyline and event have in common."""
        line = self.storyline(event)
        parts = [(4, 0, 0.5), (5, line % SUBJECTS, 0.5), (6, line, 0.4), (7, event, 0.5)]
        of = [(share, np.random.default_rng((kind, which))) for kind, which, share in parts]
        of.append((0.5, np.random.default_rng((8, event, number))))
        found = np.sum([share * random.standard_normal(DIMENSIONS) for share, random in of], axis=0)
        unit: npt.NDArray[np.float32] = (found / np.linalg.norm(found)).astype(np.float32)
        return unit

    def time(self, event: int, number: int) -> datetime:
        """When a report came: four events in five began in the last three days."""
        age = np.random.default_rng((9, event)).random() * (RECENT if event % 5 else OLDEST)
        return NOW - max(age - number * timedelta(hours=3), timedelta(0))

    def kept(self, event: int, number: int) -> Kept:
        """A report as it is remembered."""
        where = (event_id(event), storyline_id(self.storyline(event)))
        at = self.time(event, number)
        return Kept(
            article_id(event, number),
            f"https://example.org/{event}/{number}",
            self.title(event, number),
            None,
            "en",
            at,
            *where,
            self.sketch(event, number),
        )

    def past(self, events: int) -> Past:
        """All reports of that many events, with one storyline that a person named: of four of these reports."""
        each = [(e, n) for e in range(events) for n in range(self.reports(e))]
        lines = [Storyline(storyline_id(e), "", created_at=self.time(e, 0)) for e in range(events) if e % 5 < 3]
        named = Definition("named", "Named", tuple(article_id(e, 0) for e in range(0, 20, 5)))
        vectors = np.stack([self.vector(*one) for one in each])
        storylines = (*lines, Storyline("named", "Named", pinned=True))
        return Past(tuple(self.kept(*one) for one in each), vectors, storylines, (named,))

    def batch(self, events: int, number: int, size: int) -> tuple[list[Article], Matrix]:
        """The batch of that number after that many events: of ten articles one is a copy, four are on new events."""
        random = np.random.default_rng((10, number))
        which: list[tuple[int, int, bool]] = []
        for i in range(size):
            old = int(random.integers(events))
            if i % 10 == 0:
                which.append((old, 0, True))
            elif i % 10 < 5:
                which.append((events + number * size + i, 0, False))
            else:
                which.append((old, 10 + number, False))
        articles = [self._article(number, *each) for each in which]
        return articles, np.stack([self.vector(event, n) for event, n, _ in which])

    def _article(self, batch: int, event: int, number: int, copy: bool) -> Article:
        at = NOW + timedelta(minutes=batch)
        text = self.text(event, number) + (f" This is a copy, number {batch}, as agencies have them." if copy else "")
        name = f"c{batch}-{event}" if copy else article_id(event, number)
        published = Published(at, Precision.SECOND, "feed")
        url = f"https://example.net/{name}"
        return Article(name, url, self.title(event, number), text, "en", None, published, at)


def article_id(event: int, number: int) -> str:
    """The id of a report."""
    return f"a{event}-{number}"


def event_id(event: int) -> str:
    """The id of an event."""
    return identity.event_id(article_id(event, 0))


def storyline_id(event: int) -> str:
    """The id of the storyline that began with an event."""
    return identity.automatic_storyline_id(article_id(event, 0))


def unique(reports: Sequence[tuple[int, int]]) -> int:
    """How many different reports these are."""
    return len(set(reports))
