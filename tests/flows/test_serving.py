"""`storywire up` with a real server: what it starts, wakes and skips, and that it heals whatever of it is killed."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import psutil
import pytest

from flows import prefect_settings, serving, signals
from flows import server as servers
from flows.settings import Settings
from storage.store import Store
from tests.server import serving as web

REPOSITORY = Path(__file__).resolve().parent.parent.parent
COMMAND = Path(sys.executable).with_name("storywire")
EVERY, SWEEP = 10, 20  # seconds
BOUND = 180.0  # seconds for anything to happen; most take 3 to 20
TEXT = "Dockers at the ports of Rotterdam and Antwerp stopped work on Monday over pay, their union said. " * 3


@dataclass
class Room:
    """An installation, and the `storywire up` that keeps it running."""

    home: Path
    port: int
    metrics: int
    up: "subprocess.Popen[bytes] | None" = None
    started: list[psutil.Process] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("STORYWIRE_", "PREFECT_"))}
        numbers = {
            "EVERY_SECONDS": EVERY,
            "SWEEP_SECONDS": SWEEP,
            "PREFECT_PORT": self.port,
            "METRICS_PORT": self.metrics,
        }
        said = {"HOME": self.home, "ALLOW_NETS": "127.0.0.0/8", **numbers}
        return kept | {f"STORYWIRE_{name}": str(value) for name, value in said.items()}

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def log(self) -> Path:
        return self.home.parent / "up.log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.up = subprocess.Popen(
                [COMMAND, "up"], env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.wait(lambda: '"serving"' in self.said()[len(self._before) :])
        self.started += self.processes()

    _before = ""

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.up is not None
        self.started += self.processes()
        self.up.send_signal(how)
        status = self.up.wait(60)
        self._before = self.said()
        return status

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Those of `up`, with this word in their command line."""
        found = []
        with suppress(psutil.NoSuchProcess):
            assert self.up is not None
            parent = psutil.Process(self.up.pid)
            for process in (parent, *parent.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    if word in " ".join(process.cmdline()):
                        found.append(process)
        return found

    def wait(self, until: Callable[[], Any]) -> Any:
        end = time.monotonic() + BOUND
        while not (found := until()):
            assert time.monotonic() < end, self.said()[-3000:]
            assert self.up is None or self.up.poll() is None, self.said()[-3000:]
            time.sleep(0.3)
        return found

    def command(self, *words: str, status: int = 0) -> Any:
        done = subprocess.run([COMMAND, *words], env=self.environment(), capture_output=True, text=True, timeout=BOUND)
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout) if "--json" in words else done.stderr

    def ask(self, path: str, method: str = "POST", **body: Any) -> Any:
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.api}/{path}", json.dumps(body).encode(), head, method=method)
        for _ in range(10):  # 503: its SQLite was locked; Prefect's own clients ask again, too
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.loads(answer.read() or "null")
            except HTTPError as error:
                if error.code != 503:
                    raise
                time.sleep(1)
        raise AssertionError(f"{path}: still 503")

    def deployment(self, flow: str) -> Any:
        return self.ask(f"deployments/name/{flow}/storywire", "GET")

    def runs(self, flow: str, *states: str) -> list[Any]:
        """Its runs of these states, the first to begin first."""
        chosen: dict[str, Any] = {"deployment_id": {"any_": [self.deployment(flow)["id"]]}}
        if states:
            chosen["state"] = {"name": {"any_": list(states)}}
        return list(self.ask("flow_runs/filter", flow_runs=chosen, sort="EXPECTED_START_TIME_ASC", limit=200))

    def done(self, flow: str) -> list[Any]:
        return self.runs(flow, "Completed", "Skipped")

    def emit(self, name: str, about: str = "") -> str:
        """Push an article in, and return the id of its entry."""
        file = self.home.parent / f"{name}.md"
        file.write_text(f"---\ntitle: {name}\nurl: https://ports.example/{name}\n---\n\n{about or name} {TEXT}\n")
        pushed = self.command("emit", str(file), "--json")
        assert pushed["signalled"], pushed
        return str(pushed["entries"][0]["entry_id"])

    def articles(self, sql: str = "SELECT count(*) FROM private.article") -> int:
        with Store(self.home).transaction() as con:
            row = con.execute(sql).fetchone()
        assert row is not None
        return int(row[0])

    def unjudged(self) -> int:
        return self.articles(
            """SELECT count(*) FROM private.article ANTI JOIN private.assignment USING (article_id)
            ANTI JOIN private.duplicate USING (article_id)"""
        )


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Room]:
    made = Room(tmp_path_factory.mktemp("serving") / "home", free_port(), free_port())
    made.start()
    yield made
    if made.up and made.up.poll() is None:
        made.stop()
    for process in made.started:  # of a test that failed
        with suppress(psutil.NoSuchProcess):
            process.kill()


