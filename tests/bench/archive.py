"""An invented installation of any size, for what is slow only in a large one: decides how it is written.

    python -m tests.bench.archive HOME --articles 100000 [--seed 0]

Never runs the pipeline: rows are written in bulk to a file that the Store made, so that its schema is today's, and all
of it is published, which makes its index. What it lacks: kept pages, alerts, revisions. Its file was written at once,
where that of years of runs was written little by little. A million articles took 14 minutes without the index.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from storage.database import Connection, atomic
from storage.store import Store
from storywire import identity
from storywire.watches import Watch
from tests.bench.archiveplan import END
from tests.bench.archiverows import DIMENSIONS, Archive, Columns

CHUNK = 20_480  # articles made at a time; a row group of DuckDB's has six times as many
MODEL = {"model_name": "all-MiniLM-L6-v2", "model_digest": "invented"}
LISTS = {
    "names": "string_split(names, ',')",
    "member_ids": "string_split(member_ids, ',')",
    "terms": "string_split(terms, ',')::UINTEGER[]",
    "vector": f"[{', '.join(f'v{axis}' for axis in range(DIMENSIONS))}]",
}
# Each kept article joined its event; a founder made it first, and the first of all its storyline.
LOG = """
INSERT INTO private.log
WITH told AS (
    SELECT 1 AS step, created_at AS made_at, run_id, 'created' AS kind, s.storyline_id, NULL AS event_id,
        NULL AS article_id, label FROM private.storyline s JOIN private.article ON article_id = central_id
    UNION ALL
    SELECT 2, first_seen_at, run_id, 'created', storyline_id, event_id, NULL, NULL
    FROM private.event JOIN private.article ON article_id = founder_id
    UNION ALL
    SELECT 3, first_seen_at, v.run_id, 'joined', storyline_id, event_id, article_id, NULL
    FROM private.assignment v JOIN private.article USING (article_id)
)
SELECT row_number() OVER (ORDER BY made_at, step), made_at, run_id, false, kind, storyline_id, event_id, article_id,
    NULL, label, '{}'
FROM told
"""


def make(home: Path, articles: int, seed: int = 0) -> None:
    """Makes the installation at `home`, which must be new, and publishes it."""
    store, archive = Store(home), Archive(articles, seed)
    store.add_feeds(archive.feeds())
    for name in ("Everything", "In the morning", "The desk"):
        store.add_watch(Watch(identity.watch_id(name), name, "file:alerts.jsonl", END))
    with store.locked(), store.opened() as con:
        con.execute("SET memory_limit = '1500MB'")
        # By itself DuckDB would write the last row group of each table anew each 16 MB.
        con.execute("SET wal_autocheckpoint = '10GB'")
        with atomic(con):
            con.executemany("INSERT INTO private.meta VALUES (?, ?)", list(MODEL.items()))
            _insert(con, "run", archive.runs())
            for name, columns in archive.groups():
                _insert(con, name, columns)
        for first in range(0, articles, 6 * CHUNK):
            with atomic(con):
                for start in range(first, min(first + 6 * CHUNK, articles), CHUNK):
                    for name, columns in archive.reports(np.arange(start, min(start + CHUNK, articles))):
                        _insert(con, name, columns)
            con.execute("CHECKPOINT")
        con.execute(LOG)
    store.publish()


def _insert(con: Connection, table: str, columns: Columns) -> None:
    """Adds rows; of the columns only those that the table has."""
    given = {*columns, "vector"} if "v0" in columns else set(columns)
    known = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND schema_name = 'private'", [table]
    )
    names = [name for (name,) in known.fetchall() if name in given]
    values = [LISTS[name] if name in LISTS and (table, name) != ("feature", "terms") else name for name in names]
    con.register("said", dict(columns))
    con.execute(f"INSERT INTO private.{table} ({', '.join(names)}) SELECT {', '.join(values)} FROM said")
    con.unregister("said")


def main() -> None:
    """Make one."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.archive", description="Make a large installation.")
    parser.add_argument("home", type=Path, help="a new folder")
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.perf_counter()
    make(options.home, options.articles, options.seed)
    size = (options.home / "storywire.duckdb").stat().st_size
    print(f"{options.articles:,} articles, {size / 1e6:,.0f} MB, in {time.perf_counter() - began:,.0f} s")


if __name__ == "__main__":
    main()
