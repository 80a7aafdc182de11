"""Waits: decides how long a feed is left alone: by what it brings, by what its server asks for, and after failures.

Never draws chance: what spreads feeds over time comes from their addresses.
"""

import hashlib
import math
from datetime import datetime, timedelta

DEFAULT_INTERVAL = timedelta(hours=1)  # what rachelbythebay.com/fs/help.html asks of conditional readers
SHORTEST_WAIT = timedelta(minutes=15)
LONGEST_LEARNT = timedelta(hours=4)  # a feed that brings little is still asked six times a day
LONGEST_WAIT = timedelta(hours=24)
LONGEST_FAILING = timedelta(days=7)  # for a feed that could not be had for a month
LONGEST_SKIP = timedelta(days=7)  # hours and days to be left out that leave no other in a week are meant by nobody
FORBIDDEN_WAIT = timedelta(hours=4)  # after a 401 or 403, as the reader Unread has it
UNVALIDATED_WAIT = timedelta(hours=1)  # at least, where a server sends no validators
DISTRUSTED_WAIT = timedelta(hours=4)  # at least, where its validators hid something
BUSY_STEP = timedelta(hours=4)  # for each time in a row that one feed alone is asked too often
NETWORK_WAIT = timedelta(minutes=15)  # after a run in which nothing at all could be reached
HOURLY_RATE = 24.0  # items a day of a feed that is asked every hour
_LOST = timedelta(days=30)


def learnt(rate: float) -> timedelta:
    """How often to look at a feed that brings so many items a day.

    The square root is what makes the mean delay of all items least for a given number of requests, K. C. Sia, J. Cho
    and H.-K. Cho, "Efficient Monitoring Algorithm for Fast News Alerts", IEEE TKDE 19(7), 2007.
    """
    return min(max(DEFAULT_INTERVAL * math.sqrt(HOURLY_RATE / max(rate, 1e-6)), SHORTEST_WAIT), LONGEST_LEARNT)


def within(wait: timedelta) -> timedelta:
    """The wait, but never less than SHORTEST_WAIT nor more than LONGEST_WAIT."""
    return min(max(wait, SHORTEST_WAIT), LONGEST_WAIT)


def back_off(interval: timedelta, setback: float, last_had: datetime, now: datetime) -> timedelta:
    """How long to leave a failing feed alone: one interval for each failure in a row, by their weight.

    A feed is never given up: after a month without success it is still asked once a week.
    """
    longest = LONGEST_FAILING if now - last_had > _LOST else LONGEST_WAIT
    return min(max(interval * max(setback, 1.0), SHORTEST_WAIT), longest)


def after_others(interval: timedelta, failures: int) -> timedelta:
    """How much later than the others of its host a feed comes back that was told that it asks too often.

    They come back over one interval. If it came first, and were told so each time, they would never be asked; once may
    have been chance.
    """
    return 2 * interval + BUSY_STEP * min(failures, 6) if failures else timedelta(0)


def share(url: str) -> float:
    """A number from 0 to 1 that comes from an address."""
    return int.from_bytes(hashlib.sha256(url.encode("utf-8", "replace")).digest()[:4]) / 2**32


def outside(at: datetime, hours: tuple[int, ...], days: tuple[int, ...]) -> datetime:
    """The first time from `at` on that is in none of these hours of the day and days of the week (UTC, 0 is Monday).

    Where there is none within a week, nobody can mean it, and it is `at`.
    """
    later, end = at, at + LONGEST_SKIP
    while later.hour in hours or later.weekday() in days:
        later = later.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        if later > end:
            return at
    return later + (at - at.replace(minute=0, second=0, microsecond=0) if later != at else timedelta(0))
