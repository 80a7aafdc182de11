"""`storywire emit`: what is pushed in is stored at once, once, and the server is told."""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flows import cycle
from flows.house import House
from flows.signals import PUSHED
from storage.store import Store
from storywire.nouns import Entry, Published
from tasks.fetch import HttpFetcher
from tests.fakes import FakeEncoder, InlineWorkers
from tests.server import LOOPBACK, serving

TEXT = "Dockers at the ports of Rotterdam and Antwerp stopped work on Monday over pay, their union said. " * 3
SEED = f"---\ntitle: Dockers walk out\nurl: https://ports.example/walkout\n---\n\n{TEXT}\n"
COMMAND = ["-m", "flows.cli", "emit"]


@pytest.fixture
def here(new_installation: Callable[[], Any]) -> Any:
    return new_installation()


@pytest.fixture
def walkout(tmp_path: Path) -> Path:
    file = tmp_path / "walkout.md"
    file.write_text(SEED)
    return file


def entries(here: Any) -> list[Any]:
    return Store(here.home).pending_entries(datetime.now(UTC))


def test_a_file_is_stored_as_an_entry_without_a_feed_and_again_changes_nothing(here: Any, walkout: Path) -> None:
    done = here.ask("emit", str(walkout))
    assert (done.status, done.err) == (0, "")
    assert "new (entry " in done.out
    assert "no Prefect server runs here: the next run takes in what waits" in done.out
    (entry,) = entries(here)
    assert (entry.feed_url, entry.full_text, entry.title) == (None, True, "Dockers walk out")
    assert "known, and still waits" in here.ask("emit", str(walkout)).out
    assert entries(here) == [entry]


def test_json_has_the_entry_its_state_and_whether_the_server_was_told(here: Any, walkout: Path) -> None:
    told = here.ask("emit", str(walkout), "https://ports.example/other?utm_source=x", "--json").json
    first, second = told["entries"]
    assert (first["state"], first["new"], first["article_id"]) == ("pending", True, None)
    assert {first["entry_id"], second["entry_id"]} == {entry.entry_id for entry in entries(here)}
    assert (told["signalled"], told["silent"]) == (False, "no Prefect server runs here")
    assert (
        entries(here)[1].url == "https://ports.example/other" or entries(here)[0].url == "https://ports.example/other"
    )


@pytest.mark.parametrize(
    ("said", "title"),
    [
        (SEED, "Dockers walk out"),
        (f"Dockers walk out today\n\n{TEXT}", "Dockers walk out today"),
        (
            f"<!DOCTYPE html><title>Ports stand still</title><h1>Ports stand still</h1><p>{TEXT}</p>",
            "Ports stand still",
        ),
    ],
)
def test_a_document_can_come_from_standard_input(here: Any, said: str, title: str) -> None:
    done = subprocess.run(
        [sys.executable, *COMMAND, "-"], env=here.environment(), input=said, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [entry.title for entry in entries(here)] == [title]


@pytest.mark.parametrize("bad", ["nothing.md", "ftp://ports.example/x", "empty.txt"])
def test_where_one_cannot_be_used_none_is_stored(here: Any, walkout: Path, bad: str) -> None:
    (walkout.parent / "empty.txt").write_text("")
    done = here.ask("emit", str(walkout), bad if "://" in bad else str(walkout.parent / bad))
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert entries(here) == [] if here.home.exists() else True


def test_what_is_an_article_already_or_was_removed_is_said_and_stays_so(here: Any, walkout: Path) -> None:
    page = f"<html><head><title>Tugs</title></head><body><h1>Tugs</h1><p>{TEXT}</p></body></html>".encode()
    with serving({"/tugs": (200, {"Content-Type": "text/html"}, page)}) as server:
        given = (str(walkout), f"{server.url}/tugs")
        here.ask("emit", *given)
        run(here)
        asked = server.paths()
        again = here.ask("emit", *given, "--json").json
        assert server.paths() == asked
    assert [each["state"] for each in again["entries"]] == ["stored", "stored"]
    assert (again["signalled"], again["silent"]) == (False, None)
    ids = {each["article_id"] for each in again["entries"]}
    assert ids == {row[0] for row in here.rows("SELECT article_id FROM articles")}
    kept = again["entries"][0]["article_id"]
    assert f"already stored as article {kept}" in here.ask("emit", str(walkout)).out
    assert here.ask("articles", "delete", kept).status == 0
    assert "a person removed it, and it stays removed" in here.ask("emit", str(walkout)).out
    assert entries(here) == []


def test_an_address_that_a_feed_brought_before_is_that_article_and_no_entry_more(here: Any) -> None:
    url, now = "https://ports.example/walkout", datetime.now(UTC)
    listed = Entry("listed", "https://ports.example/feed", "1", url, "Dockers walk out", TEXT, Published(), now)
    Store(here.home).add_entries([replace(listed, guid_trusted=True, full_text=True)], cycle.run_id(now))
    run(here)
    (pushed,) = here.ask("emit", f"{url}?utm_source=mail", "--json").json["entries"]
    assert (pushed["entry_id"], pushed["state"], pushed["new"]) == (None, "stored", False)
    assert pushed["article_id"] == here.one("SELECT article_id FROM articles")
    assert entries(here) == []


def run(here: Any) -> None:
    """A cycle without Prefect and without the model."""
    workers = InlineWorkers
    web = partial(HttpFetcher, allow_nets=LOOPBACK)
    house = House(Store(here.home), FakeEncoder(), web, workers)  # type: ignore[arg-type]
    now = house.clock()
    asyncio.run(cycle.whole(house, now, cycle.plain_steps(house, now)))


def test_the_server_is_told_of_the_entries_that_wait(
    served_installation: Callable[[], Any], walkout: Path, prefect_server: str
) -> None:
    here = served_installation()
    done = here.run("emit", str(walkout), "--json")
    assert done.json["signalled"] is True
    (event,) = events(prefect_server, str(here.home))
    assert event["payload"] == {"entries": [done.json["entries"][0]["entry_id"]]}


def events(server: str, home: str) -> list[Any]:
    """The signals of an installation that a server has."""
    body = json.dumps({"filter": {"event": {"name": [PUSHED]}}, "limit": 50}).encode()
    for _ in range(60):
        request = urllib.request.Request(f"{server}/events/filter", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            found = json.load(answer)["events"]
        if ours := [each for each in found if each["resource"]["prefect.resource.name"] == home]:
            return ours
        time.sleep(0.5)
    return []


def test_a_server_that_is_gone_leaves_what_is_stored_to_the_next_run(here: Any, walkout: Path, closed: str) -> None:
    done = here.run("emit", str(walkout), STORYWIRE_PREFECT_API_URL=f"{closed}/api")
    assert done.status == 0
    assert "does not answer" in done.out
    assert len(entries(here)) == 1
