"""Targets, as frozen values: decides which ways to a person there are, and what each needs.

Never shows an address or a secret: what is nobody else's is in no `repr`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath

from storywire.errors import InputError


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
