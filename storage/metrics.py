"""Figures of an installation for its monitoring. Decides how each is counted in the writer's database.

Never changes anything but what opening does, and reads all of it in one short transaction, so that figures agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from storage import witness
from storage.database import Connection, Database, column, schema_of
from storage.rows import aware, naive
from storage.snapshot import snapshot_path
from storage.standing import ILL
from storage.verdicts import UNANALYSED

BOUNDS = (10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)
"""Upper bounds of latencies, in seconds: 10 s to a day, with 30 s and the common intervals of polls between."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long something took, each time. `within` has how many took no longer than each of BOUNDS."""

    count: int
    total: float  # seconds
    within: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits to be done: how much, and for how long the oldest of it; no time where nothing waits."""

    length: int
    age: timedelta


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a flow that ended, and how many ended in all."""

    runs: int
    ended_at: datetime
    took: timedelta


@dataclass(frozen=True, slots=True)
class Figures:
    """An installation in numbers.

    In ordinary use `polls`, `articles`, `kept`, `copies`, `revisions`, the latencies, `model_time` and the counts of
    `runs` only grow. What a person removes, prunes or restores takes some of them back.
    """

    polls: Mapping[str, int]  # by outcome: changed, unchanged, failed, unreached
    entries: Mapping[str, int]  # by state
    articles: int
    kept: int
    copies: Mapping[str, int]  # by kind of duplicate
    revisions: int
    storylines: Mapping[str, int]  # open, closed
    events: int
    touched: int  # storylines that got a report in the last 24 hours
    alerts: Mapping[str, int]  # by state
    messages: Mapping[str, int]  # by state
    feeds: Mapping[str, int]  # by state; `paused` where a person paused it, whatever state it is in
    ill: int  # feeds that are asked, of which `alerts` would tell
    published_to_stored: Latency
    published_to_sent: Latency
    seen_to_sent: Latency
    model_time: timedelta
    queues: Mapping[str, Queue]
    runs: Mapping[str, LastRun]  # by flow
    schema: int
    writer_bytes: int
    snapshot_bytes: int
    published_at: datetime | None  # None: no snapshot yet


def figures(database: Database, now: datetime) -> Figures:
    """The figures as of `now`. Raises what opening a Database raises."""
    at = {"now": naive(now)}
    with database.transaction() as con:
        found: dict[str, Any] = {name: dict(con.execute(sql).fetchall()) for name, sql in _BY.items()}
        found |= {name: column(con, sql)[0] for name, sql in _NUMBERS.items()}
        found |= {name: _latency(con, sql) for name, sql in _LATENCIES.items()}
        touched = con.execute(_TOUCHED, at).fetchall()[0][0]
        queues = {name: Queue(*row) for name, *row in con.execute(_QUEUES, at).fetchall()}
        runs = {flow: LastRun(*aware(row)) for flow, *row in con.execute(_RUNS).fetchall()}
        model_time = timedelta(seconds=column(con, "SELECT coalesce(sum(model_seconds), 0) FROM private.run")[0])
        schema = schema_of(con)
    snapshot = snapshot_path(database.home)
    return Figures(
        **found,
        touched=touched,
        queues=queues,
        runs=runs,
        model_time=model_time,
        schema=schema,
        writer_bytes=_size(database.path) + _size(witness.log_of(database.path)),
        snapshot_bytes=_size(snapshot),
        published_at=_changed_at(snapshot),
    )


def _latency(con: Connection, sql: str) -> Latency:
    within = ", ".join(f"count(*) FILTER (seconds <= {bound})" for bound in BOUNDS)
    sums = f"count(*), coalesce(sum(seconds), 0), {within}"
    count, total, *rest = con.execute(f"SELECT {sums} FROM ({sql})").fetchall()[0]
    return Latency(count, total, tuple(rest))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _changed_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


