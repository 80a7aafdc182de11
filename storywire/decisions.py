"""What people decide of groups: decides what a decision changes, and which links bind the machine so that it lasts.

Never looks up what is there, and never stores anything.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from storywire import identity
from storywire.errors import InputError
from storywire.nouns import Event, Link, LinkKind, LogEntry, LogKind, Storyline
from storywire.past import Past
from storywire.rules import Rules
from storywire.text import clean


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a person's word: entries for the log, in order, new links, and older links that it takes back."""

    entries: tuple[LogEntry, ...] = ()
    links: tuple[Link, ...] = ()
    unlink: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Seed:
    """An article that defines a storyline, and the event in which it is."""

    article_id: str
    event_id: str
    storyline_id: str  # the one that it defines


@dataclass(frozen=True, slots=True)
class Standing:
    """What people said before that a new decision must heed."""

    links: tuple[Link, ...] = ()
    seeds: tuple[Seed, ...] = ()

    @classmethod
    def of(cls, past: Past) -> "Standing":
        """The links of a memory, and those seeds that are kept in it."""
        events = {kept.article_id: kept.event_id for kept in past.kept}
        pairs = ((member, d.storyline_id) for d in past.definitions for member in d.member_ids if member in events)
        return cls(past.links, tuple(Seed(member, events[member], storyline) for member, storyline in pairs))


@dataclass(frozen=True, slots=True)
class Part:
    """What a person takes: a whole event, or of one this article alone, which becomes an event of its own."""

    event: Event
    article_id: str | None = None

    @property
    def moved_id(self) -> str:
        """The id of the event that it is once it was taken."""
        event_id = self.event.event_id
        return event_id if self.article_id is None else identity.split_event_id(event_id, self.article_id)

    def __str__(self) -> str:
        """As an error names it."""
        return f"the article {self.article_id}" if self.article_id else f"the event {self.event.event_id}"


def name_of(said: str) -> str:
    """A name as a person gave it, in one line; InputError if no id can be made of it."""
    name = " ".join(clean(said).split())
    if not identity.slug(name):
        raise InputError(f"{said!r} is no name for a storyline; use some letters")
    return name


def new_storyline_id(name: str, taken: Callable[[str], bool]) -> str:
    """The id of a storyline that is split off under a name: the name's slug, or where that is taken, a digest of it."""
    plain = identity.slug(name)
    if not taken(plain):
        return plain
    ids = ("s" + identity.digest("split off", plain, str(number)) for number in count(1))
    return next(storyline_id for storyline_id in ids if not taken(storyline_id))


def rename(storyline: Storyline, name: str) -> Decision:
    """Give a storyline a name, for good; with the name that it has, it is only pinned."""
    return Decision((LogEntry(LogKind.RENAMED, storyline.storyline_id, label=name),))


def close(storyline: Storyline) -> Decision:
    """Nothing joins the storyline any more."""
    return Decision((LogEntry(LogKind.CLOSED, storyline.storyline_id),))


def reopen(storyline: Storyline) -> Decision:
    """The storyline is open again."""
    return Decision((LogEntry(LogKind.REOPENED, storyline.storyline_id),))


def survivor(one: Storyline, other: Storyline) -> tuple[Storyline, Storyline]:
    """Of two storylines that become one, that whose id stays, then the other."""
    rules = Rules()
    rules.learn([one, other])
    into = rules.survivor(one.storyline_id, other.storyline_id)
    return (one, other) if into == one.storyline_id else (other, one)


def merge(one: Storyline, other: Storyline, event_ids: Iterable[str], standing: Standing) -> Decision:
    """Make one of two storylines, pinned ones too; `event_ids` are the events of both.

    What kept the two apart is taken back. InputError if they are one already, or if the one that stays is closed.
    """
    if one.storyline_id == other.storyline_id:
        raise InputError(f"these are one storyline already: {_called(one)}")
    stays, gone = survivor(one, other)
    _require_open(stays)
    lines = {stays.storyline_id, gone.storyline_id}
    all_ids = lines.union(event_ids)
    apart = (link for link in standing.links if link.kind is LinkKind.CANNOT)
    unlink = [link for link in apart if lines & _ids(link) and _ids(link) <= all_ids]
    entry = LogEntry(LogKind.MERGED_INTO, gone.storyline_id, other_id=stays.storyline_id)
    return Decision((entry,), (), tuple(unlink))


