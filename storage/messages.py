"""Messages: what goes out at once. Decides what of the stored a message says, and what became of it.

Never decides when something is told, and never sends it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.alertrows import ALERT, MESSAGE, WATCH, alert, message
from storage.database import Connection, Database
from storage.outbox import OUTBOX, SOURCES
from storage.rows import aware, naive
from storage.watches import groups, readable
from storywire.errors import InputError
from storywire.notices import Notice, Section, Told
from storywire.nouns import Precision, Published
from storywire.sources import Source, independent
from storywire.watches import Alert, AlertClass, Message

_LISTED = 200  # reports of one section that are read for a message; all are counted
_REPORTS = f"""
SELECT t.subject_id, t.kind, a.article_id, a.title, a.publisher, a.url, a.published_at, a.published_precision,
    a.published_source, a.first_seen_at, a.language
FROM (SELECT subject_id, kind, unnest(causes) AS article_id FROM {OUTBOX} WHERE message_id = ?) t
JOIN private.article a USING (article_id)
QUALIFY row_number() OVER (
    PARTITION BY t.subject_id ORDER BY least(a.published_at, a.first_seen_at) DESC, a.article_id
) <= {_LISTED}
ORDER BY least(a.published_at, a.first_seen_at) DESC, a.article_id"""


@dataclass(frozen=True, slots=True)
class Tally:
    """The messages of a watch: when the last one arrived, how many failed last, and how many are to be sent."""

    last_sent_at: datetime | None
    failed: int
    queued: int


class Messages(Database):
    """The Store's messages."""

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
            speaker, sections = readable(row), _sections(con, told, alerts)
        return Notice(
            *(told.message_id, speaker.watch_id, speaker.name, told.made_at, sections),
            *(tuple(a.alert_id for a in alerts), speaker.timing.zone),
        )

    def mark_sent(self, message_id: str, now: datetime) -> None:
        """It need not be sent again; the first time stands."""
        with self.transaction() as con:
            con.execute(
                """UPDATE private.message SET state = 'sent', sent_at = ?, attempts = attempts + 1,
                next_attempt_at = NULL, error = NULL WHERE message_id = ? AND state <> 'sent'""",
                [naive(now), message_id],
            )

    def note_attempt(
        self, message_id: str, error: str, again: datetime | None, *, refused: bool = False, held: bool = False
    ) -> None:
        """An attempt failed; without another one, the message is dead, unless it is `held` until a person resumes its
        watch. `refused`: see Message.
        """
        with self.transaction() as con:
            con.execute(
                """UPDATE private.message SET attempts = attempts + 1, error = $error, next_attempt_at = $next,
                refused = $refused, state = if($next::TIMESTAMP IS NULL AND NOT $held, 'dead', 'queued')
                WHERE message_id = $id AND state <> 'sent'""",
                {
                    **{"id": message_id, "error": error, "refused": refused, "held": held},
                    "next": naive(again) if again else None,
                },
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
        chosen = f"""message_id IN (
            SELECT message_id FROM private.message WHERE {"watch_id = $id" if watch_id else "true"}
            ORDER BY made_at DESC, message_id DESC LIMIT $limit)"""
        with self.transaction() as con:
            found = _messages(con, chosen, {"limit": limit} | ({"id": watch_id} if watch_id else {}))
        return found[::-1]

    def message(self, message_id: str) -> Message:
        """The message of that id; InputError if there is none."""
        with self.transaction() as con:
            found = _messages(con, "message_id = $id", {"id": message_id})
        if not found:
            raise InputError(f"there is no message {message_id}; `storywire alerts log` shows all")
        return found[0]

    def tallies(self) -> dict[str, Tally]:
        """What became of the messages of each watch that has some."""
        with self.transaction() as con:
            rows = con.execute(
                """SELECT watch_id, max(sent_at), count(*) FILTER (error IS NOT NULL),
                    count(*) FILTER (state = 'queued') FROM private.message GROUP BY watch_id"""
            ).fetchall()
        return {watch_id: Tally(*rest) for watch_id, *rest in map(aware, rows)}


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
    sources = {row[0]: Source(*row) for row in con.execute(SOURCES, [[c for a in alerts for c in a.causes]]).fetchall()}
    houses = groups(con)
    return tuple(
        _section(_Subject(subject, labels, told), same, reports.get(subject, ()), sources, houses)
        for subject, same in by_subject.items()
    )


@dataclass(frozen=True, slots=True)
class _Subject:
    """A storyline or feed of a message."""

    subject_id: str
    labels: Mapping[str, str]
    told: Message

    def label(self, reports: Sequence[Told]) -> str:
        """What it is called; of a storyline that is no more, its latest report's headline."""
        return self.labels.get(self.subject_id) or (reports[0].title if reports else self.subject_id)


def _section(
    subject: _Subject,
    alerts: Sequence[Alert],
    reports: Sequence[Told],
    sources: Mapping[str, Source],
    houses: Mapping[str, str],
) -> Section:
    counts: dict[AlertClass, set[str]] = {}
    for each in alerts:
        counts.setdefault(each.kind, set()).update(each.causes)
    held = [a for a in alerts if a.created_at < subject.told.began_at]
    met = subject.told.why.get(subject.subject_id)
    why = tuple(dict.fromkeys([*(a.why for a in alerts if a.why), *([met] if met else [])]))
    named = (subject.subject_id, subject.label(reports))
    since = min((a.created_at for a in held), default=None)
    waited = len({cause for a in held for cause in a.causes})
    if AlertClass.ILL in counts:
        faults = tuple(dict.fromkeys(fault for a in alerts for fault in a.causes))
        return Section(*named, faults=faults, held=waited, since=since, why=why)
    of = [sources[i] for kind in counts for i in counts[kind] if i in sources]
    totals = {kind: len(ids) for kind, ids in counts.items()}
    return Section(*named, tuple(reports), (), totals, independent(of, houses), waited, since, why)


def _labels(con: Connection, subjects: Sequence[str]) -> dict[str, str]:
    """What storylines and feeds are called."""
    rows = con.execute(
        """SELECT storyline_id, label FROM private.storyline WHERE storyline_id IN (SELECT unnest($ids::VARCHAR[]))
        UNION ALL SELECT feed_url, coalesce(publisher, title, feed_url) FROM private.feed
        WHERE feed_url IN (SELECT unnest($ids::VARCHAR[]))""",
        {"ids": list(subjects)},
    ).fetchall()
    return dict(rows)
