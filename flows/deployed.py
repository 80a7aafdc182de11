"""The flows that deployments run: decides what each tells Prefect, and what it wakes when it is done.

Never does a step's work itself: `apart` does, with its steps as tasks. Each leaves the figures of the installation, and
an artifact if it did something. One that finds its step under way elsewhere ends as "Skipped": the other sees to all.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import apart, artifacts, house, logs, metrics, signals, telling
from flows.cycle import run_id
from flows.house import House
from flows.ingest import as_task
from flows.leaving import end_quietly, end_unless_again
from flows.report import Deliveries, Report
from flows.settings import Settings
from storywire.errors import StorageError, UnderWay

HUNG = timedelta(minutes=30)  # without a new step; no step waits for anything so long, and all later runs would
WAKE_AGAIN = 10.0  # seconds; while articles keep coming, the next step is woken so often

Work = Callable[[House, datetime], Awaitable[Report | Deliveries | None]]


@flow(name="collect")
async def collect(entries: list[str] | None = None) -> State[Any]:
    """Poll the feeds that are due, fetch pending pages, and look again at old reports.

    `entries` are the ids of those that it was woken for. It takes all that is due, as no other run does meanwhile.
    """

    async def work(home: House, now: datetime) -> Report | None:
        wake = _Wake(home, run_id(now))
        report = await apart.gather(home, now, _step, stored=wake, collected=wake.collected)
        _wake_delivery(home, run_id(now))
        await apart.publish(home)
        return report

    return await _run("collect", work)


@flow(name="update-storylines")
async def update_storylines() -> State[Any]:
    """Give every article without a verdict one, tell who waits for that, and publish."""

    async def work(home: House, now: datetime) -> Report | None:
        return await _update(home, now, "update-storylines")

    return await _run("update-storylines", work)


@flow(name="deliver")
async def deliver() -> State[Any]:
    """Send the alerts that are due."""

    async def work(home: House, now: datetime) -> Deliveries:
        return await apart.tell(home, now, _step)

    return await _run("deliver", work)


@flow(name="sweep")
async def sweep() -> State[Any]:
    """Do what signals that were lost would have started, but for what is under way."""

    async def work(home: House, now: datetime) -> Report | Deliveries | None:
        report, deliveries = None, Deliveries()
        with suppress(UnderWay):
            report = await _update(home, now, "sweep")
        with suppress(UnderWay):
            deliveries = await apart.tell(home, now, _step)  # also ends alerts that nobody is told of any more
        if report is not None:
            return replace(report, deliveries=deliveries)
        return deliveries if deliveries.delivered or deliveries.failed else None

    return await _run("sweep", work)


async def _update(home: House, now: datetime, name: str) -> Report | None:
    async def step(name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        done = await _step(name, work)
        _wake_delivery(home, run_id(now))  # a backlog takes hours
        await apart.publish(home)
        return done

    report = await apart.group(home, now, step, name)
    if report is not None:
        signals.send(signals.updated(change, report.run_id) for change in report.changes)
    _wake_delivery(home, run_id(now))
    await apart.publish(home)
    return report


async def _step(name: str, work: Callable[[], Awaitable[Any]]) -> Any:
    end_unless_again(HUNG)
    return await as_task(name, work)


class _Wake:
    """Wakes `update-storylines` for articles that were stored, at once and then every while."""

    def __init__(self, home: House, run: str) -> None:
        self._home, self._run, self._woken = home, run, float("-inf")

    def __call__(self) -> None:
        if monotonic() - self._woken >= WAKE_AGAIN:
            signals.send([signals.collected(self._home.store.home, self._run)])
            self._woken = monotonic()

    def collected(self) -> None:
        """At the end, also for what a run before left."""
        store = self._home.store
        if store.unanalysed_count() or store.unsettled():
            signals.send([signals.collected(store.home, self._run)])


def _wake_delivery(home: House, run: str) -> None:
    if messages := telling.due(home):
        signals.send([signals.pending(home.store.home, run, messages)])


async def _run(name: str, work: Work) -> State[Any]:
    end_quietly()
    end_unless_again(HUNG)
    settings = Settings.from_environment()
    logs.begin(settings, settings.log or "info")
    with house.at_home(house.current()) as home:
        now = home.clock()
        log = logs.logger("storywire.run")
        with logs.bound(run=run_id(now), flow=name):
            try:
                did = await work(home, now)
            except UnderWay as error:
                log.info("skipped", reason=str(error))
                return Completed(name="Skipped", message=str(error))
            except Exception:
                log.exception("failed")
                raise
            with suppress(StorageError, OSError):  # the work is done, and the next flow writes them
                metrics.write(home.store, home.clock())
            if did is not None:
                await artifacts.leave(did, name)
            said = "nothing was due" if did is None else did.balance()
            home.tell()
            log.info("done", seconds=round((home.clock() - now).total_seconds(), 3), balance=said)
            return Completed(message=said)
