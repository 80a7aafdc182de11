"""The published snapshot, a read-only copy of the writer's file. Decides how it is swapped in and how it is opened.

Never writes to the writer's file, and never lets a query reach anything but the snapshot.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from storage.database import PUBLISHED, Connection, line, swap_in
from storywire.errors import InputError, StorageError

_LOCKED_DOWN: dict[str, Any] = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "lock_configuration": True,
}


def snapshot_path(home: Path) -> Path:
    """Where the snapshot of this installation lies."""
    return home / PUBLISHED


def published(home: Path) -> Path:
    """Where the snapshot lies that is there; InputError without one."""
    path = snapshot_path(home)
    if not path.exists():
        raise InputError(f"there is no {path} yet: run `storywire run` first")
    return path


def unreadable(path: Path, said: str) -> StorageError:
    """What to say of a snapshot that DuckDB cannot read, with DuckDB's own words."""
    return StorageError(
        f"the snapshot {path} is damaged, or open elsewhere for writing: `storywire run` publishes it anew ({said})"
    )


def replace_snapshot(source: Path, target: Path) -> None:
    """Copies a closed and checkpointed database over the snapshot, all at once. The caller holds the writer's lock.

    The copy is made under one fixed name, so what a killed run left of it is overwritten by the next. The snapshot
    is marked read-only: a client that opened it for writing would keep all others out. One that did so nevertheless
    may have left its log, which goes.
    """
    fresh = target.with_name(f".{target.name}.new")
    fresh.unlink(missing_ok=True)
    shutil.copyfile(source, fresh)
    fresh.chmod(fresh.stat().st_mode & 0o444)
    swap_in(fresh, target)


@contextmanager
def reading(home: Path) -> Iterator[Connection]:
    """The snapshot, open for reading, unable to reach other files, extensions or settings.

    InputError without one; StorageError if it cannot be read, or was published by another version.
    """
    path = published(home)
    try:
        with duckdb.connect(str(path), read_only=True, config=_LOCKED_DOWN) as con:
            yield con
    except duckdb.ProgrammingError as error:
        raise StorageError(
            f"the snapshot {path} is of another version of Storywire: `storywire run` publishes it anew ({line(error)})"
        ) from error
    except duckdb.Error as error:
        raise unreadable(path, line(error)) from error
