"""Settings: decides where an installation lives and what it uses, by its file and STORYWIRE_ variables.

Opens nothing but that file.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from storage.pages import Keeping
from storywire.addresses import Net
from storywire.configuration import CONFIG, HOME, Configuration, Fault, decide
from storywire.errors import InputError
from tasks.targets import PREFIX

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
"""The seed articles, storylines and feeds that come with Storywire."""
FILE = "storywire.toml"
"""The file of settings, in the folder of the installation unless STORYWIRE_CONFIG names another."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is set.

    `home` is the folder of the installation. `model` is a SentenceTransformer name or folder, "multilingual" for the
    packaged one of 16 languages, None for the one that ships. `prefect_api_url` is a Prefect server to use, None for a
    temporary one. `contact` is an address (https or mailto) for the owners of the servers that are asked. `keeping` is
    which pages are kept as they were fetched. `allow_nets` are private networks that may be asked. `targets` are the
    variables that say where alerts go; they hold secrets. `every` is how often a served installation looks for what is
    due, `sweep_every` how often it looks for what a lost signal left undone, and `publish_every` how often, at most, it
    publishes. `prefect_port` is where its own Prefect server listens, `metrics_port` where its metrics are, None for
    nowhere. `ray_address` is where pages are read and texts embedded, None for here. `log` is the least level that is
    logged, None for what fits the command.
    """

    home: Path
    model: str | None = None
    prefect_api_url: str | None = None
    contact: str | None = None
    keeping: Keeping = field(default_factory=Keeping)
    allow_nets: tuple[Net, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict, repr=False)
    every: timedelta = timedelta(seconds=60)
    sweep_every: timedelta = timedelta(seconds=300)
    publish_every: timedelta = timedelta(seconds=60)
    prefect_port: int = 4200
    metrics_port: int | None = None
    ray_address: str | None = None
    log: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of this process. InputError with the first thing that is wrong with them, and how many more."""
        said = Said.of(environment)
        if said.faults:
            raise InputError(said.in_short())
        return cls.of(said, environment)

    @classmethod
    def of(cls, said: "Said", environment: Mapping[str, str] = os.environ) -> Self:
        """The settings that were said; those that are wrong as if they were not set."""
        chosen = said.configuration
        return cls(
            home=said.home,
            model=chosen["model"],
            prefect_api_url=chosen["prefect_api_url"],
            contact=chosen["contact"],
            keeping=Keeping(1_000_000 * chosen["keep_pages_mb"], timedelta(days=chosen["keep_pages_days"])),
            allow_nets=chosen["allow_nets"],
            targets={name: value for name, value in environment.items() if name.startswith(PREFIX)},
            every=timedelta(seconds=chosen["every_seconds"]),
            sweep_every=timedelta(seconds=chosen["sweep_seconds"]),
            publish_every=timedelta(seconds=chosen["publish_seconds"]),
            prefect_port=chosen["prefect_port"],
            metrics_port=chosen["metrics_port"] or None,
            ray_address=chosen["ray_address"],
            log=chosen["log"],
        )


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of this installation, right or wrong. `file` is where its settings are, there or not."""

    home: Path
    file: Path
    configuration: Configuration
    faults: tuple[Fault, ...]

    def in_short(self) -> str:
        """The first thing that is wrong, and how many more; empty where nothing is."""
        more = len(self.faults) - 1
        rest = f" (and {more} more: `storywire doctor` has all)" if more > 0 else ""
        return f"{self.faults[0]}{rest}" if self.faults else ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """What the variables and the file that they name say."""
        home = _path(environment.get(HOME) or "data")
        named = environment.get(CONFIG)
        file = _path(named) if named else home / FILE
        faults: list[Fault] = []
        text = _text(file, bool(named), faults)
        chosen = decide(environment, str(file), text, str(home / "private/targets.toml"), PREFIX)
        return cls(home, file, chosen, (*faults, *chosen.faults))


def _path(given: str) -> Path:
    try:
        return Path(given).expanduser().resolve()
    except RuntimeError:  # ~somebody
        raise InputError(f"{given} names the folder of a user who is not known; give a whole path") from None


def _text(file: Path, named: bool, faults: list[Fault]) -> str | None:
    """What stands in the file; None where there is none, which is a fault if a person named it."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        if named:
            faults.append(Fault(f"{CONFIG} names {file}, which is not there", "correct it, or unset it"))
    except UnicodeDecodeError:
        faults.append(Fault(f"{file} is not in UTF-8", "save it as that"))
    except OSError as error:
        faults.append(Fault(f"{file} cannot be read: {error.strerror}", "give access, or remove it"))
    return None
