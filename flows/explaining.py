"""How an explanation is printed: decides the words for the evidence of a verdict. Never makes or looks up one."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from flows import show
from storage.reads import Explanation
from storywire.nouns import Assignment


def explained(out: Console, found: Explanation) -> None:
    """Print why an article is where it is."""
    article = found.article
    out.print(f"[bold]{show.text(article.title)}[/bold]")
    published = show.when(article.published.at, article.published.precision)
    source = f" (from the {article.published.source})" if article.published.source else ""
    first_seen = f"{article.first_seen_at:%Y-%m-%d %H:%M}"
    out.print(f"{show.text(article.publisher or '-')}, published {published}{source}, first seen {first_seen} UTC")
    out.print(f"[dim]{article.article_id}  {show.text(article.url)}[/dim]\n")
    if found.duplicate and found.canonical:
        copy, kept = found.duplicate, found.canonical
        out.print(f"It repeats {kept.article_id}, “{show.text(kept.title)}”.")
        out.print(f"Kind {copy.kind}, similarity {copy.similarity:.2f}: {show.text(copy.evidence)}.")
    if found.assignment is None:
        out.print("It has no verdict yet: storywire run")
        return
    assignment = found.assignment
    whose = "That report is" if found.duplicate else "It is"
    out.print(f"{whose} in [bold]{show.text(found.label)}[/bold] ({assignment.storyline_id}).")
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for name, words in _evidence(assignment):
        rows.add_row(name, show.text(words))
    out.print(rows)


def _evidence(assignment: Assignment) -> Iterator[tuple[str, str]]:
    """What speaks for an assignment, as pairs of a heading and a sentence."""
    evidence = assignment.evidence
    yield "verdict", f"{evidence['decision']}, {assignment.event_id}"
    yield "score", f"{assignment.score:.2f}, {assignment.margin:.2f} above the runner-up"
    if event := evidence.get("event"):
        measured = f"{event['score']:.2f} where {event['needed']:g} is needed: words {event['words']:.2f}"
        yield "event", f"{measured}, meaning {event['meaning']:.2f}, {event['gap_days']:g} days apart"
    if other := evidence.get("best_other_event"):
        yield "other events", f"at best {other['score']:.2f} where {other['needed']:g} is needed"
    if line := evidence.get("storyline"):
        yield "storyline", _storyline(line)
    for near in evidence.get("nearest", []):
        shared = f"; both name {', '.join(near['shared_names'])}" if near["shared_names"] else ""
        title = f"{near['similarity']:.2f} to {near['article_id'][:8]} “{near['title']}”"
        yield "near", f"{title}, {near['gap_days']:g} days apart{shared}"
    if "model" in evidence:
        yield "model", evidence["model"]


def _storyline(line: Mapping[str, Any]) -> str:
    if line["seed"]:
        return "a person made it one of the storyline's seeds"
    anchor = f"; it {'names' if line['anchored'] else 'does not name'} “{line['anchor']}”" if line["anchor"] else ""
    gap = f", {line['gap_years']:.1f} years apart" if line["gap_years"] >= 0.1 else ""
    return (
        f"{line['score']:.2f} with its core where {line['needed']:g} is needed: words {line['words']:.2f}, "
        f"meaning {line['meaning']:.2f}{gap}{anchor}; the best other storyline {line['best_other']:.2f}"
    )
