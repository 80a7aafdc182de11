"""The cycle as Prefect flows, for `storywire run` and for deployments. Decides only what Prefect sees of it.

Never does what `cycle` does: a flow here is that function with its steps as tasks. A task is a batch, never an article.

Flows are `async def`: Prefect's heartbeat then ends with the flow, not up to a second later. Nothing is retried by
Prefect: a feed's retry is its next poll, a page's the next run, an alert's the outbox.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows import cycle, house
from flows.report import Deliveries, Polls, Report


async def as_task(name: str, work: Callable[[], Awaitable[Any]]) -> Any:
    """Run one step as a Prefect task. It takes no arguments, so that Prefect neither copies nor inspects a batch."""

    @task(name=name, cache_policy=NO_CACHE, persist_result=False)
    async def run() -> Any:
        return await work()

    return await run()


@flow(name="collect")
async def collect(now: datetime | None = None) -> Polls:
    """Poll due feeds and fetch pending pages."""
    home = house.current()
    return await cycle.collect(home, now or home.clock(), as_task)


@flow(name="update-storylines")
async def update_storylines(now: datetime | None = None) -> None:
    """Give every article without a verdict one."""
    home = house.current()
    await cycle.update_storylines(home, now or home.clock(), as_task)


@flow(name="publish")
async def publish() -> None:
    """Swap in a snapshot of all that is stored."""
    await cycle.publish(house.current())


@flow(name="deliver")
async def deliver(now: datetime | None = None) -> Deliveries:
    """Send the alerts that are due."""
    home = house.current()
    return await cycle.deliver(home, now or home.clock(), as_task)


@flow(name="revisit")
async def revisit(polls: Polls, left: timedelta, now: datetime | None = None) -> int:
    """Look again at stored reports that are due for that."""
    home = house.current()
    return await cycle.revisit(home, now or home.clock(), polls, left, as_task)


@flow(name="ingest")
async def ingest(now: datetime | None = None) -> Report:
    """One whole cycle: these flows in line."""
    with house.at_home(house.current()) as home:
        at = now or home.clock()
        steps = cycle.Steps(
            lambda: collect(at),
            lambda: update_storylines(at),
            publish,
            lambda: deliver(at),
            lambda polls, left: revisit(polls, left, at),
        )
        return await cycle.whole(home, at, steps)
