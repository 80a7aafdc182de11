"""What is deployed, and the process that runs it: decides when each flow runs, and what is mended before the first run.

Never does a flow's work: each run is a process of its own.
"""

import asyncio
import logging
import signal
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from flows import lifeline, logs
from flows.leaving import leave
from flows.settings import Settings
from flows.signals import COLLECTED, PENDING, PUSHED
from storywire.errors import StorywireError

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.deployments.runner import RunnerDeployment
    from prefect.runner import Runner

NAME = "storywire"
"""What each deployment is called: `collect/storywire`, and so on."""
_LOG = logs.logger("storywire.runner")
_LOOK = 1.0  # seconds between two questions for runs that are due
_SILENCE = 180.0  # seconds without such a question, after which this process is no use
_LEASE = 60  # seconds; how long a run that has not begun keeps its deployment's place
_PATIENCE = 120.0  # seconds for the server to answer
_PAGE = 200  # runs that the server tells at once


@dataclass(frozen=True, slots=True)
class Deployment:
    """A flow of `flows.deployed`: how often it runs, which signal wakes it, and what that brings as parameters.

    Only one run of it at a time: one more is cancelled, as the one under way, or the next, does all that is left.
    """

    flow: str
    every: timedelta | None = None
    signal: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)  # by the name of the field of the signal's payload

    @property
    def entrypoint(self) -> str:
        """Where the flow is."""
        return f"flows.deployed.{self.flow.replace('-', '_')}"


def deployments(settings: Settings) -> tuple[Deployment, ...]:
    """All of them."""
    return (
        Deployment("collect", settings.every, PUSHED, {"entries": "entries"}),
        Deployment("update-storylines", signal=COLLECTED),
        Deployment("deliver", signal=PENDING),
        Deployment("sweep", settings.sweep_every),
    )


def typed(payload_field: str) -> dict[str, Any]:
    """A parameter from a field of an event's payload, of the type that it has there; a plain template makes a text."""
    template = f"{{{{ event.payload.{payload_field} | tojson }}}}"
    return {"__prefect_kind": "json", "value": {"__prefect_kind": "jinja", "template": template}}


def prepared(deployment: Deployment, active: bool = True) -> "RunnerDeployment":
    """As Prefect has it. `active`: its schedule is; a person may have paused it."""
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.client.schemas.schedules import IntervalSchedule
    from prefect.deployments.runner import RunnerDeployment
    from prefect.events import DeploymentEventTrigger

    triggers: list[Any] = []
    if deployment.signal:
        parameters = {name: typed(payload) for name, payload in deployment.parameters.items()}
        name = f"{deployment.flow} on {deployment.signal}"
        triggers.append(DeploymentEventTrigger(name=name, expect={deployment.signal}, parameters=parameters))
    schedules = []
    if deployment.every:
        schedule = IntervalSchedule(interval=deployment.every)
        schedules.append(DeploymentScheduleCreate(schedule=schedule, active=active))
    return RunnerDeployment.from_entrypoint(
        deployment.entrypoint,
        NAME,
        schedules=schedules,
        triggers=triggers,
        concurrency_limit=ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW, grace_period_seconds=_LEASE
        ),
    )


async def serve(settings: Settings) -> None:
    """Deploy all, mend what an earlier runner left, and run what is due until SIGTERM."""
    from prefect.client.orchestration import get_client
    from prefect.runner import Runner

    await _server_answers()
    # No limit on processes: there is one run of each, and one that had to wait here would be run late.
    # Nothing ahead of time: a run that waits for its minute would hold the place of one that a signal started.
    runner = Runner(NAME, query_seconds=_LOOK, prefetch_seconds=0, limit=None, pause_on_shutdown=False)
    async with get_client() as client:
        found = [prepared(each, await _active(client, each)) for each in deployments(settings)]
        ids = [await runner.aadd_deployment(each) for each in found]
        await mend(client, ids)
        for each, due in zip(found, ids, strict=True):  # else nothing would happen for a minute
            if any(schedule.active for schedule in each.schedules or ()):
                await client.create_flow_run_from_deployment(due)
    _LOG.info("serving", deployments=len(ids), every=settings.every, sweep_every=settings.sweep_every)
    lifeline.hold(_Polling(runner))
    await _until_stopped(runner)


