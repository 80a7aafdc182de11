"""`storywire eval`: how good the grouping is, on labelled articles."""

import time
from pathlib import Path
from typing import Any

import click

from flows.commands.options import as_json_option

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("eval")
def evaluate() -> None:
    """Measure the quality of decisions on labelled data."""


@evaluate.command()
@click.argument("file", type=FILE)
@click.option("--level", type=click.Choice(["event", "storyline"]), default="event", show_default=True)
@click.option("--seeded", type=click.IntRange(min=1), help="Each cluster's first N articles seed a named storyline.")
@click.option("--no-time", is_flag=True, help="Ignore the times.")
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), default=1.0, help="Play the stream faster.")
@as_json_option
def storylines(file: Path, level: str, seeded: int | None, no_time: bool, speed: float, as_json: bool) -> None:
    """Stream a JSONL FILE of labelled articles through the grouping that production uses, and score its final state."""
    from flows import show

    result = measure(file, level, seeded, no_time, speed)
    if as_json:
        show.as_json(result)
        return
    rows = show.table("measure", "value", right=("value",))
    for name, value in result.items():
        if not isinstance(value, dict):
            rows.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    show.console().print(rows)


def measure(file: Path, level: str, seeded: int | None, no_time: bool, speed: float) -> dict[str, Any]:
    """Play the file and score it; the keys are the names of the measures."""
    from dataclasses import asdict

    from flows.cycle import WINDOW, embed
    from flows.house import build
    from flows.settings import Settings
    from flows.show import Bars
    from storywire import evaluation

    house = build(Settings.from_environment(), Bars())
    stream = evaluation.read_labelled(file.read_text(encoding="utf-8"), str(file), no_time=no_time, speed=speed)
    name, _ = house.encoder.model()
    begun = time.perf_counter()
    with house.progress.stage("articles", len(stream)) as advance:
        vectors = embed(house, [one.article for one in stream], advance)
    embedded = time.perf_counter()
    definitions = evaluation.seeded(stream, seeded) if seeded else ()
    grouping = evaluation.play(stream, vectors, house.parameters, WINDOW, definitions)
    seconds = time.perf_counter() - embedded
    found = grouping.storylines if level == "storyline" or seeded else grouping.events
    scores = evaluation.scores(stream, found, seeded or 0)
    return scores | {
        "articles": len(stream),
        "batches": sum(1 for _ in evaluation.batches(stream)),
        "seconds": seconds,
        "embed_seconds": embedded - begun,
        "model": name,
        "parameters": asdict(house.parameters),
    }
