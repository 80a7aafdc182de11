"""Targets as TOML: decides what a person has to write so that messages can go somewhere, and what is wrong with it.

Never reads the file or the environment where it lies, and shows no value in an error: it may be a secret.
"""

import base64
import binascii
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from storywire.errors import InputError
from storywire.targets import PORTS, Automation, Chat, Email, File, Security, Stdout, Target, Webhook, is_name
from storywire.urls import request_url

_SECRET = re.compile(r"whsec_([A-Za-z0-9+/]+)={0,2}")
_SECRET_BYTES = range(24, 65)  # Standard Webhooks 1.0.0
_MAILBOX = re.compile(r"[^\s@<>(),:;\"\\]{1,64}@[A-Za-z0-9.-]{1,253}")


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


def read_target(name: str, table: Mapping[str, object]) -> Target:
    """The target of this name. Raises InputError, which names the key that cannot be used and never its value."""
    if not is_name(name):
        raise InputError("that is no name of a target; use lower-case letters, digits and hyphens, as in ops-mail")
    given = _Given(name, table)
    if (kind := given.text("kind")) not in _KINDS:
        raise given.fault("kind", f"is none of {', '.join(_KINDS)}")
    read, keys = _KINDS[kind]
    if odd := sorted(set(table) - {"kind", *keys}):
        raise InputError(
            f"target {name}: a target of kind {kind} has no {odd[0]!r}; it has {', '.join(keys) or 'none'}"
        )
    return read(given)


def kind_of(table: Mapping[str, object]) -> str:
    """The kind that a table says it is, for a list; "unknown" where it says none."""
    kind = table.get("kind")
    return kind if isinstance(kind, str) and kind in _KINDS else "unknown"


def written(name: str, target: Target) -> str:
    """The target as a table of the file, of which `read_target` makes the same target."""
    return "\n".join([f"[{name}]", *(f"{key} = {_value(value)}" for key, value in _table(target).items()), ""])


@dataclass(frozen=True, slots=True)
class _Given:
    """What a person wrote for one target."""

    name: str
    values: Mapping[str, object] = field(repr=False)

    def fault(self, key: str, what: str) -> InputError:
        return InputError(f"target {self.name}: {key} {what}")

    def text(self, key: str) -> str:
        if key not in self.values:
            raise self.fault(key, "is missing")
        return self.as_text(key, self.values[key])

    def maybe(self, key: str) -> str | None:
        return self.text(key) if key in self.values else None

    def texts(self, key: str) -> tuple[str, ...]:
        """One or a list of them; none where the key is missing."""
        return self.as_texts(key, self.values.get(key, []))

    def as_texts(self, key: str, value: object) -> tuple[str, ...]:
        return tuple(self.as_text(key, each) for each in (value if isinstance(value, list) else [value]))

    def as_text(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= 2000:
            raise self.fault(key, "is no text of one line; write it in quotes")
        return value

    def secrets(self, key: str, value: object) -> tuple[str, ...]:
        found = self.as_texts(key, value)
        if not all(map(_is_secret, found)):
            raise self.fault(
                key, "is no secret of a webhook: whsec_ and 24 to 64 random bytes in base64; "
                "`storywire alerts targets add` makes one"
            )  # fmt: skip
        return found


def _webhook(given: _Given) -> Webhook:
    by_watch = given.values.get("secrets", {})
    if not isinstance(by_watch, dict):
        raise given.fault("secrets", 'is no table; write secrets = { "name of a watch" = "whsec_..." }')
    secrets = given.secrets("secret", given.values.get("secret", []))
    if not secrets and not by_watch:
        raise given.fault(
            "secret", "is missing, and no message goes out unsigned; `storywire alerts targets add` makes one"
        )
    url = given.text("url")
    try:
        request_url(url)
    except ValueError:
        raise given.fault("url", "is no address of the web (https, or http) without user and password") from None
    return Webhook(url, secrets, {watch: given.secrets("secrets", value) for watch, value in by_watch.items()})


def _email(given: _Given) -> Email:
    to, sender = given.texts("to"), given.text("from")
    for key, boxes in {"to": to, "from": (sender,)}.items():
        if not boxes or not all(box.isascii() and _MAILBOX.fullmatch(box) for box in boxes):
            raise given.fault(key, "is no plain mail address, as in ann@example.org")
    security = given.maybe("security") or Security.STARTTLS
    if security not in list(Security):
        raise given.fault("security", f"is none of {', '.join(Security)}")
    port = given.values.get("port", PORTS[Security(security)])
    if not isinstance(port, int) or not 0 < port < 65536:
        raise given.fault("port", "is no number of a port")
    user, password = given.maybe("user"), given.maybe("password")
    if (user is None) != (password is None):
        raise given.fault("user" if user is None else "password", "is missing; give both, or neither")
    if not f"{user}{password}".isascii():
        raise given.fault("password", "or user is not ASCII, and no login at a mail server here takes that")
    if password is not None and security == Security.NONE:
        raise given.fault("security", "is none, and the password would travel in clear; use starttls or tls")
    return Email(to, sender, given.text("host"), port, Security(security), user, password)


def _chat(given: _Given) -> Chat:
    if "://" not in (url := given.text("url")):
        raise given.fault("url", "is no address of apprise, as in slack://...; see docs/targets.md")
    return Chat(url)


def _file(given: _Given) -> File:
    if not (path := PurePath(given.text("path"))).is_absolute():
        raise given.fault("path", "is not absolute; begin it with /")
    return File(path)


_KINDS: Mapping[str, tuple[Callable[[_Given], Target], tuple[str, ...]]] = {
    "webhook": (_webhook, ("url", "secret", "secrets")),
    "email": (_email, ("to", "from", "host", "port", "security", "user", "password")),
    "chat": (_chat, ("url",)),
    "file": (_file, ("path",)),
    "stdout": (lambda _: Stdout(), ()),
    "prefect": (lambda _: Automation(), ()),
}
KINDS = tuple(_KINDS)


def _is_secret(text: str) -> bool:
    found = _SECRET.fullmatch(text)
    try:
        return found is not None and len(base64.b64decode(found[1] + "=" * (-len(found[1]) % 4))) in _SECRET_BYTES
    except binascii.Error:
        return False


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