def split(
    storyline: Storyline, parts: Sequence[Part], event_ids: Collection[str], named: Storyline, standing: Standing
) -> Decision:
    """Take some parts of a storyline, whose events are `event_ids`, out into the new storyline `named`.

    InputError if one is not of it, is or holds a seed of it, or if these are all that it has.
    """
    old, new = storyline.storyline_id, named.storyline_id
    parts = tuple(dict.fromkeys(parts))
    for part in parts:
        if part.event.storyline_id != old:
            raise InputError(f"{part} is not in {_called(storyline)}, but in {part.event.storyline_id}")
        _require_no_seed(part, standing)
    if not set(event_ids) - {part.event.event_id for part in parts if part.article_id is None}:
        raise InputError(f"that is all of {_called(storyline)}: to rename it, `storywire storylines rename {old} NAME`")
    founded = LogEntry(LogKind.SPLIT_FROM, new, other_id=old, label=named.label)
    pinned = LogEntry(LogKind.RENAMED, new, label=named.label)  # a person named it
    return Decision(
        (founded, pinned, *(entry for part in parts for entry in _entries(part, new))),
        (_apart(new, old), *(link for part in parts for link in _links(part, new))),
        _contrary(parts, new, standing),
    )


def move(part: Part, to: Storyline, standing: Standing) -> Decision:
    """Bring an event, or an article as an event of its own, to a storyline.

    What is there already is held there, with its event. InputError if the storyline is closed, or if a seed would leave
    the one that it defines.
    """
    before, after = part.event.storyline_id, to.storyline_id
    if before == after:
        whole = Part(part.event)
        return Decision((), (Link(LinkKind.MUST, whole.moved_id, after),), _contrary([whole], after, standing))
    _require_open(to)
    _require_no_seed(part, standing)
    return Decision(
        _entries(part, after), (*_links(part, after), _apart(before, after)), _contrary([part], after, standing)
    )


def _entries(part: Part, storyline_id: str) -> tuple[LogEntry, ...]:
    """What becomes of a part that leaves its storyline for another."""
    joined = LogEntry(LogKind.JOINED, storyline_id, part.moved_id)
    if part.article_id is None:
        return (joined,)
    before, event_id = part.event.storyline_id, part.event.event_id
    taken_out = LogEntry(LogKind.SPLIT_FROM, before, part.moved_id, other_id=event_id)
    return (taken_out, LogEntry(LogKind.JOINED, before, part.moved_id, part.article_id), joined)


def _links(part: Part, storyline_id: str) -> tuple[Link, ...]:
    """It belongs where it comes, not where it was, and what was taken out of an event never becomes one with it."""
    moved, event = part.moved_id, part.event
    held = (Link(LinkKind.MUST, moved, storyline_id), Link(LinkKind.CANNOT, moved, event.storyline_id))
    return held if part.article_id is None else (*held, Link(LinkKind.CANNOT, moved, event.event_id))


def _apart(one: str, other: str) -> Link:
    """Two storylines are two: if the machine made them one, the event that left one of them would be back in it."""
    return Link(LinkKind.CANNOT, *sorted((one, other)))


def _contrary(parts: Iterable[Part], storyline_id: str, standing: Standing) -> tuple[Link, ...]:
    """The links by which some parts must stay elsewhere, or cannot come to a storyline."""
    ids = {part.moved_id for part in parts}
    return tuple(
        link
        for link in standing.links
        if link.one_id in ids and (link.kind is LinkKind.MUST) != (link.other_id == storyline_id)
    )


def _require_open(storyline: Storyline) -> None:
    if storyline.closed:
        again = f"`storywire storylines reopen {storyline.storyline_id}`"
        raise InputError(f"{_called(storyline)} is closed, so nothing joins it: {again} first")


def _require_no_seed(part: Part, standing: Standing) -> None:
    """InputError if the part is, or holds, a seed of the storyline in which it is."""
    where = (part.event.event_id, part.event.storyline_id)
    seeds = [seed.article_id for seed in standing.seeds if (seed.event_id, seed.storyline_id) == where]
    if part.article_id in seeds:
        raise InputError(
            f"{part} is a seed of {where[1]} and defines it, so it stays: move other articles, or merge the storylines"
        )
    if part.article_id is None and seeds:
        raise InputError(
            f"{part} has a seed of {where[1]}, the article {seeds[0]}, that stays: move its others by their ids"
        )


def _called(storyline: Storyline) -> str:
    return f"{storyline.storyline_id} ({storyline.label})"


def _ids(link: Link) -> set[str]:
    return {link.one_id, link.other_id}
