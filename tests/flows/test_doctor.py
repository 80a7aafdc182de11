"""`storywire doctor`: what it finds, how bad that is, and that it is told how to mend it."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from flows.doctor import CHECKS, Case, _ray
from flows.settings import Said, Settings
from storage.models import put_model
from storage.store import Store
from storywire.nouns import Feed
from storywire.watches import Watch
from tasks import packages
from tests.server import serving

FEED = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": []}).encode()
JSON = {"Content-Type": "application/feed+json"}


@pytest.fixture
def here(new_installation: Callable[[], Any]) -> Any:
    return new_installation()


def found(done: Any, check: str) -> list[tuple[str, str, str]]:
    """What a check of a doctor's JSON said: how bad, what, and what to do."""
    return [(f["level"], f["what"], f["mend"]) for f in done.json["findings"] if f["check"] == check]


def test_a_fresh_home_has_nothing_broken_and_none_is_made(here: Any) -> None:
    done = here.ask("doctor")
    assert (done.status, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 80
    assert "0 broken, 1 warning" in done.out  # nobody can be asked who it is
    assert not here.home.exists()
    told = here.ask("doctor", "--json").json
    assert {each["check"] for each in told["findings"]} >= {check.__name__.strip("_") for check in CHECKS}


def test_each_setting_is_shown_with_who_said_it_and_no_secret_is(here: Any) -> None:
    here.home.mkdir()
    (here.home / "storywire.toml").write_text("# mine\nkeep_pages_days = 5\n")
    said = {"STORYWIRE_TARGET_DESK": 'kind = "webhook", url = "https://hush.example"', "STORYWIRE_KEEP_PAGES_MB": "5"}
    address = "http://me:hush@127.0.0.1:9/api"
    done = here.run("doctor", "--json", STORYWIRE_PREFECT_API_URL=address, **said)
    rows = {row["setting"]: (row["value"], row["from"]) for row in done.json["settings"]}
    assert rows["keep_pages_days"] == ("5", "storywire.toml, line 2")
    assert rows["keep_pages_mb"] == ("5", "STORYWIRE_KEEP_PAGES_MB")
    assert rows["every_seconds"] == ("60", "default")
    assert rows["prefect_api_url"] == ("http://***@127.0.0.1:9/api", "STORYWIRE_PREFECT_API_URL")
    assert rows["STORYWIRE_TARGET_DESK"] == ("(not shown)", "variable")
    assert "hush" not in done.out + done.err
    assert done.status == 1  # the server that was named is not there
    (server,) = found(done, "server")
    assert server[0] == "broken"


def test_all_that_is_wrong_with_the_settings_is_told_and_the_rest_is_checked(here: Any) -> None:
    here.home.mkdir()
    (here.home / "storywire.toml").write_text('keep_page_mb = 7\nprefect_port = 0\ncontact = "mailto:a@example.org"\n')
    done = here.ask("doctor", "--json")
    assert done.status == 1
    assert [level for level, _, _ in found(done, "settings")] == ["broken", "broken"]
    assert found(done, "disk")[0][0] == "ok"


def test_what_is_installed_here_is_as_asked() -> None:
    assert packages.unmet()[0] == []
    assert packages.python_asked() is None


def test_a_package_of_another_version_or_that_cannot_be_imported_is_found_and_stops_no_other_check(
    here: Any, tmp_path: Path
) -> None:
    metadata = "Metadata-Version: 2.1\nName: fastapi\nVersion: 0.165.0\n"
    (tmp_path / "fastapi-0.165.0.dist-info").mkdir()
    (tmp_path / "fastapi-0.165.0.dist-info/METADATA").write_text(metadata)
    (tmp_path / "duckdb.py").write_text("raise ImportError('half installed')")
    done = here.run("doctor", "--json", PYTHONPATH=str(tmp_path))
    assert done.status == 1
    ((level, what, mend),) = found(done, "packages")
    assert (level, what.split(",")[0]) == ("broken", "fastapi 0.165.0 is here")
    assert mend.startswith('python -m pip install "fastapi')
    assert "half installed" in found(done, "database")[0][1]
    assert found(done, "home")[0][0] == "ok"


def test_hosts_are_asked_as_a_poller_asks_them_and_their_clocks_compared(here: Any) -> None:
    then = format_datetime(datetime.now(UTC) - timedelta(minutes=10), usegmt=True)
    with serving({"/feed": (200, JSON | {"Date": then}, FEED)}) as server:
        now = datetime.now(UTC)
        Store(here.home).add_feeds(
            [Feed(f"{server.url}/{n}", now, now + timedelta(hours=1)) for n in ("feed", "other")]
        )
        done = here.ask("doctor", "--json")
        assert server.paths() == ["/feed"]  # one a host
    assert found(done, "network") == [("ok", "127.0.0.1 answered", "")]
    ((level, what, _),) = found(done, "clock")
    assert (level, what) == ("warning", "it is 10m ahead of the host that was asked")
    assert done.status == 0
    ((level, what, _),) = found(here.ask("doctor", "--json"), "network")  # nobody is there any more
    assert level == "broken"


def test_what_others_can_read_and_what_is_not_ours_is_told(here: Any) -> None:
    Store(here.home).feeds()
    (here.home / "private/targets.toml").write_text("")
    (here.home / "private").chmod(0o755)
    (here.home / "private/targets.toml").chmod(0o644)
    done = here.ask("doctor", "--json")
    assert done.status == 1
    private = here.home / "private"
    assert [mend for _, _, mend in found(done, "home")] == [f"chmod 700 {private}", f"chmod 600 {private}/targets.toml"]
    (private / "targets.toml").chmod(0o600)
    private.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(private / "writer.lock", 12345, 12345)
        ((level, what, _),) = found(here.ask("doctor", "--json"), "home")
        assert (level, "writer.lock" in what) == ("warning", True)


def test_a_damaged_database_and_a_model_that_is_not_the_stored_one_are_broken(here: Any) -> None:
    store = Store(here.home)
    with store.transaction() as con:
        put_model(con, ("another", "0" * 64))
    store.publish()
    done = here.ask("doctor", "--json")
    ((level, what, mend),) = found(done, "model")
    assert (done.status, level, mend.split(",")[0]) == (1, "broken", "storywire reembed")
    assert what.startswith("the stored vectors are by another (000000000000), and this is all-MiniLM-L6-v2 (")
    with store.path.open("r+b") as file:
        file.write(b"\0" * 4096)
    assert found(here.ask("doctor", "--json"), "database")[0][0] == "broken"


def test_a_ray_that_is_not_there_is_told_and_one_of_its_own_advised_against(tmp_path: Path, closed: str) -> None:
    def said(address: str) -> tuple[str, str, str]:
        variables = {"STORYWIRE_HOME": str(tmp_path), "STORYWIRE_RAY_ADDRESS": address}
        given = Said.of(variables)
        (one,) = _ray(Case(given, Settings.of(given, variables), datetime.now(UTC)))
        return one.level, one.what, one.mend

    assert said("")[:2] == ("ok", "not used")
    if find_spec("ray") is None or find_spec("prefect_ray") is None:
        assert (said("local")[0], "'.[ray]'" in said("local")[2]) == ("broken", True)
        return
    assert said("local")[0] == "warning"
    for address in (closed.replace("http", "ray"), closed.removeprefix("http://")):
        level, what, mend = said(address)
        assert (level, "cannot be reached" in what) == ("broken", True)
        assert "ray_address (STORYWIRE_RAY_ADDRESS)" in mend
    assert said("ray://somewhere")[:2] == ("broken", "ray://somewhere: it has no host with a port")
    with serving({}) as server:
        assert said(server.url.replace("http", "ray"))[0] == "ok"


def test_a_target_that_a_watch_uses_and_is_not_there_is_named(here: Any) -> None:
    store = Store(here.home)
    store.add_watch(Watch("w1", "strikes", "desk", datetime.now(UTC)))
    store.add_watch(Watch("w2", "floods", "stdout", datetime.now(UTC)))
    ((level, what, _),) = found(here.ask("doctor", "--json"), "targets")
    assert (level, what.startswith("desk, where 1 watch tell")) == ("broken", True)
