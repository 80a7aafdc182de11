"""The end of a process: decides what is said and done when a person stops a command, and how the process ends.

Never saves anything: what was stored stays as it is.
"""

import asyncio
import atexit
import contextlib
import faulthandler
import os
import sys
from collections.abc import Coroutine
from datetime import timedelta
from functools import cache
from threading import Timer
from typing import Any, TypeVar

from flows import prefect_settings

STOPPED = "storywire: stopped; what was stored stays, and the next run goes on from there"
INTERRUPTED = 130  # the exit status of shells: 128, and SIGINT's number
_PATIENCE = 3.0  # seconds

T = TypeVar("T")


def leave(status: int) -> None:
    """The last thing to run: ends the process without the interpreter's own tear-down.

    With Prefect's threads still there, DuckDB 2.0's binding takes that for leaks and prints pages of them on stderr.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


@cache
def end_quietly() -> None:
    """For a process that is not ours to end, as a flow run's: what DuckDB's binding says of leaks is not heard."""
    atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno()))


def end_unless_again(within: timedelta) -> None:
    """Ends this process, and says where it hung, unless this is called again within that time.

    Python's own watchdog needs neither the event loop nor Python's lock.
    """
    faulthandler.dump_traceback_later(within.total_seconds(), exit=True)


async def stoppable(run: Coroutine[Any, Any, T]) -> T:
    """What `run` returns. Once a person stops it, it may end by itself, but not for long: then the process ends.

    Ctrl-C on a terminal reaches all processes of a run: Prefect would try for minutes to tell its temporary server,
    which is gone, and a process for reading that was just starting is waited for without end.
    """
    task = asyncio.ensure_future(run)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        end = Timer(_PATIENCE, _give_up)  # a thread, as the event loop may be what waits
        end.daemon = True
        end.start()
        task.cancel()
        await asyncio.wait({task})
        raise


def _give_up() -> None:
    prefect_settings.end_server()
    print(STOPPED, file=sys.stderr)
    leave(INTERRUPTED)
