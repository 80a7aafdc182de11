"""Health of feeds that can be read: decides what about one is odd enough to tell a person.

Never decides when to look again. Failures are the feed's state and reason; this is about what looks fine and is not.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from storywire.habits import DISTRUSTED, Glance, mostly
from storywire.learnt import Habits, Move

QUIET = timedelta(days=2)  # shorter silences are week-ends
GAP_SHOWN = timedelta(days=7)
_OF_DOCUMENT = frozenset({"empty", "repeats", "redated"})
_LONGER = 3  # times the longest silence before
_RHYTHM = 5  # arrivals from which a feed has a rhythm


def of_document(habits: Habits, seen: Glance) -> tuple[str, ...]:
    """What is odd about a document, beside the one before it that `habits` know; each begins with a word for it."""
    return tuple(_oddities(habits, seen))


def _oddities(habits: Habits, seen: Glance) -> Iterator[str]:
    if habits.marks and not seen.items:
        yield f"empty: no items, where there were {len(habits.marks) // 16}"
    if mostly(seen.renamed, seen):
        yield f"repeats: {seen.renamed} items came again under another id"
    if mostly(seen.redated, seen):
        yield f"redated: {seen.redated} items that were known are dated as new"


def after_look(before: tuple[str, ...], habits: Habits, move: Move, now: datetime) -> tuple[str, ...]:
    """The health after a look that went well: what was odd about the document still is while that does not change."""
    still = (line for line in before if line.partition(":")[0] in _OF_DOCUMENT)
    return (*still, *_lasting(habits, move, now))


def _lasting(habits: Habits, move: Move, now: datetime) -> Iterator[str]:
    silence = now - habits.brought_at if habits.brought_at else timedelta(0)
    if habits.arrivals >= _RHYTHM and silence > max(QUIET, _LONGER * habits.silence):
        yield f"quiet: nothing new for {_days(silence)}; before, never for more than {_days(habits.silence)}"
    if habits.gap_at and now - habits.gap_at < GAP_SHOWN:
        yield f"gap: at {habits.gap_at:%Y-%m-%d %H:%M} UTC nothing of the look before was left; items may lie between"
    if habits.hidden >= DISTRUSTED:
        yield "untrue: its server says 'not changed' when it has; it is asked without conditions"
    if move.address:
        yield f"moved: it is asked at {move.address}"


def _days(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours / 24:.0f} days" if hours >= 47.5 else f"{hours:.0f} h" if hours >= 1.5 else "an hour"
