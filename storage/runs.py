"""The ledger of runs. Decides how a run's counts are had: from what is stored, never from a tally that a crash loses.

Never starts or stops anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.database import Connection, Database, column
from storage.rows import naive
from storywire.nouns import EntryState


@dataclass(frozen=True, slots=True)
class Counts:
    """One run in numbers: `pending_before + entries_new == sum(settled.values()) + pending`."""

    feeds_polled: int
    feeds_failed: int
    pending_before: int  # entries, when it started
    entries_new: int
    settled: Mapping[EntryState, int]  # entries that this run gave a terminal state
    pending: int  # entries, now
    articles_new: int  # copies included
    copies_new: int


@dataclass(frozen=True, slots=True)
class Totals:
    """All that is stored, in numbers."""

    feeds: int
    entries: int
    articles: int  # copies included
    copies: int
    events: int
    storylines: int
    alerts_pending: int


class Runs(Database):
    """The Store's ledger of runs."""

    def start_run(self, run_id: str, now: datetime) -> None:
        """Notes that a run began; the first time stands."""
        with self.transaction() as con:
            con.execute(
                """INSERT OR IGNORE INTO private.run (run_id, started_at, pending_before)
                SELECT ?, ?, count(*) FROM private.entry WHERE state = 'pending'""",
                [run_id, naive(now)],
            )

    def finish_run(
        self,
        run_id: str,
        now: datetime,
        feeds_polled: int = 0,
        feeds_failed: int = 0,
        details: Mapping[str, Any] | None = None,
    ) -> Counts:
        """Notes that a run ended, and what came of it; `details` is anything else, JSON-able."""
        with self.transaction() as con:
            counts = _counts(con, run_id, feeds_polled, feeds_failed)
            con.execute(
                """UPDATE private.run SET finished_at = ?, feeds_polled = ?, feeds_failed = ?, entries_new = ?,
                articles_new = ?, copies_new = ?, pending = ?, details = ? WHERE run_id = ?""",
                [
                    *(naive(now), feeds_polled, feeds_failed, counts.entries_new),
                    *(counts.articles_new, counts.copies_new, counts.pending, json.dumps(dict(details or {})), run_id),
                ],
            )
        return counts

    def entry_counts(self) -> dict[EntryState, int]:
        """How many entries are in each state; a state without any is there with 0."""
        with self.transaction() as con:
            rows = con.execute("SELECT state, count(*) FROM private.entry GROUP BY state").fetchall()
        return dict.fromkeys(EntryState, 0) | {EntryState(state): count for state, count in rows}

    def totals(self) -> Totals:
        """How much is stored."""
        with self.transaction() as con:
            tables = ("feed", "entry", "article", "duplicate", "event", "storyline")
            sizes = [column(con, f"SELECT count(*) FROM private.{table}")[0] for table in tables]
            pending = column(con, "SELECT count(*) FROM private.alert WHERE delivered_at IS NULL")[0]
        return Totals(*[*sizes, pending])


def _counts(con: Connection, run_id: str, feeds_polled: int, feeds_failed: int) -> Counts:
    settled = con.execute(
        "SELECT state, count(*) FROM private.entry WHERE settled_run_id = ? GROUP BY state ORDER BY state", [run_id]
    ).fetchall()
    before = column(con, "SELECT pending_before FROM private.run WHERE run_id = ?", run_id)
    entries, articles, copies = (
        column(con, f"SELECT count(*) FROM private.{table} WHERE run_id = ?", run_id)[0]
        for table in ("entry", "article", "duplicate")
    )
    pending = column(con, "SELECT count(*) FROM private.entry WHERE state = 'pending'")[0]
    return Counts(
        *(feeds_polled, feeds_failed, before[0] if before else 0, entries),
        *({EntryState(state): count for state, count in settled}, pending, articles, copies),
    )
