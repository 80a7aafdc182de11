"""What `analyse` is given and what it returns: decides the shape of memory and verdicts.

Never loads or stores anything: storage fills a Past and keeps an Analysis.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from storywire.nouns import Assignment, Definition, Duplicate, Event, Link, LogEntry, Storyline
from storywire.sketch import Hashes, Sketch

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What is remembered of one kept (not duplicate) article. `time` is `Article.time`, aware UTC."""

    article_id: str
    url: str | None
    title: str
    publisher: str | None
    language: str
    time: datetime
    event_id: str
    storyline_id: str
    sketch: Sketch


@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """The reports that a storyline is compared by: its first ones, or a named one's latest sure ones.

    `terms` (uint32) are the words that weigh most in them, by which a dormant storyline is found again.
    """

    storyline_id: str
    member_ids: tuple[str, ...]
    terms: Hashes


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The part of history that a run needs: kept articles of the window, and all reports that storylines rest on.

    `vectors` is float32, shape (len(kept), dimensions), (0, 0) for none: a unit row per kept article, in order.
    `unsettled` are ids of named storylines that were defined since the last analysis: what is stored may join them.
    `cores` are those of the storylines among `storylines`.
    """

    kept: tuple[Kept, ...]
    vectors: Matrix
    storylines: tuple[Storyline, ...]
    definitions: tuple[Definition, ...]
    unsettled: frozenset[str] = frozenset()
    links: tuple[Link, ...] = ()
    cores: tuple[Core, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The verdicts on one batch. Each article of it is in exactly one of `duplicates` and `assignments`.

    `events`, `storylines` and `cores` are the new or changed ones; `assignments` say where each article came to first.
    `log` tells all changes in order, and what became of them since: after merges, splits and moves the groups are as it
    says. `links` are new constraints: a split is not undone. `sketches` has one entry for each article of the batch, by
    id; `ends` the storyline in which each kept one stands in the end.
    """

    duplicates: tuple[Duplicate, ...]
    events: tuple[Event, ...]
    storylines: tuple[Storyline, ...]
    assignments: tuple[Assignment, ...]
    log: tuple[LogEntry, ...]
    cores: tuple[Core, ...]
    links: tuple[Link, ...]
    sketches: dict[str, Sketch]
    ends: Mapping[str, str] = field(default_factory=dict)
