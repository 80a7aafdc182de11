"""Values in watches, as people write them: decides what each kind of value may be, and what is said where it is not.

Never decides what a key is for.
"""

import re
from collections.abc import Mapping
from datetime import time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from storywire.durations import duration
from storywire.errors import InputError
from storywire.text import one_line
from storywire.urls import host

Choice = TypeVar("Choice", bound=StrEnum)


def time_range(said: Any) -> tuple[time, time]:
    """A range of local times, such as 22:00-07:00. Raises InputError."""
    first, _, last = text("quiet", said).partition("-")
    try:
        found = clock("quiet", first.strip()), clock("quiet", last.strip())
    except InputError:
        found = (time(0), time(0))
    if found[0] == found[1]:
        raise InputError(f"quiet is a range of local times such as 22:00-07:00, not “{said}”")
    return found


def language(said: str) -> str:
    """A language, by its ISO 639 code; that of "en-GB" is en. Raises InputError."""
    code = said.lower().replace("_", "-").partition("-")[0]
    if not re.fullmatch("[a-z]{2,3}", code):
        raise InputError(f"languages are codes such as en or pt, not “{said}”")
    return code


def publisher(said: str) -> str:
    """A publisher's name, or its domain, also where that is given as an address."""
    site = host(said) if "://" in said else said
    return site.removeprefix("www.") or said


def clock(key: str, said: Any) -> time:
    """A local time, such as 08:00. Raises InputError."""
    try:
        return time.fromisoformat(text(key, said)).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise InputError(f"{key} is a local time such as 08:00, not “{said}”") from None


def choice(key: str, choices: type[Choice], said: Any) -> Choice:
    """One of a few words. Raises InputError."""
    try:
        return choices(text(key, said).lower())
    except ValueError:
        raise InputError(f"{key} is one of {', '.join(choices)}, not “{said}”") from None


def length(key: str, given: Mapping[str, Any], usual: timedelta) -> timedelta:
    """A length of time under this key, such as 7d; `usual` where it is not given. Raises InputError."""
    return duration(text(key, given[key])) if key in given else usual


def count(key: str, given: Mapping[str, Any]) -> int:
    """A whole number under this key, from 1 on; 1 where it is not given. Raises InputError."""
    count = given.get(key, 1)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 10_000:
        raise InputError(f"{key} is a whole number from 1 to 10,000, not {count!r}")
    return count


def flag(key: str, said: Any) -> bool:
    """True or false. Raises InputError."""
    if not isinstance(said, bool):
        raise InputError(f"{key} is true or false, not {said!r}")
    return said


def texts(key: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    """One text under this key or several; none where it is not given. Raises InputError."""
    return tuple(dict.fromkeys(listed(key, given.get(key, []))))


def listed(key: str, said: Any) -> list[str]:
    """One text, or several. Raises InputError."""
    if not isinstance(said, (list, tuple)):
        said = [said]
    return [text(key, each) for each in said]


def table(said: Any) -> Mapping[str, Any]:
    """Names with their members. Raises InputError."""
    if not isinstance(said, dict):
        raise InputError('[groups] has lines such as "Example Media" = ["Courier", "gazette.example"]')
    return said


def text(key: str, said: Any) -> str:
    """One line of text. Raises InputError."""
    if not isinstance(said, str) or (said and not one_line(said)):
        raise InputError(f"{key} is a text, not {said!r}")
    return one_line(said)
