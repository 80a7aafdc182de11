"""`storywire metrics`: what a monitoring asks for. Decides where it goes."""

from datetime import UTC, datetime
from pathlib import Path

import click

from flows.commands.options import as_json_option


@click.command()
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the text to this file, all at once, as for node_exporter's textfile collector.",
)
@as_json_option
def metrics(to: Path | None, as_json: bool) -> None:
    """Print the metrics of this moment, as Prometheus reads them."""
    from flows import metrics as measured
    from flows import show
    from flows.settings import Settings
    from storage.database import Database
    from storywire.errors import InputError

    database, now = Database(Settings.from_environment().home), datetime.now(UTC)
    if to is not None:
        if to.suffix != ".prom":
            raise InputError(f"{to} does not end in .prom, without which no textfile collector reads it")
        try:
            measured.write(database, now, to)
        except OSError as error:
            raise InputError(f"{to} cannot be written: {error.strerror}; give a file in a folder of yours") from error
        if as_json:
            show.as_json({"file": str(to)})
    elif as_json:
        show.as_json(measured.as_json(database, now))
    else:
        click.echo(measured.text(database, now), nl=False)
