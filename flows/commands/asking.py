"""`storywire sql`: a question to the published database."""

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from storage.asking import Bounds

STDIN = Path("-")
LONGEST = 1_000_000  # bytes of a question
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("query", required=False)
@click.option("--file", "source", type=FILE, metavar="FILE", help="Take the query from this file; - is standard input.")
@click.option("--json", "form", flag_value="json", help="Print JSON on stdout, and nothing else there.")
@click.option("--jsonl", "form", flag_value="jsonl", help="Print one JSON object a line.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV in which a spreadsheet computes nothing.")
@click.option("--raw", is_flag=True, help="With --csv: texts as they are, formulas too.")
@click.option("--parquet", type=FILE, metavar="FILE", help="Write a Parquet file instead.")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write there instead of to stdout.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, 86_400, min_open=True),
    default=60,
    metavar="SECONDS",
    help="End the query after that long [60].",
)
@click.option(
    "--memory", type=click.IntRange(16), default=1000, metavar="MB", help="Let it have that much memory [1000]."
)
@click.option("--allow-files", is_flag=True, help="Let it read and write files, and attach databases.")
def sql(
    query: str | None,
    source: Path | None,
    form: str | None,
    raw: bool,
    parquet: Path | None,
    output: Path | None,
    timeout: float,
    memory: int,
    allow_files: bool,
) -> None:
    """Ask the published database a question.

    For example: storywire sql "select label from storylines". It only reads, and it can reach no other file, no
    network and no extension. QUERY is - for standard input.
    """
    from flows.settings import Settings
    from storage.asking import Bounds

    if not 0 < timeout <= 86_400:  # which a nan passes by
        raise click.BadParameter("give a number of seconds", param_hint="--timeout")
    if raw and form != "csv":
        raise click.UsageError("--raw goes with --csv.")
    if parquet and (form or output):
        raise click.UsageError("--parquet goes with no other format, and names its file itself.")
    home = Settings.from_environment().home
    asked = _question(query, source)
    bounds = Bounds(timedelta(seconds=timeout), memory * 1_000_000, allow_files)
    if parquet:
        from storage.asking import save_parquet

        save_parquet(home, asked, parquet, bounds)
    else:
        _print(home, asked, bounds, form or "table", output, raw)


def _print(home: Path, asked: str, bounds: "Bounds", form: str, output: Path | None, raw: bool) -> None:
    import sys

    from flows.answers import Format, write
    from storage.asking import asking
    from storage.swapping import opened

    out = opened(output) if output else nullcontext(sys.stdout)
    with out as file, asking(home, asked, bounds) as answer:
        write(answer, Format(form), file, raw)
        file.flush()


def _question(query: str | None, source: Path | None) -> str:
    """The query, from wherever it is to come; InputError where that is no text."""
    from storywire.errors import InputError

    if (query is None) == (source is None):
        raise click.UsageError("Give either QUERY or --file FILE.")
    if query is not None and query != "-":
        if not query.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in query):
            raise InputError("the query has bytes that are not UTF-8; give it as text, or in a file with --file")
        return query
    where = "standard input" if source in (None, STDIN) else str(source)
    try:
        with click.open_file("-" if source is None else str(source), "rb") as file:
            said: bytes = file.read(LONGEST + 1)
        text = said.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the query cannot be read from {where} ({error})") from error
    if len(said) > LONGEST:
        raise InputError(f"the query in {where} is longer than {LONGEST:,} bytes; give a shorter one")
    return text
