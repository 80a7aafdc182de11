"""`storywire alerts`: who is told of new coverage."""

from dataclasses import asdict

import click

from flows.commands.options import as_json_option


@click.group()
def alerts() -> None:
    """Be told of new reports, in a file.

    Each one is told once, as a line of JSON.
    """


@alerts.command()
@click.argument("target", metavar="file:PATH")
@click.option("--storyline", help="Only this one: its id or name. All storylines otherwise.")
@as_json_option
def add(target: str, storyline: str | None, as_json: bool) -> None:
    """Watch a storyline, or all, from the next run on."""
    from flows import show
    from flows.house import build
    from flows.settings import Settings
    from storage.reads import timeline
    from storywire.errors import InputError
    from storywire.identity import watch_id
    from storywire.nouns import Watch
    from tasks.deliver import target_file

    settings = Settings.from_environment()
    house = build(settings)
    path = target_file(target).expanduser().resolve()
    if path.is_dir():
        raise InputError(f"{path} is a folder: give a file in it, such as file:{path / 'alerts.jsonl'}")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent} to write {path.name} in: make it, then add the watch again")
    where = f"file:{path}"
    subject = timeline(settings.home, storyline).storyline.storyline_id if storyline else None
    watch = Watch(watch_id(subject, where), subject, where, house.clock())
    house.store.add_watch(watch)
    if as_json:
        show.as_json(asdict(watch))
    else:
        show.console().print(f"{watch.watch_id} tells {where} of {subject or 'all storylines'}", soft_wrap=True)


@alerts.command("list")
@as_json_option
def list_(as_json: bool) -> None:
    """Show all watches."""
    from flows import show
    from flows.house import build
    from flows.settings import Settings

    found = build(Settings.from_environment()).store.watches()
    if as_json:
        show.as_json([asdict(watch) for watch in found])
    else:
        rows = show.table("watch", "storyline", "target", fold="target")
        for watch in found:
            rows.add_row(watch.watch_id, watch.storyline_id or "all", show.text(watch.target))
        show.console().print(rows if found else "No watches yet: storywire alerts add file:PATH --storyline NAME")


@alerts.command()
@click.argument("watch")
@as_json_option
def remove(watch: str, as_json: bool) -> None:
    """Remove a watch and what it has not told yet. WATCH is its id."""
    from flows import show
    from flows.house import build
    from flows.settings import Settings
    from storywire.errors import InputError

    if not build(Settings.from_environment()).store.remove_watch(watch):
        raise InputError(f"there is no watch {watch}; `storywire alerts list` shows all")
    if as_json:
        show.as_json({"removed": watch})
    else:
        show.console().print(f"Removed {watch}.")
