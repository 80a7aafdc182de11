"""What analysis decided. Decides which articles still need a verdict, and what a verdict changes.

Never makes a verdict.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from storage.consequences import prune, settle
from storage.database import Connection, Database, column, insert, upsert
from storage.log import FOUNDING, Standing, add_links
from storage.models import Model, agree, require, stored_model
from storage.origins import note_origins
from storage.outbox import put_alerts
from storage.recall import SEEDS, unsettled
from storage.rows import (
    ARTICLE,
    ASSIGNMENT,
    CORE,
    DUPLICATE,
    SKETCH,
    article,
    assignment_row,
    duplicate_row,
    sketch_row,
)
from storywire.nouns import Article, Definition, LogEntry, LogKind, Storyline
from storywire.past import Analysis, Past
from storywire.watches import Alert

UNANALYSED = (
    "private.article ANTI JOIN private.assignment USING (article_id) ANTI JOIN private.duplicate USING (article_id)"
)
"""The articles without a verdict, as what a FROM takes."""


class Verdicts(Database):
    """The Store's events, storylines, duplicates and what they rest on."""

    def define(self, definitions: Sequence[Definition], now: datetime) -> None:
        """Named storylines with their seeds. New ones, and new seeds of old ones, are unsettled until analysed.

        A seed is never taken back here, and the same definition again changes nothing. What a person renamed since
        keeps that name, and one that was merged lends its seeds to what it is part of.
        """
        with self.transaction() as con:
            merged = con.execute(
                "SELECT storyline_id, merged_into FROM private.storyline WHERE merged_into IS NOT NULL"
            )
            into = dict(merged.fetchall())
            renamed = column(con, "SELECT storyline_id FROM private.log WHERE kind = 'renamed' AND by_person")
            created = [LogEntry(LogKind.CREATED, d.storyline_id, label=d.name) for d in definitions]
            Standing(con, created, by_person=True).record(con, created, now)
            own = [d for d in definitions if d.storyline_id not in into and d.storyline_id not in renamed]
            storylines = [(d.storyline_id, d.name, True, now) for d in own]
            upsert(con, "storyline", "storyline_id, label, pinned, created_at", storylines, "label, pinned")
            there = set(con.execute("SELECT storyline_id, article_id FROM private.definition").fetchall())
            seeds = [(into.get(d.storyline_id, d.storyline_id), member) for d in definitions for member in d.member_ids]
            rows = [(*seed, False) for seed in dict.fromkeys(seeds) if seed not in there]
            insert(con, "private.definition", "storyline_id, article_id, settled", rows)

    def model(self) -> Model | None:
        """The model whose vectors are stored; None while there are none."""
        with self.transaction() as con:
            return stored_model(con)

    def unanalysed(self, limit: int) -> list[Article]:
        """Articles without a verdict, in the order in which they were seen."""
        with self.transaction() as con:
            rows = con.execute(
                f"SELECT {ARTICLE} FROM {UNANALYSED} ORDER BY first_seen_at, article_id LIMIT ?", [limit]
            ).fetchall()
        return [article(row) for row in rows]

    def unanalysed_count(self) -> int:
        """How many articles have no verdict."""
        with self.transaction() as con:
            count: int = column(con, f"SELECT count(*) FROM {UNANALYSED}")[0]
        return count

    def unsettled(self) -> frozenset[str]:
        """Storylines with stored seeds that no analysis has seen yet."""
        with self.transaction() as con:
            return unsettled(con)

    def require_model(self, model: Model) -> None:
        """ModelError if the stored vectors are by another model."""
        with self.transaction() as con:
            require(con, model)

    def save_analysis(
        self,
        analysis: Analysis,
        past: Past,
        vectors: Mapping[str, npt.NDArray[np.float32]],
        model: Model,
        alerts: Sequence[Alert],
        run_id: str,
        now: datetime,
    ) -> None:
        """All that an analysis decided, in one transaction; its alerts are stored undelivered.

        `past` is what the analysis was given: its definitions are settled, as far as their seeds now have a verdict.
        `vectors` has a unit row, by `model`, for at least each kept article of the batch. Articles that were removed,
        or got a verdict elsewhere, in the meantime are left out, also of alerts. What its log says is done to the
        groups as they stand now, whatever a person did to them in the meantime; an entry that changes nothing is not
        stored. ModelError if other vectors are stored.
        """
        with self.transaction() as con:
            agree(con, model)
            _restore(con, analysis, past)
            standing = Standing(con, analysis.log)
            kept, copies = _save_verdicts(con, analysis, vectors, run_id)
            _put_groups(con, analysis)
            lost = {a.article_id for a in analysis.assignments}.union(d.article_id for d in analysis.duplicates) - kept
            note_origins(con, {d.canonical_id for d in analysis.duplicates}, run_id, now)
            standing.record(con, [e for e in analysis.log if e.article_id not in lost], now, run_id, kept)
            add_links(con, analysis.links, now, by_person=False)
            put_alerts(con, alerts, kept | copies)
            settle(con)
            _settle_seeds(con, past.definitions)
            prune(con)


