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
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory
from time import monotonic

from tests.kill import history, inputs, points
from tests.kill.receiver import Receiver, receiving
from tests.kill.scenario import Kill, Outcome, Scenario, attempt, prepare, warm

SEEDS = 50
Try = tuple[Scenario, tuple[Kill, ...]]


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a sample, with each kind of step at least once")
    parser.add_argument("--alerts", action="store_true", help="random kills where alerts are stored, sent and noted")
    parser.add_argument("--history", action="store_true", help="prune, backup and restore, and no runs")
    parser.add_argument("--steps", metavar="WORDS", help="all steps whose name has these words, and no others")
    parser.add_argument("--only", metavar="NAME:N[,N]", help="one try, as a failure names it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="tries side by side")
    given = parser.parse_args()
    start = monotonic()
    warm()
    with TemporaryDirectory() as folder, receiving(Path(folder)) as receiver:
        at_once = given.quick or given.steps or "-later" not in (given.only or "-later")
        runs = _scenarios(Path(folder), receiver)
        scenarios = [] if given.history else list(islice(runs, 2 if at_once else None))
        if not given.alerts:
            scenarios += _commands(Path(folder), receiver)
        if given.only:
            tries = _one(scenarios, given.only)
        elif given.steps:
            tries = [each for each in _singles(scenarios) if given.steps in _name(each)]
        elif given.quick:
            tries = _chains(scenarios)
        elif given.history:
            tries = [*_singles(scenarios), *_random(scenarios)]
        elif given.alerts:
            tries = _deliveries(scenarios)
        else:
            runs, commands = scenarios[:4], scenarios[4:]
            tries = [*_singles([*runs[:2], *commands]), *_doubles(runs), *_moments(runs), *_deliveries(runs)]
            tries += _random(commands)
        outcomes = list(_parallel(tries, Path(folder), given.jobs))
    return _report(
        scenarios,
        outcomes,
        alone=bool(given.only or given.steps or given.alerts or given.history),
        seconds=monotonic() - start,
    )


def _scenarios(folder: Path, receiver: Receiver) -> Iterator[Scenario]:
    """A new installation and one that exists, killed once and healed at the same instant; the same a minute later."""
    first = prepare(Scenario("new", inputs.ONE, receiver), folder / "new")
    template = folder / "new" / "home"
    yield first
    yield prepare(Scenario("grown", inputs.TWO, receiver, template), folder / "grown")
    yield prepare(Scenario("new-later", inputs.ONE, receiver, same_instant=False), folder / "new-later")
    yield prepare(Scenario("grown-later", inputs.TWO, receiver, template, same_instant=False), folder / "grown-later")


def _commands(folder: Path, receiver: Receiver) -> Iterator[Scenario]:
    """`prune`, `backup` and `restore` of an installation at rest."""
    first = folder / "rest" / "home"
    prepare(Scenario("rest", inputs.ONE, receiver), folder / "rest")
    late = replace(inputs.ONE, now=inputs.DAY_ONE + history.LATER)
    for command in history.COMMANDS:
        template = history.prepared(command, first, folder)
        scenario = Scenario(command, late, receiver, template, command=command)
        yield prepare(scenario, folder / f"command-{command}")


def _singles(scenarios: Sequence[Scenario]) -> list[Try]:
    """Every step, and one more, which must not fire: then no step was left out.

    Of steps that are of no kind, the first of each name: the others do the same to other rows.
    """
    found: list[Try] = []
    for scenario in scenarios:
        numbered = list(enumerate(scenario.names, 1))
        firsts = {name: number for number, name in reversed(numbered)}
        found += [(scenario, (n,)) for n, name in numbered if firsts[name] == n or not name.startswith("other")]
        found.append((scenario, (len(scenario.names) + 1,)))
    return found


def _random(scenarios: Sequence[Scenario], seeds: int = SEEDS) -> list[Try]:
    """Commands killed somewhere and done again, killed somewhere, and again; and killed by the clock, at any moment."""
    found: list[Try] = []
    for scenario in scenarios:
        for seed in range(seeds):
            chance, steps = random.Random(f"{scenario.name} {seed}"), len(scenario.names)
            twice = (chance.randint(1, steps), chance.randint(1, steps))
            found.append((scenario, twice if seed % 2 else (chance.uniform(0.0, scenario.seconds),)))
    return found


def _name(single: Try) -> str:
    scenario, (number, *_) = single
    return [*scenario.names, ""][int(number) - 1]


def _chains(scenarios: Sequence[Scenario]) -> list[Try]:
    """Both scenarios, each killed at one kind of step after the other, every time a little further on."""
    return [(scenario, points.CHAINS[scenario.name]) for scenario in scenarios]


def _doubles(scenarios: Sequence[Scenario], seeds: int = SEEDS) -> list[Try]:
    """A run killed somewhere, and the run that would heal it killed somewhere."""
    found = []
    for seed in range(seeds):
        chance, scenario = random.Random(seed), scenarios[2 + seed % 2]
        first = chance.randint(1, len(scenario.names))
        found.append((scenario, (first, chance.randint(1, len(scenario.names) - first // 2))))
    return found


def _moments(scenarios: Sequence[Scenario], seeds: int = SEEDS) -> list[Try]:
    """A run killed at any moment, also within DuckDB; a late one may come after its end."""
    chances = [(random.Random(seed), scenarios[2 + seed % 2]) for seed in range(seeds)]
    return [(scenario, (chance.uniform(0.0, scenario.seconds),)) for chance, scenario in chances]


def _deliveries(scenarios: Sequence[Scenario], seeds: int = SEEDS) -> list[Try]:
    """Runs killed where alerts are stored, sent and noted; for half of the seeds the healing run is killed, too."""
    found: list[Try] = []
    for kind in ("K11", "K12", "K13"):
        for seed in range(seeds):
            chance, scenario = random.Random(f"{kind} {seed}"), scenarios[seed % len(scenarios)]
            names = scenario.names
            first = chance.choice([number for number, name in enumerate(names, 1) if name.startswith(kind)])
            then = chance.randint(1, max(len(names) - first, len(names) // 3))  # what is stored is not done again
            found.append((scenario, (first, then) if seed * 2 >= seeds else (first,)))
    return found


def _one(scenarios: Sequence[Scenario], only: str) -> list[Try]:
    name, _, kills = only.partition(":")
    scenario = next(s for s in scenarios if s.name == name)
    return [(scenario, tuple(map(_kill, kills.split(","))))]


def _kill(given: str) -> Kill:
    if given.isdecimal():
        return int(given)
    return float(given) if given.replace(".", "").isdecimal() else given


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


def _work(scenario: Scenario, kills: tuple[Kill, ...], work: Path) -> None:
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
        which = quote(f"{scenario.name}:{','.join(map(str, outcome.kills))}")
        print(f"\nFAILED {which}  (python -m tests.kill --only {which})")
        for name in outcome.killed_at:
            print(f"  killed at: {name or 'nothing, it ran through'}")
        for problem in outcome.problems or ["it was not killed where it should have been"]:
            print(f"  {problem}")
    missing = set() if alone else points.EXPECTED - {kind.split()[0] for kind in fired}
    for kind in sorted(fired, key=lambda k: (k[0] != "K", int(k.split()[0][1:]) if k[0] == "K" else 0, k)):
        print(f"{fired[kind]:5} kills  {kind}")
    steps = ", ".join(f"{s.name} {len(s.names)}" for s in scenarios)
    print(
        f"{sum(fired.values())} kills in {len(outcomes)} tries, {len(failed)} failed, {seconds:.0f} s; steps: {steps}"
    )
    if missing:
        print(f"no kill at: {', '.join(sorted(missing))}")
    return 1 if failed or missing else 0


def _as_planned(scenario: Scenario, outcome: Outcome) -> bool:
    """The first kill fires at the step that has this number in the undisturbed run; one past the last never.

    Kills at steps that have words in their name fire all.
    """
    first = outcome.kills[0]
    if isinstance(first, str):
        return all(str(words) in name for words, name in zip(outcome.kills, outcome.killed_at, strict=True))
    return isinstance(first, float) or outcome.killed_at[:1] == ([*scenario.names, ""][first - 1],)


if __name__ == "__main__":
    sys.exit(main())
