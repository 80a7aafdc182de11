"""What groups may become one: decides by what people said and by what a name binds.

Never looks at how alike anything is.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from storywire.nouns import Definition, Link, LinkKind, Storyline

_LATE = datetime.max.replace(tzinfo=UTC)


class Rules:
    """The storylines as people left them, and the links that they made."""

    def __init__(self) -> None:
        self._storylines: dict[str, Storyline] = {}
        self.named: set[str] = set()  # those that seeds define
        self._apart: set[frozenset[str]] = set()
        self._held: dict[str, str] = {}  # events, and the storyline in which each must stay

    def learn(
        self, storylines: Iterable[Storyline], definitions: Iterable[Definition] = (), links: Iterable[Link] = ()
    ) -> None:
        """Take in storylines, new or changed, and links."""
        self._storylines.update((s.storyline_id, s) for s in storylines)
        self.named |= {d.storyline_id for d in definitions}
        for link in links:
            if link.kind is LinkKind.MUST:
                self._held[link.one_id] = link.other_id
            else:
                self._apart.add(frozenset((link.one_id, link.other_id)))

    def merged(self, gone: str, into: str) -> None:
        """What binds a group that became part of another binds that one; no link names the one that is gone."""
        bound = {pair for pair in self._apart if gone in pair}
        self._apart = (self._apart - bound) | {pair - {gone} | {into} for pair in bound if into not in pair}
        now = {gone: into}
        self._held = {now.get(event, event): now.get(line, line) for event, line in self._held.items()}

    def inherited(self, event_id: str, part_id: str) -> list[Link]:
        """The links that bind an event, as they bind a part that was taken out of it."""
        apart = sorted(other for pair in self._apart if event_id in pair for other in pair - {event_id})
        held = [Link(LinkKind.MUST, part_id, self._held[event_id])] if event_id in self._held else []
        return [*held, *(Link(LinkKind.CANNOT, part_id, other) for other in apart)]

    def storyline(self, storyline_id: str) -> Storyline | None:
        """What is known of a storyline."""
        return self._storylines.get(storyline_id)

    def closed(self, storyline_id: str) -> bool:
        """Whether a person closed it: nothing joins it."""
        known = self._storylines.get(storyline_id)
        return known is not None and known.closed

    def held(self, event_id: str) -> bool:
        """Whether a person put the event where it is."""
        return event_id in self._held

    def apart(self, one_id: str, other_id: str) -> bool:
        """Whether two groups must never become one, or an event never come to a storyline."""
        return frozenset((one_id, other_id)) in self._apart

    def may_join(self, one: str, other: str) -> bool:
        """Whether the machine may merge two storylines."""
        if one == other or self.apart(one, other) or self.closed(one) or self.closed(other):
            return False
        return not ({one, other} & self.named) and not (self._pinned(one) and self._pinned(other))

    def survivor(self, one: str, other: str) -> str:
        """Of two storylines that become one: a pinned one before an automatic one, then the older, then by id."""
        return min(one, other, key=lambda s: (not self._pinned(s), self._created(s), s))

    def may_merge(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Whether the machine may merge two events, each given with its storyline."""
        (event, storyline), (into, other_storyline) = one, other
        if self.apart(event, into) or self.closed(storyline):
            return False
        if storyline == other_storyline:
            return True
        apart = self.apart(event, other_storyline) or self.apart(into, storyline)
        return self.may_join(storyline, other_storyline) and not apart and not (self.held(event) or self.held(into))

    def _pinned(self, storyline_id: str) -> bool:
        known = self._storylines.get(storyline_id)
        return known is not None and known.pinned

    def _created(self, storyline_id: str) -> datetime:
        known = self._storylines.get(storyline_id)
        return known.created_at if known and known.created_at else _LATE
