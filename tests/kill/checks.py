"""What must hold after a kill, and after the run that follows it. Decides the laws; never runs or kills anything.

Each check returns what is wrong, in words; nothing wrong is an empty list.
"""

import hashlib
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from storage.database import Database
from storage.snapshot import snapshot_path

Table = list[tuple[Any, ...]]

_OWN_CLOCK = {
    "feed": (
        *("added_at", "next_check_at", "checked_at", "succeeded_at"),
        *("brought_at", "read_at", "whole_at", "gap_at"),
    ),
    "entry": ("first_seen_at", "next_attempt_at"),
    "article": ("first_seen_at",),
    "storyline": ("created_at",),
    "log": ("made_at",),
    "paragraph": ("seen_at",),
    "revision": ("replaced_at",),
    "visit": ("visited_at",),
    "origin": ("made_at",),
    "link": ("made_at",),
    "watch": ("created_at",),
    "alert": ("created_at", "delivered_at"),
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
# A page that failed is asked again by the next run; that its one attempt more is counted is right.
_PENDING = ("CASE state WHEN 'pending' THEN 0 ELSE attempts END AS attempts", "NULL AS next_attempt_at")


@dataclass(frozen=True)
class Content:
    """All that an installation holds, so that two can be compared."""

    stored: dict[str, Table]
    published: dict[str, Table]
    delivered: dict[str, dict[str, dict[str, Any]]]  # by file, then by the alert's id
    files: frozenset[str]


def content(home: Path, *, same_instant: bool) -> Content:
    """What `home` holds. Unless all its runs had the same `now`, run ids are left out and our clock cut to the hour."""
    writer, snapshot = Database(home).path, snapshot_path(home)
    return Content(
        _tables(writer, same_instant, outbox=True),
        _tables(snapshot, same_instant, outbox=False),
        {path.name: _cut(received(path), same_instant) for path in sorted(home.glob("*.jsonl"))},
        frozenset(str(p.relative_to(home)) for p in home.rglob("*") if _ours(p, home)),
    )


def _ours(path: Path, home: Path) -> bool:
    return path.is_file() and path.suffix != ".wal" and home / "prefect" not in path.parents


def _tables(path: Path, same_instant: bool, outbox: bool) -> dict[str, Table]:
    """Every column of every private table, which also has DuckDB verify the checksum of every block."""
    found = {}
    with duckdb.connect(str(path), read_only=True) as con:
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'private'").fetchall():
            if table == "run":
                continue  # how often it ran is what differs
            changes = [*_PENDING] if table == "entry" else []
            if not same_instant:
                shown = {change.rpartition(" ")[2] for change in changes}
                clock = [name for name in _OWN_CLOCK.get(table, ()) if name not in shown]
                changes += [f"date_trunc('hour', {name}) AS {name}" for name in clock]
                changes += [f"NULL AS {name}" for name in _RUN_COLUMNS.get(table, ())]
            if table == "alert" and not outbox:  # the snapshot is made before delivery
                changes = [c for c in changes if "delivered_at" not in c] + ["NULL AS delivered_at"]
            replacing = f"REPLACE ({', '.join(changes)})" if changes else ""
            rows = con.execute(f"SELECT * {replacing} FROM private.{table}").fetchall()
            found[table] = sorted(rows, key=repr)
        for (view,) in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
            con.execute(f"FROM {view}").fetchall()
    return found


def received(path: Path) -> dict[str, dict[str, Any]]:
    """What a receiver has that reads whole lines and drops ids that it knows."""
    found: dict[str, dict[str, Any]] = {}
    for line in path.read_text().splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue  # torn by the kill
        found.setdefault(message["alert_id"], message)
    return found


def _cut(messages: dict[str, dict[str, Any]], same_instant: bool) -> dict[str, dict[str, Any]]:
    drop = () if same_instant else ("created_at",)
    return {i: {k: v for k, v in message.items() if k not in drop} for i, message in messages.items()}


def state(home: Path) -> str:
    """A digest of all that the next run will find: what DuckDB reads of its files, and the other files' bytes."""
    found: list[object] = []
    for path in sorted(p for p in home.rglob("*") if p.is_file() and p.suffix not in (".wal", ".lock")):
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
    if expected.delivered != found.delivered:
        yield f"received {_ids(found)}, expected {_ids(expected)}, or the same ids with other words"
    if expected.files != found.files:
        yield f"files lost {set(expected.files - found.files)}, left over {set(found.files - expected.files)}"


def _some(rows: Table) -> str:
    return f"{len(rows)} rows" + (f" such as {str(rows[0])[:120]}" if rows else "")


def _ids(content: Content) -> dict[str, list[str]]:
    return {name: sorted(messages) for name, messages in content.delivered.items()}


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
    "an alert about what is not stored": """FROM (SELECT unnest(article_ids) AS article_id FROM private.alert)
        ANTI JOIN private.article USING (article_id)""",
    "an article told twice to one watch": """FROM
        (SELECT watch_id, unnest(article_ids) AS article_id FROM private.alert)
        GROUP BY watch_id, article_id HAVING count(*) > 1""",
    "an alert not delivered": "FROM private.alert WHERE delivered_at IS NULL",
    "a log with a gap": """FROM (SELECT count(*) AS entries, max(seq) AS last FROM private.log)
        WHERE entries <> coalesce(last, 0)""",
    "a definition not settled": "FROM private.definition WHERE NOT settled",
    "a last run without an end": """FROM private.run WHERE finished_at IS NULL
        AND run_id = (SELECT max(run_id) FROM private.run)""",
    "a run that does not balance": """FROM private.run r WHERE finished_at IS NOT NULL AND pending_before + entries_new
        <> pending + (SELECT count(*) FROM private.entry e WHERE e.settled_run_id = r.run_id)""",
    "a run whose counts are not what is stored": """FROM private.run r WHERE finished_at IS NOT NULL AND
        (entries_new, articles_new, copies_new) <> (
        (SELECT count(*) FROM private.entry e WHERE e.run_id = r.run_id),
        (SELECT count(*) FROM private.article a WHERE a.run_id = r.run_id),
        (SELECT count(*) FROM private.duplicate d WHERE d.run_id = r.run_id))""",
    "pending entries that the last run did not count": """FROM private.run WHERE
        run_id = (SELECT max(run_id) FROM private.run)
        AND pending <> (SELECT count(*) FROM private.entry WHERE state = 'pending')""",
}


def laws(home: Path) -> Iterator[str]:
    """What holds of every installation at rest, whatever happened to it before."""
    with duckdb.connect(str(Database(home).path), read_only=True) as con:
        for name, clause in _LAWS.items():
            rows = con.execute(f"SELECT count(*) FROM (SELECT 1 {clause})").fetchall()
            if rows[0][0]:
                yield f"{name}: {rows[0][0]}"
