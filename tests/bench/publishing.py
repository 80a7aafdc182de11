"""What it costs to publish the snapshot: decides which parts of it are told apart, and what cold means.

    python -m tests.bench.publishing [HOME ...] [--articles 10000 100000] [--rounds 5] [--write]

Homes are installations as `tests.bench.archive` makes them; without any, new ones of these sizes. Never measures a run.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from storage import wordindex
from storage.snapshot import reading, snapshot_path
from storage.store import Store
from tests.bench import archive, report

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs/publishing.md"
BEGIN, END = "<!-- publishing -->\n", "<!-- end of publishing -->\n"
FIRST = "SELECT count(*), max(first_seen_at) FROM articles"
LIST = "SELECT storyline_id, label, article_count FROM storylines ORDER BY last_published_at DESC LIMIT 20"
PARTS = {"take_in": "index", "copyfile": "copy", "fsync": "fsync", "replace": "rename"}
NEW = 20  # articles of a run

Times = dict[str, float]


def main() -> None:
    """Measure, and print one table."""
    options = _options()
    on = report.machine()
    with tempfile.TemporaryDirectory() as folder:
        homes = options.homes or [_made(Path(folder) / str(size), size) for size in options.articles]
        columns = [measured(home, options.rounds) for home in homes]
    said = f"{on['cpu']}, {on['cores']} cores, load {on['load']} at the start; medians of {options.rounds} rounds"
    table = f"{said}\n\n{_table(columns)}"
    print(table)
    if options.write:
        what = (
            " ".join("HOME" for _ in homes) if options.homes else f"--articles {' '.join(map(str, options.articles))}"
        )
        command = f"python -m tests.bench.publishing {what} --rounds {options.rounds}"
        text = DOCUMENT.read_text(encoding="utf-8")
        before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
        DOCUMENT.write_text(f"{before}```\n$ {command}\n\n{table}\n```\n{after}", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.publishing", description="Time publishing.")
    parser.add_argument("homes", nargs="*", type=Path, help="installations, which are written to")
    parser.add_argument("--articles", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="also refresh the figures in docs/publishing.md")
    return parser.parse_args()


def _made(home: Path, articles: int) -> Path:
    print(f"makes an installation with {articles:,} articles", file=sys.stderr)
    archive.make(home, articles)
    return home


def measured(home: Path, rounds: int) -> Times:
    """The median times of one installation, in seconds, with its articles and its size in bytes."""
    store = Store(home)
    found: dict[str, list[float]] = {}
    for number in range(rounds):
        for kind in ("warm", "cold"):
            for name, seconds in _round(store, f"bench {datetime.now(UTC)} {number}", cold=kind == "cold").items():
                found.setdefault(f"{kind} {name}", []).append(seconds)
    with reading(home) as con:
        articles = con.execute("SELECT count(*) FROM articles").fetchall()[0][0]
    size = snapshot_path(home).stat().st_size
    return {"articles": articles, "size": size, **{name: median(values) for name, values in found.items()}}


def _round(store: Store, run: str, *, cold: bool) -> Times:
    """Publish once, after a run that stored a few articles, and read what was published."""
    _run(store, run)
    if cold:
        _forget(store.path)
        _forget(snapshot_path(store.home))
    with _timed() as times:
        began = time.perf_counter()
        path = store.publish()
        times["in all"] = time.perf_counter() - began
    times["checkpoint"] = times["in all"] - sum(times[name] for name in PARTS.values())
    if cold:
        _forget(path)
    began = time.perf_counter()
    with reading(store.home) as con:
        con.execute(FIRST).fetchall()
        times["first answer"] = time.perf_counter() - began
        con.execute(LIST).fetchall()
        times["storylines"] = time.perf_counter() - began - times["first answer"]
    return times


def _run(store: Store, run: str) -> None:
    """What a run writes, in short: its row, and rows of articles, which are those of others under new ids."""
    now = datetime.now(UTC)
    store.start_run(run, now)
    with store.transaction() as con:
        for table, also in (("article", ", NULL AS doc"), ("feature", ""), ("assignment", "")):
            con.execute(
                f"""INSERT INTO private.{table}
                SELECT * REPLACE (? || article_id AS article_id{also}) FROM private.{table} WHERE rowid < {NEW}""",
                [run],
            )
    store.finish_run(run, now)


def _forget(path: Path) -> None:
    """Take a file out of the page cache, as it would be after a time in which nobody read it. Linux only."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)  # what is not on the disk yet stays in the cache
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(file)


@contextmanager
def _timed() -> Iterator[Times]:
    """Times the file operations that publishing makes, by their names in `PARTS`."""
    times: Times = dict.fromkeys(PARTS.values(), 0.0)
    real: list[tuple[Any, str, Callable[..., Any]]] = []
    for owner, name in ((wordindex, "take_in"), (shutil, "copyfile"), (os, "fsync"), (os, "replace")):
        real.append((owner, name, getattr(owner, name)))
        setattr(owner, name, _timing(getattr(owner, name), times, PARTS[name]))
    try:
        yield times
    finally:
        for owner, name, function in real:
            setattr(owner, name, function)


def _timing(real: Callable[..., Any], times: Times, part: str) -> Callable[..., Any]:
    def timed(*args: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return real(*args, **options)
        finally:
            times[part] += time.perf_counter() - began

    return timed


def _table(columns: list[Times]) -> str:
    lines = [f"{'articles':24}" + "".join(f"{column['articles']:>12,.0f}" for column in columns)]
    lines.append(f"{'file':24}" + "".join(f"{column['size'] / 1e6:>9,.0f} MB" for column in columns))
    for kind in ("warm", "cold"):
        lines.append(f"{kind} cache")
        for name in ("in all", "index", "checkpoint", "copy", "fsync", "rename", "first answer", "storylines"):
            indent = "  " if name in ("in all", "first answer", "storylines") else "    "
            label = {
                "in all": "publishing",
                "first answer": "opening, first answer",
                "storylines": "list of storylines",
            }
            values = "".join(f"{column[f'{kind} {name}']:>10.2f} s" for column in columns)
            lines.append(f"{indent + label.get(name, name):24}{values}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
