"""`storywire run`: one cycle from the command line, as Prefect flows. Decides what is shown of a run."""

import asyncio
from datetime import datetime
from pathlib import Path

import httpx
from rich.console import Console

from flows import logs, prefect_settings, server, show, signals
from flows.commands import alerts_told
from flows.cycle import run_id
from flows.house import House, at_home, build
from flows.leaving import stoppable
from flows.report import Report
from flows.settings import SEEDS, Settings
from storywire.errors import InputError
from storywire.masking import masked
from storywire.text import one_line
from tasks.seed_files import Seeds, read_folder

_SHOWN = 5  # articles that changed


def run_once(seeds: Path | None, as_json: bool) -> None:
    """Store the seeds, do one cycle, and show what it came to."""
    settings = Settings.from_environment()
    logs.begin(settings, settings.log)
    house = build(settings, show.Bars())
    now = house.clock()
    store_seeds(house, read_folder(seeds or SEEDS, now), now)
    with show.nothing_but_json(as_json):
        report = cycle(house, settings, now)
    if as_json:
        show.as_json(report.as_json())
    else:
        _print(show.console(), report)


def store_seeds(house: House, seeds: Seeds, now: datetime) -> Seeds:
    """Begin the run of `now` with seeds. Returns them as stored."""
    house.store.start_run(run_id(now), now)
    return add_seeds(house, seeds, now)


def add_seeds(house: House, seeds: Seeds, now: datetime) -> Seeds:
    """Store seeds: pending entries, and the storylines that they define. Known ones stay.

    Returns them as stored: a seed whose address is that of a stored article is that article, and no entry of its own.
    """
    stored = house.store.articles_at([entry.url for entry in seeds.entries if entry.url])
    seeds = seeds.known_as({url: article.article_id for url, article in stored.items()})
    house.store.add_entries(seeds.entries, run_id(now))
    house.store.define(seeds.definitions, now)
    return seeds


def require_seeds(house: House, seeds: Seeds) -> None:
    """InputError, with what became of them, where seeds are not stored after the run that took them in."""
    lost = house.store.not_stored([entry.entry_id for entry in seeds.entries])
    if lost:
        said = "; ".join(f"{name}: {state}, {reason}" for name, state, reason in lost)
        raise InputError(
            f"not every seed became an article ({said}); the others are stored: give a better one and go on"
        )


def cycle(house: House, settings: Settings, now: datetime) -> Report:
    """The cycle of `now` as Prefect flows. The model loads while Prefect starts, where something waits for it."""
    if house.store.pending_entries(now, limit=1) or house.store.unanalysed_count():
        house.encoder.start()
    api_url = server.api_url(settings)
    with prefect_settings.server(settings), at_home(house):
        from flows.ingest import ingest

        try:
            report: Report = asyncio.run(stoppable(ingest(now)))
        except httpx.HTTPError as error:  # Prefect's client lets them through; our own requests do not
            if api_url is None:
                raise
            raise InputError(
                f"the Prefect server {masked(api_url)} does not answer ({_first_line(error)}); start it, or unset "
                "STORYWIRE_PREFECT_API_URL or prefect_api_url for a temporary one"
            ) from error
        if api_url is not None:  # somebody may wait for these
            signals.send(signals.updated(change, report.run_id) for change in report.changes)
    return report


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _print(out: Console, report: Report) -> None:
    if report.polls.network_down:
        said = "The network is down: no host could be reached. Their feeds are due again in a quarter of an hour."
        out.print(said, soft_wrap=True)
    for url, reason in (*report.polls.failed, *report.polls.odd):
        said = reason if reason.startswith(url) else f"{url}: {reason}"
        out.print(show.text(said), style="yellow", soft_wrap=True)
    for said in alerts_told.failures(report.deliveries):
        out.print(show.text(said), style="yellow", soft_wrap=True)
    if report.changes:
        rows = show.table(
            "storyline",
            "new",
            "total",
            "publishers",
            "first",
            "last",
            right=("new", "total", "publishers"),
            fold="storyline",
        )
        for change in report.changes:
            line = change.storyline
            first, last = show.when(line.first_published_at), show.when(line.last_published_at)
            rows.add_row(
                show.text(line.label), str(change.new), str(line.article_count), str(line.publisher_count), first, last
            )
        out.print(rows)
    elif not report.revised:
        out.print("Nothing new.")
    _print_revised(out, report)
    for said in alerts_told.outcome(report.deliveries):
        out.print(show.text(said), soft_wrap=True)
    out.print(report.balance(), style="dim")


def _print_revised(out: Console, report: Report) -> None:
    """What earlier runs stored and publishers have changed since, each with the command that says how."""
    if said := report.revisions():
        out.print(said)
        for each in report.revised[:_SHOWN]:
            title, kind = show.text(one_line(each.title, 60)), " (correction)" if each.correction else ""
            out.print(f"“{title}”{kind}  [dim]storywire explain {each.article_id[:8]}[/dim]", soft_wrap=True)
        if len(report.revised) > _SHOWN:
            out.print(f"and {len(report.revised) - _SHOWN} more: the view revisions has all")
