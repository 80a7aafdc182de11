"""What a person sees: decides how results look on a terminal, in a pipe and as JSON. Never decides what they are.

Output goes to stdout, progress to stderr. A terminal gets colours unless NO_COLOR is set (rich sees to that).
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from datetime import datetime
from math import isfinite
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from storywire.nouns import Precision
from storywire.text import clean

PIPE_WIDTH = 80


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command line, as of all other output; rich would end the process with 1."""
        raise BrokenPipeError


def console(out: TextIO | None = None) -> Console:
    """Where results go, which is standard output unless told: as wide as the terminal, 80 columns elsewhere."""
    width = None if (out or sys.stdout).isatty() else PIPE_WIDTH
    return _Console(file=out, width=width, highlight=False, soft_wrap=False)


def as_json(value: Any) -> None:
    """Print a value as JSON, times in ISO 8601 and what is no number as null, and nothing else."""
    print(json.dumps(_plain(value), ensure_ascii=False, indent=2))


@contextmanager
def nothing_but_json(as_json: bool) -> Iterator[None]:
    """Within it, what is told on standard output goes to stderr, so that JSON stands alone there."""
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        yield


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def table(*headers: str, right: Sequence[str] = (), fold: str | None = None) -> Table:
    """An empty table: no lines, headers dim; `right` columns are aligned right, `fold` goes on below where it is long.

    So ids and dates beside it are not cut: they are there to be copied.
    """
    made = Table(box=None, header_style="dim", pad_edge=False)
    for header in headers:
        if header == fold:
            made.add_column(header, overflow="fold")
        else:
            made.add_column(header, justify="right" if header in right else "left", no_wrap=True)
    return made


def text(value: object) -> str:
    """Other people's words, safe from being read as markup."""
    return escape("" if value is None else clean(str(value)))


def when(at: datetime | None, precision: Precision = Precision.DAY) -> str:
    """A time as far as it is known, in UTC; a dash where it is not."""
    if at is None:
        return "-"
    return f"{at:%Y-%m-%d %H:%M}" if precision in (Precision.SECOND, Precision.MINUTE) else f"{at:%Y-%m-%d}"


def counted(count: int, noun: str) -> str:
    """A count with its noun: "1 copy", "2 copies"."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


class Bars:
    """Progress bars on stderr, for a terminal; in a pipe they show nothing."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Callable[[float], None]]:
        """One bar, gone when its stage is done."""
        if not total or not sys.stderr.isatty():
            yield lambda _: None
            return
        columns = (TextColumn("{task.description:>9}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            bar = bars.add_task(name, total=total)
            yield lambda more: bars.advance(bar, more)
