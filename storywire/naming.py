"""What events and storylines are called: decides which reports speak for them.

Never chooses words (`labels` does), and never renames what a person named.
"""

from dataclasses import replace

import numpy as np

from storywire.labels import Headlines, central
from storywire.nouns import Event, Storyline
from storywire.window import Rows, Window, products

SPEAKING = 50  # latest reports; more change no label, and comparing all pairs costs their square


class Naming:
    """Labels for groups of a window's rows."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._read: dict[tuple[int, ...], tuple[Headlines, str]] = {}  # most storylines have one event: equal rows

    def event(self, event: Event, rows: Rows) -> Event:
        """An event with its label and most central report, as its reports say them."""
        headlines, most = self._headlines(rows)
        return replace(event, label=headlines.label(event.label), central_id=most)

    def storyline(self, storyline: Storyline, rows: Rows) -> Storyline:
        """A storyline with its most central report and, unless a person named it, its label."""
        headlines, most = self._headlines(rows)
        label = storyline.label if storyline.pinned else headlines.label(storyline.label)
        return replace(storyline, label=label, central_id=most)

    def _headlines(self, rows: Rows) -> tuple[Headlines, str]:
        """What some rows, at least one, are called by, and the id of the most central."""
        window = self._window
        rows = rows[np.argsort(window.days[rows], kind="stable")][-SPEAKING:]
        key = tuple(rows.tolist())
        if key not in self._read:
            titles, sketches = [window.titles[r] for r in rows], [window.sketches[r] for r in rows]
            self._read[key] = Headlines(titles, sketches, window.rarity), window.ids[self._central(rows)]
        return self._read[key]

    def _central(self, rows: Rows) -> int:
        """The row that is most like all others; of two, which are so alike, the first."""
        if len(rows) < 3:
            return int(rows[0])
        vectors = self._window.vectors[rows]
        return int(rows[central(products(self._window.words[rows]) + vectors @ vectors.T)])
