"""The flows that deployments run: decides what each tells Prefect, and what it wakes when it is done.

Never does a step's work itself: `apart` does, with its steps as tasks. Each leaves the figures of the installation, and
an artifact if it did something. One that finds its step under way elsewhere ends as "Skipped": the other sees to all.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import apart, artifacts, house, logs, metrics, signals, telling
from flows.cycle import run_id
from flows.house import House
from flows.ingest import as_task
from flows.leaving import end_quietly
from flows.report import Deliveries, Report
from flows.settings import Settings
from storywire.errors import BusyError, StorageError

WAKE_AGAIN = 10.0  # seconds; while articles keep coming, the next step is woken so often

Work = Callable[[House, datetime], Awaitable[Report | Deliveries | None]]


@flow(name="collect")
async def collect(entries: list[str] | None = None) -> State[Any]:
    """Poll the feeds that are due, fetch pending pages, and look again at old reports; or fetch just these entries."""

    async def work(home: House, now: datetime) -> Report | None:
        wake = _Wake(home, run_id(now))
        report = await apart.gather(home, now, as_task, only=entries, stored=wake)
        wake.at_the_end()
        return report

    return await _run("collect", work)


@flow(name="update-storylines")
async def update_storylines() -> State[Any]:
    """Give every article without a verdict one, tell who waits for that, and publish."""

    async def work(home: House, now: datetime) -> Report | None:
        report = await apart.group(home, now, as_task)
        _tell_of(home, now, report)
        await apart.publish(home)
        return report

    return await _run("update-storylines", work)


@flow(name="deliver")
async def deliver() -> State[Any]:
    """Send the alerts that are due."""

    async def work(home: House, now: datetime) -> Deliveries:
        return await apart.tell(home, now, as_task)

    return await _run("deliver", work)


@flow(name="sweep")
async def sweep() -> State[Any]:
    """Do what signals that were lost would have started."""

    async def work(home: House, now: datetime) -> Report | None:
        report = await apart.group(home, now, as_task, "sweep")
        _tell_of(home, now, report)
        await apart.tell(home, now, as_task)
        await apart.publish(home)
        return report

    return await _run("sweep", work)


class _Wake:
    """Wakes `update-storylines` for articles that were stored, at once and then every while."""

    def __init__(self, home: House, run: str) -> None:
        self._home, self._run, self._woken = home, run, float("-inf")

    def __call__(self) -> None:
        if monotonic() - self._woken >= WAKE_AGAIN:
            signals.send([signals.collected(self._home.store.home, self._run)])
            self._woken = monotonic()

    def at_the_end(self) -> None:
        """Also for what a run before left, and for alerts whose time has come."""
        store = self._home.store
        if store.unanalysed_count() or store.unsettled():
            signals.send([signals.collected(store.home, self._run)])
        _wake_delivery(self._home, self._run)


def _wake_delivery(home: House, run: str) -> None:
    if messages := telling.due(home):
        signals.send([signals.pending(home.store.home, run, messages)])


def _tell_of(home: House, now: datetime, report: Report | None) -> None:
    run = run_id(now)
    if report is not None:
        signals.send(signals.updated(change, run) for change in report.changes)
    _wake_delivery(home, run)


async def _run(name: str, work: Work) -> State[Any]:
    end_quietly()
    settings = Settings.from_environment()
    logs.begin(settings, settings.log or "info")
    with house.at_home(house.current()) as home:
        now = home.clock()
        log = logs.logger("storywire.run")
        with logs.bound(run=run_id(now), flow=name):
            try:
                did = await work(home, now)
            except BusyError as error:
                log.info("skipped", reason=str(error))
                return Completed(name="Skipped", message=str(error))
            except Exception:
                log.exception("failed")
                raise
            with suppress(StorageError, OSError):  # the work is done, and the next flow writes them
                metrics.write(home, home.clock())
            if did is not None:
                await artifacts.leave(did, name)
            said = "nothing was due" if did is None else did.balance()
            log.info("done", seconds=round((home.clock() - now).total_seconds(), 3), balance=said)
            return Completed(message=said)
