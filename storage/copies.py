"""Whole copies of the writer's database: backups and the published snapshot. Decides which file is a good one.

Never writes one.
"""

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from storage.database import PUBLISHED, Connection, clear, line, schema_of
from storage.schema import MIGRATIONS
from storywire.errors import NewerSchemaError, StorageError

Content = dict[tuple[str, str], tuple[int, int | None]]
"""By schema and table: how many rows there are, and what they come to; the order of rows does not matter."""
BACKUPS = "backups"
"""The folder of backups, where no other is given."""
_NAME = re.compile(r"storywire-[0-9]{8}T[0-9]{6}Z\.duckdb")
_READ_ONLY: dict[str, Any] = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
}


def verify(path: Path) -> int:
    """Reads every column of every table of a copy, by which DuckDB checks each block; returns how many articles it has.

    Raises StorageError where it is damaged or no database of Storywire, and NewerSchemaError.
    """
    try:
        if not path.is_file():
            raise StorageError(f"there is no file {path}")
        with duckdb.connect(str(path), read_only=True, config=_READ_ONLY) as con:
            version = schema_of(con)
            if version > len(MIGRATIONS):
                raise NewerSchemaError(
                    f"{path} has schema {version}, and this Storywire knows up to {len(MIGRATIONS)}: update Storywire"
                )
            if not version:
                raise StorageError(f"{path} is no database of Storywire")
            return _content(con)["private", "article"][0]
    except OSError as error:
        raise clear(error, path) from error
    except duckdb.Error as error:
        raise StorageError(f"{path} is damaged ({line(error)})") from error


def content(path: Path) -> Content:
    """What a copy holds, so that two can be compared. Raises duckdb.Error."""
    with duckdb.connect(str(path), read_only=True, config=_READ_ONLY) as con:
        return _content(con)


def _content(con: Connection) -> Content:
    tables = con.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
    # A mere count would not read the columns.
    sum_up = 'SELECT count(*), sum(hash(said)::HUGEINT) FROM "{}"."{}" said'
    return {(schema, table): con.execute(sum_up.format(schema, table)).fetchall()[0] for schema, table in tables}


def backups_in(folder: Path) -> list[Path]:
    """The backups in a folder, the oldest first: their names have their times."""
    return sorted(path for path in folder.glob("storywire-*.duckdb") if _NAME.fullmatch(path.name))


def last_good(home: Path) -> Path | None:
    """The newest copy of an installation that can be read from its beginning to its end; None without one."""
    return next((path for path in _newest_first(home) if _good(path)), None)


def way_back(home: Path) -> str:
    """What to do about a damaged database."""
    if (found := last_good(home)) is None:
        return (
            "no backup and no snapshot can be read either; with a copy from elsewhere: storywire restore FILE; "
            f"to begin anew, move {home / 'private'} away"
        )
    made = datetime.fromtimestamp(found.stat().st_mtime, UTC)
    command = f"storywire restore {shlex.quote(str(found))}"
    return f"the newest good copy is of {made:%Y-%m-%d %H:%M} UTC, put it back with: {command}"


def _newest_first(home: Path) -> Iterator[Path]:
    there = [path for path in (*backups_in(home / BACKUPS), home / PUBLISHED) if path.is_file()]
    yield from sorted(there, key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _good(path: Path) -> bool:
    try:
        verify(path)
    except StorageError:
        return False
    return True
