"""`storywire alerts log` and `retry`: decides how messages are shown, and which are queued anew. Never sends one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from flows.commands.alerts_desk import Desk
    from storywire.watches import Message


@dataclass(frozen=True, slots=True)
class Row:
    """One message; what it says in a line, and its watch's name. None: it was removed."""

    message: "Message"
    watch: str | None
    summary: str | None


@click.command()
@click.argument("watch", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many to list.")
@as_json_option
def log(watch: str | None, limit: int, as_json: bool) -> None:
    """List the latest messages, of one watch or of all, and what became of each."""
    import shlex

    from flows import show
    from flows.commands.alerts_desk import desk

    at = desk()
    found = rows(at, limit, at.house.store.watch(watch).watch_id if watch is not None else None)
    if as_json:
        show.as_json([as_row(row) for row in found])
        return
    out = show.console()
    if not found:
        out.print("No messages yet.")
        return
    print_rows(out, found)
    if dead := [row.message.message_id for row in found if row.message.state == "dead"]:
        one = f" {shlex.quote(dead[0])}" if len(dead) == 1 else ""
        out.print(f"{show.counted(len(dead), 'message')} dead. To try again: storywire alerts retry{one}")


def rows(desk: "Desk", limit: int, watch_id: str | None = None) -> list[Row]:
    """The latest messages, the latest first."""
    from storywire.letters import letter

    store = desk.house.store
    names = {watch.watch_id: watch.name for watch in store.watches()}
    found = []
    for message in store.messages(limit, watch_id):
        notice = store.notice(message)
        found.append(Row(message, names.get(message.watch_id), letter(notice).headline if notice else None))
    return found


def as_row(row: Row) -> dict[str, Any]:
    """A message as the database's view has it, and what it says."""
    from dataclasses import asdict

    return asdict(row.message) | {"watch": row.watch, "summary": row.summary}


def print_rows(out: "Console", rows: "Sequence[Row]") -> None:
    """Each message in a few lines."""
    from rich.padding import Padding

    from flows import show
    from storywire.nouns import Precision

    for row in rows:
        message = row.message
        state = "[bold red]DEAD[/bold red]" if message.state == "dead" else str(message.state)
        times = "once" if message.attempts == 1 else f"{message.attempts} times"
        tried = f", tried {times}" if message.attempts > 1 or message.error else ""
        again = (
            f", again after {show.when(message.next_attempt_at, Precision.MINUTE)}" if message.next_attempt_at else ""
        )
        made = show.when(message.made_at, Precision.MINUTE)
        name = show.text(row.watch or "a watch that was removed")
        out.print(f"{made}  {message.message_id}  {state}{tried}{again}", soft_wrap=True)
        said = f"{name} to {show.text(message.target)}: {show.text(row.summary or 'all of it was removed')}"
        out.print(Padding(f"[dim]{said}[/dim]", (0, 0, 0, 2), expand=False))
        if message.error:
            out.print(
                Padding(
                    f"[yellow]{show.text(message.error.removeprefix(f'{message.target}: '))}[/yellow]",
                    (0, 0, 0, 2),
                    expand=False,
                )
            )


@click.command()
@click.argument("message_id", required=False)
@as_json_option
def retry(message_id: str | None, as_json: bool) -> None:
    """Queue all dead messages anew, or one that has not arrived, by its id."""
    from flows import show
    from flows.commands.alerts_desk import desk
    from storywire.errors import InputError

    at = desk()
    count = at.house.store.retry_messages(message_id)
    if message_id is not None and not count:
        raise InputError(f"no message {message_id} is there that was not sent; `storywire alerts log` shows all")
    said = f"{show.counted(count, 'message')} queued: out with the next run, or with `storywire alerts send`"
    said = said if count else "No message is dead. One that is queued goes out sooner by its id."
    if held := _held(at, message_id):
        said += "\nPaused, so that nothing of it goes out: " + ", ".join(held) + "; see `storywire alerts resume`"
    at.say({"queued": count, "paused": held}, said, as_json)


def _held(desk: "Desk", message_id: str | None) -> list[str]:
    """The names of paused watches of queued messages."""
    store = desk.house.store
    if message_id is None:
        queued = {watch_id for watch_id, tally in store.tallies().items() if tally.queued}
    else:
        queued = {store.message(message_id).watch_id}
    return [watch.name for watch in store.watches() if watch.paused and watch.watch_id in queued]
