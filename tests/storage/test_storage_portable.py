"""The schema stays free of what would bar other homes of the data, such as DuckLake: see docs/scale.md."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from storage.store import Store

CODE = Path(__file__).resolve().parent.parent.parent / "storage"
EXTENSION = re.compile(r"\b(?:INSTALL|LOAD)\s+'?[a-z_]+'?\s*[;\"']", re.IGNORECASE)
FUNCTION = re.compile(r"\b(\w+)\(")
CONSTANT = {"CAST", "list_value", "to_seconds"}  # how DuckDB writes down an empty list, a type and an interval


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("portable") / "home"
    Store(home).publish()
    with duckdb.connect(str(home / "private" / "writer.duckdb"), read_only=True) as con:
        yield con


def test_no_table_has_a_foreign_key_or_a_check(con: duckdb.DuckDBPyConnection) -> None:
    kinds = {kind for (kind,) in con.sql("SELECT DISTINCT constraint_type FROM duckdb_constraints()").fetchall()}
    assert kinds <= {"PRIMARY KEY", "NOT NULL"}


def test_no_default_is_computed(con: duckdb.DuckDBPyConnection) -> None:
    found = con.sql(
        "SELECT table_name, column_name, column_default FROM duckdb_columns() "
        "WHERE NOT internal AND column_default IS NOT NULL"
    ).fetchall()
    assert [row for row in found if not set(FUNCTION.findall(row[2])) <= CONSTANT] == []


def test_there_are_no_sequences_and_no_indexes_beside_the_keys(con: duckdb.DuckDBPyConnection) -> None:
    assert con.sql("SELECT * FROM duckdb_sequences()").fetchall() == []
    assert con.sql("SELECT * FROM duckdb_indexes()").fetchall() == []


def test_vectors_have_no_fixed_length(con: duckdb.DuckDBPyConnection) -> None:
    kinds = {
        kind for (kind,) in con.sql("SELECT DISTINCT data_type FROM duckdb_columns() WHERE NOT internal").fetchall()
    }
    assert [kind for kind in kinds if re.search(r"\[\d+\]", kind)] == []


def test_no_extension_is_asked_for() -> None:
    asked = {path.name: EXTENSION.findall(path.read_text("utf-8")) for path in sorted(CODE.glob("*.py"))}
    assert {name: found for name, found in asked.items() if found} == {}
