"""The steps at which a run can be killed: every statement, commit, file operation, request, reading and delivery.

Wrapped around the product from outside; the product knows nothing of it. Never decides what must hold after a kill.
"""

import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Self

import duckdb
import numpy as np
import numpy.typing as npt

import storage.database
import tasks.connect
from storywire.feeds import parse_feed
from storywire.notices import Letter
from storywire.targets import File, without_secrets
from tasks.fetch import FEED_TYPES, Permit, Response
from tasks.notify import Notifier
from tests.fakes import FakeEncoder, FakeFetcher, InlineWorkers

STORAGE = str(Path(storage.database.__file__).parent)

# Where a run or a command can die, by the Store's method; docs/crash-safety.md lists them.
KINDS = {
    "keep": "K3 raw bytes",
    "save_collected": "K5 articles",
    "save_polls": "K6 validators",
    "save_analysis": "K10 verdicts",
    "save_look": "look",
    "save_decision": "decision",
    "mark_sent": "K13 delivered but not marked",
    "publish": "publish",
    "prune": "K16 prune",
    "backup": "K16 backup",
    "restore": "K16 restore",
}
OUTBOX = "K11 outbox"
TABLES = {"private.feature": "K9 vectors", "private.alert": OUTBOX}
EXPECTED = frozenset(f"K{n}" for n in range(1, 17)) | {"look", "decision", "publish"}
"""The kinds that a run must have passed, else the harness has lost sight of them."""
CHAINS = {
    "new": (
        *("K15 migration", "other | add_watch: before commit", "K1 lease | save_polls", "K2 response | after"),
        *("K4 parsed", "K11 outbox | save_polls: before commit", "K7 page | after", "K3 raw bytes", "K8 extracted"),
        *("K5 articles | save_collected: before commit", "K5 articles | save_collected: after commit"),
        *("K9 vectors | after encode", "K10 verdicts", "K11 outbox | save_analysis: before commit"),
        *("K11 outbox | save_analysis: after commit", "K14 checkpoint", "decision | save_decision: after commit"),
        *("K12 sent | within write 2", "K12 sent | after write 2", "K13 delivered but not marked | after send to hook"),
    ),
    "grown": (
        *("K15 migration", "K6 validators", "K11 outbox | save_polls: after commit"),
        *("K11 outbox | save_analysis: after commit", "publish | publish: within copyfile"),
        *("publish | publish: after replace", "decision | save_decision: before commit"),
        *("K12 sent | within send to file", "K13 delivered but not marked | after send to file"),
        *("K13 delivered but not marked | mark_sent: before commit", "look | save_look"),
        *("K11 outbox | save_look: before commit", "K11 outbox | save_look: after commit"),
    ),
    "prune": (
        *("K16 prune | prune: before commit", "K16 prune | prune: after commit"),
        *("K16 prune | prune: before COPY FROM DATABASE", "publish | publish: within copyfile"),
    ),
    "backup": ("K16 backup | backup: within copyfile", "K16 backup | backup: before replace"),
    "restore": (
        *("K16 restore | restore: before COPY", "K16 restore | restore: within copyfile"),
        *("K16 restore | restore: before replace", "K16 restore | restore: after replace", "publish | publish"),
    ),
}
"""For a quick look: steps, by words of their names, at which a run and each that would heal it are killed in turn."""


class Points:
    """Counts the steps of a run, and kills the process at the one for which `kill` is true of its number and name."""

    def __init__(self, kill: Callable[[int, str], bool] = lambda number, name: False, told: Path | None = None) -> None:
        """`told` is the file that will hold the name of the step at which it was killed."""
        self._kill, self._told = kill, told
        self.names: list[str] = []

    def __call__(self, name: str, half: Callable[[], object] | None = None) -> None:
        """A step is next. `half` leaves it half done, for what the system does not do all at once."""
        self.names.append(name)
        if self._kill(len(self.names), name):
            if self._told:
                self._told.write_text(name)
            if half:
                half()
            os.kill(os.getpid(), signal.SIGKILL)


def method() -> str | None:
    """The method of the Store under which the caller runs; `migrate` below it comes first. None outside of any."""
    frame: FrameType | None = sys._getframe(1)
    found = None
    while frame is not None:
        if frame.f_code.co_filename.startswith(STORAGE):
            found = frame.f_code.co_name
            if found == "migrate":
                return found
        frame = frame.f_back
    return found


def named(what: str, table: str = "") -> str:
    """The name of a step of the Store: its kind, its method, what it does."""
    under = method() or "?"
    if under == "migrate":
        kind = "K15 migration"
    elif "CHECKPOINT" in what:
        kind = "K14 checkpoint"
    else:
        kind = KINDS.get(under, "other")
        if under != "save_decision":  # which only says of alerts that are stored what became of them
            kind = TABLES.get(table, kind)
    said = re.sub(r"'/[^']*/", "'", " ".join(what.split()))  # each try has a folder of its own
    return f"{kind} | {under}: {said[:70]}"


