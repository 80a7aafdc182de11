"""`storywire status`: what it says of an installation in each of its states, and that it disturbs none."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from flows import cycle
from flows.commands.status import _runs
from flows.house import House
from flows.prefect_api import Deployed, Served, look
from flows.settings import Settings
from storage.schema import MIGRATIONS
from storage.standing import Ran, Standing
from storage.store import Store
from storywire.nouns import Feed, FeedState
from storywire.targets import Chat
from storywire.watches import Watch
from tasks.seed_files import read_folder
from tasks.targets import Targets
from tests.fakes import FakeEncoder, FakeFetcher, InlineWorkers

SEED = "---\ntitle: Dockers walk out at Rotterdam\n---\n" + "Dockers at two ports stopped work on Monday over pay. " * 5
HOLD = (
    "import sys, filelock\nwith filelock.FileLock(sys.argv[1]):\n    print('held', flush=True)\n    sys.stdin.read()\n"
)


@pytest.fixture
def here(new_installation: Callable[[], Any]) -> Any:
    return new_installation()


@pytest.fixture(scope="module")
def origin(new_installation: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An installation after a run that took in one seed; nothing changes it."""
    here, seeds = new_installation(), tmp_path_factory.mktemp("seeds")
    (seeds / "one.md").write_text(SEED)
    now, workers = datetime.now(UTC), InlineWorkers
    house = House(Store(here.home), FakeEncoder(), FakeFetcher(), workers)  # type: ignore[arg-type]
    house.store.add_entries(read_folder(seeds, now).entries, cycle.run_id(now))
    asyncio.run(cycle.whole(house, now, cycle.plain_steps(house, now)))
    return here


@pytest.fixture
def used(origin: Any, tmp_path: Path) -> Any:
    """A copy of it."""
    return origin.copy(tmp_path / "home")


def shown(done: Any) -> str:
    """What was printed, without how it was broken into lines."""
    return " ".join(done.out.split())


