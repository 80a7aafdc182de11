"""A process that ends with the one that started it: decides that what it started ends with it, too.

Never lets it end in peace: whoever held the other end was killed, and what was stored is safe at any moment. Used as a
command, `python -m flows.lifeline MODULE ...` runs a module of somebody else so.
"""

import os
import runpy
import signal
import sys
from collections.abc import Callable
from select import select
from threading import Thread

_LOOK = 5.0  # seconds


def hold(healthy: Callable[[], bool] = lambda: True) -> None:
    """From now on this process and its group are killed once standard input ends, or while they are not `healthy`.

    The group must be its own, and its standard input a pipe that only its supervisor can write to.
    """
    Thread(target=_watch, args=(healthy,), name="lifeline", daemon=True).start()


def _watch(healthy: Callable[[], bool]) -> None:
    while healthy():
        ended, _, _ = select([0], [], [], _LOOK)
        if ended and not os.read(0, 1):
            break
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    del sys.argv[0]
    hold()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
