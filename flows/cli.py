"""The `storywire` command: decides how words on a command line become calls. Never does the work.

Nothing heavy is imported before a command needs it, so that `storywire --help` is quick. Exit status: 0 when a command
did its job, 1 when it could not, 2 for wrong arguments.
"""

import atexit
import errno
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from flows.commands.alerts import alerts
from flows.commands.articles import articles, explain
from flows.commands.asking import sql
from flows.commands.doctor import doctor
from flows.commands.emit import emit
from flows.commands.eval import evaluate
from flows.commands.exchange import export, import_
from flows.commands.feeds import feeds
from flows.commands.history import backup, prune, restore
from flows.commands.metrics import metrics
from flows.commands.options import as_json_option
from flows.commands.search import search
from flows.commands.status import status
from flows.commands.storylines import storylines
from flows.commands.up import up
from flows.leaving import INTERRUPTED, STOPPED, leave
from storywire import __version__
from storywire.errors import StorywireError

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


class _Commands(click.Group):
    def invoke(self, context: click.Context) -> Any:
        """A reader of a pipe who had enough is no failure; past here click takes it for one."""
        try:
            done = super().invoke(context)
            sys.stdout.flush()
            return done
        except BrokenPipeError:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            return 0


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
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
@as_json_option
def reembed(as_json: bool) -> None:
    """Make all vectors anew after a change of model.

    The model is the one that STORYWIRE_MODEL names, or the one that ships.
    """
    from flows.commands.reembed import reembed_all

    reembed_all(as_json)


@cli.command()
@click.argument("names", nargs=-1, metavar="[ARTICLE]...")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only pages fetched since that day.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@as_json_option
def reprocess(names: tuple[str, ...], since: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Read kept pages again, with the extractor of today.

    All of them, or those of each ARTICLE, by its id or URL.
    """
    from flows.commands.reprocess import reprocess_pages

    reprocess_pages(names, since, dry_run, as_json)


for command in (
    *(alerts, articles, evaluate, explain, feeds, storylines),  # what is followed, and why
    *(search, sql, export, import_),  # what is asked, and what goes out and in
    *(backup, prune, restore),
    *(up, status, doctor, emit),  # keeping it running, whether it does, and what is pushed in
    *(metrics,),  # what it tells a monitoring
):
    cli.add_command(command)


def main() -> None:
    """Run the command line and end the process with its exit status."""
    status = 1  # of a bug, whose traceback Python prints
    atexit.register(lambda: leave(status))
    status = _status()


def _status() -> int:
    """The exit status. What goes wrong in a way that was foreseen is one line on stderr, without a traceback."""
    try:
        done = cli(standalone_mode=False)
        return done if isinstance(done, int) else 0  # click gives --help's status back
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        context = error.ctx.command_path if error.ctx else "storywire"
        return _said(f"{error.format_message().rstrip('.')}; see {context} --help", 2)
    except click.Abort:
        click.echo(STOPPED, err=True)
        return INTERRUPTED
    except StorywireError as error:
        return _said(str(error), 1)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        return _said(f"the disk cannot be written ({error.strerror}); make room, then try again", 1)


def _said(message: str, status: int) -> int:
    click.echo(f"storywire: {message}", err=True)
    return status


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # also of a library's temporary file


if __name__ == "__main__":
    main()
