"""Which event an article joins: decides on similarity to each event's centre and on time.

Never looks at what defines a storyline (`belonging` does), and never changes an event that an article does not join.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from storywire.centres import Centres, Dense
from storywire.parameters import EventParameters
from storywire.window import Floats, Rows, Window


class Events:
    """The events of a window. `of` is the event of each row, -1 for none; `ids` are the events' ids."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.ids: list[str] = []
        self.of: Rows = np.empty(0, np.intp)
        self._number: dict[str, int] = {}
        self._rows: list[list[int]] = []  # by event
        self._events_of: dict[str, set[int]] = {}  # by storyline
        self._storylines, self._standing = np.empty(0, object), np.empty(0, bool)
        self._size, self._fullness, self._first, self._last = (np.empty(0) for _ in range(4))

    def remember(self, row: int, event_id: str, storyline_id: str) -> None:
        """Put the article at a row where it was before. There must be room for a new event."""
        event = self._number.get(event_id)
        self.join(row, self.found(event_id, storyline_id) if event is None else event)

    def reach(self, founders: int) -> None:
        """Take note of rows that were added to the window, and make room for as many new events."""
        count, more = len(self.ids), founders
        self.of = np.append(self.of, np.full(len(self._window.ids) - len(self.of), -1, np.intp))
        self._storylines = np.append(self._storylines[:count], np.full(more, "", object))
        self._standing = np.append(self._standing[:count], np.zeros(more, bool))
        self._size = np.append(self._size[:count], np.zeros(more))
        self._fullness = np.append(self._fullness[:count], np.zeros(more))
        self._first = np.append(self._first[:count], np.full(more, np.inf))
        self._last = np.append(self._last[:count], np.full(more, -np.inf))

    def found(self, event_id: str, storyline_id: str) -> int:
        """Make a new event, without articles yet; returns its number. There must be room for it."""
        number = len(self.ids)
        self._number[event_id] = number
        self.ids.append(event_id)
        self._rows.append([])
        self._storylines[number], self._standing[number] = storyline_id, True
        self._events_of.setdefault(storyline_id, set()).add(number)
        return number

    def join(self, row: int, event: int) -> None:
        """Put the article at a row into an event."""
        day = self._window.days[row]
        self.of[row] = event
        self._rows[event].append(row)
        self._size[event] += 1
        self._fullness[event] += self._window.fullness[row]
        self._first[event], self._last[event] = min(self._first[event], day), max(self._last[event], day)

    def merge(self, event: int, into: int) -> None:
        """Put all articles of an event into another; it stands no longer."""
        self.of[self._rows[event]] = into
        self._rows[into] += self._rows[event]
        self._rows[event] = []
        self._size[into] += self._size[event]
        self._fullness[into] += self._fullness[event]
        self._first[into] = min(self._first[into], self._first[event])
        self._last[into] = max(self._last[into], self._last[event])
        self._standing[event] = False

    def split(self, rows: Rows, event_id: str) -> int:
        """Take some rows out of their event into a new one of the same storyline; returns its number."""
        old = int(self.of[rows[0]])
        rest = np.setdiff1d(self.rows_of(old), rows)
        self.reach(1)
        new = self.found(event_id, self.storylines[old])
        self._rows[old] = []
        self._size[old], self._fullness[old], self._first[old], self._last[old] = 0.0, 0.0, np.inf, -np.inf
        for event, members in ((old, rest), (new, rows)):
            for row in members:
                self.join(int(row), event)
        return new

    def move(self, event: int, storyline_id: str) -> None:
        """Give an event to another storyline, with all its articles."""
        self._events_of[self._storylines[event]].discard(event)
        self._events_of.setdefault(storyline_id, set()).add(event)
        self._storylines[event] = storyline_id

    @property
    def storylines(self) -> npt.NDArray[np.object_]:
        """The storyline of each event."""
        return self._storylines[: len(self.ids)]

    @property
    def standing(self) -> npt.NDArray[np.bool_]:
        """Whether each event stands; a merged one does not."""
        return self._standing[: len(self.ids)]

    @property
    def size(self) -> Floats:
        """How many articles each event has."""
        return self._size[: len(self.ids)]

    @property
    def first(self) -> Floats:
        """The day of each event's first article."""
        return self._first[: len(self.ids)]

    @property
    def last(self) -> Floats:
        """The day of each event's latest article."""
        return self._last[: len(self.ids)]

    @property
    def fullness(self) -> Floats:
        """How full the texts of each event are on average, 0 to 1."""
        count = len(self.ids)
        return self._fullness[:count] / np.maximum(self._size[:count], 1)

    def rows_of(self, event: int) -> Rows:
        """The rows of an event's articles."""
        return np.sort(np.array(self._rows[event], np.intp))

    def rows_of_storyline(self, storyline_id: str) -> Rows:
        """The rows of a storyline's articles."""
        rows = [row for event in self._events_of.get(storyline_id, ()) for row in self._rows[event]]
        return np.sort(np.array(rows, np.intp))

    def sums(self, mean: Dense) -> tuple[Dense, csr_matrix]:
        """For each event the sum of its articles' vectors, each less `mean`, and of their words' weights."""
        rows = np.flatnonzero(self.of >= 0)
        shape = (len(self.ids), len(self._window.ids))
        member = csr_matrix((np.ones(len(rows), np.float32), (self.of[rows], rows)), shape=shape)
        count = np.bincount(self.of[rows], minlength=len(self.ids)).astype(np.float32)
        return member @ self._window.vectors - count[:, None] * mean, member @ self._window.words


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """How well one article fits each event, float64, shape (events,): it may join where `score` reaches `needed`."""

    score: Floats
    needed: Floats
    dense: Floats
    sparse: Floats
    gap_days: Floats


class Arrivals:
    """A batch that stands at `rows` of the window, against all events."""

    def __init__(self, window: Window, events: Events, rows: Rows, dated: Sequence[bool], p: EventParameters) -> None:
        self._window, self._events, self._rows, self._dated, self._parameters = window, events, rows, dated, p
        self._mean = window.mean()
        batch = (window.vectors[rows] - self._mean, window.words[rows])
        self._centres = Centres(events.sums(self._mean), batch)

    def scores(self, place: int) -> Scores:
        """How well the batch's article at `place` fits each event."""
        events, p, row = self._events, self._parameters, self._rows[place]
        dense, sparse = self._centres.cosines(place, len(events.ids))
        day = self._window.days[row]
        gap = np.maximum(0.0, np.maximum(events.first - day, day - events.last))
        score = p.faded(p.mixed(dense, sparse), gap) * (1.0 if self._dated[place] else p.undated)
        needed = p.needed(np.minimum(self._window.fullness[row], events.fullness))
        return Scores(np.where(events.standing, score, 0.0), needed, dense, sparse, gap)

    def join(self, place: int, event: int) -> None:
        """Put the batch's article at `place` into an event."""
        self._centres.add(place, event)
        self._events.join(int(self._rows[place]), event)

    def likeness(self, place: int, rows: Rows) -> Floats:
        """How alike the batch's article at `place` is to some rows, without time, float64; for evidence."""
        window, row = self._window, self._rows[place]
        mine, theirs = window.vectors[row] - self._mean, window.vectors[rows] - self._mean
        lengths = np.linalg.norm(theirs, axis=1) * np.linalg.norm(mine)
        sparse = window.words[rows] @ window.words[row].toarray().ravel()
        return self._parameters.mixed(theirs @ mine / np.maximum(lengths, 1e-9), sparse)
