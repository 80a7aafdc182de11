import json
import random
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from storage_filling import fill
from storage_makers import NOW, article, dump, keep, log_of, places, sql

from storage.database import BEFORE_MIGRATION
from storage.reads import storylines
from storage.schema import MIGRATIONS
from storage.snapshot import snapshot_path
from storage.store import Store
from storywire.errors import StorageError
from storywire.log import Groups
from storywire.nouns import LogKind, Storyline

AT = NOW.replace(tzinfo=None)
FIRST = """
INSERT INTO private.meta VALUES ('schema_version', '1'), ('model_name', 'mini'), ('model_digest', 'abc');
CREATE VIEW storylines AS SELECT storyline_id, label FROM private.storyline;
CREATE VIEW no_more AS SELECT 1 AS one;
INSERT INTO private.storyline VALUES ('aleppo', 'Aleppo', true, $at), ('s1', 'Bread', false, NULL);
INSERT INTO private.event VALUES ('e1', 'aleppo', 'a1'), ('e2', 's1', 'a3');
INSERT INTO private.definition VALUES ('aleppo', 'a1', true);
INSERT INTO private.article
    SELECT 'a' || n, 'https://x/' || n, 'Title ' || n, 'Text', 'en', NULL, NULL, 'none', NULL, $at + to_days(n), 'run'
    FROM generate_series(1, 5) AS t(n);
INSERT INTO private.duplicate VALUES ('a5', 'a1', 'near', 0.9, 'shares words', 'run1');
INSERT INTO private.assignment VALUES ('a1', 'e1', 'aleppo', 1, 1, '{}', 'r1'),
    ('a2', 'e1', 'aleppo', 1, 1, '{}', 'r2'),
    ('a3', 'e2', 's1', 1, 1, '{}', 'r3'), ('a4', 'e2', 's1', 1, 1, '{}', 'r4');
INSERT INTO private.feature SELECT article_id, 'f', '', '', '', '', [], [1, 0] FROM private.assignment;
"""


def older(home: Path) -> Store:
    """A store whose file is of the first schema: a storyline that a person named, one that was found, four reports."""
    store = Store(home)
    store.private.mkdir(parents=True)
    with duckdb.connect(str(store.path)) as con:
        con.execute(MIGRATIONS[0])
        for statement in con.extract_statements(FIRST):
            con.execute(statement, {"at": AT} if "$at" in statement.query else None)
    return store


def rows(store: Store, table: str) -> list[object]:
    with duckdb.connect(str(store.path)) as con:
        columns = con.execute(f"SELECT column_name FROM (DESCRIBE private.{table})").fetchall()
        later = ("merged_into", "label", "central_id", "closed", "author", "learnt", "doc", "pruned_at")
        later += ("signs0", "signs1", "signs2", "signs3")
        first = [name for (name,) in columns if name not in later]
        return con.execute(f"SELECT {', '.join(first)} FROM private.{table} ORDER BY ALL").fetchall()


def test_a_home_of_the_first_schema_keeps_all_that_is_stored(tmp_path: Path) -> None:
    store = older(tmp_path)
    tables = ("article", "assignment", "feature", "duplicate", "definition", "event", "storyline")
    before = {table: rows(store, table) for table in tables}
    assert store.unanalysed(9) == []
    assert {table: rows(store, table) for table in tables} == before
    assert sql(store, "SELECT value FROM private.meta WHERE key = 'schema_version'") == [(str(len(MIGRATIONS)),)]
    assert [s.closed for s in store.past(NOW).storylines] == [False, False]


def test_what_was_stored_before_there_was_a_log_is_in_it(tmp_path: Path) -> None:
    store = older(tmp_path)
    store.feeds()
    assert dict(Groups(log_of(store)).memberships()) == places(store)
    found = sql(
        store,
        "SELECT seq, made_at, made_by, run_id, kind, storyline_id, event_id, article_id, label FROM storyline_log",
    )
    days = [None, *(AT + timedelta(n) for n in range(1, 5))]
    assert found == [
        (1, AT, "person", None, "created", "aleppo", None, None, "Aleppo"),
        (2, days[3], "machine", "r3", "created", "s1", None, None, "Bread"),
        (3, days[1], "machine", "r1", "created", "aleppo", "e1", None, None),
        (4, days[3], "machine", "r3", "created", "s1", "e2", None, None),
        (5, days[1], "machine", "r1", "joined", "aleppo", "e1", "a1", None),
        (6, days[2], "machine", "r2", "joined", "aleppo", "e1", "a2", None),
        (7, days[3], "machine", "r3", "joined", "s1", "e2", "a3", None),
        (8, days[4], "machine", "r4", "joined", "s1", "e2", "a4", None),
    ]


def test_the_views_of_an_older_file_make_place_for_todays(tmp_path: Path) -> None:
    store, new = older(tmp_path / "old"), Store(tmp_path / "new")
    query = "SELECT view_name, sql, comment FROM duckdb_views() WHERE NOT internal ORDER BY 1"
    assert sql(store, query) == sql(new, query)
    assert sql(store, "SELECT storyline_id, closed, event_count FROM storylines ORDER BY 1") == [
        ("aleppo", False, 1),
        ("s1", False, 1),
    ]


