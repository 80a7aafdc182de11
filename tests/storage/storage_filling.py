"""Rows for any table, made up by the types of its columns."""

import random

import duckdb

_KEYED = """SELECT 1 FROM duckdb_constraints()
    WHERE schema_name = 'private' AND table_name = ? AND constraint_type = 'PRIMARY KEY'"""
NUMBERS = {"BIGINT", "INTEGER", "UINTEGER", "UTINYINT", "UBIGINT", "DOUBLE", "HUGEINT"}


def some(kind: str, chance: random.Random) -> str:
    """An SQL value of a type."""
    if kind.endswith("[]"):
        return f"[{', '.join(some(kind[:-2], chance) for _ in range(chance.randrange(3)))}]::{kind}"
    if kind in NUMBERS:
        return f"{chance.randrange(200)}::{kind}"
    return {
        "VARCHAR": f"'{chance.choice(['', 'ä', 'words', '🗞'])}{chance.randrange(10**9)}'",
        "TIMESTAMP": f"TIMESTAMP '2026-01-01' + to_seconds({chance.randrange(10**7)})",
        "BOOLEAN": chance.choice(["true", "false"]),
        "INTERVAL": f"to_minutes({chance.randrange(999)})",
        "BLOB": f"'{chance.randbytes(4).hex()}'::BLOB",
        "FLOAT": f"{chance.uniform(-1, 1):.6f}::FLOAT",
    }[kind]


def fill(con: duckdb.DuckDBPyConnection, chance: random.Random, rows: int = 3) -> None:
    """Rows of every private table but `meta`; nulls wherever one may stand."""
    names = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'private' AND table_name <> 'meta'"
    for (table,) in sorted(con.execute(names).fetchall()):
        columns = con.execute(
            """SELECT data_type, is_nullable FROM duckdb_columns()
            WHERE schema_name = 'private' AND table_name = ? ORDER BY column_index""",
            [table],
        ).fetchall()
        keyed = con.execute(_KEYED, [table]).fetchall()
        for _ in range(rows):
            said = ["NULL" if free and chance.random() < 0.3 else some(kind, chance) for kind, free in columns]
            con.execute(f"INSERT {'OR IGNORE' if keyed else ''} INTO private.{table} VALUES ({', '.join(said)})")
