"""How much a shared word says: decides the weight of each word from how common it is.

Never decides what belongs together. What is common is learnt from past articles only; before there are any, from how
often each language uses its words (the wordfreq library), so that a first run is not a salad of stop words.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from storywire.sketch import Hashes, Sketch, hashes

PRIOR_DOCUMENTS = 200  # the language's own frequencies weigh as much as this many past articles
DOCUMENT_WORDS = 300  # the length of text for which a word's frequency becomes its chance to occur at all
UNLISTED = 1e-7  # frequency of a word that the list of common words (1e-6 and up) does not hold
BITS = 22  # of a term's hash; 200,000 different words leave 2.5 % of them sharing a place with another
_PLACE = np.uint32((1 << BITS) - 1)


class Rarity:
    """Weights for terms: -log of the share of documents that hold a term, learnt article by article."""

    def __init__(self) -> None:
        self._documents = 0
        self._counts = np.zeros(1 << BITS, np.uint32)
        self._columns = np.zeros(1 << BITS, np.int32)  # 0: not met yet
        self._met = np.zeros(1, np.uint32)  # a term for each column
        self._languages: frozenset[str] = frozenset()
        self._listed, self._frequency = _common_words(("en",))

    def speak(self, languages: Collection[str]) -> None:
        """From here on, the words that are common in these languages too are known as such."""
        if not self._languages.issuperset(languages):
            self._languages |= frozenset(languages)
            self._listed, self._frequency = _common_words(tuple(sorted(self._languages | {"en"})))

    def learn(self, sketches: Sequence[Sketch]) -> None:
        """Count these articles' terms as seen."""
        for sketch in sketches:
            self._counts[sketch.terms & _PLACE] += 1
        self._documents += len(sketches)

    def weights(self, terms: Hashes) -> npt.NDArray[np.float64]:
        """The weight of each term, at least 0, float64, shape (len(terms),)."""
        frequency = _look_up(self._listed, self._frequency, terms, UNLISTED)
        expected = 1 - np.exp(-DOCUMENT_WORDS * frequency)
        share = (self._counts[terms & _PLACE] + PRIOR_DOCUMENTS * expected + 0.5) / (
            self._documents + PRIOR_DOCUMENTS + 1
        )
        found: npt.NDArray[np.float64] = np.maximum(-np.log(share), 0.0)
        return found

    def heaviest(self, sketches: Sequence[Sketch], most: int) -> Hashes:
        """The terms that weigh most in each article, `most` of each, all together, sorted."""
        found = [s.terms[np.argsort(-self.weights(s.terms), kind="stable")[:most]] for s in sketches]
        return np.unique(np.concatenate([np.empty(0, np.uint32), *found]))

    def vectors(self, sketches: Sequence[Sketch]) -> csr_matrix:
        """TF-IDF rows of unit length, float32, shape (len(sketches), columns so far)."""
        return self.weighed(self.counted(sketches))

    def counted(self, sketches: Sequence[Sketch]) -> csr_matrix:
        """1 + log of how often each term stands in each article, float32. Columns only ever grow in number.

        Terms are hashed to columns (Weinberger et al., "Feature hashing for large scale multitask learning", 2009).
        """
        terms = np.concatenate([np.empty(0, np.uint32), *(s.terms for s in sketches)])
        counts = np.concatenate([np.empty(0, np.float32), *(s.counts for s in sketches)])
        starts, columns = np.cumsum([0, *(len(s.terms) for s in sketches)]), self._columns_of(terms)
        return csr_matrix((1 + np.log(counts), columns, starts), shape=(len(sketches), len(self._met)))

    def weighed(self, counted: csr_matrix) -> csr_matrix:
        """The rows of `counted` by what is known now of how rare each term is, of unit length."""
        values = counted.data * self.weights(self._met)[counted.indices]
        sizes = np.diff(counted.indptr)
        norms = np.sqrt(np.bincount(np.repeat(np.arange(len(sizes)), sizes), values**2, len(sizes)))
        unit = (values / np.repeat(np.where(norms > 0, norms, 1), sizes)).astype(np.float32)
        return csr_matrix((unit, counted.indices, counted.indptr), shape=counted.shape)

    def _columns_of(self, terms: Hashes) -> npt.NDArray[np.int32]:
        places = terms & _PLACE
        fresh = self._columns[places] == 0
        new, first = np.unique(places[fresh], return_index=True)
        self._columns[new] = np.arange(len(self._met), len(self._met) + len(new))
        self._met = np.append(self._met, terms[fresh][first])
        columns: npt.NDArray[np.int32] = self._columns[places]
        return columns


def _look_up(
    keys: Hashes, values: npt.NDArray[np.float64], wanted: Hashes, otherwise: float
) -> npt.NDArray[np.float64]:
    """`values` at the places of `wanted` in the sorted `keys`, and `otherwise` where it is not among them."""
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
