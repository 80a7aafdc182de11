"""When alerts are told: cool-downs, conditions, quiet hours and digests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.enough import Counted
from storywire.sources import Source
from storywire.telling import MANY, Decision, Outbox, decide
from storywire.watches import (
    AfterQuiet,
    Alert,
    AlertClass,
    AlertState,
    Digest,
    Enough,
    Message,
    Timing,
    Watch,
)
from tests.core.makers import NOW

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
WATCH = Watch("w1", "floods", "desk", NOW)


def alert(n: int, subject: str = "s1", at: datetime = NOW, kind: AlertClass = AlertClass.REPORT) -> Alert:
    return Alert(f"al{n}", "w1", subject, kind, (f"a{n}",), at, "")


def timed(**changes: object) -> Watch:
    return replace(WATCH, timing=replace(Timing(), **changes))  # type: ignore[arg-type]


def enough(**changes: object) -> Watch:
    return replace(WATCH, enough=replace(Enough(), **changes))  # type: ignore[arg-type]


class Desk:
    """Plays time: what waits, what was told when."""

    def __init__(self, watch: Watch, sources: Sequence[Source] = (), times: Sequence[datetime] = ()) -> None:
        self.watch, self.waiting = watch, list[Alert]()
        self.told: list[Message] = []
        self.ended: dict[str, AlertState] = {}
        self._told_at: dict[tuple[str, str], datetime] = {}
        self._sources = {s.article_id: s for s in sources}
        self.times = list(times)
        self.held = frozenset[str]()

    def at(self, now: datetime, *alerts: Alert) -> list[tuple[str, ...]]:
        """What is told at this moment, also of the alerts that come then."""
        self.waiting += alerts
        outbox = Outbox(tuple(self.waiting), self._told_at, Counted(self._sources, {"s1": self.times}), self.held)
        decision: Decision = decide(outbox, [self.watch], now)
        subjects = {a.alert_id: a.subject_id for a in self.waiting}
        for message in decision.messages:
            self._told_at |= {("w1", subjects[i]): now for i in message.alert_ids}
        gone = {i for m in decision.messages for i in m.alert_ids} | decision.ended.keys()
        self.waiting = [a for a in self.waiting if a.alert_id not in gone]
        self.told += decision.messages
        self.ended |= {i: state for i, (state, _) in decision.ended.items()}
        return [m.alert_ids for m in decision.messages]


def test_the_first_is_told_at_once_and_the_next_of_the_same_storyline_when_it_has_cooled_down() -> None:
    desk = Desk(WATCH)
    assert desk.at(NOW, alert(1)) == [("al1",)]
    assert desk.at(NOW + 10 * MINUTE, alert(2), alert(3, "s2")) == [("al3",)]
    assert desk.at(NOW + 59 * MINUTE, alert(4)) == []
    assert desk.at(NOW + HOUR) == [("al2", "al4")]  # nothing new came, and it is told all the same
    assert desk.at(NOW + 9 * HOUR) == []


def test_a_flood_brings_no_more_messages_than_the_cool_down_allows_and_loses_nothing() -> None:
    desk = Desk(WATCH)
    for minute in range(240):
        desk.at(NOW + minute * MINUTE, *(alert(40 * minute + n) for n in range(40)))
    desk.at(NOW + DAY)
    assert len(desk.told) <= 1 + 4 + 1
    assert len({i for m in desk.told for i in m.alert_ids}) == 240 * 40


def test_many_subjects_at_once_are_one_message() -> None:
    assert len(Desk(WATCH).at(NOW, *(alert(n, f"s{n}") for n in range(MANY)))) == MANY
    assert len(Desk(WATCH).at(NOW, *(alert(n, f"s{n}") for n in range(MANY + 1)))) == 1


def test_what_was_told_in_the_future_silences_nobody() -> None:
    desk = Desk(WATCH)
    desk.at(NOW + 90 * DAY, alert(1))
    assert desk.at(NOW, alert(2)) == [("al2",)]


def test_a_watch_waits_for_as_many_reports_as_it_wants_and_then_begins_anew() -> None:
    desk = Desk(enough(reports=3))
    assert desk.at(NOW, alert(1), alert(2)) == []
    assert desk.at(NOW + HOUR, alert(3)) == [("al1", "al2", "al3")]
    assert desk.told[0].why == {"s1": "3 reports where 3 are needed"}
    assert desk.at(NOW + 3 * HOUR, alert(4)) == []


def test_too_few_reports_lapse_after_a_time_and_changes_do_not_wait_for_them() -> None:
    desk = Desk(enough(reports=3, within=2 * DAY))
    assert desk.at(NOW, alert(1), alert(2, kind=AlertClass.REPRINT)) == []
    assert desk.at(NOW + HOUR, alert(3, kind=AlertClass.CORRECTION, at=NOW + HOUR)) == [("al3",)]
    assert desk.at(NOW + 2 * DAY) == []
    assert desk.ended == {"al1": AlertState.LAPSED, "al2": AlertState.LAPSED}


@pytest.mark.parametrize(
    "timing",
    [
        Timing(quiet=(time(11), time(21))),
        Timing(cool_down=6 * HOUR),
        Timing(digest=Digest.DAILY, at=time(22)),
    ],
)
def test_what_was_enough_stays_enough_while_the_watch_may_not_speak(timing: Timing) -> None:
    desk = Desk(replace(enough(reports=2, within=HOUR), timing=timing))
    desk.at(NOW - HOUR, alert(1, at=NOW - HOUR), alert(2, at=NOW - HOUR))  # told, so that a cool-down holds
    at = NOW + HOUR
    desk.at(at, *(alert(n, at=at) for n in range(3, 7)))
    for hour in range(2, 14):
        desk.at(NOW + hour * HOUR)
    assert {i for m in desk.told for i in m.alert_ids} == {f"al{n}" for n in range(1, 7)}
    assert desk.ended == {}


def test_what_waits_too_long_beside_what_is_too_late_for_it_lapses() -> None:
    desk = Desk(enough(reports=2, within=HOUR))
    desk.at(NOW, alert(1))
    desk.at(NOW + 50 * MINUTE, alert(2, "s2", at=NOW + 50 * MINUTE))
    assert desk.at(NOW + 61 * MINUTE, alert(3, at=NOW + 61 * MINUTE)) == []
    assert desk.ended == {"al1": AlertState.LAPSED}


def test_a_digest_with_a_condition_comes_at_its_time_alone() -> None:
    desk = Desk(replace(enough(reports=2), timing=Timing(digest=Digest.DAILY, at=time(8))))
    start = NOW.replace(hour=7)
    for hour in range(50):
        at = start + hour * HOUR
        desk.at(
            at, *([alert(1, "short", at=at)] if hour == 0 else []), *(alert(10 * hour + n, at=at) for n in (11, 12))
        )
    assert [(m.made_at.hour, m.made_at.minute) for m in desk.told] == [(8, 0)] * 3


def test_while_a_message_does_not_get_through_what_comes_gathers_and_is_one_then() -> None:
    desk = Desk(WATCH)
    desk.held = frozenset({"w1"})
    for hour in range(60):
        assert desk.at(NOW + hour * HOUR, alert(hour, at=NOW + hour * HOUR)) == []
    desk.held = frozenset()
    (told,) = desk.at(NOW + 60 * HOUR)
    assert len(told) == 60


def test_publishers_of_one_house_or_one_text_are_one_source() -> None:
    sources = [
        Source("a1", "Courier", "https://courier.example/1"),
        Source("a2", "COURIER", "https://courier.example/2"),
        Source("a3", "Gazette", "https://gazette.example/1", copy_of="a1"),
        Source("a4", "Herald", "https://herald.example/1"),
    ]
    desk = Desk(enough(publishers=2), sources)
    assert desk.at(NOW, alert(1), alert(2), alert(3)) == []
    assert desk.at(NOW + HOUR, alert(4)) == [("al1", "al2", "al3", "al4")]
    assert desk.told[0].why == {"s1": "2 independent publishers where 2 are needed"}


def test_a_burst_is_told_once_with_its_numbers_however_its_rate_flaps() -> None:
    """H84: one alert."""
    usual = [NOW - DAY * n for n in range(1, 40)]
    desk = Desk(replace(enough(burst=5.0), timing=Timing(cool_down=timedelta(0))), times=usual)
    for hour in range(40):  # up, a little down, and up again around what is needed
        at = NOW + hour * HOUR
        new = [alert(100 * hour + n, at=at) for n in range(2 if hour in (0, 1, 2, 3, 25, 26, 28, 30, 33) else 0)]
        desk.times += [at] * len(new)
        desk.at(at, *new)
    assert len(desk.told) == 1
    assert "reports in 24 h; usually 1.0" in desk.told[0].why["s1"]


def test_in_quiet_hours_nothing_is_told_and_at_their_end_all_of_it() -> None:
    desk = Desk(timed(quiet=(time(22), time(7)), zone="Europe/Berlin", cool_down=timedelta(0)))
    late = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)  # 23:30 in Berlin; the clocks go forward that night
    assert desk.at(late, alert(1, at=late)) == []
    assert desk.at(datetime(2026, 3, 29, 4, 59, tzinfo=UTC), alert(2, at=late)) == []
    assert desk.at(datetime(2026, 3, 29, 5, tzinfo=UTC)) == [("al1", "al2")]  # 07:00 there, in summer time


def test_what_came_in_quiet_hours_is_dropped_where_a_person_wants_that() -> None:
    desk = Desk(timed(quiet=(time(0), time(6)), after_quiet=AfterQuiet.DROP))
    night, before = NOW.replace(hour=3), NOW.replace(hour=0) - MINUTE
    assert desk.at(night, alert(1, at=night), alert(2, at=before)) == []
    assert desk.at(NOW) == [("al2",)]
    assert desk.ended == {"al1": AlertState.DROPPED}


def test_a_digest_gathers_everything_until_its_local_time_also_when_the_clocks_change() -> None:
    desk = Desk(timed(digest=Digest.DAILY, at=time(8), zone="America/New_York"))
    start = datetime(2026, 10, 30, 0, tzinfo=UTC)
    for hour in range(24 * 5):
        at = start + hour * HOUR
        desk.at(at, alert(hour, f"s{hour % 3}", at=at))
    made = [m.made_at for m in desk.told]
    # 08:00 there is 12:00 UTC until 1 November, when clocks go back, and 13:00 from then on
    assert [(at.day, at.hour) for at in made] == [(30, 12), (31, 12), (1, 13), (2, 13), (3, 13)]


def test_a_digest_is_its_own_cool_down() -> None:
    desk = Desk(timed(digest=Digest.HOURLY, cool_down=DAY))
    assert desk.at(NOW, alert(1, at=NOW - MINUTE)) == [("al1",)]
    assert desk.at(NOW + HOUR, alert(2, at=NOW + MINUTE)) == [("al2",)]


def test_a_digest_that_falls_into_quiet_hours_waits_for_their_end() -> None:
    desk = Desk(timed(digest=Digest.HOURLY, quiet=(time(12), time(15))))
    assert desk.at(NOW, alert(1, at=NOW - HOUR)) == []
    assert desk.at(NOW + 3 * HOUR) == [("al1",)]


def test_a_paused_watch_keeps_what_waits() -> None:
    desk = Desk(replace(WATCH, paused=True))
    assert desk.at(NOW, alert(1)) == []
    desk.watch = WATCH
    assert desk.at(NOW + HOUR) == [("al1",)]


def test_a_message_is_known_by_what_it_tells() -> None:
    one, other = (decide(Outbox((alert(1), alert(2))), [WATCH], at).messages[0] for at in (NOW, NOW + HOUR))
    assert one.message_id == other.message_id
    assert one.message_id != decide(Outbox((alert(1),)), [WATCH], NOW).messages[0].message_id


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 8)), max_size=60),
    st.sampled_from(
        [
            WATCH,
            timed(cool_down=timedelta(0)),
            timed(quiet=(time(20), time(9)), zone="Asia/Kathmandu"),
            timed(digest=Digest.WEEKLY, weekday=2, zone="Europe/Berlin"),
            timed(digest=Digest.HOURLY),
            enough(reports=2),
            timed(quiet=(time(9), time(17)), after_quiet=AfterQuiet.DROP),
        ]
    ),
)
def test_whatever_comes_each_alert_is_told_once_or_ended_once(came: list[tuple[int, int]], watch: Watch) -> None:
    desk, last = Desk(watch), NOW
    for number, (minutes, subject) in enumerate(sorted(came)):
        last = NOW + minutes * MINUTE
        desk.at(last, alert(number, f"s{subject}", at=last))
    for step in range(1, 40):
        desk.at(last + step * 7 * HOUR)
    told = [i for m in desk.told for i in m.alert_ids]
    assert sorted([*told, *desk.ended]) == sorted(f"al{n}" for n in range(len(came)))


@pytest.mark.parametrize("shift", [timedelta(0), 400 * DAY])
def test_deciding_again_at_the_same_moment_decides_nothing_more(shift: timedelta) -> None:
    desk = Desk(WATCH)
    assert desk.at(NOW + shift, alert(1, at=NOW + shift))
    assert desk.at(NOW + shift) == []
