"""Answers to questions: decides how rows look as a table, as JSON, as lines of JSON and as CSV. Never asks.

All but a table are written as the rows come, so their number costs no memory.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any, TextIO

from rich.console import Console

from flows import show
from storage.asking import Answer
from storywire.spreadsheet import csv_lines

GAP = 2  # columns between columns
FOLDED = 24  # what a long column may be folded to, before a row is written as a list instead
# Of a table nobody reads more, its widths need all of it at once, and no clock ends its drawing.
SHOWN = 1_000  # rows
CELLS = 20_000
TEXT = 1_000_000  # characters in all, about
LONGEST = 2_000  # characters of one cell
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
    names: dict[str, None] = {}
    given, numbers = set(columns), Counter[str]()
    for column in columns:
        name = column
        while name in names or (name != column and name in given):
            numbers[column] += 1
            name = f"{column}_{numbers[column]}"
        names[name] = None
    return list(names)


def _as_table(answer: Answer, out: TextIO) -> None:
    if answer.columns == PLAN:  # a drawing, whose spaces count
        out.writelines(_MOVING.sub("\ufffd", str(plan)) for _, plan in answer.rows)
    elif answer.columns:
        part = _part(answer)
        _print(show.console(out), part.columns, part.rows)
        if part.lacking:
            said = " and ".join(part.lacking)
            print(f"storywire: only {said} are shown; --csv, --json and --jsonl give all", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class _Part:
    """What of an answer is shown in a table, and in words what not."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    lacking: Sequence[str]


def _part(answer: Answer) -> _Part:
    columns = answer.columns[:CELLS]
    longest = min(LONGEST, TEXT // len(columns))  # so that the first row always has room
    names = [_cut(name, longest) for name in columns]
    rows: list[list[str]] = []
    room, more, cut = TEXT, False, names != list(columns)
    for row in answer.rows:
        more = len(rows) == min(SHOWN, CELLS // len(columns)) or room <= 0
        if more:
            break
        whole = [_shown(value) for value in row[:CELLS]]
        rows.append([_cut(text, longest) for text in whole])
        room -= sum(map(len, (*names, *rows[-1])))  # the names stand in each row of a list
        cut = cut or whole != rows[-1]
    lacking = {
        f"the first {len(rows):,} rows": more,
        f"the first {len(columns):,} columns": len(columns) < len(answer.columns),
        f"the first {longest:,} characters of longer texts": cut,
    }
    return _Part(names, rows, [part for part, lacks in lacking.items() if lacks])


def _shown(value: Any) -> str:
    return "" if value is None else str(_flat(value))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


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
