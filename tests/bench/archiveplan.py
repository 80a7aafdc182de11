"""Who reports what and when in an invented archive: decides its storylines, events, reports, copies and times.

Never makes a word or a vector. All of it follows from the number of reports and a seed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

END = datetime(2026, 11, 1, tzinfo=UTC)
YEARS = 3
PUBLISHERS, TOPICS = 400, 120
MOST_REPORTS, MOST_EVENTS = 30, 200  # of an event, and of a storyline
COPIES = 0.06
LENGTH, SPREAD, SHORTEST, LONGEST = 250, 0.6, 40, 2000  # words: the median of a log-normal law, and its limits
LANGUAGES = {"en": 0.78, "de": 0.07, "fr": 0.06, "es": 0.05, "pl": 0.02, "zh": 0.02}
_DAY = 86_400_000_000  # microseconds
# News by the hour of the day, UTC; on a Saturday or Sunday a third less.
_HOURS = np.array([3, 2, 2, 2, 3, 5, 7, 9, 10, 10, 10, 10, 9, 9, 10, 10, 9, 8, 7, 6, 6, 5, 5, 4], float)


@dataclass(frozen=True)
class Plan:
    """Reports in the order in which they are first seen, by their numbers: one entry of each array a report.

    `first_of_event` and `first_of_storyline` have an entry an event and a storyline: their founding reports. `kept_as`
    is the report that a copy repeats, and itself for a kept one. Times are microseconds since 1970.
    """

    event: Ints
    storyline: Ints
    kept_as: Ints
    published: Ints
    seen: Ints
    publisher: Ints
    words: Ints
    first_of_event: Ints
    first_of_storyline: Ints
    storyline_of: Ints  # of each event
    topic: Ints  # of each storyline
    language: npt.NDArray[np.int64]  # of each publisher


def plan(reports: int, seed: int) -> Plan:
    """An archive of so many reports; events have 1 to 30 of them, storylines 1 to 200 events, few have many."""
    random = np.random.default_rng((seed, 0))
    events = _sizes(random, reports, MOST_REPORTS, 1.8)
    storylines = _sizes(random, len(events), MOST_EVENTS, 2.0)
    storyline_of = np.repeat(np.arange(len(storylines)), storylines)
    began = _event_times(random, storylines)
    event = np.repeat(np.arange(len(events)), events)
    published = _in_rhythm(random, began[event] + random.exponential(0.4, reports))
    seen = published + (random.exponential(1500, reports) * 1e6).astype(np.int64)
    order = np.argsort(seen, kind="stable")
    event, published, seen = event[order], published[order], seen[order]
    storyline = storyline_of[event]
    first_of_event, first_of_storyline = (np.unique(of, return_index=True)[1] for of in (event, storyline))
    return Plan(
        event,
        storyline,
        _copies(random, first_of_event[event]),
        published,
        seen,
        _zipf(random, reports, PUBLISHERS),
        np.clip(random.lognormal(np.log(LENGTH), SPREAD, reports), SHORTEST, LONGEST).astype(np.int64),
        first_of_event,
        first_of_storyline,
        storyline_of,
        random.integers(TOPICS, size=len(storylines)),
        _languages(random),
    )


def _sizes(random: np.random.Generator, total: int, most: int, exponent: float) -> Ints:
    """Sizes of groups by a power law, which sum to `total`."""
    shares = np.arange(1, most + 1) ** -exponent
    sizes = random.choice(most, total, p=shares / shares.sum()) + 1
    ends = np.cumsum(sizes)
    count = int(np.searchsorted(ends, total)) + 1
    sizes[count - 1] -= ends[count - 1] - total
    return sizes[:count]


def _event_times(random: np.random.Generator, sizes: Ints) -> npt.NDArray[np.float64]:
    """When each event begins, in days before the end; a storyline has one every few days, or every few months."""
    every = np.repeat(random.lognormal(np.log(4), 1.2, len(sizes)), sizes) * random.exponential(1, sizes.sum())
    starts = np.cumsum(sizes) - sizes
    after = np.cumsum(every) - np.repeat(np.cumsum(every)[starts], sizes)
    ends = np.maximum.reduceat(after, starts)
    left = YEARS * 365 * random.random(len(sizes))
    squeezed: npt.NDArray[np.float64] = np.repeat(-left, sizes) + after * np.repeat(
        np.minimum(1, left / np.maximum(ends, 1e-9)), sizes
    )
    return squeezed


def _in_rhythm(random: np.random.Generator, days: npt.NDArray[np.float64]) -> Ints:
    """Times in microseconds, by day more than by night and on weekends less."""
    days = np.minimum(days, -0.1)
    share = np.concatenate([[0], np.cumsum(_HOURS) / _HOURS.sum()])
    day = np.floor(days)
    hours = np.interp(days - day, share, np.arange(25))
    weekday = (day + END.weekday()) % 7
    moved = np.where((weekday >= 5) & (random.random(len(day)) < 0.35), weekday - random.integers(0, 5, len(day)), 0)
    end = int(END.timestamp()) * 1_000_000
    return end + ((day - moved) * _DAY + hours * (_DAY / 24)).astype(np.int64)


def _copies(random: np.random.Generator, founders: Ints) -> Ints:
    """Of the reports that founded no event enough are copies of the one that did."""
    own = np.arange(len(founders))
    later = founders != own
    copied = later & (random.random(len(own)) < COPIES * len(own) / max(int(later.sum()), 1))
    return np.where(copied, founders, own)


def _zipf(random: np.random.Generator, count: int, most: int) -> Ints:
    shares = 1 / (np.arange(most) + 5)
    return random.choice(most, count, p=shares / shares.sum())


def _languages(random: np.random.Generator) -> Ints:
    """A language for each publisher; the first, the largest, are English."""
    found = random.choice(len(LANGUAGES), PUBLISHERS, p=list(LANGUAGES.values()))
    found[:6] = 0
    return found
