"""The Prefect server of an installation: decides which one is asked, and whether the `storywire up` that has one lives.

Never starts one, and never waits for it.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep

from filelock import FileLock, Timeout

from flows.settings import Settings

_BETWEEN = 0.03  # seconds


@dataclass(frozen=True, slots=True)
class Running:
    """A `storywire up` that runs: its process, the API of its Prefect server, and since when."""

    pid: int
    api_url: str
    started_at: datetime


def api_url(settings: Settings) -> str | None:
    """The API of the Prefect server to use: the one that is set, else that of `up` where it runs, else None."""
    return settings.prefect_api_url or running(settings)


def running(settings: Settings) -> str | None:
    """The API of the server of the `storywire up` that runs in this home; None without one."""
    found = living(settings)
    return found.api_url if found else None


def living(settings: Settings) -> Running | None:
    """The `storywire up` that runs in this home; None without one."""
    found = _told(address_file(settings.home))
    return found if found and _lives(settings.home, found.pid) else None


def address_file(home: Path) -> Path:
    """Where `storywire up` says that it runs, for as long as it does."""
    return home / "private/up.json"


def lock_file(home: Path) -> Path:
    """What `storywire up` holds for as long as it runs."""
    return home / "private/up.lock"


def holder(home: Path) -> int | None:
    """The process that last said it was the `storywire up` of this home."""
    found = _told(address_file(home))
    return found.pid if found else None


def _told(path: Path) -> Running | None:
    with suppress(OSError, ValueError, TypeError, KeyError):
        said = json.loads(path.read_bytes())
        return Running(int(said["pid"]), str(said["api_url"]), datetime.fromisoformat(said["started_at"]))
    return None


def _lives(home: Path, pid: int) -> bool:
    """Whether its lock is held: a process of that id may by now be another. `up` waits longer than this look takes.

    It is looked at twice, as another command may be looking, too.
    """
    if not (_exists(pid) and _held(lock_file(home))):
        return False
    sleep(_BETWEEN)
    return _held(lock_file(home))


def _held(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0):
            return False
    except (Timeout, OSError):  # the latter of another user's
        return True


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
