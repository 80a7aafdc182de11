"""A watch on what came before."""

from dataclasses import replace
from datetime import timedelta

from storywire.arrivals import Arrival
from storywire.backtest import Replay, Round
from storywire.watches import AlertClass, AlertState, Enough, Timing, Watch
from tests.core.makers import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WATCH = Watch("w1", "floods", "desk", NOW, paused=True)


def came(n: int, days: float, kind: AlertClass = AlertClass.REPORT, silent: str | None = None) -> Round:
    at = NOW - days * DAY
    words = (f"Flood {n}", "Water.", f"Paper {n}", f"https://paper{n}.example/", "en")
    return Round(at, [Arrival(f"a{n}", "floods", kind, *words, silent=silent, time=at)])


def test_what_came_before_the_time_asked_for_only_says_what_is_usual() -> None:
    rounds = [came(n, 30 - n) for n in range(20)] + [came(100 + n, 2 - n / 100) for n in range(9)]
    found = Replay(replace(WATCH, enough=Enough(burst=3.0)), NOW - 5 * DAY).play(rounds, NOW)
    (fired,) = found.fired
    assert fired.at >= NOW - 2 * DAY
    assert "reports in 24 h; usually 0.7" in fired.why["floods"]
    plain = Replay(WATCH, NOW - 5 * DAY).play(rounds, NOW)
    assert sum(sum(f.counts.values()) for f in plain.fired) == 9


def test_cool_downs_end_between_runs_and_what_waits_at_the_end_is_counted() -> None:
    watch = replace(WATCH, timing=Timing(cool_down=DAY))
    found = Replay(watch, NOW - 9 * DAY).play([came(1, 8), came(2, 7.9), came(3, 0.5), came(4, 0.4)], NOW)
    assert [round((NOW - f.at) / DAY, 1) for f in found.fired] == [8.0, 7.0, 0.5]
    assert found.waiting == 1


def test_silent_reports_reprints_and_what_lapses_are_counted_apart() -> None:
    watch = replace(WATCH, enough=Enough(reports=2, within=DAY))
    rounds = [came(1, 8, silent="a seed"), came(2, 7), came(3, 5, AlertClass.REPRINT)]
    found = Replay(watch, NOW - 9 * DAY).play(rounds, NOW)
    assert (found.fired, found.silent, found.reprints) == ((), {"a seed": 1}, 1)
    assert found.ended == {AlertState.LAPSED: 1}
