"""Polling many feeds, beside the `reader` library on the same server: decides what is asked how often, and who is next.

    python -m tests.bench.polling [--feeds 1000] [--rounds 3] [--unchanged 20] [--json] [--write]

Each round is a fresh process with an empty database: all feeds for the first time, then all of them unchanged. Never
asserts anything.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

import psutil

from tests.bench import report
from tests.bench.feedserver import HOSTS, NOW, address

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs/benchmarks.md"
BEGIN, END = "<!-- polling -->\n", "<!-- end of polling -->\n"
STEP = timedelta(hours=2.2)  # so late that no interval is learnt: all feeds are due again each time
READER_WORKERS = (1, 4, 16)
AIM = 3.0
Costs = dict[str, float]


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.polling", description="Time the polling of feeds.")
    parser.add_argument("--feeds", type=int, default=1000, help="feeds (default 1000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which medians are taken (default 3)")
    parser.add_argument("--unchanged", type=int, default=20, help="unchanged polls for memory (default 20)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="also refresh the figures in docs/benchmarks.md")
    parser.add_argument("--one", nargs=4, metavar="X", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, port, polls, workers = options.one[0], *map(int, options.one[1:])
        print(json.dumps(_one(name, port, options.feeds, polls, workers)))
        return
    found = measured(options.feeds, options.rounds, options.unchanged)
    lines = table(found)
    print(json.dumps(found, indent=2) if options.json else lines)
    if options.write:
        command = f"python -m tests.bench.polling --feeds {options.feeds} --rounds {options.rounds}"
        write(f"$ {command}\n\n{lines}\n")


def measured(feeds: int, rounds: int, unchanged: int) -> dict[str, Any]:
    """All figures, one library after the other, in turns."""
    on = report.machine()
    with serving(feeds) as served:
        port = served["port"]
        tried = {n: _child("reader", port, feeds, 2, n) for n in READER_WORKERS}
        best = min(tried, key=lambda n: tried[n][0]["seconds"] + tried[n][1]["seconds"])
        turns = [(_child("storywire", port, feeds, 2), _child("reader", port, feeds, 2, best)) for _ in range(rounds)]
        long = _child("storywire", port, feeds, unchanged + 1)
    ours, theirs = zip(*turns, strict=True)
    return {
        "machine": on,
        "feeds": feeds,
        "rounds": rounds,
        "kB": served["kB"],
        "reader": {"version": version("reader"), "workers": best, "tried": tried},
        "first": {"storywire": _middle(ours, 0), "reader": _middle(theirs, 0)},
        "unchanged": {"storywire": _middle(ours, 1), "reader": _middle(theirs, 1)},
        "memory": [poll["memory"] for poll in long],
    }


def _middle(rounds: Sequence[Sequence[Costs]], poll: int) -> Costs:
    return {name: median(r[poll][name] for r in rounds) for name in rounds[0][poll]}


@contextmanager
def serving(feeds: int) -> Iterator[dict[str, Any]]:
    """The server of all feeds, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.feedserver", str(feeds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()


def _child(name: str, port: int, feeds: int, polls: int, workers: int = 0) -> list[Costs]:
    command = [sys.executable, "-m", __spec__.name if __spec__ else "tests.bench.polling", "--feeds", str(feeds)]
    done = subprocess.run(
        [*command, "--one", name, str(port), str(polls), str(workers)], check=True, stdout=subprocess.PIPE, text=True
    )
    found: list[Costs] = json.loads(done.stdout.splitlines()[-1])
    return found


def _one(name: str, port: int, feeds: int, polls: int, workers: int) -> list[Costs]:
    urls = [f"http://{address(number)}:{port}/feed/{number}" for number in range(feeds)]
    with tempfile.TemporaryDirectory() as folder:
        if name == "reader":
            return _reader(urls, Path(folder), port, polls, workers)
        return asyncio.run(_storywire(urls, Path(folder), port, polls))


