"""The supervisor behind `storywire up`: decides what runs, when a part is started again, and how all of it ends.

Never does any of their work, and imports none of it, so that it stays small.
"""

import json
import os
import signal
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer
from threading import Event
from time import monotonic, sleep

from filelock import FileLock, Timeout

from flows import logs, metrics_page, prefect_settings, server
from flows.children import Child
from flows.settings import Settings
from storywire.errors import InputError, StorywireError

_LOG = logs.logger("storywire.up")
_TICK = 0.5  # seconds
_LOOK, _ANSWER = 5.0, 3.0  # seconds between two looks at the server, and for its answer
# Seconds without an answer, of a server that has answered (it may wait 60 s for SQLite's lock), and of a new one.
_SILENCE, _FIRST = 120.0, 240.0
_LOCK, _PORT = 3.0, 10.0  # seconds for what another may be about to let go
_TRIES = 4  # starts of a server before one has answered; past it the fault is in the set-up
_PATIENCE = 12.0  # seconds, for each child to end by itself
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def keep_running(settings: Settings, ready: Callable[[str], None] = lambda api_url: None) -> None:
    """Keep the server and the runner of an installation running until SIGTERM, SIGINT or SIGHUP.

    `ready` is told the API of the Prefect server once both run for the first time. InputError where another process
    does the same, or a port is in use.
    """
    with ExitStack() as held:
        stop = held.enter_context(_stopped())
        held.enter_context(_alone(settings.home))
        if settings.prefect_api_url is None:
            _require_port(settings.prefect_port)
        held.enter_context(metrics_page.served(settings.home, settings.metrics_port))
        api_url = settings.prefect_api_url or f"http://127.0.0.1:{settings.prefect_port}/api"
        held.enter_context(_told(settings.home, api_url))
        supervisor = Supervisor.of(settings, api_url, stop)
        held.callback(supervisor.end)
        supervisor.run(ready)


@dataclass
class Supervisor:
    """The two processes of an installation; `server` is None where another is used."""

    api_url: str
    runner: Child
    server: Child | None
    stop: Event
    _answered: float | None = field(default=None)  # when the server last did, since it was started
    _ever: bool = field(default=False)  # whether a server of this process did

    @classmethod
    def of(cls, settings: Settings, api_url: str, stop: Event) -> "Supervisor":
        """Nothing runs yet."""
        environment = prefect_settings.served(settings, api_url)
        python, server_child = [sys.executable, "-m"], None
        if settings.prefect_api_url is None:
            words = ["server", "start", "--host", "127.0.0.1", "--port", str(settings.prefect_port)]
            command = [*python, "flows.lifeline", "prefect", *words]
            # Not here: Prefect takes settings from .env and prefect.toml of the folder that it runs in.
            server_child = Child("server", command, environment, settings.home / "prefect")
        return cls(api_url, Child("runner", [*python, "flows.serving"], environment), server_child, stop)

    def run(self, ready: Callable[[str], None]) -> None:
        """Until `stop`: the server first, then the runner, and again whatever has died."""
        while not self.stop.is_set():
            if not self._serves():
                # What it started goes with it: a new server knows nothing of who holds which place in its queue.
                self.runner.kill()
                self._start_server()
            elif not self.runner.alive():
                self._start(self.runner)
                if self.runner.starts == 1:
                    ready(self.api_url)
            self.stop.wait(_TICK)

    def end(self) -> None:
        """The runner first, so that it can say goodbye to the server."""
        _LOG.info("stopping")
        for child in filter(None, (self.runner, self.server)):
            child.end(_PATIENCE)
        _LOG.info("stopped")

    def _serves(self) -> bool:
        """Whether there is a server for the runner; a look at it only now and then."""
        if self.server is None:
            return True  # somebody else's: the runner waits for it
        if not self.server.alive() or self._answered is None:
            return False
        if monotonic() - self._answered >= _LOOK and _answers(self.api_url):
            self._answered = monotonic()
        if silent := monotonic() - self._answered >= _SILENCE:
            _LOG.error("the server does not answer", seconds=_SILENCE)
            self.server.kill()
        return not silent

    def _start_server(self) -> None:
        """One that answers, unless it is to stop meanwhile, or died of it."""
        assert self.server is not None
        if not self._ever and self.server.starts >= _TRIES:
            raise StorywireError(
                f"the Prefect server ended {self.server.starts} times before it answered; what it said of that is above"
            )
        self._answered = None
        self._start(self.server)
        while not self.stop.wait(_TICK) and self.server.alive():
            if _answers(self.api_url):
                self._answered, self._ever = monotonic(), True
                return
            if self.server.age > _FIRST:
                _LOG.error("the server does not answer", seconds=_FIRST)
                self.server.kill()

    def _start(self, child: Child) -> None:
        if how := child.ended_as():  # else it is new, or was ended here
            _LOG.warning(f"{child.name} ended", how=how, starts=child.starts)
            child.kill()
            self.stop.wait(child.wait_before_restart())
        if not self.stop.is_set():
            child.start()
            _LOG.info(f"{child.name} started", pid=child.pid)


def _answers(api_url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with suppress(OSError, ValueError), direct.open(f"{api_url}/health", timeout=_ANSWER) as answer:
        return bool(answer.status == 200)
    return False


@contextmanager
def _stopped() -> Iterator[Event]:
    """Set once this process is to stop. A second signal changes nothing: stopping is bounded."""
    stop = Event()
    heard = [each for each in _SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]  # as nohup has SIGHUP
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in heard}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    lock = server.lock_file(home)
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=_LOCK):
            yield
    except Timeout:
        who = server.holder(home)
        raise InputError(
            f"storywire up runs already for {home}{f', as process {who}' if who else ''}; stop that one first"
        ) from None


def _require_port(port: int) -> None:
    """InputError unless it is free, or becomes so: a server that was killed with its supervisor takes a moment."""
    end = monotonic() + _PORT
    while True:
        try:
            with _Probe(("127.0.0.1", port), BaseRequestHandler):
                return
        except OSError as error:
            if monotonic() > end or isinstance(error, PermissionError):
                raise InputError(
                    f"port {port} of this machine cannot be used for Prefect's server ({error.strerror}); end what "
                    "uses it, set another prefect_port, or name that server with prefect_api_url"
                ) from None
        sleep(_TICK)


class _Probe(TCPServer):
    allow_reuse_address = True


@contextmanager
def _told(home: Path, api_url: str) -> Iterator[None]:
    """Within it, `server.running` finds this process."""
    path = server.address_file(home)
    said: Mapping[str, object] = {"pid": os.getpid(), "api_url": api_url, "started_at": datetime.now(UTC).isoformat()}
    fresh = path.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(said, file)
    fresh.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
