"""What events and storylines are called: decides which reports speak for them.

Never chooses words (`labels` does), and never renames what a person named.
"""

from dataclasses import replace

import numpy as np

from storywire.labels import central, label
from storywire.nouns import Event, Storyline
from storywire.window import Rows, Window, products

SPEAKING = 50  # latest reports; more change no label, and comparing all pairs costs their square


class Naming:
    """Labels for groups of a window's rows."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._told: dict[tuple[bytes, str | None], tuple[str, str]] = {}  # an only event is all of its storyline

    def event(self, event: Event, rows: Rows) -> Event:
        """An event with its label and most central report, as its reports say them."""
        said, most = self._said(rows, event.label or None)
        return replace(event, label=said, central_id=most)

    def storyline(self, storyline: Storyline, rows: Rows) -> Storyline:
        """A storyline with its most central report and, unless a person named it, its label."""
        said, most = self._said(rows, storyline.label or None)
        return replace(storyline, label=storyline.label if storyline.pinned else said, central_id=most)

    def _said(self, rows: Rows, before: str | None) -> tuple[str, str]:
        """The label of some rows, at least one, and the id of the most central."""
        key = (rows.tobytes(), before)
        if key not in self._told:
            self._told[key] = self._say(rows, before)
        return self._told[key]

    def _say(self, rows: Rows, before: str | None) -> tuple[str, str]:
        window = self._window
        rows = rows[np.argsort(window.days[rows], kind="stable")][-SPEAKING:]
        titles, sketches = [window.titles[r] for r in rows], [window.sketches[r] for r in rows]
        vectors = window.vectors[rows]
        likeness = products(window.words[rows]) + vectors @ vectors.T
        return label(titles, sketches, window.rarity, before), window.ids[rows[central(likeness)]]
