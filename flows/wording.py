"""What numbers, entries of the log and links are in words: decides the sentences of explanations.

Never prints anything, and never decides what is explained.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from storage.explanations import Bond
from storywire.history import Told
from storywire.nouns import LinkKind, LogKind

Names = Mapping[str, str]
"""What events and storylines are called, by id."""
Said = Iterator[tuple[str, str]]
"""Headings, each with a sentence."""
# In languages that write them with a capital. Reports of one day share them, and they are nobody's name.
_WEEKDAY = re.compile(
    r"(?i:mon|tues|wednes|thurs|fri|satur|sun)day|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag"
)


def called(group_id: str, names: Names) -> str:
    """An event or storyline: its name, if it has one, and its id."""
    return f"“{names[group_id]}” ({group_id})" if group_id in names else group_id


def event_fit(fit: Mapping[str, Any]) -> str:
    """How well an article fitted an event."""
    said = f"{fit['score']:.2f} where {fit['needed']:.3g} is needed"
    if "words" not in fit:  # an older version noted no more
        return said
    return f"{said}: words {fit['words']:.2f}, meaning {fit['meaning']:.2f}, {fit['gap_days']:g} days apart"


def storyline_fit(fit: Mapping[str, Any]) -> str:
    """How well an article fitted a storyline."""
    if fit["seed"]:
        return "a person made it one of the storyline's seeds"
    names = f", names {fit['names']:.2f}" if fit.get("names") else ""
    anchor = f"; it {'names' if fit['anchored'] else 'does not name'} “{fit['anchor']}”" if fit["anchor"] else ""
    gap = f", {fit['gap_years']:.1f} years apart" if fit["gap_years"] >= 0.1 else ""
    return (
        f"{fit['score']:.2f} with its core where {fit['needed']:.3g} is needed: words {fit['words']:.2f}, "
        f"meaning {fit['meaning']:.2f}{names}{gap}{anchor}; the best other storyline {fit['best_other']:.2f}"
    )


def nearness(near: Mapping[str, Any]) -> str:
    """How far apart two reports are, and the names that they share."""
    names = [name for name in near["shared_names"] if not _WEEKDAY.fullmatch(name)]
    shared = f"; both name {', '.join(names)}" if names else ""
    return f"{near['gap_days']:g} days apart{shared}"


def why_original(reason: str) -> str:
    """That a copy is the original, after what names it."""
    if reason == "the earliest":
        return "was published earlier, so it is the original"
    return f"is the original: {reason}"


def since(history: Iterable[Told], names: Names) -> Said:
    """What became of events and storylines, with when and why."""
    for told in history:
        yield "since", f"{told.made_at:%Y-%m-%d %H:%M}: {_became(told, names)}{_why(told.entry.evidence)}"


def for_good(bonds: Iterable[Bond], names: Names) -> Said:
    """What must stay together, and what must never become one."""
    for bond in bonds:
        one, other = called(bond.one_id, names), called(bond.other_id, names)
        said = f"{one} stays in {other}" if bond.kind is LinkKind.MUST else f"{one} never becomes part of {other}"
        yield "for good", f"{said}: {_who(bond.by_person)}, {bond.made_at:%Y-%m-%d %H:%M}"


def _became(told: Told, names: Names) -> str:
    entry, who = told.entry, _who(told.by_person)
    group = f"event {called(entry.event_id, names)}" if entry.event_id else called(entry.storyline_id, names)
    match entry.kind:
        case LogKind.JOINED if entry.article_id is not None:
            return f"the article came to {group}"
        case LogKind.JOINED:
            return f"{who} moved {group} to {called(entry.storyline_id, names)}"
        case LogKind.MERGED_INTO:
            return f"{who} made {group} part of {called(entry.other_id or '', names)}"
        case LogKind.SPLIT_FROM:
            return f"{who} took {group} out of {called(entry.other_id or '', names)}"
        case LogKind.RENAMED:
            return f"{who} named {entry.storyline_id} “{entry.label}”"
        case _:
            return f"{who} {entry.kind.value} {group}"


def _who(by_person: bool) -> str:
    return "a person" if by_person else "Storywire"


def _why(evidence: Mapping[str, Any]) -> str:
    """The evidence of the machine; a person owes none."""
    said = [str(evidence["decision"])] if "decision" in evidence else []
    if "score" in evidence and "needed" in evidence:
        said.append(f"{evidence['score']:.2f} where {evidence['needed']:.3g} is needed")
    if "mean_score" in evidence:
        said.append(f"mean score {evidence['mean_score']:.2f}")
    return f" ({', '.join(said)})" if said else ""
