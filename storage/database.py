"""The writer's file: decides who may open it, and that each use is one transaction of the right schema.

Never knows what is stored in it, and never stays open across other work.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from storage.alertviews import ALERT_VIEWS
from storage.rows import storable
from storage.schema import MIGRATIONS
from storage.views import VIEWS
from storywire.errors import BusyError, DiskError, NewerSchemaError, StorageError

Connection = duckdb.DuckDBPyConnection

STORAGE_VERSION = "v1.5.0"
"""Clients of DuckDB's 1.5 line can open the file; against 2.0's own format it costs nothing (same size, same speed)."""

_CONFIG: dict[str, Any] = {
    "storage_compatibility_version": STORAGE_VERSION,
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
}
_BUGS = (duckdb.ProgrammingError, duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError)
_NOT_OURS = ("not a valid DuckDB database", "Corrupt", "corrupt", "checksum", "different version", "version number")


class Database:
    """The writer's database under `home`. Each method of its subclasses is one transaction under one OS lock.

    `wait` bounds how long to wait for another process that is writing; past it BusyError is raised. All methods may
    raise BusyError, DiskError, NewerSchemaError and StorageError; a transaction that raises has changed nothing.
    """

    def __init__(self, home: Path, wait: timedelta = timedelta(seconds=30)) -> None:
        """Opens nothing yet."""
        self.home = home
        self.wait = wait
        self.private = home / "private"
        self.path = self.private / "writer.duckdb"
        self._migrated = False

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the writer's lock, and turns what the disk and DuckDB say into one clear line."""
        lock = self.private / "writer.lock"
        try:
            self.private.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(lock, timeout=self.wait.total_seconds()):
                yield
        except Timeout:
            raise BusyError(
                f"another process has held {lock} for {self.wait.total_seconds():.0f} s; let it finish, then try again"
            ) from None
        except _BUGS:
            raise
        except (OSError, duckdb.Error) as error:
            raise _clear(error, self.path) from error

    @contextmanager
    def running(self) -> Iterator[None]:
        """Holds the run's lock, so that two runs of one installation never overlap; others read and write meanwhile."""
        with self.held("run.lock", f"another run is under way in {self.home}"):
            yield

    @contextmanager
    def held(self, name: str, otherwise: str) -> Iterator[None]:
        """Holds a lock of this installation; BusyError, which begins with `otherwise`, past the wait."""
        lock = FileLock(self.private / name, timeout=self.wait.total_seconds())
        try:
            self.private.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = lock.acquire()
        except Timeout:
            raise BusyError(f"{otherwise}; it ends by itself, then try again") from None
        except OSError as error:
            raise _clear(error, Path(lock.lock_file)) from error
        with held:
            yield

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """An open connection of the right schema; only inside `locked`."""
        con = duckdb.connect(str(self.path), config=_CONFIG)
        try:
            # Else each close rewrites the last row group of each changed table: 0.7 s at 30,000 articles, against
            # 4 ms. The write-ahead log keeps commits safe; `publish` and DuckDB at 16 MB write them into the file.
            con.execute("PRAGMA disable_checkpoint_on_shutdown")
            if not self._migrated:
                _migrate(con, self.path)
                self._migrated = True
            yield con
        finally:
            con.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The way in for everything that reads or writes: lock, open, one transaction, close."""
        with self.locked(), self.opened() as con, atomic(con):
            yield con


@contextmanager
def atomic(con: Connection) -> Iterator[None]:
    """All of it or nothing."""
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        with suppress(duckdb.Error):  # nothing to roll back when the commit itself failed
            con.rollback()
        raise


def insert(
    con: Connection, table: str, columns: str, rows: Iterable[Sequence[Any]], action: str = "insert", key: str = ""
) -> None:
    """Writes many rows at once; `action` is insert, upsert or update (by `key`).

    DuckDB's appender: 0.09 ms for an article with its vector, against 0.4 by lists and unnest, 0.5 by executemany.
    """
    names = columns.replace(",", " ").split()
    options: dict[str, Any] = {"key": [key]} if key else {}
    with con.appender(table, columns=names, action=action, **options) as appender:  # type: ignore[arg-type]
        appender.append_rows([storable(value) for value in row] for row in rows)


def upsert(
    con: Connection, table: str, columns: str, rows: Iterable[Sequence[Any]], changes: str = "", condition: str = "true"
) -> None:
    """Adds rows; of those whose key is there, only `changes` are changed, and only under the condition."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE said AS SELECT {columns} FROM private.{table} LIMIT 0")
    insert(con, "temp.said", columns, rows)
    sets = ", ".join(f"{name} = excluded.{name}" for name in changes.split(", ") if name)
    con.execute(
        f"INSERT INTO private.{table} ({columns}) SELECT {columns} FROM temp.said "
        f"ON CONFLICT DO {f'UPDATE SET {sets} WHERE {condition}' if sets else 'NOTHING'}"
    )


def column(con: Connection, sql: str, *parameters: Any) -> list[Any]:
    """The first column of a query's result."""
    return [row[0] for row in con.execute(sql, list(parameters)).fetchall()]


def swap_in(fresh: Path, target: Path) -> None:
    """Puts a finished file in the place of another, all at once, and so that it outlives a power cut."""
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    # Nobody writes now, so a log beside the target is of the old file: DuckDB would replay it over the new one.
    target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
    os.replace(fresh, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _migrate(con: Connection, path: Path) -> None:
    version = _version(con)
    if version > len(MIGRATIONS):
        raise NewerSchemaError(
            f"{path} has schema {version}, and this Storywire knows up to {len(MIGRATIONS)}: update Storywire"
        )
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        with atomic(con):
            con.execute(script)
            if number == len(MIGRATIONS):
                _make_views(con)
            con.execute("INSERT OR REPLACE INTO private.meta VALUES ('schema_version', ?)", [str(number)])
        con.execute("CHECKPOINT")  # an ALTER left in the log can make the file impossible to open: duckdb#20543


def _make_views(con: Connection) -> None:
    for name in column(con, "SELECT view_name FROM duckdb_views() WHERE NOT internal"):
        con.execute(f'DROP VIEW "{name}"')
    con.execute(VIEWS + ALERT_VIEWS)


def _version(con: Connection) -> int:
    if not column(con, "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'private' AND table_name = 'meta'"):
        return 0
    return int(column(con, "SELECT value FROM private.meta WHERE key = 'schema_version'")[0])


def _clear(error: Exception, path: Path) -> StorageError:
    """What DuckDB or the system said, as one line for a person."""
    said = " ".join(str(error).split())
    if "Could not set lock" in said or "Conflicting lock" in said:
        return BusyError(
            f"another program has {path} open; query the published snapshot instead, and close it ({said})"
        )
    if any(words in said for words in _NOT_OURS) or isinstance(error, duckdb.InternalException):
        return StorageError(
            f"{path} cannot be read as Storywire's database; put back a copy of it from a backup ({said})"
        )
    return DiskError(f"{path} cannot be read or written; make room or give access, then try again ({said})")
