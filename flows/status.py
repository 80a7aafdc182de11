"""How an installation is doing: decides what is looked at for that, and that nothing of it may take long or fail.

Never changes anything, and never shows it; `commands.status` does.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows import server
from flows.prefect_api import NoAnswer, Served, look
from flows.settings import Settings
from storage.standing import Standing, standing
from storage.store import Store
from tasks.machine import Disk, disk, held


@dataclass(frozen=True, slots=True)
class Up:
    """A `storywire up` that runs."""

    pid: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """All of it at one moment.

    `api_url` is the Prefect server that is there to ask; `served` what it has of ours, or else `silent` is why that is
    not known. `behind`: the database changed since the snapshot was made. `locks` are those that are held, by name,
    with the process. None of either: it cannot be seen. `fault` is what is wrong with the settings, whose defaults hold
    instead.
    """

    home: Path
    now: datetime
    up: Up | None
    api_url: str | None
    served: Served | None
    silent: str | None
    published_at: datetime | None
    behind: bool | None
    standing: Standing
    locks: dict[str, int] | None
    disk: Disk
    fault: str | None = None


def status(settings: Settings, now: datetime, fault: str | None = None) -> Status:
    """The status of the installation that the settings describe; `fault` is what is wrong with these."""
    store = Store(settings.home)
    published_at, behind = store.published_at(), _behind(store)
    api_url, served, silent = server.api_url(settings), None, None
    if api_url is not None:
        try:
            served = look(settings, api_url)
        except NoAnswer as error:
            silent = str(error)
    return Status(
        *(settings.home, now, running(settings), api_url, served, silent, published_at, behind),
        standing(settings.home, now),
        held(store.private),
        disk(settings.home),
        fault,
    )


def _behind(store: Store) -> bool | None:
    try:
        return store.path.exists() and store.behind()
    except PermissionError:  # it is another user's
        return None


def running(settings: Settings) -> Up | None:
    """The `storywire up` of this home that runs on this machine; None without one."""
    found = server.living(settings)
    return Up(found.pid, found.started_at) if found else None
