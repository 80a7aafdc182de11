"""The thresholds of grouping, for the model that they were found for: decides how alike is alike enough.

Never measures anything.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventParameters:
    """How events are formed; found by grid search on the development data for one model, and not valid for others."""

    dense_weight: float = 0.35  # the rest weighs on shared words
    threshold: float = 0.35
    tau_days: float = 3.0  # after so long a silence, a report must be twice as alike


@dataclass(frozen=True, slots=True)
class StorylineParameters:
    """How storylines attract; calibrated on texts written for that, for one model, and not valid for others."""

    accept: float = 0.275  # for a storyline that a person defined
    link: float = 0.36  # for a new event and a storyline that Storywire found
    dense_weight: float = 1 / 3  # the rest weighs on shared words
    unanchored: float = 0.85  # what is left of the score without the name that the seeds share
    years: float = 20.0  # after so long a silence, coverage must be twice as alike


@dataclass(frozen=True, slots=True)
class Parameters:
    """All thresholds, with the name of the model that they were found for."""

    model: str = "all-MiniLM-L6-v2"
    events: EventParameters = EventParameters()
    storylines: StorylineParameters = StorylineParameters()
