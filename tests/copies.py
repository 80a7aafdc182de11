"""Copies of reports as they reach a newsroom, made by chance with a seed."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_SPELLINGS = dict(
    pair.split("/")
    for pair in """
    colour/color honour/honor labour/labor harbour/harbor neighbour/neighbor favour/favor rumour/rumor
    behaviour/behavior centre/center theatre/theater metre/meter metres/meters kilometre/kilometer kilometres/kilometers
    litres/liters defence/defense offence/offense licence/license organise/organize organised/organized realise/realize
    recognise/recognize recognised/recognized criticise/criticize criticised/criticized emphasise/emphasize
    travelled/traveled cancelled/canceled labelled/labeled programme/program programmes/programs cheque/check
    analyse/analyze catalogue/catalog grey/gray jewellery/jewelry tyre/tire tyres/tires plough/plow sceptical/skeptical
    towards/toward whilst/while afterwards/afterward judgement/judgment ageing/aging per-cent/percent aeroplane/airplane
    """.split()
)
_TO_BRITISH = {american: british for british, american in _SPELLINGS.items()}
_BYLINES = (
    "By {name} (Northwire) - ",
    "{place}, Nov 3 (Meridian Press) - ",
    "{place} — ",
    "{name}, Continental News Agency\n\n",
    "({agency}) - ",
)
_NAMES = ("Ida Krall", "Tom Esterhazy", "Mirela Dobre", "Jonas Petit", "Ayesha Karim", "Luis Ferrand")
_AGENCIES = ("Northwire", "Meridian Press", "CNA", "Eastlink")
_FURNITURE = (
    "Sign up to our newsletter and get the day's most important reports in your inbox every morning.",
    "This report was first published elsewhere and is republished here with permission of the agency.",
    "Our journalism is free for everyone. If you value it, please consider a small gift today.",
    "Do you have more information? Write to the newsroom at any hour, in confidence.",
    "Follow us on all channels for more reports from the region and beyond.",
    "The views of our readers do not reflect those of the editors. Comments are closed on this page.",
)


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    text: str


Edit = Callable[[random.Random, Report, Sequence[Report]], Report]


def byline(chance: random.Random, one: Report, others: Sequence[Report]) -> Report:
    said = chance.choice(_BYLINES).format(
        name=chance.choice(_NAMES), place=one.title.split()[0].upper(), agency=chance.choice(_AGENCIES)
    )
    return Report(one.title, said + one.text)


def headline(chance: random.Random, one: Report, others: Sequence[Report]) -> Report:
    return Report(chance.choice(others).title, one.text)


def cut(chance: random.Random, one: Report, others: Sequence[Report]) -> Report:
    """The first or last third is missing."""
    said = one.text.split(" ")
    third = len(said) // 3
    return Report(one.title, " ".join(said[third:] if chance.random() < 0.5 else said[:-third]))


def joined(chance: random.Random, one: Report, others: Sequence[Report]) -> Report:
    """Two reports on one page."""
    both = [one, chance.choice(others)]
    chance.shuffle(both)
    return Report(one.title, "\n\n".join(each.text for each in both))


def reordered(chance: random.Random, one: Report, others: Sequence[Report]) -> Report:
    parts = one.text.split("\n\n")
    if len(parts) < 3:
        parts = re.split(r"(?<=[.!?。])\s+", one.text)
    chance.shuffle(parts)
    return Report(one.title, "\n\n".join(parts))


def spelt(chance: random.Random, one: Report, others: Sequence[Report]) -> Report:
    """British spelling where it was American, and the other way round."""
    other = _SPELLINGS | _TO_BRITISH
    return Report(one.title, re.sub(r"[a-z-]+", lambda word: other.get(word[0], word[0]), one.text))


def typography(chance: random.Random, one: Report, others: Sequence[Report]) -> Report:
    text = one.text.replace("'", "’").replace(" - ", " — ").replace("...", "…")
    return Report(one.title, re.sub(r'"([^"\n]*)"', chance.choice(("“\\1”", "«\\1»", "„\\1“")), text))


def framed(chance: random.Random, one: Report, others: Sequence[Report]) -> Report:
    """Boilerplate around it."""
    before, *after = chance.sample(_FURNITURE, 4)
    return Report(one.title, "\n\n".join([before, one.text, *after]))


def edited(kind: str, share: float) -> Edit:
    """Replacement, deletion or insertion of a share of the words, anywhere, by words of other reports."""

    def edit(chance: random.Random, one: Report, others: Sequence[Report]) -> Report:
        vocabulary = [word for other in others for word in other.text.split()]
        paragraphs = [
            " ".join(said for word in part.split() for said in touched(chance, word, vocabulary))
            for part in one.text.split("\n\n")
        ]
        return Report(one.title, "\n\n".join(paragraphs))

    def touched(chance: random.Random, word: str, vocabulary: Sequence[str]) -> list[str]:
        if chance.random() >= share:
            return [word]
        return {"delete": [], "replace": [chance.choice(vocabulary)], "insert": [word, chance.choice(vocabulary)]}[kind]

    return edit


WHOLE: dict[str, Edit] = {
    "byline": byline,
    "headline": headline,
    "cut": cut,
    "joined": joined,
    "reordered": reordered,
    "spelling": spelt,
    "typography": typography,
    "boilerplate": framed,
}
EDITS: dict[str, Edit] = {
    f"{kind} {share}%": edited(kind, share / 100)
    for kind in ("replace", "delete", "insert")
    for share in (5, 10, 20, 40)
}


def copies(reports: Sequence[Report], seed: int) -> list[tuple[str, Report, Report]]:
    """Of each report one copy by each edit: the edit's name, the report, the copy."""
    chance = random.Random(seed)
    made = []
    for place, one in enumerate(reports):
        others = [*reports[:place], *reports[place + 1 :]]
        made += [(name, one, edit(chance, one, others)) for name, edit in (WHOLE | EDITS).items()]
    return made
