"""What must hold after a kill, and after the run that follows it. Decides the laws; never runs or kills anything.

Each check returns what is wrong, in words; nothing wrong is an empty list.
"""

import hashlib
import json
import stat
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from storage.copies import BACKUPS, backups_in, verify
from storage.database import Database
from storage.snapshot import snapshot_path
from storywire.errors import StorageError

Table = list[tuple[Any, ...]]

_OWN_CLOCK = {
    "feed": (
        *("added_at", "next_check_at", "checked_at", "succeeded_at"),
        *("brought_at", "read_at", "whole_at", "gap_at"),
    ),
    "entry": ("first_seen_at", "next_attempt_at", "read_before"),
    "article": ("first_seen_at",),
    "storyline": ("created_at",),
    "log": ("made_at",),
    "paragraph": ("seen_at",),
    "revision": ("replaced_at",),
    "visit": ("visited_at",),
    "origin": ("made_at",),
    "link": ("made_at",),
    "watch": ("created_at",),
    "alert": ("created_at",),
}
_RUN_COLUMNS = {
    "feed": ("check_interval", "items_per_day", "on_time", "silence"),  # learnt from the time between looks
    "entry": ("run_id", "settled_run_id"),
    "article": ("run_id",),
    "assignment": ("run_id",),
    "duplicate": ("run_id",),
    "log": ("run_id", "seq"),
    "revision": ("run_id",),
    "origin": ("run_id",),
}
# The id of an alert on a feed is derived from when that was seen to be ill, and that of its message from it.
_OWN_IDS = ("if(kind = 'ill', NULL, alert_id) AS alert_id", "message_id IS NULL AS message_id")
# The snapshot is made before delivery; a later run's has what an earlier one told.
_UNTOLD = ("if(state = 'told', 'waiting', state) AS state", "NULL AS message_id")
# A page that failed is asked again by the next run; that its one attempt more is counted is right.
_PENDING = ("CASE state WHEN 'pending' THEN 0 ELSE attempts END AS attempts", "NULL AS next_attempt_at")


@dataclass(frozen=True)
class Content:
    """All that an installation holds, so that two can be compared."""

    stored: dict[str, Table]
    published: dict[str, Table]
    received: dict[str, dict[str, Any]]  # by file, then by the message's id or by what it tells
    files: frozenset[str]


def content(home: Path, *, same_instant: bool) -> Content:
    """What `home` holds. Unless all its runs had the same `now`, run ids are left out and our clock cut to the hour."""
    writer, snapshot = Database(home).path, snapshot_path(home)
    got = {path.name: received(path) for path in sorted(home.glob("*.jsonl"))}
    return Content(
        _tables(writer, same_instant, outbox=True),
        _tables(snapshot, same_instant, outbox=False),
        got if same_instant else {name: _told(messages, writer) for name, messages in got.items()},
        frozenset(str(p.relative_to(home)) for p in home.rglob("*") if _ours(p, home)),
    )


def _told(messages: dict[str, dict[str, Any]], writer: Path) -> dict[str, Any]:
    """What messages tell in all, however it was put together: how often each change was told to each watch."""
    ids = [i for message in messages.values() for i in message["data"]["alert_ids"]]
    with duckdb.connect(str(writer), read_only=True) as con:
        rows = con.execute("SELECT alert_id, watch_id, subject_id, kind, causes FROM private.alert").fetchall()
    meaning = {row[0]: str(row[1:] if row[3] == "ill" else row) for row in rows}
    return Counter(meaning.get(i, i) for i in ids)


def _ours(path: Path, home: Path) -> bool:
    return path.is_file() and path.suffix != ".wal" and home / "prefect" not in path.parents


def _tables(path: Path, same_instant: bool, outbox: bool) -> dict[str, Table]:
    """Every column of every private table, which also has DuckDB verify the checksum of every block."""
    found = {}
    with duckdb.connect(str(path), read_only=True) as con:
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'private'").fetchall():
            if table == "run" or (table == "message" and not (outbox and same_instant)):
                continue  # how often it ran is what differs; and what was told, receivers have
            changes = [*_PENDING] if table == "entry" else []
            if not same_instant:
                shown = {change.rpartition(" ")[2] for change in changes}
                clock = [name for name in _OWN_CLOCK.get(table, ()) if name not in shown]
                changes += [f"date_trunc('hour', {name}) AS {name}" for name in clock]
                changes += [f"NULL AS {name}" for name in _RUN_COLUMNS.get(table, ())]
            if table == "alert":
                changes += _OWN_IDS[:1] if not same_instant else ()
                changes += _UNTOLD if not outbox else () if same_instant else _OWN_IDS[1:]
            replacing = f"REPLACE ({', '.join(changes)})" if changes else ""
            rows = con.execute(f"SELECT * {replacing} FROM private.{table}").fetchall()
            found[table] = sorted(rows, key=repr)
        views = "SELECT format('{}.{}', schema_name, view_name) FROM duckdb_views() WHERE NOT internal"
        for (view,) in con.execute(views).fetchall():
            con.execute(f"FROM {view}").fetchall()
    return found


