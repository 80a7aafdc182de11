"""How an explanation is printed: decides the words for the evidence of a verdict. Never makes or looks up one."""

from typing import Any

from rich.console import Console

from flows import show
from storage.reads import Explanation


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
    _evidence(out, assignment.event_id, assignment.score, assignment.margin, dict(assignment.evidence))


def _evidence(out: Console, event_id: str, score: float, margin: float, evidence: dict[str, Any]) -> None:
    out.print(f"It {evidence['decision']}: {event_id}; score {score:.2f}, {margin:.2f} above the runner-up.")
    thresholds = evidence.get("thresholds", {})
    if event := evidence.get("event"):
        out.print(
            f"  with the event: words {event['words']:.2f}, meaning {event['dense']:.2f}, {event['gap_days']:g} days "
            f"apart; {event['score']:.2f} where {thresholds['event']:g} is needed"
        )
    elif "best_other_event" in evidence:
        out.print(f"  the best event scored {evidence['best_other_event']:.2f} where {thresholds['event']:g} is needed")
    if line := evidence.get("storyline"):
        _storyline(out, line, thresholds)
    for near in evidence.get("nearest", []):
        shared = f"; both name {', '.join(near['shared_names'])}" if near["shared_names"] else ""
        out.print(
            f"  near {near['article_id'][:8]} “{show.text(near['title'])}”: {near['similarity']:.2f}, "
            f"{near['gap_days']:g} days apart{show.text(shared)}"
        )
    if "model" in evidence:
        out.print(f"[dim]model {evidence['model']}, thresholds {_pairs(thresholds)}[/dim]")


def _storyline(out: Console, line: dict[str, Any], thresholds: dict[str, float]) -> None:
    if line["seed"]:
        out.print("  with the storyline: it is one of its seeds")
        return
    kind = "named_storyline" if line["gap_years"] is not None else "found_storyline"
    anchor = f"; it {'names' if line['anchored'] else 'does not name'} “{line['anchor']}”" if line["anchor"] else ""
    out.print(
        f"  with the storyline's core: words {line['words']:.2f}, meaning {line['dense']:.2f}{show.text(anchor)}; "
        f"{line['score']:.2f} where {thresholds[kind]:g} is needed, next best {line['runner_up']:.2f}"
    )


def _pairs(values: dict[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in values.items())
