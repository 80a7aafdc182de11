"""What single-pass grouping got wrong: decides which events are one after all, which one is two, and likewise which
storylines are one.

Never touches a group in which nothing changed, nor what a person decided (`rules`).
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from storywire import identity
from storywire.nouns import Link, LinkKind, LogEntry, LogKind
from storywire.state import State
from storywire.window import Floats, Rows, membership, norms, products

MIN_TO_SPLIT = 6  # reports; in fewer there is no telling two halves from two outliers
MAX_TO_SPLIT = 200  # reports; comparing all pairs of more costs too much for what it mends


class Mender:
    """Mends what the changed events, by number, are part of, and appends what it did to the log.

    `changed` grows with the events that it made or merged into, `grown` are found storylines whose core it changed,
    `links` are the constraints that keep a split from being undone.
    """

    def __init__(self, state: State, changed: Iterable[int], log: list[LogEntry]) -> None:
        self._state, self._window, self._events, self._rules = state, state.window, state.events, state.rules
        self._parameters, self._log = state.parameters, log
        self.changed, self.grown = set(changed), set[str]()
        self.links: list[Link] = []

    def mend(self) -> None:
        """Split, then merge until nothing is left to merge, then look at young storylines once more."""
        for event in sorted(self.changed, key=self._events.ids.__getitem__):  # numbers differ from run to run
            self._split(event)
        waiting = self.changed
        while waiting:
            waiting = self._merge_clearest(sorted(waiting))
        self._join_storylines()

    def _merge_clearest(self, changed: list[int]) -> set[int]:
        """Do the clearest merges, of which none concerns an event of another; returns the survivors."""
        score, needed = _event_scores(self._state, changed)
        pairs = [(needed[i, o] - score[i, o], changed[i], int(o), i) for i, o in np.argwhere(score >= needed)]
        touched: set[int] = set()
        survivors = set()
        for _, event, other, i in sorted(pairs, key=lambda pair: (pair[0], *sorted(pair[1:3]))):
            if not {event, other} & touched and self._may_merge(event, other):
                touched |= {event, other}
                survivors.add(self._merge(event, other, float(score[i, other]), float(needed[i, other])))
        return survivors

    def _may_merge(self, one: int, other: int) -> bool:
        ids, storylines = self._events.ids, self._events.storylines
        return self._rules.may_merge((ids[one], storylines[one]), (ids[other], storylines[other]))

    def _merge(self, one: int, other: int, score: float, needed: float) -> int:
        """Make one of two events: that of the storyline that survives, then the older; returns it."""
        events, ids = self._events, self._events.ids
        storyline = self._rules.survivor(events.storylines[one], events.storylines[other])
        into, gone = sorted((one, other), key=lambda e: (events.storylines[e] != storyline, events.first[e], ids[e]))
        left = events.storylines[gone]
        founder = self._state.cores.get(left, [-1])[0]
        whole = left != storyline and founder >= 0 and events.of[founder] == gone
        evidence = {"decision": "two events are one after all", "score": round(score, 4), "needed": round(needed, 4)}
        self._log.append(LogEntry(LogKind.MERGED_INTO, storyline, ids[gone], other_id=ids[into], evidence=evidence))
        events.merge(gone, into)
        self._rules.merged(ids[gone], ids[into])
        self.changed.add(into)
        if whole and not (events.standing & (events.storylines == left)).any():
            self._absorb(left, storyline, {"decision": "its event became part of another"})
        elif left != storyline:
            self._state.recore(left)
            self.grown.add(left)
        return into

    def _absorb(self, gone: str, into: str, evidence: dict[str, object]) -> None:
        """Make a storyline part of another."""
        self._log.append(LogEntry(LogKind.MERGED_INTO, gone, other_id=into, evidence=evidence))
        for event in np.flatnonzero(self._events.storylines == gone):
            self._events.move(int(event), into)
        self._rules.merged(gone, into)
        self._state.cores.pop(gone, None)

    def _split(self, event: int) -> None:
        """Take an event apart that has become two."""
        rows = self._events.rows_of(event)
        if not MIN_TO_SPLIT <= len(rows) <= MAX_TO_SPLIT:
            return
        part, score = _halves(self._state, rows)
        if score >= self._parameters.events.split or min(len(part), len(rows) - len(part)) < 2:
            return
        ids, old, storyline = self._window.ids, self._events.ids[event], self._events.storylines[event]
        new = identity.split_event_id(old, ids[part[0]])
        self.changed.add(self._events.split(part, new))
        evidence = {
            "decision": "the event fell apart",
            "score": round(score, 4),
            "needed": self._parameters.events.split,
        }
        self._log.append(LogEntry(LogKind.SPLIT_FROM, storyline, new, other_id=old, evidence=evidence))
        self._log += [LogEntry(LogKind.JOINED, storyline, new, ids[row]) for row in part]
        links = [*self._rules.inherited(old, new), Link(LinkKind.CANNOT, new, old)]
        self._rules.learn([], links=links)
        self.links += links

    def _join_storylines(self) -> None:
        """Young found storylines with a new core may turn out to be part of another; the closest go first."""
        cores, p = self._state.cores, self._parameters
        touched = {self._events.storylines[e] for e in self.changed if self._events.standing[e]}
        young = sorted(s for s in touched if len(cores.get(s, ())) in range(1, int(p.events.small) + 1))
        ids = sorted(cores)
        scores = _core_scores(self._state, young, ids)
        pairs = [(-scores[i, o], young[i], ids[o]) for i, o in np.argwhere(scores >= p.storylines.link)]
        for score, one, other in sorted(pairs):
            if one in cores and other in cores and self._may_join(one, other):
                into = self._rules.survivor(one, other)
                gone = other if into == one else one
                needed = p.storylines.link
                evidence = {"decision": "two storylines are one after all", "score": round(-score, 4), "needed": needed}
                self._absorb(gone, into, evidence)
                self.changed.update(map(int, np.flatnonzero(self._events.storylines == into)))

    def _may_join(self, one: str, other: str) -> bool:
        """Whether two storylines may be one, each event of both too."""
        events, rules = self._events, self._rules
        pairs = [
            (events.ids[e], there)
            for here, there in ((one, other), (other, one))
            for e in np.flatnonzero(events.storylines == here)
        ]
        return rules.may_join(one, other) and not any(rules.apart(*pair) for pair in pairs)


def _event_scores(state: State, changed: list[int]) -> tuple[Floats, Floats]:
    """How alike each changed event is to each event, and what they need, float64, shape (changed, events)."""
    events, p = state.events, state.parameters.events
    dense, words = events.sums(state.window.mean())
    lengths, word_lengths = np.linalg.norm(dense, axis=1), norms(words)
    meaning = (dense[changed] @ dense.T) / np.maximum(np.outer(lengths[changed], lengths), 1e-9)
    shared = (words[changed] @ words.T).toarray() / np.maximum(np.outer(word_lengths[changed], word_lengths), 1e-9)
    first, last = events.first[changed, None], events.last[changed, None]
    gap = np.maximum(0.0, np.maximum(events.first - last, first - events.last))
    needed = p.needed_to_merge(np.minimum(events.fullness[changed, None], events.fullness))
    may = np.minimum(events.size[changed, None], events.size) <= p.small
    may &= events.standing & events.standing[changed, None]
    may[np.arange(len(changed)), changed] = False
    return np.where(may, p.faded(p.mixed(meaning, shared), gap), -1.0), needed


def _core_scores(state: State, some: list[str], every: list[str]) -> Floats:
    """How alike the cores of some found storylines are to those of all, float64; -1 for one with itself."""
    window = state.window
    member = membership([np.array(state.cores[s], np.intp) for s in every], len(window.ids))
    dense, words = member @ window.vectors, member @ window.words
    rows = np.searchsorted(every, some)
    lengths, word_lengths = np.linalg.norm(dense, axis=1), norms(words)
    meaning = (dense[rows] @ dense.T) / np.maximum(np.outer(lengths[rows], lengths), 1e-9)
    shared = (words[rows] @ words.T).toarray() / np.maximum(np.outer(word_lengths[rows], word_lengths), 1e-9)
    scores = state.parameters.storylines.linked(meaning, shared)
    scores[np.arange(len(some)), rows] = -1.0
    return scores


def _halves(state: State, rows: Rows) -> tuple[Rows, float]:
    """The half of an event without its first report, by average linkage, in order of time, and how alike both are."""
    alike = _pairs(state, rows)
    np.fill_diagonal(alike, 1.0)
    half = fcluster(linkage(squareform(np.maximum(1 - alike, 0), checks=False), "average"), 2, "maxclust")
    order = np.array(sorted(range(len(rows)), key=lambda i: (state.window.days[rows[i]], state.window.ids[rows[i]])))
    apart = half[order] != half[order[0]]
    cross = alike[np.ix_(order[apart], order[~apart])]
    return rows[order[apart]], float(cross.mean()) if cross.size else 1.0


def _pairs(state: State, rows: Rows) -> npt.NDArray[np.float64]:
    """How alike some rows are, without time, shape (rows, rows)."""
    vectors = state.window.vectors[rows] - state.window.mean()
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    words = products(state.window.words[rows])
    return state.parameters.events.mixed((vectors @ vectors.T).astype(np.float64), words.astype(np.float64))
