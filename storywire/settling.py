"""What a storyline newly defined by a person draws in of what is stored: decides event by event, by their mean fit.

Never splits an event, and never takes one from where a person put it.
"""

from collections.abc import Collection

import numpy as np

from storywire.named import Named
from storywire.nouns import LogEntry, LogKind
from storywire.state import State
from storywire.window import Rows


def settle(state: State, unsettled: Collection[str]) -> list[LogEntry]:
    """Move events into the storylines of `unsettled` that they fit; returns what was moved."""
    events = state.events
    if not unsettled:
        return []
    named = Named(
        state.window,
        np.flatnonzero(events.of >= 0),
        state.definitions,
        state.sure,
        state.rules,
        state.parameters.storylines,
    )
    found: list[LogEntry] = []
    left: dict[str, set[str]] = {}  # storylines that lost events, and to which others
    for number in map(int, np.flatnonzero(events.standing)):
        event_id, before = events.ids[number], events.storylines[number]
        storyline_id, score = _drawn_to(state, named, events.rows_of(number), event_id, before, unsettled)
        if storyline_id is not None and storyline_id != before:
            events.move(number, storyline_id)
            evidence = {"decision": "drawn in when the storyline was defined", "mean_score": score}
            found.append(LogEntry(LogKind.JOINED, storyline_id, event_id, evidence=evidence))
            left.setdefault(before, set()).add(storyline_id)
    for storyline_id, into in left.items():
        if storyline_id in state.sure:
            own = set(events.rows_of_storyline(storyline_id).tolist())
            state.sure[storyline_id] = [row for row in state.sure[storyline_id] if row in own]
        if storyline_id in state.cores:
            state.recore(storyline_id)
            found += _emptied(state, storyline_id, into)
    return found


def _emptied(state: State, storyline_id: str, into: set[str]) -> list[LogEntry]:
    """A found storyline that went over to one other with all it had is part of that from now on, and so is its id."""
    known, rules = state.rules.storyline(storyline_id), state.rules
    if storyline_id in state.cores or len(into) > 1 or (known and (known.pinned or known.closed)):
        return []
    (other_id,) = into
    evidence = {"decision": "all its events were drawn into another"}
    apart = rules.apart(storyline_id, other_id)
    if apart:
        return []
    rules.merged(storyline_id, other_id)
    return [LogEntry(LogKind.MERGED_INTO, storyline_id, other_id=other_id, evidence=evidence)]


def _drawn_to(
    state: State, named: Named, rows: Rows, event_id: str, before: str, unsettled: Collection[str]
) -> tuple[str | None, float]:
    """The newly defined storyline that an event's reports belong to, if any, with the mean score.

    What a person said goes first: an event with a seed goes where the seed belongs, even if a person put it elsewhere
    before; an event of a named storyline, or one that a person put where it is, leaves it for nothing else. An event
    with seeds of several stays.
    """
    rules = state.rules
    candidates = [s for s in sorted(unsettled) if s in named.ids and not rules.apart(event_id, s)]
    seeds = {named.seed_of(state.window.ids[row]) for row in rows} - {None}
    scores = {s: named.mean_score(rows, s) for s in candidates}
    if len(seeds) > 1:
        candidates = []
    elif seeds:
        candidates = [s for s in candidates if s in seeds]
    elif rules.held(event_id) or before in rules.named or rules.closed(before):
        candidates = []
    else:
        accept = state.parameters.storylines.accept
        candidates = [s for s in candidates if scores[s] >= accept and not rules.closed(s)]
    best = max(candidates, key=lambda s: (scores[s], s), default=None)
    return (best, round(scores[best], 4)) if best is not None else (None, 0.0)
