"""Habits of feeds: decides what one more document, or none, teaches about how a feed behaves.

Never decides when to look again; `polling` does.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from storywire.learnt import Habits
from storywire.nouns import Entry, Precision
from storywire.waits import HOURLY_RATE

MEMORY = timedelta(days=3)  # an arrival this long ago counts a third (1/e) of one now: a week's rhythm is not lost
DISTRUSTED = 2  # days in a row on which "not changed" was not true, after which validators are no longer sent
_SMALL = 3  # items; a smaller document may turn over between two looks without a loss
_MOST = 0.8
_TELLING = 5  # items by whose dates alone a rate can be told
_DAY = timedelta(days=1)
_NEVER = datetime.min.replace(tzinfo=UTC)
_HALF = 8  # bytes of a mark: what an item says, and its id


@dataclass(frozen=True, slots=True)
class Glance:
    """What a new document has, beside the one before it: counts of items."""

    items: int
    new: int  # neither said before nor a known item that says something else now
    lost: bool  # it has nothing of the one before and goes back no further, so that items may lie between
    reissued: int  # they say what they said, under another id
    redated: int  # they say what they said, and are dated after the look that saw them


def glance(habits: Habits, entries: Sequence[Entry], last: datetime) -> Glance:
    """A new document beside the last one that these habits know; `last` is when the feed was last had."""
    ids = dict(_halves(habits.marks))
    words = {itself: said for said, itself in ids.items()}
    now = {(mark := _mark(entry))[:_HALF]: (mark[_HALF:], entry) for entry in entries}
    # an id whose old words are gone says something else now; one whose old words are there too was given to another
    edited = {said for said, (itself, _) in now.items() if said not in ids and words.get(itself, said) not in now}
    old = [(ids[said] != itself, entry) for said, (itself, entry) in now.items() if said in ids]
    reaches_back = any(e.published.at and e.published.at <= last for e in entries)
    return Glance(
        items=len(now),
        new=len(now) - len(old) - len(edited),
        lost=not (old or edited or reaches_back) and min(len(now), len(ids)) >= _SMALL,
        reissued=sum(other_id for other_id, _ in old),
        redated=sum(bool(habits.read_at and _moment(e) > habits.read_at) for _, e in old),
    )


def _moment(entry: Entry) -> datetime:
    """When an item says that it was published, where it says that to the minute; a day may be a guess of ours."""
    exact = entry.published.precision in (Precision.SECOND, Precision.MINUTE)
    return entry.published.at if exact and entry.published.at else _NEVER


def after_document(habits: Habits, seen: Glance, entries: Sequence[Entry], last: datetime, now: datetime) -> Habits:
    """The habits after a document; `last` is when the feed was had before, changed or not.

    A document that is empty where there were items teaches nothing: they did not arrive, and are not gone.
    """
    sent = replace(habits, whole_at=now)
    if habits.marks and not entries:
        return sent
    sent = replace(sent, read_at=now, marks=b"".join(map(_mark, entries)))
    if habits.read_at is None:
        return replace(sent, rate=_first_rate(entries, now), brought_at=_latest(entries, now))
    sent = replace(after_nothing(sent, last, now), gap_at=now if seen.lost else habits.gap_at)
    if not seen.new:
        return sent
    silent = min(now, last + _DAY) - (habits.brought_at or now)  # when nobody looked, nobody knows
    silence = max(habits.silence, silent)
    rate = (sent.rate or expected(habits, now)) + seen.new / (MEMORY / _DAY)
    return replace(sent, rate=rate, brought_at=now, arrivals=habits.arrivals + 1, silence=silence)


def after_nothing(habits: Habits, last: datetime, now: datetime) -> Habits:
    """The habits after a look that brought nothing new."""
    return replace(habits, rate=_faded(habits.rate, last, now)) if habits.rate is not None else habits


def expected(habits: Habits, now: datetime) -> float:
    """New items a day, as far as is known; a feed of which that is not known is given a chance that fades."""
    return habits.rate if habits.rate is not None else _faded(HOURLY_RATE, habits.read_at or now, now)


def trust(habits: Habits, doubting: bool, lied: bool) -> int:
    """Days in a row on which a server lied; one that is distrusted is doubted no more, and cannot clear itself."""
    if habits.lies >= DISTRUSTED or not doubting:
        return habits.lies
    return habits.lies + 1 if lied else 0


def mostly(some: int, seen: Glance) -> bool:
    """Whether some items are so many of a document that they tell of a habit."""
    return some >= max(_SMALL, _MOST * (seen.items - seen.new))


def _mark(entry: Entry) -> bytes:
    said = f"{entry.url or entry.summary or ''}\n{entry.title or ''}"
    return sha256(said.encode("utf-8", "replace")).digest()[:_HALF] + bytes.fromhex(entry.entry_id)[:_HALF]


def _halves(marks: bytes) -> Iterator[tuple[bytes, bytes]]:
    for at in range(0, len(marks), 2 * _HALF):
        yield marks[at : at + _HALF], marks[at + _HALF : at + 2 * _HALF]


def _faded(rate: float, since: datetime, now: datetime) -> float:
    return rate * math.exp(-max(now - since, timedelta(0)) / MEMORY)


def _first_rate(entries: Sequence[Entry], now: datetime) -> float | None:
    """New items a day by the dates of a first document, which may be too short to go back for days; None without.

    Many items of one hour tell nothing: a feed that dates everything now, or publishes once a day, looks like that.
    """
    ages = sorted(now - entry.published.at for entry in entries if entry.published.at)
    recent = sum(age < MEMORY for age in ages)
    if recent < len(ages) or recent < _TELLING:
        return recent / (MEMORY / _DAY) if ages else None
    return recent / (ages[-1] / _DAY) if ages[-1] - ages[0] >= timedelta(hours=1) else None


def _latest(entries: Sequence[Entry], now: datetime) -> datetime | None:
    dated = [entry.published.at for entry in entries if entry.published.at]
    return max(dated) if dated else now if entries else None
