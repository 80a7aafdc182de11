"""A run beside a long history: decides what is stored before it, and which of its parts are timed.

    python -m tests.bench.history [--open 2000] [--stored 10000 100000]

Never asserts anything. What is open is the same each time; the rest is older than what an article is compared with, and
about other things. Publishing, which copies the whole file, is left out.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from flows.cycle import BATCH, WINDOW
from storage.database import Connection, atomic, insert
from storage.rows import ARTICLE, CORE, SKETCH, article_row, sketch_row
from storage.store import Store
from storywire.analyse import Analyst
from storywire.belonging import CORE as CORE_SIZE
from storywire.nouns import Article, Precision, Published
from storywire.parameters import Parameters
from storywire.past import Past
from storywire.sketch import Hashes
from tests.bench.news import NOW, News

MODEL = (Parameters().model, "bench")

# Each old article is an open one under another id, long ago, with a few bytes of its own so that none is stored once
# for all. Two make an event, two events a storyline, whose core has words that no other has.
_OLD = """
CREATE TEMP TABLE old AS SELECT i, 'o' || i AS id, unhex(lpad(hex(i), 8, '0')) AS mark, kept.* FROM range($old) r(i)
    JOIN (SELECT row_number() OVER () - 1 AS place, * EXCLUDE text FROM private.article) kept
    ON place = i % (SELECT count(*) FROM private.article);
INSERT INTO private.article BY NAME SELECT a.* REPLACE (
    id AS article_id, 'https://example.org/old/' || i AS url, a.text || ' ' || i AS text,
    a.published_at - to_days(100 + (i % 1000)::INTEGER) AS published_at,
    a.first_seen_at - to_days(100 + (i % 1000)::INTEGER) AS first_seen_at
) FROM old JOIN private.article a USING (article_id);
INSERT INTO private.feature SELECT id, fingerprint || i, shingles || mark, terms || mark, counts || mark, numbers,
    names, vector FROM old JOIN private.feature USING (article_id);
INSERT INTO private.assignment SELECT id, 'oe' || i // 2, 'os' || i // 4, 0.5, 0.1,
    json_object('nearest', [title, title, title], 'number', i), 'run' FROM old;
INSERT INTO private.event (event_id, storyline_id, founder_id, label, central_id)
    SELECT 'oe' || i // 2, 'os' || i // 4, id, title, id FROM old WHERE i % 2 = 0;
INSERT INTO private.storyline (storyline_id, label, pinned, created_at, central_id)
    SELECT 'os' || i // 4, title, false, first_seen_at, id FROM old WHERE i % 4 = 0;
INSERT INTO private.core SELECT 'os' || i // 4, ['o' || i, 'o' || (i + 1), 'o' || (i + 2)],
    list_transform(range(24), lambda n: (hash(i * 24 + n) % 4294967296)::UINTEGER) FROM old WHERE i % 4 = 0;
INSERT INTO private.log SELECT i, first_seen_at, 'run', false, 'joined', 'os' || i // 4, 'oe' || i // 2, id, NULL, NULL,
    '{}' FROM old;
DROP TABLE old;
"""


def main() -> None:
    """One home for each length of history, a run in each, and a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.history", description="Time a run beside old news.")
    parser.add_argument("--open", type=int, default=2000, help="open events, of two or three reports each")
    parser.add_argument("--stored", type=int, nargs="+", default=[10_000, 100_000], help="old articles")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(Store(options.run), options.open)))
        return
    found = {}
    for old in options.stored:
        with tempfile.TemporaryDirectory() as folder:
            fill(Store(Path(folder)), options.open, old)
            command = [sys.executable, "-m", "tests.bench.history", "--run", folder, "--open", str(options.open)]
            found[old] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    print(table(options.open, found))


def fill(store: Store, events: int, old: int) -> None:
    """Store what is open and what is old, without analysing it."""
    news = News()
    past = news.past(events)
    with store.locked(), store.opened() as con:
        with atomic(con):
            _put_open(con, news, past)
        for statement in _OLD.strip().split(";\n"):
            con.execute(statement, {"old": old} if "$old" in statement else {})
            con.execute("CHECKPOINT")


