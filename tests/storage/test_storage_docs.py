import re
from pathlib import Path

import duckdb

from storage.store import Store

DOC = Path(__file__).resolve().parents[2] / "docs" / "schema.md"
WRITTEN = """
SELECT table_name, column_name, data_type, comment FROM duckdb_columns()
WHERE schema_name = 'main' AND NOT internal ORDER BY table_name, column_index
"""
VIEWS = "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
MACROS = "SELECT function_name, parameters, comment FROM duckdb_functions() WHERE NOT internal"


def test_the_page_on_the_schema_and_the_comments_in_the_file_are_the_same(store: Store) -> None:
    sections = re.split(r"^## ", DOC.read_text("utf-8"), flags=re.M)[1:]
    documented = {
        name: (intro, [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in rows.splitlines()[2:]])
        for name, intro, rows in (section.strip().split("\n\n") for section in sections)
    }
    with duckdb.connect(str(store.publish()), read_only=True) as con:
        comments = dict(con.execute(VIEWS).fetchall())
        columns = con.execute(WRITTEN).fetchall()
        macros = {f"{name}({', '.join(given)})": comment for name, given, comment in con.execute(MACROS).fetchall()}
        given = {macro: _columns(con, macro) for macro in macros}
    found = {name: (comment, [row[1:] for row in columns if row[0] == name]) for name, comment in comments.items()}
    assert documented == found | {macro: (macros[macro], given[macro]) for macro in macros}


def _columns(con: duckdb.DuckDBPyConnection, macro: str) -> list[tuple[str, ...]]:
    """The columns, with their types, of what a macro gives; parameters with a default are left at it."""
    name, parameters = macro.rstrip(")").split("(")
    asked = ", ".join("NULL" for parameter in parameters.split(", ") if ":=" not in parameter)
    return [row[:2] for row in con.execute(f"DESCRIBE FROM {name}({asked})").fetchall()]


def test_each_view_macro_and_column_says_what_it_is_in_a_line(store: Store) -> None:
    with duckdb.connect(str(store.publish()), read_only=True) as con:
        said = [*con.execute(VIEWS).fetchall(), *((row[0], row[2]) for row in con.execute(MACROS).fetchall())]
        said += [(f"{table}.{name}", comment) for table, name, _, comment in con.execute(WRITTEN).fetchall()]
    assert [name for name, comment in said if not comment or len(comment) > 90 or not comment.endswith(".")] == []


def test_the_queries_on_the_page_run(store: Store) -> None:
    (block,) = re.findall(r"```sql\n(.*?)```", DOC.read_text("utf-8"), flags=re.S)
    with duckdb.connect(str(store.publish()), read_only=True) as con:
        for statement in block.split(";"):
            con.execute(statement) if statement.strip() else None
