"""`storywire alerts`: who is told of what. Decides which words on a command line mean which watch.

Never decides what a watch wants, or when it is told.
"""

import click

from flows.commands import alerts_add, alerts_backtest, alerts_log, alerts_send, alerts_targets
from flows.commands.options import as_json_option


@click.group()
def alerts() -> None:
    """Be told of new reports: by a webhook, mail, a chat, a file.

    A watch says what to tell and when; a target, where. WATCH is a watch's name or id.
    """


@alerts.command("list")
@as_json_option
def list_(as_json: bool) -> None:
    """Show all watches."""
    from flows.commands.alerts_desk import desk
    from flows.commands.alerts_list import list_watches

    list_watches(desk(), as_json)


@alerts.command()
@click.argument("watch")
@as_json_option
def show(watch: str, as_json: bool) -> None:
    """Show a watch: its keys, what waits and what for, and its last messages."""
    from flows.commands.alerts_desk import desk
    from flows.commands.alerts_show import show_watch

    show_watch(desk(), watch, as_json)


@alerts.command()
@click.argument("watch")
@as_json_option
def pause(watch: str, as_json: bool) -> None:
    """Mute a watch until it is resumed. It hears of nothing meanwhile."""
    from flows.commands.alerts_desk import desk
    from flows.commands.alerts_words import quoted

    at = desk()
    found = at.house.store.watch(watch)
    at.house.store.pause_watch(found.watch_id, paused=True)
    said = f"“{found.name}” is paused, and hears of nothing. To end that: storywire alerts resume {quoted(found)}"
    at.say({"paused": found.name}, said, as_json)


@alerts.command()
@click.argument("watch")
@as_json_option
def resume(watch: str, as_json: bool) -> None:
    """End a pause, also one that Storywire began."""
    from flows.commands.alerts_desk import desk

    at = desk()
    found = at.house.store.watch(watch)
    at.house.store.pause_watch(found.watch_id, paused=False)
    said = "is on again" if found.paused else "was not paused"
    said += "; what came while it was paused is not told" if found.muted else ""
    at.say({"resumed": found.name}, f"“{found.name}” {said}", as_json)


@alerts.command()
@click.argument("watch")
@as_json_option
def remove(watch: str, as_json: bool) -> None:
    """Remove a watch and what it has not told yet."""
    from flows.commands.alerts_desk import desk

    at = desk()
    found = at.house.store.watch(watch)
    at.house.store.remove_watch(found.watch_id)
    at.say({"removed": found.name}, f"Removed “{found.name}”, and what it had not told yet.", as_json)


for command in (
    alerts_add.add,
    alerts_add.import_,
    alerts_backtest.backtest,
    alerts_log.log,
    alerts_log.retry,
    alerts_send.send,
    alerts_send.test,
    alerts_targets.targets,
):
    alerts.add_command(command)