def received(path: Path) -> dict[str, dict[str, Any]]:
    """What a receiver has that reads whole lines and drops messages whose id it knows."""
    found: dict[str, dict[str, Any]] = {}
    for message_id, body in _lines(path):
        found.setdefault(message_id, json.loads(body))
    return found


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Each message that came, with its id, in order. A webhook's line also has its header, a file's is the message."""
    for line in path.read_text().splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue  # torn by the kill
        yield (said["id"], said["body"]) if "body" in said else (said["data"]["message_id"], line)


def state(home: Path) -> str:
    """A digest of all that the next run will find: what DuckDB reads of its files, and the other files' bytes."""
    found: list[object] = []
    for path in sorted(p for p in home.rglob("*") if p.is_file() and p.suffix not in (".wal", ".lock", ".seen")):
        found += [str(path.relative_to(home)), _rows(path) if path.suffix == ".duckdb" else path.read_bytes()]
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16]


def _rows(path: Path) -> list[object]:
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            tables = con.execute("SELECT schema_name, table_name, sql FROM duckdb_tables() ORDER BY ALL").fetchall()
            return [
                (table, sorted(map(repr, con.execute(f"FROM {table[0]}.{table[1]}").fetchall()))) for table in tables
            ]
    except duckdb.Error as error:
        return [str(path.stat().st_size), str(error)]


def differences(expected: Content, found: Content) -> Iterator[str]:
    """Where an installation is not what an undisturbed one is."""
    for what in ("stored", "published"):
        one, other = getattr(expected, what), getattr(found, what)
        for table in sorted(one.keys() | other.keys()):
            lost = [row for row in one.get(table, []) if row not in other.get(table, [])]
            extra = [row for row in other.get(table, []) if row not in one.get(table, [])]
            if table == "visit" and not lost:
                continue  # the run that heals is one more, and had one more chance to look at a page again
            if one.get(table) != other.get(table):
                yield f"{what} {table}: lost {_some(lost)}; not expected {_some(extra)}"
    if expected.received != found.received:
        yield f"received {_ids(found)}, expected {_ids(expected)}, or the same with other words"
    if expected.files != found.files:
        yield f"files lost {set(expected.files - found.files)}, left over {set(found.files - expected.files)}"


def _some(rows: Table) -> str:
    return f"{len(rows)} rows" + (f" such as {str(rows[0])[:120]}" if rows else "")


def _ids(content: Content) -> dict[str, list[str]]:
    return {name: sorted(messages) for name, messages in content.received.items()}


def snapshot_whole(home: Path, *, must_exist: bool) -> Iterator[str]:
    """The published snapshot can be opened read-only, every column of every table read; once there, it stays there."""
    path = snapshot_path(home)
    if not path.exists():
        if must_exist:
            yield "the published snapshot is gone"
        return
    if stat.S_IMODE(path.stat().st_mode) != 0o444:
        yield "the published snapshot can be written"
    try:
        tables = _tables(path, same_instant=True, outbox=True)
    except duckdb.Error as error:
        yield f"the published snapshot cannot be read: {error}"
        return
    if not tables:
        yield "the published snapshot is empty"


def old_or_new(home: Path, states: Collection[dict[str, Table]]) -> Iterator[str]:
    """After a command that was killed: the writer's database is whole, and is that of before or that of after.

    And what has a backup's name is one.
    """
    store = Database(home)
    try:
        with store.transaction() as con:  # as the next command opens it
            con.execute("SELECT 1")
        found = _tables(store.path, same_instant=True, outbox=True)
    except (duckdb.Error, StorageError) as error:
        yield f"the writer's database cannot be opened: {error}"
        return
    if found not in states:
        yield "the writer's database is neither the old nor the new one"
    for path in backups_in(home / BACKUPS):
        try:
            verify(path)
        except StorageError as error:
            yield f"half a backup is taken for one: {error}"


