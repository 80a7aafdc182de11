"""What came in earlier runs, for trying a watch on it. Decides how a stored verdict is told as what it was then.

Never writes, and never opens the writer's file: it reads the published snapshot.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from storage.database import Connection, column
from storage.rows import ARTICLE, article, aware, naive
from storage.snapshot import reading
from storage.watches import groups
from storywire.arrivals import Arrival, Known, Listing, Vector, arrival, by_another
from storywire.backtest import Round
from storywire.identity import event_id
from storywire.nouns import Article
from storywire.watches import AlertClass

_COLUMNS = ", ".join(f"a.{name}" for name in ARTICLE.split(", "))
_LISTED = """LEFT JOIN (
    SELECT article_id, bool_and(feed_url IS NULL AND read_before IS NULL) AS seed, max(read_before) AS read_at
    FROM private.entry WHERE article_id IS NOT NULL GROUP BY article_id
) l USING (article_id)"""
_KEPT = f"""
SELECT {_COLUMNS}, v.storyline_id, if(s.pinned, NULL, s.created_at),
    coalesce(l.seed, true) OR article_id IN (SELECT article_id FROM private.definition), l.read_at, f.vector
FROM private.assignment v JOIN private.article a USING (article_id) JOIN private.storyline s USING (storyline_id)
LEFT JOIN private.feature f USING (article_id) {_LISTED}
WHERE v.run_id = ? ORDER BY a.first_seen_at, article_id"""
_COPIES = f"""
SELECT {_COLUMNS}, v.storyline_id, coalesce(l.seed, true), l.read_at, k.publisher, k.url, f.vector
FROM private.duplicate d JOIN private.article a USING (article_id)
JOIN private.assignment v ON v.article_id = d.canonical_id JOIN private.article k ON k.article_id = d.canonical_id
LEFT JOIN private.feature f ON f.article_id = d.canonical_id {_LISTED}
WHERE d.run_id = ? ORDER BY a.first_seen_at, article_id"""
_CHANGES = f"""
SELECT {_COLUMNS}, v.storyline_id, r.number, r.correction, f.vector
FROM private.revision r JOIN private.article a USING (article_id) JOIN private.assignment v USING (article_id)
LEFT JOIN private.feature f USING (article_id)
WHERE r.run_id = ? ORDER BY article_id, r.number"""
_ARTICLE = len(ARTICLE.split(", "))


def rounds(home: Path, since: datetime) -> Iterator[Round]:
    """What each run since then brought, in order of time."""
    with reading(home) as con:
        sql = "SELECT run_id, started_at FROM private.run WHERE started_at >= ? ORDER BY started_at"
        houses = groups(con)
        for run_id, at in con.execute(sql, [naive(since)]).fetchall():
            [began] = aware([at])
            yield Round(began, [*_kept(con, run_id), *_copies(con, run_id, houses), *_changes(con, run_id)])


def began(home: Path) -> dict[str, datetime]:
    """When the first report of each storyline came."""
    with reading(home) as con:
        rows = con.execute(
            """SELECT v.storyline_id, min(least(a.published_at, a.first_seen_at))
            FROM private.assignment v JOIN private.article a USING (article_id) GROUP BY ALL"""
        ).fetchall()
    return {storyline: aware([at])[0] for storyline, at in rows}


def _kept(con: Connection, run_id: str) -> Iterator[Arrival]:
    founded = set(
        column(
            con,
            "SELECT event_id FROM private.log WHERE kind = 'created' AND event_id IS NOT NULL AND run_id = ?",
            run_id,
        )
    )
    for said, (storyline, began_at, seed, read_at, vector) in _rows(con, _KEPT, run_id):
        kind = AlertClass.FOLLOW_UP if event_id(said.article_id) in founded else AlertClass.REPORT
        yield arrival(said, storyline, kind, Listing(seed, read_at), _vector(vector), began_at)


def _copies(con: Connection, run_id: str, houses: dict[str, str]) -> Iterator[Arrival]:
    """Copies have no vector of their own; that of the report that they repeat means the same."""
    for said, (storyline, seed, read_at, publisher, url, vector) in _rows(con, _COPIES, run_id):
        if by_another(said, Known(storyline, publisher, url), houses):
            yield arrival(said, storyline, AlertClass.REPRINT, Listing(seed, read_at), _vector(vector), None)


def _changes(con: Connection, run_id: str) -> Iterator[Arrival]:
    for said, (storyline, number, correction, vector) in _rows(con, _CHANGES, run_id):
        kind = AlertClass.CORRECTION if correction else AlertClass.REVISION
        words = (said.title, said.text, said.publisher, said.url, said.language)
        yield Arrival(said.article_id, storyline, kind, *words, vector=_vector(vector), change=number)


def _rows(con: Connection, sql: str, run_id: str) -> Iterator[tuple[Article, Sequence[Any]]]:
    for row in con.execute(sql, [run_id]).fetchall():
        yield article(row[:_ARTICLE]), aware(row[_ARTICLE:])


def _vector(stored: Sequence[float] | None) -> Vector | None:
    return None if stored is None else np.array(stored, np.float32)
