"""One cycle of the pipeline: collect, update storylines, publish, deliver, revisit. Decides the order of its steps.

Never does a step's work itself, and knows nothing of Prefect: `ingest` runs these same functions as its flows.

Each step starts from what is stored and ends with its result stored, so a crash between any two loses nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

import numpy as np

from flows import logs, polling, revisiting, telling
from flows.batching import batches
from flows.house import House
from flows.report import Deliveries, Polls, Report
from flows.stopwatch import Stopwatch
from flows.telling import Listener
from storywire.analyse import Analyst
from storywire.collecting import Collected
from storywire.errors import BusyError
from storywire.nouns import Article
from storywire.passages import passages, pool
from storywire.past import Matrix, Past
from tasks.collect import collect_pages
from tasks.robots import PageFetcher
from tasks.workers import Workers

BATCH = 256  # articles analysed, and saved, at a time
SAVE_EVERY = 128  # pages; what a crash during collection can cost is fetching so many again
SAVE_AFTER = 5.0  # seconds; what was fetched waits no longer for what is slow
WINDOW = timedelta(days=30)  # how far back an article is compared; seeds of named storylines are always compared

NO_POLLS = Polls()

T = TypeVar("T")


class Step(Protocol):
    """How a batch of work is run: directly, or as a Prefect task."""

    async def __call__(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Run it and return its result."""
        ...


async def directly(name: str, work: Callable[[], Awaitable[T]]) -> T:
    """Run a step as it is."""
    return await work()


