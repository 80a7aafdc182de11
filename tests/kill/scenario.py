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
from functools import partial
from pathlib import Path
from time import process_time

import storage.database
from flows import cycle
from flows.commands.run import store_seeds
from flows.house import House
from storage.snapshot import snapshot_path
from storage.store import Store
from storywire.errors import FetchError
from storywire.feeds import parse_feed
from storywire.pages import extract_page
from storywire.rarity import Rarity
from tasks.notify import Channels
from tasks.seed_files import read_folder
from tasks.targets import Targets
from tests.fakes import FixedClock
from tests.kill import checks, history, inputs, points
from tests.kill.receiver import SECRET, Receiver
from tests.server import LOOPBACK

SMALL_BATCHES = {"BATCH": 4, "SAVE_EVERY": 4}  # so that a run has more than one transaction of each kind
ADDED = "ALTER TABLE private.feed ADD COLUMN note VARCHAR; UPDATE private.feed SET note = 'migrated';"
MINUTE = timedelta(minutes=1)
DEATHS = (-signal.SIGKILL, -signal.SIGPROF)

Kill = int | float | str
"""A step's number from 1, or words of its name, at which a run kills itself; or seconds of CPU time, after which the
kernel kills it. 0 is no kill."""


@dataclass(frozen=True)
class Scenario:
    """A run of `day` on a copy of `template` (none: a new installation), and what comes of it undisturbed.

    `same_instant`: the healing run has the `now` of the killed one, so that batches, times and run ids must come out
    the same to the byte. Otherwise each run is a minute later, as in life: then entries of the killed run were seen
    first, small batches would be cut elsewhere, and so the batches are large. As a cool-down ends in that minute, the
    undisturbed installation then tells what waited for it.

    With `command` it is no run: `history` has what it does. Its template is an installation at rest.
    """

    name: str
    day: inputs.Day
    receiver: Receiver
    template: Path | None = None
    same_instant: bool = True
    command: str = ""
    before: checks.Content | None = None
    expected: checks.Content | None = None
    names: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What came of a try: when it was to be killed, where it was (empty: it ran through), and all that is wrong."""

    kills: tuple[Kill, ...]
    killed_at: tuple[str, ...]
    problems: tuple[str, ...]


def warm() -> None:
    """Read each document once, so that no try has to load what readers load on first use."""
    for day in (inputs.ONE, inputs.TWO):
        for url, answer in day.answers.items():
            if isinstance(answer, FetchError):
                continue
            if url in (inputs.WHOLE, inputs.LINKS, inputs.ILL):
                parse_feed(answer.body, url, day.now, answer.content_type)
            else:
                extract_page(answer.body, url, answer.content_type)
    Rarity().speak({"en"})
    import anyio._backends._asyncio  # noqa: F401  # what delivers would load it with the first message


def prepare(scenario: Scenario, work: Path) -> Scenario:
    """The scenario with its expected content and the names of its steps, from an undisturbed run in `work`."""
    home = _home(scenario, work / "home")

    def beforehand() -> None:
        (work / "before").write_bytes(pickle.dumps(checks.content(home, same_instant=True)))

    def undisturbed() -> None:
        names = run(home, scenario, 0, points.Points())
        (work / "names").write_bytes(pickle.dumps((names, process_time())))

    def a_minute_later() -> None:
        if not scenario.same_instant:
            asyncio.run(cycle.deliver(*_begin(home, scenario, 1, points.Points())))

    def check() -> None:
        found = checks.content(home, same_instant=scenario.same_instant)
        (work / "found").write_bytes(pickle.dumps((found, [*checks.laws(home)])))

    for step in (*((beforehand,) if scenario.command else ()), undisturbed, a_minute_later, check):
        code, error = forked(step, work)
        if code:
            raise RuntimeError(f"the undisturbed run failed: {error}")
    names, seconds = pickle.loads((work / "names").read_bytes())
    found, problems = pickle.loads((work / "found").read_bytes())
    if problems:
        raise RuntimeError(f"the undisturbed run breaks the law: {problems}")
    before = pickle.loads((work / "before").read_bytes()) if scenario.command else None
    return replace(scenario, before=before, expected=found, names=tuple(names), seconds=seconds)


def attempt(scenario: Scenario, kills: Sequence[Kill], work: Path) -> Outcome:
    """Kill run after run as told, then let one finish, and check. Call it in a fork.

    Many steps only read: what a kill at one of them leaves is what an earlier one left, which is noted in `work`'s
    parent once it was healed, and not healed again. That more than halves the time of a full run.
    """
    home, killed_at, problems = _home(scenario, work / "home"), [], []
    published = scenario.template is not None
    left: Path | None = None
    for turn, kill in enumerate([*kills, 0]):
        code, error = forked(partial(_killed_run, home, scenario, turn, kill, work), work)
        if code != 0 and not (kill and code in DEATHS):
            problems.append(f"run {turn + 1} ended with {code}: {error}")
        if kill:
            killed_at.append("" if code == 0 else _told(work, turn))
            scenario.receiver.settle()
        problems += checks.snapshot_whole(home, must_exist=published)
        published = published or snapshot_path(home).exists()
        if scenario.before and scenario.expected:
            code, error = forked(partial(_look, home, scenario, work), work)
            problems += pickle.loads((work / "looked").read_bytes()) if code == 0 else [error]
        if len(kills) == 1 and kill and scenario.same_instant:
            left = work.parent / "healed" / f"{scenario.name}-{checks.state(home)}"
            if left.exists() and not problems:
                return Outcome(tuple(kills), tuple(killed_at), ())
    if not problems and scenario.expected:
        found = checks.content(home, same_instant=scenario.same_instant)
        problems += [*checks.differences(scenario.expected, found), *checks.laws(home)]
    if left and not problems:
        left.parent.mkdir(exist_ok=True)
        left.touch()
    return Outcome(tuple(kills), tuple(killed_at), tuple(problems))


def _look(home: Path, scenario: Scenario, work: Path) -> None:
    states = [each.stored for each in (scenario.before, scenario.expected) if each]
    (work / "looked").write_bytes(pickle.dumps([*checks.old_or_new(home, states)]))


def _killed_run(home: Path, scenario: Scenario, turn: int, kill: Kill, work: Path) -> None:
    if isinstance(kill, float):
        signal.setitimer(signal.ITIMER_PROF, kill)  # nothing handles it: the kernel ends the process, amid anything
    at = points.Points(
        lambda count, name: kill in name if isinstance(kill, str) else count == kill, work / f"killed-{turn}"
    )
    run(home, scenario, turn, at)


def _told(work: Path, turn: int) -> str:
    """The step at which a run killed itself."""
    file = work / f"killed-{turn}"
    return file.read_text() if file.exists() else "any moment | by the CPU's clock"


def run(home: Path, scenario: Scenario, turn: int, watch: points.Points) -> list[str]:
    """What `storywire run` does, with fakes and without Prefect; returns the names of its steps. Call it in a fork."""
    house, now = _begin(home, scenario, turn, watch)
    if scenario.command:
        history.COMMANDS[scenario.command](house, now)
        return watch.names
    enter(house)
    asyncio.run(cycle.whole(house, now, cycle.plain_steps(house, now)))
    return watch.names


def _begin(home: Path, scenario: Scenario, turn: int, watch: points.Points) -> tuple[House, datetime]:
    later = timedelta() if scenario.same_instant else turn * MINUTE
    house, now = furnish(home, scenario.day, scenario.receiver.address(home), watch, later)
    if scenario.template and not scenario.command:
        storage.database.MIGRATIONS = (*storage.database.MIGRATIONS, ADDED)
    for name, size in SMALL_BATCHES.items() if scenario.same_instant else ():
        setattr(cycle, name, size)
    os.chdir(home)
    return house, now


def furnish(home: Path, day: inputs.Day, hook: str, watch: points.Points, later: timedelta) -> tuple[House, datetime]:
    """A house of fakes whose every step is watched, and the `now` of its run. What delivers is real."""
    points.install(watch)
    now = day.now + later
    targets = Targets(home, {"STORYWIRE_TARGET_HOOK": f'kind = "webhook", url = "{hook}", secret = "{SECRET}"'})
    fetcher = points.WatchedFetcher(day.answers)
    fetcher.points = watch
    house = House(
        store=Store(home),
        encoder=points.WatchedEncoder(watch),
        fetcher=fetcher,
        workers=lambda: points.WatchedWorkers(watch),  # type: ignore[arg-type, return-value]
        notifier=points.WatchedNotifier(watch, Channels(targets, LOOPBACK, clock=FixedClock(now))),
        host_spacing=timedelta(),
        feed_spacing=timedelta(),
        clock=FixedClock(now),
    )
    return house, now


def enter(house: House) -> None:
    """What a person did before the run: feeds, watches and seeds. Done again it changes nothing."""
    now = house.clock()
    house.store.add_feeds(inputs.feeds(now))
    for watch in inputs.watches(now):
        house.store.add_watch(watch)
    store_seeds(house, read_folder(house.store.home.parent / "seeds", now), now)


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
