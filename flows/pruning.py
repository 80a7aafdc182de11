"""Pruning an installation: decides how young a text must be to stay.

Never decides what goes with a text; `storage.pruning` does.
"""

from datetime import timedelta

from flows.cycle import WINDOW
from flows.house import House
from storage.pruning import Pruned
from storywire.durations import written
from storywire.errors import InputError

SHORTEST = WINDOW + timedelta(days=5)  # a run that began before, or a clock that is set back, must not miss a text


def prune_house(house: House, keep: timedelta, dry_run: bool = False) -> Pruned:
    """Remove what is older than `keep`, and publish. InputError where that is too short; BusyError during a run."""
    if keep < SHORTEST:
        raise InputError(
            f"--keep {written(keep)} is too short: new articles are compared with the texts of the last "
            f"{WINDOW.days} days; give at least {SHORTEST.days}d"
        )
    now = house.clock()
    with house.store.running():
        if not dry_run:
            house.store.index()  # so that a search finds by its words what was stored since the last run, too
        done = house.store.prune(now - keep, now - WINDOW, now, dry_run=dry_run)
        if not dry_run:
            house.store.publish()
    return done
