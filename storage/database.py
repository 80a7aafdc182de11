"""The writer's file: decides who may open it, and that each use is one transaction of the right schema.

Never knows what is stored in it, and never stays open across other work.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from storage import witness
from storage.alertviews import ALERT_VIEWS
from storage.figures import FIGURES
from storage.questions import QUESTIONS
from storage.rows import storable
from storage.schema import COMPRESSED_ANEW, MIGRATIONS
from storage.searchmacros import SEARCH_MACROS
from storage.views import VIEWS
from storywire.errors import BusyError, DiskError, NewerSchemaError, StorageError, UnderWay

Connection = duckdb.DuckDBPyConnection

PUBLISHED = "storywire.duckdb"
"""The published snapshot, in the folder of the installation."""
BEFORE_MIGRATION = "before-migration.duckdb"
"""In the private folder: the database as it was before its last migration."""

STORAGE_VERSION = "v1.5.0"
"""Clients of DuckDB's 1.5 line can open the file; against 2.0's own format it costs nothing (same size, same speed)."""

LOSES_UPDATES = "dict_fsst"
"""DuckDB 2.0.0, in files of 1.5's format: a null that a checkpoint wrote in this compression stays null whatever it is
updated to, now and then, without an error. Found by the soak; tests/storage/test_storage_updates.py has it."""

_CONFIG: dict[str, Any] = {
    "storage_compatibility_version": STORAGE_VERSION,
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
}
_PUBLIC = (VIEWS, ALERT_VIEWS, QUESTIONS, FIGURES, SEARCH_MACROS)  # in this order: later ones name earlier ones
_MACROS = "SELECT DISTINCT function_name, function_type FROM duckdb_functions() WHERE NOT internal"
_BUGS = (duckdb.ProgrammingError, duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError)
_BROKEN = (duckdb.InternalException, duckdb.FatalException, duckdb.SerializationException)
_NO_ROOM = ("No space left", "Could not write", "Disk quota", "File too large", "Read-only file system")
_NOT_OURS = (
    *("not a valid DuckDB database", "Corrupt", "corrupt", "checksum", "different version", "version number"),
    *("not read enough bytes", "replaying WAL", "WAL file", "deserialize", "Deserialization", "Serialization"),
    *("This WAL was created", "checkpoint iteration"),  # a log of another state of the file
)


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
            raise clear(error, self.path, self.home) from error

    @contextmanager
    def running(self) -> Iterator[None]:
        """Held by a whole run, so that two of one installation never overlap; others read and write meanwhile."""
        with self.collecting(), self.updating():
            yield

    @contextmanager
    def collecting(self, wait: timedelta | None = None) -> Iterator[None]:
        """Held by whoever asks feeds and fetches pages, so that no host is asked twice."""
        with self.held("collect.lock", f"another run is collecting in {self.home}", wait):
            yield

    @contextmanager
    def updating(self, wait: timedelta | None = None) -> Iterator[None]:
        """Held by whoever gives verdicts or decides on storylines, so that none undoes what another does."""
        with self.held("update.lock", f"another run is updating storylines in {self.home}", wait):
            yield

    @contextmanager
    def held(self, name: str, otherwise: str, wait: timedelta | None = None) -> Iterator[None]:
        """Holds a lock of this installation; UnderWay, which begins with `otherwise`, past the wait."""
        lock = FileLock(self.private / name, timeout=(self.wait if wait is None else wait).total_seconds())
        try:
            self.private.mkdir(mode=0o700, parents=True, exist_ok=True)
            held = lock.acquire()
        except Timeout:
            raise UnderWay(f"{otherwise}; it ends by itself, then try again") from None
        except OSError as error:
            raise clear(error, Path(lock.lock_file)) from error
        with held:
            yield

    @contextmanager
    def opened(self) -> Iterator[Connection]:
        """An open connection of the right schema; only inside `locked`. StorageError where what was stored is gone."""
        self._require_whole()
        killed = witness.unnoted(self.path)  # before DuckDB has the file, as reading it gives up DuckDB's lock
        con = self._connect()
        try:
            if killed:  # by a commit, as without one in the log DuckDB would leave half of one where it is
                con.execute("BEGIN; CREATE SCHEMA healed; DROP SCHEMA healed; COMMIT; CHECKPOINT")
            if not self._migrated:
                if _holds_older(con):
                    con.execute("CHECKPOINT")
                    con.close()  # closing another handle of the file would give up DuckDB's lock on it
                    self._keep_older()
                    con = self._connect()
                migrate(con, self.path)
                self._migrated = True
            yield con
        finally:
            con.close()
        witness.note(self.path)

    def _connect(self) -> Connection:
        try:
            con = duckdb.connect(str(self.path), config=_CONFIG)
        except _BUGS as error:  # of what DuckDB reads here, nothing is by us but the file
            raise _damaged(error, self.path, self.home) from error
        # Else each close rewrites the last row group of each changed table: 0.7 s at 30,000 articles, against
        # 4 ms. The write-ahead log keeps commits safe; `publish` and DuckDB at 16 MB write them into the file.
        con.execute("PRAGMA disable_checkpoint_on_shutdown")
        keep_updates(con)
        return con

    def _require_whole(self) -> None:
        """A database that is gone would be made anew, and one whose log is gone would go on without what was in it."""
        lost = witness.lost(self.path)
        if lost is None and not self.path.exists() and (self.home / PUBLISHED).exists():
            lost = "it is gone, though there is a published snapshot of it"
        if lost:
            raise _damaged(lost, self.path, self.home)

    def _keep_older(self) -> None:
        """Copies the database as it is before it is migrated; what was kept before an earlier migration goes."""
        kept = self.private / BEFORE_MIGRATION
        fresh = kept.with_suffix(".new")
        shutil.copyfile(self.path, fresh)
        swap_in(fresh, kept)

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


def keep_updates(con: Connection) -> None:
    """For each connection that writes a file which is updated later. As an option of `connect` it has no effect."""
    con.execute(f"SET disabled_compression_methods = '{LOSES_UPDATES}'")


def column(con: Connection, sql: str, *parameters: Any) -> list[Any]:
    """The first column of a query's result."""
    return [row[0] for row in con.execute(sql, list(parameters)).fetchall()]


