"""Pacing: decides when each page may be asked for: hosts side by side, the pages of one host one after the other.

Never asks itself, and knows nothing of what comes of asking.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import TypeVar

from storywire.urls import host

SPACING = timedelta(seconds=1)  # between the starts of two requests to one host
IN_FLIGHT = 16  # as many as a Fetcher has under way; with those that wait to be taken, so many are in memory

Delay = Callable[[str], timedelta]
"""How long the host of an address asks us to wait between two pages, as far as that is known by now."""

T = TypeVar("T")
R = TypeVar("R")


async def paced(
    pages: Iterable[tuple[str, T]],
    ask: Callable[[T], Awaitable[R]],
    budget: timedelta,
    spacing: timedelta = SPACING,
    begun: bool = False,
    delay: Delay = lambda url: timedelta(0),
) -> AsyncGenerator[R, None]:
    """Yields what asking for each of `pages`, an address with what `ask` wants to know of it, came to, when it did.

    The pages of one host start at least `spacing` apart, or what `delay` says, if that is more; with `begun`, since
    another step may just have asked, also the first that long after now. None is begun after `budget`, nor while
    IN_FLIGHT are under way or not yet taken. Close the generator (`contextlib.aclosing`): then nothing is under way any
    more. What `ask` raises is raised.
    """
    clock = asyncio.get_running_loop().time
    now, slots = clock(), asyncio.Semaphore(IN_FLIGHT)
    end = now + budget.total_seconds()
    done: asyncio.Queue[tuple[R] | None] = asyncio.Queue()  # never longer than there are slots
    hosts: defaultdict[str, list[tuple[str, T]]] = defaultdict(list)
    for url, page in pages:
        hosts[host(url) or url].append((url, page))  # files have no host to be spared

    async def of_one_host(waiting: Sequence[tuple[str, T]]) -> None:
        last = now if begun else None
        for url, page in waiting:
            # only now is known what the host asks for: by the page before, if not by another step
            start = now if last is None else last + max(spacing, delay(url)).total_seconds()
            if start >= end:
                return
            await asyncio.sleep(start - clock())
            await slots.acquire()  # given back when what came of it was taken
            if clock() >= end:
                slots.release()
                return
            last = clock()
            done.put_nowait((await ask(page),))

    all_hosts = asyncio.gather(*map(of_one_host, hosts.values()))
    all_hosts.add_done_callback(lambda _: done.put_nowait(None))
    try:
        while (found := await done.get()) is not None:
            yield found[0]
            slots.release()
        await all_hosts  # raises what was a bug
    finally:
        all_hosts.cancel()
        await asyncio.gather(all_hosts, return_exceptions=True)
