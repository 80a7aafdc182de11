"""Laws of what Prefect's pages show of a run."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import artifacts
from flows.report import Deliveries, Polls, Report
from storage.outcomes import Change, Revised
from storage.reads import StorylineRow
from storage.runs import Counts
from storywire.nouns import EntryState

COUNTS = Counts(3, 1, 2, 40, {EntryState.STORED: 30, EntryState.UNUSABLE: 1}, 11, 30, 20, 10)
NOTHING = Counts(3, 1, 2, 0, {}, 2, 0, 0, 0)
POLLS = Polls(3, (("https://news.example/feed", "HTTP 404"),), reached=True)
PUNCTUATION = r"[!-/:-@\[-`{-~]"  # what a backslash takes the meaning of: CommonMark 2.4
NASTY = "[a](javascript:x) ![b](//e.example) <b>c</b> `d` *e* | www.f.example | g@h.example\n# i &lt; \\ ~j~ é"


def line(label: str, n: int = 1) -> StorylineRow:
    return StorylineRow(f"s{n}", label, False, False, 1, 7, 0, 3, None, None)


def did(**changes: Any) -> Report:
    changed = (Change(line("Ferry Ostra runs aground"), 5, 1),)
    deliveries = Deliveries(2, (("desk", "HTTP 503"),), waiting=4, queued=1)
    took, model_time = timedelta(seconds=12.3456), timedelta(seconds=1.5)
    made = Report("r1", POLLS, COUNTS, deliveries, changed, (), "ingest", took, model_time)
    return replace(made, **changes)


IDLE = did(counts=NOTHING, deliveries=Deliveries(waiting=3, queued=1), changes=())


def test_the_table_has_what_the_run_did_what_is_left_and_how_long_it_took() -> None:
    assert {row["what"]: row["count"] for row in artifacts.rows(did())} == {
        **{"feeds polled": 3, "feeds failed": 1, "new entries": 40, "entries stored": 30, "entries unusable": 1},
        **{"articles stored": 30, "articles kept": 20, "copies": 10, "articles changed": 0, "storylines touched": 1},
        **{"messages sent": 2, "deliveries failed": 1, "entries pending": 11},
        **{"reports that wait to be told": 4, "messages to be tried again": 1, "model seconds": 1.5, "seconds": 12.346},
    }


def test_a_run_that_asked_and_found_nothing_shows_nothing() -> None:
    assert (artifacts.rows(IDLE), artifacts.markdown(IDLE)) == ([], "")
    assert (artifacts.rows(Deliveries(waiting=3, queued=2)), artifacts.markdown(Deliveries())) == ([], "")


@pytest.mark.parametrize(
    "some",
    [
        {"counts": replace(NOTHING, entries_new=1)},
        {"counts": replace(NOTHING, settled={EntryState.FAILED: 1})},
        {"counts": replace(NOTHING, kept_new=1)},
        {"counts": replace(NOTHING, copies_new=1)},
        {"revised": (Revised("a1", "A title", False),)},
        {"deliveries": Deliveries(delivered=1)},
        {"deliveries": Deliveries(failed=(("desk", "HTTP 503"),))},
    ],
)
def test_a_run_that_did_anything_shows_it(some: dict[str, Any]) -> None:
    assert artifacts.rows(replace(IDLE, **some))
    assert artifacts.markdown(replace(IDLE, **some))


def test_bars_are_as_long_as_their_counts_and_none_is_invisible() -> None:
    chart = (
        artifacts.markdown(did(counts=replace(COUNTS, entries_new=400)))
        .split("```text\n")[1]
        .split("\n```")[0]
        .splitlines()
    )
    bars = {row.rsplit(" ", 2)[0].strip(): (row.count("█"), row.rsplit(" ", 1)[1]) for row in chart}
    assert bars["new entries"] == (30, "400")
    assert bars["articles kept"] == (2, "20")
    assert bars["storylines touched"] == (1, "1")
    assert "articles changed" not in bars
    assert len({row.index("█") for row in chart}) == 1
    assert not any("seconds" in row for row in chart)


def test_words_of_others_mean_nothing_to_markdown() -> None:
    page = artifacts.markdown(did(changes=(Change(line(NASTY), 1),)))
    (row,) = [row for row in page.splitlines() if row.startswith("| ") and "javascript" in row]
    cell = row.removeprefix("| ").rsplit(" | ", 3)[0]
    assert re.findall(PUNCTUATION, re.sub(rf"\\{PUNCTUATION}", "", cell)) == []
    assert "é" in cell
    assert "\n" not in cell


def test_many_storylines_are_cut_and_counted() -> None:
    page = artifacts.markdown(did(changes=tuple(Change(line(f"Line {n}", n), 1) for n in range(27))))
    assert page.count("| Line ") == 20
    assert page.endswith("and 7 more storylines\n")


def test_a_flow_that_only_delivers_shows_its_messages() -> None:
    assert artifacts.rows(Deliveries(2, waiting=1)) == [
        {"what": "messages sent", "count": 2},
        {"what": "deliveries failed", "count": 0},
    ]
    assert "messages sent" in artifacts.markdown(Deliveries(2))


FLOW = """
import asyncio, os, sys
sys.path.insert(0, TESTS)
from prefect import flow
from test_artifacts import IDLE, did
from flows import artifacts, logs

@flow
async def ferries():
    await artifacts.leave(did(), "ferries")
    await artifacts.leave(IDLE, "idle")
    await artifacts.leave(did(), "Not a key")

logs.configure(json=True)
asyncio.run(ferries())
sys.stderr.flush()
os._exit(0)  # DuckDB 2.0 prints 60 lines of "leaks" in the tear-down of the interpreter
"""


def test_prefects_server_shows_a_table_and_a_page_and_refusing_one_fails_no_run(
    prefect_server: str, tmp_path: Path, served_installation: Callable[[], Any]
) -> None:
    settings = {"PREFECT_API_URL": prefect_server, "PREFECT_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", f"TESTS = {str(Path(__file__).parent)!r}\n{FLOW}"],
        env=served_installation().environment() | settings,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    request = urllib.request.Request(f"{prefect_server}/artifacts/filter", b"{}", {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        left = {one["key"]: one for one in json.load(answer) if one["type"] in ("markdown", "table")}
    assert {"ferries", "ferries-table"} <= left.keys()
    assert not {"idle", "idle-table"} & left.keys()
    assert json.loads(left["ferries-table"]["data"]) == artifacts.rows(did())
    assert left["ferries"]["data"] == artifacts.markdown(did())
    assert (left["ferries"]["type"], left["ferries-table"]["type"]) == ("markdown", "table")
    assert left["ferries"]["flow_run_id"] == left["ferries-table"]["flow_run_id"] is not None
    lines = [json.loads(said) for said in done.stderr.splitlines()]
    assert [said["level"] for said in lines if said["message"] == "no artifact"] == ["warning"]
