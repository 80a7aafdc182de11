"""Why an article is where it is: decides what a person is shown of an assignment.

Never changes a verdict.
"""

from typing import Any

import numpy as np

from storywire.belonging import Fit
from storywire.grouping import Events, Scores
from storywire.nouns import Article, Assignment
from storywire.parameters import Parameters
from storywire.window import Floats, Window

NEAREST_SHOWN = 3


class Evidence:
    """Writes assignments with their evidence, JSON-able, as `storywire explain` prints it."""

    def __init__(self, window: Window, events: Events, parameters: Parameters) -> None:
        self._window, self._events, self._parameters = window, events, parameters

    def assignment(
        self, place: int, article: Article, event: int, fit: Fit | None, score: Floats, joined: Scores | None
    ) -> Assignment:
        """The assignment of the batch's article at `place` to an event.

        `score` is how well each event open to it fitted before; `joined` the whole scores where it joined one of
        these, None where it founded the event; `fit` why the storyline, where that was decided for the article itself.
        """
        reached, runner_up = _decisive(event, fit, score, joined is not None)
        storyline, needed = self._events.storylines[event], self._parameters.events.threshold
        evidence: dict[str, Any] = {
            "decision": "joined an event" if joined else "founded an event",
            "event": self._event(event, joined) if joined else None,
            "best_other_event": {"score": round(_best_other(event, score, joined is not None), 4), "needed": needed},
            "storyline": self._storyline(fit) if fit else None,
            "nearest": self._nearest(place, storyline),
            "model": self._parameters.model,
        }
        event_id, margin = self._events.ids[event], round(reached - runner_up, 4)
        return Assignment(article.article_id, event_id, storyline, round(reached, 4), margin, evidence)

    def _event(self, event: int, scores: Scores) -> dict[str, float]:
        return {
            "score": round(float(scores.score[event]), 4),
            "needed": self._parameters.events.threshold,
            "meaning": round(float(scores.dense[event]), 4),
            "words": round(float(scores.sparse[event]), 4),
            "gap_days": round(float(scores.gap_days[event]), 2),
        }

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
            "anchor": fit.anchor,
            "anchored": fit.anchored,
            "gap_years": round(fit.gap_years, 2),
        }

    def _nearest(self, place: int, storyline: str) -> list[dict[str, Any]]:
        """The storyline's reports that are most like the article, with the names they share."""
        me = self._window.row(place)
        mine = {name.casefold(): name for name in self._window.sketches[me].names}
        rows = self._events.rows_of(storyline)
        rows = rows[rows != me]
        alike = self._events.likeness(rows, place)
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


def _decisive(event: int, fit: Fit | None, score: Floats, joined: bool) -> tuple[float, float]:
    """The score that decided, and that of the runner-up: the event's where one was joined, else the storyline's."""
    if joined:
        return float(score[event]), _best_other(event, score, joined)
    return (fit.score, fit.runner_up) if fit else (0.0, 0.0)


def _best_other(event: int, score: Floats, joined: bool) -> float:
    return float((np.delete(score, event) if joined else score).max(initial=0.0))