_LAWS = {
    "an entry in no state, or in two": """FROM private.entry WHERE state NOT IN
        ('pending', 'stored', 'repeat', 'unusable', 'failed', 'deleted')
        OR (state = 'pending') <> (settled_run_id IS NULL) OR (state = 'stored') <> (article_id IS NOT NULL)""",
    "an entry stored without its article": """FROM private.entry ANTI JOIN private.article USING (article_id)
        WHERE state = 'stored'""",
    "an article of no entry": "FROM private.article ANTI JOIN private.entry USING (article_id)",
    "an article with no verdict, or two": """FROM private.article a WHERE 1 <>
        (SELECT count(*) FROM private.assignment v WHERE v.article_id = a.article_id)
        + (SELECT count(*) FROM private.duplicate d WHERE d.article_id = a.article_id)""",
    "a verdict on no article": "FROM private.assignment ANTI JOIN private.article USING (article_id)",
    "a kept article without its features": "FROM private.assignment ANTI JOIN private.feature USING (article_id)",
    "features of no kept article": "FROM private.feature ANTI JOIN private.assignment USING (article_id)",
    "an assignment to no event": "FROM private.assignment ANTI JOIN private.event USING (event_id, storyline_id)",
    "an event in no storyline": "FROM private.event ANTI JOIN private.storyline USING (storyline_id)",
    "a copy of what is not kept": """FROM private.duplicate d
        WHERE canonical_id NOT IN (SELECT article_id FROM private.assignment)""",
    "an alert about what is not stored": """FROM
        (SELECT split_part(unnest(causes), '#', 1) AS article_id FROM private.alert WHERE kind <> 'ill')
        ANTI JOIN private.article USING (article_id)""",
    "a report that is news twice to one watch": """FROM
        (SELECT watch_id, unnest(causes) AS article_id FROM private.alert
        WHERE kind NOT IN ('ill', 'revision', 'correction')) GROUP BY watch_id, article_id HAVING count(*) > 1""",
    "a kept report that a watch of all news does not know": """FROM private.assignment v, private.watch w
        WHERE w.name = 'everything' AND NOT EXISTS (FROM private.alert a
        WHERE a.watch_id = w.watch_id AND list_contains(a.causes, v.article_id)
        AND a.kind NOT IN ('revision', 'correction'))""",
    "a revision that a watch of all news does not know": """FROM private.revision r, private.watch w
        WHERE w.name = 'everything' AND NOT EXISTS (FROM private.alert a
        WHERE a.watch_id = w.watch_id AND list_contains(a.causes, r.article_id)
        AND a.kind IN ('revision', 'correction'))""",
    "an alert that is told in no message, or in one but not told": """FROM private.alert a
        LEFT JOIN private.message m USING (message_id, watch_id)
        WHERE (a.state = 'told') <> (m.message_id IS NOT NULL) OR (a.message_id IS NULL) <> (m.message_id IS NULL)""",
    "a message without alerts": "FROM private.message ANTI JOIN private.alert USING (message_id)",
    "a message not sent": "FROM private.message WHERE state <> 'sent' OR sent_at IS NULL",
    "a log with a gap": """FROM (SELECT count(*) AS entries, max(seq) AS last FROM private.log)
        WHERE entries <> coalesce(last, 0)""",
    "a definition not settled": "FROM private.definition WHERE NOT settled",
    "a last run without an end": """FROM private.run WHERE finished_at IS NULL
        AND run_id = (SELECT max(run_id) FROM private.run WHERE flow IN ('ingest', 'collect'))""",
    "a run that does not balance": """FROM private.run r WHERE finished_at IS NOT NULL
        AND flow IN ('ingest', 'collect') AND pending_before + entries_new
        <> pending + (SELECT count(*) FROM private.entry e WHERE e.settled_run_id = r.run_id)""",
    "a run whose counts are not what is stored": """FROM private.run r WHERE finished_at IS NOT NULL AND
        (entries_new, articles_new, copies_new) <> (
        (SELECT count(*) FROM private.entry e WHERE e.run_id = r.run_id),
        (SELECT count(*) FROM private.article a WHERE a.run_id = r.run_id),
        (SELECT count(*) FROM private.duplicate d WHERE d.run_id = r.run_id))""",
    "pending entries that the last run did not count": """FROM private.run WHERE
        run_id = (SELECT max(run_id) FROM private.run WHERE flow IN ('ingest', 'collect'))
        AND pending <> (SELECT count(*) FROM private.entry WHERE state = 'pending')""",
}


def laws(home: Path) -> Iterator[str]:
    """What holds of every installation at rest, whatever happened to it before."""
    with duckdb.connect(str(Database(home).path), read_only=True) as con:
        for name, clause in _LAWS.items():
            rows = con.execute(f"SELECT count(*) FROM (SELECT 1 {clause})").fetchall()
            if rows[0][0]:
                yield f"{name}: {rows[0][0]}"
        told = con.execute("SELECT message_id, alert_id FROM private.alert WHERE message_id IS NOT NULL").fetchall()
    yield from _receivers(home, told)


def _receivers(home: Path, told: list[tuple[str, str]]) -> Iterator[str]:
    """A repeat of a message is the same to the byte; receivers have each alert that is told, in one message."""
    came = [line for path in sorted(home.glob("*.jsonl")) for line in _lines(path)]
    bodies: dict[str, set[str]] = {}
    for message_id, body in came:
        bodies.setdefault(message_id, set()).add(body)
    for message_id, versions in bodies.items():
        if len(versions) > 1:
            yield f"message {message_id} came again, and said something else"
    has = [(m, a) for m, versions in bodies.items() for a in json.loads(min(versions))["data"]["alert_ids"]]
    for lost in sorted(set(told) - set(has)):
        yield f"an alert that is lost: {lost[1]} of message {lost[0]}"
    for extra in sorted(set(has) - set(told)):
        yield f"an alert that came and is not noted: {extra[1]} of message {extra[0]}"
    for alert_id, times in Counter(alert_id for _, alert_id in has).items():
        if times > 1:
            yield f"an alert that is told in {times} messages: {alert_id}"
