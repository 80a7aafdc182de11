"""How an installation stands: decides what of the stored goes into that, and from which file it is read.

Never waits long: where the writer's database is in use, the snapshot answers. Never makes a database.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from storage.database import Connection, Database, clear, migrate, schema_of
from storage.models import Model, stored_model
from storage.rows import aware, naive
from storage.schema import MIGRATIONS
from storage.snapshot import reading, snapshot_path
from storage.verdicts import UNANALYSED
from storywire.alerts import FAILURES
from storywire.errors import BusyError, StorageError
from storywire.masking import masked

PATIENCE = timedelta(seconds=2)
IN_USE = "the database is in use"
OLDER = "the database is of an earlier Storywire: the next run brings it up to date"

ILL = f"NOT paused AND (state = 'gone' OR failures >= {FAILURES} OR len(health) > 0)"
"""Of a feed, as a condition. Failing less often than that is the network's weather."""


@dataclass(frozen=True, slots=True)
class Ran:
    """The last run of a flow in the ledger. Without an end it is under way, or was killed."""

    flow: str
    started_at: datetime
    ended_at: datetime | None
    feeds_polled: int
    feeds_failed: int
    entries_new: int
    articles_new: int  # that it stored, copies included
    kept_new: int  # that it judged and kept, also when a run before stored them
    copies_new: int  # that it judged to be copies


@dataclass(frozen=True, slots=True)
class IllFeed:
    """A feed that is asked and of which something is wrong, with what that is. Secrets are masked."""

    url: str
    title: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored, and what waits.

    `source` is what was read: `database`, `snapshot`, or `nothing`, where there is neither; `why` is why that was not
    the database. `due` counts feeds; of `pending` entries, `later` wait for another attempt. `unjudged` articles have
    no verdict. Alerts `waiting` are in no message; messages are `queued`, or `dead` as they were given up.
    """

    source: str
    why: str | None = None
    feeds: int = 0
    paused: int = 0
    due: int = 0
    next_due_at: datetime | None = None
    ill: tuple[IllFeed, ...] = ()
    pending: int = 0
    later: int = 0
    articles: int = 0
    unjudged: int = 0
    storylines: int = 0
    watches: int = 0
    waiting: int = 0
    queued: int = 0
    dead: int = 0
    runs: tuple[Ran, ...] = ()
    schema: int | None = None
    model: Model | None = None
    targets: Mapping[str, int] = field(default_factory=dict)  # names that watches use, each with how many use it
    ahead: datetime | None = None  # the latest time at which something was seen


def standing(home: Path, now: datetime, patience: timedelta = PATIENCE) -> Standing:
    """How the installation in `home` stands. Where neither file can be read, all is zero and `why` says so."""
    database, why = _Unchanged(home, patience), None
    try:
        if database.path.exists():
            with database.transaction() as con:
                return _read(con, "database", now) if schema_of(con) == len(MIGRATIONS) else Standing("nothing", OLDER)
    except BusyError:
        why = IN_USE
    except PermissionError:
        why = "the database is another user's: ask as that one"
    except StorageError as error:
        why = str(error)
    if snapshot_path(home).exists():
        try:
            with reading(home) as con:
                if schema_of(con) < len(MIGRATIONS):
                    raise StorageError("the snapshot is by an earlier Storywire: the next run publishes it anew")
                return replace(_read(con, "snapshot", now), why=why or "the database is not there")
        except StorageError as error:
            why = "; ".join(filter(None, (why, str(error))))
    return Standing("nothing", why)


class _Unchanged(Database):
    """The writer's database, only to be read: nor is it brought to today's schema."""

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """As it is."""
        self._require_whole()
        try:
            con = duckdb.connect(str(self.path), read_only=True, config={"enable_external_access": False})
        except duckdb.Error as error:
            raise clear(error, self.path, self.home) from error
        with con:
            if schema_of(con) > len(MIGRATIONS):
                migrate(con, self.path)  # which says that it is of a later Storywire, and does nothing
            yield con


def _read(con: Connection, source: str, now: datetime) -> Standing:
    at = {"now": naive(now)}
    counts = {name: con.execute(sql, at if "$now" in sql else {}).fetchall()[0][0] for name, sql in _COUNTS.items()}
    ill = con.execute(_ILL_FEEDS).fetchall()
    return Standing(
        source,
        **counts,
        next_due_at=aware(con.execute(_NEXT_DUE).fetchall()[0])[0],
        ahead=aware(con.execute(_LATEST).fetchall()[0])[0],
        ill=tuple(IllFeed(masked(url), title, tuple(map(masked, reasons))) for url, title, reasons in ill),
        runs=tuple(Ran(*aware(row)) for row in con.execute(_RUNS).fetchall()),
        schema=schema_of(con),
        model=stored_model(con),
        targets=dict(con.execute("SELECT target, count(*) FROM private.watch GROUP BY target ORDER BY ALL").fetchall()),
    )


_ASKED = "private.feed WHERE NOT paused AND state <> 'gone'"
_COUNTS = {
    "feeds": "SELECT count(*) FROM private.feed",
    "paused": "SELECT count(*) FROM private.feed WHERE paused",
    "due": f"SELECT count(*) FROM {_ASKED} AND next_check_at <= $now",
    "pending": "SELECT count(*) FROM private.entry WHERE state = 'pending'",
    "later": "SELECT count(*) FROM private.entry WHERE state = 'pending' AND next_attempt_at > $now",
    "articles": "SELECT count(*) FROM private.article",
    "unjudged": f"SELECT count(*) FROM {UNANALYSED}",
    "storylines": "SELECT count(DISTINCT storyline_id) FROM private.assignment",
    "watches": "SELECT count(*) FROM private.watch",
    "waiting": "SELECT count(*) FROM private.alert WHERE state = 'waiting'",
    "queued": "SELECT count(*) FROM private.message WHERE state = 'queued'",
    "dead": "SELECT count(*) FROM private.message WHERE state = 'dead'",
}
_NEXT_DUE = f"SELECT min(next_check_at) FROM {_ASKED}"
_LATEST = """
SELECT greatest((SELECT max(first_seen_at) FROM private.entry), (SELECT max(started_at) FROM private.run),
    (SELECT max(checked_at) FROM private.feed))"""
_ILL_FEEDS = f"""
SELECT feed_url, title, list_concat(if(failures > 0 OR state = 'gone', [coalesce(reason, state)], []), health)
FROM private.feed WHERE {ILL} ORDER BY state <> 'gone', failures DESC, coalesce(title, feed_url)"""
_RUNS = """
SELECT coalesce(flow, 'ingest') AS flow, started_at, finished_at, coalesce(feeds_polled, 0), coalesce(feeds_failed, 0),
    coalesce(entries_new, 0), coalesce(articles_new, 0), coalesce(kept_new, 0), coalesce(copies_new, 0)
FROM private.run QUALIFY row_number() OVER (PARTITION BY coalesce(flow, 'ingest') ORDER BY started_at DESC) = 1
ORDER BY started_at DESC"""


@dataclass(frozen=True, slots=True)
class Became:
    """What became of an entry."""

    state: str
    reason: str | None
    article_id: str | None


def became(database: Database, entry_ids: list[str]) -> dict[str, Became]:
    """What became of each of these entries that is stored."""
    with database.transaction() as con:
        rows = con.execute(
            """SELECT entry_id, state, reason, article_id FROM private.entry
            WHERE entry_id IN (SELECT unnest(?::VARCHAR[]))""",
            [entry_ids],
        ).fetchall()
    return {entry_id: Became(*rest) for entry_id, *rest in rows}
