"""A Prefect server as the command line sees it: decides what is asked of it, and that a silent one is not waited for.

Never starts one, and never changes what runs there.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from flows import logs, prefect_settings
from flows.settings import Settings
from storywire.errors import StorywireError
from storywire.masking import masked
from tasks.post import HttpError

if TYPE_CHECKING:
    from flows.signals import Signal

DEPLOYMENT = "storywire"
"""What each of our deployments is called; its flow tells them apart."""
_SECONDS = 5.0  # for one answer


class NoAnswer(StorywireError):
    """The Prefect server cannot be reached, or did not answer as one does."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment of ours: what it waits for, and how its last run ended. Secrets in its message are masked."""

    flow: str
    scheduled: bool
    active: bool  # False: it, or all of its schedules, were paused
    next_at: datetime | None
    state: str | None = None  # of its last run, in Prefect's words
    message: str | None = None
    started_at: datetime | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """What a Prefect server has of ours. `automations` are the names of all that are enabled, also other people's."""

    version: str
    deployed: tuple[Deployed, ...]
    automations: tuple[str, ...]


def look(settings: Settings, api_url: str) -> Served:
    """What the server has. Raises NoAnswer."""
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName

    hidden = logs.secrets_of(settings)
    with _client(settings, api_url) as client:
        flows = {flow.id: flow.name for flow in client.read_flows()}
        ours = client.read_deployments(deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[DEPLOYMENT])))
        deployed = [_deployed(client, each, flows.get(each.flow_id, "?"), hidden) for each in ours]
        automations = [each.name for each in client.read_automations() if each.enabled]
        return Served(client.api_version(), tuple(sorted(deployed, key=lambda d: d.flow)), tuple(sorted(automations)))


def signal(settings: Settings, api_url: str, signals: "Sequence[Signal]") -> None:
    """Hand signals to the server, which says that it has them. Raises NoAnswer."""
    events = [
        {
            "event": each.name,
            "occurred": datetime.now(UTC).isoformat(),
            "resource": {"prefect.resource.id": each.resource, "prefect.resource.name": each.label},
            "payload": dict(each.payload),
        }
        for each in signals
    ]
    with _client(settings, api_url) as client:
        client.request("POST", "/events", json=_with_ids(events))


def _with_ids(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from uuid import uuid4

    return [event | {"id": str(uuid4())} for event in events]


@contextmanager
def _client(settings: Settings, api_url: str) -> Iterator[Any]:
    # Prefect wants a home to write to: that of the installation may be another user's, who only looks at it here.
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as own,
        prefect_settings.server(replace(settings, home=Path(own), prefect_api_url=api_url)),
    ):
        from prefect.client.orchestration import get_client
        from prefect.settings import PREFECT_API_REQUEST_TIMEOUT, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

        quick = {PREFECT_CLIENT_MAX_RETRIES: 0, PREFECT_API_REQUEST_TIMEOUT: _SECONDS}
        try:
            with temporary_settings(quick), get_client({"timeout": _SECONDS}, sync_client=True) as client:
                yield client
        except HttpError as error:
            status = getattr(getattr(error, "response", None), "status_code", None)
            said = f"said {status}" if status else f"does not answer ({_first_line(error)})"
            raise NoAnswer(f"the Prefect server {masked(api_url)} {said}") from None
        except (ValueError, RuntimeError) as error:  # what is there is no Prefect server, or of another age
            said = f"does not answer as a Prefect server ({_first_line(error)})"
            raise NoAnswer(f"{masked(api_url)} {said}") from None


def _deployed(client: Any, found: Any, flow: str, hidden: Collection[str]) -> Deployed:
    last = _run(client, found.id, last=True)
    ahead = _run(client, found.id, last=False)
    state = last.state if last else None
    return Deployed(
        flow,
        bool(found.schedules),
        not found.paused and (not found.schedules or any(schedule.active for schedule in found.schedules)),
        ahead.expected_start_time if ahead else None,
        state.name if state else None,
        masked(state.message, hidden) if state and state.message else None,
        (last.start_time or last.expected_start_time) if last else None,  # the latter: it crashed before it began
        last.total_run_time.total_seconds() if last else None,
    )


def _run(client: Any, deployment: Any, last: bool) -> Any:
    """The run of a deployment that began last, or the one that is next; None without one.

    One that is PENDING has not begun: its process starts. One that was cancelled found the one before at work.
    """
    from prefect.client.schemas import filters, sorting
    from prefect.client.schemas.objects import StateType

    ahead, never = StateType.SCHEDULED, [StateType.SCHEDULED, StateType.PENDING, StateType.CANCELLED]
    kind = filters.FlowRunFilterStateType(**({"not_any_": never} if last else {"any_": [ahead]}))
    order = sorting.FlowRunSort.EXPECTED_START_TIME_DESC if last else sorting.FlowRunSort.EXPECTED_START_TIME_ASC
    chosen = filters.FlowRunFilter(
        deployment_id=filters.FlowRunFilterDeploymentId(any_=[deployment]),
        state=filters.FlowRunFilterState(type=kind),
    )
    found = client.read_flow_runs(flow_run_filter=chosen, sort=order, limit=1)
    return found[0] if found else None


def _first_line(error: Exception) -> str:
    return masked((str(error).splitlines() or [type(error).__name__])[0])
