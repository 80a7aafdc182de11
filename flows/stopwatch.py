"""How long something took, in all: decides nothing, and never stops what it times."""

from datetime import timedelta
from time import perf_counter
from types import TracebackType
from typing import Self


class Stopwatch:
    """Adds up the time within its `with` blocks, which do not overlap."""

    def __init__(self) -> None:
        self.spent = timedelta()

    def __enter__(self) -> Self:
        """Itself, running."""
        self._began = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops it, however the block ended."""
        self.spent += timedelta(seconds=perf_counter() - self._began)
