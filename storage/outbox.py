"""Alerts and messages. Decides what of the stored goes into a decision on alerts, and into a message.

Never decides when something is told, and never sends it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from storage.database import Connection, Database, column, insert
from storage.rows import ALERT, MESSAGE, WATCH, alert, alert_row, aware, message, message_row, naive, watch
from storage.watches import groups
from storywire.notices import Notice, Section, Told
from storywire.nouns import Precision, Published
from storywire.sources import Source, independent
from storywire.telling import Decision, Outbox
from storywire.watches import COVERAGE, Alert, AlertClass, Message

REMEMBERED = timedelta(days=35)
"""How far back the reports of a storyline are read for what is usual; `bursts` needs 29 days."""
_LISTED = 200  # reports of one section that are read for a message; all are counted

# What a person or the machine merged since is told as what it is part of now.
OUTBOX = """(
    SELECT a.* REPLACE (coalesce(s.merged_into, a.subject_id) AS subject_id)
    FROM private.alert a LEFT JOIN private.storyline s ON s.storyline_id = a.subject_id
)"""
_SOURCES = """
SELECT a.article_id, a.publisher, a.url, d.canonical_id
FROM private.article a LEFT JOIN private.duplicate d USING (article_id)
WHERE a.article_id IN (SELECT unnest(?::VARCHAR[]))"""
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
_REPORTS = f"""
SELECT t.subject_id, t.kind, a.article_id, a.title, a.publisher, a.url, a.published_at, a.published_precision,
    a.published_source, a.first_seen_at, a.language
