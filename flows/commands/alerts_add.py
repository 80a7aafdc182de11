"""`storywire alerts add` and `import`: decides which watches are stored, and what is said of them.

Never stores one of several where another one cannot be.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from flows.commands.alerts_desk import Desk
    from storywire.watches import Watch

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OPTIONS = [
    click.option("--target", required=True, help="Where to tell: the name of a target, file:PATH or stdout."),
    click.option("--storyline", metavar="STORYLINE", help="Only this one: its id or name. All storylines otherwise."),
    click.option("--feed", metavar="URL|all", help="Tell when this feed, or any, falls ill."),
    click.option("--words", multiple=True, help="Only reports with all of these words; repeatable: one is enough."),
    click.option("--like", metavar="SENTENCE", help="Only reports that mean something like it."),
    click.option("--publisher", "publishers", multiple=True, help="Only of this publisher, by name or domain."),
    click.option("--language", "languages", multiple=True, help="Only in this language, such as en."),
    click.option("--class", "classes", multiple=True, metavar="CLASS", help="Only news of this class; repeatable."),
    click.option("--min-reports", type=int, help="Only once there are so many reports."),
    click.option("--min-publishers", type=int, help="Only once there are so many independent publishers."),
    click.option("--within", metavar="TIME", help="In how long these must come; 7d unless told."),
    click.option("--burst", type=float, help="Only when there are so many times the usual reports in 24 h."),
    click.option("--cool-down", metavar="TIME", help="Between two messages on one storyline; 1h unless told."),
    click.option("--quiet", metavar="FROM-UNTIL", help="Tell nothing then, such as 22:00-07:00."),
    click.option("--after-quiet", metavar="send|drop", help="What becomes of what came then; send unless told."),
    click.option("--digest", metavar="hourly|daily|weekly", help="Gather what there is; at once unless told."),
    click.option("--at", metavar="TIME", help="When a digest is told; 08:00 unless told."),
    click.option("--day", help="On which day a weekly one is; monday unless told."),
    click.option("--zone", help="The time zone of these times, such as Europe/Berlin; UTC unless told."),
    click.option("--paused", is_flag=True, help="Add it paused: it tells nothing until it is resumed."),
]


def _watch_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@click.argument("name")
@_watch_options
@as_json_option
def add(name: str, as_json: bool, **given: Any) -> None:
    """Add a watch: what to tell, where and when. It hears of what comes from the next run on."""
    from flows.commands import alerts_desk
    from flows.commands.alerts_words import quoted

    desk = alerts_desk.desk()
    watch = desk.checked({"name": name} | {key: value for key, value in given.items() if value not in (None, ())})
    added = desk.house.store.add_watch(watch)
    stored = desk.house.store.watch(watch.name)
    said = _line(desk, stored) if added else f"“{watch.name}” was there already, and stays as it is"
    if added and watch.feed is None:  # how often a feed fell ill is not kept
        said += f"\nHow often it would have told: storywire alerts backtest {quoted(watch)}"
    desk.say({"added": added} | alerts_desk.as_json(stored), said, as_json)


def _line(desk: "Desk", watch: "Watch") -> str:
    """What a watch will tell, to where, and when."""
    from flows.commands.alerts_words import what, when

    paused = "; it is paused" if watch.paused else ""
    return f"“{watch.name}” tells {watch.target} of {what(watch, desk.labels())}: {when(watch)}{paused}"


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check the file and say what would change; store nothing.")
@as_json_option
def import_(file: Path, dry_run: bool, as_json: bool) -> None:
    """Add all watches of a TOML file, or change those of the same name: all of them, or none."""
    from flows import show
    from flows.commands.alerts_desk import desk
    from flows.commands.alerts_import import read, store

    at = desk()
    plan = read(file, at)
    if not dry_run:
        store(plan, at)
    parts = [f"{len(names)} {what}" for what, names in plan.names().items() if names]
    said = f"{', '.join(parts) or 'no watch'} in {file}"
    said += "; groups of publishers changed" if plan.groups is not None else ""
    result = {**plan.names(), "groups_changed": plan.groups is not None, "dry_run": dry_run}
    if not dry_run:
        at.say(result, said, as_json)
    elif as_json:
        show.as_json(result)
    else:
        show.console().print(show.text(f"It would be: {said}. Nothing was stored."), soft_wrap=True)
