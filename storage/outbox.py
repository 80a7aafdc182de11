"""Alerts that wait to be told. Decides what of the stored goes into a decision on them.

Never decides when something is told, and never sends it.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from storage.alertrows import ALERT, MESSAGE, alert, alert_row, message_row
from storage.database import Connection, Database, column, insert
from storage.rows import aware, naive
from storage.watches import all_watches, groups
from storywire.enough import Counted
from storywire.identity import alert_id
from storywire.sources import Source
from storywire.telling import Decision, Outbox
from storywire.watches import Alert

REMEMBERED = timedelta(days=35)
"""How far back the reports of a storyline are read for what is usual; `bursts` needs 29 days."""

# What a person or the machine merged since is told as what it is part of now.
OUTBOX = """(
    SELECT a.* REPLACE (coalesce(s.merged_into, a.subject_id) AS subject_id)
    FROM private.alert a LEFT JOIN private.storyline s ON s.storyline_id = a.subject_id
)"""
SOURCES = """
SELECT a.article_id, a.publisher, a.url, d.canonical_id
FROM private.article a LEFT JOIN private.duplicate d USING (article_id)
WHERE a.article_id IN (SELECT unnest(?::VARCHAR[]))"""
_HELD = "SELECT watch_id FROM private.message WHERE state = 'queued' AND attempts > 0 AND NOT refused"
_TOLD = f"""
SELECT watch_id, subject_id, max(m.made_at)
FROM {OUTBOX} a JOIN private.message m USING (message_id, watch_id)
WHERE watch_id IN (SELECT watch_id FROM private.alert WHERE state = 'waiting') GROUP BY ALL"""
# By when they were published, where that is known: a first look at a feed brings many reports of many days.
_TIMES = """
SELECT v.storyline_id, min(least(a.published_at, a.first_seen_at)),
    list(least(a.published_at, a.first_seen_at)) FILTER (least(a.published_at, a.first_seen_at) >= ?)
FROM private.assignment v JOIN private.article a USING (article_id)
WHERE v.storyline_id IN (SELECT unnest(?::VARCHAR[])) GROUP BY ALL"""


class Outboxes(Database):
    """The Store's alerts."""

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Held by whoever decides on alerts and sends messages, so that no two send the same one."""
        with self.held("deliver.lock", "another process is sending alerts"):
            yield

    def outbox(self, now: datetime) -> Outbox:
        """What waits, with what it takes to decide on it. What was noticed by a clock that was ahead is dated now."""
        with self.transaction() as con:
            ahead = "UPDATE private.alert SET created_at = $now WHERE state = 'waiting' AND created_at > $now"
            con.execute(ahead, {"now": naive(now)})
            waiting = [
                alert(row) for row in con.execute(f"SELECT {ALERT} FROM {OUTBOX} WHERE state = 'waiting'").fetchall()
            ]
            waiting.sort(key=lambda a: (a.created_at, a.alert_id))
            subjects = sorted({a.subject_id for a in waiting})
            told = [aware(row) for row in con.execute(_TOLD).fetchall()]
            since = naive(now - REMEMBERED)
            conditional = all_watches(con)
            bursts = subjects if any(w.enough.burst is not None for w in conditional) else []
            counting = {w.watch_id for w in conditional if w.enough.publishers > 1}
            causes = sorted({cause for a in waiting if a.watch_id in counting for cause in a.causes})
            came = [
                (row[0], *aware([row[1]]), aware(row[2] or ()))
                for row in con.execute(_TIMES, [since, bursts]).fetchall()
            ]
            counted = Counted(
                {row[0]: Source(*row) for row in con.execute(SOURCES, [causes]).fetchall()},
                {storyline: times for storyline, _, times in came},
                {storyline: first for storyline, first, _ in came},
                groups(con),
            )
            told_at = {(watch_id, subject): at for watch_id, subject, at in told}
            return Outbox(tuple(waiting), told_at, counted, frozenset(column(con, _HELD)))

    def save_decision(self, decision: Decision) -> None:
        """Fixes which alerts make which message, before the first is sent, and ends those that are never told."""
        with self.transaction() as con:
            insert(con, "private.message", MESSAGE, map(message_row, decision.messages))
            ends = [(i, state.value, reason, None) for i, (state, reason) in decision.ended.items()]
            told = [(i, "told", None, m.message_id) for m in decision.messages for i in m.alert_ids]
            insert(con, "private.alert", "alert_id, state, reason, message_id", [*ends, *told], "update", "alert_id")

    def waiting(self) -> list[Alert]:
        """The alerts that are not told yet, the oldest first."""
        with self.transaction() as con:
            rows = con.execute(
                f"SELECT {ALERT} FROM {OUTBOX} WHERE state = 'waiting' ORDER BY created_at, alert_id"
            ).fetchall()
        return [alert(row) for row in rows]

    def silent(self, since: datetime) -> dict[str, int]:
        """How many reports matched a watch at or after `since` that nobody is told of, by the reason."""
        with self.transaction() as con:
            rows = con.execute(
                """SELECT reason, count(DISTINCT cause) FROM (
                    SELECT reason, unnest(causes) AS cause FROM private.alert WHERE state = 'silent' AND created_at >= ?
                ) GROUP BY reason ORDER BY reason""",
                [naive(since)],
            ).fetchall()
        return dict(rows)


def put_alerts(con: Connection, alerts: Sequence[Alert], there: Collection[str] | None = None) -> None:
    """Stores alerts, in its caller's transaction. One that is stored stays as it is; one whose watch is gone is not.

    With `there`, ids of articles: others are no causes any more, and the id is that of the causes that are left.
    """
    if there is not None:
        alerts = [left for alert in alerts if (left := _left(alert, frozenset(there))).causes]
    if not alerts:
        return
    ids = [a.alert_id for a in alerts]
    stored = set(column(con, "SELECT alert_id FROM private.alert WHERE alert_id IN (SELECT unnest(?::VARCHAR[]))", ids))
    listening = set(column(con, "SELECT watch_id FROM private.watch WHERE NOT paused OR reason IS NOT NULL"))
    new = {a.alert_id: a for a in alerts if a.alert_id not in stored and a.watch_id in listening}
    insert(con, "private.alert", ALERT, map(alert_row, new.values()))


def _left(alert: Alert, there: frozenset[str]) -> Alert:
    """An alert without the causes that a person removed, or that got their verdict elsewhere, in the meantime."""
    causes = tuple(cause for cause in alert.causes if cause in there)
    if causes == alert.causes:
        return alert
    return replace(alert, causes=causes, alert_id=alert_id(alert.watch_id, alert.subject_id, alert.kind, causes))
