"""Questions that anyone may ask of the snapshot. Decides what one may cost, and that it ends when that is used up.

Never runs a question in this process: `storage.asked` does, in one of its own that is ended whatever it is doing.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from storage.asked import BUG, DAMAGED, MEMORY, OPENING
from storage.snapshot import published, unreadable
from storage.swapping import swapped
from storywire.errors import InputError
from storywire.text import one_line

LONGEST = 2_000  # characters of what DuckDB says of a mistake that are worth showing
_PIECE = 2**20  # bytes read at once


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one question may cost. `memory` is in bytes, above what the process needs as it starts.

    `files`: it may read and write files, and attach other databases; extensions and the network stay out of reach.
    """

    time: timedelta = timedelta(seconds=60)
    memory: int = 1_000_000_000
    files: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The names of its columns, and its rows as they come; times are naive, in UTC, as the views have them.

    Numbers, truths, texts, dates and times are Python's; lists and records hold these as JSON has them; all else is
    text. The rows can be taken once, while the question is open, and may raise what asking may.
    """

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


@contextmanager
def asking(home: Path, sql: str, bounds: Bounds | None = None) -> Iterator[Answer]:
    """The answer to one statement. Leaving ends the process that gives it, answered or not.

    InputError says what is wrong with the statement, or which bound it met; StorageError that the snapshot cannot be
    read.
    """
    bounds = bounds or Bounds()
    with _asked(published(home), sql, bounds, None) as lines:
        head = next(lines)
        if "columns" in head:
            yield Answer(tuple(head["columns"]), _rows(lines, [_reader(kind) for kind in head["types"]]))
        else:
            yield Answer((), iter(()))


def save_parquet(home: Path, sql: str, target: Path, bounds: Bounds | None = None) -> None:
    """Writes the answer as a file of Parquet, whole or not at all. Raises as `asking` does, and OSError."""
    with (
        swapped(target) as fresh,
        _asked(published(home), sql, bounds or Bounds(), fresh.resolve()) as lines,
    ):
        next(lines)


@contextmanager
def _asked(path: Path, sql: str, bounds: Bounds, parquet: Path | None) -> Iterator[Iterator[Any]]:
    """What a process that is asked this says, line by line, without failures: those are raised."""
    seconds = bounds.time.total_seconds()
    question = {
        "path": str(path),
        "sql": sql,
        "memory": bounds.memory,
        "seconds": seconds,
        "files": bounds.files,
        "parquet": str(parquet) if parquet else None,
    }
    end = time.monotonic() + seconds
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "storage.asked"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # where a library says that it aborts
        env={},  # no secret of the environment is there to be asked for
        start_new_session=True,  # Ctrl-C is for this process, which then ends that one
        bufsize=0,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # it is gone; its lines, or their want, say why
            process.stdin.write(json.dumps(question).encode() + b"\n")  # left open: its end tells of this one's end
        yield _checked(_lines(process.stdout.fileno(), end, bounds), path, bounds, process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _lines(pipe: int, end: float, bounds: Bounds) -> Iterator[bytes]:
    held: list[bytes] = []
    while True:
        left = end - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:  # a pipe that is always full has an end, too
            raise InputError(
                f"the query was ended after {bounds.time.total_seconds():g} s: ask for less, or give it longer with "
                "--timeout SECONDS"
            )
        piece = os.read(pipe, _PIECE)
        if not piece:
            return
        first, *others = piece.split(b"\n")
        held.append(first)
        for other in others:
            yield b"".join(held)
            held = [other]


def _checked(lines: Iterator[bytes], path: Path, bounds: Bounds, process: subprocess.Popen[bytes]) -> Iterator[Any]:
    for line in lines:
        said = json.loads(line)
        if isinstance(said, dict) and "failure" in said:
            raise _failure(said["failure"], one_line(said["said"], LONGEST), path, bounds)
        yield said
        if isinstance(said, dict) and "done" in said:
            return
    raise InputError(
        f"the query made its process end (status {process.wait()}), as one that is nested too deep or too large does; "
        "ask for less"
    )


def _failure(kind: str, said: str, path: Path, bounds: Bounds) -> Exception:
    if kind in (OPENING, DAMAGED):
        return unreadable(path, said)
    if kind == MEMORY:
        return InputError(
            f"the query needs more than {bounds.memory // 10**6:,} MB of memory: ask for less, or give it more with "
            "--memory MB"
        )
    return RuntimeError(said) if kind == BUG else InputError(said)


def _rows(lines: Iterator[Any], readers: Sequence[Callable[[str], Any] | None]) -> Iterator[tuple[Any, ...]]:
    read = [(at, reader) for at, reader in enumerate(readers) if reader]
    for batch in lines:
        if isinstance(batch, dict):
            return
        for row in batch:
            for at, reader in read:
                row[at] = _value(row[at], reader)
            yield tuple(row)


def _reader(kind: str) -> Callable[[str], Any] | None:
    """How a text that stands for a value of this type of DuckDB is read."""
    if kind.endswith("]"):
        return None
    if kind.startswith("TIMESTAMP"):
        return datetime.fromisoformat
    return date.fromisoformat if kind == "DATE" else Decimal if kind.startswith("DECIMAL") else None


def _value(text: str | None, reader: Callable[[str], Any]) -> Any:
    if text is None:
        return None
    try:
        return reader(text)
    except ValueError:  # a day before Christ, or after the year 9999
        return text
