"""Laws of the ways out and in: what comes back is what was there, and what is not an export changes nothing."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import newsroom
from storage_makers import NOW, sql

from storage.exchange import digest_of, export_tables, export_views
from storage.intake import import_tables
from storage.schema import MIGRATIONS
from storage.store import Store
from storywire.errors import BusyError, InputError, NewerSchemaError

TABLES = "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'private' ORDER BY 1"
TYPES = "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'private' AND table_name = ?"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return newsroom(tmp_path_factory.mktemp("newsroom"))


@pytest.fixture(scope="module")
def exported(told: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "out"
    export_tables(told, folder, NOW)
    return folder


@pytest.fixture
def out(exported: Path, tmp_path: Path) -> Path:
    """An export that a test may spoil."""
    return Path(shutil.copytree(exported, tmp_path / "out"))


def content(store: Store) -> dict[str, list[str]]:
    """All rows of all tables, in their order, as text that tells each value of each type apart."""
    return {name: [repr(row) for row in sql(store, f"FROM private.{name}")] for (name,) in sql(store, TABLES)}


def test_what_is_imported_is_what_was_exported_and_exports_the_same(told: Store, out: Path, tmp_path: Path) -> None:
    new = Store(tmp_path / "new")
    assert import_tables(new, out).rows == sum(map(len, content(told).values()))
    assert content(new) == content(told)
    again = export_tables(new, tmp_path / "again", NOW)
    assert again == export_tables(told, tmp_path / "once-more", NOW)
    assert (tmp_path / "again" / "manifest.json").read_bytes() == (out / "manifest.json").read_bytes()
    new.publish()
    views = [export_views(store.home, tmp_path / f"views-{n}", NOW).tables for n, store in enumerate((told, new))]
    # The rows of a view have no order, so neither have its files a digest that lasts.
    assert [(t.name, t.rows, t.columns) for t in views[0]] == [(t.name, t.rows, t.columns) for t in views[1]]


TEXT = st.text(st.characters(exclude_categories=["Cs"], include_characters="😀\u202e\0\n'\""), max_size=9)
NUMBERS = {
    "INTEGER": st.integers(-(2**31), 2**31 - 1),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "HUGEINT": st.integers(-(2**127) + 1, 2**127 - 1),
    "UTINYINT": st.integers(0, 2**8 - 1),
    "UINTEGER": st.integers(0, 2**32 - 1),
    "UBIGINT": st.integers(0, 2**64 - 1),
    "FLOAT": st.floats(width=32),
    "DOUBLE": st.floats(),
}
SCALARS: dict[str, st.SearchStrategy[Any]] = NUMBERS | {
    "VARCHAR": TEXT,
    "BOOLEAN": st.booleans(),
    "BLOB": st.binary(max_size=40),
    "TIMESTAMP": st.datetimes(),  # with microseconds
    "INTERVAL": st.builds(
        lambda months, days, us: f"{months} months {days} days {us} microseconds",
        *(st.integers(-n, n) for n in (999, 9999, 10**15)),
    ),
}


def values(kind: str) -> st.SearchStrategy[Any]:
    if kind.endswith("[]"):
        return st.lists(st.none() | values(kind[:-2]), max_size=3)
    return SCALARS[kind]


@st.composite
def rows(draw: st.DrawFn, columns: list[tuple[str, str, bool]], key: set[str]) -> list[list[Any]]:
    """Rows of a table, unique in their keys by a number; meta's are left as they are."""
    count = draw(st.integers(0, 3))
    made = [[draw(values(t) if fixed else st.none() | values(t)) for _, t, fixed in columns] for _ in range(count)]
    for n, row in enumerate(made):
        for i, (name, kind, _) in enumerate(columns):
            if name in key:
                row[i] = f"{row[i]}{n}" if kind == "VARCHAR" else n
    return made


