"""A file of watches: decides which of them are new, changed, or as they are.

Never stores one before all are checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.commands.alerts_desk import Desk
from storywire.errors import InputError
from storywire.watches import Watch
from storywire.watchfile import read_watches, spec_of


@dataclass(frozen=True, slots=True)
class Plan:
    """What importing a file comes to. `paused` are the names of watches whose pause it begins or ends."""

    added: tuple[Watch, ...]
    changed: tuple[Watch, ...]
    unchanged: tuple[Watch, ...]
    paused: Mapping[str, bool]
    groups: Mapping[str, str] | None  # None: as they are

    def names(self) -> dict[str, list[str]]:
        """Of the watches, by what becomes of them."""
        kinds = {"added": self.added, "changed": self.changed, "unchanged": self.unchanged}
        return {kind: [watch.name for watch in watches] for kind, watches in kinds.items()}


def read(file: Path, desk: Desk) -> Plan:
    """What a file asks for, all of it checked. Raises InputError, which names the file and what is wrong in it."""
    try:
        written = read_watches(file.read_text("utf-8"))
        asked = [(desk.checked(given), given.get("paused")) for given in written.watches]
        names = [watch.name for watch, _ in asked]
        if twice := [name for name in names if names.count(name) > 1]:
            raise InputError(f"there are two watches “{twice[0]}”; each needs a name of its own")
    except UnicodeDecodeError:
        raise InputError(f"{file}: it is not in UTF-8; save it as that") from None
    except InputError as error:
        raise InputError(f"{file}: {error}; nothing was stored") from error
    stored = {watch.name: watch for watch in desk.house.store.watches()}
    paused = {w.name: said for w, said in asked if w.name in stored and said not in (None, stored[w.name].paused)}
    groups = written.groups if written.groups != desk.house.store.groups() else None
    watches = [watch for watch, _ in asked]
    known = [watch for watch in watches if watch.name in stored]
    same = [w for w in known if _asks(w) == _asks(stored[w.name]) and w.name not in paused]
    return Plan(
        tuple(watch for watch in watches if watch.name not in stored),
        tuple(watch for watch in known if watch not in same),
        tuple(same),
        paused,
        groups,
    )


def store(plan: Plan, desk: Desk) -> None:
    """Store what a file asks for. What was cut short is finished by importing it once more."""
    store = desk.house.store
    for watch in (*plan.added, *plan.changed):
        store.add_watch(watch, replace=True)
    for name, paused in plan.paused.items():
        store.pause_watch(store.watch(name).watch_id, paused)
    if plan.groups is not None:
        store.set_groups(plan.groups)


def _asks(watch: Watch) -> tuple[object, ...]:
    return watch.target, watch.storyline_id, watch.feed, spec_of(watch)