def swap_in(fresh: Path, target: Path) -> None:
    """Puts a finished file in the place of another, all at once, and so that it outlives a power cut."""
    sync(fresh)
    # Nobody writes now, so a log beside the target is of the old file: DuckDB would replay it over the new one.
    witness.log_of(target).unlink(missing_ok=True)
    os.replace(fresh, target)
    sync(target.parent)
    # Last: until the new file is there, the note says that the old one had a log.
    witness.witness_of(target).unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Makes what was written to a file, or renamed in a folder, outlive a power cut."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def migrate(con: Connection, path: Path) -> None:
    """Brings an open database to today's schema. NewerSchemaError where it is of a later one."""
    version = schema_of(con)
    if version > len(MIGRATIONS):
        raise NewerSchemaError(
            f"{path} has schema {version}, and this Storywire knows up to {len(MIGRATIONS)}: update Storywire"
        )
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        with atomic(con):
            con.execute(script)
            if number == COMPRESSED_ANEW:
                _compress_anew(con)
            if number == len(MIGRATIONS):
                make_views(con)
            con.execute("INSERT OR REPLACE INTO private.meta VALUES ('schema_version', ?)", [str(number)])
        con.execute("CHECKPOINT")  # an ALTER left in the log can make the file impossible to open: duckdb#20543


def _compress_anew(con: Connection) -> None:
    """Has the next checkpoint write all texts that may be null anew, none as LOSES_UPDATES."""
    nullable = """SELECT table_name, column_name FROM duckdb_columns()
        WHERE schema_name = 'private' AND data_type = 'VARCHAR' AND is_nullable"""
    for table, name in con.execute(nullable).fetchall():
        con.execute(f'ALTER TABLE private."{table}" ALTER "{name}" TYPE VARCHAR USING "{name}" || \'\'')


def _holds_older(con: Connection) -> bool:
    """Whether a database of an earlier schema has articles."""
    return 0 < schema_of(con) < len(MIGRATIONS) and bool(column(con, "SELECT 1 FROM private.article LIMIT 1"))


def make_views(con: Connection) -> None:
    """All that the public schema is made of, anew: none of it holds data. Macros name views, and are bound later."""
    for name, kind in con.execute(_MACROS).fetchall():
        con.execute(f'DROP MACRO{" TABLE" if kind == "table_macro" else ""} "{name}"')
    for schema, name in con.execute("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal").fetchall():
        con.execute(f'DROP VIEW "{schema}"."{name}"')
    for script in _PUBLIC:
        con.execute(script)


def schema_of(con: Connection) -> int:
    """The number of the last migration that a database has had; 0: it has none of our tables."""
    if not column(con, "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'private' AND table_name = 'meta'"):
        return 0
    return int(column(con, "SELECT value FROM private.meta WHERE key = 'schema_version'")[0])


def clear(error: Exception, path: Path, home: Path | None = None) -> StorageError:
    """What DuckDB or the system said of a file, as one line for a person; of a damaged one in `home`, the way back."""
    said = line(error)
    if "Could not set lock" in said or "Conflicting lock" in said:
        return BusyError(
            f"another program has {path} open; query the published snapshot instead, and close it ({said})"
        )
    full = any(words in said for words in _NO_ROOM)  # which DuckDB tells as a fatal error where it was writing
    if not full and (any(words in said for words in _NOT_OURS) or isinstance(error, _BROKEN)):
        return _damaged(error, path, home)
    return DiskError(f"{path} cannot be read or written; make room or give access, then try again ({said})")


def line(error: object) -> str:
    """What was said, without line breaks."""
    return " ".join(str(error).split())


def _damaged(error: object, path: Path, home: Path | None) -> StorageError:
    from storage.copies import way_back  # only now: copies are opened by what is here

    back = f"; {way_back(home)}" if home else ""
    return StorageError(f"{path} cannot be read as Storywire's database: {line(error)}{back}")