@contextmanager
def busy(room: Room, name: str, seconds: float = 8) -> Iterator[Any]:
    """A run of `collect` that is under way, with a page that takes so long when it is first asked for."""
    asked: list[Any] = []

    def slow(request: Any) -> Any:
        asked.append(request)
        time.sleep(seconds if len(asked) == 1 else 0)
        return 200, {"Content-Type": "text/html"}, f"<html><body><p>{name}</p></body></html>".encode()

    with web({f"/{name}": slow}) as pages:
        room.command("emit", f"{pages.url}/{name}", "--json")
        room.wait(lambda: f"/{name}" in pages.paths())
        yield room.runs("collect", "Running")[-1]


def instant(said: str) -> float:
    return datetime.fromisoformat(said).timestamp()


def test_a_schedule_of_ten_seconds_fires(room: Room) -> None:
    room.wait(lambda: len([run for run in room.done("collect") if run["auto_scheduled"]]) >= 2)
    first, second = [run for run in room.done("collect") if run["auto_scheduled"]][:2]
    assert instant(second["expected_start_time"]) - instant(first["expected_start_time"]) >= EVERY - 1


def test_a_signal_starts_a_flow_with_typed_parameters_and_that_wakes_the_next(room: Room) -> None:
    entry = room.emit("walkout")
    run = room.wait(lambda: [run for run in room.runs("collect") if run["parameters"].get("entries")])[0]
    assert run["parameters"] == {"entries": [entry]}
    stored = "SELECT count(*) FROM private.article WHERE title = 'walkout'"
    room.wait(lambda: room.articles(stored) and not room.unjudged() and room.done("update-storylines"))


def test_a_lost_signal_costs_only_time(room: Room) -> None:
    """As no automation hears it, `update-storylines` does not run; the sweep does its work."""
    (heard,) = [each for each in room.ask("automations/filter") if each["name"].startswith("update-storylines on")]
    room.ask(f"automations/{heard['id']}", "PATCH", enabled=False)
    try:
        updates, before = len(room.runs("update-storylines")), room.articles()
        room.emit("elsewhere", "Grandmaster Oyelaran Bisi won the Lagos Open with a round to spare.")
        room.wait(lambda: room.articles() == before + 1)
        room.wait(lambda: not room.unjudged())
        assert len(room.runs("update-storylines")) == updates
    finally:
        room.ask(f"automations/{heard['id']}", "PATCH", enabled=True)


def test_two_triggers_at_once_give_one_run_and_nothing_is_missed(room: Room) -> None:
    with busy(room, "slow"):
        before = room.articles()
        entry = room.emit("meanwhile", "The river Orsa rose four metres in Tallbro overnight.")
        refused = room.wait(lambda: [r for r in room.runs("collect", "Cancelled") if entry in str(r["parameters"])])
        assert refused[0]["state"]["message"] == "Deployment concurrency limit reached."
    room.wait(lambda: room.articles() == before + 1)
    spans = sorted((instant(r["start_time"]), instant(r["end_time"])) for r in room.done("collect"))
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize("role", ["prefect.engine", "flows.serving", "flows.lifeline prefect"])
def test_whatever_is_killed_heals_without_a_hand(room: Room, role: str) -> None:
    """The run that it cuts short held the one place of its deployment."""
    with busy(room, re.sub(r"\W", "-", role), 30) as cut:
        before = len(room.done("collect"))
        (victim,) = [one for one in room.processes(role) if of(cut, one)]
        victim.kill()
        room.wait(lambda: not victim.is_running())
        room.wait(lambda: answered(room) and len(room.done("collect")) > before)
    assert room.wait(lambda: room.ask(f"flow_runs/{cut['id']}", "GET")["state"]["type"] != "RUNNING")
    assert room.deployment("collect")["global_concurrency_limit"]["active_slots"] <= 1


def of(run: Any, process: psutil.Process) -> bool:
    """Whether it is no flow run's process, or that of this one."""
    return bool(process.environ().get("PREFECT__FLOW_RUN_ID", run["id"]) == run["id"])


def answered(room: Room) -> bool:
    try:
        return bool(room.deployment("collect"))
    except OSError:
        return False


def test_a_run_from_the_command_line_uses_the_server_that_is_there(room: Room) -> None:
    settings = Settings.from_environment(room.environment())
    assert servers.api_url(settings) == servers.running(settings) == room.api
    environment: dict[str, str] = {}
    prefect_settings.apply(settings, environment)
    assert environment["PREFECT_API_URL"] == room.api


def test_metrics_are_what_flows_wrote_last(room: Room) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{room.metrics}/metrics", timeout=10) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        assert b"storywire_articles_stored_total" in answer.read()


def test_a_second_up_of_the_same_home_says_who_is_there(room: Room) -> None:
    assert room.up is not None
    assert f"runs already for {room.home}, as process {room.up.pid}" in room.command("up", status=1)


def test_what_it_writes_in_a_pipe_is_a_json_object_a_line(room: Room) -> None:
    lines = [json.loads(line) for line in room.said().splitlines()]
    assert {"storywire.up", "storywire.runner", "storywire.run"} <= {line["logger"] for line in lines}
    # Prefect's own may tell of a server that a test killed.
    assert [line for line in lines if line["logger"].startswith("storywire") and "exception" in line] == []