_BY = {
    # A run of which it is not known how many had changed counts as null, which a sum leaves out.
    "polls": """SELECT unnest(['changed', 'unchanged', 'failed', 'unreached']), unnest([coalesce(sum(feeds_changed), 0),
        coalesce(sum(feeds_unchanged), 0), coalesce(sum(feeds_failed), 0),
        coalesce(sum(feeds_polled - feeds_failed - feeds_changed - feeds_unchanged), 0)])::BIGINT FROM private.run""",
    "entries": "SELECT state, count(*) FROM private.entry GROUP BY state",
    "copies": "SELECT kind, count(*) FROM private.duplicate GROUP BY kind",
    "storylines": """SELECT if(closed, 'closed', 'open'), count(*) FROM private.storyline
        WHERE storyline_id IN (SELECT storyline_id FROM private.assignment) GROUP BY ALL""",
    "alerts": "SELECT state, count(*) FROM private.alert GROUP BY state",
    "messages": "SELECT state, count(*) FROM private.message GROUP BY state",
    "feeds": "SELECT if(paused, 'paused', state), count(*) FROM private.feed GROUP BY ALL",
}
_NUMBERS = {
    "articles": "SELECT count(*) FROM private.article",
    "kept": "SELECT count(*) FROM private.assignment",
    "revisions": "SELECT count(*) FROM private.revision",
    "events": "SELECT count(DISTINCT event_id) FROM private.assignment",
    "ill": f"SELECT count(*) FROM private.feed WHERE {ILL}",
}
_TOUCHED = """
SELECT count(DISTINCT storyline_id) FROM private.assignment JOIN private.article USING (article_id)
WHERE first_seen_at > $now::TIMESTAMP - INTERVAL 1 DAY"""

_DATED = "published_precision IN ('second', 'minute')"
# A first look at a feed lists what came out long before anybody followed it. A time ahead of our clock counts as none.
_STORED = f"""
SELECT greatest(date_diff('microsecond', published_at, finished_at), 0) / 1e6 AS seconds
FROM private.article a JOIN private.run USING (run_id)
WHERE {_DATED} AND finished_at IS NOT NULL
    AND article_id IN (SELECT article_id FROM private.entry WHERE read_before IS NOT NULL)"""
# What changed in an old report is told long after that came out.
_SENT = """
SELECT greatest(date_diff('microsecond', {since}, sent_at), 0) / 1e6 AS seconds
FROM (
    SELECT DISTINCT m.message_id, m.sent_at, unnest(a.causes) AS article_id
    FROM private.alert a JOIN private.message m USING (message_id)
    WHERE m.state = 'sent' AND a.kind NOT IN ('revision', 'correction', 'ill')
) JOIN private.article USING (article_id)
WHERE {which}"""
_LATENCIES = {
    "published_to_stored": _STORED,
    "published_to_sent": _SENT.format(since="published_at", which=_DATED),
    "seen_to_sent": _SENT.format(since="first_seen_at", which="true"),
}
_WAITING: dict[str, tuple[str, str]] = {  # since when each waits, and where it does
    "entries": (
        "coalesce(next_attempt_at, first_seen_at)",
        "private.entry WHERE state = 'pending' AND (next_attempt_at IS NULL OR next_attempt_at <= $now)",
    ),
    "articles": ("first_seen_at", UNANALYSED),
    "alerts": ("created_at", "private.alert WHERE state = 'waiting'"),
    "messages": ("made_at", "private.message WHERE state = 'queued'"),
}
_QUEUES = "\nUNION ALL\n".join(
    f"""SELECT '{name}', count(*), coalesce(greatest($now::TIMESTAMP - min({since}), INTERVAL 0 SECONDS),
    INTERVAL 0 SECONDS) FROM {source}"""
    for name, (since, source) in _WAITING.items()
)
_RUNS = """
SELECT coalesce(flow, 'ingest'), count(*), max(finished_at), arg_max(finished_at - started_at, finished_at)
FROM private.run WHERE finished_at IS NOT NULL GROUP BY ALL"""
