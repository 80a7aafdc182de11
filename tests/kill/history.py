"""The commands about an installation's history that are killed. Decides what each finds, and what it does.

Never checks anything.
"""

import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from flows.house import House
from flows.pruning import prune_house
from storage import pruning
from storage.copies import BACKUPS, backups_in
from storage.store import Store

LATER = timedelta(days=200)  # after the run that the installation had: its texts are old
_THRESHOLDS = "thresholds.json"


def _prune(house: House, now: datetime) -> None:
    pruning._pays = lambda con: bool(con.execute("CHECKPOINT"))  # so small a file has nothing free: write it anew
    prune_house(house, timedelta(days=180))


def _backup(house: House, now: datetime) -> None:
    home = house.store.home
    house.store.backup(home / BACKUPS, now, {_THRESHOLDS: home / _THRESHOLDS}, keep=1)


def _restore(house: House, now: datetime) -> None:
    home = house.store.home
    with house.store.running(), house.store.delivering():
        house.store.restore(backups_in(home / BACKUPS)[-1], {_THRESHOLDS: home / _THRESHOLDS})
        house.store.publish()


COMMANDS: dict[str, Callable[[House, datetime], None]] = {"prune": _prune, "backup": _backup, "restore": _restore}


def prepared(command: str, rest: Path, folder: Path) -> Path:
    """A copy of an installation at rest, with what a command finds there. DuckDB is opened in a fork alone."""
    home = folder / f"template-{command}" / "home"
    shutil.copytree(rest, home)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            _furnish(command, home)
            status = 0
        finally:
            os._exit(status)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise RuntimeError(f"{home} could not be made ready")
    return home


def _furnish(command: str, home: Path) -> None:
    """There is a backup; `restore` finds that much was done since, some of which is only in the log."""
    store, at = Store(home), datetime.fromisoformat("2026-05-05T00:00:00+00:00")
    (home / _THRESHOLDS).write_text('{"tuned": "then"}')
    store.index()
    store.publish()
    store.backup(home / BACKUPS, at, {_THRESHOLDS: home / _THRESHOLDS})
    if command == "restore":
        (home / _THRESHOLDS).write_text('{"tuned": "since"}')
        store.prune(at + LATER, at + LATER, at)
        store.publish()
        for watch in store.watches():
            store.pause_watch(watch.watch_id, paused=True, reason="since")
