"""What runs in a worker when it is timed: decides what is measured there.

Never imports anything that the worker would not.
"""

import os
import time
from collections.abc import Callable
from typing import Any


def read(function: Callable[..., Any], *args: Any) -> tuple[Any, int, float, float, float]:
    """The function's result, the worker's process id, wall seconds inside, and its CPU seconds before and after."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = function(*args)
    return result, os.getpid(), time.perf_counter() - wall, cpu, time.process_time()
