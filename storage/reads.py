"""What the command line shows of the published snapshot. Decides what belongs together on a page, and in which order.

Never writes, and never opens the writer's file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage import lookup
from storage.borderline import nearly
from storage.database import Connection, column
from storage.rows import aware
from storage.snapshot import reading
from storywire.nouns import Precision


@dataclass(frozen=True, slots=True)
class StorylineRow:
    """One line of the public view `storylines`."""

    storyline_id: str
    label: str
    pinned: bool
    closed: bool
    event_count: int
    article_count: int
    copy_count: int
    publisher_count: int
    first_published_at: datetime | None
    last_published_at: datetime | None


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One report in a storyline, or a copy of one; `published_at` None: not known, and placed by when it was seen."""

    published_at: datetime | None
    precision: Precision
    publisher: str | None
    title: str
    url: str | None
    article_id: str
    event_id: str
    canonical_id: str | None  # of a copy: the kept report that it repeats


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event of a storyline; times None where that of none of its reports is known."""

    event_id: str
    label: str  # words of its own, or a headline
    article_count: int
    first_published_at: datetime | None
    last_published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A storyline with all its reports and events, both in order of time."""

    storyline: StorylineRow
    rows: tuple[TimelineRow, ...]
    events: tuple[TimelineEvent, ...]
    central: str | None  # the headline of the report that is most like its others; None where not known
    borderline: int  # as many reports as `borderline` lists


def storylines(home: Path, limit: int | None = None) -> list[StorylineRow]:
    """Storylines, those that a person named first, then those with the latest coverage."""
    with reading(home) as con:
        order = "ORDER BY pinned DESC, last_published_at DESC NULLS LAST, storyline_id LIMIT ?"
        return storyline_rows(con, order, limit)


def timeline(home: Path, named: str) -> Timeline:
    """The storyline of this id, name, or beginning of either; InputError, with what is near, unless it is just one."""
    with reading(home) as con:
        (storyline,) = storyline_rows(con, "WHERE storyline_id = ?", lookup.storyline_id(con, named))
        here = [storyline.storyline_id]
        rows = con.execute(
            """SELECT a.published_at, a.published_precision, a.publisher, a.title, a.url, a.article_id, v.event_id,
                d.canonical_id
            FROM private.article a LEFT JOIN private.duplicate d USING (article_id)
            JOIN private.assignment v ON v.article_id = coalesce(d.canonical_id, a.article_id)
            WHERE v.storyline_id = ? ORDER BY least(a.published_at, a.first_seen_at), a.article_id""",
            here,
        ).fetchall()
        events = con.execute(
            """SELECT event_id, coalesce(nullif(label, ''), title), article_count, first_published_at, last_published_at
            FROM events WHERE storyline_id = ? ORDER BY first_published_at NULLS LAST, event_id""",
            here,
        ).fetchall()
        sql = "SELECT title FROM private.article JOIN storylines ON article_id = central_id WHERE storyline_id = ?"
        return Timeline(
            storyline,
            tuple(_timeline_row(aware(row)) for row in rows),
            tuple(TimelineEvent(*aware(row)) for row in events),
            next(iter(column(con, sql, *here)), None),
            len(nearly(con, storyline.storyline_id)),
        )


def was_there(home: Path, storyline_id: str) -> bool:
    """Whether there is, or ever was, a storyline of this id."""
    with reading(home) as con:
        return bool(column(con, "SELECT 1 FROM private.log WHERE storyline_id = ? LIMIT 1", storyline_id))


def storyline_rows(con: Connection, clause: str, *parameters: object) -> list[StorylineRow]:
    """Lines of the public view `storylines`."""
    rows = con.execute(f"SELECT {', '.join(StorylineRow.__slots__)} FROM storylines {clause}", list(parameters))
    return [StorylineRow(*aware(row)) for row in rows.fetchall()]


def _timeline_row(values: list[object]) -> TimelineRow:
    values[1] = Precision(str(values[1]))
    return TimelineRow(*values)  # type: ignore[arg-type]


def labels(home: Path, storyline_ids: Sequence[str]) -> dict[str, str]:
    """What storylines are called."""
    with reading(home) as con:
        sql = "SELECT storyline_id, label FROM storylines WHERE storyline_id IN (SELECT unnest(?::VARCHAR[]))"
        return dict(con.execute(sql, [list(storyline_ids)]).fetchall())