def run_id(now: datetime) -> str:
    """The id of the run that began at `now`."""
    return now.strftime("%Y%m%dT%H%M%S.%fZ")


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a cycle, called one after the other: these functions as they are, or as Prefect flows.

    `revisit` is told what polling came to and how much of the run's time is left, and returns how many looks it took.
    """

    collect: Callable[[], Awaitable[Polls]]
    update_storylines: Callable[[], Awaitable[None]]
    publish: Callable[[], Awaitable[None]]
    deliver: Callable[[], Awaitable[Deliveries]]
    revisit: Callable[[Polls, timedelta], Awaitable[int]]


def plain_steps(house: House, now: datetime, *, only: Collection[str] | None = None) -> Steps:
    """The steps without Prefect; with `only`, which is for `collect`, old reports are left alone."""
    return Steps(
        lambda: collect(house, now, only=only),
        lambda: update_storylines(house, now),
        lambda: publish(house),
        lambda: deliver(house, now),
        lambda polls, left: revisit(house, now, polls, left) if only is None else _no_looks(),
    )


async def _no_looks() -> int:
    return 0


async def whole(house: House, now: datetime, steps: Steps) -> Report:
    """One cycle, with its line in the ledger of runs. Two never overlap: BusyError after a bounded wait.

    What is new is told before old reports are looked at again, which may take as long as the run's time allows.
    """
    run, time = run_id(now), asyncio.get_running_loop().time
    with house.store.running():
        house.store.start_run(run, now)
        began = time()
        polls = await steps.collect()
        await steps.update_storylines()
        report = finish(house, now, polls)
        await steps.publish()
        deliveries = await steps.deliver()
        if await steps.revisit(polls, house.time_budget - timedelta(seconds=time() - began)):
            report = finish(house, now, polls)
            await steps.publish()
            deliveries = deliveries.then(await steps.deliver())
    return replace(report, deliveries=deliveries)


def finish(house: House, now: datetime, polls: Polls = NO_POLLS, flow: str = "ingest") -> Report:
    """Note in the ledger that the run of `now` ended, and what it came to."""
    store, run, ended = house.store, run_id(now), house.clock()
    looks = polls.polled, len(polls.failed), house.modelling.spent, polls.changed, polls.unchanged
    counts = store.finish_run(run, ended, *looks)
    changed, revised = tuple(store.changes(run)), tuple(store.revised(run))
    return Report(run, polls, counts, Deliveries(), changed, revised, flow, ended - now, house.modelling.spent)


async def collect(
    house: House,
    now: datetime,
    step: Step = directly,
    *,
    only: Collection[str] | None = None,
    stored: Callable[[], None] | None = None,
) -> Polls:
    """Poll the feeds that are due, and fetch the pages of all pending entries that are due.

    With `only`, ids of entries, nothing but these. `stored` is called whenever articles were: by default the model
    begins to load, as there will be something to embed.
    """
    run, polls = run_id(now), Polls()
    async with house.fetcher() as fetcher:
        pages = PageFetcher(fetcher, now, house.store.private / "robots")
        with house.workers() as workers:
            if only is None:
                polls = await step("poll-feeds", lambda: polling.poll(house, fetcher, workers, now, run))
            told = stored or house.encoder.start
            await step("collect-pages", lambda: _collect(house, pages, workers, now, run, only, told))
        pages.prune()
    house.store.prune_pages(now)
    return polls


async def _collect(
    house: House,
    pages: PageFetcher,
    workers: Workers,
    now: datetime,
    run: str,
    only: Collection[str] | None,
    stored: Callable[[], None],
) -> None:
    tried: set[str] = set()
    while entries := [
        e for e in house.store.pending_entries(now) if e.entry_id not in tried and (only is None or e.entry_id in only)
    ]:
        tried |= {entry.entry_id for entry in entries}
        known = house.store.articles_at([entry.url for entry in entries if entry.url])
        with house.progress.stage("pages", len(entries)) as advance:
            times = (house.time_budget, known, house.host_spacing, pages.delay)
            asking = collect_pages(entries, pages, workers, now, *times, house.store.pages.keep)
            async with aclosing(batches(asking, SAVE_EVERY, SAVE_AFTER)) as found:
                async for collected in found:
                    house.store.save_collected([(c.entry, c.article) for c in collected], run)
                    stored()
                    _log_failures(collected, run)
                    advance(len(collected))


def _log_failures(collected: Sequence[Collected], run: str) -> None:
    for entry in (c.entry for c in collected if c.entry.reason):
        logs.logger("storywire.pages").debug(
            "page failed", page=entry.url, feed=entry.feed_url, run=run, reason=entry.reason
        )


async def update_storylines(house: House, now: datetime, step: Step = directly) -> None:
    """Give every article without a verdict one, batch by batch, until there is none left."""
    house.store.learn_paragraphs(now)
    listener = Listener(house, now)
    with house.progress.stage("articles", house.store.unanalysed_count()) as advance:
        while house.store.unanalysed_count() or house.store.unsettled():
            house.store.require_model(house.encoder.model())
            past = house.store.past(now - WINDOW)
            analyst = Analyst(past, house.thresholds(house.encoder.model()[0]), house.store, house.encode)
            seen: set[str] = set()
            while articles := house.store.unanalysed(BATCH):
                ids = {article.article_id for article in articles}
                if ids & seen:
                    break  # someone removed what this analyst still remembers: a new one takes over
                seen |= ids
                await step("analyse-batch", partial(_analyse, house, analyst, articles, past, listener, now, advance))
            else:
                if past.unsettled:
                    await step("settle", partial(_analyse, house, analyst, articles, past, listener, now, advance))


async def _analyse(
    house: House,
    analyst: Analyst,
    articles: Sequence[Article],
    past: Past,
    listener: Listener,
    now: datetime,
    advance: Callable[[float], None],
) -> None:
    vectors = await asyncio.to_thread(embed, house, articles, advance)
    analysis = analyst.analyse(articles, vectors)
    alerts = listener.batch(analysis, articles, vectors, past)
    rows = {article.article_id: row for article, row in zip(articles, vectors, strict=True)}
    house.store.save_analysis(analysis, past, rows, house.encoder.model(), alerts, run_id(now), now)


def embed(house: House, articles: Sequence[Article], advance: Callable[[float], None]) -> Matrix:
    """One unit vector an article, float32, shape (len(articles), dimensions). `advance` is told of articles done."""
    cut = [passages(a.title, a.text) for a in articles]
    if not cut:
        return np.empty((0, 0), np.float32)
    flat = [passage for each in cut for passage in each]
    share = len(cut) / len(flat)
    return pool(house.encode(flat, lambda done: advance(done * share)), [len(each) for each in cut])


async def replace_texts(house: House, articles: Sequence[Article]) -> None:
    """Let stored articles say something else from now on; those that later ones are compared with are embedded anew."""
    judged = house.store.judged([article.article_id for article in articles])
    compared = [article for article in articles if article.article_id in judged]
    vectors = await asyncio.to_thread(embed, house, compared, lambda _: None)
    rows = {article.article_id: row for article, row in zip(compared, vectors, strict=True)}
    house.store.replace_texts(articles, rows, house.encoder.model())


async def revisit(house: House, now: datetime, polls: Polls, left: timedelta, step: Step = directly) -> int:
    """Look again at stored reports that are due for that; no page is begun after `left`. Returns how many were due."""
    due = [] if polls.network_down else revisiting.due(house, now)
    if due:
        async with house.fetcher() as fetcher:
            pages = PageFetcher(fetcher, now, house.store.private / "robots")
            with house.workers() as workers:
                run = run_id(now)
                looks = partial(revisiting.revisit, house, due, pages, workers, now, run, embed, left, polls.reached)
                await step("revisit-pages", looks)
    return len(due)


async def publish(house: House) -> None:
    """Swap in a snapshot of all that is stored."""
    with (watch := Stopwatch()):
        house.store.publish(house.progress.stage)
    logs.logger("storywire.run").info("snapshot published", seconds=round(watch.spent.total_seconds(), 3))


async def deliver(house: House, now: datetime, step: Step = directly) -> Deliveries:
    """Tell what is due, also what waited; `now` is when the run began."""
    try:
        return await step("deliver-alerts", lambda: telling.deliver(house, now))
    except BusyError as error:  # what is due goes out with the next run; this one has done all else
        return Deliveries(failed=(("all targets", str(error)),))
