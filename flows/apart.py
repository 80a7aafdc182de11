"""The steps of a cycle, each on its own, as deployments run them. Decides what each does when nothing is left to do.

Never loses what a signal was for: each step asks the database what is new, and takes the lock of its kind, so that a
signal that came twice, late or never changes nothing but when.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from flows import cycle, revisiting
from flows.cycle import NO_POLLS, Step, directly, run_id
from flows.house import House
from flows.report import Deliveries, Report

AT_ONCE = timedelta(0)  # who finds the same step under way leaves the work to it
MARGIN = timedelta(seconds=10)  # of the time until the next look, for starting it and for ending this one
SHORTEST = timedelta(seconds=5)


async def gather(
    house: House,
    now: datetime,
    step: Step = directly,
    *,
    only: Collection[str] | None = None,
    stored: Callable[[], None] = lambda: None,
) -> Report | None:
    """Collect what is due, then look again at old reports, all within the time until the next such look.

    With `only`, ids of entries, nothing but these. None where nothing was due. `stored` is called whenever articles
    were. BusyError where another run is collecting.
    """
    budget = max(SHORTEST, min(house.time_budget, house.every - MARGIN))
    house, time = replace(house, time_budget=budget), asyncio.get_running_loop().time
    with house.store.collecting(AT_ONCE):
        if not _due(house, now, only):
            return None
        began, polls = time(), NO_POLLS
        house.store.start_run(run_id(now), now, "collect")
        polls = await cycle.collect(house, now, step, only=only, stored=stored)
        if only is None:
            await cycle.revisit(house, now, polls, budget - timedelta(seconds=time() - began), step)
        return cycle.finish(house, now, polls, "collect")


def _due(house: House, now: datetime, only: Collection[str] | None) -> bool:
    """Whether there is anything to ask for. Most minutes there is not, and the ledger needs no line of that."""
    if only is not None or house.store.pending_entries(now, limit=1):
        return True
    return bool(house.store.due_feeds(now) or revisiting.due(house, now))


async def group(house: House, now: datetime, step: Step = directly, flow: str = "update-storylines") -> Report | None:
    """Give all articles without a verdict one, also those that come meanwhile. None where there is none.

    BusyError, after a bounded wait, where another run is updating storylines.
    """
    with house.store.updating():
        if not (house.store.unanalysed_count() or house.store.unsettled()):
            return None
        house.store.start_run(run_id(now), now, flow)
        await cycle.update_storylines(house, now, step)
        return cycle.finish(house, now, NO_POLLS, flow)


async def publish(house: House) -> bool:
    """Publish, where the snapshot is behind and the last one is old enough. Returns whether it did."""
    made = house.store.published_at()
    if not house.store.behind() or (made and house.clock() - made < house.publish_every):
        return False
    await cycle.publish(house)
    return True


async def tell(house: House, now: datetime, step: Step = directly) -> Deliveries:
    """Send the alerts that are due."""
    return await cycle.deliver(house, now, step)
