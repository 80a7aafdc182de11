"""Memory of a whole run through Prefect: decides which processes are summed. Never looks inside one.

Run as `python -m tests.bench.memory HOME FEED` it is that run, and prints how many articles it stored.
"""

import atexit
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

EVERY = 0.2  # seconds between two looks


@dataclass(frozen=True)
class Peak:
    """The most memory at one moment, PSS in bytes, and what each kind of process had then; a Prefect server apart."""

    articles: int
    seconds: float
    total: int
    parts: dict[str, int]
    server: int


def peak(home: Path, feed: str) -> Peak:
    """The peak of `storywire run` over the articles of a feed.

    PSS is what a process has for itself, and its share of what it has in common with others, so that it can be summed.
    """
    began = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.memory", str(home), feed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        process, most, server = psutil.Process(child.pid), dict[str, int](), 0
        while child.poll() is None:
            now = _by_kind(process)
            server = max(server, now.pop("Prefect server", 0))
            most = max(most, now, key=lambda parts: sum(parts.values()))
            time.sleep(EVERY)
        assert child.stdout is not None
        said = child.stdout.read()
    if not said.strip():
        raise SystemExit("the run through Prefect failed")
    return Peak(int(said), time.perf_counter() - began, sum(most.values()), most, server)


def _by_kind(main: psutil.Process) -> dict[str, int]:
    """PSS of a process and all that it started, by what they are."""
    found: dict[str, int] = {}
    try:
        for process in [main, *main.children(recursive=True)]:
            try:
                kind = "main" if process == main else _kind(" ".join(process.cmdline()))
                found[kind] = found.get(kind, 0) + process.memory_full_info().pss
            except (psutil.NoSuchProcess, psutil.AccessDenied):  # it has just ended
                continue
    except psutil.NoSuchProcess:
        pass
    return found


def _kind(command: str) -> str:
    if "prefect" in command:
        return "Prefect server"
    return "workers" if "multiprocessing" in command else "other"


def _run(home: Path, feed: str) -> int:
    from flows.commands.run import cycle
    from flows.settings import Settings
    from tests.bench.cycle import bench_house

    made = bench_house(home, feed)
    return cycle(made, Settings(home), made.clock()).counts.articles_new


if __name__ == "__main__":
    # As the command does: registered first, it comes last, before the interpreter lets DuckDB print a page about leaks.
    atexit.register(os._exit, 0)
    print(_run(Path(sys.argv[1]), sys.argv[2]), flush=True)
