"""One batch under analysis: decides for each article in turn, then has mended what its coming changed.

Never compares anything itself: `dedup`, `grouping`, `belonging` and `mending` say how alike things are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from storywire import identity
from storywire.belonging import Found, core
from storywire.evidence import Evidence, Verdict
from storywire.grouping import Arrivals
from storywire.mending import Mender
from storywire.named import SURE, Fit, Named
from storywire.naming import Naming
from storywire.nouns import Article, Event, LogEntry, LogKind, Storyline
from storywire.past import Analysis, Core
from storywire.state import State
from storywire.window import Rows

CLOSED, FREE = -2, -1  # sides of an event beside the numbers of named storylines


class Batch:
    """The articles that stand at `rows` of the window; `log` begins with what was settled before."""

    def __init__(self, state: State, articles: Sequence[Article], rows: Rows, log: Sequence[LogEntry]) -> None:
        self._state, self._articles, self._rows, self._log = state, articles, rows, list(log)
        self._window, self._events, self._rules = state.window, state.events, state.rules
        p = state.parameters
        dated = [article.published.at is not None for article in articles]
        self._arrivals = Arrivals(self._window, self._events, rows, dated, p.events)
        self._named = Named(self._window, rows, state.definitions, state.sure, self._rules, p.storylines)
        self._found = Found(self._window, rows, state.cores, p.storylines)
        sides = [self._side(storyline) for storyline in self._events.storylines]
        self._sides = np.array([*sides, *[FREE] * len(rows)], np.intp)
        self._changed: set[int] = set()  # events, by number
        self._grown: set[str] = set()  # found storylines with a new core
        self._sure: list[tuple[str, int]] = []  # named storylines, and rows that may speak for them
        self._new_events: dict[str, Event] = {}
        self._new_storylines: dict[str, Storyline] = {}

    def verdicts(self) -> Analysis:
        """Everything decided on the batch."""
        state = self._state
        evidence = Evidence(self._window, self._events, self._arrivals, state.parameters)
        duplicates, assignments = [], []
        for place, row in enumerate(map(int, self._rows)):
            may_repeat = self._named.seed_of(self._window.ids[row]) is None
            duplicate = state.repeats.verdict(row, may_repeat=may_repeat)
            if duplicate is None:
                assignments.append(evidence.assignment(place, row, self._assign(place, row)))
            else:
                duplicates.append(duplicate)
        mender = Mender(state, self._changed, self._log)
        mender.mend()
        events, storylines = self._called(mender.changed)
        grown = sorted(s for s in self._grown | mender.grown if s in state.cores)
        return Analysis(
            duplicates=tuple(duplicates),
            events=events,
            storylines=storylines,
            assignments=tuple(assignments),
            log=tuple(self._log),
            cores=(*(core(self._window, s, state.cores[s]) for s in grown), *self._surer()),
            links=tuple(mender.links),
            sketches={self._window.ids[row]: self._window.sketches[row] for row in self._rows},
            ends={
                self._window.ids[row]: self._events.storylines[self._events.of[row]]
                for row in self._rows
                if self._events.of[row] >= 0
            },
        )

    def _side(self, storyline_id: str) -> int:
        """Who may join the events of a storyline: no one, what no named storyline accepts, or what that one accepts."""
        if self._rules.closed(storyline_id):
            return CLOSED
        number = self._named.number(storyline_id)
        if number is None:  # the seeds of one that a person defined may still have to come: nothing can fit it yet
            return CLOSED if storyline_id in self._rules.named else FREE
        return number

    def _assign(self, place: int, row: int) -> Verdict:
        """Give a kept article the named storyline that accepts it, if any, and its event among those open to it."""
        fit, borderline = self._named_fit(row)
        number = self._named.number(fit.storyline_id) if fit else None
        side = FREE if number is None else number  # a seed comes to its storyline though that is closed, to no event
        scores = self._arrivals.scores(place)
        count = len(self._events.ids)
        scores = replace(scores, score=np.where(self._sides[:count] == side, scores.score, 0.0))
        event = int(np.argmax(scores.score - scores.needed)) if count else -1
        joined = event >= 0 and bool(scores.score[event] >= scores.needed[event])
        if not joined:
            fit = fit or self._found_fit(place)
            event = self._found_event(row, fit)
            self._sides[event] = side
        self._arrivals.join(place, event)
        self._changed.add(event)
        storyline = self._events.storylines[event]
        self._log.append(LogEntry(LogKind.JOINED, storyline, self._events.ids[event], self._window.ids[row]))
        if side == FREE and self._found.add(place, storyline):
            self._grown.add(storyline)
        if fit and fit.named and not fit.seed and self._named.is_sure(fit):
            self._sure.append((storyline, row))
        return Verdict(event, scores, joined, fit, borderline, self._state.repeats.holds(row))

    def _named_fit(self, row: int) -> tuple[Fit | None, Fit | None]:
        """The named storyline that accepts an article, and one that nearly does."""
        p = self._state.parameters.storylines
        seed = self._named.seed_of(self._window.ids[row])
        if seed is not None:
            return self._named.seeded(row, seed), None
        fit = self._named.best(row)
        if fit is None or fit.score < p.doubt:
            return None, None
        return (fit, None) if fit.score >= p.accept else (None, fit)

    def _found_fit(self, place: int) -> Fit | None:
        fit = self._found.best(place, self._rules)
        return fit if fit and fit.score >= self._state.parameters.storylines.link else None

    def _found_event(self, row: int, fit: Fit | None) -> int:
        """A new event, in the storyline of a fit or in one of its own."""
        article_id = self._window.ids[row]
        article = self._articles[int(row - self._rows[0])]
        storyline_id = fit.storyline_id if fit else identity.automatic_storyline_id(article_id)
        if fit is None:
            storyline = Storyline(storyline_id, "", created_at=article.first_seen_at)
            self._new_storylines[storyline_id] = storyline
            self._rules.learn([storyline])
            self._log.append(LogEntry(LogKind.CREATED, storyline_id))
        event_id = identity.event_id(article_id)
        self._new_events[event_id] = Event(event_id, storyline_id, article_id)
        self._log.append(LogEntry(LogKind.CREATED, storyline_id, event_id))
        return self._events.found(event_id, storyline_id)

    def _surer(self) -> list[Core]:
        """Note the batch's sure reports, for later batches; returns what the named storylines' cores are now."""
        sure = self._state.sure
        for storyline_id, row in self._sure:
            sure[storyline_id] = [*sure.get(storyline_id, ()), row][-SURE:]
        return [core(self._window, s, sure[s]) for s in sorted({s for s, _ in self._sure})]

    def _called(self, changed: Iterable[int]) -> tuple[tuple[Event, ...], tuple[Storyline, ...]]:
        """The events and storylines that are new or changed, with what they are called now."""
        naming, events, ids = Naming(self._window), self._events, self._window.ids
        called = dict(self._new_events)
        storylines = dict(self._new_storylines)
        for number in sorted(changed, key=events.ids.__getitem__):
            rows = events.rows_of(number)
            event_id, storyline_id = events.ids[number], events.storylines[number]
            if len(rows):
                founded = called.get(event_id) or Event(event_id, storyline_id, ids[rows[0]])
                called[event_id] = naming.event(replace(founded, storyline_id=storyline_id), rows)
                storylines[storyline_id] = self._rules.storyline(storyline_id) or Storyline(storyline_id, "")
        for storyline_id, before in storylines.items():
            rows = events.rows_of_storyline(storyline_id)
            storylines[storyline_id] = after = naming.storyline(before, rows) if len(rows) else before
            if after.label != before.label and storyline_id not in self._new_storylines:
                self._log.append(LogEntry(LogKind.RENAMED, storyline_id, label=after.label))
        self._rules.learn(storylines.values())
        self._log = [
            replace(e, label=storylines[e.storyline_id].label) if e.kind is LogKind.CREATED and not e.event_id else e
            for e in self._log
        ]
        return tuple(called.values()), tuple(storylines.values())