FROM (SELECT subject_id, kind, unnest(causes) AS article_id FROM {OUTBOX} WHERE message_id = ?) t
JOIN private.article a USING (article_id)
QUALIFY row_number() OVER (
    PARTITION BY t.subject_id ORDER BY least(a.published_at, a.first_seen_at) DESC, a.article_id
) <= {_LISTED}
ORDER BY least(a.published_at, a.first_seen_at) DESC, a.article_id"""


class Outboxes(Database):
    """The Store's alerts and messages."""

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Held by whoever decides on alerts and sends messages, so that no two send the same one."""
        with self.held("deliver.lock", "another process is sending alerts"):
            yield

    def outbox(self, now: datetime) -> Outbox:
        """What waits, with what it takes to decide on it."""
        with self.transaction() as con:
            waiting = [
                alert(row) for row in con.execute(f"SELECT {ALERT} FROM {OUTBOX} WHERE state = 'waiting'").fetchall()
            ]
            waiting.sort(key=lambda a: (a.created_at, a.alert_id))
            subjects = sorted({a.subject_id for a in waiting})
            told = [aware(row) for row in con.execute(_TOLD).fetchall()]
            since = naive(now - REMEMBERED)
            conditional = [watch(row) for row in con.execute(f"SELECT {WATCH} FROM private.watch").fetchall()]
            bursts = subjects if any(w.enough.burst is not None for w in conditional) else []
            counted = {w.watch_id for w in conditional if w.enough.publishers > 1}
            causes = sorted({cause for a in waiting if a.watch_id in counted for cause in a.causes})
            came = [
                (row[0], *aware([row[1]]), aware(row[2] or ()))
                for row in con.execute(_TIMES, [since, bursts]).fetchall()
            ]
            return Outbox(
                waiting=tuple(waiting),
                told_at={(watch_id, subject): at for watch_id, subject, at in told},
                sources={row[0]: Source(*row) for row in con.execute(_SOURCES, [causes]).fetchall()},
                times={storyline: times for storyline, _, times in came},
                began={storyline: first for storyline, first, _ in came},
                groups=groups(con),
            )

    def save_decision(self, decision: Decision) -> None:
        """Fixes which alerts make which message, before the first is sent, and ends those that are never told."""
        with self.transaction() as con:
            insert(con, "private.message", MESSAGE, map(message_row, decision.messages))
            ends = [(i, state.value, reason, None) for i, (state, reason) in decision.ended.items()]
            told = [(i, "told", None, m.message_id) for m in decision.messages for i in m.alert_ids]
            insert(con, "private.alert", "alert_id, state, reason, message_id", [*ends, *told], "update", "alert_id")

    def due_messages(self, now: datetime) -> list[Message]:
        """The messages to send now, the oldest first; those of paused watches wait.

        One that is due again in the far future is due now: the clock was wrong.
        """
        with self.transaction() as con:
            return _messages(
                con,
                """state = 'queued' AND (next_attempt_at IS NULL OR next_attempt_at NOT BETWEEN $now + INTERVAL 1
                MICROSECOND AND $now + INTERVAL 30 HOURS) AND watch_id IN (
                    SELECT watch_id FROM private.watch WHERE NOT paused)""",
                {"now": naive(now)},
            )

    def notice(self, told: Message) -> Notice | None:
        """What a message says; None if nothing is left of it, as a person removed its watch or its reports."""
        with self.transaction() as con:
            row = con.execute(f"SELECT {WATCH} FROM private.watch WHERE watch_id = ?", [told.watch_id]).fetchone()
            sql = f"SELECT {ALERT} FROM {OUTBOX} WHERE message_id = ? ORDER BY created_at, alert_id"
            alerts = [alert(each) for each in con.execute(sql, [told.message_id]).fetchall()]
            if row is None or not alerts:
                return None
            speaker, sections = watch(row), _sections(con, told, alerts)
        return Notice(
            *(told.message_id, speaker.watch_id, speaker.name, told.made_at, sections),
            *(tuple(a.alert_id for a in alerts), told.why, speaker.timing.zone),
        )

    def mark_sent(self, message_id: str, now: datetime) -> None:
        """It need not be sent again; the first time stands."""
        with self.transaction() as con:
            con.execute(
                """UPDATE private.message SET state = 'sent', sent_at = ?, attempts = attempts + 1,
                next_attempt_at = NULL, error = NULL WHERE message_id = ? AND state <> 'sent'""",
                [naive(now), message_id],
            )

    def note_attempt(self, message_id: str, error: str, next_attempt_at: datetime | None) -> None:
        """An attempt failed; without another one, the message is dead."""
        with self.transaction() as con:
            con.execute(
                """UPDATE private.message SET attempts = attempts + 1, error = $error, next_attempt_at = $next,
                state = if($next::TIMESTAMP IS NULL, 'dead', 'queued') WHERE message_id = $id AND state <> 'sent'""",
                {"id": message_id, "error": error, "next": naive(next_attempt_at) if next_attempt_at else None},
            )

    def bury_message(self, message_id: str, reason: str) -> None:
        """There is nothing left to send."""
        with self.transaction() as con:
            con.execute(
                "UPDATE private.message SET state = 'dead', error = ?, next_attempt_at = NULL WHERE message_id = ?",
                [reason, message_id],
            )

    def retry_messages(self, message_id: str | None = None) -> int:
        """Queues dead messages anew, or that one, also before its time; returns how many."""
        chosen = "state = 'dead'" if message_id is None else "message_id = $id AND state <> 'sent'"
        with self.transaction() as con:
            sql = f"""UPDATE private.message SET state = 'queued', attempts = 0, next_attempt_at = NULL
                WHERE {chosen} RETURNING message_id"""
            return len(con.execute(sql, {"id": message_id} if message_id else {}).fetchall())

    def messages(self, limit: int, watch_id: str | None = None) -> list[Message]:
        """The latest messages, the latest first, of one watch or of all."""
        with self.transaction() as con:
            condition = "watch_id = $id" if watch_id else "true"
            found = _messages(con, condition, {"id": watch_id} if watch_id else {})
        return found[::-1][:limit]

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

    With `there`, ids of articles: an alert that names another one is dropped whole, as its id is that of its causes.
    """
    if not alerts:
        return
    ids, there_all = [a.alert_id for a in alerts], set(there or ())
    stored = set(column(con, "SELECT alert_id FROM private.alert WHERE alert_id IN (SELECT unnest(?::VARCHAR[]))", ids))
    open_watches = set(column(con, "SELECT watch_id FROM private.watch WHERE NOT paused"))
    new = {
        a.alert_id: a
        for a in alerts
        if a.alert_id not in stored and a.watch_id in open_watches and (there is None or there_all.issuperset(a.causes))
    }
    insert(con, "private.alert", ALERT, map(alert_row, new.values()))


