"""Small made-up nouns for the tests of storage."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import numpy as np

from storage.store import Store
from storywire import identity
from storywire.nouns import (
    Article,
    Assignment,
    Duplicate,
    DuplicateKind,
    Entry,
    EntryState,
    Event,
    Feed,
    LogEntry,
    LogKind,
    Precision,
    Published,
    Storyline,
)
from storywire.past import Analysis, Core, Matrix, Past
from storywire.sketch import Sketch, sketch
from storywire.watches import Alert, AlertClass, Watch

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
RUN = "20261122T083000Z"
MODEL = ("mini", "abc")
NOTHING = Past((), np.zeros((0, 0), np.float32), (), ())


def feed(n: int = 0, **changes: object) -> Feed:
    values = {"url": f"https://news.example/{n}.xml", "added_at": NOW, "next_check_at": NOW} | changes
    return Feed(**values)  # type: ignore[arg-type]


def entry(n: int, feed_url: str | None = "https://news.example/0.xml", **changes: object) -> Entry:
    url = f"https://news.example/page/{n}"
    values = {
        "entry_id": identity.entry_id(feed_url, f"guid-{n}", None, None, None),
        "feed_url": feed_url,
        "guid": f"guid-{n}",
        "guid_trusted": True,
        "url": url,
        "title": f"Title {n}",
        "summary": f"Summary {n}",
        "published": Published(NOW, Precision.MINUTE, "feed"),
        "first_seen_at": NOW + timedelta(seconds=n),
    } | changes
    return Entry(**values)  # type: ignore[arg-type]


def article(n: int, **changes: object) -> Article:
    url = f"https://news.example/page/{n}"
    values = {
        "article_id": identity.article_id(None, None, url, "", ""),
        "url": url,
        "title": f"Title {n}",
        "text": f"The text of article {n} about Aleppo.\n\nIts second paragraph, number {n}.",
        "language": "en",
        "publisher": f"Publisher {n % 3}",
        "published": Published(NOW - timedelta(hours=n), Precision.SECOND, "page"),
        "first_seen_at": NOW + timedelta(seconds=n),
    } | changes
    return Article(**values)  # type: ignore[arg-type]


def stored(n: int) -> tuple[Entry, Article]:
    made = article(n)
    return replace(entry(n), state=EntryState.STORED, article_id=made.article_id), made


def vectors(count: int, dimensions: int = 8, seed: int = 0) -> Matrix:
    rows = np.random.default_rng(seed).standard_normal((count, dimensions)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def analysis(
    kept: Sequence[Article],
    copies: Sequence[tuple[Article, Article]] = (),
    storyline: Storyline | None = None,
    log: Sequence[LogEntry] = (),
    cores: Sequence[Core] = (),
) -> Analysis:
    """All of `kept` in one event of one storyline, then `log`; `copies` are (copy, canonical)."""
    founder = kept[0].article_id if kept else ""
    line = storyline or Storyline(identity.automatic_storyline_id(founder), "Aleppo", False, NOW)
    event = Event(identity.event_id(founder), line.storyline_id, founder)
    joined = [LogEntry(LogKind.JOINED, line.storyline_id, event.event_id, a.article_id) for a in kept]
    return Analysis(
        duplicates=tuple(
            Duplicate(copy.article_id, canonical.article_id, DuplicateKind.NEAR, 0.9, "shares 9 of 10 runs of words")
            for copy, canonical in copies
        ),
        events=(event,) if kept else (),
        storylines=(line,) if kept else (),
        assignments=tuple(
            Assignment(a.article_id, event.event_id, line.storyline_id, 0.75, 0.25, {"near": a.title}) for a in kept
        ),
        log=(*([*founded(line, event), *joined] if kept else ()), *log),
        cores=tuple(cores),
        links=(),
        sketches={a.article_id: sketch(a.title, a.text) for a in (*kept, *(copy for copy, _ in copies))},
    )


def founded(line: Storyline, event: Event) -> list[LogEntry]:
    """What the log says of a new event in a new storyline."""
    of_line = LogEntry(LogKind.CREATED, line.storyline_id, label=line.label)
    return [of_line, LogEntry(LogKind.CREATED, line.storyline_id, event.event_id)]


def keep(store: Store, articles: Sequence[Article], run_id: str = RUN, **options: Any) -> None:
    """Stores articles, and puts all of them in one event of one storyline."""
    store.save_collected([(entry(900 + n), a) for n, a in enumerate(articles)], run_id)
    store.save_analysis(analysis(articles, **options), NOTHING, rows_of(articles), MODEL, [], run_id, NOW)


def log_of(store: Store) -> list[LogEntry]:
    """The log as it is published."""
    columns = "kind, storyline_id, event_id, article_id, other_id, label, evidence"
    rows = sql(store, f"SELECT {columns} FROM storyline_log ORDER BY seq")
    return [LogEntry(LogKind(kind), *ids, evidence=json.loads(why)) for kind, *ids, why in rows]


def apart(store: Store, numbers: Iterable[int], run_id: str = RUN) -> None:
    """Stores articles, each in an event e0, e1 and so on, of a storyline s0, s1 and so on, of its own."""
    for n in numbers:
        line, event = Storyline(f"s{n}", f"Line {n}", False, NOW), Event(f"e{n}", f"s{n}", article(n).article_id)
        said = Assignment(article(n).article_id, event.event_id, line.storyline_id, 0.75, 0.25)
        log = (*founded(line, event), LogEntry(LogKind.JOINED, f"s{n}", f"e{n}", article(n).article_id))
        made = replace(analysis([article(n)]), events=(event,), storylines=(line,), assignments=(said,), log=log)
        store.save_collected([stored(n)], run_id)
        store.save_analysis(made, NOTHING, rows_of([article(n)]), MODEL, [], run_id, NOW)


def places(store: Store) -> dict[str, tuple[str, str]]:
    """The event and the storyline of each article, as published."""
    found = sql(store, "SELECT article_id, event_id, storyline_id FROM storyline_articles")
    return {article_id: (event, storyline) for article_id, event, storyline in found}


def rows_of(articles: Sequence[Article], seed: int = 0) -> dict[str, Matrix]:
    return dict(zip((a.article_id for a in articles), vectors(len(articles), seed=seed), strict=True))


def alert(causes: Sequence[Article], watch_id: str = "w1", storyline_id: str = "s1", **changes: object) -> Alert:
    ids, kind = tuple(sorted(a.article_id for a in causes)), AlertClass.REPORT
    made = Alert(identity.alert_id(watch_id, storyline_id, kind, ids), watch_id, storyline_id, kind, ids, NOW, "")
    return replace(made, **changes)  # type: ignore[arg-type]


def watch(watch_id: str = "w1", storyline_id: str | None = None, **changes: object) -> Watch:
    made = Watch(watch_id, f"name of {watch_id}", f"file:{watch_id}.jsonl", NOW, storyline_id)
    return replace(made, **changes)  # type: ignore[arg-type]


def same(a: Sketch, b: Sketch) -> bool:
    arrays = ("shingles", "terms", "counts", "numbers")
    return (a.fingerprint, a.names) == (b.fingerprint, b.names) and all(
        np.array_equal(getattr(a, name), getattr(b, name)) and getattr(a, name).dtype == getattr(b, name).dtype
        for name in arrays
    )


def dump(store: Store) -> dict[str, list[Any]]:
    """All rows of all tables of the writer's file, as text."""
    with duckdb.connect(str(store.path)) as con:
        tables = con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'private'").fetchall()
        return {name: sorted(map(repr, con.execute(f"FROM private.{name}").fetchall())) for (name,) in tables}


def states(store: Store) -> dict[EntryState, int]:
    """How many entries there are in each state."""
    return {EntryState(state): n for state, n in sql(store, "SELECT state, count(*) FROM entries GROUP BY state")}


def sql(store: Store, statement: str, *parameters: Any) -> list[Any]:
    with store.transaction() as con:
        return con.execute(statement, list(parameters)).fetchall()
