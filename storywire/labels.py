"""What an event or a storyline is called: decides two to five words of its reports, and which report speaks for all.

Never invents a word: a label is a run of words of a headline, or two runs, as they are written inside sentences.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import chain, combinations, pairwise, permutations
from operator import and_

import numpy as np
import numpy.typing as npt

from storywire.headlines import FURNITURE, WEAK, Run, closes, denied, forms, frequent_words, infinitive, read
from storywire.rarity import Rarity
from storywire.sketch import Sketch, hashes
from storywire.text import words

MAX_WORDS = 5
MAX_PAIRS = 9  # of characters, where words are not spaced: five words of two
COMMON = 200  # most frequent words of a language, which neither begin nor end a label
MIN_WEIGHT = 1.2  # nor do words that weigh less, in a language without a list: a third of all articles hold them
NAMED = 1.5  # what a name weighs more than another word that is as rare
WORTH = 0.4  # of what the three best words tell, on average; a word that tells less is not worth its room
TORN = 0.4  # lost where a word stands without the neighbour that it always has in headlines
APART = 0.1  # how much more two runs of words must tell than one
TRIED = 12  # words that a label may begin or end with, the best ones
STEADY = 1.3  # how much more a new label must tell than the last one


def label(titles: Sequence[str], sketches: Sequence[Sketch], rarity: Rarity, before: str | None = None) -> str:
    """A label of two to five words, never empty: `before`, the label so far, while no other tells clearly more.

    `titles` and `sketches` are those of the same reports, at least one. Their order does not matter.
    """
    group = _Group(titles, sketches, rarity)
    best = group.best()
    kept = group.worth(tuple(chain(*read(before)))) if before else -np.inf
    if before and kept > 0 and kept * STEADY >= group.worth(best):
        return before
    return group.text(best) or next((" ".join(t.split()[:MAX_WORDS]) for t in sorted(titles) if t.strip()), "–")


def central(likeness: npt.NDArray[np.float32]) -> int:
    """The report that is most like all others, the earliest of several. `likeness`: shape (n, n), n at least 1."""
    return int(np.argmax(likeness.sum(axis=1)))


class _Group:
    """What each word of some reports' headlines tells, and what a label of such words is worth."""

    def __init__(self, titles: Sequence[str], sketches: Sequence[Sketch], rarity: Rarity) -> None:
        self._said, self._sketches = [read(title) for title in titles], sketches
        headed = {word.key for word in chain(*chain(*self._said))}
        names = {name: run for name, run in _names(sketches).items() if any(word.key in headed for word in run)}
        keys = sorted(headed | {word.key for run in names.values() for word in run})
        weights = dict(zip(keys, rarity.weights(hashes(keys)).tolist(), strict=True))
        common = frequent_words(titles, COMMON)
        common = common or [sorted((k for k in keys if weights[k] < MIN_WEIGHT), key=weights.__getitem__)]
        self._learn_capitals(keys, frozenset(chain(*(each[: COMMON // 5] for each in common))))
        self._never, every = FURNITURE - self._named, WEAK.union(*common)
        told = {key: weights[key] for key in keys if self._tells(key, every)}
        self._stem = forms(list(told))
        self._weigh(told)
        self._learn_neighbours(names)
        self._learn_denials()

    def _learn_capitals(self, keys: list[str], never: frozenset[str]) -> None:
        """How words are written inside sentences: in headlines that show it, else in the texts.

        What an article has twice besides its headline, and never as a name, is small.
        """
        inside = [word for word in chain(*chain(*self._said)) if word.capital]
        shown, votes = Counter(word.written for word in inside), Counter[str]()
        for word in inside:
            votes[word.key] += word.capital
        parts = {part for sketch in self._sketches for name in sketch.names for part in name.split()}
        named = set(words(" ".join(parts))) - never
        often = np.isin(hashes(keys), np.concatenate([s.terms[s.counts > 2] for s in self._sketches]))
        self._form = {form.casefold(): form for form in sorted(parts)}
        self._form |= {form.casefold(): form for form in sorted(shown, key=lambda form: (shown[form], form))}
        self._named = {key for key in keys if (votes[key] > 0 if key in votes else key in named)}
        self._small = {key for key, found in zip(keys, often, strict=True) if found and key not in named}
        self._lower = self._small | {key for key in votes if votes[key] < 0}

    def _tells(self, key: str, common: frozenset[str]) -> bool:
        """Whether a word may stand at either end of a label."""
        return len(key) > 1 and any(map(str.isalpha, key)) and (key in self._named or key not in common)

    def _weigh(self, told: dict[str, float]) -> None:
        """The share of reports that hold a word, half by headline and half by text, times how rare it is.

        The forms of a word count as one; the one that headlines use most tells most.
        """
        keys, hashed = list(told), hashes(list(told))
        headed = Counter(key for runs in self._said for key in {word.key for run in runs for word in run})
        titled = self._titled = defaultdict[str, int](int)
        self._held = defaultdict[str, int](int)
        for i, (runs, sketch) in enumerate(zip(self._said, self._sketches, strict=True)):
            for word in chain(*runs):
                titled[self._stem.get(word.key, "")] |= 1 << i
            for at in np.flatnonzero(np.isin(hashed, sketch.terms)):
                self._held[self._stem[keys[at]]] |= 1 << i
        worth, named = dict[str, float](), {self._stem[key] for key in keys if key in self._named}
        for key, weight in told.items():
            heads, texts = titled[self._stem[key]].bit_count(), self._held[self._stem[key]].bit_count()
            share = (heads + texts) / 2 / len(self._said) * (0.8 + 0.2 * headed[key] / max(heads, 1))
            worth[key] = share * (weight + NAMED * (self._stem[key] in named and key not in self._lower))
        best = sorted(worth.values())[-3:]
        self._worth = {key: each * len(best) / (sum(best) or 1.0) - WORTH for key, each in worth.items()}

    def _learn_neighbours(self, names: dict[str, Run]) -> None:
        """How often, of the reports that hold a word in a headline or name, another stands right before or after.

        A name in a text counts half, and so does a neighbour behind one other word.
        """
        held, links = Counter[str](), defaultdict[tuple[str, str, str], float](float)
        places = defaultdict[str, list[float]](list)
        self._lines: list[Run] = []
        for title, sketch in zip(self._said, self._sketches, strict=True):
            named = [names[name] for name in sketch.names if name in names]
            self._lines += [*title, *named]
            held.update({self._stem.get(word.key, "") for run in (*title, *named) for word in run})
            near = {link: 0.5 for run in named for link in self._links(run)}
            near |= {link: 0.5 if link[1] else 1.0 for run in title for link in self._links(run)}
            for link, share in near.items():
                links[link] += share
            for place, word in enumerate(flat := list(chain(*title))):
                places[word.key].append(place / len(flat))
        self._place = {key: round(sum(found) / len(found), 6) for key, found in places.items()}
        self._bound = {link: (n / held[link[0]], n / held[link[2]]) for link, n in links.items()}
        self._pull, self._push = defaultdict[str, float](float), defaultdict[str, float](float)
        for (a, _, b), (after, before) in self._bound.items():
            self._push[a], self._pull[b] = max(self._push[a], after), max(self._pull[b], before)

    def _learn_denials(self) -> None:
        """The words that, in most headlines which hold both, stand on either side of a negation."""
        found = defaultdict[tuple[str, str], int](int)
        for i, title in enumerate(self._said):
            for a, b in denied(title):
                found[self._stem.get(a.key, ""), self._stem.get(b.key, "")] |= 1 << i
        both = {pair: self._titled[pair[0]] & self._titled[pair[1]] for pair in found if all(pair)}
        most = [pair for pair, held in both.items() if 2 * found[pair].bit_count() >= held.bit_count()]
        self._denied = {(a, "", b) for pair in most for a, b in permutations(pair)}

    def _links(self, run: Run) -> Iterator[tuple[str, str, str]]:
        """Telling words that stand side by side, and those with one other word between them, with that word."""
        stems = [self._stem.get(word.key, "") for word in run]
        for i, (a, b) in enumerate(pairwise(stems)):
            if a and b:
                yield a, "", b
            elif a and stems[i + 2 : i + 3] > [""]:
                yield a, run[i + 1].key, stems[i + 2]

    def worth(self, run: Run) -> float:
        """What a label tells, less what it tears apart.

        No label says a word twice, joins what no report holds, or puts side by side what a headline says is not so.
        """
        told = [word for word in run if word.key in self._stem]
        stems = [self._stem[word.key] for word in told]
        parts = [self._stem.get(part, part) for word in told for part in word.parts]
        if not told or len(set(parts)) < len(parts) or any(w.key in self._never for w in run):
            return -np.inf
        if not reduce(and_, (self._held[stem] for stem in stems)):
            return -np.inf
        links = list(self._links(run))
        if any(link in self._denied for link in links):
            return -np.inf
        total = sum(self._worth[word.key] for word in told) - TORN * sum(self._push[s] + self._pull[s] for s in stems)
        return total + TORN * sum(sum(self._bound.get(link, (0.0, 0.0))) for link in links)

    def best(self) -> Run:
        """The run, or two runs, that tell most; at least two telling words where there are two.

        Of one report alone it is one run: which of its words belong together, no other report can say.
        """
        found: dict[tuple[str, int], tuple[float, Run]] = {}
        for run in self._candidates():
            kind, rated = (run[0].key, len(run)), (self.worth(run), run)
            found[kind] = max(found.get(kind, rated), rated)
        tried = [run for _, run in sorted(found.values(), reverse=True)[:TRIED]]
        pairs = [run for a, b in combinations(tried, 2) if _fits(run := self._joined(a, b))]
        one = self._most([run for run in tried if sum(word.key in self._stem for word in run) > 1])
        two = self._most(pairs if len(self._said) > 1 or not one else [])
        return (two if self.worth(two) > self.worth(one) + APART else one) or self._most(tried)

    def _most(self, runs: Sequence[Run]) -> Run:
        return max(runs, key=lambda run: (self.worth(run), run), default=())

    def _opens(self, run: Run, at: int) -> bool:
        """Whether a label may begin with a word: not with the first telling one behind a negation."""
        before = next((word for word in reversed(run[:at]) if word.negates or word.key in self._stem), run[at])
        return not before.negates and not run[at].negates

    def _candidates(self) -> Iterator[Run]:
        """The runs of headlines and names that begin and end with one of the best words, each once."""
        best = set(sorted(self._worth, key=lambda key: (-self._worth[key], key))[:TRIED])
        found: dict[tuple[str, ...], Run] = {}
        for run in self._lines:
            ends = [i for i, w in enumerate(run) if w.key in best and (w.key in self._named or not infinitive(run, i))]
            starts, ends = [i for i in ends if self._opens(run, i)], [i for i in ends if closes(run, i)]
            for some in (run[i : j + 1] for i in starts for j in ends if i <= j < i + MAX_PAIRS):
                if _fits(some):
                    keys = tuple(word.key for word in some)
                    found[keys] = min(found.get(keys, some), some)
        yield from found.values()

    def _joined(self, a: Run, b: Run) -> Run:
        """Two runs in the order of the headlines."""
        one, two = sorted((a, b), key=lambda run: (self._place.get(run[0].key, 1.0), run))
        first = two[0]._replace(lead=" ", shares=False, parts=tuple(two[0].key) if two[0].shares else two[0].parts)
        return (*one, first, *two[1:])

    def text(self, run: Run) -> str:
        """A run as it is written inside a sentence."""
        text = ""
        for i, word in enumerate(run):
            form = word.written.lower() if word.key in self._small else word.written
            form = self._form.get(word.written.casefold(), form)
            text += (run[i - 1].end + word.lead if i else "") + (form[1:] if word.shares and i else form)
        return text


def _names(sketches: Sequence[Sketch]) -> dict[str, Run]:
    """The names of several words that at least two reports hold, or the only one, as runs."""
    held = Counter(name for sketch in sketches for name in sketch.names if " " in name)
    return {name: run for name, n in held.items() if n >= min(2, len(sketches)) for run in read(name)[:1]}


def _fits(run: Run) -> bool:
    return len(run) <= MAX_PAIRS and 1 + sum(word.lead != "" for word in run[1:]) <= MAX_WORDS
