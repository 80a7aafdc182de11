"""Past one machine: pages read and texts embedded by two processes of a real Ray, as tasks of a real Prefect server.

The same flow reads a web of 12 hosts three times: on this machine, on Ray, and on a Ray whose processes are killed at
work. All three databases must say the same.
"""

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from importlib.util import find_spec
from itertools import cycle as endlessly
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest import mock

import click
import duckdb
import numpy as np
import psutil
import pytest

from flows import prefect_settings
from flows.house import House, at_home, build
from flows.settings import Settings
from storywire.errors import InputError
from storywire.nouns import Feed
from tasks.embed import SentenceEncoder
from tests.fakes import FixedClock
from tests.server import LOOPBACK, Answer, Server, serving

if find_spec("ray") is None or find_spec("prefect_ray") is None:  # not imported here: Ray reads its variables then
    pytest.skip("Ray is not installed: pip install -c constraints.txt '.[ray]'", allow_module_level=True)

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
HOSTS = [f"127.0.0.{last}" for last in range(20, 32)]  # the pages of one host are read one after the other
HTML = {"Content-Type": "text/html; charset=utf-8"}
LEFT_OUT = ("model_seconds", "vector")  # what a run took; vectors are compared by their numbers
TOLERANCE = 1e-6
WORK = ("read-pages", "embed-passages")


@dataclass
class Watcher:
    """Notes which far processes were seen at which work, and kills the first so many at each kind of it."""

    kills: int = 0
    seen: dict[str, set[int]] = field(default_factory=lambda: {work: set() for work in WORK})
    killed: list[str] = field(default_factory=list)
    _end: Event = field(default_factory=Event)

    @contextmanager
    def watching(self) -> Iterator[None]:
        thread = Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    def _watch(self) -> None:
        while not self._end.wait(0.03):
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    self._look(process, " ".join(process.cmdline()).strip().removeprefix("ray::"))

    def _look(self, process: psutil.Process, work: str) -> None:
        if work in WORK:
            self.seen[work].add(process.pid)
            if self.killed.count(work) < self.kills:
                process.kill()
                self.killed.append(work)


@dataclass(frozen=True)
class Web:
    """Servers on many hosts; the first one has the feed that links all pages."""

    servers: Sequence[Server]
    feed: str
    pages: int


@pytest.fixture(scope="module")
def web(news: Mapping[str, Any]) -> Iterator[Web]:
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(address=address)) for address in HOSTS]
        links = []
        for (path, title, answer), server in zip(_pages(news), endlessly(servers), strict=False):
            server.routes[path] = answer
            links.append((f"{server.url}{path}", title))
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid></item>"
            for link, title in links
        )
        said = f'<rss version="2.0"><channel><title>Wire</title>{items}</channel></rss>'
        servers[0].routes["/feed"] = (200, {"Content-Type": "application/rss+xml"}, said.encode())
        yield Web(servers, f"{servers[0].url}/feed", len(links))


def _pages(news: Mapping[str, Any]) -> Iterator[tuple[str, str, Answer]]:
    """Each report, copies of it, and others with its sentences in another order; then pages that are none."""
    for slug, report in news.items():
        yield f"/{slug}", report.title, report.page(f"/{slug}")
        yield f"/{slug}-again", report.title, _page(report.title, report.paragraphs)
        yield f"/{slug}-turned", f"{report.title}: a look back", _page("A look back", report.paragraphs[::-1])
        yield f"/{slug}-first", f"First: {report.title}", _page("First", report.paragraphs[:2])
    crowded = f"<p {' '.join(f'a{n}=1' for n in range(3000))}>"
    words = [f"The {n}th tower of Karsby stands on its own hill above the river and the old mill." for n in range(12)]
    yield "/crowded", "Towers", _page("Towers", words, crowded)  # too much for the usual reader
    menu = "".join(f'<div><ul><li><a href="/{n}">Section {n}</a></li></ul></div>' for n in range(6000))
    yield "/long", "Lanes", _page("Lanes", [f"The lane of {w}" for w in words], before=menu)  # takes a second to read
    yield "/empty", "Nothing", (200, HTML, b"<html><head><title>Nothing</title></head><body></body></html>")
    yield "/login", "Members", _page("Members", ["Please log in to continue."])
    yield "/image", "A picture", (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + bytes(2000))
    yield "/gone", "Gone", (404, {}, b"")
    yield "/bytes", "Bytes", (200, HTML, b"<html><body>" + bytes(range(128, 256)) * 40)


def _page(title: str, paragraphs: Sequence[str], start: str = "<p>", before: str = "") -> Answer:
    body = "".join(f"{start}{escape(paragraph)}</p>" for paragraph in paragraphs)
    said = f"<html><head><title>{escape(title)}</title></head><body>{before}<article>{body}</article></body></html>"
    return 200, HTML, said.encode()


@dataclass(frozen=True)
class Made:
    """What a run left in the database: rows by table, without vectors, which are by article."""

    tables: Mapping[str, list[str]]
    vectors: Mapping[str, Sequence[float]]


