"""One try: an installation, runs that are killed, the run that heals, the checks. Decides how a try is carried out.

Every process is forked from one that imported everything but never opened DuckDB or started a thread: 10 ms instead of
2 s each, and DuckDB, which does not survive a fork, is first opened in the child.
"""

import asyncio
import os
import pickle
import shutil
import signal
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import storage.database
from flows import cycle
from flows.commands.run import store_seeds
from flows.house import House
from storage.snapshot import snapshot_path
from storage.store import Store
from tasks.seed_files import read_folder
from tests.fakes import FixedClock
from tests.kill import checks, inputs, points

SMALL_BATCHES = {"BATCH": 3, "SAVE_EVERY": 2}  # so that a run has many transactions of each kind
ADDED = "ALTER TABLE private.feed ADD COLUMN note VARCHAR; UPDATE private.feed SET note = 'migrated';"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Scenario:
    """A run of `day` on a copy of `template` (none: a new installation), and what comes of it undisturbed.

    `same_instant`: the healing run has the `now` of the killed one, so that batches, times and run ids must come out
    the same to the byte. Otherwise each run is a minute later, as in life: then entries of the killed run were seen
    first, small batches would be cut elsewhere, and so the batches are large.
    """

    name: str
    day: inputs.Day
    template: Path | None = None
    same_instant: bool = True
    expected: checks.Content | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of a try: the steps at which it was killed, and all that is wrong."""

    kills: tuple[int, ...]
    killed_at: tuple[str, ...]
    problems: tuple[str, ...]


def prepare(scenario: Scenario, work: Path) -> Scenario:
    """The scenario with its expected content and the names of its steps, from an undisturbed run in `work`."""
    home = _home(scenario, work / "home")

    def undisturbed() -> None:
        (work / "names").write_bytes(pickle.dumps(run(home, scenario, 0, points.Points())))

    def check() -> None:
        found = checks.content(home, same_instant=scenario.same_instant)
        (work / "found").write_bytes(pickle.dumps((found, [*checks.laws(home)])))

    for step in (undisturbed, check):
        code, error = forked(step, work)
        if code:
            raise RuntimeError(f"the undisturbed run failed: {error}")
    names = pickle.loads((work / "names").read_bytes())
    found, problems = pickle.loads((work / "found").read_bytes())
    if problems:
        raise RuntimeError(f"the undisturbed run breaks the law: {problems}")
    return replace(scenario, expected=found, names=tuple(names))


def attempt(scenario: Scenario, kills: Sequence[int], work: Path) -> Outcome:
    """Kill run after run, each at the step of that number, then let one finish, and check. Call it in a fork.

    A step that a healing run does not reach leaves that run undisturbed: `killed_at` then has an empty name.
    """
    home, killed_at, problems = _home(scenario, work / "home"), [], []
    published = scenario.template is not None
    for turn, number in enumerate([*kills, 0]):
        told = work / f"killed-{turn}"
        watch = points.Points(lambda count, _, number=number: count == number, told)  # type: ignore[misc]
        code, error = forked(lambda turn=turn, watch=watch: run(home, scenario, turn, watch), work)  # type: ignore
        if code not in (0, -signal.SIGKILL):
            problems.append(f"run {turn + 1} failed: {error}")
        if number:
            killed_at.append(told.read_text() if told.exists() else "")
        problems += checks.snapshot_whole(home, must_exist=published)
        published = published or snapshot_path(home).exists()
    if not problems and scenario.expected:
        found = checks.content(home, same_instant=scenario.same_instant)
        problems += [*checks.differences(scenario.expected, found), *checks.laws(home)]
    return Outcome(tuple(kills), tuple(killed_at), tuple(problems))


def run(home: Path, scenario: Scenario, turn: int, watch: points.Points) -> list[str]:
    """What `storywire run` does, with fakes and without Prefect; returns the names of its steps. Call it in a fork."""
    house, now = furnish(home, scenario.day, watch, timedelta() if scenario.same_instant else turn * MINUTE)
    if scenario.template:
        storage.database.MIGRATIONS = (*storage.database.MIGRATIONS, ADDED)
    for name, size in SMALL_BATCHES.items() if scenario.same_instant else ():
        setattr(cycle, name, size)
    os.chdir(home)
    enter(house)
    asyncio.run(cycle.whole(house, now, cycle.plain_steps(house, now)))
    return watch.names


def furnish(home: Path, day: inputs.Day, watch: points.Points, later: timedelta) -> tuple[House, datetime]:
    """A house of fakes whose every step is watched, and the `now` of its run."""
    points.install(watch)
    now = day.now + later
    fetcher = points.WatchedFetcher(day.answers)
    fetcher.points = watch
    house = House(
        store=Store(home),
        encoder=points.WatchedEncoder(watch),
        fetcher=fetcher,
        workers=lambda: points.WatchedWorkers(watch),  # type: ignore[arg-type, return-value]
        notifier=points.WatchedNotifier(watch),
        host_spacing=timedelta(),
        clock=FixedClock(now),
    )
    return house, now + timedelta(seconds=1)  # a run begins after its seeds were stored


def enter(house: House) -> None:
    """What a person did before the run: feeds, watches and seeds. Done again it changes nothing."""
    now = house.clock()
    house.store.add_feeds(inputs.feeds(now))
    for watch in inputs.watches(now):
        house.store.add_watch(watch)
    store_seeds(house, read_folder(house.store.home.parent / "seeds", now))


def forked(work: Callable[[], object], folder: Path) -> tuple[int, str]:
    """Do the work in a fork; the exit status (negative: the signal), and the error if there was one."""
    error = folder / "error"
    error.unlink(missing_ok=True)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            error.write_text(traceback.format_exc())
        finally:
            os._exit(status)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, error.read_text() if error.exists() else ""


def _home(scenario: Scenario, home: Path) -> Path:
    if scenario.template:
        shutil.copytree(scenario.template, home)
    else:
        home.mkdir(parents=True)
    inputs.write_seeds(scenario.day, home.parent / "seeds")
    return home
