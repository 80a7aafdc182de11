"""The checks of an installation: decides what is looked at, in which order, and that one that fails stops no other.

Never changes anything. What a check needs is imported in it: a broken package is one of the things to be found.
"""

import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError
from importlib.util import find_spec
from typing import TYPE_CHECKING

from flows.settings import Said, Settings
from storywire import fitness
from storywire.errors import BusyError, StorywireError
from storywire.fitness import Finding, broken, ok, warning
from storywire.masking import masked
from storywire.nouns import Feed
from storywire.options import NAMED
from tasks import machine, packages, reach

if TYPE_CHECKING:
    from flows.status import Status
    from tasks.hosts import Asked


@dataclass
class Case:
    """The installation that is looked at; what several checks need is gathered once, by the first of them."""

    said: Said
    settings: Settings
    now: datetime

    @cached_property
    def status(self) -> "Status":
        """How it is doing."""
        from flows.status import status

        return status(self.settings, self.now)

    @cached_property
    def asked(self) -> "list[Asked]":
        """What some of the hosts that it follows answered."""
        from storage.standing import PATIENCE
        from storage.store import Store
        from tasks.hosts import ask_some

        feeds: list[Feed] = []
        if self.status.standing.source == "database":
            with suppress(BusyError):
                feeds = Store(self.settings.home, PATIENCE).feeds()
        return ask_some(feeds, self.settings.contact, self.settings.allow_nets)


Check = Callable[[Case], Iterable[Finding]]


def findings(case: Case, done: Callable[[float], None] = lambda _: None) -> list[Finding]:
    """What all checks found; `done` is told of each. A check that itself fails is a finding."""
    found: list[Finding] = []
    for check in CHECKS:
        name = check.__name__.strip("_")
        try:
            found += check(case)
        except StorywireError as error:
            found.append(broken(name, masked(str(error))))
        except Exception as error:  # of a broken package, most of all
            said = masked(" ".join(f"{type(error).__name__}: {error}".split()))
            found.append(broken(name, f"this check failed: {said}", "mend what is broken above it, or tell its makers"))
        done(1)
    return found


def _python(case: Case) -> Iterator[Finding]:
    asked = packages.python_asked()
    if asked:
        yield broken("python", f"this is {platform.python_version()}, and Storywire needs {asked}", "install that")
    else:
        yield ok("python", platform.python_version())


def _packages(case: Case) -> Iterator[Finding]:
    try:
        yield from fitness.of_packages(*packages.unmet())
    except PackageNotFoundError:
        yield warning(
            "packages", "Storywire is not installed as a package, so what it needs is not known", "make install"
        )


def _settings(case: Case) -> Iterator[Finding]:
    for fault in case.said.faults:
        yield broken("settings", fault.what, fault.mend)
    if not case.said.faults:
        there = "from variables and defaults" if not case.said.file.exists() else f"from {case.said.file}"
        yield ok("settings", there)
    if not case.settings.contact:
        yield warning(
            "settings",
            "contact is not set: servers that you ask cannot tell who asks",
            f'contact = "mailto:YOU" in {case.said.file}, or STORYWIRE_CONTACT',
        )


def _home(case: Case) -> list[Finding]:
    home, private = case.settings.home, case.settings.home / "private"
    found = [
        broken("home", f"{folder} cannot be written", f"give this user the folder: chown -R $USER {home}")
        for folder in (home, private)
        if not machine.writable(folder)
    ]
    found += [
        broken("home", f"others can read {path}", f"chmod {mode} {path}")
        for path, mode in ((private, 700), (private / "targets.toml", 600))
        if machine.open_to_others(path)
    ]
    if strange := machine.strangers(home):
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        found.append(warning("home", f"{strange[0]}{more}: another user's", f"chown -R $USER {home}"))
    return found or [ok("home", f"{home}{'' if home.exists() else ' is made by the first run'}")]


def _disk(case: Case) -> Iterator[Finding]:
    database = case.settings.home / "private/writer.duckdb"
    yield fitness.of_disk(case.status.disk.free, machine.size(database))


def _database(case: Case) -> Iterator[Finding]:
    from storage.snapshot import reading, snapshot_path
    from storage.standing import IN_USE, OLDER

    here = case.status.standing
    if here.source == "nothing" and here.why is None:
        yield ok("database", "nothing is stored yet: storywire run")
    elif here.source == "database":
        yield ok("database", f"schema {here.schema}, {here.articles:,} articles")
    elif here.why == IN_USE:
        yield ok("database", IN_USE)
    elif here.why == OLDER:
        yield warning("database", OLDER, "storywire run")
    else:  # what is said of a damaged one has the way back
        yield broken("database", here.why or "it cannot be read")
    if snapshot_path(case.settings.home).exists():
        with reading(case.settings.home) as con:
            con.execute("SELECT count(*) FROM entries").fetchall()


