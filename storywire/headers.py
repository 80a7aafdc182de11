"""Headers of an answer: decides what a server says of how long its answer holds and when to come back (RFC 9111).

Never asks for anything; times are counted from the answer's own date, so that no clock is compared with another.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def must_not_be_kept(headers: Mapping[str, str]) -> bool:
    """Whether validators of this answer are worth nothing: who says so changes with each answer, as miniflux has it."""
    return "no-store" in headers.get("cache-control", "").lower() or headers.get("expires", "").strip() == "0"


def max_age(headers: Mapping[str, str]) -> timedelta | None:
    """For how long nothing will change, by `Cache-Control` or else `Expires`; None where neither says so."""
    found = re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", headers.get("cache-control", "").lower())
    if found:  # RFC 9111, 5.3: then Expires is not read
        return timedelta(seconds=int(found[1]))
    seconds = _until(headers.get("expires", ""), headers)
    return timedelta(seconds=seconds) if seconds else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds; a date is read against the server's own clock. Negative ones and junk count as absent."""
    given = headers.get("retry-after", "").strip()
    return float(given[:9]) if given.isdecimal() and given.isascii() else _until(given, headers)


def served_at(headers: Mapping[str, str]) -> datetime | None:
    """What the sender's clock said as it answered; None where that is not told.

    A cache passes on the date of the answer that it kept, with how old that is (RFC 9111, 4.2.3).
    """
    age = headers.get("age", "").strip()
    try:
        said = parsedate_to_datetime(headers.get("date", ""))
        said = said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
        return said + timedelta(seconds=int(age[:9]) if age.isdecimal() and age.isascii() else 0)
    except (ValueError, TypeError, OverflowError):
        return None


def _until(date: str, headers: Mapping[str, str]) -> float | None:
    """Seconds from the answer's own date until `date`; None where either is junk, or it is over."""
    try:
        seconds = (parsedate_to_datetime(date) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None
    return seconds if seconds > 0 else None
