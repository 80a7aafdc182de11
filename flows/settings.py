"""Configuration: decides where an installation lives and what it uses, by STORYWIRE_ variables. Opens nothing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from storage.pages import Keeping
from storywire.addresses import Net, networks
from storywire.errors import InputError
from tasks.targets import PREFIX

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
"""The seed articles, storylines and feeds that come with Storywire."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    `home` is the folder of the installation. `model` is a SentenceTransformer name or folder, "multilingual" for the
    packaged one of 16 languages, None for the one that ships. `prefect_api_url` is a Prefect server to use, None for a
    temporary one. `contact` is an address (https or mailto) for the owners of the servers that are asked. `keeping` is
    which pages are kept as they were fetched. `allow_nets` are private networks that may be asked. `targets` are the
    variables that say where alerts go; they hold secrets.
    """

    home: Path
    model: str | None = None
    prefect_api_url: str | None = None
    contact: str | None = None
    keeping: Keeping = field(default_factory=Keeping)
    allow_nets: tuple[Net, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of this process; an empty variable counts as unset."""
        contact = environment.get("STORYWIRE_CONTACT") or None
        if contact and not contact.isprintable():
            raise InputError("STORYWIRE_CONTACT has a line break or another control character; give one address")
        return cls(
            home=Path(environment.get("STORYWIRE_HOME") or "data").expanduser().resolve(),
            model=environment.get("STORYWIRE_MODEL") or None,
            prefect_api_url=environment.get("STORYWIRE_PREFECT_API_URL") or None,
            contact=contact,
            keeping=Keeping(
                1_000_000 * _whole(environment, "STORYWIRE_KEEP_PAGES_MB", 1000),
                timedelta(days=_whole(environment, "STORYWIRE_KEEP_PAGES_DAYS", 30)),
            ),
            allow_nets=networks(environment.get("STORYWIRE_ALLOW_NETS") or ""),
            targets={name: said for name, said in environment.items() if name.startswith(PREFIX)},
        )


def _whole(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    """The whole number of this variable; InputError where it is none, or too large for a time or a size."""
    given = environment.get(name) or str(otherwise)
    if not (given.isascii() and given.isdecimal() and len(given) <= 6):
        raise InputError(f"{name} is {given!r}; give a whole number of at most six digits, or 0 to keep no pages")
    return int(given)
