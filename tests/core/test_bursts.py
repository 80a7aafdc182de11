"""Laws of bursts: a storyline is measured against its own past, and a burst is told once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storywire.bursts import Burst, burst

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def steady(a_day: float, days: int = 35, end: datetime = NOW - DAY) -> list[datetime]:
    """Reports at even gaps over so many days until `end`."""
    return [end - (n + 0.5) * DAY / a_day for n in range(round(a_day * days))]


def lately(count: int, now: datetime = NOW) -> list[datetime]:
    """Reports of the last day, at even gaps."""
    return [now - (n + 0.5) * DAY / count for n in range(count)]


def test_many_more_reports_than_usual_are_a_burst_with_its_numbers() -> None:
    found = burst(steady(2) + lately(12), 3, NOW, None)
    assert found == Burst(12, pytest.approx(2.0), 3)
    assert found.sentence == "12 reports in 24 h; usually 2.0"
    assert Burst(1200, 0.04, 3).sentence == "1,200 reports in 24 h; usually fewer than 0.1"


def test_fewer_than_the_asked_multiple_are_no_burst() -> None:
    past = steady(10)
    assert burst(past + lately(29), 3, NOW, None) is None
    assert burst(past + lately(30), 3, NOW, None) is not None


def test_fewer_than_five_reports_are_never_a_burst() -> None:
    past = [NOW - 20 * DAY]
    assert burst([*past, *lately(1)], 3, NOW, None) is None
    assert burst([*past, *lately(4)], 3, NOW, None) is None
    assert burst([*past, *lately(5)], 3, NOW, None) is not None


def test_what_chance_brings_each_month_is_no_burst_though_it_is_the_asked_multiple() -> None:
    past = steady(2)  # of a mean of 2, chance alone gives 6 in a day once in 60 days, and 9 once in 4,000
    assert burst(past + lately(6), 3, NOW, None) is None
    assert burst(past + lately(9), 3, NOW, None) is not None


def test_a_storyline_of_less_than_four_days_has_no_usual_and_no_burst() -> None:
    assert burst(lately(50), 3, NOW, None) is None
    assert burst([NOW - 4 * DAY + HOUR, *lately(50)], 3, NOW, None) is None
    assert burst([NOW - 4 * DAY, *lately(50)], 3, NOW, None) == Burst(50, pytest.approx(1 / 3), 3)


def test_the_usual_of_a_young_storyline_is_over_the_days_that_it_exists() -> None:
    found = burst([*steady(4, days=6), NOW - 7 * DAY, *lately(40)], 3, NOW, None)
    assert found == Burst(40, pytest.approx(25 / 6), 3)


def test_an_old_storyline_that_slept_wakes_with_a_burst() -> None:
    assert burst(lately(6), 3, NOW, None, began=NOW - 90 * DAY) == Burst(6, 0.0, 3)


def test_reports_before_the_last_29_days_and_after_now_count_for_nothing() -> None:
    flood, later = [NOW - 30 * DAY - HOUR] * 500, [NOW + HOUR] * 500
    assert burst([*flood, *lately(9), *later], 3, NOW, None) == Burst(9, 0.0, 3)
    assert burst([*flood, *later], 3, NOW, None) is None


@given(st.permutations(steady(1, days=10) + lately(9)))
def test_the_order_of_times_does_not_matter(times: list[datetime]) -> None:
    assert burst(times, 3, NOW, None) == burst(sorted(times), 3, NOW, None)


def told(times: list[datetime], factor: float, begin: datetime, end: datetime) -> list[datetime]:
    """When a watch that looks every quarter of an hour is told of a burst."""
    at, last, all_told = begin, None, []
    while at <= end:
        seen = [time for time in times if time <= at]
        if burst(seen, factor, at, last):
            last = at
            all_told.append(at)
        at += HOUR / 4
    return all_told


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=24, max_size=24))
@example([(-1) ** n * 1.0 for n in range(24)])
def test_h84_a_storyline_that_flaps_around_the_threshold_bursts_once(shifts: list[float]) -> None:
    """Usually one report a day, so that 6 are a burst; now there are 5 to 7, for four days."""
    times = steady(1) + [NOW + (4 * n + shift) * HOUR for n, shift in enumerate(shifts)]
    assert len(told(times, 3, NOW - DAY, NOW + 4 * DAY)) == 1


def test_h84_a_storyline_that_comes_in_clumps_is_over_the_threshold_every_few_hours_and_bursts_once() -> None:
    """Usually ten reports a day, so that 30 are a burst and soon 37; clumps of ten make it 30 and 40 by turns."""
    times = steady(10) + [NOW + 7 * n * HOUR for n in range(14) for _ in range(10)]
    over = [burst(times, 3, NOW + n * HOUR / 4, None) is not None for n in range(4 * 4 * 24)]
    assert sum(now and not before for before, now in pairwise(over)) > 5, "without what was told, it bursts each time"
    assert len(told(times, 3, NOW - DAY, NOW + 4 * DAY)) == 1


def test_a_burst_that_lasts_is_told_once() -> None:
    assert len(told(steady(1) + [NOW + n * HOUR for n in range(100)], 3, NOW - DAY, NOW + 4 * DAY)) == 1


def test_a_burst_is_told_anew_once_the_rate_had_fallen_under_half() -> None:
    first, second = lately(12, NOW + DAY), lately(20, NOW + 6 * DAY)
    at = told(steady(1) + first + second, 3, NOW - DAY, NOW + 7 * DAY)
    assert [moment > NOW + 3 * DAY for moment in at] == [False, True]


def test_the_rate_has_to_fall_after_the_burst_was_told_not_before() -> None:
    times = steady(1) + lately(12)
    assert burst(times, 3, NOW, NOW - HOUR) is None
    assert burst(times, 3, NOW, NOW - 10 * DAY) is not None


def test_what_was_told_before_the_rate_rose_was_no_burst_and_keeps_none_back() -> None:
    """A correction, say, was told in the morning; then the reports came."""
    times = [*steady(1), *(NOW - n * HOUR / 4 for n in range(12))]
    assert burst(times, 3, NOW, NOW - 4 * HOUR) is not None
    assert burst(times, 3, NOW, NOW - HOUR) is None


def test_a_time_of_telling_that_is_still_to_come_keeps_nothing_back() -> None:
    assert burst(steady(1) + lately(12), 3, NOW, NOW + HOUR) is not None


def test_a_storyline_that_slept_since_its_last_burst_may_burst_again() -> None:
    assert burst(lately(9), 3, NOW, NOW - 60 * DAY, began=NOW - 90 * DAY) is not None


def test_ten_thousand_reports_are_measured_in_moments() -> None:
    times = steady(300) + lately(1500)
    assert burst(times, 3, NOW, NOW - 2 * DAY) is not None