@contextmanager
def holding(lock: Path) -> Iterator[int]:
    """Another process holds this lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder.pid
        holder.communicate("")


def test_with_nothing_set_up_it_says_how_to_begin_and_makes_nothing(here: Any) -> None:
    done = here.ask("status")
    assert (done.status, done.err) == (0, "")
    assert "nothing is stored yet: storywire run" in done.out
    assert "not running: storywire up" in done.out
    assert not here.home.exists()
    assert here.ask("status", "--json").json["standing"]["source"] == "nothing"


def test_one_screen_has_all_of_it(used: Any) -> None:
    store, now = Store(used.home), datetime.now(UTC)
    fault = {"state": FeedState.FAILING, "reason": "HTTP 500", "failures": 5}
    ill = [Feed(f"https://{n}.example/feed", now, now, title=f"News {n}", **fault) for n in range(5)]
    store.add_feeds([*ill, Feed("https://well.example/feed", now, now + timedelta(hours=1))])
    store.save_polls([(feed, []) for feed in ill], cycle.run_id(now))
    done = used.ask("status")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24
    assert "ingest" in done.out
    assert "6, 5 due, 5 ill" in done.out
    assert done.out.count("HTTP 500") == 3
    assert "and 2 more ill feeds: storywire feeds list" in done.out
    assert "the database has changed since" in done.out
    assert "1; 0 wait for a verdict" in done.out


def test_it_changes_nothing(used: Any) -> None:
    def files() -> dict[str, tuple[int, int]]:
        found = [path for path in used.home.rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}

    before = files()
    told = used.ask("status", "--json").json
    assert files() == before
    assert told["behind"] is False


def test_a_server_that_is_asked_leaves_nothing_in_the_home(used: Any, closed: str) -> None:
    before = set(used.home.rglob("*"))
    told = used.run("status", "--json", STORYWIRE_PREFECT_API_URL=f"{closed}/api").json
    assert "does not answer" in told["silent"]
    assert set(used.home.rglob("*")) == before


def test_with_settings_that_are_wrong_all_else_is_told(used: Any) -> None:
    (used.home / "storywire.toml").write_text("keep_page_mb = 7\nprefect_port = 0\n")
    done = used.ask("status")
    assert (done.status, done.err) == (0, "")
    assert "line 1: keep_page_mb is no setting; did you mean keep_pages_mb?" in shown(done)
    assert "and 1 more: `storywire doctor` has all" in shown(done)
    assert "1; 0 wait for a verdict" in done.out
    assert "keep_page_mb" in used.ask("status", "--json").json["fault"]


def test_a_database_of_an_earlier_version_is_left_as_it_is(used: Any) -> None:
    with Store(used.home).transaction() as con:
        con.execute("UPDATE private.meta SET value = ? WHERE key = 'schema_version'", [str(len(MIGRATIONS) - 1)])
    file = used.home / "private/writer.duckdb"
    before = file.read_bytes()
    assert "of an earlier Storywire: the next run brings it up to date" in shown(used.ask("status"))
    found = [each for each in used.ask("doctor", "--json").json["findings"] if each["check"] == "database"]
    assert [(each["level"], each["mend"]) for each in found] == [("warning", "storywire run")]
    assert file.read_bytes() == before
    assert not (used.home / "private/before-migration.duckdb").exists()


def test_keys_in_addresses_of_ill_feeds_are_shown_to_nobody(used: Any) -> None:
    now, store = datetime.now(UTC), Store(used.home)
    ill = Feed("https://ann:hush@n.example/feed?key=hush", now, now, state=FeedState.FAILING, failures=5)
    store.add_feeds([ill])
    store.save_polls([(ill, [])], cycle.run_id(now))
    for words in (("status",), ("status", "--json")):
        said = used.ask(*words).out
        assert "hush" not in said
        assert "https://***@n.example/feed?key=***" in said


def test_a_run_that_updates_storylines_is_told_by_what_it_judged(used: Any) -> None:
    with Store(used.home).transaction() as con:
        con.execute("UPDATE private.run SET flow = 'update-storylines', articles_new = 0, kept_new = 4, copies_new = 1")
    assert "5 articles judged, 1 copy among them" in shown(used.ask("status"))


@pytest.mark.parametrize(("later", "outcome"), [(2, "3 new articles"), (50, "completed"), (-50, "3 new articles")])
def test_what_a_run_came_to_is_told_of_no_other_run(later: int, outcome: str) -> None:
    now = datetime.now(UTC)
    began = now - timedelta(minutes=5)
    ran = Ran("collect", began, began + timedelta(seconds=6), 0, 0, 3, 3, 0, 0)
    each = Deployed("collect", True, True, None, "Completed", None, began + timedelta(seconds=later), 4.0)
    standing, served = Standing("database", runs=(ran,)), Served("3", (each,), ())
    (run,) = _runs(SimpleNamespace(standing=standing, served=served, locks={}, now=now))
    assert run.outcome == outcome


def test_while_the_database_is_in_use_it_answers_soon_and_from_the_snapshot(used: Any) -> None:
    Store(used.home).add_feeds([Feed("https://new.example/feed", *[datetime.now(UTC)] * 2)])
    with holding(used.home / "private/writer.lock"):
        begun = time.monotonic()
        told = used.ask("status", "--json").json
        assert time.monotonic() - begun < 20
        shown = used.ask("status").out
    assert (told["standing"]["source"], told["standing"]["feeds"]) == ("snapshot", 0)
    assert "the database is in use" in shown
    assert used.ask("status", "--json").json["standing"]["feeds"] == 1


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="locks can be seen on Linux alone")
def test_a_run_that_is_under_way_is_told_from_one_that_was_cut_short(used: Any) -> None:
    Store(used.home).start_run("later", datetime.now(UTC) - timedelta(minutes=9), "collect")
    assert "collect 9 min ago: cut short" in shown(used.ask("status"))
    with holding(used.home / "private/collect.lock") as pid:
        assert used.ask("status", "--json").json["locks"] == {"collect": pid}
        assert "collect 9 min ago: under way" in shown(used.ask("status"))
        assert f"one run (process {pid})" in shown(used.ask("status"))
    Store(used.home).start_run("now", datetime.now(UTC), "sweep")
    assert "under way, or cut short" in shown(used.ask("status"))


def test_a_damaged_database_is_told_and_the_snapshot_read(used: Any) -> None:
    with (used.home / "private/writer.duckdb").open("r+b") as file:
        file.write(b"\0" * 4096)
    done = used.ask("status")
    assert done.status == 0
    assert "cannot be read as Storywire's database" in shown(done)
    assert "1; 0 wait for a verdict" in done.out


def test_alerts_that_wait_are_counted(used: Any) -> None:
    Store(used.home).add_watch(Watch("w1", "strikes", "stdout", datetime.now(UTC)))
    assert "1 watch; 0 waiting, 0 messages queued" in used.ask("status").out


def test_an_up_that_is_gone_is_not_taken_for_one_that_runs(used: Any, closed: str) -> None:
    with holding(used.home / "private/up.lock") as pid:
        told = {"pid": pid, "api_url": f"{closed}/api", "started_at": datetime.now(UTC).isoformat()}
        (used.home / "private/up.json").write_text(json.dumps(told))
        done = used.run("status")
        assert re.search(rf"up for \d+ s \(process {pid}\), server {closed}/api", shown(done))
        assert "does not answer" in shown(done)
    assert used.ask("status", "--json").json["up"] is None
    (used.home / "private/up.json").write_text("{")
    assert used.ask("status", "--json").json["up"] is None


def test_a_server_that_does_not_answer_is_told_and_holds_nothing_up(used: Any, closed: str) -> None:
    told = used.run("status", "--json", STORYWIRE_PREFECT_API_URL=f"{closed}/api")
    assert told.status == 0
    assert "does not answer" in told.json["silent"]
    assert told.json["standing"]["articles"] == 1


@pytest.fixture
def schedule() -> Iterator[Callable[[str, str, bool], Any]]:
    """Makes a deployment of ours on a server: its flow, and whether its schedule is active. Returns its id."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.schedules import IntervalSchedule
    from prefect.settings import PREFECT_API_URL, temporary_settings

    made: list[tuple[str, Any]] = []

    def make(server: str, flow: str, active: bool) -> Any:
        every = DeploymentScheduleCreate(schedule=IntervalSchedule(interval=timedelta(minutes=5)), active=active)
        with temporary_settings({PREFECT_API_URL: server}), get_client(sync_client=True) as client:
            flow_id = client.create_flow_from_name(flow)
            made.append((server, client.create_deployment(flow_id, "storywire", schedules=[every])))
        return made[-1][1]

    yield make
    for server, deployment in made:
        with temporary_settings({PREFECT_API_URL: server}), get_client(sync_client=True) as client:
            client.delete_deployment(deployment)


