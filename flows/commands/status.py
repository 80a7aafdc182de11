"""`storywire status`: decides how the state of an installation is shown on one screen. Never looks at it itself."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from flows.commands.options import as_json_option

_ILL = 3  # feeds that are shown
_SAME = timedelta(seconds=10)  # between where Prefect and where the ledger says that one run began
_START = timedelta(minutes=2)  # that a run may take before it holds a lock, as Prefect has to start
_LONGEST = 60  # characters of what Prefect says of a run
_LOCKS = {"ingest": "collect", "collect": "collect", "update-storylines": "update", "sweep": "update"}


@click.command("status")
@as_json_option
def status(as_json: bool) -> None:
    """Say in one screen what runs, what is next, and what is ill."""
    import os

    from flows import show
    from flows.settings import Said, Settings
    from flows.status import status as look

    given = Said.of(os.environ)  # also where it is wrong: all else can still be told
    found = look(Settings.of(given), datetime.now(UTC), given.in_short() or None)
    if as_json:
        show.as_json(_told(found))
        return
    out, rows = show.console(), show.table("", "", fold="")
    rows.show_header, rows.columns[0].no_wrap, rows.columns[0].min_width = False, True, 9
    for name, said in _lines(found):
        rows.add_row(f"[dim]{name}[/dim]", said)
    out.print(rows)


def _told(found: Any) -> dict[str, Any]:
    told = asdict(found)
    told["standing"]["model"] = found.standing.model and dict(
        zip(("name", "digest"), found.standing.model, strict=True)
    )
    told["api_url"] = found.api_url and _shown(found.api_url)
    return told


def _lines(found: Any) -> Iterator[tuple[str, str]]:
    """Each with its name; what goes on below it has none."""
    from flows.show import text

    yield "home", text(found.home)
    if found.fault:
        yield "settings", f"[yellow]{text(found.fault)}[/yellow]"
    yield "running", _running(found)
    if found.silent:
        yield "", f"[yellow]{text(found.silent)}[/yellow]"
    yield from _named("next", _next(found))
    yield from _named("last run", (_last(found, run) for run in _runs(found)))
    yield "snapshot", _snapshot(found)
    here = found.standing
    if here.source == "nothing":
        yield "database", f"[yellow]{text(here.why)}[/yellow]" if here.why else "nothing is stored yet: storywire run"
    else:
        if here.source == "snapshot":
            yield "", f"[yellow]{text(here.why)}: what follows is what the snapshot says[/yellow]"
        yield from _named("feeds", _feeds(here))
        again = f", {here.later:,} of them for another try later" if here.later else ""
        yield "entries", f"{here.pending:,} pending{again}"
        yield "articles", f"{here.articles:,}; {here.unjudged:,} wait for a verdict"
        yield from _named("alerts", _alerts(here))
    used = ", ".join(f"{name} {_size(size)}" for name, size in _largest(found.disk))
    yield "disk", f"{_size(found.disk.used)} used{f' ({text(used)})' if used else ''}, {_size(found.disk.free)} free"


def _named(name: str, lines: Any) -> Iterator[tuple[str, str]]:
    for line in lines:
        yield name, line
        name = ""


def _running(found: Any) -> str:
    address = f", server {_shown(found.api_url)}" if found.api_url else ""
    if found.up is not None:
        return f"up for {_span(found.now - found.up.since)} (process {found.up.pid}){address}"
    if found.served is not None and found.served.deployed:
        return f"by the Prefect server {_shown(found.api_url)}"
    if found.served is not None:
        return f"not running: the Prefect server {_shown(found.api_url)} has no schedules of it"
    if found.locks:
        return f"one run (process {min(found.locks.values())}); storywire up keeps it running"
    return "not running: storywire up keeps it running, storywire run does one cycle"


def _next(found: Any) -> Iterator[str]:
    for each in found.served.deployed if found.served else ():
        if not each.active:
            yield f"[yellow]{each.flow} is paused, and its schedule with it: storywire up starts it anew[/yellow]"
        elif each.next_at is not None:
            late = each.next_at < found.now - timedelta(seconds=30)
            yield f"{each.flow} {'is late' if late else _ahead(each.next_at - found.now)}"
        elif each.scheduled:
            yield f"[yellow]{each.flow} has a schedule, and no run is planned: see storywire doctor[/yellow]"


def _ahead(wait: timedelta) -> str:
    return f"in {_span(wait)}" if wait > timedelta(seconds=1) else "now"


@dataclass(frozen=True, slots=True)
class _Run:
    """The last run of a flow, as Prefect knows it, or else the ledger."""

    flow: str
    at: datetime
    took: timedelta | None
    outcome: str
    good: bool


def _runs(found: Any) -> list[_Run]:
    runs = {ran.flow: _of_ledger(found, ran) for ran in found.standing.runs}
    for each in found.served.deployed if found.served else ():
        known = runs.get(each.flow)
        same = bool(each.started_at and known and abs(each.started_at - known.at) < _SAME)
        if each.started_at and (known is None or same or each.started_at > known.at):
            runs[each.flow] = _of_prefect(each, known.outcome if known and same else None)
    return sorted(runs.values(), key=lambda run: run.at, reverse=True)


def _of_prefect(each: Any, outcome: str | None) -> _Run:
    """`outcome` is what the ledger says that this very run came to."""
    good = each.state in ("Completed", "Skipped", "Running")
    said = f"{each.state.lower()}{f': {each.message[:_LONGEST]}' if each.message else ''}"
    took = None if each.state == "Running" else timedelta(seconds=each.seconds or 0)
    return _Run(each.flow, each.started_at, took, outcome if outcome and each.state == "Completed" else said, good)


def _of_ledger(found: Any, ran: Any) -> _Run:
    from flows.show import counted

    if ran.ended_at is None:
        holder = (found.locks or {}).get(_LOCKS.get(ran.flow, ""))
        begins = found.locks is None or found.now - ran.started_at < _START
        said = "under way" if holder else "under way, or cut short" if begins else "cut short"
        return _Run(ran.flow, ran.started_at, None, said, bool(holder) or begins)
    failed = f" ({ran.feeds_failed} failed)" if ran.feeds_failed else ""
    asked = f"{counted(ran.feeds_polled, 'feed')} asked{failed}, " if ran.feeds_polled else ""
    judged = f"{counted(ran.kept_new + ran.copies_new, 'article')} judged, {counted(ran.copies_new, 'copy')} among them"
    came = judged if ran.flow == "update-storylines" else f"{asked}{counted(ran.articles_new, 'new article')}"
    return _Run(ran.flow, ran.started_at, ran.ended_at - ran.started_at, came, True)


def _last(found: Any, run: _Run) -> str:
    from flows.show import text

    took = f" for {_span(run.took)}" if run.took is not None else ""
    said = f"{run.flow} {_span(found.now - run.at)} ago{took}: {run.outcome}"
    return text(said) if run.good else f"[yellow]{text(said)}[/yellow]"


def _snapshot(found: Any) -> str:
    if found.published_at is None:
        return "none yet: storywire run publishes one"
    since = "the database has changed since" if found.behind else "up to date" if found.behind is False else "readable"
    return f"{_span(found.now - found.published_at)} old, {since}"


def _feeds(here: Any) -> Iterator[str]:
    from flows.show import counted, text

    if not here.feeds:
        yield "none: storywire feeds find SITE, then storywire feeds add URL"
        return
    paused = f", {here.paused:,} paused" if here.paused else ""
    yield f"{here.feeds:,}{paused}, {here.due:,} due, {len(here.ill):,} ill"
    for feed in here.ill[:_ILL]:
        yield f"[yellow]{text(feed.title or feed.url)}[/yellow]: {text('; '.join(feed.reasons))}"
    if len(here.ill) > _ILL:
        yield f"and {counted(len(here.ill) - _ILL, 'more ill feed')}: storywire feeds list"


def _alerts(here: Any) -> Iterator[str]:
    from flows.show import counted

    if not here.watches:
        yield "no watches: storywire alerts add"
        return
    watches = f"{here.watches:,} watch{'es' if here.watches != 1 else ''}"
    yield f"{watches}; {here.waiting:,} waiting, {counted(here.queued, 'message')} queued"
    if here.dead:
        yield f"[yellow]{counted(here.dead, 'message')} given up: storywire alerts log, storywire alerts retry[/yellow]"


def _largest(disk: Any) -> list[tuple[str, int]]:
    parts = sorted(disk.parts.items(), key=lambda part: -part[1])[:3]
    return [(name, size) for name, size in parts if size * 20 > disk.used]


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _span(length: timedelta) -> str:
    """A length of time, as exactly as matters."""
    seconds = max(0.0, length.total_seconds())
    for least, unit, name in ((172_800, 86_400, "days"), (7_200, 3_600, "h"), (120, 60, "min")):
        if seconds >= least:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def _shown(address: str) -> str:
    from storywire.masking import masked

    return masked(address)