@pytest.fixture(scope="module")
def read_by(web: Web, prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Made]]:
    """Runs the flow `ingest` on the web in a new installation, as the settings say."""
    used: list[Settings] = []

    def run(ray_address: str | None) -> Made:
        home = tmp_path_factory.mktemp("installation") / "home"
        settings = Settings(home, prefect_api_url=prefect_server, allow_nets=LOOPBACK, ray_address=ray_address)
        used.append(settings)
        house = build(settings)
        house = House(
            **{name: getattr(house, name) for name in ("store", "encoder", "fetcher", "workers", "thresholds")},
            host_spacing=timedelta(0),
            clock=FixedClock(START),
        )
        house.store.add_feeds([Feed(web.feed, START, START)])
        asyncio.run(_ingest(house))
        return _made(home)

    with mock.patch.dict(os.environ):
        with prefect_settings.server(Settings(tmp_path_factory.mktemp("prefect"), prefect_api_url=prefect_server)):
            yield run
        for settings in used:
            if settings.ray_address:
                from flows import fanout

                fanout.fleet(settings).leave()


async def _ingest(house: House) -> None:
    from flows.ingest import ingest

    with at_home(house):
        await ingest(START)


def _made(home: Path) -> Made:
    tables = "SELECT table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = 'private'"
    with duckdb.connect(str(home / "private" / "writer.duckdb"), read_only=True) as con:
        rows = {name: _rows(con, name) for (name,) in con.sql(tables).fetchall()}
        return Made(rows, dict(con.sql("SELECT article_id, vector FROM private.feature").fetchall()))


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    columns = [c for c in con.sql(f"SELECT * FROM private.{table}").columns if c not in LEFT_OUT]
    return sorted(repr(row) for row in con.sql(f"SELECT {', '.join(columns)} FROM private.{table}").fetchall())


def _python(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def here(read_by: Callable[..., Made]) -> Made:
    return read_by(None)


def assert_same(made: Made, here: Made) -> None:
    assert made.tables == here.tables
    assert made.vectors.keys() == here.vectors.keys()
    for name, vector in here.vectors.items():
        assert np.allclose(made.vectors[name], vector, rtol=0, atol=TOLERANCE)


def test_prefect_and_ray_wait_for_the_first_batch(tmp_path: Path) -> None:
    done = _python(
        "import sys; from pathlib import Path; from flows.house import build; from flows.settings import Settings;"
        f"build(Settings(Path({str(tmp_path)!r}), ray_address='local')).encoder.start();"
        "print([name for name in ('ray', 'prefect_ray', 'prefect') if name in sys.modules])"
    )
    assert done.stdout == "[]\n"


def test_without_an_address_nothing_of_it_is_imported(tmp_path: Path) -> None:
    done = _python(
        "import sys; from pathlib import Path; from flows.house import build; from flows.settings import Settings;"
        f"build(Settings(Path({str(tmp_path)!r})));"
        "print([name for name in ('ray', 'prefect_ray', 'pyarrow', 'prefect') if name in sys.modules])"
    )
    assert done.stdout == "[]\n"


def test_where_ray_is_not_installed_the_error_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.house.find_spec", lambda name: None if name == "prefect_ray" else find_spec(name))
    with pytest.raises(InputError, match=r"prefect_ray is not installed; .*pip install -c constraints.txt '\.\[ray\]'"):
        build(Settings(tmp_path, ray_address="local"))


def test_two_processes_of_ray_leave_the_database_that_this_machine_alone_leaves(
    read_by: Callable[..., Made], here: Made, web: Web
) -> None:
    assert len(here.tables["entry"]) == web.pages
    assert {"article", "assignment", "duplicate", "event", "storyline"} <= {
        n for n, rows in here.tables.items() if rows
    }
    watcher = Watcher()
    with watcher.watching():
        made = read_by("local")
    assert_same(made, here)
    assert all(watcher.seen.values())


def test_what_no_machine_did_is_told_of_once_at_the_end_of_a_command(
    read_by: Callable[..., Made],
    prefect_server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    from flows import fanout

    monkeypatch.setattr(fanout, "PATIENCE", timedelta(0))
    settings = Settings(tmp_path, prefect_api_url=prefect_server, ray_address="local")
    with click.Context(click.Command("reembed")):
        house = build(settings)
        passages = [f"The {n}th mill of Karsby." for n in range(130)]
        assert np.array_equal(house.encode(passages), SentenceEncoder(None).encode(passages))
        assert capsys.readouterr().err == ""
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "3 batches came back from no machine (no answer in 0:00:00)" in said.err
    log = logging.getLogger("storywire.fanout")
    log.addHandler(caplog.handler)  # Prefect's settings may keep lines from going further up
    try:
        with caplog.at_level("WARNING", log.name), at_home(build(settings)) as deployed:
            deployed.encode(passages[:20])
            assert not caplog.records
    finally:
        log.removeHandler(caplog.handler)
    assert "came back" not in capsys.readouterr().err
    assert list(dict.fromkeys(record.getMessage() for record in caplog.records)) == [
        'done here batches=1 reason="no answer in 0:00:00"'
    ]


@pytest.mark.slow
def test_processes_that_are_killed_at_work_lose_nothing(read_by: Callable[..., Made], here: Made) -> None:
    watcher = Watcher(kills=2)
    with watcher.watching():
        made = read_by("local")
    assert_same(made, here)
    assert set(watcher.killed) == set(WORK)
