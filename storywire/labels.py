"""What a storyline is called when no person named it: decides two to five words from its own reports.

Never invents a word: every word of a label stands in the reports' names or headlines.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from storywire.rarity import Rarity
from storywire.sketch import Sketch, hashes
from storywire.text import words

MAX_NAMES, MAX_WORDS = 2, 4
MIN_LETTERS = 4  # shorter headline words are seldom what a storyline is about


def label(titles: Sequence[str], sketches: Sequence[Sketch], rarity: Rarity) -> str:
    """A label of two to five words: the names that most reports share, then the telling words of their headlines.

    `titles` and `sketches` are those of the storyline's kept reports, in order of time.
    """
    chosen = _names(sketches, rarity)[:MAX_NAMES]
    taken = {word for name in chosen for word in words(name)}
    for word in _headline_words(titles, sketches, rarity):
        if len(taken) >= MAX_WORDS:
            break
        if word not in taken and not any(word in other or other in word for other in taken):
            chosen.append(word)
            taken.add(word)
    return " ".join(chosen) or titles[0]


def _names(sketches: Sequence[Sketch], rarity: Rarity) -> list[str]:
    """Names by the number of reports that hold them and how rare they are; longer forms count for their shortest."""
    reports: Counter[str] = Counter(name for sketch in sketches for name in sketch.names)
    forms = sorted(reports, key=lambda name: (len(name.split()), name))
    merged: Counter[str] = Counter()
    for sketch in sketches:
        merged.update({_shortest(name, forms, reports) for name in sketch.names})
    score = {name: count * _weight(name, rarity) for name, count in merged.items()}
    enough = min(2, len(sketches))
    return sorted((n for n in score if merged[n] >= enough), key=lambda name: (-score[name], name))


def _shortest(name: str, forms: Sequence[str], reports: Counter[str]) -> str:
    """The last-word form of a name ("Bashar al-Assad" -> "Assad") where the reports use that more often."""
    last = name.split()[-1]
    return last if last != name and reports[last] >= reports[name] else name


def _weight(text: str, rarity: Rarity) -> float:
    found = rarity.weights(hashes(words(text)))
    return float(found.mean()) if len(found) else 0.0


def _headline_words(titles: Sequence[str], sketches: Sequence[Sketch], rarity: Rarity) -> list[str]:
    """The words of headlines by the number of reports that hold them and how rare they are."""
    candidates = sorted({w for title in titles for w in words(title) if len(w) >= MIN_LETTERS and not w.isdigit()})
    keys = hashes(candidates)
    held = np.sum([np.isin(keys, sketch.terms) for sketch in sketches], axis=0)
    return [candidates[i] for i in np.argsort(-held * rarity.weights(keys), kind="stable")]
