"""What analysis remembers and what it decided. Decides which articles still need a verdict, and what a verdict changes.

Never makes a verdict.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.database import Connection, Database, column, insert
from storage.models import Model, agree, require, stored_model
from storage.rows import (
    ALERT,
    ARTICLE,
    ASSIGNMENT,
    DUPLICATE,
    SKETCH,
    alert_row,
    article,
    assignment_row,
    aware,
    duplicate_row,
    naive,
    sketch,
    sketch_row,
)
from storywire.nouns import Alert, Article, Definition, Storyline
from storywire.past import Analysis, Kept, Matrix, Past

# The article that speaks for a seed: itself, or the kept one that it repeats.
_SEEDS = """(
    SELECT d.storyline_id, d.article_id AS seed_id, coalesce(c.canonical_id, d.article_id) AS article_id
    FROM private.definition d LEFT JOIN private.duplicate c USING (article_id)
)"""
_UNANALYSED = (
    "private.article ANTI JOIN private.assignment USING (article_id) ANTI JOIN private.duplicate USING (article_id)"
)
_WINDOW = f"""
    FROM private.assignment v JOIN private.article a USING (article_id) JOIN private.feature f USING (article_id)
    WHERE a.first_seen_at >= ? OR article_id IN (SELECT article_id FROM {_SEEDS})
    ORDER BY a.first_seen_at, article_id"""


class Verdicts(Database):
    """The Store's events, storylines, duplicates and what they rest on."""

    def define(self, definitions: Sequence[Definition], now: datetime) -> None:
        """Named storylines with their seeds. New ones, and new seeds of old ones, are unsettled until analysed.

        A seed is never taken back here, and the same definition again changes nothing.
        """
        storylines = [(d.storyline_id, d.name, True, now) for d in definitions]
        with self.transaction() as con:
            _upsert(con, "storyline", "storyline_id, label, pinned, created_at", storylines, "label, pinned")
            there = set(con.execute("SELECT storyline_id, article_id FROM private.definition").fetchall())
            new = dict.fromkeys((d.storyline_id, member) for d in definitions for member in d.member_ids)
            rows = [(*seed, False) for seed in new if seed not in there]
            insert(con, "private.definition", "storyline_id, article_id, settled", rows)

    def model(self) -> Model | None:
        """The model whose vectors are stored; None while there are none."""
        with self.transaction() as con:
            return stored_model(con)

    def unanalysed(self, limit: int) -> list[Article]:
        """Articles without a verdict, in the order in which they were seen."""
        with self.transaction() as con:
            rows = con.execute(
                f"SELECT {ARTICLE} FROM {_UNANALYSED} ORDER BY first_seen_at, article_id LIMIT ?", [limit]
            ).fetchall()
        return [article(row) for row in rows]

    def unanalysed_count(self) -> int:
        """How many articles have no verdict."""
        with self.transaction() as con:
            count: int = column(con, f"SELECT count(*) FROM {_UNANALYSED}")[0]
        return count

    def unsettled(self) -> frozenset[str]:
        """Storylines with stored seeds that no analysis has seen yet."""
        with self.transaction() as con:
            return _unsettled(con)

    def require_model(self, model: Model) -> None:
        """ModelError if the stored vectors are by another model."""
        with self.transaction() as con:
            require(con, model)

    def past(self, since: datetime) -> Past:
        """The kept articles first seen at or after `since`, and all kept seeds, in the order in which they were seen.

        A seed that repeats a kept article is named by that one. With no kept article `vectors` has shape (0, 0).
        """
        with self.transaction() as con:
            kept = _kept(con, since)
            vectors = _matrix(con.execute(f"SELECT f.vector AS vector {_WINDOW}", [naive(since)]).fetchnumpy())
            return Past(kept, vectors, _storylines(con, kept), _definitions(con), _unsettled(con))

    def save_analysis(
        self,
        analysis: Analysis,
        past: Past,
        vectors: Mapping[str, npt.NDArray[np.float32]],
        model: Model,
        alerts: Sequence[Alert],
        run_id: str,
    ) -> None:
        """All that an analysis decided, in one transaction; its alerts are stored undelivered.

        `past` is what the analysis was given: its definitions are settled, as far as their seeds now have a verdict.
        `vectors` has a unit row, by `model`, for at least each kept article of the batch. Articles that were removed,
        or got a verdict elsewhere, in the meantime are left out; an alert that names one of them is dropped whole, as
        its id is that of its causes. ModelError if other vectors are stored.
        """
        with self.transaction() as con:
            agree(con, model)
            kept = _save_verdicts(con, analysis, vectors, run_id)
            events = [(e.event_id, e.storyline_id, e.founder_id) for e in analysis.events]
            _upsert(con, "event", "event_id, storyline_id, founder_id", events, "storyline_id")
            storylines = [(s.storyline_id, s.label, s.pinned, s.created_at) for s in analysis.storylines]
            _upsert(
                con, "storyline", "storyline_id, label, pinned, created_at", storylines, "label", "NOT storyline.pinned"
            )
            insert(con, "private.assignment", ASSIGNMENT, map(assignment_row, analysis.moved), "update", "article_id")
            _settle(con, past.definitions)
            _put_alerts(con, [alert for alert in alerts if kept.issuperset(alert.article_ids)])
            prune(con)


def prune(con: Connection) -> None:
    """Drops events, and automatic storylines, that have no article left."""
    con.execute("DELETE FROM private.event WHERE event_id NOT IN (SELECT event_id FROM private.assignment)")
    con.execute(
        """DELETE FROM private.storyline
        WHERE NOT pinned AND storyline_id NOT IN (SELECT storyline_id FROM private.assignment)"""
    )


