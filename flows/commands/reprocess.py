"""`storywire reprocess`: kept pages read again with the extractor of today. Decides what is shown of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from flows import show
from flows.house import House, build
from flows.reprocessing import Change, Outcome, Reprocessed, chosen, reprocess
from flows.settings import Settings

_SAID = {Outcome.WITHOUT_ARTICLE: "still without an article"}


def reprocess_pages(names: Sequence[str], since: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Read them, and say what came of it."""
    house = build(Settings.from_environment(), show.Bars())
    files = chosen(house, since.replace(tzinfo=UTC) if since else None, names)
    done = asyncio.run(reprocess(house, house.clock(), files, dry_run)) if files else Reprocessed.nothing()
    if as_json:
        show.as_json(
            {"dry_run": dry_run, "pages": done.pages, **done.counts, "changes": list(map(asdict, done.changes))}
        )
        return
    out = show.console()
    if not files:
        out.print(_why_none(house, since, bool(names)), soft_wrap=True)
        return
    for change in done.changes if dry_run else ():
        out.print(_line(change), soft_wrap=True)
    out.print(_sum(done) + (" Nothing was changed: this was a dry run." if dry_run else ""), soft_wrap=True)


def _why_none(house: House, since: datetime | None, named: bool) -> str:
    if since and house.store.pages.files():
        return f"No {'such ' if named else ''}page was fetched since {since:%Y-%m-%d}."
    if not house.store.pages.keeping:
        return "No pages are kept: STORYWIRE_KEEP_PAGES_DAYS or STORYWIRE_KEEP_PAGES_MB is 0."
    return "No pages are kept yet: storywire run"


def _line(change: Change) -> str:
    title = show.text(change.title)
    if change.outcome is Outcome.UNREADABLE:
        return f"unreadable  {title}"
    if change.outcome is Outcome.RECOVERED:
        return f"recovered   {title} ({show.counted(change.words_after, 'word')})"
    said = ", ".join(
        f"text from {change.words_before:,} to {show.counted(change.words_after, 'word')}" if name == "text" else name
        for name in change.fields
    )
    return f"changed     {title} ({said})"


def _sum(done: Reprocessed) -> str:
    counts = ", ".join(f"{done.counts[outcome]:,} {_SAID.get(outcome, outcome)}" for outcome in Outcome)
    return f"{show.counted(done.pages, 'page')} read: {counts}."
