"""The way out: all that is stored, or what is public of it, as Parquet files with a manifest.

Decides how each type stands there, so that it comes back exactly. Never leaves half an export under its name.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

import storywire
from storage.database import Connection, Database, clear, column, sync
from storage.rewriting import drop
from storage.snapshot import snapshot_path
from storywire.errors import DiskError, InputError
from storywire.manifest import MANIFEST, Manifest, Table, written
from storywire.spreadsheet import csv_line

PLAIN: dict[str, Any] = {"autoload_known_extensions": False, "autoinstall_known_extensions": False}
AS_TEXT = frozenset({"INTERVAL", "HUGEINT", "UHUGEINT"})
"""Types that are text in the files: Parquet's intervals have milliseconds and no sign, and DuckDB writes integers of
128 bits there as DOUBLE (seen in 2.0.0).
"""
EXPORTED = "export.duckdb"
"""In the private folder: what is exported, until it is open."""
_CHUNK = 1000  # rows in memory at once
_Writer = Callable[[Connection, str, dict[str, str], Path], Table]
_COLUMNS = """
SELECT table_name, column_name, data_type
FROM duckdb_columns() c LEFT JOIN duckdb_views() v
    ON v.view_name = c.table_name AND v.schema_name = c.schema_name AND v.database_name = c.database_name
WHERE c.database_name = ? AND c.schema_name = ? AND (v.view_name IS NOT NULL) = (c.schema_name = 'main')
ORDER BY table_name, column_index
"""


def export_tables(database: Database, target: Path, now: datetime) -> Manifest:
    """Writes each private table of the writer's file to a new folder `target`, with a manifest.

    InputError unless `target` is new or an empty folder; DiskError where it cannot be written. The writer's lock is
    held only while its file is copied, so an export of any length keeps no run waiting.
    """
    if not database.path.exists():
        raise InputError(f"nothing is stored in {database.home} yet: run `storywire run` first")
    try:
        with (
            database.held("export.lock", "another export is under way"),
            _folder(target) as fresh,
            _copy(database) as con,
        ):
            return _export(con, "private", fresh, "tables", now, _write)
    except duckdb.Error as error:  # what is damaged may be read by nothing else
        raise clear(error, database.path, database.home) from error


def export_views(home: Path, target: Path, now: datetime, *, as_csv: bool = False) -> Manifest:
    """Writes each public view of the published snapshot, as `export_tables` does with tables.

    As CSV no cell begins a formula in a spreadsheet: such a one has a ' before it.
    """
    path = snapshot_path(home)
    if not path.exists():
        raise InputError(f"there is no {path} yet: run `storywire run` first")
    with _folder(target) as fresh, _attached(path) as con:
        return _export(con, "main", fresh, "views", now, _write_csv if as_csv else _write)


def described(con: Connection, database: str, schema: str) -> dict[str, dict[str, str]]:
    """The columns, with their types, of each table of the schema `private`, or of each public view of `main`."""
    found: dict[str, dict[str, str]] = {}
    for table, name, kind in con.execute(_COLUMNS, [database, schema]).fetchall():
        found.setdefault(table, {})[name] = kind
    return found


def portable(columns: dict[str, str]) -> str:
    """The columns as they stand in Parquet, to be selected."""
    return ", ".join(f'"{name}"' + (f'::VARCHAR AS "{name}"' if t in AS_TEXT else "") for name, t in columns.items())


def quoted(path: Path) -> str:
    """A path as a literal of SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _copy(database: Database) -> Iterator[Connection]:
    """A copy of the writer's file, as it is now, that nobody else sees and that is gone with the process."""
    copy = database.private / EXPORTED
    with ExitStack() as attached:
        with database.locked():
            try:
                with database.opened() as con:
                    con.execute("CHECKPOINT")
                shutil.copyfile(database.path, copy)
                con = attached.enter_context(_attached(copy))
            finally:
                drop(copy)  # it is open, so it can still be read; it goes when that ends, or a kill
        yield con


@contextmanager
def _attached(path: Path) -> Iterator[Connection]:
    with duckdb.connect(config=PLAIN) as con:
        con.execute(f"ATTACH {quoted(path)} AS source (READ_ONLY)")
        con.begin()
        yield con


@contextmanager
def _folder(target: Path) -> Iterator[Path]:
    """A folder beside the target, which takes its place when all is written; only its owner can look into it."""
    if target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
        raise InputError(f"{target} is there already: give a new folder, or an empty one")
    place, fresh = target.resolve(), None  # "." has no name of its own
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".new", dir=place.parent))
        yield fresh
        sync(fresh)
        os.replace(fresh, place)
        sync(place.parent)
    except (OSError, duckdb.IOException) as error:
        said = " ".join(str(error).split())
        raise DiskError(f"{target} cannot be written; make room or give access, then try again ({said})") from error
    finally:
        if fresh:
            shutil.rmtree(fresh, ignore_errors=True)


def _export(con: Connection, schema: str, folder: Path, what: str, now: datetime, write: _Writer) -> Manifest:
    meta = dict(con.execute("SELECT key, value FROM source.private.meta").fetchall())
    found = described(con, "source", schema).items()
    tables = tuple(write(con, f"source.{schema}.{name}", columns, folder) for name, columns in found)
    model = {"name": meta["model_name"], "digest": meta["model_digest"]} if "model_name" in meta else None
    made_at = now.astimezone(UTC).isoformat()
    made = Manifest(what, storywire.__version__, int(meta["schema_version"]), made_at, model, tables)
    (folder / MANIFEST).write_text(written(made), "utf-8")
    sync(folder / MANIFEST)
    return made


def _write(con: Connection, table: str, columns: dict[str, str], folder: Path) -> Table:
    """One table in the order of its rows, which some of them rely on."""
    name = table.rpartition(".")[2]
    path = folder / f"{name}.parquet"
    sql = f"COPY (SELECT {portable(columns)} FROM {table}) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)"
    [rows] = column(con, sql)
    sync(path)
    return Table(name, path.name, rows, digest_of(path), columns)


def _write_csv(con: Connection, table: str, columns: dict[str, str], folder: Path) -> Table:
    name, rows = table.rpartition(".")[2], 0
    path = folder / f"{name}.csv"
    found = con.execute(f"FROM {table}")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(csv_line(list(columns)))
        while chunk := found.fetchmany(_CHUNK):
            file.writelines(map(csv_line, chunk))
            rows += len(chunk)
    sync(path)
    return Table(name, path.name, rows, digest_of(path), columns)
