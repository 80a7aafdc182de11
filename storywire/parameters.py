"""The thresholds of grouping, for the model that they were found for: decides how alike is alike enough.

Never measures anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from storywire.window import Floats


@dataclass(frozen=True, slots=True)
class EventParameters:
    """How events are formed; found on the development data for one model, and not valid for others."""

    dense_weight: float = 0.28  # the rest weighs on shared words
    short: float = 0.3  # the score that the shortest texts need to join: a bare headline shares few words
    full: float = 0.345  # the score that full texts need
    undated: float = 0.83  # what is left of the score where nobody knows when a report was published
    tau_days: float = 2.4  # after so long a silence, a report must be twice as alike
    merge_short: float = 0.3  # the score from which two events of the shortest texts are one after all
    merge_full: float = 0.43  # and two of full texts
    small: float = 2  # reports; of two events that merge, one has no more than these
    split: float = 0.1  # an event whose two halves score less falls apart

    def mixed(self, dense: Floats, sparse: Floats) -> Floats:
        """Likeness: both kinds of cosine as one."""
        return self.dense_weight * dense + (1 - self.dense_weight) * sparse

    def faded(self, score: Floats, gap_days: Floats) -> Floats:
        """What is left of a score after days of silence."""
        return score / (1 + gap_days / self.tau_days)

    def needed(self, fullness: Floats) -> Floats:
        """The score that an article needs to join, by how full the texts are, 0 to 1."""
        return self.short + (self.full - self.short) * fullness

    def needed_to_merge(self, fullness: Floats) -> Floats:
        """The score that two events need to be one, by how full the texts are, 0 to 1."""
        return self.merge_short + (self.merge_full - self.merge_short) * fullness


@dataclass(frozen=True, slots=True)
class StorylineParameters:
    """How storylines attract; calibrated on texts written for that, for one model, and not valid for others."""

    accept: float = 0.27  # for a storyline that a person defined
    doubt: float = 0.245  # from here to `accept` an article is listed as borderline; a person decides
    sure: float = 0.05  # so far above `accept`, and above any other, an article may speak for the storyline
    dense_weight: float = 0.3
    names_weight: float = 0.1  # the rest weighs on shared words
    unanchored: float = 0.85  # what is left of the score without the name that the seeds share
    years: float = 20.0  # after so long a silence, coverage must be twice as alike
    link: float = 0.36  # for a new event and a storyline that Storywire found
    link_dense_weight: float = 1 / 3  # the rest weighs on shared words

    def mixed(self, dense: Floats, words: Floats, names: Floats) -> Floats:
        """Likeness to a named storyline: three kinds of cosine as one."""
        rest = 1 - self.dense_weight - self.names_weight
        return self.dense_weight * dense + rest * words + self.names_weight * names

    def linked(self, dense: Floats, words: Floats) -> Floats:
        """Likeness to a found storyline: two kinds of cosine as one."""
        return self.link_dense_weight * dense + (1 - self.link_dense_weight) * words


@dataclass(frozen=True, slots=True)
class CopyParameters:
    """When one text retells another; calibrated on texts written for that, for one model, and not valid for others."""

    candidate: float = 0.65  # cosine of two articles from which they are read side by side
    sentence: float = 0.4  # cosine from which two sentences may say the same
    aligned: float = 0.7  # share of each of the two texts that is told in the other, in order
    languages: str = "en"  # those that the model knows, with a space between; in others all sentences are alike to it


@dataclass(frozen=True, slots=True)
class Parameters:
    """All thresholds, with the name of the model that they were found for."""

    model: str = "all-MiniLM-L6-v2"
    events: EventParameters = field(default_factory=EventParameters)
    storylines: StorylineParameters = field(default_factory=StorylineParameters)
    copies: CopyParameters = field(default_factory=CopyParameters)
    meaning: float = 0.3  # cosine from which an article means something like a watch's sentence

    def of(self, model: str) -> "Parameters":
        """The same thresholds under the name of another model."""
        return replace(self, model=model)


_MULTILINGUAL = "universal-sentence-encoder-multilingual-3"

SHIPPED: Mapping[str, Parameters] = {
    "all-MiniLM-L6-v2": Parameters(),
    _MULTILINGUAL: Parameters(
        _MULTILINGUAL,
        EventParameters(short=0.285, full=0.33, merge_short=0.29, merge_full=0.41),
        copies=CopyParameters(languages="ar de en es fr it ja ko nl pl pt ru th tr zh"),  # as its model card says
        meaning=0.225,
    ),
}
"""By the name of the model that they were found for."""
