"""How much of one text stands in another: decides which words were taken over, and whether the facts among them agree.

Never decides what is a copy; `dedup` does.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from storywire.facts import is_number, spelt
from storywire.sketch import SHINGLE, Sketch, hashes
from storywire.text import words

MAX_WORDS = 3000  # of a text that are aligned: some six times a long report; more only cost time
SEED = 2  # words in a row that two texts share, from which a passage grows
GAP = 8  # words that may stand between two such places of one passage: what was replaced, put in or left out
MIN_PASSAGE = 12  # shared words of a passage; fewer are a formula or a short quotation
MANY = 4  # places at which numbers differ from which these alone may show that two texts are of one form
_OFTEN = 8  # a pair of words that stands more often in a text ("of the") says nothing about where a passage lies

Mask = npt.NDArray[np.bool_]
Places = list[tuple[int, int]]  # where the same pair of words stands in the one text and in the other


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """The words of a text in order, as hashes; and which of them are names, and which numbers or days."""

    tokens: tuple[int, ...]
    names: frozenset[int]
    numbers: frozenset[int]


def wording(text: str, sketch: Sketch, language: str) -> Wording:
    """The wording of the text whose sketch this is. Its headline does not count: copies get new ones."""
    said = words(spelt(text, language))
    tokens = hashes(said).tolist()
    numbers = frozenset(token for token, word in zip(tokens, said, strict=True) if is_number(word))
    named = hashes(words(" ".join(sketch.names)))
    return Wording(tuple(tokens), frozenset(named.tolist()) - numbers, numbers)


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """What two texts have in common: which words of each stand in shared passages (bool, one a word), in how many.

    `same` counts the words of the shorter text that stand in the other: a passage also spans what was replaced in it.
    `numbers` and `names` count, of each, those that both have at the same place of a passage, and the places where one
    text has some and the other only others. `runs` is the share of the shorter text's five-word runs that stand in the
    other, 0 to 1.
    """

    mine: Mask
    others: Mask
    passages: int
    same: int
    numbers: tuple[int, int]
    names: tuple[int, int]
    runs: float

    @property
    def shorter(self) -> Mask:
        """The words of the shorter text that stand in shared passages."""
        return self.mine if len(self.mine) <= len(self.others) else self.others

    @property
    def covered(self) -> float:
        """The share of the shorter text's words that stand in shared passages."""
        return float(self.shorter.mean())

    @property
    def contradiction(self) -> float:
        """The share of the facts at the same places that contradict each other, 0 to 1.

        Of all facts; and of the numbers alone where most of them differ, or `MANY`, whatever names stay: that is what
        fills a form, while an update changes few.
        """
        same, other = self.numbers
        alone = other / (same + other) if other > same or other >= MANY else 0.0
        both, differing = same + self.names[0], other + self.names[1]
        return max(alone, differing / max(both + differing, 1))


def shared(mine: Wording, other: Wording) -> Shared:
    """Find the passages that two texts, of at least one word each, have in common, wherever they stand in either.

    A passage grows from shared pairs of words that follow each other closely in both (seed and extend, as in Potthast
    et al., "Overview of the 5th International Competition on Plagiarism Detection", 2013), so it spans replaced words.
    """
    texts = (mine.tokens, other.tokens)
    covered = [np.zeros(len(text), bool) for text in texts]
    same = [np.zeros(len(text), bool) for text in texts]
    passages, facts = 0, np.zeros((2, 2), int)
    for chain in sorted(_chains(*(text[:MAX_WORDS] for text in texts)), key=len, reverse=True):
        held = [np.unique([place[side] + k for place in chain for k in range(SEED)]) for side in (0, 1)]
        spans = [slice(places[0], places[-1] + 1) for places in held]
        if len(held[0]) < MIN_PASSAGE or any(c[span].mean() > 0.5 for c, span in zip(covered, spans, strict=True)):
            continue  # too little, or a weaker echo of what a longer passage has covered
        for side in (0, 1):
            covered[side][spans[side]] = same[side][held[side]] = True
        passages += 1
        facts += [_compared(kind, chain, held[0], mine, other) for kind in ("numbers", "names")]
    runs = _beyond(texts, covered, same)
    numbers, names = ((int(agreeing), int(differing)) for agreeing, differing in facts)
    shorter = same[0] if len(texts[0]) <= len(texts[1]) else same[1]
    return Shared(covered[0], covered[1], passages, int(shorter.sum()), numbers, names, runs)


def _beyond(texts: Sequence[Sequence[int]], covered: Sequence[Mask], same: Sequence[Mask]) -> float:
    """Containment of five-word runs (Broder, "On the resemblance and containment of documents", 1997).

    Marks the words of shared runs that lie beyond what is aligned.
    """
    runs = [[text[i : i + SHINGLE] for i in range(len(text) - SHINGLE + 1)] for text in texts]
    both = set(runs[0]) & set(runs[1])
    for text, *masks in zip(runs, covered, same, strict=True):
        for i in range(MAX_WORDS, len(text)):
            if text[i] in both:
                for mask in masks:
                    mask[i : i + SHINGLE] = True
    return len(both) / max(min(len(set(text)) for text in runs), 1)


def _chains(one: Sequence[int], two: Sequence[int]) -> list[Places]:
    """Shared pairs of words that follow each other within the gap in both texts."""
    places = defaultdict(list)
    for j in range(len(two) - SEED + 1):
        places[two[j : j + SEED]].append(j)
    chains: list[Places] = []
    growing: list[Places] = []
    for i in range(len(one) - SEED + 1):
        found = places.get(one[i : i + SEED], ())
        if not found or len(found) > _OFTEN:
            continue
        growing = [chain for chain in growing if i - chain[-1][0] <= GAP]
        for j in found:
            fits = [c for c in growing if c[-1][0] < i and 0 < j - c[-1][1] <= GAP + SEED]
            if fits:  # the one whose gaps are most alike in both texts
                min(fits, key=lambda c: abs((j - c[-1][1]) - (i - c[-1][0]))).append((i, j))
            else:
                chains.append([(i, j)])
                growing.append(chains[-1])
    return chains


def _compared(kind: str, chain: Places, held: npt.NDArray[np.intp], mine: Wording, other: Wording) -> tuple[int, int]:
    """Of a passage's facts of a kind: how many both texts have, and at how many places each has some that differ."""
    my_facts, other_facts = getattr(mine, kind), getattr(other, kind)
    differing = 0
    for (i, j), (next_i, next_j) in pairwise(chain):
        said = my_facts.intersection(mine.tokens[i + SEED : next_i])
        told = other_facts.intersection(other.tokens[j + SEED : next_j])
        differing += bool(said and told and not said & told)
    return sum(mine.tokens[i] in my_facts for i in held), differing
