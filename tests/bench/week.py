"""A simulated week of feeds, beside a poller at a fixed interval: decides what is counted of the traffic of each.

    python -m tests.bench.week [--feeds 500] [--days 7] [--seed 1] [--json] [--write]

Leaves with status 1, and says how, where Storywire broke a rule of polling.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

from tests.simulation.pollers import Traffic, plain, published, storywire
from tests.simulation.sources import DAY, HOUR, START, Source
from tests.simulation.watchers import broken
from tests.simulation.world import CROWD, World, world

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs/benchmarks.md"
BEGIN, END = "<!-- week -->\n", "<!-- end of week -->\n"
_REDIRECTS = ("301", "302", "308")
Figures = dict[str, Any]


def main() -> None:
    """Simulate, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.week", description="Simulate a week of polling.")
    parser.add_argument("--feeds", type=int, default=500, help="feeds (default 500)")
    parser.add_argument("--days", type=int, default=7, help="days (default 7)")
    parser.add_argument("--seed", type=int, default=1, help="which made-up world (default 1)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="also refresh the figures in docs/benchmarks.md")
    options = parser.parse_args()
    found = simulated(world(options.feeds, options.days, options.seed))
    lines = table(found)
    print(json.dumps(found, indent=2) if options.json else lines)
    if options.write:
        command = f"python -m tests.bench.week --feeds {options.feeds} --days {options.days} --seed {options.seed}"
        write(f"$ {command}\n\n{lines}\n")
    if found["broken"]["Storywire"]:
        sys.exit(1)


def simulated(made: World) -> dict[str, Any]:
    """The figures of all pollers in one world."""
    return compared(made, storywire(made))


def compared(made: World, ours: Traffic) -> dict[str, Any]:
    """Storywire's traffic beside that of pollers at a fixed interval: over all feeds, and over those that are plain."""
    easy = [source for source in made.sources if is_plain(source)]
    hourly = plain(made)
    as_often = timedelta(seconds=made.length) * len(easy) / len(_of(easy, ours).records)
    return {
        "feeds": len(made.sources),
        "days": made.length // DAY,
        "interval": as_often.total_seconds() / HOUR,
        "all": {
            name: figures(made, made.sources, traffic) for name, traffic in (("Storywire", ours), ("hourly", hourly))
        },
        "easy": {
            name: figures(made, easy, _of(easy, traffic))
            for name, traffic in (("Storywire", ours), ("hourly", hourly), ("as many", plain(made, as_often)))
        },
        "broken": {name: _broken(made, traffic) for name, traffic in (("Storywire", ours), ("hourly", hourly))},
        "seconds": time.process_time(),
    }


def is_plain(source: Source) -> bool:
    """Whether nothing is wrong with a feed or its server, and it does not ask to be left alone for over an hour."""
    own = source.manners
    at_ease = own.wait <= timedelta(hours=1) and not (own.skip_hours or own.skip_days) and own.validators != "lying"
    return at_ease and not source.troubles and not source.habit and CROWD not in source.url


def _of(sources: Sequence[Source], traffic: Traffic) -> Traffic:
    numbers = {source.number for source in sources}
    return replace(traffic, records=[record for record in traffic.records if record.source.number in numbers])


def _broken(made: World, traffic: Traffic) -> dict[str, list[str]]:
    return {rule: lines for rule, lines in broken(made, traffic).items() if lines}


def figures(made: World, sources: Sequence[Source], traffic: Traffic) -> Figures:
    """What a poller cost and brought. Items of the last day do not count: they may still be on their way."""
    days = made.length / DAY
    asked, sizes = Counter[int](), Counter[int]()
    for record in traffic.records:
        asked[record.source.number] += 1
        sizes[record.source.number] += record.size
    answers = [record.what for record in traffic.records if record.what not in _REDIRECTS]
    delays = list(_delays(made, sources, traffic))
    arrived = [delay for delay in delays if delay is not None]
    return {
        "feeds": len(sources),
        "requests": _spread([asked[s.number] / days for s in sources]),
        "unchanged": answers.count("304") / len(answers),
        "kB": _spread([sizes[s.number] / days / 1000 for s in sources]),
        "items": len(delays),
        "delay": _spread(arrived),
        "missed": len(delays) - len(arrived),
    }


def _delays(made: World, sources: Sequence[Source], traffic: Traffic) -> Iterator[float | None]:
    """Minutes from publication to arrival, for each item; None for one that never came."""
    for source in sources:
        for item in published(source, 0, made.length - DAY):
            arrived = traffic.arrived.get((source.number, item))
            yield None if arrived is None else ((arrived - START).total_seconds() - source.times[item]) / 60


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": median(values), "mean": fmean(values), "p95": quantiles(values, n=20, method="inclusive")[-1]}


def table(found: Mapping[str, Any]) -> str:
    """All figures, a poller a column, in 80 columns."""
    return "\n".join(line.rstrip() for line in _lines(found))


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    kept = found["broken"]
    yield f"{found['feeds']} feeds, {found['days']} days; {found['seconds']:.0f} s of CPU"
    yield ""
    yield from _section("all feeds", found["all"], ["every hour"])
    yield f"{'rules broken':32}" + "".join(f"{len(rules):>14}" for rules in kept.values())
    yield f"{'  times':32}" + "".join(f"{sum(map(len, rules.values())):>14,}" for rules in kept.values())
    for rule, lines in kept["Storywire"].items():
        yield f"  {rule}: {len(lines)} times"
        yield from (f"    {line}" for line in lines[:3])
    yield ""
    yield from _section("plain feeds", found["easy"], ["every hour", f"every {found['interval']:.1f} h"])


def _section(title: str, pollers: Mapping[str, Figures], others: Sequence[str]) -> Iterator[str]:
    first = next(iter(pollers.values()))

    def row(label: str, *path: str, form: str) -> str:
        cells = []
        for value in pollers.values():
            for name in path:
                value = value[name]
            cells.append(form.format(value))
        return f"{label:32}" + "".join(f"{cell:>14}" for cell in cells)

    yield f"{title + ': ' + str(first['feeds']):32}{'Storywire':>14}" + "".join(f"{other:>14}" for other in others)
    for name, label, form in (
        ("requests", "requests a feed and day", "{:.1f}"),
        ("kB", "kB a feed and day", "{:.0f}"),
        ("delay", "publication to arrival", "{:.0f} min"),
    ):
        yield row(f"{label}, median", name, "median", form=form)
        yield row("  mean", name, "mean", form=form)
        yield row("  p95", name, "p95", form=form)
        if name == "requests":
            yield row("  answered 304", "unchanged", form="{:.0%}")
    yield row(f"missed, of {first['items']:,} items", "missed", form="{:,}")


def write(lines: str) -> None:
    """Put the table into the document, between its two marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    DOCUMENT.write_text(f"{before}```\n{lines}```\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
