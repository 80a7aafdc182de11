"""What the writer's files were like when they were last closed. Decides whether something is gone from them since.

Never opens the database. DuckDB checks its blocks, but cannot notice that its write-ahead log is gone, was cut at the
end of a transaction, or has a bit the other way: then it goes on without the transactions in it.
"""

import hashlib
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_HEADERS = 3 * 4096  # bytes at the beginning of a file, where each checkpoint changes something
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """The headers of the database, and the bytes of its log, which only grows until there is a checkpoint."""

    headers: str
    size: int
    checksum: int


def log_of(path: Path) -> Path:
    """Where DuckDB keeps the write-ahead log of a database."""
    return path.with_name(f"{path.name}.wal")


def witness_of(path: Path) -> Path:
    """Where is noted what a database was like."""
    return path.with_name(f"{path.name}.seen")


def lost(path: Path) -> str | None:
    """What is gone since the database was last closed, in words; None where all is there, or nothing was noted."""
    seen = _noted(witness_of(path))
    if seen is None:
        return None
    if not path.exists():
        return "it is gone"
    if _headers(path) != seen.headers:
        return None  # there was a checkpoint since: what was in the log is in the database
    log, there = log_of(path), _size(log_of(path))
    if there < seen.size:
        return f"{log.name}, with what was stored last, {'is shorter than it was' if there else 'is gone'}"
    if _checksum(log, 0, seen.size, 0) != seen.checksum:
        return f"{log.name}, with what was stored last, was changed"
    return None


def note(path: Path) -> None:
    """Writes down what a database is like, which nobody has open. Killed at any point, the older note holds, or none.

    Not synced: after a power cut it may say less than is there, which is never taken for a loss. Nor is a note that
    could not be written.
    """
    before, headers, size = _noted(witness_of(path)), _headers(path), _size(log_of(path))
    if before and before.headers == headers and before.size <= size:
        checksum = _checksum(log_of(path), before.size, size, before.checksum)
    else:
        checksum = _checksum(log_of(path), 0, size, 0)
    seen = Seen(headers, size, checksum)
    if seen != before:
        said = f"{headers} {size} {checksum}"
        with suppress(OSError):  # all is stored: a full disk is told when there is more to store
            witness_of(path).write_text(f"{said} {zlib.crc32(said.encode())}\n")


def _noted(path: Path) -> Seen | None:
    """A note that is not whole says nothing."""
    try:
        said, _, check = path.read_text().strip().rpartition(" ")
        headers, size, checksum = said.split(" ")
        return Seen(headers, int(size), int(checksum)) if int(check) == zlib.crc32(said.encode()) else None
    except (OSError, ValueError):
        return None


def _headers(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.sha256(file.read(_HEADERS)).hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _checksum(path: Path, start: int, end: int, so_far: int) -> int:
    """The CRC-32 of a file up to `end`, going on from that up to `start`."""
    if start == end:
        return so_far
    with path.open("rb") as file:
        file.seek(start)
        while start < end and (part := file.read(min(_CHUNK, end - start))):
            so_far, start = zlib.crc32(part, so_far), start + len(part)
    return so_far
