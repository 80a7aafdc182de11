"""The steps of a cycle, each on its own, as deployments run them. Decides what each does when nothing is left to do.

Never loses what a signal was for: each step asks the database what is new, and takes the lock of its kind, so that a
signal that came twice, late or never changes nothing but when.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flows import cycle, revisiting, telling
from flows.cycle import NO_POLLS, Step, directly, run_id
from flows.house import House
from flows.report import Deliveries, Report

AT_ONCE = timedelta(0)  # who finds the same step under way leaves the work to it
MARGIN = timedelta(seconds=10)  # of the time until the next look, for starting it and for ending this one
SHORTEST = timedelta(seconds=5)
NO_NEWS = timedelta(hours=1)  # the age of a snapshot that only lacks when feeds were asked
REVISITING = 1 / 3  # of that time: whoever pushes an entry in waits for it


async def gather(
    house: House,
    now: datetime,
    step: Step = directly,
    *,
    stored: Callable[[], None] = lambda: None,
    collected: Callable[[], None] = lambda: None,
) -> Report | None:
    """Collect what is due, then look again at old reports, all within the time until the next such look.

    None where nothing was due. `stored` is called whenever articles were, `collected` before old reports are looked
    at. UnderWay where another run is collecting.
    """
    budget = max(SHORTEST, min(house.time_budget, house.every - MARGIN))
    house, time = replace(house, time_budget=budget), asyncio.get_running_loop().time
    with house.store.collecting(AT_ONCE):
        if not _due(house, now):
            collected()
            return None
        began, polls = time(), NO_POLLS
        house.store.start_run(run_id(now), now, "collect")
        polls = await cycle.collect(house, now, step, stored=stored)
        collected()
        left = min(budget - timedelta(seconds=time() - began), house.every * REVISITING)
        await cycle.revisit(house, now, polls, left, step)
        return cycle.finish(house, now, polls, "collect")


def _due(house: House, now: datetime) -> bool:
    """Whether there is anything to ask for. Most minutes there is not, and the ledger needs no line of that."""
    return bool(house.store.pending_entries(now, limit=1) or house.store.due_feeds(now) or revisiting.due(house, now))


async def group(house: House, now: datetime, step: Step = directly, flow: str = "update-storylines") -> Report | None:
    """Give all articles without a verdict one, also those that come meanwhile. None where there is none.

    UnderWay, after a bounded wait, where another run is updating storylines.
    """
    with house.store.updating():
        if not (house.store.unanalysed_count() or house.store.unsettled()):
            return None
        house.store.start_run(run_id(now), now, flow)
        await cycle.update_storylines(house, now, step)
        return cycle.finish(house, now, NO_POLLS, flow)


async def publish(house: House) -> bool:
    """Publish, where there is news and the last snapshot is old enough. Returns whether it did.

    When feeds were asked, and nothing else, is published once in a while. A snapshot of the future is that of a clock
    that was set back.
    """
    made, now = house.store.published_at(), house.clock()
    if made is not None and made <= now:
        if now - made < house.publish_every:
            return False
        if now - made < max(house.publish_every, NO_NEWS) and not house.store.news(made):
            return False
    await cycle.publish(house)
    return True


async def tell(house: House, now: datetime, step: Step = directly) -> Deliveries:
    """Send the alerts that are due. UnderWay where another process is sending them."""
    return await step("deliver-alerts", lambda: telling.deliver(house, now))