async def _storywire(urls: Sequence[str], home: Path, port: int, polls: int) -> list[Costs]:
    """The step of a run that polls: a real Store, fetcher and workers, and no wait between two feeds of a host."""
    from flows.house import House
    from flows.polling import poll
    from storage.store import Store
    from storywire.nouns import Feed
    from tasks.fetch import HttpFetcher
    from tasks.workers import Workers
    from tests.fakes import FakeEncoder
    from tests.server import LOOPBACK

    house = House(Store(home), FakeEncoder(), feed_spacing=timedelta(0))
    house.store.add_feeds([Feed(url, NOW, NOW) for url in urls])
    costs = []
    for number in range(polls):
        with Workers() as workers, costing(port, costs.append):  # their CPU time can be read while they live
            async with HttpFetcher(allow_nets=LOOPBACK) as fetcher:
                polled = await poll(house, fetcher, workers, NOW + STEP * number, f"run{number}")
        assert (polled.polled, polled.failed) == (len(urls), ())
    return costs


def _reader(urls: Sequence[str], home: Path, port: int, polls: int, workers: int) -> list[Costs]:
    from reader import make_reader

    costs: list[Costs] = []
    reader = make_reader(str(home / "reader.sqlite"))
    for url in urls:
        reader.add_feed(url)
    for _ in range(polls):
        with costing(port, costs.append):
            reader.update_feeds(workers=workers, scheduled=False)
    return costs


@contextmanager
def costing(port: int, tell: Callable[[Costs], None]) -> Iterator[None]:
    """What a block costs: seconds, CPU of this process and its workers, their memory after it in MB, and requests."""
    me = psutil.Process()
    before, began = _processes(me), time.perf_counter()
    _count(port)
    yield
    seconds, after = time.perf_counter() - began, _processes(me)
    cpu = sum(after[pid][0] - before.get(pid, (0.0, 0.0))[0] for pid in after)
    counts = _count(port)
    tell(
        {
            "seconds": seconds,
            "cpu": cpu,
            "memory": sum(size for _, size in after.values()) / 1e6,
            "requests": counts["200"] + counts["304"],
            "unchanged": counts["304"],
        }
    )


def _processes(me: psutil.Process) -> dict[int, tuple[float, float]]:
    return {p.pid: (sum(p.cpu_times()[:2]), p.memory_info().rss) for p in (me, *me.children(recursive=True))}


def _count(port: int) -> dict[str, int]:
    with urlopen(f"http://{address(0)}:{port}/count") as answer:
        counts: dict[str, int] = json.loads(answer.read())
    return counts


def table(found: dict[str, Any]) -> str:
    """All figures, ours beside reader's, in 80 columns."""
    on, reader, memory = found["machine"], found["reader"], found["memory"]
    tried = ", ".join(f"{n}: {sum(c['seconds'] for c in costs):.0f} s" for n, costs in reader["tried"].items())
    lines = [
        f"{found['feeds']:,} feeds of {found['kB']:.0f} kB on {HOSTS} hosts; medians of {found['rounds']} rounds",
        f"{on['cpu']}, {on['cores']} cores, load {on['load']} at the start, Python {on['Python']}",
        f"reader {reader['version']} with {reader['workers']} workers (tried {tried})",
        "",
        _row("", "storywire", "reader", "times", "aim"),
    ]
    for name, title in (("first", "for the first time"), ("unchanged", "unchanged")):
        ours, theirs = found[name]["storywire"], found[name]["reader"]
        aim = f"{AIM:g} x"
        lines += [
            _row(title, f"{ours['seconds']:.2f} s", f"{theirs['seconds']:.2f} s", _times(ours, theirs, "seconds"), aim),
            _row("  CPU", f"{ours['cpu']:.2f} s", f"{theirs['cpu']:.2f} s", _times(ours, theirs, "cpu")),
            _row("  requests", f"{ours['requests']:.0f}", f"{theirs['requests']:.0f}", aim="no more"),
            _row("  of them 304", f"{ours['unchanged']:.0f}", f"{theirs['unchanged']:.0f}"),
            _row("  memory after it", f"{ours['memory']:.0f} MB", f"{theirs['memory']:.0f} MB"),
        ]
    lines += [
        "",
        f"memory after unchanged poll 2: {memory[2]:.0f} MB, after poll {len(memory) - 1}: {memory[-1]:.0f} MB",
    ]
    return "\n".join(line.rstrip() for line in lines)


def _times(ours: Costs, theirs: Costs, name: str) -> str:
    return f"{theirs[name] / ours[name]:.1f} x"


def _row(name: str, ours: str, theirs: str, times: str = "", aim: str = "") -> str:
    return f"{name:24}{ours:>12}{theirs:>12}{times:>10}   {aim}"


def write(figures: str) -> None:
    """Put the table into the document, between its two marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    DOCUMENT.write_text(f"{before}```\n{figures}```\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
