"""Laws of local time: quiet hours and digests follow the clock on the wall, also on the days on which it is changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.errors import InputError
from storywire.hours import digest_due, in_quiet, last_digest_at, zone
from storywire.watches import Digest, Timing

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The days of 2026 on which clocks are put forward and back, Lord Howe's by half an hour; Kathmandu's and UTC's never.
CHANGES = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),
    "Asia/Kathmandu": (date(2026, 3, 29), date(2026, 10, 25)),
    "UTC": (date(2026, 3, 29), date(2026, 10, 25)),
}
zones = st.sampled_from(sorted(CHANGES))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def moments(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a moment within two days of a change of its clocks."""
    name = draw(zones)
    day = draw(st.sampled_from(CHANGES[name]))
    noon = datetime.combine(day, time(12), zone(name)).astimezone(UTC)
    return name, noon + draw(st.timedeltas(-2 * DAY, 2 * DAY))


def at(name: str, text: str, fold: int = 0) -> datetime:
    """A local time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(name), fold=fold).astimezone(UTC)


def quarters(begin: datetime, end: datetime) -> Iterator[datetime]:
    while begin < end:
        yield begin
        begin += HOUR / 4


def digests(timing: Timing, begin: datetime, end: datetime) -> list[datetime]:
    """When a flow that looks each quarter of an hour finds a digest due."""
    last, found = begin, []
    for now in quarters(begin + HOUR / 4, end):
        if digest_due(timing, last, now):
            found.append(last_digest_at(timing, now))
        last = now
    return found


@pytest.mark.parametrize("name", ["Europe/Belrin", "", "../Europe/Berlin", "Europe", "x" * 5000, "a\0b", "CEST"])
def test_an_unknown_zone_is_an_error_that_names_examples(name: str) -> None:
    with pytest.raises(InputError, match=r"is no time zone; give one such as Europe/Berlin"):
        zone(name)


def test_without_quiet_hours_or_with_equal_ends_it_is_never_quiet() -> None:
    for timing in (Timing(), Timing(quiet=(time(22), time(22))), Timing(quiet=(time(0), time(0)))):
        assert not any(in_quiet(timing, now) for now in quarters(at("UTC", "2026-03-01"), at("UTC", "2026-03-02")))


def test_quiet_hours_begin_at_the_first_time_and_end_before_the_second() -> None:
    over_noon = Timing(quiet=(time(11), time(13, 30)), zone="Asia/Kathmandu")
    shown = [
        in_quiet(over_noon, at("Asia/Kathmandu", f"2026-03-01T{hour}")) for hour in ("10:59", "11:00", "13:29", "13:30")
    ]
    assert shown == [False, True, True, False]


def test_quiet_hours_go_over_midnight() -> None:
    night = Timing(quiet=(time(22), time(7)), zone="America/New_York")
    shown = [
        in_quiet(night, at("America/New_York", f"2026-06-{t}"))
        for t in ("01T21:59", "01T22:00", "02T00:00", "02T06:59", "02T07:00")
    ]
    assert shown == [False, True, True, True, False]


@pytest.mark.parametrize(("day", "length"), [("2026-03-29", 8), ("2026-10-25", 10), ("2026-06-01", 9)])
def test_a_night_on_which_clocks_change_ends_at_the_same_wall_time(day: str, length: int) -> None:
    night = Timing(quiet=(time(22), time(7)), zone="Europe/Berlin")
    end = at("Europe/Berlin", f"{day}T07:00")
    assert in_quiet(night, end - timedelta(microseconds=1))
    assert not in_quiet(night, end)
    assert sum(in_quiet(night, now) for now in quarters(end - DAY * 0.75, end)) == 4 * length


@given(moments(), times, times)
def test_quiet_is_what_the_wall_clock_says_in_every_zone(where: tuple[str, datetime], begin: time, end: time) -> None:
    name, now = where
    timing = Timing(quiet=(begin, end), zone=name)
    wall = now.astimezone(zone(name))
    minutes = (wall.hour * 60 + wall.minute - begin.hour * 60 - begin.minute) % 1440
    assert in_quiet(timing, now) == (minutes < (end.hour * 60 + end.minute - begin.hour * 60 - begin.minute) % 1440)


@given(zones, st.booleans(), times)
def test_every_local_day_has_exactly_one_daily_digest(name: str, forward: bool, when: time) -> None:
    change = CHANGES[name][not forward]
    timing = Timing(digest=Digest.DAILY, at=when, zone=name)
    begin = datetime.combine(change - 2 * DAY, time(0), zone(name)).astimezone(UTC)
    end = datetime.combine(change + 3 * DAY, time(0), zone(name)).astimezone(UTC)
    found = digests(timing, begin - HOUR / 4, end + HOUR / 4)
    found = [moment for moment in found if begin <= moment < end]
    assert [moment.astimezone(zone(name)).date() for moment in found] == [change + n * DAY for n in range(-2, 3)]
    shown = [moment.astimezone(zone(name)).time() for moment in found]
    assert shown[:2] + shown[3:] == [when] * 4, "on days without a change it is the time that was asked for"


def test_a_time_that_does_not_exist_is_as_long_after_the_change_as_it_would_have_been() -> None:
    timing = Timing(digest=Digest.DAILY, at=time(2, 30), zone="Europe/Berlin")
    now = at("Europe/Berlin", "2026-03-29T12:00")
    assert last_digest_at(timing, now) == at("Europe/Berlin", "2026-03-29T03:30")
    howe = Timing(digest=Digest.DAILY, at=time(2, 10), zone="Australia/Lord_Howe")
    now = at("Australia/Lord_Howe", "2026-10-04T12:00")
    assert last_digest_at(howe, now) == at("Australia/Lord_Howe", "2026-10-04T02:40")


@pytest.mark.parametrize("fold", [0, 1])
def test_a_time_that_comes_twice_is_the_first_of_both(fold: int) -> None:
    timing = Timing(digest=Digest.DAILY, at=time(2, 30, fold=fold), zone="Europe/Berlin")
    first, second = (at("Europe/Berlin", "2026-10-25T02:30", fold=n) for n in (0, 1))
    assert second - first == HOUR
    assert last_digest_at(timing, second) == first
    assert not digest_due(timing, first, second)


def test_a_day_that_a_zone_leaves_out_has_no_digest_of_its_own() -> None:
    samoa = Timing(digest=Digest.DAILY, zone="Pacific/Apia")  # 30 December 2011 never came there
    found = digests(samoa, at("Pacific/Apia", "2011-12-29T00:00"), at("Pacific/Apia", "2012-01-01T00:00"))
    assert [moment.astimezone(zone("Pacific/Apia")).day for moment in found] == [29, 31]


@given(moments(), st.integers(0, 6), times)
def test_a_weekly_digest_comes_on_its_weekday_once_a_week(
    where: tuple[str, datetime], weekday: int, when: time
) -> None:
    name, now = where
    timing = Timing(digest=Digest.WEEKLY, weekday=weekday, at=when, zone=name)
    latest = last_digest_at(timing, now)
    before = last_digest_at(timing, latest - timedelta(microseconds=1))
    assert timedelta(0) <= now - latest <= 7 * DAY + HOUR
    days = [moment.astimezone(zone(name)).date() for moment in (before, latest)]
    assert days[1] - days[0] == 7 * DAY
    assert days[1].weekday() == weekday


@given(moments(), st.sampled_from(Digest), times)
def test_a_digest_is_due_once_between_any_two_looks(where: tuple[str, datetime], digest: Digest, when: time) -> None:
    name, now = where
    timing = Timing(digest=digest, at=when, zone=name)
    due = last_digest_at(timing, now)
    assert due <= now
    assert due.tzinfo is UTC
    assert digest_due(timing, due - timedelta(microseconds=1), now)
    assert not digest_due(timing, due, now)
    assert last_digest_at(timing, due) == due


@given(moments())
def test_an_hourly_digest_comes_when_the_local_clock_shows_a_full_hour(where: tuple[str, datetime]) -> None:
    name, now = where
    due = last_digest_at(Timing(digest=Digest.HOURLY, zone=name), now)
    wall = due.astimezone(zone(name))
    assert (wall.minute, wall.second, wall.microsecond) == (0, 0, 0)
    between = due + timedelta(minutes=1)
    while between <= now:
        assert between.astimezone(zone(name)).minute != 0
        between += timedelta(minutes=1)


def test_hours_that_come_twice_have_two_hourly_digests_and_those_left_out_have_none() -> None:
    timing = Timing(digest=Digest.HOURLY, zone="Europe/Berlin")
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)):
        begin = at("Europe/Berlin", f"{day}T00:00")
        assert len(digests(timing, begin - HOUR / 4, begin + (hours - 0.25) * HOUR)) == hours


def test_an_hourly_digest_is_at_a_full_hour_also_where_clocks_move_by_half_an_hour() -> None:
    timing = Timing(digest=Digest.HOURLY, zone="Australia/Lord_Howe")
    one = at("Australia/Lord_Howe", "2026-10-04T01:00")  # an hour later it is 02:30
    assert last_digest_at(timing, at("Australia/Lord_Howe", "2026-10-04T02:45")) == one
    one = at("Australia/Lord_Howe", "2026-04-05T01:00")  # an hour later it is 01:30 again
    assert last_digest_at(timing, at("Australia/Lord_Howe", "2026-04-05T01:40", fold=1)) == one


def test_a_watch_that_tells_at_once_has_no_digest() -> None:
    with pytest.raises(ValueError, match="at once"):
        last_digest_at(Timing(), at("UTC", "2026-06-01"))
