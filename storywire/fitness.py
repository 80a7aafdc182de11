"""Whether an installation is fit to run: decides what of the facts is a fault, how bad, and how it is mended.

Never gathers a fact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from storywire.durations import written

SLACK = timedelta(minutes=1)  # that a clock may be off by
RESERVE = 500_000_000  # bytes beyond what publishing takes at least, below which a disk is nearly full

# What each breaks that is not met, where it is not plain: seen with prefect 3.8.8 in autumn 2026.
TRAPS = {
    "fastapi": "Prefect fails on its first flow with another",
    "sqlalchemy": "with another, Prefect's schedules never start a run, and say nothing",
    "lxml-html-clean": "without it no page can be read",
    "duckdb": "the database is in the format, and the questions in the SQL, of this line",
    "prefect": "server and flows are tested with these",
}


class Level(StrEnum):
    """How a check ended. What is a warning does not keep anything from running."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `mend` is what to do about it, empty where there is nothing to do."""

    check: str
    level: Level
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Unmet:
    """A package that is not as asked: as in `fastapi<0.151`, and the version that is there, if there is one."""

    name: str
    asked: str
    there: str | None


def ok(check: str, what: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, what)


def warning(check: str, what: str, mend: str = "") -> Finding:
    """It runs, but not as it should."""
    return Finding(check, Level.WARNING, what, mend)


def broken(check: str, what: str, mend: str = "") -> Finding:
    """It does not run, or not all of it."""
    return Finding(check, Level.BROKEN, what, mend)


def of_packages(unmet: Sequence[Unmet], counted: int) -> Iterator[Finding]:
    """What is to be said of the packages that Storywire asks for, of which there are so many."""
    for each in unmet:
        there = f"{each.name} {each.there} is here" if each.there else f"{each.name} is not here"
        because = f" ({why})" if (why := TRAPS.get(each.name)) else ""
        yield broken(
            "packages", f"{there}, and Storywire needs {each.asked}{because}", f'python -m pip install "{each.asked}"'
        )
    if not unmet:
        yield ok("packages", f"all {counted} are as asked")


def of_disk(free: int, database: int) -> Finding:
    """Whether the disk holds what publishing makes: a second copy of the database, before the old snapshot goes."""
    room, need = f"{_size(free)} free", f"publishing takes {_size(database)} for a moment"
    make_room = "make room, or let old articles and pages go: storywire prune, keep_pages_mb"
    if free < database + 16_000_000:  # with the log that DuckDB writes between two checkpoints
        return broken("disk", f"{room}, and {need}", make_room)
    if free < 2 * database + RESERVE:
        return warning("disk", f"{room}, which is little: {need}", make_room)
    return ok("disk", f"{room}; {need}")


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def of_clock(offs: Sequence[timedelta], ahead: datetime | None, now: datetime) -> Iterator[Finding]:
    """What is to be said of this machine's clock, which differs so from those of hosts; positive: it is ahead.

    `ahead` is the latest time at which this installation has seen something. One host alone may be wrong itself.
    """
    set_it = "set it, and let it be kept right: timedatectl set-ntp true"
    off = timedelta(seconds=median(each.total_seconds() for each in offs)) if offs else timedelta(0)
    if abs(off) > SLACK:
        way = "ahead of" if off > timedelta(0) else "behind"
        of = "the host that was asked" if len(offs) == 1 else f"the {len(offs)} hosts that were asked"
        yield warning("clock", f"it is {_span(abs(off))} {way} {of}", set_it)
    if ahead is not None and ahead - now > SLACK:
        what = f"something is stored as seen at {ahead:%Y-%m-%d %H:%M} UTC, {_span(ahead - now)} from now"
        yield warning("clock", what, "if the clock is right now, nothing is to be done: it was wrong then")
    elif abs(off) <= SLACK:
        yield ok("clock", f"as that of {len(offs)} hosts" if len(offs) > 1 else f"{now:%Y-%m-%d %H:%M} UTC")


def _span(length: timedelta) -> str:
    return written(timedelta(minutes=round(length / timedelta(minutes=1))))


def of_hosts(asked: Mapping[str, str | None], down: int) -> Iterator[Finding]:
    """What is to be said of the network, by the hosts that were asked, each with why it did not answer.

    `down` of them could not be reached at all.
    """
    failed = {host: why for host, why in asked.items() if why is not None}
    if not asked:
        yield ok("network", "no feed to ask yet")
    elif down == len(asked):
        yield broken("network", f"none of {', '.join(asked)} can be reached", "mend the network, or its name service")
    elif failed:
        for host, why in failed.items():
            yield warning("network", f"{host}: {why}", "storywire feeds check URL says more")
    else:
        yield ok("network", f"{', '.join(asked)} answered")


def of_schedules(active: Mapping[str, bool], idle: Sequence[str], automations: Sequence[str]) -> Iterator[Finding]:
    """What is to be said of schedules on a server, by flow whether they are active.

    `idle` are those that are active and have no run ahead; `automations` the names of those that are enabled.
    """
    again = "storywire up puts them up anew"
    if not active:
        yield warning("schedules", "the server has none of Storywire", again)
        return
    if paused := [flow for flow, runs in active.items() if not runs]:
        yield warning("schedules", f"paused: {', '.join(paused)}", again)
    if idle:
        why = "its scheduler does not work: see packages, or start the server anew"
        yield broken("schedules", f"active, and without a run ahead: {', '.join(idle)}", why)
    if not automations:
        yield warning("schedules", "the server has no automations: what is collected waits for the sweep", again)
    if not paused and not idle:
        yield ok("schedules", f"active: {', '.join(active)}")
