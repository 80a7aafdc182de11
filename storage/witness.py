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
    if _checksum(log, seen.size) != seen.checksum:
        return f"{log.name}, with what was stored last, was changed"
    return None


def unnoted(path: Path) -> bool:
    """Whether the log has more than was noted. Its end may be half a commit, which DuckDB passes over, and cuts off
    when it next writes: noted as it is, that would look like a loss.
    """
    seen = _noted(witness_of(path))
    return _size(log_of(path)) > (seen.size if seen and seen.headers == _headers(path) else 0)


def note(path: Path) -> None:
    """Writes down what a database is like, which nobody has open. Killed at any point, the older note holds, or none.

    Not synced: after a power cut it may say less than is there, which is never taken for a loss. Nor is a note that
    could not be written.
    """
    size = _size(log_of(path))
    seen = Seen(_headers(path), size, _checksum(log_of(path), size))
    if seen != _noted(witness_of(path)):
        said = f"{seen.headers} {seen.size} {seen.checksum}"
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


def _checksum(path: Path, size: int) -> int:
    """The CRC-32 of the first bytes of a file: 7 ms for the 15 MB that a log may have."""
    so_far = 0
    if size:
        with path.open("rb") as file:
            while size and (part := file.read(min(_CHUNK, size))):
                so_far, size = zlib.crc32(part, so_far), size - len(part)
    return so_far
