"""Answers to questions: decides how rows look as a table, as JSON, as lines of JSON and as CSV. Never asks.

All but a table are written as the rows come, so their number costs no memory.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import islice
from math import isfinite
from typing import Any, TextIO

from rich.console import Console

from flows import show
from storage.asking import Answer
from storywire.spreadsheet import csv_lines

GAP = 2  # columns between columns
FOLDED = 24  # what a long column may be folded to, before a row is written as a list instead
SHOWN = 1_000  # rows of a table: nobody reads more, and its widths need all of them at once
LONGEST = 10_000  # characters of a cell in a table
PLAN = ("explain_key", "explain_value")
# What turns or moves what a terminal shows; line ends of texts may stay, but a return alone would write over them.
_MOVING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")

_encode = json.JSONEncoder(ensure_ascii=False).encode


class Format(Enum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


def write(answer: Answer, form: Format, out: TextIO, raw: bool = False) -> None:
    """Write all of an answer; of a table its first rows, and on stderr that there are more."""
    if form is Format.TABLE:
        _as_table(answer, out)
        return
    safe = _MOVING if out.isatty() else None  # a file gets each character, a terminal none that moves it
    for piece in _pieces(answer, form, raw):
        out.write(safe.sub("\ufffd", piece) if safe else piece)


def _pieces(answer: Answer, form: Format, raw: bool) -> Iterable[str]:
    if form is Format.CSV:
        return csv_lines(answer.columns, ([_flat(cell) for cell in row] for row in answer.rows), raw)
    return _array(answer) if form is Format.JSON else _lines(answer)


def _array(answer: Answer) -> Iterator[str]:
    names = [_json(name) for name in distinct(answer.columns)]
    opening = "[\n"
    for row in answer.rows:
        members = (f"    {name}: {_json(cell, 4)}" for name, cell in zip(names, row, strict=True))
        yield opening + "  {\n" + ",\n".join(members) + "\n  }"
        opening = ",\n"
    yield "\n]\n" if opening == ",\n" else "[]\n"


def _lines(answer: Answer) -> Iterator[str]:
    names = [_json(name) for name in distinct(answer.columns)]
    for row in answer.rows:
        yield "{" + ", ".join(f"{name}: {_json(cell)}" for name, cell in zip(names, row, strict=True)) + "}\n"


def _json(value: Any, indent: int | None = None) -> str:
    """A value as JSON: times in ISO 8601, what is no number as null, exact numbers with all their digits."""
    if isinstance(value, str):
        return _encode(value)
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else "null"
    if isinstance(value, (list, dict)) and indent:
        return json.dumps(_finite(value), ensure_ascii=False, indent=2).replace("\n", "\n" + " " * indent)
    return _encode(_finite(value))


def _flat(value: Any) -> Any:
    """The value with lists and records as their JSON."""
    return _json(value) if isinstance(value, (list, dict)) else value


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, date):  # and its subclass of times
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def distinct(columns: Sequence[str]) -> list[str]:
    """Names that differ, as DuckDB makes them for a table: the second "title" of a join is "title_1"."""
    names: list[str] = []
    for column in columns:
        name, number = column, 0
        while name in names or (number and name in columns):
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names


def _as_table(answer: Answer, out: TextIO) -> None:
    cells = [[_shown(value) for value in row] for row in islice(answer.rows, SHOWN)]
    more = next(answer.rows, None) is not None
    if answer.columns == PLAN:
        out.writelines(_MOVING.sub("\ufffd", plan) for _, plan in cells)  # a drawing, whose spaces count
    elif answer.columns:
        _print(_console(out), answer.columns, cells)
    if more:
        print(
            f"storywire: only the first {SHOWN:,} rows are shown; --csv, --json and --jsonl give all", file=sys.stderr
        )


def _console(out: TextIO) -> Console:
    width = None if out.isatty() else show.PIPE_WIDTH
    return _Console(file=out, width=width, highlight=False, soft_wrap=False)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to who called, as of every other format; rich would end the process with 1."""
        raise BrokenPipeError


def _shown(value: Any) -> str:
    if value is None:
        return ""
    text = str(_flat(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def _print(out: Console, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    if sum(min(width, FOLDED) + GAP for width in widths) <= out.width:
        _table(out, columns, cells, widths)
    else:
        _list(out, columns, cells)


def _table(out: Console, columns: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    rows = show.table(*map(show.text, columns))
    for column, width in zip(rows.columns, widths, strict=True):
        column.no_wrap, column.overflow = width <= FOLDED, "fold"
    for row in cells:
        rows.add_row(*map(show.text, row))
    out.print(rows)


def _list(out: Console, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Each row as a list of its columns: what is too wide for a table stays readable."""
    for row in cells:
        rows = show.table("", "")
        rows.show_header = False
        rows.columns[0].style, rows.columns[1].no_wrap, rows.columns[1].overflow = "dim", False, "fold"
        for column, value in zip(columns, row, strict=True):
            rows.add_row(show.text(column), show.text(value))
        out.print(rows, "")
