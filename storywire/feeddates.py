"""Dates as feeds write them: decides what instant a raw date string means, and how exactly it says so.

Never guesses: what cannot be read is no date. Whether a date is plausible today is for `dates`.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate

from storywire.nouns import Precision, Published

# Minutes from UTC. RFC 822 defines the American names; feedparser 6 reads each of the others as UTC. A name with
# several meanings stands here only where one of them is by far the commonest in news (BST is British, IST Indian).
_ZONES = {
    **{"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0},
    **{"ast": -240, "adt": -180, "est": -300, "edt": -240, "cst": -360, "cdt": -300},
    **{"mst": -420, "mdt": -360, "pst": -480, "pdt": -420},
    **{"bst": 60, "west": 60, "cet": 60, "met": 60, "cest": 120, "mest": 120, "eet": 120, "eest": 180},
    **{"msk": 180, "trt": 180, "gst": 240, "pkt": 300, "ist": 330, "wib": 420, "ict": 420, "hkt": 480, "sgt": 480},
    **{"pht": 480, "awst": 480, "kst": 540, "jst": 540, "acst": 570, "aest": 600, "aedt": 660, "nzst": 720},
}
_TIMED = re.compile(r"(.*?\d{1,2}:\d{1,2}(?::\d{1,2})?)(?:[.,]\d+)?\s*(\S*)")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_OFFSET = re.compile(r"(?:gmt|utc)?([+-])(\d{1,2}):?(\d\d)?")


def feed_date(raw: str | None) -> Published:
    """The instant that a feed's date string (RFC 822 or ISO 8601) names, in UTC; `Published()` where it names none.

    The precision is `DAY` where the string has no time, or has one in a zone that nobody can know, and `MINUTE` where
    the seconds are zero, as systems write them that know no more.
    """
    text = " ".join((raw or "")[:100].split())
    timed = _TIMED.match(text)
    clock, zone = timed.groups() if timed else (f"{text} 00:00:00", "")
    offset = _offset(zone)
    try:
        local = _naive(clock)
        at = (local - (offset or timedelta())).replace(tzinfo=UTC) if local else None
    except (ValueError, OverflowError):
        at = None
    if at is None:
        return Published()
    if not timed or offset is None:
        return Published(at, Precision.DAY, "feed")
    return Published(at, Precision.SECOND if at.second else Precision.MINUTE, "feed")


def _naive(clock: str) -> datetime | None:
    if _ISO.match(clock):
        return datetime.fromisoformat(clock)  # its zone is read apart
    parts = parsedate(re.sub(r"\bsept\b", "Sep", clock, flags=re.IGNORECASE))
    return datetime(*parts[:6]) if parts else None  # noqa: DTZ001 - as above


def _offset(zone: str) -> timedelta | None:
    """What the zone adds to UTC; None where it is absent or not known."""
    name = zone.lower()
    if match := _OFFSET.fullmatch(name):
        sign, hours, minutes = match.groups()
        return int(sign + "1") * timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timedelta(minutes=_ZONES[name]) if name in _ZONES else None
