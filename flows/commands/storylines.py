"""`storywire storylines`: decides how a list of them, one with its reports, and what it nearly accepted are shown.

Never decides what is in one. What people decide of them is in `decisions`.
"""

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from flows.commands import decisions
from flows.commands.options import as_json_option
from flows.commands.storylines_feed import feed

if TYPE_CHECKING:
    from rich.console import Console

    from storage.borderline import Borderline
    from storage.reads import StorylineRow, Timeline


@click.group(invoke_without_command=True)
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True, help="How many to list.")
@as_json_option
@click.pass_context
def storylines(context: click.Context, limit: int, as_json: bool) -> None:
    """List storylines, show one, define one, and decide what belongs to one.

    Named ones are listed first, then those with the latest coverage.
    """
    if context.invoked_subcommand is not None:
        return
    from flows import show
    from flows.settings import Settings
    from storage.reads import storylines as stored

    found = stored(Settings.from_environment().home, limit)
    if as_json:
        show.as_json([asdict(row) for row in found])
    else:
        _list(show.console(), found)


@storylines.command("show")
@click.argument("storyline")
@as_json_option
def show_(storyline: str, as_json: bool) -> None:
    """Print a storyline's timeline. STORYLINE is its id or name, or the beginning of either."""
    from flows import show
    from flows.settings import Settings
    from storage.reads import timeline

    found = timeline(Settings.from_environment().home, storyline)
    if as_json:
        show.as_json(asdict(found))
    else:
        print_timeline(show.console(), found)


@storylines.command()
@click.argument("name")
@click.option("--seed", "seeds", multiple=True, required=True, metavar="FILE|URL", help="A seed article; repeatable.")
@as_json_option
def add(name: str, seeds: tuple[str, ...], as_json: bool) -> None:
    """Define a storyline by a name and seed articles, or give these to the one of that name.

    What is stored already joins it at once, without alerts.
    """
    import asyncio

    from flows import cycle, show
    from flows.commands.run import require_seeds, store_seeds
    from flows.house import build
    from flows.settings import Settings
    from tasks.seed_files import read_given

    house = build(Settings.from_environment(), show.Bars())
    now = house.clock()
    given = read_given(name, seeds, now)
    if known := decisions.of_name(house.store, name):
        given = replace(given, definitions=(replace(given.definitions[0], storyline_id=known.storyline_id),))
    given = store_seeds(house, given, now)
    steps = cycle.plain_steps(house, now, only={entry.entry_id for entry in given.entries})
    asyncio.run(cycle.whole(house, now, steps))
    require_seeds(house, given)
    context = click.get_current_context()
    context.invoke(show_, storyline=given.definitions[0].storyline_id, as_json=as_json)


@storylines.command("borderline")
@click.argument("storyline", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=30, show_default=True, help="How many to list.")
@as_json_option
def borderline_(storyline: str | None, limit: int, as_json: bool) -> None:
    """List what a named storyline, or any, nearly accepted, so that you can decide; the newest first."""
    from flows import show
    from flows.settings import Settings
    from storage.borderline import borderline

    found = borderline(Settings.from_environment().home, storyline, limit)
    if as_json:
        show.as_json([asdict(row) | {"move": _move(row)} for row in found])
    else:
        _print_borderline(show.console(), found)


for command in (
    decisions.close,
    decisions.merge,
    decisions.move,
    decisions.pin,
    decisions.rename,
    decisions.reopen,
    decisions.split,
    feed,
):
    storylines.add_command(command)


def _list(out: "Console", found: list["StorylineRow"]) -> None:
    from flows import show

    if not found:
        out.print("No storylines yet: storywire run")
        return
    rows = show.table("storyline", "reports", "copies", "last", "id", right=("reports", "copies"), fold="storyline")
    for line in found:
        name = f"[bold]{show.text(line.label)}[/bold]" if line.pinned else show.text(line.label)
        name = f"[dim]{name} (closed)[/dim]" if line.closed else name
        last = show.when(line.last_published_at)
        rows.add_row(name, str(line.article_count), str(line.copy_count), last, line.storyline_id)
    out.print(rows)


def print_timeline(out: "Console", found: "Timeline") -> None:
    """A storyline's name and counts, its events, then its reports in order of time, and what is to be decided on it."""
    from flows import show

    line = found.storyline
    out.print(f"[bold]{show.text(line.label)}[/bold]  [dim]{line.storyline_id}[/dim]")
    counts = ((line.article_count, "report"), (line.copy_count, "copy"), (line.publisher_count, "publisher"))
    said = ", ".join(show.counted(count, noun) for count, noun in counts)
    out.print(f"{said}, {show.when(line.first_published_at)} to {show.when(line.last_published_at)}")
    if found.central and line.article_count > 1:
        out.print(f"Most central: {show.text(found.central)}")
    if line.closed:
        out.print(f"Closed until you reopen it: storywire storylines reopen {line.storyline_id}", soft_wrap=True)
    out.print()
    _print_events(out, found)
    _print_reports(out, found)
    if found.borderline:
        out.print(
            f"\n{found.borderline} borderline: storywire storylines borderline {line.storyline_id}", soft_wrap=True
        )


def _print_events(out: "Console", found: "Timeline") -> None:
    """The events, unless each has one report alone: then the reports say the same."""
    from flows import show

    if len(found.events) < 2 or all(event.article_count == 1 for event in found.events):
        return
    rows = show.table("date", "event", "reports", "id", right=("reports",), fold="event")
    for event in found.events:
        count = str(event.article_count)
        rows.add_row(show.when(event.first_published_at), show.text(event.label), count, event.event_id[:9])
    out.print(rows)
    out.print()


def _print_reports(out: "Console", found: "Timeline") -> None:
    """The reports, each copy marked with what it repeats."""
    from flows import show

    rows = show.table("date", "publisher", "title", "article", fold="title")
    rows.columns[1].max_width, rows.columns[1].overflow = 16, "ellipsis"
    for row in found.rows:
        title = show.text(row.title)
        if row.canonical_id:
            title = f"[dim]{title} (repeats {row.canonical_id[:8]})[/dim]"
        rows.add_row(show.when(row.published_at), show.text(row.publisher or "-"), title, row.article_id[:8])
    out.print(rows)


def _print_borderline(out: "Console", found: list["Borderline"]) -> None:
    """Each report with how near it came, and the command that takes it in, in a line that can be copied."""
    from flows import show

    if not found:
        out.print("Nothing is borderline.")
    for row in found:
        where = f"{show.when(row.published_at)}  {show.text(row.publisher or '-')}"
        out.print(f"{where}  [dim]{row.score:.3f} where {row.needed:g} is needed for {show.text(row.label)}[/dim]")
        out.print(f"  [bold]{show.text(row.title)}[/bold]")
        out.print(f"  {_move(row)}", soft_wrap=True)


def _move(row: "Borderline") -> str:
    return f"storywire storylines move {row.article_id} {row.storyline_id}"