def _put_open(con: Connection, news: News, past: Past) -> None:
    articles = []
    for kept in past.kept:
        text = news.text(*map(int, kept.article_id[1:].split("-")))
        published = Published(kept.time, Precision.SECOND, "feed")
        articles.append(Article(kept.article_id, kept.url, kept.title, text, "en", None, published, kept.time))
    _put(con, articles)
    features = zip(past.kept, past.vectors, strict=True)
    rows = [(kept.article_id, *sketch_row(kept.sketch), vector) for kept, vector in features]
    insert(con, "private.feature", f"article_id, {SKETCH}, vector", rows)
    places = [(k.article_id, k.event_id, k.storyline_id, 0.5, 0.1, "{}", "run") for k in past.kept]
    columns = "article_id, event_id, storyline_id, score, margin, evidence, run_id"
    insert(con, "private.assignment", columns, places)
    founders = {kept.event_id: kept for kept in reversed(past.kept)}
    events = [(e, k.storyline_id, k.article_id, k.title, k.article_id) for e, k in founders.items()]
    insert(con, "private.event", "event_id, storyline_id, founder_id, label, central_id", events)
    lines = [(s.storyline_id, s.label, s.pinned, s.created_at) for s in past.storylines]
    insert(con, "private.storyline", "storyline_id, label, pinned, created_at", lines)
    cores: dict[str, list[str]] = {}
    for kept in past.kept:
        cores.setdefault(kept.storyline_id, []).append(kept.article_id)
    terms = past.kept[0].sketch.terms[:24].tolist()  # open ones are not looked up by them
    insert(con, "private.core", CORE, [(s, members[:CORE_SIZE], terms) for s, members in cores.items()])
    insert(con, "private.meta", "key, value", [("model_name", MODEL[0]), ("model_digest", MODEL[1])])


def _put(con: Connection, articles: list[Article]) -> None:
    insert(con, "private.article", f"{ARTICLE}, run_id", [(*article_row(article), "run") for article in articles])


def run(store: Store, events: int) -> dict[str, Any]:
    """What a run does with one batch, apart from collecting, embedding and publishing: seconds, and peak memory."""
    took: dict[str, float] = {}

    @contextmanager
    def part(name: str) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        took[name] = took.get(name, 0.0) + time.perf_counter() - begun

    def dormant(terms: Hashes, known: Collection[str]) -> Past:
        with part("  dormant()"):
            return store.dormant(terms, known)

    articles, vectors = News().batch(events, 0, BATCH)
    rows = {article.article_id: vector for article, vector in zip(articles, vectors, strict=True)}
    with store.transaction() as con:
        _put(con, articles)
    with part("what waits"):
        store.unanalysed_count()
        store.unsettled()
        waiting = store.unanalysed(BATCH)
    with part("past()"):
        past = store.past(NOW - WINDOW)
    with part("remember"):
        analyst = Analyst(past, Parameters(), dormant)
    with part("analyse, with dormant()"):
        analysis = analyst.analyse(waiting, np.stack([rows[article.article_id] for article in waiting]))
    with part("save_analysis()"):
        store.save_analysis(analysis, past, rows, MODEL, (), "run", NOW + timedelta(minutes=1))
    return {"parts": took, "peak": psutil.Process().memory_info().rss / 1e6}


def table(events: int, found: dict[int, dict[str, Any]]) -> str:
    """Seconds of each part, with one column for each length of history."""
    title = f"{events:,} open events, a batch of {BATCH}"
    lines = [f"{title:<36}" + "".join(f"{old:>12,}" for old in found)]
    for name in next(iter(found.values()))["parts"]:
        lines.append(f"  {name:<34}" + "".join(f"{each['parts'][name]:>10.2f} s" for each in found.values()))
    sums = [sum(took for name, took in each["parts"].items() if name[0] != " ") for each in found.values()]
    lines.append(f"{'all of it':<36}" + "".join(f"{seconds:>10.2f} s" for seconds in sums))
    return "\n".join([*lines, f"{'memory':<36}" + "".join(f"{each['peak']:>9.0f} MB" for each in found.values())])


if __name__ == "__main__":
    main()
