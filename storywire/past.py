"""What `analyse` is given and what it returns: decides the shape of memory and verdicts.

Never loads or stores anything: storage fills a Past and keeps an Analysis.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from storywire.nouns import Assignment, Definition, Duplicate, Event, Storyline
from storywire.sketch import Sketch

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
class Past:
    """The part of history that a run needs: kept articles of the window and all seeds of named storylines.

    `vectors` is float32, shape (len(kept), dimensions), (0, 0) for none: a unit row per kept article, in order.
    `unsettled` are ids of named storylines that were defined since the last analysis: what is stored may join them.
    """

    kept: tuple[Kept, ...]
    vectors: Matrix
    storylines: tuple[Storyline, ...]
    definitions: tuple[Definition, ...]
    unsettled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """The verdicts on one batch. Each article of it is in exactly one of `duplicates` and `assignments`.

    `events` and `storylines` are the new or changed ones. `moved` are assignments of articles stored earlier, which
    a new definition drew in; they raise no alert. `sketches` has one entry for each article of the batch, by id.
    """

    duplicates: tuple[Duplicate, ...]
    events: tuple[Event, ...]
    storylines: tuple[Storyline, ...]
    assignments: tuple[Assignment, ...]
    moved: tuple[Assignment, ...]
    sketches: dict[str, Sketch]
