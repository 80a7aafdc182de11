"""Configuration: decides where an installation lives and what it uses, by STORYWIRE_ variables. Opens nothing."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from storywire.errors import InputError

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
"""The seed articles, storylines and feeds that come with Storywire."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    `home` is the folder of the installation. `model` is a SentenceTransformer name or folder, "multilingual" for the
    packaged one of 16 languages, None for the one that ships. `prefect_api_url` is a Prefect server to use, None for a
    temporary one. `contact` is an address (https or mailto) for the owners of the servers that are asked.
    """

    home: Path
    model: str | None = None
    prefect_api_url: str | None = None
    contact: str | None = None

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
        )
