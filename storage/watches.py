"""Watches and the outbox of alerts. Decides nothing but which alerts are still to be delivered.

Never delivers one.
"""

from datetime import datetime
from typing import Any

from storage.database import Database, column, insert
from storage.rows import ALERT, WATCH, alert, naive, watch
from storywire.nouns import Alert, Watch

# What a person or the machine merged since is told as what it is part of now.
_OUTBOX = """(
    SELECT a.* REPLACE (coalesce(s.merged_into, a.storyline_id) AS storyline_id)
    FROM private.alert a LEFT JOIN private.storyline s USING (storyline_id)
)"""


class Watches(Database):
    """The Store's watches and alerts."""

    def watches(self) -> list[Watch]:
        """All watches, the oldest first."""
        with self.transaction() as con:
            rows = con.execute(f"SELECT {WATCH} FROM private.watch ORDER BY created_at, watch_id").fetchall()
        return [watch(row) for row in rows]

    def add_watch(self, new: Watch) -> bool:
        """False if it is there already, or came to watch the same by a merge; that one then stays as it is."""
        with self.transaction() as con:
            sql = "SELECT merged_into FROM private.storyline WHERE storyline_id = ? AND merged_into IS NOT NULL"
            subject = next(iter(column(con, sql, new.storyline_id)), new.storyline_id)
            same = "watch_id = ? OR (storyline_id IS NOT DISTINCT FROM ? AND target = ?)"
            if column(con, f"SELECT 1 FROM private.watch WHERE {same}", new.watch_id, subject, new.target):
                return False
            row = (new.watch_id, subject, new.target, new.created_at)
            insert(con, "private.watch", WATCH, [row])
        return True

    def remove_watch(self, watch_id: str) -> bool:
        """Removes it, with its alerts that are not delivered yet. False if there is none."""
        with self.transaction() as con:
            con.execute("DELETE FROM private.alert WHERE watch_id = ? AND delivered_at IS NULL", [watch_id])
            return bool(column(con, "DELETE FROM private.watch WHERE watch_id = ? RETURNING watch_id", watch_id))

    def pending_alerts(self) -> list[Alert]:
        """Alerts that are not delivered yet, the oldest first."""
        with self.transaction() as con:
            rows = con.execute(
                f"SELECT {ALERT} FROM {_OUTBOX} WHERE delivered_at IS NULL ORDER BY created_at, alert_id"
            ).fetchall()
        return [alert(row) for row in rows]

    def message(self, alert_id: str) -> dict[str, Any] | None:
        """What an alert tells, JSON-able: its id, the storyline, and the reports that caused it, in order of time.

        `storyline` is null if the storyline is no more: a new definition drew in all its reports. None if the alert is
        gone: a person removed its watch or its reports.
        """
        with self.transaction() as con:
            found = con.execute(
                f"""SELECT a.storyline_id, s.label, a.created_at
                FROM {_OUTBOX} a LEFT JOIN private.storyline s USING (storyline_id) WHERE a.alert_id = ?""",
                [alert_id],
            ).fetchall()
            if not found:
                return None
            rows = con.execute(
                """SELECT article_id, title, publisher, url, published_at FROM private.article
                WHERE article_id IN (SELECT unnest(article_ids) FROM private.alert WHERE alert_id = ?)
                ORDER BY least(published_at, first_seen_at), article_id""",
                [alert_id],
            ).fetchall()
        reports = [
            {"article_id": i, "title": title, "publisher": publisher, "url": url, "published_at": _iso(at)}
            for i, title, publisher, url, at in rows
        ]
        storyline, label, created = found[0]
        told = {"alert_id": alert_id, "storyline_id": storyline, "storyline": label, "created_at": _iso(created)}
        return told | {"reports": reports}

    def mark_delivered(self, alert_id: str, now: datetime) -> None:
        """It need not be delivered again; the first time stands."""
        with self.transaction() as con:
            con.execute(
                "UPDATE private.alert SET delivered_at = ? WHERE alert_id = ? AND delivered_at IS NULL",
                [naive(now), alert_id],
            )

    def note_attempt(self, alert_id: str) -> None:
        """A delivery failed: counts it."""
        with self.transaction() as con:
            con.execute("UPDATE private.alert SET attempts = attempts + 1 WHERE alert_id = ?", [alert_id])


def _iso(at: datetime | None) -> str | None:
    """A stored time as text, in UTC."""
    return f"{at.isoformat()}Z" if at else None
