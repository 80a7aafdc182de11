"""How long grouping takes among many open events, embedding apart: decides what is analysed, and what counts for what.

    python -m tests.bench.grouping [--events 10000] [--batch 256 20] [--rounds 4]

Never asserts anything. CPU time of this process, so that another program beside it does not count.
"""

import argparse
import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from storywire import analyse, batch
from storywire.batch import Batch
from storywire.belonging import Found
from storywire.dedup import Repeats
from storywire.evidence import Evidence
from storywire.grouping import Arrivals
from storywire.mending import Mender
from storywire.named import Named
from storywire.parameters import Parameters
from storywire.window import Window
from tests.bench.news import News
from tests.bench.timers import Ledger

PARTS: Mapping[str, Sequence[tuple[Any, str]]] = {
    "labels": [(Batch, "_called")],
    "events": [(Arrivals, "__init__"), (Arrivals, "scores"), (Arrivals, "join")],
    "merging and splitting": [(Mender, "mend")],
    "storylines": [(Found, "__init__"), (Found, "best"), (Found, "add"), (Named, "__init__"), (batch, "core")],
    "sketches": [(analyse, "sketch")],
    "copies": [(Repeats, "expect"), (Repeats, "verdict")],
    "evidence": [(Evidence, "assignment")],
    "words": [(Window, "add"), (Window, "learn")],
}
"""What is timed of an analysis; none of it calls another."""


def main() -> None:
    """Remember that many open events, analyse batches among them, and print what an article costs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.grouping", description="Time grouping.")
    parser.add_argument("--events", type=int, default=10_000, help="open events, of two or three reports each")
    parser.add_argument("--batch", type=int, nargs="+", default=[256, 20], help="articles in a batch, one column each")
    parser.add_argument("--rounds", type=int, default=4, help="batches, of which the median counts; the first does not")
    options = parser.parse_args()
    print("\n".join(report(options.events, options.batch, options.rounds)))


def report(events: int, sizes: Sequence[int], rounds: int) -> Iterator[str]:
    """What was found, line by line."""
    ledger, news = Ledger(), News()
    for name, functions in PARTS.items():
        for owner, function in functions:
            setattr(owner, function, ledger.timed(name, getattr(owner, function)))
    past = news.past(events)
    begun = time.process_time()
    analyst = analyse.Analyst(past, Parameters())
    remembered = time.process_time() - begun
    yield f"{events:,} open events, {len(past.kept):,} reports: {remembered:.1f} s to remember them"
    each = []
    for nth, size in enumerate(sizes):
        numbers = range(nth * (rounds + 1), (nth + 1) * (rounds + 1))
        costs = [_cost(analyst, news, ledger, events, number, size) for number in numbers][1:]
        each.append({name: median(cost[name] for cost in costs) for name in costs[0]})
    yield f"{'CPU an article, in batches of':<32}" + "".join(f"{size:>11,}" for size in sizes)
    for name in each[0]:
        yield f"  {name:<30}" + "".join(f"{1000 * cost[name]:>8.2f} ms" for cost in each)
    yield f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:,.0f} MB"


def _cost(
    analyst: analyse.Analyst, news: News, ledger: Ledger, events: int, number: int, size: int
) -> dict[str, float]:
    """Seconds of CPU for an article of one batch: by parts, and all of it."""
    articles, vectors = news.batch(events, number, size)
    ledger.parts.clear()
    with ledger.part("all"):
        analyst.analyse(articles, vectors)
    cost = {name: ledger.parts[name].cpu / size for name in PARTS}
    whole = ledger.parts["all"].cpu / size
    return {**cost, "rest": whole - sum(cost.values()), "all of it": whole}


if __name__ == "__main__":
    main()
