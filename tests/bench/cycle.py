"""One cycle over the benchmark's articles, in a process of its own: decides what is timed of it.

Run as `python -m tests.bench.cycle HOME FEED WARM_UP [peer]`; prints JSON, with the peer of `encode` if asked for.
Never draws a conclusion; `report` does.
"""

import asyncio
import json
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from flows import cycle, house
from flows.commands.run import store_seeds
from flows.house import House, build
from flows.report import Report
from flows.settings import SEEDS, Settings
from storywire.analyse import analyse
from storywire.nouns import Feed
from tasks.seed_files import read_folder
from tests.bench.timers import Cost, Ledger, TimedEncoder, TimedFetcher, TimedStore, TimedWorkers

IMPORTED = time.time() - psutil.Process().create_time()


def bench_house(home: Path, feed: str) -> House:
    """A new installation with the seeds that come with Storywire and one feed, in no hurry between requests."""
    made = replace(
        build(Settings(home)), host_spacing=timedelta(0), feed_spacing=timedelta(0), time_budget=timedelta(hours=2)
    )
    now = datetime.now(UTC)
    store_seeds(made, read_folder(SEEDS, now), now)
    made.store.add_feeds([Feed(feed, now, now)])
    return made


def timed(plain: House, ledger: Ledger) -> House:
    """The same house with clocks around its parts."""
    vars(cycle)["analyse"] = ledger.timed("analyse", analyse)
    return replace(
        plain,
        store=TimedStore(plain.store, ledger),
        encoder=TimedEncoder(plain.encoder, ledger),
        fetcher=lambda: TimedFetcher(ledger),
        workers=lambda: TimedWorkers(ledger),
    )


def run(home: house.House, ledger: Ledger) -> tuple[Report, dict[str, Cost]]:
    """One cycle without Prefect, and what each step cost."""
    now = home.clock()
    plain = cycle.plain_steps(home, now)
    names = ("collect", "update_storylines", "publish", "deliver", "revisit")

    def step(name: str) -> Any:
        async def timed_step(*arguments: Any) -> Any:
            with ledger.part(f"step.{name}"):
                return await getattr(plain, name)(*arguments)

        return timed_step

    with ledger.part("cycle"):
        report = asyncio.run(cycle.whole(home, now, cycle.Steps(*map(step, names))))
    return report, {name: ledger.parts.pop(f"step.{name}") for name in names}


def measured(home: Path, feed: str, warm_up: str, peer: bool) -> dict[str, Any]:
    """A small cycle in an installation beside, then the one that counts."""
    first = bench_house(home / "warm-up", warm_up)
    began = time.perf_counter()
    first.encoder.model()
    model = time.perf_counter() - began
    asyncio.run(cycle.whole(first, first.clock(), cycle.plain_steps(first, first.clock())))

    ledger = Ledger()
    made = timed(replace(bench_house(home / "measured", feed), encoder=first.encoder), ledger)
    report, steps = run(made, ledger)
    start, feeds, pages, handing = ledger.worker()
    return {
        "import": IMPORTED,
        "model": model,
        "articles": report.counts.articles_new,
        "copies": report.counts.copies_new,
        "storylines": len(report.changes),
        "worker": {"start": asdict(start), "feeds": asdict(feeds), "pages": asdict(pages), "handing": asdict(handing)},
        "parts": {name: asdict(cost) for name, cost in sorted(ledger.parts.items())},
        "steps": {name: asdict(cost) for name, cost in steps.items()},
        "plain_encode": asdict(plain_encode(first.encoder, ledger.passages)) if peer else None,
        "passages": len(ledger.passages),
    }


def plain_encode(encoder: Any, passages: list[str]) -> Cost:
    """The cost of the same passages in one call of sentence-transformers, with its defaults, by the same model."""
    ledger = Ledger()
    with ledger.part("encode"):
        encoder._model.encode(passages, normalize_embeddings=True, show_progress_bar=False)
    return ledger.parts["encode"]


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]), sys.argv[2], sys.argv[3], peer=len(sys.argv) > 4)))
