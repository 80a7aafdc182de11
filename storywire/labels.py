"""What a storyline is called when no person named it: decides two to five words from its own reports.

Never invents a word: every word of a label stands in the reports' names or headlines.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from storywire.rarity import Rarity
from storywire.sketch import Sketch, hashes
from storywire.text import words

MAX_NAMES, MAX_WORDS = 2, 4
MIN_LETTERS = 4  # shorter headline words are seldom what a storyline is about
MIN_WEIGHT = 3.0  # words that one text in twenty holds, such as "after" and "officials", tell nothing


def label(titles: Sequence[str], sketches: Sequence[Sketch], rarity: Rarity, before: str | None = None) -> str:
    """A label of two to five words: the names that most reports share, then the telling words of their headlines.

    `titles` and `sketches` are those of the storyline's kept reports, in order of time.
    """
    chosen: list[str] = []
    for part in _names(titles, sketches, rarity):
        if len(chosen) < MAX_NAMES and not _said(part, chosen):
            chosen.append(part)
    written = _capitalised(titles, sketches)
    for word in _headline_words(titles, sketches, rarity):
        if len(words(" ".join(chosen))) < MAX_WORDS and not _said(word, chosen):
            chosen.append(written.get(word, word))
    return " ".join(chosen) or titles[0]


def _capitalised(titles: Sequence[str], sketches: Sequence[Sketch]) -> dict[str, str]:
    """Words that are written with a capital, by their folded form; headlines that capitalise all words say nothing."""
    mixed = [title.split() for title in titles if any(len(w) >= MIN_LETTERS and w.islower() for w in title.split())]
    told = [word for title in mixed for word in title[1:] if word[0].isupper()]
    named = [w for sketch in sketches for name in sketch.names for w in name.split()]
    return {word.casefold(): word for word in (*told, *named)}


def _said(part: str, chosen: Sequence[str]) -> bool:
    """Whether a part of a label repeats a word of another, also in another form: "Syrian" says "Syria" again."""
    mine, theirs = words(part), words(" ".join(chosen))
    return any(one.startswith(other) or other.startswith(one) for one in mine for other in theirs)


def _names(titles: Sequence[str], sketches: Sequence[Sketch], rarity: Rarity) -> Iterator[str]:
    """Names by the number of reports that hold them and how rare they are.

    A name that no headline has is a storyline's only where half of several reports have it: a spokesperson is rare too.
    """
    headlines = {word for title in titles for word in words(title)}
    reports = Counter(name for sketch in sketches for name in sketch.names)
    held = Counter(name for sketch in sketches for name in {_short(name, reports) for name in sketch.names})
    often = max(2, len(sketches) / 2)
    telling = [name for name in held if held[name] >= often or headlines.issuperset(words(name))]
    yield from sorted(telling, key=lambda name: (-held[name] * _weight(name, rarity), name))


def _short(name: str, reports: Counter[str]) -> str:
    """The last word of a name ("Bashar al-Assad": "Assad") where at least as many reports have that alone."""
    last = name.split()[-1]
    return last if reports[last] >= reports[name] else name


def _weight(name: str, rarity: Rarity) -> float:
    found = rarity.weights(hashes(words(name)))
    return float(found.mean()) if len(found) else 0.0


def _headline_words(titles: Sequence[str], sketches: Sequence[Sketch], rarity: Rarity) -> Iterator[str]:
    """The telling words of headlines, by the number of reports that hold them and how rare they are."""
    candidates = sorted({w for title in titles for w in words(title) if len(w) >= MIN_LETTERS and not w.isdigit()})
    keys = hashes(candidates)
    weights, held = rarity.weights(keys), np.sum([np.isin(keys, sketch.terms) for sketch in sketches], axis=0)
    for i in np.argsort(-held * weights, kind="stable"):
        if weights[i] >= MIN_WEIGHT:
            yield candidates[i]


def central(likeness: "np.ndarray") -> int:
    """The report that is most like all others; of several the earliest."""
    return int(np.argmax(likeness.sum(axis=1)))
