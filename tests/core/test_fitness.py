"""What of the facts about an installation is a fault."""

from datetime import UTC, datetime, timedelta

import pytest

from storywire import fitness
from storywire.fitness import Level, Unmet
from storywire.headers import served_at

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
GB = 10**9


def test_a_package_that_is_not_as_asked_is_told_with_what_it_breaks_and_how_to_mend_it() -> None:
    fastapi, lxml = fitness.of_packages(
        [Unmet("fastapi", "fastapi<0.151,>=0.139", "0.165.0"), Unmet("lxml-html-clean", "lxml_html_clean", None)], 31
    )
    assert fastapi.level == lxml.level == Level.BROKEN
    assert fastapi.what.startswith("fastapi 0.165.0 is here, and Storywire needs fastapi<0.151,>=0.139 (Prefect fails")
    assert fastapi.mend == 'python -m pip install "fastapi<0.151,>=0.139"'
    assert lxml.what.startswith("lxml-html-clean is not here")


@pytest.mark.parametrize(
    ("free", "database", "level"),
    [
        (40 * GB, 2 * GB, Level.OK),
        (4 * GB, 2 * GB, Level.WARNING),
        (2 * GB, 2 * GB, Level.BROKEN),
        (1000, 0, Level.BROKEN),
        (100_000_000, 0, Level.WARNING),
    ],
)
def test_a_disk_must_hold_a_second_copy_of_the_database(free: int, database: int, level: Level) -> None:
    assert fitness.of_disk(free, database).level == level


def minutes(*offs: float) -> list[timedelta]:
    return [timedelta(minutes=off) for off in offs]


def test_a_clock_is_measured_by_most_hosts_and_not_by_one_that_is_wrong_itself() -> None:
    (right,) = fitness.of_clock(minutes(0, 0.1, 600), None, NOW)
    assert right.level == Level.OK
    (ahead,) = fitness.of_clock(minutes(5, 5, 0), None, NOW)
    assert (ahead.level, ahead.what) == (Level.WARNING, "it is 5m ahead of the 3 hosts that were asked")
    (behind,) = fitness.of_clock(minutes(-120), None, NOW)
    assert behind.what == "it is 2h behind the host that was asked"


def test_what_is_stored_as_seen_in_the_future_is_told() -> None:
    (found,) = fitness.of_clock([], NOW + timedelta(hours=3), NOW)
    assert (found.level, "seen at 2026-11-02 12:00 UTC, 3h from now" in found.what) == (Level.WARNING, True)
    (fine,) = fitness.of_clock([], NOW + timedelta(seconds=30), NOW)
    assert fine.level == Level.OK


def test_a_network_is_down_only_where_no_host_can_be_reached() -> None:
    (down,) = fitness.of_hosts({"a.example": "no such host", "b.example": "no such host"}, 2)
    assert down.level == Level.BROKEN
    (one,) = fitness.of_hosts({"a.example": "HTTP 500", "b.example": None}, 0)
    assert (one.level, one.what) == (Level.WARNING, "a.example: HTTP 500")


def test_a_schedule_that_is_paused_or_never_comes_is_told() -> None:
    paused, idle = fitness.of_schedules({"collect": True, "sweep": False}, ["collect"], ["wake"])
    assert (paused.level, paused.what) == (Level.WARNING, "paused: sweep")
    assert (idle.level, idle.what) == (Level.BROKEN, "active, and without a run ahead: collect")
    (deaf,) = [f for f in fitness.of_schedules({"collect": True}, [], []) if f.level != Level.OK]
    assert "automations" in deaf.what


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"date": "Mon, 02 Nov 2026 09:00:00 GMT"}, NOW),
        ({"date": "Mon, 02 Nov 2026 08:00:00 GMT", "age": "3600"}, NOW),
        ({"date": "Mon, 02 Nov 2026 10:00:00 +0100"}, NOW),
        ({"date": "Mon, 02 Nov 2026 09:00:00 -0000"}, NOW),
        ({"date": "today"}, None),
        ({}, None),
    ],
)
def test_the_date_of_an_answer_that_a_cache_kept_is_as_old_as_it_says(headers: dict[str, str], said: object) -> None:
    assert served_at(headers) == said
