"""How explanations are printed: decides what is said of one article, and of two side by side.

Never makes or looks up a verdict.
"""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from flows import show
from flows.wording import Said, called, event_fit, for_good, nearness, since, storyline_fit, why_original
from storage.explanations import Explanation, Pair
from storywire.history import place
from storywire.nouns import Article, Assignment, Duplicate, LinkKind, Revision
from storywire.text import one_line

_SOURCES = {"json-ld": "page's data", "meta": "page's metadata"}
_SHOWN = 5  # sentences that came, as many that went, and copies


def explained(out: Console, found: Explanation) -> None:
    """Print why an article is where it is."""
    article = found.article
    out.print(f"[bold]{show.text(article.title)}[/bold]")
    published = show.when(article.published.at, article.published.precision)
    source = f" (from the {_SOURCES.get(stated, stated)})" if (stated := article.published.source) else ""
    first_seen = f"{article.first_seen_at:%Y-%m-%d %H:%M}"
    out.print(f"{show.text(article.publisher or '-')}, published {published}{source}, first seen {first_seen} UTC")
    out.print(f"[dim]{article.article_id}  {show.text(article.url)}[/dim]\n")
    _known(out, found)
    _revised(out, found.revisions, article.title)
    if found.duplicate and found.original and found.original[0] == article:
        _original(out, found.duplicate, found.canonical or article, article, found.original[1])
    else:
        _repeats(out, found, "It")
        _source(out, found)
    if found.assignment is None:
        out.print("It has no verdict yet: storywire run")
        return
    if found.duplicate:
        out.print(f"That report is in {_line(found, found.assignment)}.")
        if found.canonical_changed:
            again = f"storywire explain {found.duplicate.canonical_id}"
            out.print(f"That report has changed since: {again}", soft_wrap=True)
        out.print("\nWhy that report is there:")
    else:
        out.print(f"It is in {_line(found, found.assignment)}.")
    _table(out, _evidence(found, found.assignment))


def compared(out: Console, pair: Pair) -> None:
    """Print why two articles are together, or apart."""
    for name, side in (("first ", pair.one), ("second", pair.other)):
        out.print(f"[dim]{name}[/dim]  [bold]{show.text(side.article.title)}[/bold] ({side.article.article_id[:8]})")
    out.print()
    one, other = pair.one.assignment, pair.other.assignment
    _repeats(out, pair.one, "The first")
    _repeats(out, pair.other, "The second")
    if one is None or other is None:
        out.print(f"The {'first' if one is None else 'second'} has no verdict yet: storywire run")
    elif pair.share == "report":
        out.print(f"They are one report, in {_line(pair.one, one)}.")
    elif pair.share == "event":
        out.print(f"Together: both are in one event, {one.event_id}, of {_line(pair.one, one)}.")
    elif pair.share == "storyline":
        out.print(f"Together in {_line(pair.one, one)}, but in two events, {one.event_id} and {other.event_id}.")
    else:
        out.print(f"Apart: the first is in {_line(pair.one, one)}, the second in {_line(pair.other, other)}.")
    if one is not None and other is not None and pair.share != "report":
        _table(out, _comparison(pair, one, other))


def _line(found: Explanation, assignment: Assignment) -> str:
    return f"[bold]{show.text(found.label)}[/bold] ({assignment.storyline_id})"


def _known(out: Console, found: Explanation) -> None:
    """What is known of an article besides its verdict: who wrote it, whose words it has, and who repeats it."""
    said = []
    if found.article.author:
        said.append(("author", found.article.author))
    if found.pruned_at:
        said.append(("text", f"removed on {found.pruned_at:%Y-%m-%d} by storywire prune: it was old"))
    if found.page:
        said.append(("text", found.page.removeprefix("by ")))
    if count := len(found.copies):
        shown = [f"{copy.publisher or '-'} “{copy.title}” ({copy.article_id[:8]})" for copy in found.copies[:_SHOWN]]
        more = [f"and {count - _SHOWN} more"] if count > _SHOWN else []
        said.append(("copies", f"{count}: {', '.join([*shown, *more])}"))
    if said:
        _table(out, said)
        out.print()


def _original(out: Console, copy: Duplicate, kept: Article, article: Article, reason: str) -> None:
    """That a copy is where the kept report comes from, and why it is not the kept one."""
    seen = ": it was seen first" if kept.first_seen_at < article.first_seen_at else ""
    out.print(f"The kept report is {kept.article_id}, “{show.text(kept.title)}”{seen}.")
    out.print(f"Kind {copy.kind}, similarity {copy.similarity:.2f}: {show.text(copy.evidence)}.")
    out.print(f"This one {show.text(why_original(reason))}.")


def _repeats(out: Console, found: Explanation, subject: str) -> None:
    """What a copy repeats."""
    if found.duplicate and found.canonical:
        copy, kept = found.duplicate, found.canonical
        out.print(f"{subject} repeats {kept.article_id}, “{show.text(kept.title)}”.")
        out.print(f"Kind {copy.kind}, similarity {copy.similarity:.2f}: {show.text(copy.evidence)}.")


