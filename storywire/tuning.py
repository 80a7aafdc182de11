"""Thresholds for another model, found on labelled articles: decides which are tried, and which are better.

Never plays a stream itself: its caller says how good a set of thresholds is.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from storywire.parameters import Parameters

EVENTS: Mapping[str, float] = {
    "dense_weight": 0.08,
    "short": 0.03,
    "full": 0.03,
    "merge_short": 0.03,
    "merge_full": 0.06,
    "tau_days": 0.8,
}
"""What `tuned` changes of how events are formed, and by how much at first."""
STORYLINES: Mapping[str, float] = {"accept": 0.03, "dense_weight": 0.08, "names_weight": 0.05}
"""The same for storylines that people define."""
TOGETHER = {"accept": ("doubt",)}
LEAST = 0.01  # tuned again and again, a threshold could come to nothing, and a time must not
ROUNDS = 3  # halvings of the steps, less one; finer differences than these are noise
GAIN = 0.001  # a smaller gain is noise too

Measure = Callable[[Parameters], float]
"""How good thresholds are, 0 to 1."""


def tuned(start: Parameters, measure: Measure, *, storylines: bool = False) -> tuple[Parameters, float]:
    """The best thresholds that a pattern search from `start` finds (Hooke and Jeeves, 1961), and how good they are.

    One threshold after the other is moved up or down, and stays where that helps; then steps are halved. With
    `storylines` those of named storylines are moved, else those of events.
    """
    steps = STORYLINES if storylines else EVENTS
    best, reached = start, measure(start)
    for halvings in range(ROUNDS):
        for name, step in steps.items():
            for way in (step, -step):
                tried = _moved(best, name, way / 2**halvings, storylines=storylines)
                score = measure(tried)
                if score > reached + GAIN:
                    best, reached = tried, score
                    break
    return best, reached


def trials(*, storylines: bool = False) -> int:
    """How many measurements `tuned` makes at most."""
    return 1 + 2 * ROUNDS * len(STORYLINES if storylines else EVENTS)


def _moved(parameters: Parameters, name: str, by: float, *, storylines: bool) -> Parameters:
    """The thresholds with one of them moved, and `doubt` with `accept`; none of them ends below `LEAST`."""
    part = parameters.storylines if storylines else parameters.events
    moved = {each: max(LEAST, round(getattr(part, each) + by, 4)) for each in (name, *TOGETHER.get(name, ()))}
    if storylines:
        return replace(parameters, storylines=replace(parameters.storylines, **moved))
    return replace(parameters, events=replace(parameters.events, **moved))
