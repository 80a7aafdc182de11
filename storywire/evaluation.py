"""A labelled stream played through `analyse`: decides its batches, and what is scored in the end.

Never groups by itself, and never embeds: the caller brings the vectors, as production does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from statistics import fmean
from typing import Any

from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from storywire.analyse import Analyst
from storywire.copyscores import Found
from storywire.errors import InputError
from storywire.labelled import identifier, json_object
from storywire.memory import Memory
from storywire.nouns import Article, Definition, DuplicateKind, Precision, Published
from storywire.parameters import Parameters
from storywire.past import Matrix
from storywire.retelling import Encode
from storywire.scores import bcubed, pairwise
from storywire.sketch import sketch
from storywire.text import one_line

UNDATED_BATCH = 20  # articles
_FORMAT = "a line is one article as JSON, see docs/quality.md"
RUN = timedelta(days=1)  # after so much of the stream, what is open is looked up anew, as each run does
START = datetime(2020, 1, 1, tzinfo=UTC)  # of streams without time; any moment would do


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article with the name of the cluster that it truly belongs to."""

    article: Article
    cluster: str
    dated: bool


@dataclass(frozen=True, slots=True)
class Grouping:
    """The final state of a stream: for each article, in the file's order, its event and storyline; and all copies."""

    events: tuple[str, ...]
    storylines: tuple[str, ...]
    copies: Found


def read_labelled(
    raw: str, name: str, *, no_time: bool = False, speed: float = 1.0, clusters: bool = True
) -> list[Labelled]:
    """The lines of a JSONL file: `id, title, text, lang, published (ISO or null), source, url, cluster`.

    `speed` plays the stream that much faster: times move towards the first. Without `clusters`, none need be given.
    Raises InputError with the line's number.
    """
    found: list[Labelled] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(raw.split("\n"), 1):  # JSON may hold what else Python takes for the end of a line
        if not line.strip():
            continue
        try:
            one = _labelled(json_object(line), no_time=no_time, clusters=clusters)
        except ValueError as error:
            raise InputError(f"{name}, line {number}: {error}; {_FORMAT}") from None
        found.append(one)
        if (first := lines.setdefault(one.article.article_id, number)) != number:
            raise InputError(f"{name}, line {number}: the id {one.article.article_id!r} is that of line {first} too")
    if not found:
        raise InputError(f"{name} holds no articles; {_FORMAT}")
    return found if speed == 1.0 else [_hurried(one, found[0].article.first_seen_at, speed) for one in found]


def _labelled(row: Mapping[str, Any], *, no_time: bool, clusters: bool) -> Labelled:
    """An article; ValueError says in words what is wrong with it."""
    at = None if no_time else _time(row.get("published"))
    for key in ("title", "text", "lang", "source"):
        if not isinstance(row.get(key), str | None):
            raise ValueError(f"{key} is {row[key]!r}: a text or null")
    title, text = row.get("title") or "", row.get("text") or ""
    article = Article(
        article_id=identifier(row, "id"),
        url=None,  # the true clusters are of reports, not of addresses
        title=title or one_line(text, 100),
        text=text,
        language=row.get("lang") or "und",
        publisher=row.get("source"),
        published=Published(at, Precision.SECOND, "feed") if at else Published(),
        first_seen_at=at or START,
    )
    cluster = identifier(row, "cluster") if clusters or row.get("cluster") is not None else ""
    return Labelled(article, cluster, at is not None)


def _time(said: object) -> datetime | None:
    if said is None or said == "":
        return None
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        at = None
    if at is None:
        raise ValueError(f"published is {said!r}: ISO 8601 or null")
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _hurried(one: Labelled, start: datetime, speed: float) -> Labelled:
    if not one.dated:
        return one
    at = start + (one.article.first_seen_at - start) / speed
    return replace(one, article=replace(one.article, published=replace(one.article.published, at=at), first_seen_at=at))


