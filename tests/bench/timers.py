"""Clocks around the parts of a house: decides which part a moment counts for. The house knows nothing of them.

Never measures by a profiler, which would slow what it measures.
"""

import time
import types
from collections import defaultdict
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any

from storage.store import Store
from tasks.embed import Encoder
from tasks.fetch import FEED_TYPES, HttpFetcher, Permit, Response
from tasks.workers import READING_DEADLINE, Workers
from tests.bench.reading import read
from tests.server import LOOPBACK


@dataclass
class Cost:
    """Seconds: as a clock on the wall has them, and of all processors that worked."""

    wall: float = 0.0
    cpu: float = 0.0

    def add(self, wall: float, cpu: float) -> None:
        """Add to both."""
        self.wall += wall
        self.cpu += cpu


@dataclass(frozen=True)
class Reading:
    """One document in a worker. `asked` and `answered` are the caller's clock; CPU is the worker's since it began."""

    name: str
    pid: int
    asked: float
    answered: float
    wall: float
    cpu_before: float
    cpu_after: float

    @property
    def cpu(self) -> float:
        """CPU seconds inside the function."""
        return self.cpu_after - self.cpu_before

    @property
    def around(self) -> float:
        """Wall seconds outside it: handing over, and what the worker imported first."""
        return self.answered - self.asked - self.wall


@dataclass
class Ledger:
    """What each part cost."""

    parts: defaultdict[str, Cost] = field(default_factory=lambda: defaultdict(Cost))
    readings: list[Reading] = field(default_factory=list)
    passages: list[str] = field(default_factory=list)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count a block of this process for a part. The CPU time of all its threads counts: nothing else runs then."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.parts[name].add(time.perf_counter() - wall, time.process_time() - cpu)

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, each call counted for a part."""

        def call(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        return call

    def worker(self) -> tuple[Cost, Cost, Cost, Cost]:
        """What the workers cost: their start, reading feeds, extracting pages, and being handed documents.

        A worker's start is what its first document of a kind takes longer: the process itself, and all that is
        imported and loaded for it. Its other costs are sums.
        """
        start, feeds, pages, handing = Cost(), Cost(), Cost(), Cost()
        usual = {name: self._usual(name) for name in {r.name for r in self.readings}}
        seen: dict[int, Reading] = {}
        kinds: set[tuple[int, str]] = set()
        for reading in self.readings:
            before = seen.get(reading.pid)
            idle = reading.cpu_before - (before.cpu_after if before else 0.0)
            kind = feeds if reading.name == "parse_feed" else pages
            if (reading.pid, reading.name) in kinds:
                kind.add(reading.wall, reading.cpu)
                handing.add(reading.around, idle)
            else:
                of = usual[reading.name]
                kind.add(of.wall, of.cpu)
                start.add(reading.around + reading.wall - of.wall, idle + reading.cpu - of.cpu)
            seen[reading.pid] = reading
            kinds.add((reading.pid, reading.name))
        return start, feeds, pages, handing

    def _usual(self, name: str) -> Cost:
        own = [r for r in self.readings if r.name == name]
        return Cost(median(r.wall for r in own), median(r.cpu for r in own))


class TimedEncoder:
    """An Encoder that notes what it was given, and how long it took."""

    def __init__(self, encoder: Encoder, ledger: Ledger) -> None:
        self._encoder, self._ledger = encoder, ledger
        self.model, self.start = encoder.model, encoder.start

    def encode(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        self._ledger.passages += passages
        with self._ledger.part("encode"):
            return self._encoder.encode(passages, progress)


class TimedStore(Store):
    """A Store whose public methods are timed, each as a part `store.NAME`."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        super().__init__(store.home, store.wait)
        for name in dir(Store):
            if not name.startswith("_") and name not in ("locked", "opened", "transaction"):
                setattr(self, name, ledger.timed(f"store.{name}", getattr(self, name)))


class TimedFetcher(HttpFetcher):
    """A fetcher whose own steps are timed, not its waiting."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(allow_nets=LOOPBACK)
        self._ledger = ledger

    async def fetch(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEED_TYPES,
        permit: Permit | None = None,
        served_by: str | None = None,
    ) -> Response:
        began = time.perf_counter()
        cost = self._ledger.parts["http"]
        try:
            work = super().fetch(url, etag, last_modified, accept, permit, served_by)
            response: Response = await _stepped(work, partial(cost.add, 0.0))
            return response
        finally:
            cost.wall += time.perf_counter() - began


@types.coroutine
def _stepped(work: Coroutine[Any, Any, Any], note: Callable[[float], None]) -> Generator[Any, Any, Any]:
    """Run a coroutine, and note the CPU time of each of its steps: what the loop does in between is not its own."""
    step: Callable[[], Any] = partial(work.send, None)
    while True:
        began = time.thread_time()
        try:
            waited_for = step()
        except StopIteration as done:
            return done.value
        finally:
            note(time.thread_time() - began)
        try:
            yield waited_for
            step = partial(work.send, None)
        except BaseException as error:  # a time-out or a cancellation is the coroutine's to see
            step = partial(work.throw, error)


class TimedWorkers(Workers):
    """Workers in which each document's reading is timed where it happens, in the worker's process."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger

    async def run(self, function: Callable[..., Any], *args: Any, timeout: timedelta = READING_DEADLINE) -> Any:
        asked = time.perf_counter()
        result, pid, wall, before, after = await super().run(read, function, *args, timeout=timeout)
        reading = Reading(function.__name__, pid, asked, time.perf_counter(), wall, before, after)
        self._ledger.readings.append(reading)
        return result
