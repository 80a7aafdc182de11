"""`storywire sql`: a question to the published database."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from flows import show
from flows.settings import Settings
from storage.snapshot import query

GAP = 2  # columns between columns
FOLDED = 24  # what a long column may be folded to, before a row is written as a list instead


def ask(sql: str, as_json: bool) -> None:
    """Print the rows of one statement, as a table or as a JSON array of objects."""
    result = query(Settings.from_environment().home, sql)
    if as_json:
        names = _distinct(result.columns)
        show.as_json([dict(zip(names, row, strict=True)) for row in result.rows])
        return
    cells = [["" if value is None else str(value) for value in row] for row in result.rows]
    widths = [max(map(len, column)) for column in zip(result.columns, *cells, strict=True)]
    out = show.console()
    if sum(min(width, FOLDED) + GAP for width in widths) <= out.width:
        _table(out, result.columns, cells, widths)
    else:
        _list(out, result.columns, cells)


def _table(out: Console, columns: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int]) -> None:
    rows = show.table(*columns)
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


def _distinct(columns: Sequence[str]) -> list[str]:
    """Names that differ, as DuckDB makes them for a table: the second "title" of a join is "title_1"."""
    seen: Counter[str] = Counter()
    names = []
    for column in columns:
        names.append(f"{column}_{seen[column]}" if seen[column] else column)
        seen[column] += 1
    return names
