"""Runs the harness: every step of both scenarios, then double kills. Decides which steps a sample takes.

Exit status 0: all healed. 1: at least one did not; each is listed with the step and the way to run it alone.
"""

import os

os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # no threads to fork

import argparse
import pickle
import random
import shutil
import sys
import threading
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from storywire.language import language_of
from tests.kill import inputs, points
from tests.kill.scenario import Outcome, Scenario, attempt, prepare, run

SEEDS = 50
Try = tuple[Scenario, tuple[int, ...]]


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sample, with each kind of step at least once")
    parser.add_argument("--only", metavar="NAME:N[,N]", help="one try, as a failure names it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="tries side by side")
    given = parser.parse_args()
    start = monotonic()
    language_of("Once, so that no try loads the model of languages again.")
    with TemporaryDirectory() as folder:
        scenarios = list(_scenarios(Path(folder)))
        tries = _one(scenarios, given.only) if given.only else [*_singles(scenarios, given.quick)]
        tries += [] if given.only else _doubles(scenarios, 6 if given.quick else SEEDS)
        outcomes = list(_parallel(tries, Path(folder), given.jobs))
    return _report(scenarios, outcomes, alone=bool(given.only), seconds=monotonic() - start)


def _scenarios(folder: Path) -> Iterator[Scenario]:
    """A new installation and one that exists, killed once and healed at the same instant; the same a minute later."""
    first = prepare(Scenario("new", inputs.ONE), folder / "new")
    template = folder / "new" / "home"
    yield first
    yield prepare(Scenario("grown", inputs.TWO, template), folder / "grown")
    yield prepare(Scenario("new-later", inputs.ONE, same_instant=False), folder / "new-later")
    yield prepare(Scenario("grown-later", inputs.TWO, template, same_instant=False), folder / "grown-later")


def _singles(scenarios: Sequence[Scenario], quick: bool) -> Iterator[Try]:
    """Every step of the first two, and one more, which must not fire: then no step was left out."""
    for scenario in scenarios[:2]:
        numbers = range(1, len(scenario.names) + 2)
        for number in _sample(scenario.names) if quick else numbers:
            yield scenario, (number,)


def _sample(names: Sequence[str]) -> list[int]:
    """Each distinct thing that is done to the outside or the disk once, and few of the statements, spread evenly."""
    by_kind = defaultdict(list)
    for number, name in enumerate(names, 1):
        by_kind[name.split(" | ")[0]].append(number)
    chosen = {numbers[len(numbers) * k // 4] for numbers in by_kind.values() for k in (1, 2)}
    return sorted(chosen)


def _doubles(scenarios: Sequence[Scenario], seeds: int) -> list[Try]:
    """A run killed somewhere, and the run that would heal it killed somewhere."""
    found = []
    for seed in range(seeds):
        chance, scenario = random.Random(seed), scenarios[2 + seed % 2]
        first = chance.randint(1, len(scenario.names))
        found.append((scenario, (first, chance.randint(1, len(scenario.names) - first // 2))))
    return found


def _one(scenarios: Sequence[Scenario], only: str) -> list[Try]:
    name, _, numbers = only.partition(":")
    return [(next(s for s in scenarios if s.name == name), tuple(int(n) for n in numbers.split(",")))]


def _parallel(tries: Sequence[Try], folder: Path, jobs: int) -> Iterator[tuple[Scenario, Outcome]]:
    """Each try in a fork of its own, a few side by side."""
    running: dict[int, tuple[int, Try]] = {}
    for place, each in enumerate(tries):
        if len(running) == jobs:
            yield _reaped(running, folder)
        assert threading.active_count() == 1, "a fork would inherit locks of other threads"
        pid = os.fork()
        if pid == 0:
            _work(*each, folder / f"try-{place}")
        running[pid] = (place, each)
    while running:
        yield _reaped(running, folder)


def _work(scenario: Scenario, kills: tuple[int, ...], work: Path) -> None:
    try:
        work.mkdir()
        outcome = attempt(scenario, kills, work)
    except BaseException:
        outcome = Outcome(kills, (), (f"the harness failed: {traceback.format_exc()}",))
    (work / "outcome").write_bytes(pickle.dumps(outcome))
    os._exit(0)


def _reaped(running: dict[int, tuple[int, Try]], folder: Path) -> tuple[Scenario, Outcome]:
    place, (scenario, _) = running.pop(os.wait()[0])
    work = folder / f"try-{place}"
    outcome: Outcome = pickle.loads((work / "outcome").read_bytes())
    shutil.rmtree(work)
    return scenario, outcome


def _report(
    scenarios: Sequence[Scenario], outcomes: Sequence[tuple[Scenario, Outcome]], *, alone: bool, seconds: float
) -> int:
    fired = Counter(name.split(" | ")[0] for _, o in outcomes for name in o.killed_at if name)
    failed = [(s, o) for s, o in outcomes if o.problems or not _as_planned(s, o)]
    for scenario, outcome in failed:
        which = f"{scenario.name}:{','.join(map(str, outcome.kills))}"
        print(f"\nFAILED {which}  (python -m tests.kill --only {which})")
        for name in outcome.killed_at:
            print(f"  killed at: {name or 'nothing, it ran through'}")
        for problem in outcome.problems or ["it was not killed where it should have been"]:
            print(f"  {problem}")
    missing = set() if alone else points.EXPECTED - {kind.split()[0] for kind in fired}
    for kind in sorted(fired, key=lambda k: (k[0] != "K", int(k.split()[0][1:]) if k[0] == "K" else 0, k)):
        print(f"{fired[kind]:5} kills  {kind}")
    steps = ", ".join(f"{s.name} {len(s.names)}" for s in scenarios)
    print(f"{sum(fired.values())} kills in {len(outcomes)} tries, {len(failed)} failed, {seconds:.0f} s; steps: {steps}")
    if missing:
        print(f"no kill at: {', '.join(sorted(missing))}")
    return 1 if failed or missing else 0


def _as_planned(scenario: Scenario, outcome: Outcome) -> bool:
    """The first kill fires at the step that has this number in the undisturbed run; one past the last never."""
    planned = [*scenario.names, ""][outcome.kills[0] - 1]
    return bool(outcome.killed_at) and (outcome.killed_at[0] == planned)


if __name__ == "__main__":
    sys.exit(main())
