"""What can be set, and what may be said of it: the one table of an installation's settings.

Never reads a file or a variable; `configuration` decides which of them holds.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from storywire.addresses import Net, networks
from storywire.errors import InputError

PREFIX = "STORYWIRE_"


class Kind(Protocol):
    """What a value may be. `allowed` goes on from "give"."""

    @property
    def allowed(self) -> str:
        """In words."""
        ...

    def read(self, said: object) -> Any:
        """The value; ValueError where that is none, with what is wrong where `allowed` does not say it."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """One line, without line breaks and other control characters, that `fits`."""

    allowed: str
    fits: Callable[[str], object] = bool

    def read(self, said: object) -> str:
        """The text."""
        if not isinstance(said, str) or not said.isprintable() or not self.fits(said):
            raise ValueError
        return said


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, both ends included."""

    least: int
    most: int

    @property
    def allowed(self) -> str:
        """In words."""
        return f"a whole number from {self.least} to {self.most}"

    def read(self, said: object) -> int:
        """The number."""
        if type(said) is not int or not self.least <= said <= self.most:  # True is an int to Python
            raise ValueError
        return said


@dataclass(frozen=True, slots=True)
class Nets:
    """Networks, as a text with commas between them, or as a list of texts."""

    allowed: str = "networks such as 10.0.0.0/8, with commas between them"

    def read(self, said: object) -> tuple[Net, ...]:
        """The networks."""
        parts = said.split(",") if isinstance(said, str) else said
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise ValueError
        found: list[Net] = []
        for part in parts:
            try:
                found += networks(part)
            except InputError:
                raise ValueError(f"{part.strip()[:60]!r} is no network") from None
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Option:
    """One setting: its key in the file, a value as that has it, what holds without it, and what it is for.

    `unset` is `default` in words, where its value does not say it. A wrong value that may hold a `secret`, as an
    address does, is never repeated.
    """

    key: str
    kind: Kind
    example: str
    purpose: str
    default: Any = None
    unset: str = ""
    secret: bool = False

    @property
    def variable(self) -> str:
        """The variable of the same meaning, which goes before the file."""
        return PREFIX + self.key.upper()

    def named(self) -> str:
        """Both its names, for advice on what to set: whoever reads it may have set it either way."""
        return f"{self.key} ({self.variable})"

    def otherwise(self) -> str:
        """What holds where it is not set, in words."""
        return self.unset or f"{self.default}"


_WEB = re.compile(r"https?://[^/\s]+", re.IGNORECASE)
_NOBODY = re.compile(r"[^@\s]+")  # Ray knows no users, so what has one is no address of it
_LEVEL = re.compile("debug|info|warning|error")
_DAY = 86_400

OPTIONS = (
    Option(
        "contact",
        Text("one address, such as mailto:you@example.org"),
        '"mailto:you@example.org"',
        "Your address, shown to the servers you ask, as `mailto:you@example.org` or `https://example.org/bot`. "
        "Please set it.",
        unset="none",
    ),
    Option(
        "model",
        Text("multilingual, or the folder or name of a SentenceTransformer model"),
        '"multilingual"',
        "`multilingual`, or folder or name of a SentenceTransformer model; see [another model](#another-model).",
        unset="the one that ships",
    ),
    Option(
        "keep_pages_mb",
        Whole(0, 999_999),
        "500",
        "Fetched pages are kept, compressed, up to so many MB, the newest; 0 keeps none.",
        1000,
    ),
    Option("keep_pages_days", Whole(0, 999_999), "14", "And for so many days; 0 keeps none.", 30),
    Option(
        "allow_nets",
        Nets(),
        '["10.0.0.0/8", "fd00::/8"]',
        "Private networks that may be asked, also as one text with commas; see [feeds.md](feeds.md#where-requests-go).",
        (),
        "none",
    ),
    Option(
        "prefect_api_url",
        Text("the address of a Prefect server, such as http://127.0.0.1:4200/api", _WEB.match),
        '"http://127.0.0.1:4200/api"',
        "Address of a Prefect server that shall know of the runs.",
        unset="one of its own",
        secret=True,
    ),
    Option(
        "every_seconds",
        Whole(1, _DAY),
        "120",
        "How often `storywire up` looks for feeds that are due; when a feed is due it learns by itself.",
        60,
    ),
    Option(
        "sweep_seconds",
        Whole(1, _DAY),
        "600",
        "How often `storywire up` looks for what a lost signal left undone.",
        300,
    ),
    Option(
        "publish_seconds",
        Whole(0, _DAY),
        "300",
        "At least so long between two snapshots while `storywire up` runs; `storywire run` always publishes.",
        60,
    ),
    Option("prefect_port", Whole(1, 65_535), "4300", "Port of the Prefect server that `storywire up` starts.", 4200),
    Option(
        "metrics_port",
        Whole(0, 65_535),
        "9464",
        "Port of this machine where `storywire up` shows its figures to Prometheus; 0: none.",
        unset="none",
    ),
    Option(
        "ray_address",
        Text('"local", or the address of a Ray cluster', _NOBODY.fullmatch),
        '"ray://10.0.0.5:10001"',
        "Ray cluster that reads pages and embeds texts; `local` starts one on this machine.",
        unset="none",
        secret=True,
    ),
    Option(
        "log",
        Text("debug, info, warning or error", _LEVEL.fullmatch),
        '"debug"',
        "The least level of the lines that are logged, `debug`, `info`, `warning` or `error`.",
        unset="info for storywire up, else none",
    ),
)
"""All settings but where the installation and this file lie, which only variables can say."""
NAMED = {option.key: option.named() for option in OPTIONS}
"""What to call each in advice, by its key."""
