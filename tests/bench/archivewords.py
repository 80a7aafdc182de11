"""The words of an invented archive: decides its vocabulary, and what each report says.

Never looks at a database. A report's words follow from its number, so that it can be had again without the others.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from storywire.sketch import _shingles as shingles
from storywire.sketch import hashes
from tests.bench.archiveplan import LANGUAGES, Plan

Tokens = npt.NDArray[np.int64]

VOCABULARY = {"en": 300_000, "de": 60_000, "fr": 50_000, "es": 40_000, "pl": 30_000, "zh": 20_000}
OF_EVENT, OF_STORYLINE = 12, 16  # words of their own, the first three of them names
SHARE_OF_EVENT, SHARE_OF_STORYLINE = 0.13, 0.08  # of a text's words
EXPONENT, OFFSET = 1.12, 2.7  # of the law by which words are frequent
SENTENCE, PARAGRAPH = 16, 4  # words, sentences

_ONSETS = "b c d f g h j k l m n p r s t v w z br ch cl dr fl gr pl pr sh sk sl st th tr".split()
_CODAS = ["", "", "", "", "n", "r", "s", "t", "l", "m", "nd", "rk", "st", "ng"]
_VOWELS = {"en": "aeiou", "de": "aeiouäöü", "fr": "aeiouéèê", "es": "aeiouáíó", "pl": "aeiouyąęó"}
_SYLLABLES = (1, 2, 2, 3, 3, 4)


@dataclass(frozen=True)
class Said:
    """What a report says, and its sketch: hashes of runs, of words with their counts, and of numbers."""

    title: str
    text: str
    names: tuple[str, ...]
    runs: npt.NDArray[np.uint32]
    terms: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.float32]
    numbers: npt.NDArray[np.uint32]


class Words:
    """What the reports of a plan say.

    Words have the frequencies of the law of Zipf and Mandelbrot in a vocabulary a language. A fifth of a text are words
    of its event and its storyline: names that nothing else has, and words that are rare elsewhere. The vocabulary grows
    with the archive, by names.
    """

    def __init__(self, plan: Plan, seed: int) -> None:
        random = np.random.default_rng((seed, 1))
        self._plan, self._seed, self._ranges = plan, seed, dict[str, tuple[int, int]]()
        found: list[str] = []
        for language, size in VOCABULARY.items():
            self._ranges[language] = (len(found), len(found) + size)
            found += _han(random, size) if language == "zh" else _vocabulary(random, _VOWELS[language], size)
        self._common = len(found)
        events, lines = len(plan.first_of_event), len(plan.first_of_storyline)
        names = min(3 * (events + lines), 400_000)
        found += [word.capitalize() for word in _vocabulary(random, "aeiouéöå", names)]
        self._words = np.array(found, object)
        self._hashes = hashes([word.casefold() for word in found])
        self._is_number = np.array([word[0].isdigit() for word in found])
        self._of_event = self._own(random, events, OF_EVENT)
        self._of_storyline = self._own(random, lines, OF_STORYLINE)

    def _own(self, random: np.random.Generator, groups: int, size: int) -> Tokens:
        rare = np.exp(random.uniform(np.log(300), np.log(VOCABULARY["en"]), (groups, size))).astype(np.int64)
        rare[:, :3] = random.integers(self._common, len(self._words), (groups, 3))
        return rare

    def language(self, number: int) -> str:
        """The language of a report: its publisher's, and a copy's the one that it repeats."""
        plan = self._plan
        return list(LANGUAGES)[plan.language[plan.publisher[plan.kept_as[number]]]]

    def storyline(self, number: int) -> npt.NDArray[np.uint32]:
        """Hashes of the words of a storyline."""
        return self._hashes[self._of_storyline[number]]

    def label(self, event: int | None = None, storyline: int | None = None) -> str:
        """Words of an event or of a storyline."""
        own = self._of_event[event] if event is not None else self._of_storyline[storyline]
        return " ".join(self._words[own[[0, 1, 4]]])

    def report(self, number: int) -> Said:
        """What a report says; a copy all but the last sentence of what it repeats, or one more."""
        plan, kept = self._plan, int(self._plan.kept_as[number])
        language = self.language(number)
        tokens, own = self._tokens(kept, language)
        random = np.random.default_rng((self._seed, 3, number))
        title = self._words[_headline(random, tokens, own)].tolist()
        if kept != number:
            tokens = np.concatenate([tokens, tokens[: random.integers(3, 12)][::-1]])
        said, hashed = self._words[tokens].tolist(), self._hashes[tokens]
        terms, counts = np.unique(hashed, return_counts=True)
        numbers = np.unique(hashed[self._is_number[tokens]])
        names = tuple(self._words[self._of_event[plan.event[kept], :3]])
        told = shingles(hashed), terms, counts.astype(np.float32), numbers
        if language == "zh":
            return Said("".join(title), _unspaced(said), (), *told)
        return Said(_capital(" ".join(title)), _spaced(said, random), names, *told)

    def _tokens(self, number: int, language: str) -> tuple[Tokens, Tokens]:
        """The words of a kept report by their numbers, and of these its event's own ones."""
        plan, (low, high) = self._plan, self._ranges[language]
        random = np.random.default_rng((self._seed, 2, number))
        size = int(plan.words[number])
        which, pick, drawn = random.random((3, size))
        pick = pick**1.5  # the first ones more often
        of_event = self._of_event[plan.event[number]][(OF_EVENT * pick).astype(np.intp)]
        of_storyline = self._of_storyline[plan.storyline[number]][(OF_STORYLINE * pick).astype(np.intp)]
        own = np.where(which < SHARE_OF_EVENT, of_event, of_storyline)
        foreign = own if language == "en" else low + own % (high - low)
        own = np.where((own < self._common) | (language == "zh"), foreign, own)
        common = low + _ranks(drawn, high - low)
        mine = which < SHARE_OF_EVENT + SHARE_OF_STORYLINE
        return np.where(mine, own, common), own[mine] if mine.any() else own


