"""What became of one article's event and storyline: decides which entries of the log concern it.

Never says why: an entry's evidence does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storywire.nouns import LogEntry, LogKind


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the log, its number there, when it was made, and whether a person did it."""

    seq: int
    made_at: datetime
    by_person: bool
    entry: LogEntry


def history(article_id: str, log: Iterable[Told]) -> tuple[Told, ...]:
    """How an article came to its first event, then all that changed where it is, in the order of the log.

    What came to its event concerns it too, and of its storyline all that people did. The log must be in order; entries
    about other articles are passed over.
    """
    found: list[Told] = []
    event = storyline = None
    for told in log:
        entry = told.entry
        others = entry.article_id is None and event is not None and _concerns(told, event, storyline)
        if others or entry.article_id == article_id:
            event, storyline = _moved(entry, event, storyline)
            found.append(told)
    return tuple(found)


def place(history: Iterable[Told], before: int | None = None) -> tuple[str | None, str | None]:
    """The event and storyline of an article by its history, as they were before the entry of that number, or are now.

    None and None where it was nowhere yet.
    """
    event = storyline = None
    for told in history:
        if before is not None and told.seq >= before:
            break
        event, storyline = _moved(told.entry, event, storyline)
    return event, storyline


def _concerns(told: Told, event: str, storyline: str | None) -> bool:
    entry = told.entry
    if entry.kind is LogKind.CREATED:
        return False
    if entry.event_id is not None:
        return event in (entry.event_id, entry.other_id)
    if entry.kind is LogKind.MERGED_INTO and entry.storyline_id == storyline:
        return True
    return told.by_person and storyline in (entry.storyline_id, entry.other_id)


def _moved(entry: LogEntry, event: str | None, storyline: str | None) -> tuple[str | None, str | None]:
    """The event and storyline of an article after an entry that concerns it."""
    if entry.article_id is not None:
        return entry.event_id, entry.storyline_id
    if entry.kind is LogKind.MERGED_INTO and entry.event_id is not None:
        return (entry.other_id, entry.storyline_id) if entry.event_id == event else (event, storyline)
    if entry.kind is LogKind.MERGED_INTO:
        return (event, entry.other_id) if entry.storyline_id == storyline else (event, storyline)
    if entry.kind is LogKind.JOINED:
        return (event, entry.storyline_id) if entry.event_id == event else (event, storyline)
    return event, storyline
