"""Targets as TOML: decides how a file of targets, or a variable of the environment, is written.

Never reads either, and never quotes it in an error: it holds secrets.
"""

import json
import re
import tomllib
from collections.abc import Mapping

from storywire.errors import InputError
from storywire.targets import Automation, Chat, Email, File, Stdout, Target, Webhook


def tables(text: str) -> Mapping[str, Mapping[str, object]]:
    """The tables of a file of targets, by name, unread. Raises InputError."""
    found = _toml(text)
    if loose := [key for key, value in found.items() if not isinstance(value, dict)]:
        raise InputError(f"{loose[0]!r} belongs to no target; write [NAME] on a line above what a target has")
    return found


def inline_table(text: str) -> Mapping[str, object]:
    """A target as a variable of the environment has it: the inside of one inline table. Raises InputError."""
    given = _toml("target = {" + text.strip() + "}")
    table = given.pop("target", None)
    if given or not isinstance(table, dict):
        raise InputError('it is not the inside of one TOML table; write kind = "webhook", url = "https://..."')
    return table


def written(name: str, target: Target) -> str:
    """The target as a table of the file, of which `read_target` makes the same target."""
    return "\n".join([f"[{name}]", *(f"{key} = {_value(value)}" for key, value in _table(target).items()), ""])


def _table(target: Target) -> Mapping[str, object]:
    """What stands in a target's table; what is not given is not there."""
    found: dict[str, object]
    match target:
        case Webhook(url, secrets, by_watch):
            found = {"kind": "webhook", "url": url, "secret": secrets, "secrets": by_watch}
        case Email(to, sender, host, port, security, user, password):
            found = {"kind": "email", "to": to, "from": sender, "host": host, "port": port, "security": str(security)}
            found |= {"user": user, "password": password}
        case Chat(url):
            found = {"kind": "chat", "url": url}
        case File(path):
            found = {"kind": "file", "path": str(path)}
        case Stdout():
            found = {"kind": "stdout"}
        case Automation():
            found = {"kind": "prefect"}
    return {key: value for key, value in found.items() if value not in (None, (), {})}


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_value(key)} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, tuple):
        return _value(value[0]) if len(value) == 1 else "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # a printable text, or a number, is the same in JSON and in TOML


def _toml(text: str) -> dict[str, dict[str, object]]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # its message can quote what stands there: only the place is shown
        place = re.search(r"\(at [^()]*\)$", str(error))
        raise InputError(f"it is no TOML {place[0] if place else ''}".rstrip()) from None
