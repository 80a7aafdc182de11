"""Lengths of time as people write them: decides what "90m" or "7d" means. Never reads a clock."""

import re
from datetime import timedelta

from storywire.errors import InputError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=3650)


def duration(said: str) -> timedelta:
    """The length of "30s", "90m", "1h", "7d" or "2w"; "0" is none. InputError for anything else, or over ten years."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*([smhdw])\s*", said, re.ASCII | re.IGNORECASE)
    length = timedelta(**{_UNITS[match[2].lower()]: int(match[1])}) if match else timedelta(0)
    if length > _LONGEST or (match is None and said.strip() != "0"):
        raise InputError(f"“{said[:40]}” is no length of time; write a number and s, m, h, d or w, such as 90m or 7d")
    return length


def written(length: timedelta) -> str:
    """A length as `duration` reads it, in the largest unit that divides it."""
    seconds = int(length.total_seconds())
    units = (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60))
    return next((f"{seconds // size}{unit}" for unit, size in units if seconds and seconds % size == 0), f"{seconds}s")