def _kept(con: Connection, since: datetime) -> tuple[Kept, ...]:
    # least() leaves nulls out: this is Article.time
    rows = con.execute(
        f"""SELECT article_id, a.url, a.title, a.publisher, a.language, least(a.published_at, a.first_seen_at),
        v.event_id, v.storyline_id, {SKETCH} {_WINDOW}""",
        [naive(since)],
    ).fetchall()
    return tuple(Kept(*[*aware(row[:8]), sketch(row[8:])]) for row in rows)


def _matrix(columns: Mapping[str, Any]) -> Matrix:
    rows = columns["vector"]
    return np.stack(list(rows)).astype(np.float32, copy=False) if len(rows) else np.zeros((0, 0), np.float32)


def _storylines(con: Connection, kept: Sequence[Kept]) -> tuple[Storyline, ...]:
    rows = con.execute(
        """SELECT storyline_id, label, pinned, created_at FROM private.storyline
        WHERE pinned OR storyline_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY storyline_id""",
        [sorted({one.storyline_id for one in kept})],
    ).fetchall()
    return tuple(Storyline(*aware(row)) for row in rows)


def _definitions(con: Connection) -> tuple[Definition, ...]:
    rows = con.execute(
        f"""SELECT storyline_id, label, list(DISTINCT d.article_id ORDER BY d.article_id)
        FROM {_SEEDS} d JOIN private.storyline USING (storyline_id) GROUP BY ALL ORDER BY storyline_id"""
    ).fetchall()
    return tuple(Definition(storyline_id, name, tuple(members)) for storyline_id, name, members in rows)


def _unsettled(con: Connection) -> frozenset[str]:
    """Seeds that are not stored (yet) unsettle nothing: there is nothing that they could draw in."""
    sql = "FROM private.definition SEMI JOIN private.article USING (article_id) WHERE NOT settled"
    return frozenset(column(con, f"SELECT storyline_id {sql}"))


def _save_verdicts(
    con: Connection, analysis: Analysis, vectors: Mapping[str, npt.NDArray[np.float32]], run_id: str
) -> set[str]:
    """Stores the verdicts on articles that have none yet; returns the ids of those it assigned."""
    batch = [*(a.article_id for a in analysis.assignments), *(d.article_id for d in analysis.duplicates)]
    open_ids = _there(con, _UNANALYSED.removeprefix("private."), "article_id", batch)
    kept = [a for a in analysis.assignments if a.article_id in open_ids]
    insert(con, "private.assignment", f"{ASSIGNMENT}, run_id", [(*assignment_row(a), run_id) for a in kept])
    ids = [a.article_id for a in kept]
    features = [(i, *sketch_row(analysis.sketches[i]), vectors[i].astype(np.float32, copy=False)) for i in ids]
    insert(con, "private.feature", f"article_id, {SKETCH}, vector", features)
    standing = _there(con, "assignment", "article_id", [d.canonical_id for d in analysis.duplicates])
    copies = [d for d in analysis.duplicates if d.article_id in open_ids and d.canonical_id in standing]
    insert(con, "private.duplicate", f"{DUPLICATE}, run_id", [(*duplicate_row(d), run_id) for d in copies])
    return set(ids)


def _there(con: Connection, table: str, key: str, ids: Sequence[str]) -> set[str]:
    """Which of these ids stand in a table."""
    return set(
        column(con, f"SELECT {key} FROM private.{table} WHERE {key} IN (SELECT unnest(?::VARCHAR[]))", list(ids))
    )


def _upsert(
    con: Connection, table: str, columns: str, rows: Sequence[Sequence[Any]], changes: str, condition: str = "true"
) -> None:
    """Adds rows; of those whose key is there, only `changes` are changed, and only under the condition."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE said AS FROM private.{table} LIMIT 0")
    insert(con, "temp.said", columns, rows)
    sets = ", ".join(f"{name} = excluded.{name}" for name in changes.split(", "))
    con.execute(
        f"INSERT INTO private.{table} ({columns}) SELECT {columns} FROM temp.said "
        f"ON CONFLICT DO UPDATE SET {sets} WHERE {condition}"
    )


def _settle(con: Connection, seen: Sequence[Definition]) -> None:
    """A seed is settled when an analysis saw it, as itself or as the one it repeats, and it has a verdict."""
    pairs = [(d.storyline_id, member) for d in seen for member in d.member_ids]
    con.execute("CREATE OR REPLACE TEMP TABLE seen (storyline_id VARCHAR, article_id VARCHAR)")
    insert(con, "temp.seen", "storyline_id, article_id", pairs)
    con.execute(
        f"""UPDATE private.definition SET settled = true FROM {_SEEDS} s, temp.seen
        WHERE NOT definition.settled
        AND (s.storyline_id, s.seed_id) = (definition.storyline_id, definition.article_id)
        AND seen.storyline_id = s.storyline_id AND seen.article_id IN (s.seed_id, s.article_id)
        AND s.article_id IN (SELECT article_id FROM private.assignment)"""
    )


def _put_alerts(con: Connection, alerts: Sequence[Alert]) -> None:
    """An alert that is stored stays as it is."""
    there = _there(con, "alert", "alert_id", [alert.alert_id for alert in alerts])
    new = {a.alert_id: a for a in alerts if a.alert_id not in there}
    insert(con, "private.alert", ALERT, map(alert_row, new.values()))
