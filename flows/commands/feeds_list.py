"""`storywire feeds list`: decides how subscriptions and what is odd about them are shown. Never changes one."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from rich.padding import Padding
from rich.table import Table

from flows import show
from storywire.nouns import Feed, FeedState, Precision

_INTERNAL = ("habits", "move", "setback", "body_digest", "served_by")
_WIDTHS = {"state": 7, "next look, UTC": 16, "a day": 5}


def list_feeds(feeds: Sequence[Feed], now: datetime, as_json: bool) -> None:
    """Print all feeds, by name."""
    if as_json:
        show.as_json([_as_json(feed) for feed in feeds])
        return
    out = show.console()
    if not feeds:
        out.print("No feeds yet: storywire feeds find SITE, then storywire feeds add URL", soft_wrap=True)
        return
    out.print(_row("feed", *(f"[dim]{name}[/dim]" for name in _WIDTHS)))
    for feed in sorted(feeds, key=lambda feed: (feed.title or feed.url).casefold()):
        rate = feed.habits.rate
        out.print(_row(show.text(feed.title or feed.url), _state(feed), _next(feed, now), _rate(rate)))
        if about := " · ".join(filter(None, (feed.url if feed.title else None, feed.folder))):
            out.print(Padding(f"[dim]{show.text(about)}[/dim]", (0, 0, 0, 2), expand=False))
        for said in (*([feed.reason] if feed.reason else ()), *feed.health):
            out.print(Padding(f"[yellow]{show.text(said)}[/yellow]", (0, 0, 0, 2), expand=False))


def _row(*cells: str) -> Table:
    """One line; what stands below it may be as wide as all of them."""
    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    row.add_column(overflow="fold", ratio=1)
    for name, width in _WIDTHS.items():
        row.add_column(width=width, justify="right" if name == "a day" else "left", no_wrap=True)
    row.add_row(*cells)
    return row


def _state(feed: Feed) -> str:
    return "paused" if feed.paused else str(feed.state)


def _next(feed: Feed, now: datetime) -> str:
    if feed.paused or feed.state is FeedState.GONE:
        return "-"
    return show.when(feed.next_check_at, Precision.MINUTE) if feed.next_check_at > now else "now"


def _rate(items: float | None) -> str:
    """New items a day, as exactly as matters."""
    return "" if items is None else f"{items:.0f}" if items >= 9.5 else f"{items:.1f}"


def _as_json(feed: Feed) -> dict[str, object]:
    """A feed as the database's view has it, and its validators."""
    values = {name: value for name, value in asdict(feed).items() if name not in _INTERNAL}
    learnt = {"items_per_day": feed.habits.rate, "brought_at": feed.habits.brought_at, "moved_to": feed.move.address}
    return values | learnt
