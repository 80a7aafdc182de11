"""Habits of feeds: decides what one more document, or none, teaches about how a feed behaves.

Never decides when to look again; `polling` does.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from storywire.learnt import Habits
from storywire.nouns import Entry
from storywire.waits import HOURLY_RATE

MEMORY = timedelta(days=3)  # an arrival this long ago counts a third (1/e) of one now: a week's rhythm is not lost
DISTRUSTED = 2  # times in a row that "not changed" hid something, after which validators are no longer sent
_EARLIER = timedelta(hours=1)  # an item dated so much before the last "not changed" was there then; less may be a clock
_SMALL = 3  # items; a smaller document may turn over between two looks without a loss
_MOST = 0.8
_TELLING = 5  # items by whose dates alone a rate can be told
_DAY = timedelta(days=1)
_HALF = 8  # bytes of a mark: what an item says, and its id


@dataclass(frozen=True, slots=True)
class Glance:
    """What a new document has, beside the one before it: counts of items."""

    items: int
    new: int  # not in the one before, by what they say
    lost: bool  # it has nothing of the one before, so that items may lie between
    renamed: int  # they say what they said, under another id
    redated: int  # they say what they said, and are dated after the look that saw them
    hidden: bool  # something new was there already when the server said "not changed"


def glance(habits: Habits, entries: Sequence[Entry]) -> Glance:
    """A new document beside the last one that these habits know."""
    before, read_at, told_at = dict(_halves(habits.marks)), habits.read_at, habits.told_at
    now = {(mark := _mark(entry))[:_HALF]: (mark[_HALF:], entry) for entry in entries}
    new = [entry for said, (_, entry) in now.items() if said not in before]
    old = [(before[said] != itself, entry) for said, (itself, entry) in now.items() if said in before]
    return Glance(
        items=len(now),
        new=len(new),
        lost=not old and min(len(now), len(before)) >= _SMALL,
        renamed=sum(other_id for other_id, _ in old),
        redated=sum(bool(read_at and e.published.at and e.published.at > read_at) for _, e in old),
        hidden=bool(before and told_at and any(e.published.at and e.published.at < told_at - _EARLIER for e in new)),
    )


def after_document(habits: Habits, seen: Glance, entries: Sequence[Entry], since: datetime, now: datetime) -> Habits:
    """The habits after a document; `since` is when the feed was had before, changed or not.

    A document that is empty where there were items teaches nothing: they did not arrive, and are not gone.
    """
    sent = replace(habits, whole_at=now, told_at=None, hidden=_distrust(habits, seen.hidden))
    if habits.marks and not entries:
        return sent
    sent = replace(sent, read_at=now, marks=b"".join(map(_mark, entries)))
    if habits.read_at is None:
        return replace(sent, rate=_first_rate(entries, now), brought_at=_latest(entries, now))
    rate = _decayed(habits, since, now) + seen.new / (MEMORY / _DAY)
    sent = replace(sent, rate=rate, gap_at=now if seen.lost else habits.gap_at)
    if not seen.new:
        return sent
    silence = max(habits.silence, now - (habits.brought_at or now))
    return replace(sent, brought_at=now, arrivals=habits.arrivals + 1, silence=silence)


def after_nothing(habits: Habits, since: datetime, now: datetime, told: bool) -> Habits:
    """The habits after a look that brought nothing new: the server said so (`told`), or sent the same document."""
    rate = _decayed(habits, since, now)
    if told:
        return replace(habits, rate=rate, told_at=now)
    return replace(habits, rate=rate, told_at=None, whole_at=now, hidden=_distrust(habits, False))


def mostly(some: int, seen: Glance) -> bool:
    """Whether some items are so many of a document that they tell of a habit."""
    return some >= max(_SMALL, _MOST * (seen.items - seen.new))


def _distrust(habits: Habits, hidden: bool) -> int:
    """Times in a row; a server that is distrusted is not asked with conditions, and so cannot clear itself."""
    return habits.hidden + 1 if hidden else habits.hidden if habits.hidden >= DISTRUSTED else 0


def _mark(entry: Entry) -> bytes:
    said = f"{entry.url or entry.summary or ''}\n{entry.title or ''}"
    return sha256(said.encode("utf-8", "replace")).digest()[:_HALF] + bytes.fromhex(entry.entry_id)[:_HALF]


def _halves(marks: bytes) -> Iterator[tuple[bytes, bytes]]:
    for at in range(0, len(marks), 2 * _HALF):
        yield marks[at : at + _HALF], marks[at + _HALF : at + 2 * _HALF]


def _decayed(habits: Habits, since: datetime, now: datetime) -> float:
    return (HOURLY_RATE if habits.rate is None else habits.rate) * math.exp(-max(now - since, timedelta(0)) / MEMORY)


def _first_rate(entries: Sequence[Entry], now: datetime) -> float | None:
    """New items a day by the dates of a first document, which may be too short to go back for days; None without."""
    ages = sorted(now - entry.published.at for entry in entries if entry.published.at)
    recent = sum(age < MEMORY for age in ages)
    if recent < len(ages) or recent < _TELLING:
        return recent / (MEMORY / _DAY) if ages else None
    return recent / (max(ages[-1], timedelta(hours=1)) / _DAY)


def _latest(entries: Sequence[Entry], now: datetime) -> datetime | None:
    dated = [entry.published.at for entry in entries if entry.published.at]
    return max(dated) if dated else now if entries else None