def batches(stream: Sequence[Labelled]) -> Iterator[list[int]]:
    """The places of each batch, in the file's order: those of one clock hour, or twenty where there is no time."""

    def key(place: int) -> tuple[bool, int]:
        one = stream[place]
        return one.dated, int(one.article.time.timestamp() // 3600) if one.dated else place // UNDATED_BATCH

    for _, places in groupby(range(len(stream)), key):
        yield list(places)


def play(
    stream: Sequence[Labelled],
    vectors: Matrix,
    parameters: Parameters,
    window: timedelta,
    definitions: Sequence[Definition] = (),
    warm: Sequence[Article] = (),
    encode: Encode | None = None,
) -> Grouping:
    """Stream articles through an Analyst as production does, batch by batch, and return where each one ended.

    `vectors` is float32, shape (len(stream), dimensions). A copy is where the article is that it repeats. Articles of
    `warm` only teach how common words are. Retellings are sought where `encode` embeds sentences.
    """
    memory = Memory(definitions)
    taught, languages = [sketch(a.title, a.text) for a in warm], {a.language for a in warm}
    analyst, begun = None, START
    canonical: dict[str, tuple[str, DuplicateKind]] = {}
    holds: set[tuple[str, str]] = set()
    for places in batches(stream):
        batch = [stream[place].article for place in places]
        if analyst is None or batch[0].time - begun >= RUN:
            begun = batch[0].time
            analyst = Analyst(memory.past(begun - window), parameters, memory, encode)
            analyst.teach(taught, languages)
        analysis = analyst.analyse(batch, vectors[places])
        canonical |= {d.article_id: (d.canonical_id, d.kind) for d in analysis.duplicates}
        holds |= {(a.article_id, held["article_id"]) for a in analysis.assignments for held in a.evidence["holds"]}
        memory.learn(batch, vectors[places], analysis)
    ids = [one.article.article_id for one in stream]
    copies = Found(canonical, frozenset(holds))
    return Grouping(tuple(memory.event_of(i) for i in ids), tuple(memory.storyline_of(i) for i in ids), copies)


def seeded(stream: Sequence[Labelled], count: int) -> tuple[Definition, ...]:
    """Each cluster's first `count` articles as the seeds of a named storyline.

    A cluster that has no more than these defines none: nothing could be found of it, and its articles are what must
    join none of the others.
    """
    members: dict[str, list[str]] = {}
    for one in stream:
        members.setdefault(one.cluster, []).append(one.article.article_id)
    return tuple(Definition(name, name, tuple(ids[:count])) for name, ids in members.items() if len(ids) > count)


def scores(stream: Sequence[Labelled], found: Sequence[str], seeds: int) -> dict[str, float]:
    """All measures of a grouping; with `seeds`, also how named storylines of so many seeds fared on the rest."""
    true = [one.cluster for one in stream]
    b3, pairs = bcubed(found, true), pairwise(found, true)
    measured: dict[str, float] = {
        "b3_precision": b3.precision,
        "b3_recall": b3.recall,
        "b3_f1": b3.f1,
        "pairwise_f1": pairs.f1,
        "ari": float(adjusted_rand_score(true, found)),
        "ami": float(adjusted_mutual_info_score(true, found)),
        "clusters_found": len(set(found)),
        "clusters_true": len(set(true)),
    }
    return measured | (_seeded_scores(stream, found, seeds) if seeds else {})


def _seeded_scores(stream: Sequence[Labelled], found: Sequence[str], seeds: int) -> dict[str, float]:
    """Precision and recall of the articles that are no seeds, each cluster weighing the same, and how many are wrong.

    A cluster that nothing joined has a recall, but no precision.
    """
    named = {d.storyline_id: set(d.member_ids) for d in seeded(stream, seeds)}
    precisions, recalls, false = [], [], 0
    for name, members in named.items():
        rest = [
            (f == name, one.cluster == name)
            for one, f in zip(stream, found, strict=True)
            if one.article.article_id not in members
        ]
        joined, true = sum(f for f, _ in rest), sum(t for _, t in rest)
        right = sum(f and t for f, t in rest)
        false += joined - right
        precisions += [right / joined] if joined else []
        recalls += [right / true] if true else []
    means = {"seeded_precision": fmean(precisions or [1.0]), "seeded_recall": fmean(recalls or [1.0])}
    return means | {"seeded_false": false}
