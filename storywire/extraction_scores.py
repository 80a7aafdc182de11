"""How well extraction does on pages with a known text: decides what a set of such pages looks like, and the score.

Never reads a file and never extracts. The measure is that of the article extraction benchmark of Scrapinghub (2020):
runs of four words, each page weighing the same, so that its figures can be compared with those published for it.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from storywire.errors import InputError

_RUN = 4  # words
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Expected:
    """A page of a set: its name, the text that a person found in it, and its address where that is known."""

    name: str
    text: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Which shares, together 1 or all 0, of the runs of a found and an expected text are in both or in one of them."""

    both: float
    extra: float  # in the found text alone
    missed: float  # in the expected one alone

    @property
    def f1(self) -> float:
        """0 to 1; 1 where both texts are empty."""
        either = 2 * self.both + self.extra + self.missed
        return 2 * self.both / either if either else 1.0


def read_expected(said: str, name: str) -> tuple[Expected, ...]:
    """The pages that a `ground-truth.json` lists: {"name": {"articleBody": text, "url": address}}.

    `name` is the file's, for messages. Raises InputError where it is something else.
    """
    try:
        listed = json.loads(said)
    except (ValueError, RecursionError):
        raise InputError(f"{name} is not JSON; see docs/extraction.md for what it should be.") from None
    if not isinstance(listed, dict) or not listed:
        raise InputError(f"{name} lists no pages; it should be an object with one member a page.")
    return tuple(_expected(page, told, name) for page, told in listed.items())


def _expected(page: str, told: object, name: str) -> Expected:
    text = told.get("articleBody") if isinstance(told, dict) else None
    url = told.get("url") if isinstance(told, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise InputError(f'{name}: page {page!r} needs a text "articleBody": what a person read on it; or take it out.')
    if not isinstance(url, str | None):
        raise InputError(f'{name}: page {page!r} has a "url" that is no text; give its address, or leave it out.')
    if not re.fullmatch(r"(?!\.)[^/\\\0]{1,200}", page):
        raise InputError(f"{name}: {page!r} is not the name of a page; it should be that of a file, without a folder.")
    return Expected(page, text, url)


def overlap(found: str, expected: str) -> Overlap:
    """How far a found text agrees with the expected one."""
    ours, theirs = _runs(found), _runs(expected)
    both = (ours & theirs).total()
    extra, missed = ours.total() - both, theirs.total() - both
    whole = (both + extra + missed) or 1
    return Overlap(both / whole, extra / whole, missed / whole)


def scores(pages: Sequence[Overlap]) -> dict[str, float]:
    """Precision and recall, each the mean of the pages that have a found (an expected) text, and the F1 of the two."""
    precision = [p.both / (p.both + p.extra) for p in pages if p.both + p.extra > 0]
    recall = [p.both / (p.both + p.missed) for p in pages if p.both + p.missed > 0]
    mean_precision, mean_recall = (fmean(values) if values else 0.0 for values in (precision, recall))
    total = mean_precision + mean_recall
    f1 = 2 * mean_precision * mean_recall / total if total else 0.0
    return {"f1": f1, "precision": mean_precision, "recall": mean_recall}


def _runs(text: str) -> Counter[tuple[str, ...]]:
    """The runs of four words, each as often as it stands; a shorter text is one run."""
    found = _WORD.findall(text)
    starts = max(1, len(found) - _RUN + 1) if found else 0
    return Counter(tuple(found[start : start + _RUN]) for start in range(starts))
