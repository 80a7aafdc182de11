"""The `storywire` command: decides how words on a command line become calls. Never does the work.

Nothing heavy is imported before a command needs it, so that `storywire --help` is quick. Exit status: 0 when a command
did its job, 1 when it could not, 2 for wrong arguments.
"""

import sys
from pathlib import Path

import click

from flows.commands.alerts import alerts
from flows.commands.articles import articles, explain
from flows.commands.feeds import feeds
from flows.commands.options import as_json_option
from flows.commands.storylines import storylines
from storywire import __version__
from storywire.errors import StorywireError

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="storywire")
def cli() -> None:
    """Watch news feeds, keep one copy of each report, and follow storylines, all in DuckDB.

    Everything lives in one folder, ./data unless STORYWIRE_HOME names another.
    """


@cli.command()
@click.option("--seeds", type=FOLDER, help="Take the seeds of this folder instead of those that come with Storywire.")
@as_json_option
def run(seeds: Path | None, as_json: bool) -> None:
    """Do one cycle: collect, update storylines, publish, deliver."""
    from flows.commands.run import run_once

    run_once(seeds, as_json)


@cli.command()
@click.argument("query")
@as_json_option
def sql(query: str, as_json: bool) -> None:
    """Ask the published database a question, as in: storywire sql "select label from storylines"."""
    from flows.commands.sql import ask

    ask(query, as_json)


@cli.command()
@as_json_option
def reembed(as_json: bool) -> None:
    """Make all stored vectors anew with the model that STORYWIRE_MODEL names, or the one that ships."""
    from flows.commands.reembed import reembed_all

    reembed_all(as_json)


for command in (alerts, articles, explain, feeds, storylines):
    cli.add_command(command)


def main() -> None:
    """Run the command line; what goes wrong in a way that was foreseen is one line on stderr."""
    try:
        cli()
    except StorywireError as error:
        click.echo(f"storywire: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe had enough
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
