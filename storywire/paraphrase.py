"""Whether one text tells another sentence by sentence, in other words or another language: decides what aligns.

Never decides what is a copy, and never embeds: the caller brings the sentences' vectors.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from storywire.facts import numbers, rare_names
from storywire.names import stem
from storywire.past import Matrix
from storywire.sketch import names
from storywire.text import paragraphs, sentences, words

MAX_SENTENCES = 40  # of a text that are aligned; what comes later in a report is background
_MIN_CHARACTERS = 25  # a shorter piece ("He refused.", an initial's full stop) goes with the sentence before it
_MOVES = ((1, 1), (1, 2), (2, 1))  # sentences of the one and of the other that may say the same

Groups = list[tuple[slice, slice]]


@dataclass(frozen=True, slots=True)
class Told:
    """A text as sentences, each with the numbers in it and the stems of its rare names; `lengths` are characters."""

    sentences: tuple[str, ...]
    numbers: tuple[frozenset[str], ...]
    names: tuple[frozenset[str], ...]

    @property
    def lengths(self) -> npt.NDArray[np.float64]:
        """How long each sentence is, in characters: one of its words says more, the longer it is."""
        return np.array([len(sentence) for sentence in self.sentences], np.float64)


def told(text: str, language: str) -> Told:
    """The sentences of a text."""
    said = tuple(_sentences(text))[:MAX_SENTENCES]
    named = rare_names(names("", text), language)
    held = (frozenset(stem(word) for word in words(sentence)) & named for sentence in said)
    return Told(said, tuple(frozenset(numbers(sentence, language)) for sentence in said), tuple(held))


def _sentences(text: str) -> Iterator[str]:
    for paragraph in paragraphs(text):
        held = ""
        for sentence in sentences(paragraph):
            held = f"{held} {sentence}".strip()
            if len(held) >= _MIN_CHARACTERS:
                yield held
                held = ""
        if held:
            yield held


@dataclass(frozen=True, slots=True)
class Alignment:
    """How much of two texts says the same in the same order: of each the share of its characters, 0 to 1.

    `likeness` is the mean cosine of what aligns. `contradictions` are the aligned places at which one text has a number
    or name that stands nowhere in the other, and the other has another one that stands nowhere in the first.
    """

    mine: float
    others: float
    likeness: float
    groups: int
    contradictions: int


def aligned(mine: Told, other: Told, vectors: Matrix, others: Matrix, floor: float) -> Alignment:
    """Align two texts in order, by sentences or pairs of them, where their meaning is at least `floor` alike (cosine).

    `vectors` and `others` are float32, shape (sentences, dimensions), unit rows: those of the two texts' sentences.
    """
    groups, likeness = _best(vectors, others, mine.lengths, other.lengths, floor)
    if not groups:
        return Alignment(0.0, 0.0, 0.0, 0, 0)
    return Alignment(
        mine=_share([here for here, _ in groups], mine.lengths),
        others=_share([there for _, there in groups], other.lengths),
        likeness=float(np.mean(likeness)),
        groups=len(groups),
        contradictions=sum(_contradicts(mine, other, *group) for group in groups),
    )


def _share(spans: list[slice], lengths: npt.NDArray[np.float64]) -> float:
    return float(sum(lengths[span].sum() for span in spans) / lengths.sum())


def _best(
    one: Matrix, two: Matrix, lengths: npt.NDArray[np.float64], others: npt.NDArray[np.float64], floor: float
) -> tuple[Groups, list[float]]:
    """The groups that in order gain most, by how far each is above the floor and how long it is.

    Dynamic programming, as in Gale and Church, "A program for aligning sentences in bilingual corpora", 1993.
    """
    rows, columns = len(one), len(two)
    alike = {move: _alike(one, two, *move) for move in _MOVES}
    gain = np.zeros((rows + 1, columns + 1))
    came: dict[tuple[int, int], tuple[int, int]] = {}
    for i in range(rows + 1):
        for j in range(columns + 1):
            options: list[tuple[float, tuple[int, int]]] = []
            if i:
                options.append((gain[i - 1, j], (1, 0)))
            if j:
                options.append((gain[i, j - 1], (0, 1)))
            for a, b in _MOVES:
                if i >= a and j >= b and (similar := alike[a, b][i - a, j - b]) >= floor:
                    weight = lengths[i - a : i].sum() + others[j - b : j].sum()
                    options.append((gain[i - a, j - b] + (similar - floor + 0.05) * weight, (a, b)))
            if options:
                gain[i, j], came[i, j] = max(options)
    groups: Groups = []
    likeness: list[float] = []
    i, j = rows, columns
    while i or j:
        a, b = came[i, j]
        if a and b:
            groups.append((slice(i - a, i), slice(j - b, j)))
            likeness.append(float(alike[a, b][i - a, j - b]))
        i, j = i - a, j - b
    return groups[::-1], likeness[::-1]


def _alike(one: Matrix, two: Matrix, a: int, b: int) -> Matrix:
    """Cosines of every `a` sentences in a row of the one with every `b` of the other."""
    return _joined(one, a) @ _joined(two, b).T


def _joined(vectors: Matrix, count: int) -> Matrix:
    if count == 1 or len(vectors) < count:
        return vectors if count == 1 else vectors[:0]
    both = vectors[:-1] + vectors[1:]
    unit: Matrix = both / np.maximum(np.linalg.norm(both, axis=1, keepdims=True), 1e-9)
    return unit


def common_facts(mine: Told, other: Told) -> tuple[int, int]:
    """How many numbers and names stand in both texts, and how many in either."""
    my_facts, other_facts = (frozenset().union(*each.numbers, *each.names) for each in (mine, other))
    return len(my_facts & other_facts), len(my_facts | other_facts)


def _contradicts(mine: Told, other: Told, here: slice, there: slice) -> bool:
    for my_facts, other_facts in ((mine.numbers, other.numbers), (mine.names, other.names)):
        only_mine = frozenset().union(*my_facts[here]) - frozenset().union(*other_facts)
        only_theirs = frozenset().union(*other_facts[there]) - frozenset().union(*my_facts)
        if only_mine and only_theirs:
            return True
    return False