def _messages(con: Connection, condition: str, parameters: Mapping[str, object]) -> list[Message]:
    rows = con.execute(
        f"SELECT {MESSAGE} FROM private.message WHERE {condition} ORDER BY made_at, message_id", dict(parameters)
    ).fetchall()
    of: dict[str, list[str]] = {row[0]: [] for row in rows}
    sql = """SELECT message_id, alert_id FROM private.alert WHERE message_id IN (SELECT unnest(?::VARCHAR[]))
        ORDER BY alert_id"""
    for message_id, alert_id in con.execute(sql, [list(of)]).fetchall():
        of[message_id].append(alert_id)
    return [message(row, of[row[0]]) for row in rows]


def _sections(con: Connection, told: Message, alerts: Sequence[Alert]) -> tuple[Section, ...]:
    """What is told of each subject, in the order in which its first alert came."""
    reports: dict[str, list[Told]] = {}
    for subject, kind, article_id, title, publisher, url, *published, seen, language in map(
        aware, con.execute(_REPORTS, [told.message_id]).fetchall()
    ):
        at, precision, source = published
        when = Published(at, Precision(precision), source)
        one = Told(article_id, AlertClass(kind), title, publisher, url, when, seen, language)
        reports.setdefault(subject, []).append(one)
    labels = _labels(con, sorted({a.subject_id for a in alerts}))
    by_subject: dict[str, list[Alert]] = {}
    for each in alerts:
        by_subject.setdefault(each.subject_id, []).append(each)
    sources = {
        row[0]: Source(*row) for row in con.execute(_SOURCES, [[c for a in alerts for c in a.causes]]).fetchall()
    }
    houses = groups(con)
    return tuple(
        _section(subject, labels.get(subject, subject), same, reports.get(subject, ()), sources, houses, told.made_at)
        for subject, same in by_subject.items()
    )


def _section(
    subject: str,
    label: str,
    alerts: Sequence[Alert],
    reports: Sequence[Told],
    sources: Mapping[str, Source],
    houses: Mapping[str, str],
    made_at: datetime,
) -> Section:
    counts: dict[AlertClass, set[str]] = {}
    for each in alerts:
        counts.setdefault(each.kind, set()).update(each.causes)
    held = [a for a in alerts if a.created_at < made_at]
    why = tuple(dict.fromkeys(a.why for a in alerts if a.why))
    since = min((a.created_at for a in held), default=None)
    waited = len({cause for a in held for cause in a.causes})
    if AlertClass.ILL in counts:
        faults = tuple(dict.fromkeys(fault for a in alerts for fault in a.causes))
        return Section(subject, label, faults=faults, held=waited, since=since, why=why)
    of = [
        sources[i]
        for kind in counts
        if kind in COVERAGE or kind is AlertClass.REPRINT
        for i in counts[kind]
        if i in sources
    ]
    totals = {kind: len(ids) for kind, ids in counts.items()}
    return Section(subject, label, tuple(reports), (), totals, independent(of, houses), waited, since, why)


def _labels(con: Connection, subjects: Sequence[str]) -> dict[str, str]:
    """What storylines and feeds are called."""
    rows = con.execute(
        """SELECT storyline_id, label FROM private.storyline WHERE storyline_id IN (SELECT unnest($ids::VARCHAR[]))
        UNION ALL SELECT feed_url, coalesce(publisher, title, feed_url) FROM private.feed
        WHERE feed_url IN (SELECT unnest($ids::VARCHAR[]))""",
        {"ids": list(subjects)},
    ).fetchall()
    return dict(rows)
