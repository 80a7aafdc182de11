"""What a run costs before it does anything: decides which starts are timed. Never starts anything twice in a process.

Run as `python -m tests.bench.startup HOME` it starts Prefect for an empty flow, and prints the seconds that took.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from flows import prefect_settings
from flows.settings import Settings


def help_seconds(rounds: int = 5) -> float:
    """The median time of `storywire --help`, after a warm-up."""
    return median([_seconds(["-m", "flows.cli", "--help"]) for _ in range(rounds + 1)][1:])


def prefect_seconds(home: Path) -> tuple[float, float]:
    """How long Prefect takes for an empty flow with a server of its own: the first time in an installation, and later.

    Importing Prefect counts, and so does ending its server.
    """
    took = [float(_output(["-m", "tests.bench.startup", str(home)])) for _ in range(2)]
    return took[0], took[1]


def _seconds(command: Sequence[str]) -> float:
    began = time.perf_counter()
    _output(command)
    return time.perf_counter() - began


def _output(command: Sequence[str]) -> str:
    return subprocess.run([sys.executable, *command], check=True, stdout=subprocess.PIPE, text=True).stdout


def _empty_flow(home: Path) -> float:
    import asyncio

    began = time.perf_counter()
    with prefect_settings.server(Settings(home)):
        from prefect import flow

        @flow
        async def empty() -> None:
            pass

        asyncio.run(empty())
    return time.perf_counter() - began


if __name__ == "__main__":
    print(_empty_flow(Path(sys.argv[1])))
