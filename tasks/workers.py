"""Worker processes for reading documents: decides how long and how large the reading of one may get.

Never reads a document in this process: lxml can hold it for minutes inside one call, which no signal interrupts.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import types
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from storywire.errors import FetchError

READING_DEADLINE = timedelta(seconds=10)  # for a page
FEED_DEADLINE = timedelta(seconds=5)
FALLBACK_DEADLINE = timedelta(seconds=3)  # for the simpler reader, after the usual one
READING_BYTES = 1536 * 2**20  # address space of a worker; reading real pages takes 200 to 300 MB of memory
# A document that hangs keeps one process for its deadline; the other goes on. Each takes some 150 MB when it has read
# pages, 6 MB before.
_PROCESSES = min(2, os.cpu_count() or 1)
_RECYCLE = 1000  # documents; what a parser leaks goes with its process
_FORKS = "forkserver" in multiprocessing.get_all_start_methods()  # not on Windows
_Start: Any = type(multiprocessing.get_context("forkserver" if _FORKS else "spawn"))

Result = TypeVar("Result")


class Workers:
    """Processes that read documents, each killed and replaced when one document takes too long or too much.

    Use it in a `with`. No process is started before the first document, and there are never more than `processes`.
    """

    at_once = 4
    """Documents that are worth having under way at a time; those that wait are in memory."""

    def __init__(self, processes: int = _PROCESSES) -> None:
        """Starts nothing yet."""
        self._processes = processes
        self._pool = self._new_pool()

    def __enter__(self) -> Self:
        """The workers themselves."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends all processes, also one that is reading."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    async def run(self, function: Callable[..., Result], *args: Any, timeout: timedelta = READING_DEADLINE) -> Result:
        """What `function(*args)` returns in a worker; it must be importable by name, and its arguments picklable.

        What it raises is raised here. Raises FetchError where it took too long, too much memory, or its process died.
        """
        try:
            result: Result = await asyncio.wrap_future(self._schedule(function, args, timeout.total_seconds()))
        except TimeoutError:
            raise FetchError(f"reading it took more than {timeout.total_seconds():g} s") from None
        except MemoryError:
            raise FetchError("reading it took too much memory") from None
        except (ProcessExpired, BrokenProcessPool):
            raise FetchError("reading it crashed the reader") from None
        return result

    def _schedule(
        self, function: Callable[..., Result], args: tuple[Any, ...], seconds: float
    ) -> ProcessFuture[Result]:
        try:
            return self._pool.schedule(function, args=args, timeout=seconds)
        except RuntimeError:  # pebble 5 gives a pool up when a worker dies while idle, as by the kernel for memory
            self._pool = self._new_pool()
            return self._pool.schedule(function, args=args, timeout=seconds)

    def _new_pool(self) -> ProcessPool:
        context = _Context()
        if _FORKS:
            context.set_forkserver_preload([])  # by default it imports the main module
        return ProcessPool(self._processes, max_tasks=_RECYCLE, initializer=_begin, context=context)


class _Process(_Start.Process):  # type: ignore[misc]
    """A process that does not import the program's main module.

    Python's would: then each worker held all of Prefect, and a script without a main guard ran twice.
    """

    _lock = Lock()

    @staticmethod
    def _Popen(process_obj: Any) -> Any:
        with _Process._lock:
            main = sys.modules["__main__"]
            sys.modules["__main__"] = types.ModuleType("__main__")
            try:
                return _Start.Process._Popen(process_obj)
            finally:
                sys.modules["__main__"] = main


class _Context(_Start):  # type: ignore[misc]
    """The start method of this system, with processes of ours."""

    Process = _Process


def _begin() -> None:
    """Makes a reader end at once when it is told to, and fail alone when it takes too much memory.

    pebble's handler of SIGTERM waits for C code to return, which was 3 seconds more. Only POSIX has such a limit.
    """
    if sys.platform == "win32":
        return
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (READING_BYTES, READING_BYTES))
