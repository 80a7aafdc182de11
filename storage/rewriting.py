"""A database written anew, row by row. Decides how that is done so that a kill leaves the old one or the new one.

Never decides when. The copy has no free blocks, and its indexes are made anew.
"""

from pathlib import Path

import duckdb

from storage.database import STORAGE_VERSION, keep_updates, swap_in
from storage.witness import log_of


def rewrite(path: Path) -> None:
    """Puts a copy without free blocks in the place of a closed and checkpointed database; the caller holds its lock.

    Free blocks still have the bytes of what was deleted (seen in 2.0.0).
    """
    fresh = path.with_name("fresh.duckdb")
    try:
        copied(path, fresh)
        swap_in(fresh, path)
    finally:
        drop(fresh)


def drop(copy: Path) -> None:
    """Removes a copy that is not in its place, and its log, if they are there."""
    for left in (copy, log_of(copy)):
        left.unlink(missing_ok=True)


def copied(source: Path, fresh: Path) -> None:
    """Copies all that a database holds into a new file, over what a killed process left there.

    Raises duckdb.Error where a block of the source cannot be read.
    """
    drop(fresh)
    old_name, new_name = (str(file).replace("'", "''") for file in (source, fresh))
    with duckdb.connect() as con:
        keep_updates(con)
        con.execute(f"ATTACH '{old_name}' AS old (READ_ONLY)")
        con.execute(f"ATTACH '{new_name}' AS fresh (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("COPY FROM DATABASE old TO fresh")
        con.execute("CHECKPOINT fresh")
