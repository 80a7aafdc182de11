"""The names that an article holds, as what stays the same in every language: decides how a name is reduced.

Never decides which words are names (`sketch` does), nor whether two names are of the same person or place.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from anyascii import anyascii
from scipy.sparse import csr_matrix

from storywire.sketch import Hashes, Sketch, hashes
from storywire.text import words

STEM = 5  # letters; endings are what languages change: Velkharia, Velkharien, Вельхария
MIN_LETTERS = 3
MIN_FOR_ANCHOR = 3  # articles; what one or two have in common says little
SHARED_BY = 0.8  # the share of them that must hold the name


def stem(word: str) -> str:
    """The beginning of a word in plain Latin letters, whatever its script."""
    return anyascii(word).casefold().replace("'", "")[:STEM]


def name_vectors(sketches: Sequence[Sketch]) -> csr_matrix:
    """How much each article speaks of each name, float32 rows of unit length (or zero), shape (len(sketches), names).

    A name counts by the logarithm of how often its words stand in the article, as words do in TF-IDF.
    """
    columns: dict[str, int] = {}
    held = [_held(sketch) for sketch in sketches]
    for weights in held:
        for name in weights:
            columns.setdefault(name, len(columns))
    sizes = [len(weights) for weights in held]
    values = np.array([value for weights in held for value in weights.values()], np.float32)
    places = np.array([columns[name] for weights in held for name in weights], np.int32)
    squares = np.bincount(np.repeat(np.arange(len(held)), sizes), values**2, len(held))
    values /= np.sqrt(np.repeat(squares, sizes)).astype(np.float32)
    return csr_matrix((values, places, np.cumsum([0, *sizes])), shape=(len(held), max(1, len(columns))))


def anchor(sketches: Sequence[Sketch], weigh: Callable[[Hashes], npt.NDArray[np.float64]]) -> str | None:
    """The word of a name that most of some articles hold, of several the one that weighs most: what they are about."""
    if len(sketches) < MIN_FOR_ANCHOR:
        return None
    written: dict[str, str] = {}
    held: Counter[str] = Counter()
    for sketch in sketches:
        spoken = {stem(word): word for name in sketch.names for word in words(name) if len(word) >= MIN_LETTERS}
        held.update(spoken.keys())
        written = spoken | written
    most = max(held.values(), default=0)
    shared = sorted(written[key] for key, count in held.items() if count == most)
    return shared[int(np.argmax(weigh(hashes(shared))))] if most >= SHARED_BY * len(sketches) else None


def holds(sketch: Sketch, word: str) -> bool:
    """Whether an article holds a word, or a name that begins alike."""
    if np.isin(hashes([word]), sketch.terms).all():
        return True
    return stem(word) in {stem(w) for name in sketch.names for w in words(name)}


def _held(sketch: Sketch) -> dict[str, float]:
    """The weight of each name's stem in an article."""
    spoken = [word for name in sketch.names for word in words(name) if len(word) >= MIN_LETTERS]
    if not spoken:
        return {}
    keys = hashes(spoken)
    places = np.minimum(np.searchsorted(sketch.terms, keys), len(sketch.terms) - 1)
    counts = np.where(sketch.terms[places] == keys, sketch.counts[places], 1.0)
    found: dict[str, float] = {}
    for word, count in zip(spoken, counts, strict=True):
        key = stem(word)
        found[key] = max(found.get(key, 0.0), 1 + float(np.log(count)))
    return found