def test_a_migrated_file_is_used_like_a_new_one(tmp_path: Path) -> None:
    store = older(tmp_path)
    keep(store, [article(1)], storyline=Storyline("s1", "Bread", False))
    store.delete_article("a3")
    assert [e.kind for e in log_of(store)[8:]] == [LogKind.CREATED, LogKind.JOINED]
    before = dump(store)
    Store(tmp_path).feeds()
    assert dump(store) == before
    assert json.loads(sql(store, "SELECT evidence FROM storyline_log LIMIT 1")[0][0]) == {}


def test_a_snapshot_of_an_older_version_is_said_to_be_one(tmp_path: Path) -> None:
    store = older(tmp_path)
    store.path.rename(snapshot_path(tmp_path))
    with pytest.raises(StorageError, match=r"of another version.*`storywire run` publishes it anew"):
        storylines(tmp_path)


def test_an_older_homes_watches_and_alerts_go_on_under_their_ids(tmp_path: Path) -> None:
    store = older(tmp_path / "home")
    with duckdb.connect(str(store.path)) as con:
        con.execute("INSERT INTO private.watch VALUES ('w1', NULL, 'file:/tmp/all.jsonl', ?)", [AT])
        con.execute(
            """INSERT INTO private.alert VALUES ('a1', 'w1', 'aleppo', ['a1'], $at, NULL, 2),
                ('a2', 'w1', 's1', ['a3'], $at, $at, 0), ('a3', 'gone', 's1', ['a4'], $at, $at, 0)""",
            {"at": AT},
        )
    [watch] = store.watches()
    assert (watch.watch_id, watch.name, watch.target, watch.paused) == ("w1", "w1", "file:/tmp/all.jsonl", False)
    assert [(a.alert_id, a.subject_id, a.causes) for a in store.waiting()] == [("a1", "aleppo", ("a1",))]
    assert {(m.message_id, m.state.value, m.sent_at) for m in store.messages(9)} == {
        ("m2", "sent", NOW),
        ("m3", "sent", NOW),
    }
    assert store.told(["s1"]) == {("w1", "s1"), ("gone", "s1")}
    assert store.due_messages(NOW) == []


REWRITTEN = {"watch": 5, "alert": 5, "message": 5}  # by the schema that made it anew


def of_schema(home: Path, version: int) -> tuple[Store, dict[str, list[tuple[object, ...]]]]:
    """A store whose file is of an earlier schema, with rows in every table; and these, by table, with their columns."""
    store = Store(home)
    store.private.mkdir(parents=True)
    with duckdb.connect(str(store.path)) as con:
        for script in MIGRATIONS[:version]:
            con.execute(script)
        con.execute("INSERT INTO private.meta VALUES ('schema_version', ?)", [str(version)])
        con.execute("CREATE VIEW no_more AS SELECT 1 AS one")
        fill(con, random.Random(version), rows=6)
        names = con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'private'").fetchall()
        return store, {name: [*content(con, name)] for (name,) in names}


def content(con: duckdb.DuckDBPyConnection, table: str, columns: str = "*") -> list[tuple[object, ...]]:
    found = con.execute(f"SELECT {columns} FROM private.{table}")
    names = tuple(column[0] for column in found.description or ())
    return [names, *sorted(found.fetchall(), key=repr)]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_all_that_a_file_of_any_earlier_schema_holds_is_there_after_its_migration(tmp_path: Path, version: int) -> None:
    store, before = of_schema(tmp_path, version)
    assert all(len(rows) > 1 for rows in before.values())
    store.unanalysed_count()
    with duckdb.connect(str(store.path)) as con:
        for table, old in before.items():
            if table == "meta" or REWRITTEN.get(table, 0) > version:
                continue
            now = content(con, table, ", ".join(map(str, old[0])))
            more = [row for row in now if row not in old]
            assert [row for row in old if row not in now] == [], table
            assert len(now) == len(old) or table == "log", f"{table}: {more}"
    with duckdb.connect(str(store.private / BEFORE_MIGRATION), read_only=True) as con:
        assert content(con, "article") == before["article"]


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_file_of_any_earlier_schema_has_the_tables_and_views_of_a_new_one(tmp_path: Path, version: int) -> None:
    store, _ = of_schema(tmp_path / "old", version)
    new = Store(tmp_path / "new")
    columns = """SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns()
        WHERE schema_name = 'private' ORDER BY ALL"""
    keys = "SELECT table_name, constraint_type, constraint_column_names FROM duckdb_constraints() ORDER BY ALL"
    # DuckDB writes a type by another of its names once a view was used
    views = """SELECT schema_name, view_name, replace(sql, 'TIMESTAMP_US', 'TIMESTAMP'), comment FROM duckdb_views()
        WHERE NOT internal ORDER BY ALL"""
    for query in (columns, keys, views):
        assert sql(store, query) == sql(new, query)
    keep(store, [article(1)], storyline=Storyline("s1", "Bread", False))
    assert article(1).article_id in places(store)
    store.publish()
    assert "Bread" in [line.label for line in storylines(store.home)]
