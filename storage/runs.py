"""The ledger of runs. Decides how a run's counts are had: from what is stored, never from a tally that a crash loses.

Never starts or stops anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    articles_new: int  # that it stored, copies included
    kept_new: int  # that it judged and kept, also when a run before stored them
    copies_new: int  # that it judged to be copies, also when a run before stored them


class Runs(Database):
    """The Store's ledger of runs."""

    def start_run(self, run_id: str, now: datetime, flow: str = "ingest") -> None:
        """Notes that a run of this flow began; the first time stands."""
        with self.transaction() as con:
            con.execute(
                """INSERT OR IGNORE INTO private.run (run_id, started_at, flow, pending_before)
                SELECT ?, ?, ?, count(*) FROM private.entry WHERE state = 'pending'""",
                [run_id, naive(now), flow],
            )

    def finish_run(
        self,
        run_id: str,
        now: datetime,
        feeds_polled: int = 0,
        feeds_failed: int = 0,
        model_time: timedelta = timedelta(),
        feeds_changed: int | None = None,
        feeds_unchanged: int | None = None,
    ) -> Counts:
        """Notes that a run ended, what came of it, and how long the embedding model worked for it.

        Feeds that were polled and are in none of the three other counts could not be reached, as no host could.
        """
        with self.transaction() as con:
            counts = _counts(con, run_id, now, feeds_polled, feeds_failed)
            con.execute(
                """UPDATE private.run SET finished_at = ?, feeds_polled = ?, feeds_failed = ?,
                feeds_changed = ?, feeds_unchanged = ?, entries_new = ?, articles_new = ?, kept_new = ?,
                copies_new = ?, pending = ?, model_seconds = ? WHERE run_id = ?""",
                [
                    *(naive(now), feeds_polled, feeds_failed, feeds_changed, feeds_unchanged),
                    *(counts.entries_new, counts.articles_new, counts.kept_new, counts.copies_new, counts.pending),
                    *(model_time.total_seconds(), run_id),
                ],
            )
        return counts


def _counts(con: Connection, run_id: str, now: datetime, feeds_polled: int, feeds_failed: int) -> Counts:
    settled = con.execute(
        "SELECT state, count(*) FROM private.entry WHERE settled_run_id = ? GROUP BY state ORDER BY state", [run_id]
    ).fetchall()
    before = column(con, "SELECT pending_before FROM private.run WHERE run_id = ?", run_id)
    tables = ("entry", "article", "assignment", "duplicate")
    new = [column(con, f"SELECT count(*) FROM private.{table} WHERE run_id = ?", run_id)[0] for table in tables]
    # Ids of runs are the times they began: a later one is of an entry that somebody pushed in meanwhile.
    pushed = "SELECT count(*) FROM private.entry WHERE feed_url IS NULL AND run_id > ? AND first_seen_at <= ?"
    new[0] += column(con, pushed, run_id, naive(now))[0]
    pending = column(con, "SELECT count(*) FROM private.entry WHERE state = 'pending'")[0]
    states = {EntryState(state): count for state, count in settled}
    return Counts(feeds_polled, feeds_failed, before[0] if before else 0, new[0], states, pending, *new[1:])