def _restore(con: Connection, analysis: Analysis, past: Past) -> None:
    """Puts back old groups that the log names and that are no more: a removal emptied them since the analysis began."""
    made = {entry.event_id or entry.storyline_id for entry in analysis.log if entry.kind in FOUNDING}
    events: dict[str, tuple[str, str, str]] = {}
    ids: set[str] = set()
    for entry in analysis.log:
        named = [i for i in (entry.event_id, entry.other_id) if i is not None]
        ids |= {entry.storyline_id, *(named if entry.event_id is None else ())}
        for event in named if entry.event_id else ():
            events.setdefault(event, (event, entry.storyline_id, entry.article_id or event))
    upsert(con, "event", "event_id, storyline_id, founder_id", [events[i] for i in events if i not in made])
    known = {s.storyline_id: s for s in (*past.storylines, *analysis.storylines)}
    storylines = [known.get(i, Storyline(i, i)) for i in sorted(ids - made)]
    rows = [(s.storyline_id, s.label, s.pinned, s.created_at) for s in storylines]
    upsert(con, "storyline", "storyline_id, label, pinned, created_at", rows)


def _put_groups(con: Connection, analysis: Analysis) -> None:
    """Adds events, storylines and cores as they were found, and says anew what those are like that are there.

    Where they belong, and whether they still stand, the log says. A name that a person gave stays.
    """
    events = [(e.event_id, e.storyline_id, e.founder_id, e.label or None, e.central_id) for e in analysis.events]
    upsert(con, "event", "event_id, storyline_id, founder_id, label, central_id", events, "label, central_id")
    storylines = [(s.storyline_id, s.label, s.pinned, s.created_at, s.central_id) for s in analysis.storylines]
    columns = "storyline_id, label, pinned, created_at, central_id"
    upsert(con, "storyline", columns, storylines, "central_id")
    upsert(con, "storyline", columns, storylines, "label", "NOT storyline.pinned")
    insert(con, "private.core", CORE, [(c.storyline_id, c.member_ids, c.terms) for c in analysis.cores], "upsert")


def _save_verdicts(
    con: Connection, analysis: Analysis, vectors: Mapping[str, npt.NDArray[np.float32]], run_id: str
) -> tuple[set[str], set[str]]:
    """Stores the verdicts on articles that have none yet; returns the ids of those it assigned, and of the copies."""
    batch = [*(a.article_id for a in analysis.assignments), *(d.article_id for d in analysis.duplicates)]
    open_ids = _there(con, UNANALYSED.removeprefix("private."), "article_id", batch)
    kept = [a for a in analysis.assignments if a.article_id in open_ids]
    insert(con, "private.assignment", f"{ASSIGNMENT}, run_id", [(*assignment_row(a), run_id) for a in kept])
    ids = [a.article_id for a in kept]
    features = [(i, *sketch_row(analysis.sketches[i]), vectors[i].astype(np.float32, copy=False)) for i in ids]
    insert(con, "private.feature", f"article_id, {SKETCH}, vector", features)
    standing = _there(con, "assignment", "article_id", [d.canonical_id for d in analysis.duplicates])
    copies = [d for d in analysis.duplicates if d.article_id in open_ids and d.canonical_id in standing]
    insert(con, "private.duplicate", f"{DUPLICATE}, run_id", [(*duplicate_row(d), run_id) for d in copies])
    return set(ids), {d.article_id for d in copies}


def _there(con: Connection, table: str, key: str, ids: Sequence[str]) -> set[str]:
    """Which of these ids stand in a table."""
    return set(
        column(con, f"SELECT {key} FROM private.{table} WHERE {key} IN (SELECT unnest(?::VARCHAR[]))", list(ids))
    )


def _settle_seeds(con: Connection, seen: Sequence[Definition]) -> None:
    """A seed is settled when an analysis saw it, as itself or as the one it repeats, and it has a verdict."""
    pairs = [(d.storyline_id, member) for d in seen for member in d.member_ids]
    con.execute("CREATE OR REPLACE TEMP TABLE seen (storyline_id VARCHAR, article_id VARCHAR)")
    insert(con, "temp.seen", "storyline_id, article_id", pairs)
    con.execute(
        f"""UPDATE private.definition SET settled = true FROM {SEEDS} s, temp.seen
        WHERE NOT definition.settled
        AND (s.storyline_id, s.seed_id) = (definition.storyline_id, definition.article_id)
        AND seen.storyline_id = s.storyline_id AND seen.article_id IN (s.seed_id, s.article_id)
        AND s.article_id IN (SELECT article_id FROM private.assignment)"""
    )
