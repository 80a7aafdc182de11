"""What the command line shows of the published snapshot. Decides what belongs together on a page, and in which order.

Never writes, and never opens the writer's file.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from storage import lookup
from storage.borderline import nearly
from storage.database import Connection, column
from storage.rows import ASSIGNMENT, DUPLICATE, LINK, LOG, REVISION, Row, assignment, aware, duplicate, revision
from storage.snapshot import reading
from storywire.history import Told, history
from storywire.nouns import Article, Assignment, Duplicate, LinkKind, LogEntry, LogKind, Precision, Revision


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


@dataclass(frozen=True, slots=True)
class Bond:
    """A link as people see it: who made it, and when."""

    kind: LinkKind
    one_id: str
    other_id: str
    made_at: datetime
    by_person: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an article is where it is. A copy has a duplicate verdict, and all else is of the one that it repeats."""

    article: Article
    duplicate: Duplicate | None
    canonical: Article | None
    assignment: Assignment | None
    label: str | None  # of the storyline; None while there is no verdict
    history: tuple[Told, ...]  # how it came to its first event, and what became of that and of its storyline
    bonds: tuple[Bond, ...]  # of its event
    names: Mapping[str, str]  # of the storylines and events that are named in the evidence, the history and the bonds
    revisions: tuple[Revision, ...]  # what the article itself said before, the first text first
    original: tuple[Article, str] | None  # of all copies, where it is not the kept one; with the reason


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles side by side. They share a report (one repeats the other), an event, a storyline, or nothing."""

    one: Explanation
    other: Explanation
    share: Literal["report", "event", "storyline"] | None  # None also while one has no verdict
    bonds: tuple[Bond, ...]  # between the event and storyline of one, and those of the other


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


def explanation(home: Path, named: str) -> Explanation:
    """Why the article of this id, beginning of an id, or url is where it is; InputError if there is not just one."""
    with reading(home) as con:
        return _explanation(con, named)


def pair(home: Path, named: str, other: str) -> Pair:
    """Why two articles are together or apart, each named as for `explanation`; InputError."""
    with reading(home) as con:
        found = (_explanation(con, named), _explanation(con, other))
        one, two = (each.assignment for each in found)
        if one is None or two is None:
            return Pair(*found, None, ())
        shared: dict[Literal["report", "event", "storyline"], bool] = {
            "report": one.article_id == two.article_id,
            "event": one.event_id == two.event_id,
            "storyline": one.storyline_id == two.storyline_id,
        }
        bonds = _bonds(
            con,
            "(one_id IN ($e1, $s1) AND other_id IN ($e2, $s2)) OR (one_id IN ($e2, $s2) AND other_id IN ($e1, $s1))",
            {"e1": one.event_id, "s1": one.storyline_id, "e2": two.event_id, "s2": two.storyline_id},
        )
        return Pair(*found, next((what for what, holds in shared.items() if holds), None), bonds)


def was_there(home: Path, storyline_id: str) -> bool:
    """Whether there is, or ever was, a storyline of this id."""
    with reading(home) as con:
        return bool(column(con, "SELECT 1 FROM private.log WHERE storyline_id = ? LIMIT 1", storyline_id))


def _storylines(con: Connection, clause: str, *parameters: object) -> list[StorylineRow]:
    rows = con.execute(f"SELECT {', '.join(StorylineRow.__slots__)} FROM storylines {clause}", list(parameters))
    return [StorylineRow(*aware(row)) for row in rows.fetchall()]


def _timeline_row(values: list[object]) -> TimelineRow:
    values[1] = Precision(str(values[1]))
    return TimelineRow(*values)  # type: ignore[arg-type]


def _explanation(con: Connection, named: str) -> Explanation:
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
    texts = _revisions(con, found.article_id)
    if not rows:
        return Explanation(found, verdict, canonical, None, None, (), (), {}, texts, None)
    label, assigned = rows[0][0], assignment(rows[0][1:])
    told, bonds = _history(con, kept_id), _bonds(con, "$event IN (one_id, other_id)", {"event": assigned.event_id})
    names = _names(con, _mentioned(assigned, told, bonds))
    return Explanation(found, verdict, canonical, assigned, label, told, bonds, names, texts, _original(con, kept_id))


def _original(con: Connection, kept_id: str) -> tuple[Article, str] | None:
    sql = "SELECT original_id, reason FROM originals WHERE holds AND article_id = ? AND original_id <> article_id"
    rows = con.execute(sql, [kept_id]).fetchall()
    return (lookup.articles(con, "article_id = ?", rows[0][0])[0], rows[0][1]) if rows else None


def _revisions(con: Connection, article_id: str) -> tuple[Revision, ...]:
    rows = con.execute(f"SELECT {REVISION} FROM private.revision WHERE article_id = ? ORDER BY number", [article_id])
    return tuple(map(revision, rows.fetchall()))


def _history(con: Connection, article_id: str) -> tuple[Told, ...]:
    """What names itself (a machine renames as reports come) is left out: that is no change of groups."""
    rows = con.execute(
        f"""SELECT {LOG} FROM private.log WHERE (article_id = $1 OR article_id IS NULL)
        AND kind <> 'created' AND (by_person OR kind <> 'renamed')
        AND seq >= (SELECT min(seq) FROM private.log WHERE article_id = $1) ORDER BY seq""",
        [article_id],
    ).fetchall()
    return history(article_id, map(_told, rows))


def _told(row: Row) -> Told:
    seq, made_at, _, by_person, kind, storyline, event, article_id, other, label, evidence = aware(row)
    entry = LogEntry(LogKind(kind), storyline, event, article_id, other, label, json.loads(evidence))
    return Told(seq, made_at, by_person, entry)


def _bonds(con: Connection, condition: str, ids: Mapping[str, object]) -> tuple[Bond, ...]:
    rows = con.execute(
        f"SELECT {LINK} FROM private.link WHERE {condition} ORDER BY made_at, kind, one_id, other_id", dict(ids)
    ).fetchall()
    return tuple(Bond(LinkKind(row[0]), *aware(row[1:])) for row in rows)


def _mentioned(assigned: Assignment, history: Iterable[Told], bonds: Iterable[Bond]) -> set[str]:
    """The ids of all groups that an explanation speaks of."""
    said = [assigned.evidence.get(key) or {} for key in ("best_other_event", "storyline", "borderline")]
    ids = {each.get(key) for each in said for key in ("event_id", "storyline_id")}
    ids |= {i for t in history for i in (t.entry.event_id, t.entry.storyline_id, t.entry.other_id)}
    ids |= {i for bond in bonds for i in (bond.one_id, bond.other_id)}
    return {i for i in ids if i is not None}


def _names(con: Connection, ids: Iterable[str]) -> dict[str, str]:
    rows = con.execute(
        """SELECT storyline_id AS id, label FROM private.storyline WHERE list_contains($1::VARCHAR[], id)
        UNION ALL SELECT event_id AS id, label FROM private.event WHERE list_contains($1::VARCHAR[], id) AND label <> ''
        ORDER BY id""",
        [sorted(ids)],
    ).fetchall()
    return dict(rows)
