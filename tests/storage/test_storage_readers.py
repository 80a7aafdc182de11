"""People read the snapshot while others replace it: readers in processes of their own, and what they may rely on."""

import asyncio
import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb
import pytest
from storage_makers import MODEL, NOTHING, analysis, article, entry, rows_of

from flows import cycle
from flows.house import House
from storage.database import Connection
from storage.snapshot import reading, snapshot_path
from storage.store import Store
from storywire.nouns import EntryState, Feed
from tasks.fetch import Response
from tests.fakes import Answer, FakeEncoder, FakeFetcher, FixedClock, InlineWorkers, RecordingNotifier

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
FEW, MANY = 15, 50  # runs
NEW = 4  # reports of each, one of which is a copy
FEED = "https://news.example/feed.xml"
HELD = 0.5  # seconds for which a reader keeps a snapshot open: over several runs

# Each is 0 where nothing is torn. What a run changes lies in all of these tables.
INVARIANTS = {
    "runs that did not end": "SELECT count(*) FROM runs WHERE finished_at IS NULL",
    "articles": f"SELECT (SELECT count(*) FROM articles) - {NEW} * (SELECT count(*) FROM runs)",
    "articles of runs": "SELECT (SELECT count(*) FROM articles) - (SELECT sum(articles_new) FROM runs)",
    "entries of runs": "SELECT (SELECT count(*) FROM entries) - (SELECT sum(entries_new) FROM runs)",
    "verdicts of runs": "SELECT (SELECT count(*) FROM storyline_articles) - (SELECT sum(kept_new) FROM runs)",
    "copies of runs": "SELECT (SELECT count(*) FROM duplicates) - (SELECT sum(copies_new) FROM runs)",
    "articles without an entry": "SELECT count(*) FROM articles ANTI JOIN private.entry USING (article_id)",
    "entries without their article": "SELECT count(*) FROM private.entry ANTI JOIN articles USING (article_id)",
    "articles without one verdict": """SELECT count(*) FROM articles WHERE 1 <>
        (SELECT count(*) FROM storyline_articles v WHERE v.article_id = articles.article_id)
        + (SELECT count(*) FROM duplicates d WHERE d.article_id = articles.article_id)""",
    "reports without a vector": "SELECT count(*) FROM storyline_articles ANTI JOIN private.feature USING (article_id)",
    "reports that never joined": """SELECT count(*) FROM storyline_articles v ANTI JOIN
        (FROM storyline_log WHERE kind = 'joined' OR kind = 'created') l USING (article_id)""",
    "numbers left out of the log": "SELECT max(seq) - count(*) FROM storyline_log",
    "articles in other words": "SELECT count(*) FROM articles WHERE NOT contains(text, 'ends with ' || title[8:11])",
}


@dataclass
class Found:
    """What a reader met."""

    reads: int = 0
    held: int = 0  # snapshots that were replaced while it had them open
    failed: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)


def item(number: int) -> str:
    """A report of a hundred words of its own; every fourth one has those of the one before."""
    words = random.Random(number - (number % NEW == NEW - 1))
    said = " ".join("".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(100))
    body = escape(f"<p>{said}.</p><p>This one, as all of them, ends with {number:04}.</p>")
    return (
        f"<item><guid isPermaLink='false'>g{number}</guid><title>Report {number:04} came in</title>"
        f"<link>https://news.example/{number}</link><content:encoded>{body}</content:encoded></item>"
    )


def document(run: int) -> Response:
    """The feed as it is when a run looks at it."""
    items = "".join(item(number) for number in range(run * NEW, (run + 1) * NEW))
    space = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    said = f"<?xml version='1.0'?><rss version='2.0' {space}><channel><title>News</title>{items}</channel></rss>"
    return Response(200, FEED, said.encode(), "application/rss+xml", f'"{run}"')


def stored(home: Path, runs: int) -> Iterator[int]:
    """What runs store and publish, without the rest of a run; yields after each how many there were."""
    store = Store(home)
    for run in range(runs):
        now, run_id = START + timedelta(days=run), f"run {run:02}"
        made = [
            article(n, title=f"Report {n:04} came in", text=f"This one ends with {n:04}.")
            for n in range(run * NEW, (run + 1) * NEW)
        ]
        told = [
            replace(entry(n), state=EntryState.STORED, article_id=a.article_id) for n, a in enumerate(made, run * NEW)
        ]
        store.start_run(run_id, now)
        store.save_collected(list(zip(told, made, strict=True)), run_id)
        verdicts = analysis(made[:-1], copies=[(made[-1], made[0])])
        store.save_analysis(verdicts, NOTHING, rows_of(made[:-1]), MODEL, [], run_id, now)
        store.finish_run(run_id, now)
        store.publish()
        yield run + 1


