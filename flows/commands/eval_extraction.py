"""`storywire eval extraction`: how much of what people read on pages is found, and how much besides."""

import asyncio
import gzip
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from storywire.extraction_scores import Expected, Overlap
    from storywire.pages import Page
    from tasks.workers import Workers

TRUTH = "ground-truth.json"


@click.command("extraction")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--worst", type=click.IntRange(min=1), help="Also list the N pages with the lowest F1.")
@as_json_option
def extraction(folder: Path, worst: int | None, as_json: bool) -> None:
    """Read the pages of a folder as a run does, and compare their texts with the expected ones.

    DIR holds ground-truth.json and html/NAME.html or html/NAME.html.gz.
    """
    from flows import show
    from storywire.extraction_scores import scores
    from tasks.workers import Workers

    pages = list_pages(folder)
    begun = time.perf_counter()
    with show.Bars().stage("pages", len(pages)) as advance, Workers() as workers:
        results = asyncio.run(_read_all(pages, workers, advance))
    seconds = time.perf_counter() - begun
    measured = scores([result.overlap for result in results]) | {"pages": len(results), "seconds": seconds}
    lowest = sorted(results, key=lambda r: (r.overlap.f1, r.name))[: worst or 0]
    if as_json:
        told = [{"page": r.name, "f1": r.overlap.f1, "reason": r.reason} for r in lowest]
        show.as_json(measured | ({"worst": told} if worst else {}))
        return
    rows = show.table("measure", "value", right=("value",))
    for name, value in measured.items():
        rows.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    show.console().print(rows)
    if lowest:
        table = show.table("page", "f1", "reason", right=("f1",), fold="page")
        for result in lowest:
            table.add_row(show.text(result.name), f"{result.overlap.f1:.4f}", show.text(result.reason))
        show.console().print(table)


@dataclass(frozen=True, slots=True)
class Result:
    """How one page did; `reason` says why it has no text, where it has none."""

    name: str
    overlap: "Overlap"
    reason: str | None


def list_pages(folder: Path) -> list[tuple["Expected", Path]]:
    """The pages of a folder, each with its file. Raises InputError where one is missing."""
    from storywire.errors import InputError
    from storywire.extraction_scores import read_expected

    truth = folder / TRUTH
    if not truth.is_file():
        raise InputError(f"{folder} has no {TRUTH}; give a folder as docs/extraction.md describes it.")
    try:
        said = truth.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{truth} cannot be read ({type(error).__name__}); it should be text in UTF-8.") from error
    found = []
    for expected in read_expected(said, str(truth)):
        files = [folder / "html" / f"{expected.name}.{end}" for end in ("html.gz", "html")]
        file = next((file for file in files if file.is_file()), None)
        if file is None:
            raise InputError(f"{files[1]} is missing, also as .html.gz; take the page out of {TRUTH} or add it.")
        found.append((expected, file))
    return found


async def _read_all(
    pages: Sequence[tuple["Expected", Path]], workers: "Workers", advance: Callable[[float], None]
) -> list[Result]:
    from storywire.extraction_scores import overlap

    results = []
    for expected, file in pages:
        page = await _read(_body(file), expected.url or "", workers)
        results.append(Result(expected.name, overlap(page.text, expected.text), page.reason))
        advance(1)
    return results


async def _read(body: bytes, url: str, workers: "Workers") -> "Page":
    """The page as `tasks.collect` has it read: one that cannot be read in time is a page without text."""
    from storywire.errors import FetchError
    from storywire.nouns import Published
    from storywire.pages import Page, extract_page

    try:
        return await workers.run(extract_page, body, url)
    except FetchError as error:
        return Page(url, None, "", Published(), None, None, error.reason)


def _body(file: Path) -> bytes:
    """The bytes of a page, up to one more than are read of any."""
    from storywire.errors import InputError
    from storywire.pages import MAX_BYTES

    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except (OSError, EOFError) as error:
        raise InputError(f"{file} cannot be read ({type(error).__name__}); put the page in its place again.") from error
