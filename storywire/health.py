"""Health of feeds that can be read: decides what about one is odd enough to tell a person.

Never decides when to look again. Failures are the feed's state and reason; this is about what looks fine and is not.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from storywire.habits import DISTRUSTED, Glance, mostly
from storywire.learnt import Habits, Move

QUIET = timedelta(days=3)  # shorter silences are week-ends
GAP_SHOWN = timedelta(days=7)
_OF_DOCUMENT = frozenset({"partly", "empty", "repeats", "redated"})
_RESTING = "resting"
_LONGER = 3  # times the longest silence before
_RHYTHM = 5  # arrivals from which a feed has a rhythm


def of_document(habits: Habits, seen: Glance, notes: tuple[str, ...]) -> tuple[str, ...]:
    """What is odd about a document, beside the one before it that `habits` know; each begins with a word for it.

    `notes` say what of it could not be read, or was not.
    """
    return (*(f"partly: {note}" for note in notes), *_oddities(habits, seen))


def _oddities(habits: Habits, seen: Glance) -> Iterator[str]:
    if not seen.items:
        yield f"empty: no items, where there were {len(habits.marks) // 16}" if habits.marks else "empty: no items"
    if mostly(seen.reissued, seen):
        yield f"repeats: {seen.reissued} items came again under another id"
    if mostly(seen.redated, seen):
        yield f"redated: {seen.redated} items that were known are dated as new"


def after_look(before: tuple[str, ...], habits: Habits, move: Move, now: datetime) -> tuple[str, ...]:
    """The health after a look that went well: what was odd about the document still is while that does not change."""
    still = (line for line in before if _word(line) in _OF_DOCUMENT)
    return (*still, *_lasting(habits, move, now))


def after_failure(before: tuple[str, ...]) -> tuple[str, ...]:
    """The health after a look that failed: it was asked, and nothing else is known."""
    return tuple(line for line in before if _word(line) != _RESTING)


def resting(before: tuple[str, ...], until: datetime) -> tuple[str, ...]:
    """The health of a feed that was not asked, because its host wants to be left alone until then."""
    return (
        *after_failure(before),
        f"{_RESTING}: its host is asked too often, and left alone to {until:%Y-%m-%d %H:%M} UTC",
    )


def _word(line: str) -> str:
    return line.partition(":")[0]


def _lasting(habits: Habits, move: Move, now: datetime) -> Iterator[str]:
    silence = now - habits.brought_at if habits.brought_at else timedelta(0)
    if habits.arrivals >= _RHYTHM and silence > max(QUIET, _LONGER * habits.silence):
        yield f"quiet: nothing new for {_days(silence)}; before, never for more than {_days(habits.silence)}"
    if habits.gap_at and now - habits.gap_at < GAP_SHOWN:
        yield f"gap: at {habits.gap_at:%Y-%m-%d %H:%M} UTC nothing of the look before was left; items may lie between"
    if habits.lies >= DISTRUSTED:
        yield "untrue: its server says 'not changed' when it has; it is asked without conditions"
    if move.address:
        yield f"moved: it is asked at {move.address}"
    elif move.seen:
        yield f"moving: its server says that it is now at {move.seen}; that is taken over when it lasts"


def _days(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours / 24:.0f} days" if hours >= 47.5 else f"{hours:.0f} h" if hours >= 1.5 else "an hour"


def newly(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """What is odd now and was not before, by the word that each line begins with."""
    known = {_word(line) for line in before}
    return [line for line in after if _word(line) not in known]
