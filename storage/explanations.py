"""What is stored of why an article is where it is. Decides what belongs to an explanation.

Never writes, and never opens the writer's file.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from storage import lookup
from storage.database import Connection, column
from storage.rows import ASSIGNMENT, DUPLICATE, LINK, LOG, REVISION, Row, assignment, aware, duplicate, revision
from storage.snapshot import reading
from storywire.history import Told, history
from storywire.nouns import Article, Assignment, Duplicate, LinkKind, LogEntry, LogKind, Revision


@dataclass(frozen=True, slots=True)
class Bond:
    """A link as people see it: who made it, and when."""

    kind: LinkKind
    one_id: str
    other_id: str
    made_at: datetime
    by_person: bool


@dataclass(frozen=True, slots=True)
class CopiedBy:
    """An article that repeats another."""

    article_id: str
    publisher: str | None
    title: str


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
    page: str | None  # what was wrong with its page, where the text is its feed's own words
    copies: tuple[CopiedBy, ...]  # the articles that repeat it, in order of time
    canonical_changed: bool  # of a copy: whether the kept report's text changed since the copy was first seen
    pruned_at: datetime | None  # when its text was removed, as it was old; None: it is there


@dataclass(frozen=True, slots=True)
class Pair:
    """Two articles side by side. They share a report (one repeats the other), an event, a storyline, or nothing."""

    one: Explanation
    other: Explanation
    share: Literal["report", "event", "storyline"] | None  # None also while one has no verdict
    bonds: tuple[Bond, ...]  # between the event and storyline of one, and those of the other


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
    label, assigned = (rows[0][0], assignment(rows[0][1:])) if rows else (None, None)
    told = _history(con, kept_id) if assigned else ()
    bonds = _bonds(con, "$event IN (one_id, other_id)", {"event": assigned.event_id}) if assigned else ()
    return Explanation(
        article=found,
        duplicate=verdict,
        canonical=lookup.articles(con, "article_id = ?", kept_id)[0] if verdict else None,
        assignment=assigned,
        label=label,
        history=told,
        bonds=bonds,
        names=_names(con, _mentioned(assigned, told, bonds)) if assigned else {},
        revisions=_revisions(con, found.article_id),
        original=_original(con, kept_id) if assigned else None,
        page=_page(con, found),
        copies=_copies(con, found.article_id),
        canonical_changed=verdict is not None and _changed(con, kept_id, found.article_id),
        pruned_at=_pruned_at(con, found.article_id),
    )


def _page(con: Connection, found: Article) -> str | None:
    """What was wrong with an article's page. A later look, or reading it again, may have brought another text since."""
    rows = con.execute(
        """SELECT reason, coalesce(summary, title) FROM private.entry
        WHERE article_id = ? AND state = 'stored' AND reason IS NOT NULL ORDER BY first_seen_at, entry_id""",
        [found.article_id],
    ).fetchall()
    if not found.text:
        return None  # it was pruned: nobody can tell any more whose words they were
    text = found.text.split("\n\n")  # less what the publisher repeats on its pages
    return next((reason for reason, said in rows if said and all(part in said for part in text)), None)


def _copies(con: Connection, article_id: str) -> tuple[CopiedBy, ...]:
    rows = con.execute(
        """SELECT article_id, publisher, title FROM private.duplicate JOIN private.article USING (article_id)
        WHERE canonical_id = ? ORDER BY least(published_at, first_seen_at), article_id""",
        [article_id],
    ).fetchall()
    return tuple(CopiedBy(*row) for row in rows)


def _pruned_at(con: Connection, article_id: str) -> datetime | None:
    sql = "SELECT pruned_at FROM private.article WHERE article_id = ?"
    at: datetime | None = aware(column(con, sql, article_id))[0]
    return at


def _changed(con: Connection, kept_id: str, copy_id: str) -> bool:
    sql = """SELECT 1 FROM private.revision r, private.article copy
        WHERE r.article_id = ? AND copy.article_id = ? AND r.replaced_at > copy.first_seen_at LIMIT 1"""
    return bool(column(con, sql, kept_id, copy_id))


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
