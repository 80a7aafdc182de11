"""Which event an article joins: decides on similarity to each event's centre and on time.

Never looks at what defines a storyline (`belonging` does), and never changes an event that an article does not join.
"""

from dataclasses import dataclass

import numpy as np

from storywire.parameters import EventParameters
from storywire.past import Past
from storywire.window import Centres, Floats, Rows, Window


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How well one article fits each event, float64, shape (events,). `score` is what the threshold is held against."""

    score: Floats
    dense: Floats
    sparse: Floats
    gap_days: Floats


class Events:
    """The events of a window, growing as the batch's articles join or found them.

    `storylines` holds the storyline of each event, and `named` whether a person defined that.
    """

    def __init__(self, window: Window, past: Past, parameters: EventParameters) -> None:
        self._window, self._parameters = window, parameters
        self.ids = list(dict.fromkeys(k.event_id for k in past.kept))
        storyline = {k.event_id: k.storyline_id for k in past.kept}
        self.storylines = np.array([storyline[event] for event in self.ids], dtype=object)
        self._defined = frozenset(d.storyline_id for d in past.definitions)
        self.named = np.array([storyline[event] in self._defined for event in self.ids], bool)
        place = {event: i for i, event in enumerate(self.ids)}
        self.of = np.full(len(window.ids), -1)
        self.of[: window.offset] = [place[k.event_id] for k in past.kept]
        self._first, self._last = np.full(len(self.ids), np.inf), np.full(len(self.ids), -np.inf)
        np.minimum.at(self._first, self.of[: window.offset], window.days[: window.offset])
        np.maximum.at(self._last, self.of[: window.offset], window.days[: window.offset])
        self._centres = Centres(window, self.of, len(self.ids), centred=True)

    def scores(self, place: int) -> Scores:
        """How well the batch's article at `place` fits each event."""
        dense, sparse = self._centres.similarity(place)
        day = self._window.days[self._window.row(place)]
        gap = np.maximum(0.0, np.maximum(self._first - day, day - self._last))
        weight = self._parameters.dense_weight
        return Scores(
            (weight * dense + (1 - weight) * sparse) / (1 + gap / self._parameters.tau_days), dense, sparse, gap
        )

    def join(self, place: int, event: int) -> None:
        """Add the batch's article at `place` to an event."""
        day = self._window.days[self._window.row(place)]
        self._centres.add(place, event)
        self._first[event], self._last[event] = min(self._first[event], day), max(self._last[event], day)

    def found(self, place: int, event_id: str, storyline_id: str) -> int:
        """Make the batch's article at `place` the founder of a new event; returns the event's number."""
        self.ids.append(event_id)
        self.storylines = np.append(self.storylines, storyline_id)
        self.named = np.append(self.named, storyline_id in self._defined)
        self._first, self._last = np.append(self._first, np.inf), np.append(self._last, -np.inf)
        self.join(place, len(self.ids) - 1)
        return len(self.ids) - 1

    def move(self, event: int, storyline_id: str) -> None:
        """Give an event to another storyline, with all its reports."""
        self.storylines[event], self.named[event] = storyline_id, storyline_id in self._defined

    def rows_of(self, storyline_id: str) -> Rows:
        """The rows of all reports of a storyline."""
        return np.flatnonzero((self.of >= 0) & (self.storylines == storyline_id)[self.of])

    def likeness(self, rows: Rows, place: int) -> Floats:
        """How alike the batch's article at `place` is to some rows, without time, float64; for evidence."""
        weight = self._parameters.dense_weight
        found: Floats = weight * self._window.dense[rows, place] + (1 - weight) * self._window.sparse[rows, place]
        return found
