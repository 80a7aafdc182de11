"""Made-up reports on made-up subjects, and memories in which they stand where a test puts them.

Reports of one subject share most of their words, two subjects none; no five words stand in one order twice.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from string import ascii_lowercase

from storywire.analyse import Analyst
from storywire.log import Groups
from storywire.memory import Memory
from storywire.nouns import Article, Definition, LogEntry, LogKind, Storyline
from storywire.parameters import EventParameters, Parameters
from storywire.past import Analysis, Kept, Past
from storywire.sketch import sketch
from tests.core.makers import NOW, article, vectors

RESTLESS = Parameters(
    events=EventParameters(short=0.45, full=0.45, merge_short=0.2, merge_full=0.2, small=50, split=0.4, tau_days=30)
)
"""Thresholds by which events merge and fall apart all the time."""

Streamed = tuple[Memory, list[Analysis]]


def vocabulary(subject: object) -> list[str]:
    """Forty words that only this subject has."""
    chance = random.Random(f"subject {subject}")
    return ["".join(chance.choices(ascii_lowercase, k=9)) for _ in range(40)]


def report(name: str, *subjects: object, hours: float = 0.0, own: int = 6) -> Article:
    """A report of so many words on each subject in equal parts, 30 in all, and `own` that no other has."""
    chance = random.Random(f"report {name}")
    said = ["".join(chance.choices(ascii_lowercase, k=10)) for _ in range(own)]
    for subject in subjects:
        said += chance.sample(vocabulary(subject), 30 // len(subjects))
    chance.shuffle(said)
    return article(name, " ".join(said), hours=hours)


def stream(seed: int, *, copies: bool = True) -> tuple[list[list[Article]], list[Definition]]:
    """Batches on a few subjects, some reports on two of them, and `copies`.

    Every other has a named storyline with a seed in the last batch, half of these with one in the first too.
    """
    chance, batches = random.Random(seed), []
    for day in range(chance.randint(1, 6)):
        batch: list[Article] = []
        for number in range(chance.randint(1, 10)):
            subjects = [chance.randint(0, 3) for _ in range(chance.choice([1, 1, 1, 2]))]
            hours, own = 24 * day + chance.randint(0, 20), chance.choice([0, 6, 20])
            batch.append(report(f"{seed}-{day}-{number}", *subjects, hours=hours, own=own))
            if copies and chance.random() < 0.1:
                batch.append(article(f"{seed}-{day}-{number}-copy", batch[-1].text, hours=hours + 1))
        batches.append(batch)
    seeds = (batches[-1][0].article_id, *(batches[0][0].article_id for _ in range(seed % 4 // 2)))
    return batches, [Definition("named", "Named", seeds)] if seed % 2 else []


def remembered(
    *places: tuple[Article, str, str],
    storylines: Iterable[Storyline] = (),
    **more: object,
) -> Past:
    """A memory in which each article stands in an event of a storyline; storylines are as old as they are told."""
    articles = [each for each, _, _ in places]
    kept = tuple(
        Kept(a.article_id, a.url, a.title, a.publisher, a.language, a.time, event, line, sketch(a.title, a.text))
        for a, event, line in places
    )
    known = {s.storyline_id: s for s in storylines}
    for number, (_, _, line) in enumerate(places):
        known.setdefault(line, Storyline(line, f"About {line}", created_at=NOW + timedelta(seconds=number)))
    return Past(kept, vectors(articles), tuple(known.values()), **({"definitions": ()} | more))  # type: ignore[arg-type]


def told_of(past: Past) -> list[LogEntry]:
    """The log that led to a memory."""
    created = [LogEntry(LogKind.CREATED, k.storyline_id, k.event_id) for k in past.kept]
    return [*created, *(LogEntry(LogKind.JOINED, k.storyline_id, k.event_id, k.article_id) for k in past.kept)]


def now(past: Past, *found: Analysis) -> dict[str, tuple[str, str]]:
    """The event and storyline of each article after some analyses that went on from a memory."""
    return dict(Groups([*told_of(past), *(entry for each in found for entry in each.log)]).memberships())


def kinds(found: Analysis, kind: LogKind) -> list[LogEntry]:
    """The entries of one kind in the log of an analysis."""
    return [entry for entry in found.log if entry.kind is kind]


def analysed(past: Past, *articles: Article, parameters: Parameters | None = None) -> Analysis:
    """What comes of one batch after a memory."""
    return Analyst(past, parameters or Parameters()).analyse(articles, vectors(articles))


def played(
    batches: Sequence[Sequence[Article]],
    parameters: Parameters,
    definitions: Sequence[Definition] = (),
    *,
    window: timedelta = timedelta(days=1000),
    anew: bool = False,
    after_each: Callable[[Memory], None] = lambda memory: None,
) -> Streamed:
    """Batches through one Analyst that goes on, or through one made `anew` for each."""
    memory, found = Memory(definitions), []
    analyst: Analyst | None = None
    for batch in batches:
        if analyst is None or anew:
            analyst = Analyst(memory.past(batch[0].time - window), parameters, memory)
        rows = vectors(batch)
        found.append(analyst.analyse(batch, rows))
        memory.learn(batch, rows, found[-1])
        after_each(memory)
    return memory, found
