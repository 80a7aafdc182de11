"""`storywire sql`: a question to the published database."""

from flows import show
from flows.settings import Settings
from storage.snapshot import query


def ask(sql: str, as_json: bool) -> None:
    """Print the rows of one statement, as a table or as a JSON array of objects."""
    result = query(Settings.from_environment().home, sql)
    if as_json:
        show.as_json([dict(zip(result.columns, row, strict=True)) for row in result.rows])
        return
    rows = show.table(*result.columns)
    for column in rows.columns:
        column.no_wrap, column.overflow = False, "fold"
    for row in result.rows:
        rows.add_row(*(show.text(value) for value in row))
    show.console().print(rows)
