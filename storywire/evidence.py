"""Why an article is where it is: decides what a person is shown of an assignment.

Never changes a verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from storywire.grouping import Arrivals, Events, Scores
from storywire.named import Fit
from storywire.nouns import Assignment, Duplicate
from storywire.parameters import Parameters
from storywire.window import Window

NEAREST_SHOWN = 3
NEAREST_AMONG = 500  # a storyline's latest reports; to look at more would make explaining the dearest step


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What was decided on one kept article, and on what grounds.

    `scores` is how well each event fitted before it came, 0 for those not open to it; `joined` whether it joined one of
    these; `fit` why the storyline, where that was decided for the article itself; `borderline` a named storyline that
    nearly accepted it; `holds` the kept reports that it has inside, beside its own news.
    """

    event: int
    scores: Scores
    joined: bool
    fit: Fit | None
    borderline: Fit | None = None
    holds: Sequence[Duplicate] = ()


class Evidence:
    """Writes assignments with their evidence, JSON-able, as `storywire explain` prints it."""

    def __init__(self, window: Window, events: Events, arrivals: Arrivals, parameters: Parameters) -> None:
        self._window, self._events, self._arrivals, self._parameters = window, events, arrivals, parameters

    def assignment(self, place: int, row: int, verdict: Verdict) -> Assignment:
        """The assignment of the batch's article at `place`, which stands at `row`."""
        event, fit, scores, joined = verdict.event, verdict.fit, verdict.scores, verdict.joined
        reached, runner_up = _decisive(verdict)
        evidence: dict[str, Any] = {
            "decision": "joined an event" if joined else "founded an event",
            "event": _fit_of(event, scores) if joined else None,
            "best_other_event": self._other(verdict),
            "storyline": self._storyline(fit) if fit else None,
            "borderline": self._storyline(verdict.borderline) if verdict.borderline else None,
            "holds": [self._held(each) for each in verdict.holds],
            "nearest": self._nearest(place, row, self._events.storylines[event]),
            "model": self._parameters.model,
        }
        storyline, margin = self._events.storylines[event], round(reached - runner_up, 4)
        return Assignment(
            self._window.ids[row], self._events.ids[event], storyline, round(reached, 4), margin, evidence
        )

    def _other(self, verdict: Verdict) -> dict[str, Any] | None:
        """The best of the events that the article did not join."""
        other = _best_other(verdict)
        return None if other < 0 else {"event_id": self._events.ids[other], **_fit_of(other, verdict.scores)}

    def _storyline(self, fit: Fit) -> dict[str, Any]:
        needed = self._parameters.storylines.accept if fit.named else self._parameters.storylines.link
        return {
            "storyline_id": fit.storyline_id,
            "seed": fit.seed,
            "score": round(fit.score, 4),
            "needed": needed,
            "meaning": round(fit.dense, 4),
            "words": round(fit.words, 4),
            "best_other": round(fit.runner_up, 4),
            "names": round(fit.names, 4),
            "anchor": fit.anchor,
            "anchored": fit.anchored,
            "gap_years": round(fit.gap_years, 2),
        }

    def _held(self, held: Duplicate) -> dict[str, Any]:
        title = self._window.titles[self._window.row_of[held.canonical_id]]
        return {"article_id": held.canonical_id, "title": title, "evidence": held.evidence}

    def _nearest(self, place: int, me: int, storyline: str) -> list[dict[str, Any]]:
        """The storyline's reports that are most like the article, with the names they share."""
        mine = {name.casefold(): name for name in self._window.sketches[me].names}
        rows = self._events.rows_of_storyline(storyline)
        rows = rows[rows != me][-NEAREST_AMONG:]
        alike = self._arrivals.likeness(place, rows)
        found = []
        for i in np.argsort(-alike, kind="stable")[:NEAREST_SHOWN]:
            theirs = {name.casefold() for name in self._window.sketches[rows[i]].names}
            found.append(
                {
                    "article_id": self._window.ids[rows[i]],
                    "title": self._window.titles[rows[i]],
                    "similarity": round(float(alike[i]), 4),
                    "shared_names": [name for folded, name in mine.items() if folded in theirs][:8],
                    "gap_days": round(abs(float(self._window.days[me] - self._window.days[rows[i]])), 2),
                }
            )
        return found


def _fit_of(event: int, scores: Scores) -> dict[str, float]:
    return {
        "score": round(float(scores.score[event]), 4),
        "needed": round(float(scores.needed[event]), 4),
        "meaning": round(float(scores.dense[event]), 4),
        "words": round(float(scores.sparse[event]), 4),
        "gap_days": round(float(scores.gap_days[event]), 2),
    }


def _decisive(verdict: Verdict) -> tuple[float, float]:
    """The score that decided, and that of the runner-up: the event's where one was joined, else the storyline's."""
    if verdict.joined:
        other = _best_other(verdict)
        return float(verdict.scores.score[verdict.event]), float(verdict.scores.score[other]) if other >= 0 else 0.0
    return (verdict.fit.score, verdict.fit.runner_up) if verdict.fit else (0.0, 0.0)


def _best_other(verdict: Verdict) -> int:
    """The event with the best score that the article did not join, -1 for none."""
    score = verdict.scores.score.copy()
    if verdict.joined:
        score[verdict.event] = 0.0
    return int(np.argmax(score)) if score.any() else -1
