"""How good the verdicts on copies are, by labelled pairs: decides what a pair is, and what is counted.

Never compares two articles: it is told what an analysis found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storywire.dedup import MIN_RUNS
from storywire.errors import InputError
from storywire.labelled import identifier, json_object
from storywire.nouns import DuplicateKind

_FORMAT = "a line is one pair as JSON, see docs/quality.md"


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two articles, by their ids, whether one repeats the other, and how."""

    one: str
    other: str
    kind: DuplicateKind
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What an analysis said: `canonical` has for each copy the kept article and the kind; `holds` are pairs of kept
    articles of which the first has the second inside, beside its own news.
    """

    canonical: Mapping[str, tuple[str, DuplicateKind]]
    holds: frozenset[tuple[str, str]]

    def kind(self, pair: LabelledPair) -> DuplicateKind | None:
        """How the two are copies of each other, or of a third; None where they are not. The weaker kind counts."""
        kept = [self.canonical.get(i, (i, DuplicateKind.EXACT)) for i in (pair.one, pair.other)]
        if kept[0][0] != kept[1][0]:
            return None
        order = list(DuplicateKind)
        return max((kind for _, kind in kept), key=order.index)

    def held(self, pair: LabelledPair) -> bool:
        """Whether one holds the other."""
        return not self.holds.isdisjoint({(pair.one, pair.other), (pair.other, pair.one)})


def read_pairs(raw: str, name: str, known: Iterable[str]) -> list[LabelledPair]:
    """The lines of a JSONL file: `a, b` (ids), and `duplicate` (true or false) with `kind`, or `containment`.

    Containment is the share of five-word runs of the shorter text; from half on, the two are near copies. Raises
    InputError with the line's number.
    """
    ids, found = set(known), []
    for number, line in enumerate(raw.split("\n"), 1):
        if not line.strip():
            continue
        try:
            pair = _pair(json_object(line))
        except ValueError as error:
            raise InputError(f"{name}, line {number}: {error}; {_FORMAT}") from None
        missing = {pair.one, pair.other} - ids
        if missing:
            raise InputError(f"{name}, line {number}: there is no article {sorted(missing)[0]} in the file of articles")
        found.append(pair)
    if not found:
        raise InputError(f"{name} holds no pairs; {_FORMAT}")
    return found


def _pair(row: Mapping[str, Any]) -> LabelledPair:
    """A pair; ValueError says in words what is wrong with it."""
    one, other = identifier(row, "a"), identifier(row, "b")
    if one == other:
        raise ValueError(f"a and b are both {one!r}: a pair is of two articles")
    if "containment" in row and "duplicate" not in row:
        return LabelledPair(one, other, _kind(row.get("kind", "near")), _containment(row["containment"]) >= MIN_RUNS)
    if not isinstance(row.get("duplicate"), bool) or "kind" not in row:
        raise ValueError('needs "duplicate" (true or false) and "kind", or "containment"')
    return LabelledPair(one, other, _kind(row["kind"]), row["duplicate"])


def _kind(said: object) -> DuplicateKind:
    kind = next((kind for kind in DuplicateKind if kind == said), None)
    if kind is None:
        raise ValueError(f"kind is {said!r}: one of {', '.join(DuplicateKind)}")
    return kind


def _containment(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or not 0 <= said <= 1:
        raise ValueError(f"containment is {said!r}: a number from 0 to 1")
    return said


def pair_scores(pairs: Sequence[LabelledPair], found: Found) -> dict[str, dict[str, float]]:
    """For each kind that the pairs have, and for all: precision, recall, and what they are made of.

    A pair counts as found where an analysis said so by whichever kind. `held` are true pairs of which none is a copy
    because the longer one has more news than that, and the analysis said that it holds the other; they are no hits.
    A kind of which nothing was found has no false merges: its precision is 1.
    """
    kinds = [*dict.fromkeys(pair.kind for pair in pairs), None]
    return {kind or "all": _scores([p for p in pairs if kind in (None, p.kind)], found) for kind in kinds}


def _scores(pairs: Sequence[LabelledPair], found: Found) -> dict[str, float]:
    hits = [pair for pair in pairs if found.kind(pair)]
    true = sum(pair.duplicate for pair in hits)
    copies = sum(pair.duplicate for pair in pairs)
    return {
        "precision": true / len(hits) if hits else 1.0,
        "recall": true / copies if copies else 1.0,
        "copies": copies,
        "others": len(pairs) - copies,
        "found": true,
        "false": len(hits) - true,
        "held": sum(pair.duplicate and not found.kind(pair) and found.held(pair) for pair in pairs),
    }
