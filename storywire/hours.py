"""Local time: decides whether a watch is in its quiet hours, and when its digest was last due.

Never decides what is told. The clock on the wall counts, in the watch's own zone, also on days when clocks change.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from storywire.errors import InputError
from storywire.watches import Digest, Timing

_LOOK_BACK = 16  # days: one week, once more for a digest that is due later today, and some that a zone may leave out


def zone(name: str) -> ZoneInfo:
    """The time zone of that name. Raises InputError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not known; no name at all; a folder of names, or longer than a file's
        advice = "give one such as Europe/Berlin, America/New_York, Asia/Kathmandu or UTC."
        raise InputError(f"{name[:80]!r} is no time zone; {advice}") from None


def in_quiet(timing: Timing, at: datetime) -> bool:
    """Whether a moment lies in the quiet hours: from the first time on, until before the second.

    They go over midnight where the second is the earlier one; two equal times are no quiet hours. What the wall clock
    shows decides, so that an hour that comes twice is quiet, or not, both times.
    """
    if timing.quiet is None:
        return False
    begin, end = timing.quiet
    shown = at.astimezone(zone(timing.zone)).time()
    return begin <= shown < end if begin <= end else shown >= begin or shown < end


def digest_due(timing: Timing, since: datetime, now: datetime) -> bool:
    """Whether a digest's moment came after `since`, and not after `now`."""
    return last_digest_at(timing, now) > since


def last_digest_at(timing: Timing, now: datetime) -> datetime:
    """The latest moment, in UTC, at which a digest was due. Raises ValueError for a watch that tells at once.

    Hourly: when a clock there shows a full hour. Daily and weekly: at `timing.at`, once each day. A time that comes
    twice in a day is the first of both, and one that the clocks leave out is as long after the change as it would have
    been (02:30 is 03:30): both are what `fold=0` means in Python, and what RFC 5545, 3.3.5, says of calendars.
    """
    local = zone(timing.zone)
    if timing.digest is None:
        raise ValueError("A watch without a digest tells at once.")
    if timing.digest is Digest.HOURLY:
        return _full_hour(now, local)
    today = now.astimezone(local).date()
    days = (today - timedelta(n) for n in range(_LOOK_BACK))
    at = timing.at.replace(tzinfo=local, fold=0)
    moments = (
        datetime.combine(day, at).astimezone(UTC)
        for day in days
        if timing.digest is Digest.DAILY or day.weekday() == timing.weekday
    )
    return next(moment for moment in moments if moment <= now)


def _full_hour(now: datetime, local: ZoneInfo) -> datetime:
    """When a clock there last showed a full hour."""
    at = now.astimezone(UTC)
    while past := _past_hour(at.astimezone(local)):  # twice where clocks were moved by half an hour in this one
        at -= past
    return at


def _past_hour(shown: datetime) -> timedelta:
    return timedelta(minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)
