"""`storywire eval`: how good the grouping is, on labelled articles."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import click

from flows.commands.eval_dedup import dedup
from flows.commands.eval_extraction import extraction
from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from flows.house import House
    from storywire.evaluation import Grouping, Labelled
    from storywire.nouns import Article
    from storywire.parameters import Parameters
    from storywire.past import Matrix
    from storywire.retelling import Encode

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("eval")
def evaluate() -> None:
    """Measure the quality of decisions on labelled data."""


evaluate.add_command(dedup)
evaluate.add_command(extraction)


@evaluate.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--level", type=click.Choice(["event", "storyline"]), default="event", show_default=True)
@click.option("--seeded", type=click.IntRange(min=1), help="Each cluster's first N articles seed a named storyline.")
@click.option("--no-time", is_flag=True, help="Ignore the times.")
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), default=1.0, help="Play the stream faster.")
@click.option("--warm", type=FILE, help="A file of articles that only teach how common words are.")
@click.option("--tune", is_flag=True, help="Find thresholds for the model that is set, and keep them in this home.")
@as_json_option
def storylines(
    files: tuple[Path, ...],
    level: str,
    seeded: int | None,
    no_time: bool,
    speed: float,
    warm: Path | None,
    tune: bool,
    as_json: bool,
) -> None:
    """Stream a JSONL FILE of labelled articles through the grouping that production uses, and score its final state.

    Several files are for --tune, which seeks what is best for them all.
    """
    from flows import show
    from flows.house import build
    from flows.settings import Settings
    from storywire.errors import InputError

    if len(files) > 1 and not tune:
        raise InputError("give one FILE at a time; several are for --tune")
    settings = Settings.from_environment()
    house = build(settings, show.Bars())
    asked = Asked("storyline" if seeded else level, seeded or 0, no_time, speed)
    streams = [Stream.read(house, file, asked, warm) for file in files]
    result = _tune(house, settings.home, streams, asked) if tune else measure(house, streams[0], asked)
    if as_json:
        show.as_json(result)
        return
    rows = show.table("measure", "value", right=("value",))
    for name, value in result.items():
        if not isinstance(value, dict):
            rows.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    show.console().print(rows)
    if tune:
        show.console().print(f"Kept in {result['kept_in']}: later runs in this home use them.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be measured, and how the files are read."""

    level: str
    seeded: int
    no_time: bool
    speed: float
    clusters: bool = True  # whether each article must say to which it belongs


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """A file of labelled articles with their vectors, and articles that only teach."""

    labelled: Sequence["Labelled"]
    vectors: "Matrix"
    warm: Sequence["Article"]
    embed_seconds: float

    @classmethod
    def read(cls, house: "House", file: Path, asked: Asked, warm: Path | None) -> "Stream":
        """Read and embed a file."""
        from flows.cycle import embed
        from storywire.evaluation import read_labelled

        def read(path: Path) -> list["Labelled"]:
            said = path.read_text(encoding="utf-8")
            return read_labelled(said, str(path), no_time=asked.no_time, speed=asked.speed, clusters=asked.clusters)

        labelled, taught = read(file), [one.article for one in read(warm)] if warm else []
        house.encoder.model()  # loaded before time is taken
        begun = time.perf_counter()
        with house.progress.stage("articles", len(labelled)) as advance:
            vectors = embed(house, [one.article for one in labelled], advance)
        return cls(labelled, vectors, taught, time.perf_counter() - begun)

    def played(self, parameters: "Parameters", asked: Asked, encode: "Encode | None" = None) -> "Grouping":
        """Where each article ends; retellings are sought where there is something to embed their sentences."""
        from flows.cycle import WINDOW
        from storywire import evaluation

        definitions = evaluation.seeded(self.labelled, asked.seeded) if asked.seeded else ()
        return evaluation.play(self.labelled, self.vectors, parameters, WINDOW, definitions, self.warm, encode)

    def timed(self, house: "House", asked: Asked) -> tuple["Grouping", float]:
        """Where each article ends in production, and how many seconds that took."""
        parameters, begun = house.thresholds(house.encoder.model()[0]), time.perf_counter()
        return self.played(parameters, asked, house.encoder.encode), time.perf_counter() - begun

    def scores(self, grouping: "Grouping", asked: Asked) -> dict[str, float]:
        """How good that is."""
        from storywire import evaluation

        found = grouping.storylines if asked.level == "storyline" else grouping.events
        return evaluation.scores(self.labelled, found, asked.seeded)


def measure(house: "House", stream: Stream, asked: Asked) -> dict[str, Any]:
    """Play a stream and score it; the keys are the names of the measures."""
    from storywire.evaluation import batches

    parameters = house.thresholds(house.encoder.model()[0])
    grouping, seconds = stream.timed(house, asked)
    count = len(stream.labelled)
    return stream.scores(grouping, asked) | {
        "articles": count,
        "batches": sum(1 for _ in batches(stream.labelled)),
        "seconds": seconds,
        "embed_seconds": stream.embed_seconds,
        "articles_per_second": count / seconds,
        "articles_per_second_with_embedding": count / (seconds + stream.embed_seconds),
        "model": parameters.model,
        "parameters": asdict(parameters),
    }


def _tune(house: "House", home: Path, streams: Sequence[Stream], asked: Asked) -> dict[str, Any]:
    """Find the thresholds that are best for all streams on average, keep them, and say how good they are."""
    from flows import thresholds
    from storywire import tuning

    def quality(parameters: "Parameters") -> float:
        found = [stream.scores(stream.played(parameters, asked), asked) for stream in streams]
        advance(1)
        return fmean(_one_number(scores, asked) for scores in found)

    start = house.thresholds(house.encoder.model()[0])
    with house.progress.stage("trials", tuning.trials(storylines=bool(asked.seeded))) as advance:
        best, reached = tuning.tuned(start, quality, storylines=bool(asked.seeded))
    path = thresholds.keep(home, best)
    return {"f1": reached, "model": best.model, "parameters": asdict(best), "kept_in": str(path)}


def _one_number(scores: dict[str, float], asked: Asked) -> float:
    """What tuning seeks: B-cubed F1 or, for seeded storylines, the F1 of their precision and recall."""
    if not asked.seeded:
        return scores["b3_f1"]
    precision, recall = scores["seeded_precision"], scores["seeded_recall"]
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
