"""Past one machine: has batches worked on by Prefect tasks on Ray. Decides how machines are joined and given up on.

Imported with the first batch, as Prefect's settings must be made before it; needs the extra `ray`. Never touches the
database: what a far task gives back is a batch, and the flow that asked for it stores it.
"""

import logging
import os
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from contextvars import Context
from datetime import timedelta
from functools import cache, partial
from threading import Event, Lock, Thread, Timer
from typing import Any

from storywire.errors import InputError

# Ray reads these when it is imported, so nothing else may import it before.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no word to anyone outside
os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # where a connection is lost, else minutes go to another one
os.environ.setdefault("RAY_AUTH_MODE", "token")  # else who reaches a Ray runs what he likes; Ray 2.60 asks for one too

import ray
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect_ray import RayTaskRunner
from prefect_ray.context import remote_options

from flows.settings import Settings
from tasks import farside
from tasks.batches import Undone
from tasks.faraway import Work

LOCAL = "local"  # for Ray itself, too: a new one, whatever runs here already
PATIENCE = timedelta(minutes=5)  # 16 pages that hang take 160 s; then what no machine did is done here
_RETRIES = 1  # by Ray, on another process or machine, where the first one died; not after an exception
_STORE = 256 * 2**20  # bytes of shared memory for batches under way, where Ray is started here


@task(name=Work.READ, cache_policy=NO_CACHE, persist_result=False)
def read_pages(batch: bytes) -> bytes:
    """Read the pages of a batch."""
    return farside.read(batch)


@task(name=Work.EMBED, cache_policy=NO_CACHE, persist_result=False)
def embed_passages(batch: bytes) -> bytes:
    """Embed the passages of a batch."""
    return farside.embed(batch)


_TASKS = {Work.READ: read_pages, Work.EMBED: embed_passages}


class Fleet:
    """The machines behind one address. They are joined when there is first something to do, and stay so.

    `address` is "local" for a Ray of this process, else where one runs. `api` is the Prefect server that tasks report
    to; None for that of the flow that asks. InputError where the machines, or a server, are not there.
    """

    def __init__(self, address: str, api: str | None) -> None:
        self._address = address
        self._api = api
        self._runner: RayTaskRunner[Any] | None = None
        self._joining = Lock()
        self._left = Event()

    def send(self, work: Work, batch: bytes) -> Future[bytes]:
        """As `faraway.Send`: a Prefect task on Ray, of the flow run that asks."""
        out: Future[bytes] = Future()
        runner = self._joined()
        try:
            if not ray.is_initialized():
                raise ConnectionError("the connection is lost")
            # Without the caller's context: its task holds the whole house, which Prefect would send along.
            under_way = Context().run(self._submitted, runner, work, batch, FlowRunContext.get())
        except Exception as error:  # as when the connection is lost; Ray has no one tree for that
            out.set_exception(Undone(_line(error)))
            return out
        timer = Timer(PATIENCE.total_seconds(), _settle, (out, _late))
        timer.daemon = True
        timer.start()

        def back(done: "Future[Any]") -> None:
            timer.cancel()
            _settle(out, partial(_result, done))

        under_way.future().add_done_callback(back)
        return out

    def leave(self) -> None:
        """End the Ray that was started here, or the connection to one elsewhere."""
        with self._joining:
            if self._runner is not None:
                self._runner = None
                ray.shutdown()
                self._left.set()

    def _submitted(self, runner: "RayTaskRunner[Any]", work: Work, batch: bytes, flow: FlowRunContext | None) -> Any:
        if flow is not None:
            FlowRunContext.__var__.set(flow)
        with temporary_settings({PREFECT_API_URL: self._api}), remote_options(max_retries=_RETRIES):
            return runner.submit(_TASKS[work], {"batch": batch}).wrapped_future

    def _joined(self) -> "RayTaskRunner[Any]":
        with self._joining:
            if self._runner is None:
                self._api = self._api or _server()
                self._left = Event()
                runner: Future[RayTaskRunner[Any]] = Future()
                # Linux ends what Ray starts with the thread that started it (PR_SET_PDEATHSIG), so that one must stay.
                Thread(target=self._stay, args=(runner,), name="ray", daemon=True).start()
                self._runner = runner.result()
            return self._runner

    def _stay(self, joined: "Future[RayTaskRunner[Any]]") -> None:
        try:
            joined.set_result(RayTaskRunner(*_reached_by(self._address)).__enter__())
        except Exception as error:  # Ray's own, of several kinds
            said = InputError(
                f"the machines at {self._address} cannot be joined ({_line(error)}); start Ray there with the same "
                "versions (docs/scale.md), or set no ray_address (STORYWIRE_RAY_ADDRESS)"
            )
            said.__cause__ = error
            joined.set_exception(said)
        else:
            self._left.wait()


def fleet(settings: Settings) -> Fleet:
    """The machines of the settings, which must name some."""
    assert settings.ray_address is not None
    return _one_fleet(settings.ray_address, settings.prefect_api_url)


@cache
def _one_fleet(address: str, api: str | None) -> Fleet:
    """Ray can be joined once a process."""
    return Fleet(address, api)


def _reached_by(address: str) -> tuple[str, dict[str, Any]]:
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address == LOCAL:
        return address, quiet | {"include_dashboard": False, "object_store_memory": _STORE}
    return address, quiet


def _server() -> str:
    """The Prefect server of the caller, which far tasks report to: without an address each would start its own."""
    known: str | None = PREFECT_API_URL.value()
    if known is not None:
        return known
    if FlowRunContext.get() is None:
        raise InputError(
            "ray_address (STORYWIRE_RAY_ADDRESS) needs a Prefect server that the machines can report to; set "
            "prefect_api_url (STORYWIRE_PREFECT_API_URL) to one, or no ray_address"
        )
    return str(get_client(sync_client=True).api_url)  # the temporary one of this run


def _result(done: "Future[Any]") -> bytes:
    try:
        state = done.result()
    except ray.exceptions.RayTaskError as error:  # before the task began, as where Storywire is not installed there
        raise InputError(
            f"a machine cannot do the work ({_line(error.cause)}); install the same versions of Storywire and of what "
            "it needs on all machines (docs/scale.md)"
        ) from error
    except Exception as error:  # a process or a machine that is gone, twice
        raise Undone(_line(error)) from error
    if state.is_crashed():
        raise Undone(_line(RuntimeError(state.message)))
    made: bytes = state.result()
    return made


def _late() -> bytes:
    raise Undone(f"no answer in {PATIENCE}")


def _settle(out: "Future[bytes]", found: Callable[[], bytes]) -> None:
    """Give `out` what was found, unless it has something already."""
    with suppress(InvalidStateError):
        try:
            out.set_result(found())
        except InvalidStateError:
            raise
        except Exception as error:
            out.set_exception(error)


def _line(error: BaseException) -> str:
    """The first line of what an error says."""
    said = str(error).strip().splitlines()
    return said[0][:200] if said else type(error).__name__
