"""Backups: one file each, with all that makes an installation. Decides what goes into one, and which are kept.

Never keeps one that cannot be read from its beginning to its end.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from storage.copies import backups_in, verify, way_back
from storage.database import STORAGE_VERSION, Database, clear, keep_updates, swap_in
from storage.witness import log_of
from storywire.errors import StorageError

# Beside the tables of the database; `restoring` takes it out again.
_FILES = """
CREATE SCHEMA backup;
CREATE TABLE backup.file (name VARCHAR NOT NULL, content BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made, its size in bytes, what it holds, and the older ones that were removed for it."""

    path: Path
    size: int
    articles: int
    files: tuple[str, ...]
    removed: tuple[Path, ...]


class Backups(Database):
    """The Store's way to make a copy of itself."""

    def backup(self, folder: Path, now: datetime, files: Mapping[str, Path], keep: int | None = None) -> Backup:
        """Makes a backup in a folder, named by `now`, and with `keep` leaves only so many of the newest there.

        `files` are put in as far as they are there, by name. Only its owner can read it. The writer's lock is held
        while the database is copied, and not while the copy is read. Killed at any point it leaves no half of one under
        a backup's name. Raises StorageError where the copy cannot be read: then it is not kept.
        """
        target = folder / f"storywire-{now:%Y%m%dT%H%M%SZ}.duckdb"
        fresh = folder / ".storywire.new"  # one name, so that what a killed one left is written over
        with self.held("backup.lock", f"another backup of {self.home} is under way"):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                for left in (fresh, log_of(fresh)):
                    left.unlink(missing_ok=True)
                fresh.touch(mode=0o600)
                self._copy(fresh)
                there = {name: path.read_bytes() for name, path in files.items() if path.is_file()}
                _add_files(fresh, there)
                articles = self._verified(fresh)
                swap_in(fresh, target)
                others = [path for path in backups_in(folder) if path != target]  # after a clock that ran ahead, newer
                removed = others[: len(others) + 1 - keep] if keep and len(others) >= keep else []
                for old in removed:
                    old.unlink()
            except (OSError, duckdb.Error) as error:
                fresh.unlink(missing_ok=True)
                raise clear(error, fresh) from error
            except Exception:
                fresh.unlink(missing_ok=True)
                raise
        return Backup(target, target.stat().st_size, articles, tuple(there), tuple(removed))

    def _verified(self, fresh: Path) -> int:
        try:
            return verify(fresh)
        except StorageError as error:  # the copy is as what it was made of
            raise StorageError(
                f"{self.path} cannot be read as a whole, and no backup was made: {error}; {way_back(self.home)}"
            ) from error

    def _copy(self, fresh: Path) -> None:
        with self.locked():
            with self.opened() as con:
                con.execute("CHECKPOINT")
            shutil.copyfile(self.path, fresh)


def _add_files(path: Path, files: Mapping[str, bytes]) -> None:
    with duckdb.connect(str(path), config={"storage_compatibility_version": STORAGE_VERSION}) as con:
        keep_updates(con)
        con.execute(_FILES)
        con.executemany("INSERT INTO backup.file VALUES (?, ?)", [list(file) for file in files.items()] or [["", b""]])
        con.execute("DELETE FROM backup.file WHERE name = ''; CHECKPOINT")
