"""`storywire eval dedup`: how good the verdicts on copies are, on labelled pairs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from rich.table import Table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", metavar="FILE", type=FILE)
@click.option("--pairs", type=FILE, required=True, help="Pairs of articles of FILE, and whether one repeats the other.")
@as_json_option
def dedup(file: Path, pairs: Path, as_json: bool) -> None:
    """Stream a JSONL FILE of articles through the dedup that production uses, and score its verdicts on labelled PAIRS.

    `storywire eval storylines` reads the same files. Each kind of copy has its own precision and recall.
    """
    from flows import show
    from flows.commands.eval import Asked, Stream
    from flows.house import build
    from flows.settings import Settings
    from storywire.copyscores import pair_scores, read_pairs

    house = build(Settings.from_environment(), show.Bars())
    asked = Asked("event", 0, no_time=False, speed=1.0, clusters=False)
    stream = Stream.read(house, file, asked, None)
    labelled = read_pairs(
        pairs.read_text(encoding="utf-8"), str(pairs), [one.article.article_id for one in stream.labelled]
    )
    grouping, seconds = stream.timed(house, asked)
    count = len(stream.labelled)
    result: dict[str, Any] = pair_scores(labelled, grouping.copies) | {
        "articles": count,
        "seconds": seconds,
        "embed_seconds": stream.embed_seconds,
    }
    if as_json:
        show.as_json(result)
        return
    show.console().print(_table(result))
    show.console().print(
        f"{count} articles in {seconds:.1f} s, grouping included, and {stream.embed_seconds:.1f} s to embed."
    )


def _table(result: dict[str, Any]) -> "Table":
    from flows import show

    measures = ("precision", "recall", "copies", "found", "held", "others", "false")
    rows = show.table("kind", *measures, right=measures)
    for kind, scores in result.items():
        if isinstance(scores, dict):
            rows.add_row(kind, *(f"{v:.3f}" if isinstance(v := scores[m], float) else str(v) for m in measures))
    return rows