COLUMNS = """
SELECT table_name, column_name, data_type, NOT is_nullable,
    list_contains((SELECT any_value(constraint_column_names) FROM duckdb_constraints() k
        WHERE k.table_name = c.table_name AND constraint_type = 'PRIMARY KEY'), column_name) IS TRUE
FROM duckdb_columns() c WHERE schema_name = 'private' AND table_name <> 'meta'
    AND table_name IN (SELECT t.table_name FROM duckdb_tables() t WHERE t.schema_name = 'private')
ORDER BY table_name, column_index
"""


@settings(max_examples=5, deadline=None)
@given(st.data())
def test_each_table_comes_back_exactly_whatever_is_in_it(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        old, new = Store(Path(folder) / "old"), Store(Path(folder) / "new")
        with old.transaction() as con:
            for table, columns in _schema().items():
                plain = [(name, kind, fixed or key) for name, kind, fixed, key in columns]
                made = data.draw(rows(plain, {name for name, _, _, key in columns if key}))
                _insert(con, table, plain, made)
        written = export_tables(old, Path(folder) / "out", NOW)
        assert import_tables(new, Path(folder) / "out") == written
        assert content(new) == content(old)
        assert _intervals(new) == _intervals(old)
        assert export_tables(new, Path(folder) / "again", NOW) == written


@cache
def _schema() -> dict[str, list[Any]]:
    """Each table but meta, with its columns: name, type, whether it is always there, and whether it is of the key."""
    tables: dict[str, list[Any]] = {}
    with TemporaryDirectory() as folder:
        for table, *column in sql(Store(Path(folder)), COLUMNS):
            tables.setdefault(table, []).append(column)
    return tables


def _insert(con: duckdb.DuckDBPyConnection, table: str, columns: list[tuple[str, str, bool]], made: list[Any]) -> None:
    casts = ", ".join(f"?::{kind}" for _, kind, _ in columns)
    for row in made:
        con.execute(f"INSERT INTO private.{table} ({', '.join(c[0] for c in columns)}) VALUES ({casts})", row)


def _intervals(store: Store) -> list[Any]:
    """Intervals with their months, which Python's have not."""
    return sql(store, "SELECT check_interval::VARCHAR, silence::VARCHAR FROM private.feed")


@pytest.mark.parametrize("schema", range(1, len(MIGRATIONS) + 1))
def test_an_export_of_an_earlier_schema_is_imported_and_migrated(schema: int, tmp_path: Path) -> None:
    old = Store(tmp_path / "old")
    old.private.mkdir(parents=True)
    with duckdb.connect(str(old.path)) as con:
        for script in MIGRATIONS[:schema]:
            con.execute(script)
        con.execute("INSERT INTO private.meta VALUES ('schema_version', ?)", [str(schema)])
        con.execute("""INSERT INTO private.storyline (storyline_id, label, pinned, created_at)
            VALUES ('s', 'Aleppo', true, '2026-11-20')""")
        _dump_as_export(con, tmp_path / "out", schema)
    new = Store(tmp_path / "new")
    import_tables(new, tmp_path / "out")
    assert sql(new, "SELECT value FROM private.meta WHERE key = 'schema_version'") == [(str(len(MIGRATIONS)),)]
    assert sql(new, "SELECT label, closed FROM storylines") == [("Aleppo", False)]
    assert content(new) == content(old)  # which is migrated by being opened


def _dump_as_export(con: duckdb.DuckDBPyConnection, folder: Path, schema: int) -> None:
    """What `export_tables` of that day would have written."""
    folder.mkdir()
    tables = []
    for (name,) in con.execute(TABLES).fetchall():
        columns = dict(con.execute(TYPES, [name]).fetchall())
        text = ", ".join(f'"{c}"::VARCHAR AS "{c}"' for c, t in columns.items() if t in ("INTERVAL", "HUGEINT"))
        path, replaced = folder / f"{name}.parquet", f"REPLACE ({text})" if text else ""
        [(rows,)] = con.execute(f"COPY (SELECT * {replaced} FROM private.{name}) TO '{path}'").fetchall()
        tables.append({"name": name, "file": path.name, "rows": rows, "sha256": digest_of(path), "columns": columns})
    head = {"format": "storywire export", "version": 1, "what": "tables", "storywire": "0.1.0", "schema": schema}
    (folder / "manifest.json").write_text(
        json.dumps(head | {"made_at": "2026-11-22T08:30:00+00:00", "model": None, "tables": tables})
    )


def test_a_home_that_has_a_database_is_left_as_it_is(told: Store, out: Path) -> None:
    before = content(told)
    with pytest.raises(InputError, match=r"writer\.duckdb is there already: name another folder in STORYWIRE_HOME"):
        import_tables(told, out)
    assert content(told) == before


def test_a_folder_with_anything_in_it_is_not_exported_into(told: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    for name in ("file", ".", "link"):
        with pytest.raises(InputError, match="is there already: give a new folder"):
            export_tables(told, tmp_path / name, NOW)
    export_tables(told, tmp_path / "empty", NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "link"]
    assert (tmp_path / "empty").stat().st_mode & 0o077 == 0


def test_the_folder_that_one_stands_in_is_a_folder_too(
    told: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    export_tables(told, Path("."), NOW)
    monkeypatch.chdir(tmp_path)
    assert (tmp_path / "empty" / "manifest.json").exists()
    with pytest.raises(InputError, match="is there already"):
        export_tables(told, Path("empty"), NOW)
    with pytest.raises(InputError, match="is there already"):
        export_tables(told, Path("/"), NOW)


def test_a_folder_of_a_person_beside_the_target_is_left_alone(told: Store, tmp_path: Path) -> None:
    (tmp_path / ".out.new").mkdir()
    (tmp_path / ".out.new" / "mine").write_text("mine")
    export_tables(told, tmp_path / "out", NOW)
    assert (tmp_path / ".out.new" / "mine").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.new", "out"]


@pytest.mark.parametrize("name", ["a*", "what?", "[ab]"])
def test_a_folder_whose_name_is_a_pattern_is_refused_and_a_link_to_it_is_not(
    name: str, told: Store, tmp_path: Path
) -> None:
    export_tables(told, tmp_path / name, NOW)
    refused(tmp_path / name, tmp_path / "new", "in its path, which DuckDB takes for a pattern")
    (tmp_path / "link").symlink_to(tmp_path / name)
    import_tables(Store(tmp_path / "new"), tmp_path / "link")
    assert content(Store(tmp_path / "new")) == content(told)


def test_what_a_killed_export_import_or_restore_left_goes_when_an_article_is_removed(tmp_path: Path) -> None:
    store = newsroom(tmp_path / "home")
    [article_id, *_] = [row[0] for row in sql(store, "SELECT article_id FROM private.article")]
    left = [store.private / f"{name}.duckdb{log}" for name in ("export", "import", "restored") for log in ("", ".wal")]
    for path in left:
        path.write_bytes(store.path.read_bytes())
    assert store.delete_article(article_id) == 1
    assert [path.name for path in left if path.exists()] == []


def test_what_a_killed_export_left_goes_with_the_next(told: Store, tmp_path: Path) -> None:
    left = [told.private / "export.duckdb", told.private / "export.duckdb.wal"]
    for path in left:
        path.write_bytes(b"half a copy" * 9999)
    export_tables(told, tmp_path / "out", NOW)
    assert [path.name for path in left if path.exists()] == []


def test_an_export_that_fails_leaves_nothing_and_one_at_a_time_is_made(told: Store, tmp_path: Path) -> None:
    with Store(told.home, timedelta(0)).held("export.lock", "another"), pytest.raises(BusyError, match="under way"):
        export_tables(Store(told.home, timedelta(0)), tmp_path / "out", NOW)
    with pytest.raises(InputError, match="run `storywire run` first"):
        export_views(tmp_path, tmp_path / "out", NOW)
    with pytest.raises(InputError, match="run `storywire run` first"):
        export_tables(Store(tmp_path / "none"), tmp_path / "out", NOW)
    assert list(tmp_path.iterdir()) == []
    assert not (told.private / "export.duckdb").exists()


def test_as_csv_no_cell_of_a_view_is_a_formula_and_nothing_of_the_private_tables_is_there(
    tmp_path: Path,
) -> None:
    store = newsroom(tmp_path / "home")
    with store.transaction() as con:
        con.execute("UPDATE private.article SET title = '=HYPERLINK(\"https://evil.example\")'")
    store.publish()
    made = export_views(store.home, tmp_path / "csv", NOW, as_csv=True)
    assert {table.file for table in made.tables} | {"manifest.json"} == set(os.listdir(tmp_path / "csv"))
    said = (tmp_path / "csv" / "coverage.csv").read_text("utf-8")
    assert "\"'=HYPERLINK(" in said
    assert '"=' not in said
    assert not {"meta", "feature", "entry", "source", "lateness"} & {table.name for table in made.tables}
    with pytest.raises(InputError, match="has the public views alone"):
        import_tables(Store(tmp_path / "new"), tmp_path / "csv")


def changed(out: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """The manifest with a change, and the digests of the files as they are."""
    said = json.loads((out / "manifest.json").read_text("utf-8"))
    for table in said["tables"]:
        table["sha256"] = digest_of(out / table["file"])
    change(said)
    (out / "manifest.json").write_text(json.dumps(said))


def table(said: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in said["tables"] if each["name"] == name)
    return found


def parquet(out: Path, name: str, query: str) -> None:
    """Another file in the place of a table's, whose digest the manifest has."""
    path = out / f"{name}.parquet"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE old AS FROM '{path}'")
        con.execute(f"COPY ({query}) TO '{path}'")
    changed(out, lambda said: None)


MANIFESTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "a path": (lambda said: table(said, "article").update(file="../article.parquet"), "has another name"),
    "an absolute path": (lambda said: table(said, "article").update(file="/etc/passwd"), "has another name"),
    "a name with SQL": (lambda said: table(said, "article").update(name='x"; DROP TABLE y'), "table's name is none"),
    "a type with SQL": (lambda said: table(said, "run")["columns"].update(run_id="VARCHAR); DROP"), "type is none"),
    "a file of another table": (lambda said: table(said, "event").update(file="run.parquet"), "has another name"),
    "a table twice": (lambda said: said["tables"].append(said["tables"][0]), "stands there twice"),
    "a table less": (lambda said: said["tables"].pop(), "does not have the tables of schema"),
    "a column more": (lambda said: table(said, "run")["columns"].update(more="VARCHAR"), "columns of run"),
    "rows in words": (lambda said: table(said, "run").update(rows="many"), "not a number that can be"),
    "more rows": (lambda said: table(said, "run").update(rows=9), "does not have the 9 rows"),
    "far too many rows": (lambda said: table(said, "run").update(rows=10**9), "cannot be in so small a file"),
    "rows below none": (lambda said: table(said, "run").update(rows=-1), "not a number that can be"),
    "no tables": (lambda said: said.update(tables=7), "is damaged or was changed"),
    "a table that is none": (lambda said: said["tables"].append([]), "is damaged or was changed"),
    "another schema": (lambda said: said.update(schema=len(MIGRATIONS) - 1), "does not have the columns|the tables"),
    "another digest": (lambda said: table(said, "run").update(sha256="0" * 64), "its digest differs"),
    "another form": (lambda said: said.update(version=2), "update Storywire"),
    "another program's": (lambda said: said.update(format="else"), "is not the manifest of an export"),
    "no time": (lambda said: said.update(made_at="yesterday"), "is damaged or was changed"),
}


def refused(out: Path, new: Path, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        import_tables(Store(new), out)
    assert "\n" not in str(caught.value)
    left = {path.name for path in new.rglob("*") if path.is_file()} - {"writer.lock"}
    assert left == set()


@pytest.mark.parametrize("case", MANIFESTS)
def test_a_manifest_that_is_not_of_its_files_is_refused_and_leaves_nothing(
    case: str, out: Path, tmp_path: Path
) -> None:
    change, words = MANIFESTS[case]
    changed(out, change)
    refused(out, tmp_path / "new", words)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is not the manifest"),
        (b"\xff\xfe", "is not the manifest"),
        (b"[" * 100_000, "is not the manifest"),
        (b"[]", "is not the manifest"),
        (b'{"format": "storywire export", "version": 1}', "is damaged or was changed"),
        (b" " * (5 * 2**20), "is not the manifest"),
    ],
)
def test_what_is_no_manifest_is_refused(body: bytes, words: str, out: Path, tmp_path: Path) -> None:
    (out / "manifest.json").write_bytes(body)
    refused(out, tmp_path / "new", words)


FILES = {
    "other types": ("run", "SELECT * REPLACE (started_at::VARCHAR AS started_at) FROM old", "columns of run"),
    "a column less": ("run", "SELECT * EXCLUDE (pending) FROM old", "columns of run"),
    "a column more": ("run", "SELECT *, 1 AS more FROM old", "columns of run"),
    "rows less": ("run", "FROM old LIMIT 1", r"does not have the \d+ rows"),
    "a key twice": ("run", "SELECT * REPLACE ('r' AS run_id) FROM old", "cannot be taken as the table run"),
    "nothing where something must be": (
        "run",
        "SELECT * REPLACE (NULL::VARCHAR AS run_id) FROM old",
        "cannot be taken",
    ),
    "no interval": (
        "feed",
        "SELECT * REPLACE ('soon' AS check_interval) FROM old",
        "cannot be taken as the table feed",
    ),
    "another schema inside": ("meta", "SELECT key, '1' AS value FROM old", "of another schema"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_not_of_its_table_is_refused_and_leaves_nothing(case: str, out: Path, tmp_path: Path) -> None:
    name, query, words = FILES[case]
    parquet(out, name, query)
    refused(out, tmp_path / "new", words)


def test_a_bomb_of_rows_that_its_manifest_vouches_for_is_refused_before_it_is_read(out: Path, tmp_path: Path) -> None:
    kinds = "'a' AS article_id, NULL::VARCHAR AS url, NULL::VARCHAR AS feed_url, NULL::VARCHAR AS guid"
    parquet(out, "deleted", f"SELECT {kinds} FROM range(5_000_000)")
    changed(out, lambda said: table(said, "deleted").update(rows=5_000_000))
    refused(out, tmp_path / "new", "claims 5,000,000 rows, which cannot be in so small a file")


def test_links_folders_pipes_and_files_that_are_not_there_are_refused(out: Path, tmp_path: Path) -> None:
    path = out / "run.parquet"
    path.rename(tmp_path / "run.parquet")
    refused(out, tmp_path / "new", "run.parquet cannot be read")
    path.symlink_to(tmp_path / "run.parquet")
    refused(out, tmp_path / "new", "is not a file of its own")
    path.unlink()
    os.mkfifo(path)
    refused(out, tmp_path / "new", "is not a file of its own")
    path.unlink()
    path.mkdir()
    refused(out, tmp_path / "new", "is not a file of its own")
    refused(tmp_path / "nowhere", tmp_path / "new", "manifest.json cannot be read")


def test_a_file_that_is_cut_or_is_no_parquet_is_refused(out: Path, tmp_path: Path) -> None:
    path = out / "article.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    refused(out, tmp_path / "new", "its digest differs")
    for body in (whole[:-9], b"PAR1" + bytes(90) + b"PAR1", b"", whole[:40] + bytes(40) + whole[80:]):
        path.write_bytes(body)
        changed(out, lambda said: None)
        refused(out, tmp_path / "new", r"cannot be taken as the table article|in so small a file|does not have the")


def test_an_export_of_a_newer_storywire_is_refused(out: Path, tmp_path: Path) -> None:
    changed(out, lambda said: said.update(schema=len(MIGRATIONS) + 1))
    with pytest.raises(NewerSchemaError, match="update Storywire"):
        import_tables(Store(tmp_path / "new"), out)
    assert not (tmp_path / "new").exists()