class WatchedConnection:
    """A DuckDB connection that tells of each statement, commit and append before it is done, and of commits after.

    The commit of a transaction that stores alerts is one of the outbox, whatever else it stores.
    """

    def __init__(self, con: Any, points: Points) -> None:
        self._con, self._points = con, points
        self._table = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)

    def execute(self, sql: Any, *parameters: Any) -> Any:
        self._points(named(f"before {sql}"))
        result = self._con.execute(sql, *parameters)
        if sql == "CHECKPOINT":
            self._points(named("after CHECKPOINT"))
        return result

    def commit(self) -> None:
        self._points(named("before commit", self._table))
        self._con.commit()
        self._points(named("after commit", self._table))
        self._table = ""

    @contextmanager
    def appender(self, table: str, **options: Any) -> Iterator[Any]:
        self._points(named(f"before append to {table}", table))
        with self._con.appender(table, **options) as appender:
            yield appender
            self._points(named(f"before flush to {table}", table))
        if table == "private.alert":
            self._table = table

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._con.close()
        self._points(named("after close"))


class WatchedFetcher(FakeFetcher):
    """A fetcher that tells when an answer is there."""

    points: Points

    async def fetch(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEED_TYPES,
        permit: Permit | None = None,
        served_by: str | None = None,
    ) -> Response:
        kind = "K2 response" if accept == FEED_TYPES else "K7 page"
        self.points(f"{kind} | before fetch of {url}")
        try:
            return await super().fetch(url, etag, last_modified, accept, permit, served_by)
        finally:
            self.points(f"{kind} | after fetch of {url}")


class WatchedWorkers(InlineWorkers):
    """Workers that tell when a document was read."""

    def __init__(self, points: Points) -> None:
        self._points = points

    async def run(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        found = await super().run(function, *args, **options)
        self._points(f"{'K4 parsed' if function is parse_feed else 'K8 extracted'} | after {function.__name__}")
        return found


class WatchedEncoder(FakeEncoder):
    """An encoder that tells before and after."""

    def __init__(self, points: Points) -> None:
        super().__init__()
        self._points = points

    def encode(self, *args: Any, **options: Any) -> npt.NDArray[np.float32]:
        self._points("K9 vectors | before encode")
        vectors = super().encode(*args, **options)
        self._points("K9 vectors | after encode")
        return vectors


class WatchedNotifier:
    """A Notifier that tells before, in the middle of a line of a file, and after."""

    def __init__(self, points: Points, real: Notifier) -> None:
        self._points, self._real = points, real

    async def send(self, target: str, letter: Letter) -> None:
        """Deliver one letter."""
        self._points(f"K12 sent | before send to {target}")
        file = without_secrets(target)
        if isinstance(file, File):
            self._points(f"K12 sent | within send to {target}", lambda: half_a_line(Path(file.path), letter))
        await self._real.send(target, letter)
        self._points(f"K13 delivered but not marked | after send to {target}")


def half_a_line(path: Path, letter: Letter) -> None:
    """What a kill amid the writing of a letter leaves."""
    with path.open("ab") as file:
        file.write(letter.payload[: len(letter.payload) // 2])


class WatchedStream:
    """A connection to a receiver, which tells before, in the middle of, and after what is written to it."""

    def __init__(self, real: Any, points: Points) -> None:
        self._real, self._points, self._writes = real, points, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        self._writes += 1  # the first is the head, the second the body
        self._points(f"K12 sent | before write {self._writes} of a POST")
        self._points(f"K12 sent | within write {self._writes} of a POST", lambda: self._half(buffer))
        await self._real.write(buffer, timeout)
        self._points(f"K12 sent | after write {self._writes} of a POST")

    def _half(self, buffer: bytes) -> None:
        os.write(self._real.get_extra_info("socket").fileno(), buffer[: len(buffer) // 2])


def install(points: Points) -> None:
    """Watch DuckDB, the writer's lock, the file operations and the connections of this process, for good."""
    connect = duckdb.connect
    duckdb.connect = lambda *args, **options: WatchedConnection(connect(*args, **options), points)  # type: ignore

    class WatchedLock(storage.database.FileLock):
        def __enter__(self) -> Any:
            held = super().__enter__()
            points(f"K1 lease | {method()}: the writer's lock is taken")
            return held

    storage.database.FileLock = WatchedLock  # type: ignore

    connected = tasks.connect._Guard.connect_tcp

    async def connect_tcp(*args: Any, **options: Any) -> Any:
        return WatchedStream(await connected(*args, **options), points)

    tasks.connect._Guard.connect_tcp = connect_tcp  # type: ignore

    def half_a_copy(source: Path, target: Path) -> None:
        content = Path(source).read_bytes()
        Path(target).write_bytes(content[: len(content) // 2])

    for owner, name in ((os, "replace"), (os, "fsync"), (shutil, "copyfile"), (Path, "unlink"), (Path, "chmod")):
        setattr(owner, name, _watched(getattr(owner, name), points, half_a_copy if name == "copyfile" else None))


def _watched(real: Callable[..., Any], points: Points, half: Callable[..., None] | None) -> Callable[..., Any]:
    def watched(*args: Any, **options: Any) -> Any:
        if method() is None:
            return real(*args, **options)
        points(named(f"before {real.__name__}"))
        if half:
            points(named(f"within {real.__name__}"), lambda: half(*args))
        result = real(*args, **options)
        points(named(f"after {real.__name__}"))
        return result

    return watched
