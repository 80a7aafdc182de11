"""Installations, a real Prefect server, and a small news web for the tests of the whole program."""

import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest

from flows import cli

REPOSITORY = Path(__file__).resolve().parent.parent.parent
COMMAND = Path(sys.executable).with_name("storywire")
RUN_LIMIT = 120  # seconds; a run takes 5 to 30


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, all of which must be JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Installation:
    """One installation in a folder of its own, used as its owner would use it."""

    home: Path
    server: str | None = None  # a Prefect server to use; None for a temporary one a run, which is slower

    def run(self, *words: str, cwd: Path | None = None, before: Any = None, **environment: str) -> Done:
        """A command in a process of its own, its output in pipes. `before` is called in that process first."""
        command = [str(COMMAND), *words]
        env = self.environment() | environment
        done = subprocess.run(
            command,
            cwd=cwd or self.home.parent,
            env=env,
            preexec_fn=before,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def ask(self, *words: str) -> Done:
        """A command that runs no flow, in this process."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment(), clear=True),
            mock.patch.object(sys, "argv", ["storywire", *words]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = cli._status()  # all of `main` but the end of the process
        return Done(status, out.getvalue(), err.getvalue())

    def environment(self) -> dict[str, str]:
        """That of this process, less what is set for Storywire or Prefect."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("STORYWIRE_", "PREFECT_"))}
        chosen = {"STORYWIRE_HOME": str(self.home), "STORYWIRE_ALLOW_NETS": "127.0.0.0/8"}
        return kept | chosen | ({"STORYWIRE_PREFECT_API_URL": self.server} if self.server else {})

    @property
    def snapshot(self) -> Path:
        """The database that people query."""
        return self.home / "storywire.duckdb"

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What a user's own DuckDB client reads in the published snapshot."""
        with duckdb.connect(str(self.snapshot), read_only=True) as con:
            return con.execute(sql, list(parameters)).fetchall()

    def one(self, sql: str, *parameters: Any) -> Any:
        """The one value of a query's one row."""
        ((value,),) = self.rows(sql, *parameters)
        return value

    def views(self, **leave_out: Sequence[str]) -> dict[str, list[str]]:
        """All that the public views say, but for `runs`, and for the columns of a view that are to be left out."""
        public = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
        names = [name for (name,) in self.rows(public)]
        found = {}
        for name in sorted(set(names) - {"runs"}):
            without = f"EXCLUDE ({', '.join(leave_out[name])})" if name in leave_out else ""
            found[name] = sorted(repr(row) for row in self.rows(f"SELECT * {without} FROM {name}"))
        return found

    def copy(self, home: Path) -> "Installation":
        """The same installation once more, to be harmed."""
        shutil.copytree(self.home, home, ignore=shutil.ignore_patterns("prefect"))
        return Installation(home, self.server)


Installer = Callable[[], Installation]


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """A port of this machine where nothing listens."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
            return port

    return find


@pytest.fixture(scope="session")
def closed(free_port: Callable[[], int]) -> str:
    """The address of a server that is not there."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[str]:
    """The API address of a real Prefect server."""
    home, port = tmp_path_factory.mktemp("prefect"), free_port()
    quiet = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_UI_ENABLED": "false", "DO_NOT_TRACK": "1"}
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("STORYWIRE_", "PREFECT_"))}
    command = [str(COMMAND.with_name("prefect")), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command,
            cwd=home,
            env=clean | quiet | {"PREFECT_HOME": str(home), "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        api = f"http://127.0.0.1:{port}/api"
        _wait_for(f"{api}/health", server)
        yield api
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    pytest.fail("the Prefect server did not start")


@pytest.fixture(scope="session")
def new_installation(tmp_path_factory: pytest.TempPathFactory) -> Installer:
    """Makes an installation that starts a temporary Prefect server for each run, as one out of the box."""
    return lambda: Installation(tmp_path_factory.mktemp("installation") / "home")


@pytest.fixture(scope="session")
def served_installation(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Installer:
    """Makes an installation that uses the Prefect server of these tests."""
    return lambda: Installation(tmp_path_factory.mktemp("installation") / "home", prefect_server)


@dataclass(frozen=True)
class News:
    """A report of tests/data/reports.toml."""

    slug: str
    title: str
    publisher: str
    published: str
    text: str
    about: str = ""
    of: str = ""  # of a copy: the slug of what it repeats
    paragraphs: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Cuts the text."""
        object.__setattr__(self, "paragraphs", [" ".join(p.split()) for p in self.text.strip().split("\n\n")])

    def page(self, url: str) -> tuple[int, Mapping[str, str], bytes]:
        """Its page, with all that stands around a text on the web."""
        html = PAGE.format(
            url=escape(url),
            title=escape(self.title),
            publisher=escape(self.publisher),
            published=self.published,
            body="\n".join(f"<p>{escape(p)}</p>" for p in self.paragraphs),
        )
        return 200, {"Content-Type": "text/html; charset=utf-8"}, html.encode()


@pytest.fixture(scope="session")
def report() -> type[News]:
    """How a test writes a report of its own."""
    return News


@pytest.fixture(scope="session")
def news() -> dict[str, News]:
    """The reports written for the tests, and the copy of one, by slug."""
    found = tomllib.loads((REPOSITORY / "tests/data/reports.toml").read_text("utf-8"))
    reports = {report["slug"]: News(**report) for report in found["report"]}
    for copy in found["copy"]:
        prefix, suffix, original = copy.pop("prefix"), copy.pop("suffix"), reports[copy["of"]]
        text = f"{prefix} {original.text.strip()}\n\n{suffix}"
        reports[copy["slug"]] = News(**copy, text=text)
    return reports


DIRT = (
    "We use cookies to remember your choices",
    "Skip to main content",
    "Diplomats leave Geneva without a date for new talks on Aleppo",
    "Get the Dawn Briefing in your inbox every weekday",
    "All rights reserved",
    "Subscribe for 2 a week",
)
"""Words that stand on each page and in no report."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} | {publisher}</title>
<link rel="canonical" href="{url}"><meta property="og:type" content="article">
<meta property="og:title" content="{title}"><meta property="og:site_name" content="{publisher}">
<meta property="article:published_time" content="{published}">
<script>window.consent = {{}}; track("page");</script><style>body {{ margin: 0 }}</style></head>
<body><div class="cookie-banner" role="dialog"><p>We use cookies to remember your choices and to show you advertising.
</p><button>Accept all</button><button>Manage</button></div>
<a class="skip" href="#main">Skip to main content</a>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li><li><a href="/money">Money</a></li>
<li><a href="/sport">Sport</a></li><li><a href="/subscribe">Subscribe for 2 a week</a></li></ul></nav></header>
<main id="main"><article><h1>{title}</h1><p class="byline">By our staff</p>
<time datetime="{published}">{published}</time>
<div class="share"><a href="#">Share</a> <a href="#">Print</a></div>
{body}
<aside class="newsletter"><h3>The Dawn Briefing</h3><p>Get the Dawn Briefing in your inbox every weekday.</p>
<form><input type="email"><button>Sign up</button></form></aside></article>
<section class="related"><h2>More on this</h2><ul>
<li><a href="/1">Diplomats leave Geneva without a date for new talks on Aleppo</a></li>
<li><a href="/2">What we know about the talks</a></li><li><a href="/3">In pictures: winter on the coast</a></li></ul>
</section></main>
<footer><p>© The publisher. All rights reserved.</p><ul><li><a href="/terms">Terms</a></li>
<li><a href="/privacy">Privacy</a></li></ul></footer></body></html>
"""


@pytest.fixture(scope="session")
def dirt() -> tuple[str, ...]:
    """Words that stand on each page of the tests, and in no report."""
    return DIRT
