"""How much a shared word says: decides the weight of each word from how common it is.

Never decides what belongs together. What is common is learnt from past articles only; before there are any, from how
often each language uses its words (the wordfreq library), so that a first run is not a salad of stop words.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from storywire.sketch import Hashes, Sketch, hashes

PRIOR_DOCUMENTS = 200  # the language's own frequencies weigh as much as this many past articles
DOCUMENT_WORDS = 300  # the length of text for which a word's frequency becomes its chance to occur at all
UNLISTED = 1e-7  # frequency of a word that the list of common words (1e-6 and up) does not hold


class Rarity:
    """Weights for terms: -log of the share of documents that hold a term, learnt from `past` and the languages' own."""

    def __init__(self, past: Sequence[Sketch], languages: Sequence[str]) -> None:
        self._documents = len(past)
        seen = np.concatenate([s.terms for s in past]) if past else np.empty(0, np.uint32)
        self._terms, self._counts = np.unique(seen, return_counts=True)
        self._listed, self._frequency = _common_words(tuple(sorted({*languages, "en"})))

    def weights(self, terms: Hashes) -> npt.NDArray[np.float64]:
        """The weight of each term, at least 0, float64, shape (len(terms),)."""
        frequency = _look_up(self._listed, self._frequency, terms, UNLISTED)
        expected = 1 - np.exp(-DOCUMENT_WORDS * frequency)
        counts = _look_up(self._terms, self._counts.astype(np.float64), terms, 0.0)
        share = (counts + PRIOR_DOCUMENTS * expected + 0.5) / (self._documents + PRIOR_DOCUMENTS + 1)
        found: npt.NDArray[np.float64] = np.maximum(-np.log(share), 0.0)
        return found

    def vectors(self, sketches: Sequence[Sketch], columns: Hashes) -> csr_matrix:
        """TF-IDF rows of unit length, float32, shape (len(sketches), len(columns)); `columns` are sorted terms."""
        if not sketches:
            return csr_matrix((0, len(columns)), dtype=np.float32)
        sizes = np.array([len(s.terms) for s in sketches])
        places = np.searchsorted(columns, np.concatenate([s.terms for s in sketches]))
        counts = np.concatenate([s.counts for s in sketches])
        values = (1 + np.log(counts)) * self.weights(columns)[places]
        rows = np.repeat(np.arange(len(sketches)), sizes)
        norms = np.sqrt(np.bincount(rows, values**2, len(sketches)))
        unit = (values / np.where(norms > 0, norms, 1)[rows]).astype(np.float32)
        return csr_matrix((unit, places, np.cumsum([0, *sizes])), shape=(len(sketches), len(columns)))


def _look_up(
    keys: Hashes, values: npt.NDArray[np.float64], wanted: Hashes, otherwise: float
) -> npt.NDArray[np.float64]:
    """`values` at the places of `wanted` in the sorted `keys`, and `otherwise` where it is not among them."""
    if not len(keys):
        return np.full(len(wanted), otherwise)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], otherwise)


@lru_cache(maxsize=4)
def _common_words(languages: tuple[str, ...]) -> tuple[Hashes, npt.NDArray[np.float64]]:
    """The common words of some languages as sorted hashes, with the highest frequency that any of them gives each."""
    from wordfreq import available_languages, get_frequency_dict

    known = available_languages("small")
    frequencies: dict[str, float] = {}
    for language in languages:
        if language in known:
            for word, frequency in get_frequency_dict(language, "small").items():
                frequencies[word] = max(frequency, frequencies.get(word, 0.0))
    keys = hashes(list(frequencies))
    order = np.argsort(keys)
    return keys[order], np.fromiter(frequencies.values(), np.float64, len(frequencies))[order]
