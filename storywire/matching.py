"""Whether a watch is about a report: decides it, and says why in words.

Never decides whether the report is news, or when it is told.
"""

from dataclasses import dataclass
from functools import cached_property

from storywire.arrivals import Arrival, Vector
from storywire.text import words
from storywire.urls import host
from storywire.watches import Match


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """What a watch's sentence means: its unit vector, and the cosine from which a report means something like it."""

    vector: Vector
    needed: float


class Reading:
    """A report as watches read it: its words are taken apart once, when the first watch asks for them."""

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival

    def reason(self, match: Match, meaning: Meaning | None) -> str | None:
        """Why the report matches, all that is asked for; an empty text where nothing is. None: it does not match.

        A watch for a meaning matches nothing that has no vector of the same model.
        """
        found = []
        if match.languages:
            found.append(self._language(match))
        if match.publishers and None not in found:
            found.append(self._publisher(match))
        if match.words and None not in found:
            found.append(self._has(match))
        if match.like is not None and None not in found:
            found.append(self._means(match, meaning))
        return None if None in found else ", ".join(said for said in found if said)

    def _language(self, match: Match) -> str | None:
        language = self.arrival.language
        return f"in {language}" if language in match.languages else None

    def _publisher(self, match: Match) -> str | None:
        name, site = (self.arrival.publisher or "").casefold(), host(self.arrival.url or "").casefold()
        for wanted in match.publishers:
            folded = wanted.casefold()
            if folded in (name, site) or site.endswith(f".{folded}"):
                return f"by {wanted}"
        return None

    def _has(self, match: Match) -> str | None:
        return next((f"it has {said}" for said in match.words if self._has_all(said)), None)

    def _has_all(self, said: str) -> bool:
        needles = terms(said)
        return bool(needles) and all(needle in self._words for needle in needles)

    @cached_property
    def _words(self) -> str:
        text = "\n".join((self.arrival.title, self.arrival.text))
        return f" {' '.join(words(text))} "

    def _means(self, match: Match, meaning: Meaning | None) -> str | None:
        vector = self.arrival.vector
        if meaning is None or vector is None or vector.shape != meaning.vector.shape:
            return None
        cosine = float(vector @ meaning.vector)
        if cosine < meaning.needed:
            return None
        return f"it means something like “{match.like}”: {cosine:.2f} where {meaning.needed:.2f} is needed"


def terms(said: str) -> list[str]:
    """What must stand in a text's words, put between spaces: each word, what stands in quotes as it stands there.

    A word or phrase that ends in * may go on: `ferr*` is also in ferries.
    """
    found = []
    for place, part in enumerate(said.replace("“", '"').replace("”", '"').split('"')):
        for each in [part] if place % 2 else part.split():
            if told := " ".join(words(each)):
                found.append(f" {told}" if each.rstrip().endswith("*") else f" {told} ")
    return found
