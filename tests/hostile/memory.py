"""Fetches one address in a process of its own: prints what came of it, and by how many kB the process grew. Linux only.

Run as `python -m tests.hostile.memory URL`.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from storywire.errors import FetchError
from tasks.fetch import HttpFetcher
from tests.hostile.inputs import GOOD, INTERNET


def _most() -> int:
    """The most memory that this process had since `_forget`, in kB; `getrusage` would tell that of its parent, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


def _forget() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


async def _fetch(url: str) -> tuple[str, int]:
    async with HttpFetcher(None, timedelta(seconds=10), INTERNET) as fetcher:
        for asked in (f"http://{GOOD}:1/", url):  # the first warms up
            _forget()
            before = _most()
            try:
                came = f"{len((await fetcher.fetch(asked)).body)} bytes"
            except FetchError as error:
                came = error.reason
    return came, _most() - before


if __name__ == "__main__":
    print(*asyncio.run(_fetch(sys.argv[1])), sep="\n")
