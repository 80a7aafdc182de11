"""The search for thresholds: it climbs, it counts, and it moves nothing else."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storywire.parameters import EventParameters, Parameters, StorylineParameters
from storywire.tuning import EVENTS, ROUNDS, STORYLINES, Measure, trials, tuned

START = Parameters()


def changed(one: Parameters, other: Parameters) -> set[str]:
    before, after = asdict(one), asdict(other)
    return {
        f"{part}.{name}"
        for part in ("events", "storylines")
        for name, value in before[part].items()
        if after[part][name] != value
    }


def hill(**tops: float) -> Measure:
    """Best, 1, where all thresholds are at their tops; events' names, or those of storylines."""

    def measure(parameters: Parameters) -> float:
        both: dict[str, float] = asdict(parameters.events) | asdict(parameters.storylines)
        return 1 - sum(abs(both[name] - top) for name, top in tops.items()) / 10

    return measure


def test_it_finds_the_top_of_a_hill() -> None:
    best, reached = tuned(START, hill(full=0.39, tau_days=3.6), storylines=False)
    assert best.events.full == pytest.approx(0.39, abs=0.01)
    assert best.events.tau_days == pytest.approx(3.6, abs=0.11)
    assert reached > hill(full=0.39, tau_days=3.6)(START)
    assert changed(START, best) == {"events.full", "events.tau_days"}


def test_it_finds_the_top_for_named_storylines_and_doubt_goes_with_accept() -> None:
    best, _ = tuned(START, hill(accept=0.31, names_weight=0.15), storylines=True)
    assert best.storylines.accept == pytest.approx(0.31, abs=0.011)
    assert best.storylines.names_weight == pytest.approx(0.15, abs=0.03)
    assert best.storylines.accept - best.storylines.doubt == pytest.approx(0.025)
    assert round(best.storylines.doubt, 4) == best.storylines.doubt
    assert best.events == START.events


def test_on_a_plateau_nothing_moves_and_a_gain_too_small_to_mean_anything_is_none() -> None:
    assert tuned(START, lambda p: 0.5) == (START, 0.5)
    assert tuned(START, lambda p: 0.5 + p.events.full / 1000)[0] == START


@given(st.integers(), st.booleans())
@settings(deadline=None)
def test_it_never_measures_more_often_than_it_says_and_returns_the_best_that_it_saw(
    seed: int, storylines: bool
) -> None:
    seen: list[tuple[float, Parameters]] = []

    def measure(parameters: Parameters) -> float:
        seen.append((hash((seed, parameters)) % 1000 / 1000, parameters))
        return seen[-1][0]

    best, reached = tuned(START, measure, storylines=storylines)
    assert len(seen) <= trials(storylines=storylines)
    assert (reached, best) in seen
    assert reached >= max(score for score, _ in seen) - 0.001 * len(seen)


def test_the_most_measurements_are_those_of_a_search_that_never_gains() -> None:
    for storylines, steps in ((False, EVENTS), (True, STORYLINES)):
        seen: list[Parameters] = []
        tuned(START, lambda p, seen=seen: seen.append(p) or 0.0, storylines=storylines)  # type: ignore[misc]
        assert len(seen) == trials(storylines=storylines) == 1 + 2 * ROUNDS * len(steps)


def test_what_is_moved_are_thresholds() -> None:
    assert EVENTS.keys() <= asdict(EventParameters()).keys()
    assert STORYLINES.keys() <= asdict(StorylineParameters()).keys()


def test_tuned_again_and_again_no_threshold_comes_to_nothing() -> None:
    parameters = START
    for _ in range(9):
        parameters, _ = tuned(parameters, lambda p: -p.events.tau_days - p.events.short)
        parameters, _ = tuned(parameters, lambda p: -p.storylines.accept, storylines=True)
    assert parameters.events.tau_days > 0
    assert parameters.events.short > 0
    assert 0 < parameters.storylines.doubt <= parameters.storylines.accept


def test_thresholds_are_tuned_for_the_model_that_they_are_of() -> None:
    other = replace(START, model="other")
    assert tuned(other, hill(full=0.39))[0].model == "other"