def _ranks(drawn: npt.NDArray[np.float64], size: int) -> Tokens:
    """Ranks by the law of Zipf and Mandelbrot, from numbers between 0 and 1: its distribution, turned round."""
    least = (size / OFFSET + 1) ** (1 - EXPONENT)
    ranks = OFFSET * ((1 - drawn * (1 - least)) ** (1 / (1 - EXPONENT)) - 1)
    return np.minimum(ranks.astype(np.int64), size - 1)


def _headline(random: np.random.Generator, tokens: Tokens, own: Tokens) -> Tokens:
    """Six to twelve words of a text, most of them its event's and storyline's."""
    size = int(random.integers(6, 13))
    return np.where(random.random(size) < 0.6, random.choice(own, size), random.choice(tokens, size))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _spaced(said: list[str], random: np.random.Generator) -> str:
    """Sentences of some sixteen words, paragraphs of some four sentences."""
    ends = np.cumsum(random.integers(SENTENCE // 2, SENTENCE * 3 // 2, len(said) // (SENTENCE // 2) + 2)).tolist()
    sentences = [_capital(" ".join(said[a:b])) + "." for a, b in zip([0, *ends], ends, strict=False) if a < len(said)]
    return "\n\n".join(" ".join(sentences[i : i + PARAGRAPH]) for i in range(0, len(sentences), PARAGRAPH))


def _unspaced(said: list[str]) -> str:
    sentences = [
        "".join(said[i : i + 7]) + "，" + "".join(said[i + 7 : i + 14]) + "。" for i in range(0, len(said), 14)
    ]
    return "\n\n".join("".join(sentences[i : i + PARAGRAPH]) for i in range(0, len(sentences), PARAGRAPH))


def _vocabulary(random: np.random.Generator, vowels: str, size: int) -> list[str]:
    """Words that can be spoken, the shorter ones first; one in fifty is a number, one in fifteen has a capital."""
    found: dict[str, float] = {}
    while len(found) < size:
        more = size - len(found) + 1000
        picks = random.random((more, 4, 3))
        lengths, kinds, noise = random.choice(_SYLLABLES, more), random.random(more), random.normal(0, 1.5, more)
        for pick, length, kind, off in zip(
            picks.tolist(), lengths.tolist(), kinds.tolist(), noise.tolist(), strict=True
        ):
            word = _number(kind) if kind < 0.02 else _word(pick[:length], vowels)
            found[word.capitalize() if kind > 0.93 else word] = len(word) + off + 5 * (kind < 0.02)
    return sorted(list(found)[:size], key=lambda word: found[word])


def _word(syllables: list[list[float]], vowels: str) -> str:
    return "".join(
        _ONSETS[int(a * len(_ONSETS))] + vowels[int(b * b * len(vowels))] + _CODAS[int(c * len(_CODAS))]
        for a, b, c in syllables
    )


def _number(share: float) -> str:
    value = int(10 ** (share / 0.02 * 6))
    return f"{value:,}" if value > 3000 else str(value)


def _han(random: np.random.Generator, size: int) -> list[str]:
    """Words of one to three of 3,000 characters, some of which are much more frequent."""
    found: dict[str, None] = {}
    while len(found) < size:
        characters = 0x4E00 + (3000 ** random.random((size, 3))).astype(int) * 6
        for row, length in zip(characters.tolist(), random.choice((1, 2, 2, 2, 3), size).tolist(), strict=True):
            found["".join(map(chr, row[:length]))] = None
    return sorted(list(found)[:size], key=len)
