"""What Prefect is told of, so that it starts what comes next: decides the names of signals and what they carry.

Never carries anything that is not stored: a signal that is lost, or comes twice, changes nothing but when.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.outcomes import Change
from storywire.watches import AlertClass

PUSHED = "storywire.entries.pushed"
COLLECTED = "storywire.articles.collected"
PENDING = "storywire.alerts.pending"
UPDATED = "storywire.storyline.updated"


@dataclass(frozen=True, slots=True)
class Signal:
    """One of Prefect's events: its name, what it is about, and a payload that JSON can hold."""

    name: str
    resource: str
    label: str
    payload: Mapping[str, Any]


def pushed(home: Path, entry_ids: Sequence[str]) -> Signal:
    """Entries came from outside: wakes `collect` for these."""
    return _of_installation(PUSHED, home, {"entries": list(entry_ids)})


def collected(home: Path, run_id: str) -> Signal:
    """Articles were stored that have no verdict yet: wakes `update-storylines`."""
    return _of_installation(COLLECTED, home, {"run_id": run_id})


def pending(home: Path, run_id: str, messages: int) -> Signal:
    """So many messages could go out now: wakes `deliver`."""
    return _of_installation(PENDING, home, {"run_id": run_id, "messages": messages})


def updated(change: Change, run_id: str) -> Signal:
    """A storyline has new reports: wakes whatever people want it to."""
    line = change.storyline
    counts = {"new": change.new, "new_events": change.events, "articles": line.article_count}
    payload = {
        "run_id": run_id,
        "storyline_id": line.storyline_id,
        "label": line.label,
        "class": str(_kind(change)),
        **counts,
        "events": line.event_count,
        "copies": line.copy_count,
        "publishers": line.publisher_count,
    }
    return Signal(UPDATED, f"storywire.storyline.{line.storyline_id}", line.label, payload)


def _kind(change: Change) -> AlertClass:
    """The class of the best news in it."""
    if change.new == change.storyline.article_count:
        return AlertClass.NEW
    return AlertClass.FOLLOW_UP if change.events else AlertClass.REPORT


def _of_installation(name: str, home: Path, payload: Mapping[str, Any]) -> Signal:
    return Signal(name, f"storywire.installation.{home.name}", str(home), payload)


def send(signals: Iterable[Signal]) -> None:
    """Hand them to Prefect, in the background. One that does not arrive is made up for by the next sweep."""
    from prefect.events import emit_event

    for signal in signals:
        emit_event(
            event=signal.name,
            resource={"prefect.resource.id": signal.resource, "prefect.resource.name": signal.label},
            payload=dict(signal.payload),
        )