async def _active(client: "PrefectClient", deployment: Deployment) -> bool:
    """Whether its schedule is not paused, so that a person's pause outlives a restart."""
    from prefect.exceptions import ObjectNotFound

    with suppress(ObjectNotFound):
        known = await client.read_deployment_by_name(f"{deployment.flow}/{NAME}")
        return not known.schedules or any(schedule.active for schedule in known.schedules)
    return True


async def _server_answers() -> None:
    from prefect.client.orchestration import get_client

    end = monotonic() + _PATIENCE
    async with get_client() as client:
        while (error := await client.api_healthcheck()) is not None:
            if monotonic() > end:
                raise StorywireError(f"the Prefect server has not answered for {_PATIENCE:.0f} s ({error})")
            await asyncio.sleep(_LOOK)


async def mend(client: "PrefectClient", ids: Collection[UUID]) -> None:
    """End on paper what ended in fact with an earlier runner, and skip what should have run meanwhile.

    For no other runner of these deployments. A run that stays under way keeps its deployment's one place.
    """
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled, Crashed

    lost: Any = Crashed(message="It ended with the process that ran it; the next run goes on from what is stored.")
    await _set(client, ids, (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING), lost)
    await _set(client, ids, (StateType.SCHEDULED,), Cancelled(message="Skipped: nothing ran when it was due."))
    await _free(client, ids)


async def _set(client: "PrefectClient", ids: Collection[UUID], types: Sequence[Any], state: Any) -> None:
    """Give all runs of these types that should have begun by now a state, whatever Prefect thinks of that."""
    from prefect.client.schemas import filters

    chosen = filters.FlowRunFilter(
        deployment_id=filters.FlowRunFilterDeploymentId(any_=list(ids)),
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=list(types))),
        expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=cast(Any, datetime.now(UTC))),
    )
    while found := await client.read_flow_runs(flow_run_filter=chosen, limit=_PAGE):
        for run in found:
            await client.set_flow_run_state(run.id, state, force=True)
        _LOG.info("runs ended" if state.is_crashed() else "late runs skipped", count=len(found))


async def _free(client: "PrefectClient", ids: Collection[UUID]) -> None:
    """Nothing of ours runs, so nothing holds a place, whatever was lost on the way."""
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate

    for each in ids:
        limit = (await client.read_deployment(each)).global_concurrency_limit
        if limit is not None and limit.active_slots:
            await client.update_global_concurrency_limit(limit.name, GlobalConcurrencyLimitUpdate(active_slots=0))


@dataclass
class _Polling:
    """Whether a runner still asks what is due."""

    runner: "Runner"
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> bool:
        asked = self.runner.last_polled or self.began
        return (datetime.now(UTC) - asked).total_seconds() < _SILENCE


async def _until_stopped(runner: "Runner") -> None:
    """Runs it. SIGTERM ends the runs under way, too: the next ones go on from what they stored."""
    running = asyncio.create_task(runner.start())
    while not runner.started and not running.done():
        await asyncio.sleep(0.1)
    stop = asyncio.Event()  # Prefect's own handler pauses, or leaves by an exception in whatever is under way
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    else:
        await runner.astop()
        await asyncio.wait({running}, timeout=_LOOK)


def main() -> int:
    """What `storywire up` starts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor's to tell
    settings = Settings.from_environment()
    logs.configure(True, settings.log or "info")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(serve(settings))
    except StorywireError as error:
        _LOG.error(str(error))
        return 1
    return 0


if __name__ == "__main__":
    leave(main())
