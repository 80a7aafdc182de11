"""All that is open: decides what of the past an analysis holds in memory, and how more of it is taken in.

Never decides anything on a new article.
"""

import numpy as np

from storywire.belonging import CORE
from storywire.dedup import Repeats
from storywire.grouping import Events
from storywire.nouns import Definition
from storywire.parameters import Parameters
from storywire.past import Past
from storywire.retelling import Encode, Retellings
from storywire.rules import Rules
from storywire.window import Window


class State:
    """The window with its events, copies, rules and cores.

    `cores` has the rows of each found storyline's core; `sure` the latest sure reports of each named one, rows too.
    """

    def __init__(self, past: Past, parameters: Parameters, encode: Encode | None = None) -> None:
        self.parameters = parameters
        self.window, self.rules = Window(), Rules()
        retellings = Retellings(self.window, parameters.copies, encode) if encode else None
        self.events, self.repeats = Events(self.window), Repeats(self.window, retellings)
        self.cores: dict[str, list[int]] = {}
        self.sure: dict[str, list[int]] = {}
        self.definitions: tuple[Definition, ...] = past.definitions
        self.remember(past)

    def remember(self, past: Past) -> None:
        """Take in what is stored, but not what is here already."""
        self.rules.learn(past.storylines, past.definitions, past.links)
        new = [i for i, kept in enumerate(past.kept) if kept.article_id not in self.window.row_of]
        kept = [past.kept[i] for i in new]
        sketches = [k.sketch for k in kept]
        rows = self.window.add(kept, sketches, past.vectors[np.array(new, np.intp)])
        self.window.learn(rows)
        self.events.reach(len(rows))
        for row, one in zip(rows, kept, strict=True):
            self.events.remember(int(row), one.event_id, one.storyline_id)
        self.repeats.remember(rows)
        told = {c.storyline_id: [self.window.row_of[m] for m in c.member_ids] for c in past.cores}
        for storyline_id, members in told.items():
            (self.sure if storyline_id in self.rules.named else self.cores)[storyline_id] = members
        for row, one in zip(rows, kept, strict=True):
            if one.storyline_id not in told and one.storyline_id not in self.rules.named:
                core = self.cores.setdefault(one.storyline_id, [])
                core += [int(row)] if len(core) < CORE else []

    def recore(self, storyline_id: str) -> None:
        """Let the core of a found storyline be of its own reports, once some of its events went elsewhere."""
        own = self.events.rows_of_storyline(storyline_id).tolist()
        self.cores[storyline_id] = [row for row in self.cores.get(storyline_id, ()) if row in own] or own[:CORE]
        if not own:
            del self.cores[storyline_id]
