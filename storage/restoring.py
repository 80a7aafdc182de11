"""A copy put in the place of the database. Decides what is checked first, and what becomes of what was there.

Never changes the copy, and never takes one that cannot be read from its beginning to its end.
"""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from storage import witness
from storage.copies import content, verify
from storage.database import (
    Connection,
    Database,
    atomic,
    column,
    keep_updates,
    line,
    make_views,
    migrate,
    schema_of,
    swap_in,
    sync,
)
from storage.rewriting import copied, drop
from storywire.errors import StorageError

RESTORED = "restored.duckdb"
"""In the private folder: what is restored, until it is whole."""
PREVIOUS = "previous.duckdb"
"""In the private folder: what was there before the last `restore`."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoring came to: the articles that are there now, the schema that the copy had, the other files that
    were put back, and where lies what was there before (None: nothing, or the same).
    """

    articles: int
    schema: int
    files: tuple[str, ...]
    previous: Path | None


class Restoring(Database):
    """The Store's way back to a copy of itself."""

    def restore(self, source: Path, files: Mapping[str, Path]) -> Restored:
        """Puts a backup, or a published snapshot, in the place of the database; an older one is migrated.

        The caller holds the locks of runs and of messages. `files` says where those belong that a backup has by these
        names; one that is replaced is kept as `NAME.previous`. All is checked and made ready before; killed at any
        point it leaves the old database or the new one. Where the same is there already nothing is set aside, so that
        one that was cut short can be done again. Raises StorageError, NewerSchemaError.
        """
        fresh = self.private / RESTORED
        with self.locked():
            verify(source)
            try:
                schema, there = _made_ready(source, fresh)
                articles = verify(fresh)
                put_back = [name for name, said in there.items() if name in files and _put_back(files[name], said)]
                previous = self._replace(fresh)
            finally:
                drop(fresh)
            self._migrated = False
        return Restored(articles, schema, tuple(put_back), previous)

    def _replace(self, fresh: Path) -> Path | None:
        """Puts a finished copy in the place of what is there, which is set aside unless it is the same."""
        self._write_log()
        previous = None if self._same(fresh) else self._set_aside()
        if previous or not self.path.exists():
            if self.path.exists() and witness.lost(self.path) is None:
                witness.note(self.path)  # a kill between here and the swap must not pass for a small loss
            swap_in(fresh, self.path)
        return previous

    def _write_log(self) -> None:
        """The old database becomes one file, if it can still be opened."""
        if self.path.exists():  # else it would be made
            with suppress(StorageError, duckdb.Error), self.opened() as con:
                con.execute("CHECKPOINT")

    def _same(self, fresh: Path) -> bool:
        if not self.path.exists() or witness.log_of(self.path).exists() or witness.lost(self.path):
            return False
        try:
            return content(self.path) == content(fresh)
        except (duckdb.Error, StorageError):
            return False

    def _set_aside(self) -> Path | None:
        """Copies what is there, with its log where that could not be written into it."""
        if not self.path.exists():
            return None
        previous = self.private / PREVIOUS
        witness.log_of(previous).unlink(missing_ok=True)
        _copy(self.path, previous)
        if witness.log_of(self.path).exists():
            _copy(witness.log_of(self.path), witness.log_of(previous))
        sync(self.private)
        return previous


def _made_ready(source: Path, fresh: Path) -> tuple[int, dict[str, bytes]]:
    """Copies what is to be restored and migrates it; the schema that it had, and the other files that it holds."""
    try:
        copied(source, fresh)
        with duckdb.connect(str(fresh)) as con:
            keep_updates(con)
            schema, files = schema_of(con), _files(con)
            migrate(con, fresh)
            with atomic(con):
                make_views(con)  # also a copy of today's schema may have others: a person's, or another version's
            con.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise StorageError(f"{source} cannot be restored ({line(error)}); nothing was changed") from error
    return schema, files


def _files(con: Connection) -> dict[str, bytes]:
    """Takes the files that a backup holds out of it."""
    if not column(con, "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'backup' AND table_name = 'file'"):
        return {}
    files = dict(con.execute("SELECT name, content FROM backup.file").fetchall())
    con.execute("DROP SCHEMA backup CASCADE")
    return files


def _put_back(path: Path, said: bytes) -> bool:
    """Writes a file, all at once, if it says something else; it may hold secrets."""
    old = path.read_bytes() if path.exists() else None
    if old == said:
        return False
    if old is not None:
        _copy(path, path.with_name(f"{path.name}.previous"))
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(said)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    return True


def _copy(source: Path, target: Path) -> None:
    """Copies a file, with who may read it, all at once and so that it outlives a power cut."""
    fresh = target.with_name(f"{target.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    shutil.copyfile(source, fresh)
    sync(fresh)
    os.replace(fresh, target)
