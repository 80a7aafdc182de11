import re
from pathlib import Path

import duckdb

from storage.store import Store

DOC = Path(__file__).resolve().parents[2] / "docs" / "schema.md"
WRITTEN = """
SELECT table_name, column_name, data_type, comment FROM duckdb_columns()
WHERE schema_name = 'main' AND NOT internal ORDER BY table_name, column_index
"""


def test_the_page_on_the_schema_and_the_comments_in_the_file_are_the_same(store: Store) -> None:
    sections = re.split(r"^## ", DOC.read_text("utf-8"), flags=re.M)[1:]
    documented = {
        name: (intro, [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in rows.splitlines()[2:]])
        for name, intro, rows in (section.strip().split("\n\n") for section in sections)
    }
    with duckdb.connect(str(store.publish()), read_only=True) as con:
        comments = dict(con.execute("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal").fetchall())
        columns = con.execute(WRITTEN).fetchall()
    found = {name: (comment, [row[1:] for row in columns if row[0] == name]) for name, comment in comments.items()}
    assert documented == found


def test_the_queries_on_the_page_run(store: Store) -> None:
    (block,) = re.findall(r"```sql\n(.*?)```", DOC.read_text("utf-8"), flags=re.S)
    with duckdb.connect(str(store.publish()), read_only=True) as con:
        for statement in block.split(";"):
            con.execute(statement) if statement.strip() else None
