"""Targets: decides what a person has to give so that messages can go somewhere, and which of it is nobody else's.

Never reads the file or the environment where it lies; never shows an address or a secret, in an error neither.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath

from storywire.errors import InputError
from storywire.urls import request_url


class Security(StrEnum):
    """How a connection to a mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver of signed JSON. All of its secrets sign, so that one can take another's place."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    by_watch: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)  # before `secrets`

    def secrets_for(self, watch: str) -> tuple[str, ...]:
        """Those that sign the messages of a watch, by its name; none where nobody gave one for it."""
        return self.by_watch.get(watch) or self.secrets


@dataclass(frozen=True, slots=True)
class Email:
    """Mailboxes, and the server that takes mail for them."""

    to: tuple[str, ...] = field(repr=False)
    sender: str = field(repr=False)
    host: str = field(repr=False)
    port: int = 587
    security: Security = Security.STARTTLS
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Chat:
    """What the library apprise reaches, by an address of its own kind (slack://...), which holds secrets."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class File:
    """A file: each message is one line of JSON."""

    path: PurePath


@dataclass(frozen=True, slots=True)
class Stdout:
    """The standard output of the process that delivers."""


@dataclass(frozen=True, slots=True)
class Automation:
    """Prefect: an event for its automations."""


Target = Webhook | Email | Chat | File | Stdout | Automation

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")  # no "_": a variable of the environment means one name
_SECRET = re.compile(r"whsec_([A-Za-z0-9+/]+)={0,2}")
_SECRET_BYTES = range(24, 65)  # Standard Webhooks 1.0.0
_MAILBOX = re.compile(r"[^\s@<>(),:;\"\\]{1,64}@[A-Za-z0-9.-]{1,253}")


def is_name(text: str) -> bool:
    """Whether this can be a target's name: lower-case letters, digits and hyphens, at most 64."""
    return _NAME.fullmatch(text) is not None and text != "stdout"


def without_secrets(target: str) -> Target | None:
    """What `file:PATH` and `stdout` mean. None for all else; InputError for a file without its path."""
    if target == "stdout":
        return Stdout()
    kind, _, path = target.partition(":")
    if kind != "file":
        return None
    if not path:
        raise InputError("file: is no target; write file:PATH, for one line of JSON a message")
    return File(PurePath(path))


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
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
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
