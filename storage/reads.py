"""What the command line shows of the published snapshot. Decides what belongs together on a page, and in which order.

Never writes, and never opens the writer's file.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage import lookup
from storage.database import Connection
from storage.rows import ASSIGNMENT, DUPLICATE, assignment, aware, duplicate
from storage.snapshot import reading
from storywire.nouns import Article, Assignment, Duplicate, Precision


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
class Change:
    """A storyline that a run changed, as it stands now, and how many of its kept reports came with that run."""

    storyline: StorylineRow
    new: int


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
class Timeline:
    """A storyline with all its reports, in order of time."""

    storyline: StorylineRow
    rows: tuple[TimelineRow, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an article is where it is. A copy has a duplicate verdict, and the assignment of the one it repeats."""

    article: Article
    duplicate: Duplicate | None
    canonical: Article | None
    assignment: Assignment | None
    label: str | None  # of the storyline; None while there is no verdict


def storylines(home: Path, limit: int | None = None) -> list[StorylineRow]:
    """Storylines, those that a person named first, then those with the latest coverage."""
    with reading(home) as con:
        return _storylines(con, "ORDER BY pinned DESC, last_published_at DESC NULLS LAST, storyline_id LIMIT ?", limit)


def changes(home: Path, run_id: str) -> list[Change]:
    """The storylines to which a run added reports: those with most new ones first, named ones before others."""
    with reading(home) as con:
        sql = "SELECT storyline_id, count(*) FROM private.assignment WHERE run_id = ? GROUP BY storyline_id"
        new = dict(con.execute(sql, [run_id]).fetchall())
        rows = _storylines(con, "WHERE storyline_id IN (SELECT unnest(?::VARCHAR[]))", sorted(new))
    found = [Change(row, new[row.storyline_id]) for row in rows]
    return sorted(found, key=lambda c: (not c.storyline.pinned, -c.new, -c.storyline.article_count, c.storyline.label))


def timeline(home: Path, named: str) -> Timeline:
    """The storyline of this id, name, or beginning of either; InputError, with what is near, unless it is just one."""
    with reading(home) as con:
        (storyline,) = _storylines(con, "WHERE storyline_id = ?", lookup.storyline_id(con, named))
        rows = con.execute(
            """SELECT a.published_at, a.published_precision, a.publisher, a.title, a.url, a.article_id, v.event_id,
                d.canonical_id
            FROM private.article a LEFT JOIN private.duplicate d USING (article_id)
            JOIN private.assignment v ON v.article_id = coalesce(d.canonical_id, a.article_id)
            WHERE v.storyline_id = ? ORDER BY least(a.published_at, a.first_seen_at), a.article_id""",
            [storyline.storyline_id],
        ).fetchall()
    return Timeline(storyline, tuple(_timeline_row(aware(row)) for row in rows))


def explanation(home: Path, named: str) -> Explanation:
    """Why the article of this id, beginning of an id, or url is where it is; InputError if there is not just one."""
    with reading(home) as con:
        found = lookup.one_article(con, named)
        copies = con.execute(f"SELECT {DUPLICATE} FROM private.duplicate WHERE article_id = ?", [found.article_id])
        verdict = next((duplicate(row) for row in copies.fetchall()), None)
        kept_id = verdict.canonical_id if verdict else found.article_id
        rows = con.execute(
            f"""SELECT label, {ASSIGNMENT} FROM private.assignment JOIN private.storyline USING (storyline_id)
            WHERE article_id = ?""",
            [kept_id],
        ).fetchall()
        canonical = lookup.articles(con, "article_id = ?", kept_id)[0] if verdict else None
    label, assigned = (rows[0][0], assignment(rows[0][1:])) if rows else (None, None)
    return Explanation(found, verdict, canonical, assigned, label)


def _storylines(con: Connection, clause: str, *parameters: object) -> list[StorylineRow]:
    rows = con.execute(f"SELECT {', '.join(StorylineRow.__slots__)} FROM storylines {clause}", list(parameters))
    return [StorylineRow(*aware(row)) for row in rows.fetchall()]


def _timeline_row(values: list[object]) -> TimelineRow:
    values[1] = Precision(str(values[1]))
    return TimelineRow(*values)  # type: ignore[arg-type]
