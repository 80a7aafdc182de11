"""What people decide of storylines, on the command line: decides what is said of each decision, once it is kept.

Never decides what follows from one: `storywire.decisions` does.
"""

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from datetime import datetime

    from storage.store import Store
    from storywire.decisions import Decision, Part, Standing
    from storywire.nouns import Storyline

FEW = 4  # events that fit a line that says how to take a merge back


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a person decides: the store between two runs, and the time."""

    store: "Store"
    now: "datetime"

    def keep(self, decision: "Decision") -> None:
        """Store a decision, and let queries see it."""
        self.store.decide(decision.entries, decision.links, self.now, decision.unlink)
        self.store.publish()

    def standing(self) -> "Standing":
        """What was decided before."""
        from storywire.decisions import Standing

        return Standing.of(self.store.past(self.now))  # of articles only the seeds, since none was seen after now


@contextmanager
def desk() -> Iterator[Desk]:
    """A desk while no run is under way: one would not know of the decision, and could undo it. BusyError."""
    from flows.house import build
    from flows.settings import Settings

    house = build(Settings.from_environment())
    with house.store.updating():
        yield Desk(house.store, house.clock())


@click.command()
@click.argument("storyline")
@click.argument("name")
@as_json_option
def rename(storyline: str, name: str, as_json: bool) -> None:
    """Give a storyline a name, for good; its id stays."""
    from storywire import decisions

    with desk() as at:
        line, name = at.store.storyline(storyline), decisions.name_of(name)
        _require_new(at.store, name, line.storyline_id)
        at.keep(decisions.rename(line, name))
    result = {"storyline_id": line.storyline_id, "label": name, "before": line.label}
    if name == line.label:
        _say(result, f"{_called(line)} keeps that name.", None, as_json)
    else:
        back = f"storywire storylines rename {line.storyline_id} {shlex.quote(line.label)}"
        _say(result, f"{line.storyline_id} was {line.label}, and is {name} from now on.", back, as_json)


@click.command()
@click.argument("storyline")
@as_json_option
def pin(storyline: str, as_json: bool) -> None:
    """Vouch for a storyline under the name that it has, so that no run renames it or merges it away."""
    from storywire import decisions

    with desk() as at:
        line = at.store.storyline(storyline)
        at.keep(decisions.rename(line, line.label))
    result = {"storyline_id": line.storyline_id, "label": line.label, "pinned": True}
    _say(result, f"{_called(line)} {'was pinned already' if line.pinned else 'is pinned'}.", None, as_json)


@click.command()
@click.argument("storyline")
@click.argument("other")
@as_json_option
def merge(storyline: str, other: str, as_json: bool) -> None:
    """Make one of two storylines.

    A pinned one stays before one that is not, then the older. From then on both ids mean the one that stays.
    """
    from storywire import decisions

    with desk() as at:
        one, two = at.store.storyline(storyline), at.store.storyline(other)
        stays, gone = decisions.survivor(one, two)
        kept, taken = ([event.event_id for event in at.store.event_ids(line.storyline_id)] for line in (stays, gone))
        standing = at.standing()
        at.keep(decisions.merge(one, two, [*kept, *taken], standing))
    result = {"storyline_id": stays.storyline_id, "label": stays.label, "gone": gone.storyline_id, "events": taken}
    said = f"{_called(gone)} is part of {_called(stays)} now. Both ids mean {stays.storyline_id}."
    back = None
    if any(seed.storyline_id == gone.storyline_id for seed in standing.seeds):
        said += " The seeds of both define it from now on: this cannot be taken back."
    elif taken:
        events = " ".join(taken) if len(taken) <= FEW else "EVENT..."
        back = f"storywire storylines split {stays.storyline_id} {events} --name {shlex.quote(gone.label)}"
    _say(result, said, back, as_json)


@click.command()
@click.argument("storyline")
@click.argument("parts", metavar="ARTICLE|EVENT...", nargs=-1, required=True)
@click.option("--name", required=True, help="What the new storyline is called.")
@as_json_option
def split(storyline: str, parts: tuple[str, ...], name: str, as_json: bool) -> None:
    """Make a new storyline of some events, or articles, of one.

    An article is named by its id, the beginning of that, or its URL; an event by its id or the beginning of that.
    """
    from flows import show
    from storage.reads import was_there
    from storywire import decisions
    from storywire.nouns import Storyline

    with desk() as at:
        line, name = at.store.storyline(storyline), decisions.name_of(name)
        _require_new(at.store, name)
        new = Storyline(decisions.new_storyline_id(name, lambda one: was_there(at.store.home, one)), name)
        taken = [_part(at.store, part) for part in parts]
        every = [event.event_id for event in at.store.event_ids(line.storyline_id)]
        at.keep(decisions.split(line, taken, every, new, at.standing()))
    ids = list(dict.fromkeys(part.moved_id for part in taken))
    said = f"{_called(new)} is a storyline of its own now: {show.counted(len(ids), 'event')} out of {_called(line)}."
    result = {"storyline_id": new.storyline_id, "label": name, "from": line.storyline_id, "events": ids}
    _say(result, said, f"storywire storylines merge {line.storyline_id} {new.storyline_id}", as_json)


@click.command()
@click.argument("what", metavar="ARTICLE|EVENT")
@click.argument("storyline")
@as_json_option
def move(what: str, storyline: str, as_json: bool) -> None:
    """Bring an event, or an article alone, to a storyline, and hold it there.

    An article is named by its id, the beginning of that, or its URL; an event by its id or the beginning of that.
    """
    from storywire import decisions

    with desk() as at:
        to = at.store.storyline(storyline)
        part = _part(at.store, what)
        before = at.store.storyline(part.event.storyline_id)
        left = {event.event_id for event in at.store.event_ids(before.storyline_id)} - {part.moved_id}
        at.keep(decisions.move(part, to, at.standing()))
    if before.storyline_id == to.storyline_id:
        moved, back = part.event.event_id, None
        said = f"The event {moved} was in {_called(to)} already. No run moves it away."
    else:
        moved, back = part.moved_id, f"storywire storylines move {part.moved_id} {before.storyline_id}"
        if not (left or before.pinned or before.closed):  # it is no more
            back = f"storywire storylines split {to.storyline_id} {moved} --name {shlex.quote(before.label)}"
        said = f"{str(part).capitalize()} came from {_called(before)} to {_called(to)}. No run moves it away."
    result = {"event_id": moved, "article_id": part.article_id, "storyline_id": to.storyline_id}
    _say(result | {"from": before.storyline_id}, said, back, as_json)


@click.command()
@click.argument("storyline")
@as_json_option
def close(storyline: str, as_json: bool) -> None:
    """Let nothing join a storyline any more."""
    from storywire import decisions

    with desk() as at:
        line = at.store.storyline(storyline)
        at.keep(decisions.close(line))
    said = f"{_called(line)} {'was closed already' if line.closed else 'is closed'}: nothing joins it."
    back = f"storywire storylines reopen {line.storyline_id}"
    _say({"storyline_id": line.storyline_id, "label": line.label, "closed": True}, said, back, as_json)


@click.command()
@click.argument("storyline")
@as_json_option
def reopen(storyline: str, as_json: bool) -> None:
    """Let reports join a closed storyline again, from the next run on."""
    from storywire import decisions

    with desk() as at:
        line = at.store.storyline(storyline)
        at.keep(decisions.reopen(line))
    said = f"{_called(line)} {'is open again' if line.closed else 'was open already'}."
    _say({"storyline_id": line.storyline_id, "label": line.label, "closed": False}, said, None, as_json)


def of_name(store: "Store", name: str) -> "Storyline | None":
    """The storyline that has just this name, or the id that it makes."""
    from storywire.errors import InputError
    from storywire.identity import slug

    try:
        found = store.storyline(name)
    except InputError:  # there is none, or there are several that only begin so
        return None
    return found if slug(name) in (found.storyline_id, slug(found.label)) else None


def _require_new(store: "Store", name: str, but: str | None = None) -> None:
    """InputError if another storyline has this name: one could not be told from the other."""
    from storywire.errors import InputError

    found = of_name(store, name)
    if found is not None and found.storyline_id != but:
        raise InputError(f"{_called(found)} has that name already: take another, or merge the two")


def _part(store: "Store", named: str) -> "Part":
    """The event that is meant, or the article; one that is alone in its event is that event. InputError."""
    from storywire.decisions import Part
    from storywire.errors import InputError

    found: list[Part] = []
    errors: list[str] = []
    if re.fullmatch("e[0-9a-f]*", named):  # an article's id may begin like that, too
        try:
            found.append(Part(store.event(named)))
        except InputError as error:
            errors.append(str(error))
    try:
        place = store.place_of(named)
        alone = {event.event_id: event.article_count == 1 for event in store.event_ids(place.storyline_id)}
        found.append(Part(store.event(place.event_id), None if alone[place.event_id] else place.article_id))
    except InputError as error:
        errors.append(str(error))
    if len(found) == 2:
        raise InputError(f"“{named}” may be an event and an article: give more of the id")
    if not found:
        raise InputError("; and ".join(errors))
    return found[0]


def _called(storyline: "Storyline") -> str:
    return f"{storyline.label} ({storyline.storyline_id})"


def _say(result: dict[str, Any], said: str, back: str | None, as_json: bool) -> None:
    """Print what a command did, and the command that takes it back, in a line that can be copied."""
    from flows import show

    if as_json:
        show.as_json(result)
        return
    show.console().print(show.text(said))
    if back is not None:
        show.console().print(f"To take it back: {show.text(back)}", soft_wrap=True)