def test_the_last_run_is_one_that_began_and_keeps_its_secrets(
    tmp_path: Path, prefect_server: str, schedule: Callable[[str, str, bool], Any]
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, temporary_settings
    from prefect.states import Failed, Pending

    Targets(tmp_path / "private", {}).add("chat", Chat("slack://hush-a/hush-b"))
    deployment = schedule(prefect_server, "update-storylines", False)
    with temporary_settings({PREFECT_API_URL: prefect_server}), get_client(sync_client=True) as client:
        failed = Failed(message="https://ann:hush@x.example/?key=hush and slack://hush-a/hush-b")
        for state in (failed, Pending()):
            client.create_flow_run_from_deployment(deployment, state=state)
    with mock.patch.dict(os.environ):
        served = look(Settings(tmp_path), prefect_server)
    (found,) = [each for each in served.deployed if each.flow == "update-storylines"]
    assert found.state == "Failed"
    assert found.message == "https://***@x.example/?key=*** and ***"
    assert found.started_at is not None


def test_schedules_of_a_server_are_shown_with_their_next_run(
    used: Any, prefect_server: str, schedule: Callable[[str, str, bool], Any]
) -> None:
    schedule(prefect_server, "sweep", True)
    schedule(prefect_server, "collect", False)
    end = time.monotonic() + 60
    while "sweep in " not in (out := shown(used.run("status", STORYWIRE_PREFECT_API_URL=prefect_server))):
        assert time.monotonic() < end, out
        time.sleep(2)
    assert "collect is paused" in out
    found = used.run("doctor", "--json", STORYWIRE_PREFECT_API_URL=prefect_server).json["findings"]
    assert "paused: collect" in [each["what"] for each in found]
