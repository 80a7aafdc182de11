"""What is written over a null stays written, through checkpoints and re-opened files: DuckDB 2.0.0 can lose it."""

import random
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from storage_makers import article, entry, feed

from storage import database
from storage.rewriting import copied
from storage.store import Store
from storywire.nouns import EntryState

COLUMNS = "SELECT DISTINCT column_name FROM pragma_storage_info('private.entry') WHERE compression = 'DICT_FSST'"
KINDS = "SELECT DISTINCT compression FROM pragma_storage_info('private.entry')"


def test_an_entry_that_waited_through_checkpoints_keeps_its_article(store: Store) -> None:
    draw, made, waiting = random.Random(11), 0, list[int]()
    store.add_feeds([feed()])
    for step in range(40):
        if draw.random() < 0.45:
            new = list(range(made, made + draw.randint(1, 110)))
            store.save_polls([(feed(), [entry(n) for n in new])], f"run-{step}")
            made, waiting = made + len(new), waiting + new
        elif waiting:
            draw.shuffle(waiting)
            chosen, waiting = waiting[:40], waiting[40:]
            found = [article(n) for n in chosen]
            stored = [
                (replace(entry(n), state=EntryState.STORED, article_id=a.article_id), a)
                for n, a in zip(chosen, found, strict=True)
            ]
            store.save_collected(stored, f"run-{step}")
        if draw.random() < 0.5:
            store.publish()
        with store.transaction() as con:
            half = con.execute(
                """SELECT count(*) FROM private.entry
                WHERE (state = 'pending') <> (article_id IS NULL) OR (state = 'pending') <> (settled_run_id IS NULL)"""
            ).fetchone()
        assert half == (0,), f"after step {step}"
    with store.transaction() as con:
        assert ("DICT_FSST",) not in con.execute(KINDS).fetchall()
    copied(store.path, store.home / "copy.duckdb")
    with duckdb.connect(str(store.home / "copy.duckdb"), read_only=True) as con:
        assert ("DICT_FSST",) not in con.execute(KINDS).fetchall()


def test_a_database_of_before_is_compressed_anew_where_texts_may_be_null(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(database, "MIGRATIONS", database.MIGRATIONS[:6])
        before.setattr(database, "LOSES_UPDATES", "none")
        before.setattr(database, "make_views", lambda con: None)
        old = Store(tmp_path)
        old.save_polls([(feed(), [])], "run")
        old.add_feeds([feed()])
        old.save_polls([(feed(), [entry(n) for n in range(400)])], "run")
        with old.locked(), old.opened() as con:
            con.execute("UPDATE private.entry SET settled_run_id = 'run', article_id = entry_id WHERE rowid < 390")
            con.execute("CHECKPOINT")
            assert ("article_id",) in con.execute(COLUMNS).fetchall()
    with Store(tmp_path).transaction() as con:
        assert {("article_id",), ("settled_run_id",)}.isdisjoint(con.execute(COLUMNS).fetchall())
        assert con.execute("SELECT count(*) FROM private.entry WHERE article_id = entry_id").fetchone() == (390,)
