"""`storywire storylines feed`: decides where a storyline's feed goes. Never decides what is in it."""

from pathlib import Path

import click

from flows.commands.options import as_json_option


@click.command()
@click.argument("storyline")
@click.option("--format", "form", type=click.Choice(["atom", "json"]), default="atom", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file, all at once.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many reports.")
@as_json_option
def feed(storyline: str, form: str, output: Path | None, limit: int, as_json: bool) -> None:
    """Print a storyline as a feed, which any reader can follow.

    STORYLINE is its id or name, or the beginning of either.
    """
    from flows import show
    from flows.settings import Settings
    from storage.followed import followed
    from storage.swapping import swapped
    from storywire import outfeeds

    if as_json and output is None and form == "atom":
        raise click.UsageError("--json goes with --output, or with --format json")
    found = followed(Settings.from_environment().home, storyline, limit)
    document = outfeeds.atom(found) if form == "atom" else outfeeds.json_feed(found)
    if output is None:
        click.echo(document, nl=False)
        return
    with swapped(output) as fresh:
        fresh.write_bytes(document)
        fresh.chmod(0o644)
    said = {"storyline_id": found.storyline_id, "file": str(output), "reports": len(found.reports)}
    if as_json:
        show.as_json(said)
    else:
        show.console().print(f"{show.counted(len(found.reports), 'report')} in {show.text(output)}.", soft_wrap=True)
