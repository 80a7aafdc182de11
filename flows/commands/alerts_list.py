"""`storywire alerts list`: decides how watches are shown, each in a few lines. Never changes one."""

from collections import Counter
from collections.abc import Mapping

from rich.padding import Padding
from rich.table import Table

from flows import show
from flows.commands import alerts_desk
from flows.commands.alerts_desk import Desk
from flows.commands.alerts_words import quoted, what, when
from storywire.nouns import Precision
from storywire.watches import Watch

_WIDTHS = {"state": 6, "waiting": 7, "last told, UTC": 16}


def list_watches(desk: Desk, as_json: bool) -> None:
    """Print all watches, by name."""
    store = desk.house.store
    watches = sorted(store.watches(), key=lambda watch: watch.name.casefold())
    waiting: Counter[str] = Counter()
    for alert in store.waiting():
        waiting[alert.watch_id] += len(alert.causes)
    tallies = store.tallies()
    told = {watch_id: tally.last_sent_at for watch_id, tally in tallies.items()}
    failed = Counter({watch_id: tally.failed for watch_id, tally in tallies.items()})
    if as_json:
        rows = (
            {"waiting": waiting[w.watch_id], "failed": failed[w.watch_id], "last_sent_at": told.get(w.watch_id)}
            for w in watches
        )
        show.as_json([alerts_desk.as_json(watch) | row for watch, row in zip(watches, rows, strict=True)])
        return
    out = show.console()
    if not watches:
        out.print("No watches yet: storywire alerts add NAME --target file:PATH --storyline NAME", soft_wrap=True)
        return
    out.print(_row("watch", *(f"[dim]{name}[/dim]" for name in _WIDTHS)))
    labels = desk.labels()
    for watch in watches:
        last = show.when(told.get(watch.watch_id), Precision.MINUTE)
        out.print(_row(show.text(watch.name), state(watch), str(waiting[watch.watch_id]), last))
        out.print(_below(f"[dim]{show.text(_about(watch, labels))}[/dim]"))
        if watch.storyline_id is not None and watch.storyline_id not in labels:
            out.print(_below("[yellow]Its storyline is no more: it tells nothing. Watch another one.[/yellow]"))
        if watch.reason:
            out.print(_below(f"[yellow]Storywire paused it: {show.text(watch.reason)}[/yellow]"))
            out.print(
                _below(f"[yellow]once that is put right: storywire alerts resume {show.text(quoted(watch))}[/yellow]")
            )
        if count := failed[watch.watch_id]:
            said = f"{show.counted(count, 'message')} did not arrive yet: storywire alerts log {quoted(watch)}"
            out.print(_below(f"[yellow]{show.text(said)}[/yellow]"))


def state(watch: Watch) -> str:
    """Whether a watch is paused."""
    return "paused" if watch.paused else "on"


def _about(watch: Watch, labels: Mapping[str, str]) -> str:
    return f"tells {watch.target} of {what(watch, labels)}: {when(watch)}"


def _below(said: str) -> Padding:
    return Padding(said, (0, 0, 0, 2), expand=False)


def _row(*cells: str) -> Table:
    """One line; what stands below it may be as wide as all of them."""
    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    row.add_column(overflow="fold", ratio=1)
    for name, width in _WIDTHS.items():
        row.add_column(width=width, justify="right" if name == "waiting" else "left", no_wrap=True)
    row.add_row(*cells)
    return row
