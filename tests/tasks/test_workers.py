"""Laws of the worker processes."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from storywire.errors import FetchError
from storywire.text import _parsed_text
from tasks.workers import READING_BYTES, Workers


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


def test_no_process_is_started_before_the_first_document() -> None:
    before = len(psutil.Process().children(recursive=True))
    with Workers():
        assert len(psutil.Process().children(recursive=True)) == before


def test_what_a_worker_raises_is_raised_here(workers: Workers) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(workers.run(int, "x"))


def test_r43_a_document_that_takes_too_long_is_given_up_and_the_others_go_on(workers: Workers) -> None:
    async def main() -> list[Any]:
        slow = workers.run(time.sleep, 60, timeout=timedelta(seconds=0.5))
        others = [workers.run(abs, -i) for i in range(3)]
        return await asyncio.gather(slow, *others, return_exceptions=True)

    begun = time.monotonic()
    slow, *others = asyncio.run(main())
    assert isinstance(slow, FetchError)
    assert slow.reason == "reading it took more than 0.5 s"
    assert others == [0, 1, 2]
    assert time.monotonic() - begun < 5


@pytest.mark.skipif(os.cpu_count() == 1, reason="needs a second processor")
def test_while_one_document_hangs_another_is_read(workers: Workers) -> None:
    async def main() -> float:
        slow = asyncio.ensure_future(workers.run(time.sleep, 60, timeout=timedelta(seconds=5)))
        await asyncio.sleep(0.5)
        begun = time.monotonic()
        assert [await workers.run(abs, -i) for i in range(5)] == list(range(5))
        took = time.monotonic() - begun
        assert not slow.done()
        with pytest.raises(FetchError, match="more than 5 s"):
            await slow
        return took

    assert asyncio.run(main()) < 3


def test_a_document_that_is_deep_inside_c_code_ends_by_its_deadline_too(workers: Workers) -> None:
    overloaded = f"<p {' '.join(f'a{i}' for i in range(100_000))}>"  # 27 s in one call, which heeds no signal
    asyncio.run(workers.run(_parsed_text, "<p>"))
    begun = time.monotonic()
    with pytest.raises(FetchError, match="more than 1 s"):
        asyncio.run(workers.run(_parsed_text, overloaded, timeout=timedelta(seconds=1)))
    assert time.monotonic() - begun < 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs a limit on address space")
def test_a_document_that_takes_too_much_memory_is_given_up(workers: Workers) -> None:
    with pytest.raises(FetchError, match="memory"):
        asyncio.run(workers.run(bytearray, READING_BYTES))


def test_a_document_that_crashes_its_reader_is_given_up_and_the_next_is_read(workers: Workers) -> None:
    with pytest.raises(FetchError, match="crashed"):
        asyncio.run(workers.run(os._exit, 3))
    assert asyncio.run(workers.run(abs, -1)) == 1


def test_a_worker_that_was_killed_while_idle_is_replaced(workers: Workers) -> None:
    os.kill(asyncio.run(workers.run(os.getpid)), signal.SIGTERM)
    time.sleep(0.5)
    assert asyncio.run(workers.run(abs, -1)) == 1


def test_a_worker_imports_neither_the_program_nor_the_model(tmp_path: Path) -> None:
    program = tmp_path / "program.py"  # without a main guard, which would run it again in each worker
    program.write_text(
        "import asyncio, sys, prefect\n"
        "from datetime import UTC, datetime\n"
        "from storywire.feeds import parse_feed\n"
        "from tasks.workers import Workers\n"
        "async def main():\n"
        "    with Workers(1) as workers:\n"
        "        now = datetime.now(UTC)\n"
        "        await workers.run(parse_feed, b'<rss version=\"2.0\"><channel/></rss>', 'https://example.org/', now)\n"
        "        there = \"[m for m in ('feedparser', 'prefect', 'httpx') if m in __import__('sys').modules]\"\n"
        "        print(await workers.run(eval, there))\n"
        "print('begun')\n"
        "asyncio.run(main())\n"
    )
    ran = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.split("\n")[:2] == ["begun", "['feedparser']"], ran.stderr
    assert ran.stdout.count("begun") == 1
