"""Which articles retell another in other words or another language: decides semantic duplicates, with their evidence.

Never takes an independent account of the same facts for one: what is retold is told sentence by sentence, in order, and
no name or number contradicts. Precision first, as in `dedup`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import accumulate, pairwise

import numpy as np

from storywire.archive import Archive
from storywire.nouns import Duplicate, DuplicateKind
from storywire.parameters import CopyParameters
from storywire.paraphrase import Alignment, Told, aligned, common_facts, told
from storywire.past import Matrix
from storywire.window import Rows, Window

MIN_SENTENCES = 8  # in fewer, alike sentences are what all reports of a happening begin with
MIN_FACTS = 8  # names and numbers that both texts must have; fewer prove nothing
MIN_COMMON = 0.67  # share of the names and numbers of either that stand in both: other accounts choose other details
MAX_DAYS = 3.0  # between a report and one that retells it
MAX_READ = 3  # articles that one is read beside, those with the most alike meaning

_SLICE = 64  # rows, in the order of time, that are compared at once: fewer reach over fewer days

Encode = Callable[[Sequence[str]], Matrix]
"""Turns sentences into unit vectors, float32, shape (sentences, dimensions)."""


class Retellings:
    """Finds, for articles of a window, the kept one that each retells."""

    def __init__(self, window: Window, parameters: CopyParameters, encode: Encode) -> None:
        self._window, self._parameters, self._encode = window, parameters, encode
        self._candidates: dict[int, list[int]] = {}
        self._told: dict[int, Told] = {}
        self._vectors: dict[int, Matrix] = {}

    def expect(self, rows: Rows, said: Mapping[str, str], archive: Archive) -> None:
        """Take in a batch, with its texts by id, and read sentence by sentence what may be a retelling."""
        promising = self._promising(rows) if len(rows) else []
        told = self._read({row for pair in promising for row in pair}, said, archive)
        pairs = [(a, b) for a, b in promising if a in told and b in told and _same_facts(told[a], told[b])]
        self._told = {row: told[row] for row in sorted({row for pair in pairs for row in pair})}
        self._candidates = {a: [other for one, other in pairs if one == a] for a, _ in pairs}
        vectors = self._encode([sentence for each in self._told.values() for sentence in each.sentences])
        ends = accumulate((len(each.sentences) for each in self._told.values()), initial=0)
        self._vectors = {row: vectors[a:b] for row, (a, b) in zip(self._told, pairwise(ends), strict=True)}

    def _promising(self, rows: Rows) -> list[tuple[int, int]]:
        """Pairs of a row and another, of the batch or before it, that mean nearly the same at nearly the same time."""
        window, first = self._window, int(rows[0])
        known = np.isin(window.languages, self._parameters.languages.split())
        asked = rows[known[rows]]
        asked = asked[np.argsort(window.days[asked], kind="stable")]
        found = []
        for some in np.array_split(asked, len(asked) // _SLICE + 1):
            days = window.days[some][:, None]
            near = np.flatnonzero(known & (np.abs(window.days - days) <= MAX_DAYS).any(axis=0))
            alike = window.vectors[some] @ window.vectors[near].T
            fits = (alike >= self._parameters.candidate) & (np.abs(window.days[near] - days) <= MAX_DAYS)
            for row, similar, fit in zip(some.tolist(), alike, fits & (near != some[:, None]), strict=True):
                ranked = near[fit][np.argsort(-similar[fit], kind="stable")]
                for part in (ranked[ranked < first], ranked[ranked >= first]):  # which of a batch is kept is not known
                    found += [(row, int(other)) for other in part[:MAX_READ]]
        return found

    def _read(self, rows: Collection[int], said: Mapping[str, str], archive: Archive) -> dict[int, Told]:
        """The texts of rows as sentences, where they have enough of them."""
        ids, languages = self._window.ids, self._window.languages
        before = sorted(ids[row] for row in rows if ids[row] not in said)
        known = {**said, **(archive.texts(before) if before else {})}
        read = {row: told(known[ids[row]], languages[row]) for row in rows if ids[row] in known}
        return {row: each for row, each in read.items() if len(each.sentences) >= MIN_SENTENCES}

    def candidates(self, row: int) -> Sequence[int]:
        """What the batch's article at a row may retell."""
        return self._candidates.get(row, ())

    def verdict(self, row: int, others: Collection[int]) -> Duplicate | None:
        """The verdict that the article at a row retells one of these, which are candidates of it."""
        found = [(self._aligned(row, other), other) for other in others]
        told = [(each, other) for each, other in found if self._is_retold(each)]
        if not told:
            return None
        best, other = max(told, key=lambda one: (one[0].likeness, -one[1]))
        ids, similarity = self._window.ids, round(best.likeness, 4)
        return Duplicate(ids[row], ids[other], DuplicateKind.SEMANTIC, similarity, _evidence(best))

    def _aligned(self, row: int, other: int) -> Alignment:
        mine, theirs = self._told[row], self._told[other]
        return aligned(mine, theirs, self._vectors[row], self._vectors[other], self._parameters.sentence)

    def _is_retold(self, found: Alignment) -> bool:
        return found.contradictions == 0 and min(found.mine, found.others) >= self._parameters.aligned


def _same_facts(one: Told, other: Told) -> bool:
    both, either = common_facts(one, other)
    return both >= MIN_FACTS and both >= MIN_COMMON * either


def _evidence(found: Alignment) -> str:
    return (
        f"{found.mine:.0%} of it says in the same order what {found.others:.0%} of the other says, in {found.groups} "
        f"places with a mean likeness of {found.likeness:.2f}; no name or number contradicts"
    )
