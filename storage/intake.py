"""The way in: an export becomes the database of a home that has none. Decides what of an export is believed: nothing
that its manifest, its digests, the schema it names and the files themselves do not say alike.

Never writes into a database that is there, and leaves nothing where something is wrong.
"""

import os
import stat
from pathlib import Path

import duckdb

from storage.database import (
    STORAGE_VERSION,
    Connection,
    Database,
    atomic,
    column,
    keep_updates,
    make_views,
    migrate,
    swap_in,
)
from storage.exchange import AS_TEXT, PLAIN, described, digest_of, portable, quoted
from storage.rewriting import drop
from storage.schema import MIGRATIONS
from storage.snapshot import snapshot_path
from storywire.errors import InputError, NewerSchemaError
from storywire.manifest import MANIFEST, MAX_BYTES, Manifest, Table, read

IMPORTED = "import.duckdb"
"""In the private folder: what is made of an export, until it is whole."""
_MOST_ROWS = 64
"""Rows to a byte of a file, at most: keys alone take more than that. A file of a few kB can claim 10**12 equal rows."""


def import_tables(database: Database, folder: Path) -> Manifest:
    """Makes the database of this home from an export, migrated to today's schema; who calls it publishes then.

    InputError where the home has a database, or the export is not whole and as its manifest says; NewerSchemaError
    where a newer Storywire wrote it. In each of these nothing was changed.
    """
    _require_empty(database)
    manifest = _checked(folder)
    with database.locked():
        _require_empty(database)
        fresh = database.private / IMPORTED
        try:
            drop(fresh)
            _build(fresh, folder, manifest)
            swap_in(fresh, database.path)
        finally:
            drop(fresh)
    return manifest


def _require_empty(database: Database) -> None:
    there = next((path for path in (database.path, snapshot_path(database.home)) if path.exists()), None)
    if there:
        raise InputError(f"{there} is there already: name another folder in STORYWIRE_HOME to import into")


def _checked(folder: Path) -> Manifest:
    """The manifest of an export whose files are all there, and byte for byte as it says."""
    if signs := set(str(folder)) & set("*?["):
        said = " ".join(sorted(signs))
        raise InputError(
            f"{folder} has {said} in its path, which DuckDB takes for a pattern; import a link to it without"
        )
    manifest = read(_bytes_of(folder / MANIFEST), str(folder / MANIFEST))
    if manifest.what != "tables":
        raise InputError(f"{folder} has the public views alone; to import it, export without --views")
    if manifest.schema > len(MIGRATIONS):
        raise NewerSchemaError(
            f"{folder} has schema {manifest.schema}, and this Storywire knows up to {len(MIGRATIONS)}: update Storywire"
        )
    for table in manifest.tables:
        path = folder / table.file
        _require_file(path)
        if digest_of(path) != table.sha256:
            raise InputError(f"{path} is not as it was exported: its digest differs; copy or export it again")
        if table.rows > _MOST_ROWS * path.stat().st_size:
            raise InputError(f"{path} claims {table.rows:,} rows, which cannot be in so small a file; export again")
    return manifest


def _bytes_of(path: Path) -> bytes:
    _require_file(path)
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _require_file(path: Path) -> None:
    """A file itself: a link could lead anywhere, and reading a pipe never ends."""
    try:
        kind = os.lstat(path).st_mode
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a whole export") from None
    if not stat.S_ISREG(kind):
        raise InputError(f"{path} is not a file of its own; give a whole export")


def _build(fresh: Path, folder: Path, manifest: Manifest) -> None:
    with duckdb.connect(str(fresh), config=PLAIN | {"storage_compatibility_version": STORAGE_VERSION}) as con:
        keep_updates(con)
        with atomic(con):
            for script in MIGRATIONS[: manifest.schema]:
                con.execute(script)
            tables = {table.name: table for table in manifest.tables}
            wanted = described(con, fresh.stem, "private")
            if wanted.keys() != tables.keys():
                differ = ", ".join(sorted(wanted.keys() ^ tables.keys()))
                raise InputError(
                    f"{folder} does not have the tables of schema {manifest.schema} ({differ}); export again"
                )
            for name, columns in wanted.items():
                _fill(con, tables[name], columns, folder)
            _require_meta(con, manifest, folder)
        migrate(con, fresh)
        with atomic(con):
            make_views(con)
        con.execute("CHECKPOINT")


def _fill(con: Connection, said: Table, columns: dict[str, str], folder: Path) -> None:
    """The rows of one table, in the order in which they were exported."""
    path, table = folder / said.file, f"private.{said.name}"
    source = f"read_parquet({quoted(path)}, hive_partitioning = false)"
    try:
        found = {name: kind for name, kind, *_ in con.execute(f"DESCRIBE FROM {source}").fetchall()}
        stands = {
            name: kind for name, kind, *_ in con.execute(f"DESCRIBE SELECT {portable(columns)} FROM {table}").fetchall()
        }
        if dict(said.columns) != columns or found != stands:
            raise InputError(f"{path} does not have the columns of {said.name}; export again")
        if column(con, f"SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata({quoted(path)})") != [said.rows]:
            raise InputError(f"{path} does not have the {said.rows:,} rows that the manifest says; export again")
        names = ", ".join(f'"{name}"' for name in columns)
        typed = ", ".join(f'"{name}"' + (f"::{t}" if t in AS_TEXT else "") for name, t in columns.items())
        con.execute(f"INSERT INTO {table} ({names}) SELECT {typed} FROM {source}")
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        said_line = " ".join(str(error).split())[:300]
        raise InputError(f"{path} cannot be taken as the table {said.name}; export again ({said_line})") from error
    if column(con, f"SELECT count(*) FROM {table}") != [said.rows]:
        raise InputError(f"{path} does not have the {said.rows:,} rows that the manifest says; export again")


def _require_meta(con: Connection, manifest: Manifest, folder: Path) -> None:
    if column(con, "SELECT value FROM private.meta WHERE key = 'schema_version'") != [str(manifest.schema)]:
        raise InputError(f"{folder} is of another schema than its manifest says; export again")