def test_the_automation_of_the_page_is_called_with_typed_values(room: Room, tmp_path: Path) -> None:
    """docs/running.md: its file, as it stands there, with an address and an API of its own."""
    page = (REPOSITORY / "docs/running.md").read_text()
    (code,) = re.findall(r"```python\n(# desk.py\n.*?)```", page, re.DOTALL)
    got = tmp_path / "got.json"
    with web({"/hook": (204, {}, b"")}) as receiver:
        told = code.replace("https://desk.example/storywire", f"{receiver.url}/hook")
        told = told.replace("print(", f"open({str(got)!r}, 'w').write(repr((storyline_id, label, new))); print(")
        (tmp_path / "desk.py").write_text(told)
        quiet = {"DO_NOT_TRACK": "1", "PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_API_URL": room.api}
        with (tmp_path / "desk.log").open("wb") as log:
            desk = subprocess.Popen(
                [sys.executable, "desk.py"], cwd=tmp_path, env=room.environment() | quiet, stdout=log, stderr=log
            )
        try:
            both = {"desk hook", "desk__automation_1"}
            room.wait(lambda: both <= {each["name"] for each in room.ask("automations/filter")})
            label = "Port “strike” at Łódź"
            payload = {"storyline_id": "0a1b2c3d", "label": label, "class": "follow-up", "new": 2}
            event = {
                **{"event": signals.UPDATED, "occurred": datetime.now().astimezone().isoformat(), "payload": payload},
                "resource": {"prefect.resource.id": "storywire.storyline.0a1b2c3d", "prefect.resource.name": label},
            }
            room.wait(lambda: sent(room, event, lambda: receiver.requests and got.exists() and got.read_text()))
        finally:
            desk.kill()
            desk.wait()
        assert json.loads(receiver.requests[0].body) == {"storyline": "0a1b2c3d", "label": label, "new": 2}
        assert got.read_text() == repr(("0a1b2c3d", label, 2))


def sent(room: Room, event: dict[str, Any], heard: Callable[[], Any]) -> Any:
    """Whether an event was heard within a while: a server that stalls can lose one."""
    body, head = json.dumps([event | {"id": str(uuid4())}]).encode(), {"Content-Type": "application/json"}
    with suppress(OSError):
        urllib.request.urlopen(urllib.request.Request(f"{room.api}/events", body, head), timeout=30).close()
    end = time.monotonic() + 20
    while not (found := heard()) and time.monotonic() < end:
        time.sleep(0.3)
    return found


def living(room: Room) -> list[psutil.Process]:
    """Of all that were started, those that are there, and not just not yet waited for."""
    found = []
    for process in room.started:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def test_a_clean_stop_leaves_the_schedules_and_no_process_and_what_was_late_is_skipped(room: Room) -> None:
    assert room.stop() == 0
    assert not living(room)
    assert not servers.address_file(room.home).exists()
    with closing(sqlite3.connect(room.home / "prefect/prefect.db")) as con:
        assert con.execute("SELECT active FROM deployment_schedule").fetchall() == [(1,), (1,)]
        assert con.execute("SELECT sum(paused) FROM deployment").fetchone() == (0,)
    stopped = time.time()
    time.sleep(2.5 * EVERY)
    began = time.time()
    room.start()
    late = [run for run in room.runs("collect") if stopped < instant(run["expected_start_time"]) < began]
    assert len(late) >= 2
    assert {run["state"]["message"] for run in late} == {"Skipped: nothing ran when it was due."}
    assert [run["run_count"] for run in late] == [0] * len(late)


def test_no_process_is_left_when_up_itself_is_killed(room: Room) -> None:
    room.stop(signal.SIGKILL)
    end = time.monotonic() + 30
    while living(room) and time.monotonic() < end:
        time.sleep(0.3)
    assert not living(room)
    assert servers.running(Settings.from_environment(room.environment())) is None


def test_a_port_in_use_is_one_clear_error_before_anything_starts(
    tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows import up
    from storywire.errors import InputError

    monkeypatch.setattr(up, "_PORT", 0.1)
    with web() as other:
        port = int(other.url.rpartition(":")[2])
        with pytest.raises(InputError, match=f"port {port} of this machine cannot be used for Prefect's server"):
            up.keep_running(Settings(tmp_path / "home", prefect_port=port))
        free = Settings(tmp_path / "home", prefect_port=free_port(), metrics_port=port)
        with pytest.raises(InputError, match=f"port {port} of this machine cannot be used for metrics"):
            up.keep_running(free)
    assert not servers.address_file(tmp_path / "home").exists()


def test_each_flow_has_its_deployment() -> None:
    from flows import deployed

    for each in serving.deployments(Settings(Path("home"))):
        assert getattr(deployed, each.entrypoint.rpartition(".")[2]).name == each.flow
