"""What a published snapshot holds, for tests that look. Decides nothing."""

from pathlib import Path
from typing import Any

from storage.snapshot import reading


def query(home: Path, sql: str) -> tuple[tuple[Any, ...], ...]:
    """The rows of a statement of a test's own; what people ask goes through `storage.asking`."""
    with reading(home) as con:
        return tuple(con.execute(sql).fetchall())