def _locks(case: Case) -> Iterator[Finding]:
    held = case.status.locks
    if held is None:
        yield ok("locks", "which are held cannot be seen on this system")
    elif held:
        said = ", ".join(f"{name} by process {pid}" for name, pid in held.items())
        yield ok("locks", f"held: {said}; a lock ends with its process")
    else:
        yield ok("locks", "none is held")


def _model(case: Case) -> Iterator[Finding]:
    from tasks.embed import SentenceEncoder

    encoder = SentenceEncoder(case.settings.model)
    name, digest = encoder.model()
    encoder.encode(["one sentence"])
    stored = case.status.standing.model
    if stored is not None and stored != (name, digest):
        yield broken(
            "model",
            f"the stored vectors are by {stored[0]} ({stored[1][:12]}), and this is {name} ({digest[:12]})",
            f"storywire reembed, or set {NAMED['model']} to the one before",
        )
    else:
        yield ok("model", f"{name} ({digest[:12]})")


def _network(case: Case) -> Iterator[Finding]:
    asked = case.asked
    yield from fitness.of_hosts({each.host: each.failed for each in asked}, sum(each.down for each in asked))


def _clock(case: Case) -> Iterator[Finding]:
    offs = [each.off for each in case.asked if each.off is not None]
    yield from fitness.of_clock(offs, case.status.standing.ahead, case.now)


def _server(case: Case) -> Iterator[Finding]:
    now = case.status
    if now.api_url is None:
        yield ok("server", "none runs: each run starts one for itself; storywire up keeps one")
        return
    if now.served is None:
        said = now.silent or f"{masked(now.api_url)} is silent"
        if now.up is None:
            yield broken("server", said, f"start it, or unset {NAMED['prefect_api_url']}")
        else:  # Prefect's server on SQLite can stand still for a minute under load, and goes on then
            yield warning("server", said, "ask again in a minute; if it stays so, start storywire up anew")
        return
    import prefect

    if now.served.version.split(".")[:2] != prefect.__version__.split(".")[:2]:
        what = f"it is Prefect {now.served.version}, and flows here are of {prefect.__version__}"
        yield warning("server", what, "install the same on both")
    yield ok("server", f"{masked(now.api_url)}, Prefect {now.served.version}")
    yield from fitness.of_schedules(
        {each.flow: each.active for each in now.served.deployed if each.scheduled},
        [each.flow for each in now.served.deployed if each.scheduled and each.active and each.next_at is None],
        now.served.automations,
    )


def _ray(case: Case) -> Iterator[Finding]:
    if (address := case.settings.ray_address) is None:
        yield ok("ray", "not used")
        return
    unset = f"unset {NAMED['ray_address']}"
    if missing := [name for name in ("ray", "prefect_ray", "pyarrow") if find_spec(name) is None]:
        what = f"ray_address is set, and not here: {', '.join(missing)}"
        yield broken("ray", what, f"pip install -c constraints.txt '.[ray]', or {unset}")
    elif address == "local":
        what = "local: each run of storywire up starts a Ray of its own"
        yield warning("ray", what, "for more than to try it: ray start --head, and its address (docs/scale.md)")
    elif (refused := reach.refused(address)) is not None:
        yield broken("ray", f"{masked(address)}: {refused}", f"start it, or {unset}")
    else:
        yield ok("ray", f"{masked(address)} answers")


def _targets(case: Case) -> list[Finding]:
    from flows.house import targets

    known, used = targets(case.settings), case.status.standing.targets
    found = []
    for name in [name for name in used if name != "stdout" and not name.startswith("file:")]:
        try:
            known.find(name)
        except StorywireError as error:
            watches = f"{used[name]} watch{'es' if used[name] > 1 else ''}"
            found.append(broken("targets", f"{name}, where {watches} tell, cannot be used: {error}"))
    return found or [ok("targets", f"used by watches: {', '.join(used)}" if used else "no watches yet")]


CHECKS: tuple[Check, ...] = (
    *(_python, _packages, _settings, _home, _disk, _database, _locks, _model),
    *(_network, _clock, _server, _ray, _targets),
)
