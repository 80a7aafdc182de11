"""One question to the snapshot, in a process of its own. Decides what a question may say, and what it may use.

Never outlives who asked, and writes nothing but its answer. `storage.asking` starts it and says what its lines mean.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from threading import Thread
from typing import Any

import duckdb

OPENING, DAMAGED, MEMORY, WRONG, BUG = "opening", "damaged", "memory", "wrong", "bug"
"""What went wrong, as the last line says it."""

BATCH = 2**20  # bytes of an answer that are sent at once, about
_READING = {"SELECT", "EXPLAIN"}
_FILES = {"COPY", "ATTACH", "DETACH"}
_OTHERS = "a query reaches no other file and no address; to let it use files, give --allow-files"
_PIVOTING = {"pivot", "from", "select", "with"}
_SHARE = 0.8  # of the memory for DuckDB's buffers, so that its own, clearer message comes before the system's
_CONFIG: dict[str, Any] = {
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,  # a name of no table would else be looked up among this module's variables
    "temp_directory": "",  # so nothing of a large sort is written to a disk
}
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


class Refused(Exception):
    """The question does something else than read."""


def main() -> None:
    """Answer the question that stands on the first line of standard input, on standard output."""
    with os.fdopen(os.dup(1), "wb") as out, open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)  # what a library prints is no part of the answer
        asked = json.loads(sys.stdin.buffer.readline())
        Thread(target=_end_with_who_asked, daemon=True).start()
        with suppress(BrokenPipeError):
            for line in _said(asked):
                out.write(line + b"\n")
                out.flush()
    os._exit(0)  # DuckDB's tear-down takes longer than many a question


def _end_with_who_asked() -> None:
    os.read(0, 1)  # nothing more is sent: this returns when the other end is gone, however it went
    os._exit(1)


def _said(asked: dict[str, Any]) -> Iterator[bytes]:
    failure = OPENING
    try:
        con = _open(asked)
        failure = WRONG
        yield from _answer(con, asked)
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        yield _failed(MEMORY, error)
    except duckdb.PermissionException as error:
        yield _failed(WRONG, Refused(f"{_OTHERS} ({error})"))
    except (duckdb.Error, Refused, ValueError, ArithmeticError) as error:  # the last two: a date that Python has not
        damaged = failure == WRONG and any(word in str(error) for word in ("Corrupt", "checksum"))
        yield _failed(DAMAGED if damaged else failure, error)
    except Exception as error:
        yield _failed(BUG, error)


def _failed(kind: str, error: BaseException) -> bytes:
    return _line({"failure": kind, "said": " ".join(str(error).split()) or type(error).__name__})


def _open(asked: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    memory = asked["memory"]
    config = _CONFIG | {"memory_limit": f"{int(memory * _SHARE)}B"}
    con = duckdb.connect(asked["path"], read_only=True, config=config)
    con.execute("SET TimeZone = 'UTC'")
    if asked["parquet"]:
        folder = os.path.dirname(asked["parquet"]).replace("'", "''")
        con.execute(f"SET allowed_directories = ['{folder}/']")
    if not asked["files"]:
        con.execute("SET enable_external_access = false")
    if not asked["files"] and not asked["parquet"]:
        # Else COPY may write to the path of the open database and of its log, also when that is open for reading.
        con.execute("SET disabled_filesystems = 'LocalFileSystem'")
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    con.execute("SET lock_configuration = true")
    _bound(memory, asked["seconds"])
    return con


def _bound(memory: int, seconds: float) -> None:
    """Limits that hold where DuckDB's own do not: one huge value takes several times its `memory_limit`."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = _data() + memory
    resource.setrlimit(resource.RLIMIT_DATA, (data, data))
    # A net below the clock of who asked, for when that process is gone and this one holds Python's lock.
    work = 10 + int(2 * seconds) * (os.cpu_count() or 1)
    resource.setrlimit(resource.RLIMIT_CPU, (work, work + 1))


def _data() -> int:
    """The bytes that the process uses as it starts, its threads' stacks among them: 8 MB for each processor."""
    with suppress(OSError), open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmData:"))
    return 2**30  # not Linux


def _answer(con: duckdb.DuckDBPyConnection, asked: dict[str, Any]) -> Iterator[bytes]:
    statements = con.extract_statements(asked["sql"])
    if len(statements) != 1 and not (asked["files"] and statements):
        raise Refused(f"one statement at a time, please: these are {len(statements)}")
    for statement in statements:
        _check(statement, asked)
    for statement in statements[:-1]:
        con.execute(statement)
    if asked["parquet"]:
        con.sql(statements[-1]).to_parquet(asked["parquet"])
    else:
        yield from _rows(con.execute(statements[-1]))
    yield _line({"done": True})


def _check(statement: duckdb.Statement, asked: dict[str, Any]) -> None:
    try:
        kind = statement.type.name
    except ValueError:  # newer than the binding's own list
        kind = "of an unknown kind"
    if kind == "MULTI" and _first_word(statement.query) in _PIVOTING:
        return
    if asked["parquet"] and kind == "EXPLAIN":  # EXPLAIN ANALYZE does what it explains
        raise Refused("a plan is not written to a file of Parquet; ask without --parquet")
    if kind in (_READING | _FILES if asked["files"] else _READING):
        return
    if kind in _FILES:
        raise Refused(f"{_OTHERS} (this statement is {kind})")
    raise Refused(
        "the published database is read-only: SELECT, FROM, WITH, PIVOT, DESCRIBE, SHOW, SUMMARIZE and EXPLAIN are "
        f"answered, and this statement is {kind}"
    )


def _first_word(sql: str) -> str:
    """The word that a statement begins with, after comments and brackets."""
    said = sql.encode()
    starts = [at for at, kind in duckdb.tokenize(sql) if kind.name in ("keyword", "identifier")]
    rest = said[starts[0] :].decode() if starts else ""
    return "".join(letter if letter.isalpha() else " " for letter in rest[:20]).split(" ")[0].lower()


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[bytes]:
    """The columns, then the rows in batches of about a megabyte, whatever one row has."""
    types = [str(kind) for _, kind, *_ in result.description or ()]
    yield _line({"columns": [str(name) for name, *_ in result.description or ()], "types": types})
    nested = [at for at, kind in enumerate(types) if kind.endswith("]") or kind.startswith(_NESTED)]
    count = 1
    while rows := result.fetchmany(count):
        line = _line([_unnested(row, nested) for row in rows] if nested else rows)
        yield line
        count = max(1, min(2048, count * 2 if len(line) < BATCH else count // 2))


def _unnested(row: tuple[Any, ...], nested: list[int]) -> list[Any]:
    cells = list(row)
    for at in nested:
        cells[at] = _named(cells[at])
    return cells


def _named(value: Any) -> Any:
    """The value as JSON has it: the keys of its maps as texts, its exact numbers as numbers."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {str(key): _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, (list, tuple)) else value


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_text).encode


def _line(value: Any) -> bytes:
    return _encode(value).encode()


if __name__ == "__main__":
    main()