def whole_runs(home: Path, runs: int) -> Iterator[int]:
    """Real runs, a day apart, with fakes of what is outside; yields after each how many there were."""
    answers: dict[str, Answer] = {}
    clock = FixedClock(START)
    parts = (FakeEncoder(), FakeFetcher(answers), InlineWorkers, RecordingNotifier())
    house = House(Store(home), *parts, host_spacing=timedelta(0), clock=clock)
    house.store.add_feeds([Feed(FEED, START, START)])
    for run in range(runs):
        answers[FEED] = document(run)
        asyncio.run(cycle.whole(house, clock.now, cycle.plain_steps(house, clock.now)))
        yield run + 1
        clock.now += timedelta(days=1)


def read(con: Connection) -> tuple[int, list[str]]:
    """How many runs a snapshot knows, and what is wrong with it; every column of every view is read of some rows."""
    wrong = [f"{name}: {n}" for name, sql in INVARIANTS.items() if (n := con.execute(sql).fetchall()[0][0])]
    for (name,) in con.execute(
        "SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal"
    ).fetchall():
        con.execute(f"FROM {name} LIMIT 20").fetchall()
    return con.execute("SELECT count(*) FROM runs").fetchall()[0][0], wrong


@contextmanager
def plain_client(home: Path) -> Iterator[Connection]:
    """The snapshot as a notebook opens it."""
    with duckdb.connect(str(snapshot_path(home)), read_only=True) as con:
        yield con


def reader(home: Path, kind: str, runs: "Synchronized[int]", over: Event, answer: Any) -> None:
    """Reads until it is over, then tells what it met. `runs` is what was published for sure."""
    found, last = Found(), 0
    opened: Callable[[Path], Any] = plain_client if kind == "plain" else reading
    os.nice(10)  # the writer has to get on, too, where there are two cores
    while not over.is_set():
        before = runs.value
        try:
            with opened(home) as con:
                seen, wrong = read(con)
                after = runs.value
                found.torn += [f"of run {seen}: {words}" for words in wrong]
                if not max(before, last) <= seen <= after + 1:
                    found.torn.append(f"run {seen}, after {last}, while {before} to {after} were published")
                last = max(last, seen)
                if kind == "held":
                    time.sleep(HELD)
                    found.held += runs.value > after
                    if read(con) != (seen, wrong):
                        found.torn.append(f"of run {seen}: it changed while it was open")
        except Exception as error:
            found.failed.append(f"{type(error).__name__}: {error}")
        if not found.reads:
            answer.send("it reads")
        found.reads += 1
    answer.send(found)


@contextmanager
def readers(home: Path, runs: "Synchronized[int]") -> Iterator[Callable[[], list[Found]]]:
    """Four of them, each in a process; what is yielded ends them and returns what they met."""
    context = multiprocessing.get_context("spawn")
    over, pipes = context.Event(), [context.Pipe(duplex=False) for _ in range(4)]
    kinds = ("plain", "ours", "ours", "held")
    started = [
        context.Process(target=reader, args=(home, kind, runs, over, theirs), daemon=True)
        for kind, (_, theirs) in zip(kinds, pipes, strict=True)
    ]
    for process in started:
        process.start()
    for ours, _ in pipes:
        assert ours.poll(60)
        ours.recv()

    def end() -> list[Found]:
        over.set()
        return [ours.recv() for ours, _ in pipes]

    try:
        yield end
    finally:
        over.set()
        for process in started:
            process.join(30)


def met_during(each: Iterator[int], home: Path) -> list[Found]:
    """What four readers met from the first publication to the last."""
    runs = multiprocessing.get_context("spawn").Value("i", 0)
    runs.value = next(each)
    with readers(home, runs) as end:
        for number in each:
            runs.value = number
        return end()


def check(met: list[Found]) -> None:
    """No read failed or was torn or old, and there were some that could have been."""
    assert [found.failed for found in met] == [[]] * 4
    assert [found.torn for found in met] == [[]] * 4
    assert all(found.reads >= 2 for found in met)
    assert met[-1].held


def test_no_read_fails_or_is_torn_or_old_while_what_four_readers_read_is_replaced(tmp_path: Path) -> None:
    check(met_during(stored(tmp_path, FEW), tmp_path))


@pytest.mark.slow
@pytest.mark.timeout(1200)  # a run opens the database sixty times, on a machine that four readers keep busy
def test_no_read_fails_or_is_torn_or_old_while_fifty_whole_runs_replace_what_four_readers_read(tmp_path: Path) -> None:
    check(met_during(whole_runs(tmp_path, MANY), tmp_path))


def test_what_a_process_has_open_stays_as_it_is_until_it_closed_all_of_it(tmp_path: Path) -> None:
    each = stored(tmp_path, 2)
    next(each)
    with reading(tmp_path) as first:
        next(each)
        assert read(first) == (1, [])
        with reading(tmp_path) as second:  # DuckDB opens a path once a process
            assert read(second) == (1, [])
    with reading(tmp_path) as third:
        assert read(third) == (2, [])
