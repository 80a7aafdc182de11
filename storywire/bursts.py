"""Bursts: decides whether a storyline has many more reports now than is usual for it.

Never keeps anything between two looks: all follows from when its reports came, and when a burst was last told.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scipy.special import gammainc

DAY = timedelta(hours=24)
USUAL = timedelta(days=28)  # four whole weeks, so that each weekday counts the same
MIN_USUAL = timedelta(days=3)  # of less, nobody knows what is usual
MIN_REPORTS = 5  # in 24 h: where usually nothing comes, one report is any number of times the usual
MAX_CHANCE = 0.001  # of each storyline and day: one in three years


@dataclass(frozen=True, slots=True)
class Burst:
    """`count` reports in 24 h, where `usual` is the mean; the watch asked for `factor` times that."""

    count: int
    usual: float
    factor: float

    @property
    def sentence(self) -> str:
        """Its numbers, in words."""
        usual = f"{self.usual:.1f}" if self.usual >= 0.05 else "fewer than 0.1"
        return f"{self.count:,} reports in 24 h; usually {usual}"


def burst(
    times: Sequence[datetime],
    factor: float,
    now: datetime,
    told_at: datetime | None,
    began: datetime | None = None,
) -> Burst | None:
    """The burst that a storyline is in, if it is one and not told yet.

    `times` are when its reports were first seen, of at least the last 35 days, in any order. `began` is when the first
    of all was, where that is earlier. What is usual is the mean of 24 h over the 28 days before the last 24 h, or over
    as many of them as the storyline exists, at least 3. It is a burst if there are `factor` times as many, at least 5,
    and so many by chance less than once in 1,000 days, were they independent of each other (Poisson).

    `told_at` is when something was last told of the storyline. There is no burst until there were, at that moment or
    since, fewer than half of what makes one. A time after `now` is from a clock that was wrong, and counts for nothing.
    """
    line = _Line(sorted(times), began)
    count, usual = line.count(now), line.usual(now)
    if usual is None or not _is_burst(count, usual, factor):
        return None
    if told_at is not None and told_at <= now and not line.fell(factor, told_at, now):
        return None
    return Burst(count, usual, factor)


def _is_burst(count: int, usual: float, factor: float) -> bool:
    """`gammainc(n, mean)` is the probability that a Poisson law has n or more."""
    return count >= max(MIN_REPORTS, factor * usual) and bool(gammainc(count, usual) < MAX_CHANCE)


@dataclass(frozen=True, slots=True)
class _Line:
    """When the reports of a storyline came, the first first."""

    times: list[datetime]
    began: datetime | None

    def count(self, at: datetime, back: timedelta = DAY) -> int:
        """How many came in so long before a moment."""
        return bisect_right(self.times, at) - bisect_right(self.times, at - back)

    def usual(self, at: datetime) -> float | None:
        """How many usually came in 24 h at a moment; None where that cannot be said yet."""
        first = min(filter(None, (self.began, *self.times[:1])), default=at)
        span = min(USUAL, at - DAY - first)
        return (self.count(at, USUAL + DAY) - self.count(at)) / (span / DAY) if span >= MIN_USUAL else None

    def fell(self, factor: float, since: datetime, now: datetime) -> bool:
        """Whether there were, at `since` or later, fewer than half as many as make a burst: twice as many were none.

        There become fewer only when a report is 24 h old, so these moments are all.
        """
        moments = (since, *(time + DAY for time in self.times if since < time + DAY <= now))
        return any(not _is_burst(2 * self.count(at), self.usual(at) or 0.0, factor) for at in moments)
