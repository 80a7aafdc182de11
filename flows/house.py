"""The composition root: puts an installation's parts together once. Decides which real part plays which role.

Never does any work itself.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import click

from flows.logs import logger
from flows.settings import Settings
from flows.stopwatch import Stopwatch
from flows.thresholds import parameters_for
from storage.store import Store
from storywire.errors import InputError
from storywire.parameters import Parameters
from storywire.past import Matrix
from tasks.embed import Encoder, SentenceEncoder
from tasks.fetch import Fetcher, HttpFetcher
from tasks.notify import Channels, Notifier
from tasks.poll import SPACING
from tasks.targets import Targets
from tasks.workers import Workers

_LOG = logger("storywire.fanout")


class Progress(Protocol):
    """Shows how far a long piece of work is."""

    def stage(self, name: str, total: int) -> AbstractContextManager[Callable[[float], None]]:
        """Begin a stage of `total` steps; what it gives is told how many more are done."""
        ...


class Quiet:
    """A Progress for pipes, schedules and tests: shows nothing."""

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Callable[[float], None]]:
        """Show nothing."""
        yield lambda _: None


@dataclass(frozen=True, slots=True)
class House:
    """The parts of one installation. Pages that are not fetched within `time_budget` wait for the next run."""

    store: Store
    encoder: Encoder
    fetcher: Callable[[], AbstractAsyncContextManager[Fetcher]] = HttpFetcher
    workers: Callable[[], AbstractContextManager[Workers]] = Workers
    notifier: Notifier = field(default_factory=lambda: Channels(Targets(Path(), {})))  # files and stdout alone
    progress: Progress = field(default_factory=Quiet)
    thresholds: Callable[[str], Parameters] = lambda model: Parameters(model)  # by the model's name
    time_budget: timedelta = timedelta(minutes=10)
    host_spacing: timedelta = timedelta(seconds=1)
    feed_spacing: timedelta = SPACING
    every: timedelta = timedelta(seconds=60)  # between two looks for what is due, where that is scheduled
    publish_every: timedelta = timedelta(seconds=60)  # at most so often, where that is not part of a whole run
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    modelling: Stopwatch = field(default_factory=Stopwatch)
    tell: Callable[[], None] = lambda: None  # at the end: what other machines left to this one, if they did

    def encode(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> Matrix:
        """Unit vectors, float32, shape (len(passages), dimensions); the time it takes, once the model is loaded, is
        added to `modelling`."""
        self.encoder.model()
        with self.modelling:
            return self.encoder.encode(passages, progress)


def build(settings: Settings, progress: Progress | None = None) -> House:
    """The house that the settings describe."""
    house = House(
        store=Store(settings.home, keeping=settings.keeping),
        encoder=SentenceEncoder(settings.model),
        fetcher=lambda: HttpFetcher(settings.contact, allow_nets=settings.allow_nets),
        notifier=Channels(targets(settings), settings.allow_nets, settings.contact),
        progress=progress or Quiet(),
        thresholds=partial(parameters_for, settings.home),
        every=settings.every,
        publish_every=settings.publish_every,
    )
    return house if settings.ray_address is None else _spread(house, settings)


def _spread(house: House, settings: Settings) -> House:
    """The house that has texts embedded and pages read on the machines that the settings name."""
    if missing := [name for name in ("ray", "prefect_ray", "pyarrow") if find_spec(name) is None]:
        raise InputError(
            f"ray_address (STORYWIRE_RAY_ADDRESS) is set, but {missing[0]} is not installed; install it with: "
            "pip install -c constraints.txt '.[ray]', or set none"
        )
    from tasks.faraway import FarEncoder, FarWorkers, Losses, Work

    def send(work: Work, batch: bytes) -> Future[bytes]:
        from flows import fanout  # imports Prefect, whose settings are made by then

        return fanout.fleet(settings).send(work, batch)

    losses = Losses()
    tell = partial(_tell, losses.taken)
    if command := click.get_current_context(silent=True):
        command.call_on_close(tell)
    return replace(
        house,
        encoder=FarEncoder(settings.model, send, losses),
        workers=lambda: FarWorkers(send, losses),
        tell=tell,
    )


def _tell(losses: Callable[[], list[str]]) -> None:
    """To whoever typed a command, once all is done, and to the log."""
    if not (reasons := losses()):
        return
    if click.get_current_context(silent=True):
        batches = f"{len(reasons):,} {'batch' if len(reasons) == 1 else 'batches'}"
        click.echo(f"{batches} came back from no machine ({reasons[0]}); this machine did the work", err=True)
    _LOG.warning("done here", batches=len(reasons), reason=reasons[0])


def targets(settings: Settings) -> Targets:
    """Where the settings' home keeps addresses and secrets."""
    return Targets(settings.home / "private", settings.targets)


_CURRENT: ContextVar[House | None] = ContextVar("house", default=None)


@contextmanager
def at_home(house: House) -> Iterator[House]:
    """Flows called within use this house; at the end it tells what is left to tell."""
    token = _CURRENT.set(house)
    try:
        yield house
    finally:
        _CURRENT.reset(token)
        house.tell()


def current() -> House:
    """The house of the caller, or, in a deployment, the one that the environment describes."""
    return _CURRENT.get() or build(Settings.from_environment())
