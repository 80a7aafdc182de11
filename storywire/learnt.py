"""What polling learns of a feed, as values that a Feed carries: decides what is remembered between two looks.

Never computes anything; `habits` and `moves` do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Habits:
    """How a feed and its server have behaved."""

    rate: float | None = None  # new items a day, the last days counting most; None: not known yet
    marks: bytes = b""  # of each item of its last document 16 bytes: 8 of what it says, 8 of its id
    brought_at: datetime | None = None  # when a look last found something new
    arrivals: int = 0  # looks that found something new
    silence: timedelta = timedelta(0)  # the longest time between two of these
    on_time: int = 0  # looks in a row that went well and were not late
    read_at: datetime | None = None  # when its last new document was had
    whole_at: datetime | None = None  # when it last was asked without conditions, or sent its whole document
    lies: int = 0  # days in a row on which its server said "not changed" and had something new
    gap_at: datetime | None = None  # when a document last had nothing of the one before
    server_asks: timedelta = timedelta(0)  # how long not to be asked again: Cache-Control, Expires
    document_asks: timedelta = timedelta(0)  # and by the document: ttl, sy:updatePeriod
    skip_hours: tuple[int, ...] = ()  # of the day, UTC, in which the document asks not to be fetched
    skip_days: tuple[int, ...] = ()  # 0 is Monday


@dataclass(frozen=True, slots=True)
class Move:
    """Where a feed has gone for good, as its server says. Its url stays what it is known by."""

    address: str | None = None  # where it is asked instead; None: at its url
    asked_at: datetime | None = None  # when its url itself was last asked
    seen: str | None = None  # where permanent redirects lead
    since: datetime | None = None  # when they were first seen to lead there
    times: int = 0  # looks in a row that saw it