def _revised(out: Console, revisions: Sequence[Revision], headline: str) -> None:
    """How often an article with this headline changed, and what came and went the last time."""
    if not revisions:
        return
    last = revisions[-1]
    correction = ", a correction" if last.correction else ""
    count = show.counted(len(revisions), "revision")
    out.print(f"{count}, the last on {last.replaced_at:%Y-%m-%d %H:%M}{correction}.")
    was = [("headline was", f"“{last.title}”")] if last.title != headline else []
    sides = (("came", last.added), ("went", last.removed))
    _table(out, [*was, *((how, sentence) for how, said in sides for sentence in _first(said))])
    out.print()


def _first(sentences: Sequence[str]) -> list[str]:
    """As many as can be read at a glance."""
    more = [f"and {len(sentences) - _SHOWN} more"] if len(sentences) > _SHOWN else []
    return [f"“{one_line(sentence, 300)}”" for sentence in sentences[:_SHOWN]] + more


def _source(out: Console, found: Explanation) -> None:
    """Which of the copies is the original, where it is neither the kept report nor this one."""
    if found.original:
        article, reason = found.original
        out.print(f"“{show.text(article.title)}” ({article.article_id}) {show.text(why_original(reason))}.")


def _table(out: Console, said: Iterable[tuple[str, str]]) -> None:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for name, words in said:
        rows.add_row(name, show.text(words))
    out.print(rows)


def _evidence(found: Explanation, assignment: Assignment) -> Said:
    """What speaks for an assignment, and what became of it."""
    evidence, names = assignment.evidence, found.names
    first = found.history[0].entry.event_id if found.history else assignment.event_id
    yield "verdict", f"{evidence['decision']}, {first}"
    if evidence.get("event") or evidence.get("storyline"):
        yield "score", f"{assignment.score:.2f}, {assignment.margin:.2f} above the runner-up"
    if event := evidence.get("event"):
        yield "event", event_fit(event)
    if other := evidence.get("best_other_event"):
        yield "other events", f"at best {event_fit(other)}"
        if "event_id" in other:
            yield "", f"in {called(other['event_id'], names)}"
    if line := evidence.get("storyline"):
        yield "storyline", storyline_fit(line)
    if line := evidence.get("borderline"):
        yield "borderline", f"nearly in {called(line['storyline_id'], names)}: {storyline_fit(line)}"
    for held in evidence.get("holds", []):
        yield "holds", f"{held['article_id'][:8]} “{held['title']}”: {held['evidence']}"
    for near in evidence.get("nearest", []):
        title = f"{near['similarity']:.2f} to {near['article_id'][:8]} “{near['title']}”"
        yield "near", f"{title}, {nearness(near)}"
    yield from since(found.history[1:], names)
    yield from for_good(found.bonds, names)
    if "model" in evidence:
        yield "model", evidence["model"]


def _comparison(pair: Pair, one: Assignment, other: Assignment) -> Said:
    """What the evidence, the log and the links say about two reports."""
    names = {**pair.one.names, **pair.other.names}
    first, second = ("first", pair.one, one), ("second", pair.other, other)
    in_order = sorted((first, second), key=lambda side: [told.seq for told in side[1].history[:1]])
    (earlier, before, _), (later, after, assignment) = in_order
    yield from _arrival(earlier, before, later, after, assignment)
    for (name, _, mine), (_, _, theirs) in ((first, second), (second, first)):
        line = mine.evidence.get("borderline")
        if line and line["storyline_id"] == theirs.storyline_id:
            yield (
                "borderline",
                f"the {name} nearly came to {called(line['storyline_id'], names)}: {storyline_fit(line)}",
            )
        for near in mine.evidence.get("nearest", []):
            if near["article_id"] == theirs.article_id:
                yield "near", f"{near['similarity']:.2f} alike, {nearness(near)}"
    steps = {told.seq: told for told in (*before.history[1:], *after.history[1:])}
    yield from since([steps[seq] for seq in sorted(steps)], names)
    held = [bond for side in (before, after) for bond in side.bonds if bond.kind is LinkKind.MUST]
    yield from for_good(dict.fromkeys((*pair.bonds, *held)), names)


def _arrival(earlier: str, before: Explanation, later: str, after: Explanation, assignment: Assignment) -> Said:
    """How the one that came later was held against the event and the storyline in which the other was then."""
    evidence, (came, *_) = assignment.evidence, after.history
    event, storyline = place(before.history, came.seq)
    yield "verdict", f"the {later} came later, and {evidence['decision']}"
    other, line, whose = evidence.get("best_other_event"), evidence.get("storyline"), f"that of the {earlier}"
    if evidence.get("event"):
        which = whose if came.entry.event_id == event else called(came.entry.event_id or "", after.names)
        yield "event", f"{which}: {event_fit(evidence['event'])}"
    if other and other.get("event_id") == event:
        yield "other events", f"{whose} was the best, {event_fit(other)}"
    elif other and came.entry.event_id != event:
        yield "other events", f"{whose} was no better than the best, {event_fit(other)}"
    if line:
        which = whose if line["storyline_id"] == storyline else called(line["storyline_id"], after.names)
        yield "storyline", f"{which}: {storyline_fit(line)}"
