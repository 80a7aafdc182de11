"""`storywire alerts targets`: decides what a person is asked for when a target is added, and what of it is shown.

Never takes an address or a secret as an argument, which a shell keeps; never shows one, but a new secret, once.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from tasks.targets import Targets

KINDS = ("webhook", "email", "chat", "file", "prefect", "stdout")


@click.group()
def targets() -> None:
    """Say where messages go. Addresses and secrets stay in private/targets.toml."""


@targets.command("list")
@as_json_option
def list_(as_json: bool) -> None:
    """Show the names of targets and what they are."""
    from flows import show

    found = _targets().names()
    if as_json:
        show.as_json([{"name": name, "kind": kind} for name, kind in found.items()])
        return
    rows = show.table("target", "kind", fold="target")
    for name, kind in found.items():
        rows.add_row(show.text(name), show.text(kind))
    show.console().print(rows if found else "No targets yet: storywire alerts targets add NAME KIND")


@targets.command()
@click.argument("name")
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@click.option("--path", help="Of a file: where it is.")
@click.option("--to", multiple=True, metavar="MAILBOX", help="Of email: who gets it; repeatable.")
@click.option("--from", "sender", metavar="MAILBOX", help="Of email: who sends it.")
@click.option("--host", help="Of email: the server that takes it.")
@click.option("--port", type=int, help="Of email: 587, 465 or 25 by its security, unless told.")
@click.option("--user", help="Of email: who logs in there; the password is asked for.")
@click.option("--security", help="Of email: starttls, tls or none; starttls unless told.")
@as_json_option
def add(name: str, kind: str, path: str | None, sender: str | None, as_json: bool, **given: Any) -> None:
    """Add a target: webhook, email, chat, file, prefect or stdout.

    What is secret is asked for, or read from a line of standard input.
    """
    from flows import show
    from storywire.errors import InputError
    from storywire.targets import Chat, read_target
    from tasks.channels.chat import check
    from tasks.targets import new_secret

    there = _targets()
    read_target(name, {"kind": "stdout"})  # InputError for what is no name, before anything is asked
    if name in there.names():
        raise InputError(f"there is a target {name}; remove it first, or take another name")
    asked = {"kind": kind, "path": path and _whole(path), "from": sender} | given | {"to": list(given["to"])}
    table = {key: value for key, value in asked.items() if value not in (None, [])}
    table |= {"secret": new_secret()} if kind == "webhook" else {}
    if hidden := _hidden(kind, table):
        key, what, like = hidden
        read_target(name, table | {key: like})  # what else is wrong is said before anything is typed
        table[key] = _secretly(what)
    target = read_target(name, table)
    if isinstance(target, Chat):
        check(target)
    there.add(name, target)
    secret = table.get("secret")
    if as_json:
        show.as_json({"added": name, "kind": kind} | ({"secret": secret} if secret else {}))
        return
    out = show.console()
    out.print(f"Added {name} ({kind}). To use it: storywire alerts add WATCH --target {name}", soft_wrap=True)
    if secret:
        out.print(f"Its receiver needs this secret, which is shown only now:\n{secret}", soft_wrap=True)


@targets.command()
@click.argument("name")
@click.option("--force", is_flag=True, help="Also where a watch uses it: its messages then fail, for three days.")
@as_json_option
def remove(name: str, force: bool, as_json: bool) -> None:
    """Remove a target, with its address and secrets."""
    from flows import show
    from flows.commands.alerts_desk import desk
    from storywire.errors import InputError

    at = desk()
    users = [f"“{watch.name}”" for watch in at.house.store.watches() if watch.target == name]
    if users and not force:
        raise InputError(f"{name} is the target of {', '.join(users)}; remove these first, or use --force")
    at.targets.remove(name)
    if as_json:
        show.as_json({"removed": name})
    else:
        show.console().print(f"Removed {show.text(name)}.", soft_wrap=True)


def _targets() -> "Targets":
    from flows.house import targets as of
    from flows.settings import Settings

    return of(Settings.from_environment())


def _whole(path: str) -> str:
    from flows.commands.alerts_desk import usable_file

    return str(usable_file(Path(path), "the target"))


def _hidden(kind: str, table: dict[str, Any]) -> tuple[str, str, str] | None:
    """The key of a target that nobody may see, what it is called, and something that could stand there."""
    match kind:
        case "webhook":
            return "url", "Address of the webhook", "https://example.org/"
        case "chat":
            return "url", "Address of the chat, as apprise has it", "ntfy://example.org/topic"
        case "email" if "user" in table:
            return "password", "Password", "password"
    return None


def _secretly(what: str) -> str:
    """One line that is not shown. InputError where nothing comes."""
    import sys

    from storywire.errors import InputError

    given = click.prompt(what, hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not (line := str(given).strip()):
        raise InputError(f"{what}: nothing came; give it on a line of standard input, or at the prompt of a terminal")
    return line
