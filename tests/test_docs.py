"""The pages say what is so: their examples are run, their tables compared with the code, their links followed."""

import asyncio
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import duckdb
import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement

import storywire
from flows import cycle
from flows.cli import cli
from flows.house import House
from flows.report import Report
from flows.settings import Settings
from storywire import (
    belonging,
    boilerplate,
    collecting,
    copying,
    corrections,
    dedup,
    facts,
    feeds,
    grouping,
    habits,
    health,
    labels,
    memory,
    mending,
    moves,
    named,
    names,
    paraphrase,
    passages,
    polling,
    rarity,
    retelling,
    revisions,
    robots,
    shingles,
    sketch,
    visits,
    waits,
    walls,
    window,
)
from storywire.parameters import CopyParameters, EventParameters, Parameters, StorylineParameters
from tasks import collect, fetch, pacing, poll, workers
from tasks.embed import SentenceEncoder
from tests.fakes import FakeFetcher, InlineWorkers

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    "README.md",
    "docs/commands.md",
    "docs/configuration.md",
    "docs/status.md",
    "docs/feeds.md",
    "docs/polling.md",
    "docs/decisions.md",
    "docs/storylines.md",
    "docs/revisions.md",
    "docs/alerts.md",
    "docs/targets.md",
    "docs/schema.md",
    "docs/queries.md",
    "docs/search.md",
    "docs/sql.md",
    "docs/exchange.md",
    "docs/history.md",
]
LINKED = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
A_USERS_FOLDER, A_USERS_DAY, A_USERS_TIME = "/home/you/storywire", "2026-11-22", "09:24"
DECIMAL, TOLERANCE = re.compile(r"\d+\.\d+"), 0.03  # what a score may differ by from one processor to another


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the name of the file that it is, if it is one, and what stands in it."""

    language: str
    file: str
    text: str

    def examples(self) -> list[tuple[str, str]]:
        """The commands of a console block, each with the output that is shown below it."""
        parts = re.split(r"^\$ (.+)\n", self.text, flags=re.MULTILINE)[1:]
        return list(zip(parts[::2], parts[1::2], strict=True))


def blocks(page: str) -> list[Block]:
    return [Block(*found) for found in FENCE.findall((ROOT / page).read_text("utf-8"))]


@pytest.fixture(scope="module")
def after_first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a new user did `storywire run`, as a process of its own, before there was any feed."""
    folder = tmp_path_factory.mktemp("new-user")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("STORYWIRE_", "PREFECT_"))}
    command = Path(sys.executable).with_name("storywire")
    subprocess.run([command, "run"], cwd=folder, env=clean, check=True, capture_output=True, timeout=120)
    return folder


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


@pytest.fixture
def folder(after_first_run: Path, encoder: SentenceEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with what a first run left and the files that the pages show, no network, and no Prefect."""
    shutil.copytree(after_first_run / "data", tmp_path / "data", ignore=shutil.ignore_patterns("prefect"))
    for block in (block for page in PAGES for block in blocks(page) if block.file):
        (tmp_path / block.file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / block.file).write_text(block.text, "utf-8")

    def without_prefect(house: House, settings: Settings, now: datetime) -> Report:
        here = replace(house, encoder=encoder, fetcher=FakeFetcher(), workers=InlineWorkers)
        return asyncio.run(cycle.whole(here, now, cycle.plain_steps(here, now)))

    monkeypatch.setattr("flows.commands.run.cycle", without_prefect)
    for name in [name for name in os.environ if name.startswith("STORYWIRE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_each_example_on_a_page_runs_and_prints_what_stands_there(page: str, folder: Path) -> None:
    for block in blocks(page):
        if block.language == "console":
            for command, shown in block.examples():
                printed = run(command)
                if shown.strip():
                    compare(command, shown, printed, folder)
        elif block.language == "python":
            with redirect_stdout(StringIO()) as out:
                exec(block.text, {})
            assert out.getvalue(), f"prints nothing: {block.text}"
        elif block.language == "sql":
            with duckdb.connect("data/storywire.duckdb", read_only=True) as con:
                con.execute(block.text)


def run(command: str) -> str:
    program, *words = shlex.split(command)
    if program == "cat":
        return Path(words[0]).read_text("utf-8")
    assert program == "storywire", f"examples are of storywire and cat, this is not: {command}"
    done = CliRunner().invoke(cli, words)
    assert done.exception is None, f"$ {command}\n{done.exception!r}\n{done.output}"
    return done.stdout


def compare(command: str, shown: str, printed: str, folder: Path) -> None:
    if "--json" in command or command.endswith(".jsonl"):
        assert shape(json.loads(shown)) == shape(json.loads(printed)), command
        return
    expected, found = as_shown(shown), as_shown(printed.replace(str(folder), A_USERS_FOLDER))
    assert DECIMAL.sub("#", expected) == DECIMAL.sub("#", found), f"$ {command}\n{found}"
    assert list(map(float, DECIMAL.findall(expected))) == pytest.approx(
        list(map(float, DECIMAL.findall(found))), abs=TOLERANCE
    ), f"$ {command}\n{found}"


def as_shown(text: str) -> str:
    """Output without what differs from one user and day to the next, and without spaces at the ends of lines."""
    text = text.replace(f"{datetime.now(UTC):%Y-%m-%d}", A_USERS_DAY)
    text = re.sub(r"(first seen \S+\s+)\d\d:\d\d", rf"\g<1>{A_USERS_TIME}", text)
    text = re.sub(r"\bw[0-9a-f]{16}\b", "w", text)  # a watch's id derives from the whole path of its file
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def shape(value: Any) -> Any:
    """The keys and types of a JSON value; of a list, those of its first item."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_to_pages_and_headings_that_are_there(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("https://", "http://", "mailto:")):
            name, _, heading = target.partition("#")
            there = page.parent / name if name else page
            assert there.exists(), f"{page.name} links to {target}"
            assert not heading or heading in headings(there), f"{page.name} links to {target}"


def headings(page: Path) -> set[str]:
    """The headings of a page as they stand in links."""
    found = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in found}


def test_the_page_of_commands_has_each_command_with_exactly_its_options() -> None:
    sections = re.split(r"^#{2,3} (?=storywire )", (ROOT / "docs/commands.md").read_text("utf-8"), flags=re.M)[1:]
    written = {
        heading: set(re.findall(r"^- `(--?.+?)`", text, flags=re.MULTILINE))
        for heading, text in (section.split("\n", 1) for section in sections)
    }
    assert written == dict(commands(cli, "storywire"))


def commands(group: click.Group, path: str) -> Iterator[tuple[str, set[str]]]:
    """Each command below a group as a heading names it, with its options but for --help."""
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        own = click.Context(command, info_name=name, parent=context)
        below = isinstance(command, click.Group)
        pieces = [] if below else [p for p in command.collect_usage_pieces(own) if p != "[OPTIONS]"]
        options = [option for option in command.params if isinstance(option, click.Option)]
        yield (
            " ".join([path, name, *pieces]),
            {record[0] for option in options if (record := option.get_help_record(own))},
        )
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


GROUPING = [belonging, grouping, labels, memory, mending, named, names, passages, rarity, sketch, window]
COPIES = [copying, dedup, facts, paraphrase, retelling, shingles]
DECIDING = [boilerplate, *GROUPING, *COPIES]
REVISING = [corrections, revisions, visits]
FEEDS = [collecting, feeds, robots, collect, fetch, workers, pacing]
POLLING = [polling, waits, habits, moves, health, poll]
SETTINGS = {
    "docs/decisions.md": {"cycle.WINDOW": cycle.WINDOW, "cycle.BATCH": cycle.BATCH}
    | {f"events.{field.name}": getattr(Parameters().events, field.name) for field in fields(EventParameters)}
    | {f"storylines.{f.name}": getattr(Parameters().storylines, f.name) for f in fields(StorylineParameters)}
    | {f"copies.{f.name}": getattr(Parameters().copies, f.name) for f in fields(CopyParameters)},
    "docs/feeds.md": {"House.time_budget": next(f.default for f in fields(House) if f.name == "time_budget")},
    "docs/polling.md": {},
    "docs/revisions.md": {},
    "docs/extraction.md": {},
}


@pytest.mark.parametrize(
    ("page", "modules"),
    [
        ("docs/decisions.md", DECIDING),
        ("docs/feeds.md", FEEDS),
        ("docs/polling.md", POLLING),
        ("docs/revisions.md", REVISING),
        ("docs/extraction.md", [walls]),
    ],
)
def test_a_page_has_each_constant_that_decides_with_its_value(page: str, modules: list[ModuleType]) -> None:
    rows = re.findall(r"^\| `(\w+\.\w+)` \| (.+?) \|", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE)
    constants = {
        f"{module.__name__.rpartition('.')[2]}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if re.fullmatch(r"[A-Z][A-Z_]+", name) and isinstance(value, (int, float, timedelta)) and _own(module, name)
    }
    assert dict(rows) == {name: written(value) for name, value in (constants | SETTINGS[page]).items()}


def _own(module: ModuleType, name: str) -> bool:
    """Whether a module sets a constant itself, and does not only import it."""
    source = Path(str(module.__file__)).read_text("utf-8")
    return re.search(rf"^(?:[A-Z_]+, )*{name}\b.*=", source, flags=re.MULTILINE) is not None


def written(value: float | timedelta | str) -> str:
    """A number or a time as the tables have it."""
    if isinstance(value, str):
        return value
    if isinstance(value, timedelta):
        units = ((timedelta(days=2), timedelta(days=1), "days"), (timedelta(hours=1), timedelta(hours=1), "h"))
        more = ((timedelta(minutes=1), timedelta(minutes=1), "min"), (timedelta(0), timedelta(seconds=1), "s"))
        return next(f"{value / unit:g} {name}" for least, unit, name in (*units, *more) if value >= least)
    if isinstance(value, int):
        return f"{value // 2**20:,} MiB" if value and value % 2**20 == 0 else f"{value:,}"
    return f"{value:.3g}"


def test_each_direct_dependency_has_its_reason_and_its_pin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    given = [project["dependencies"], project["optional-dependencies"]["dev"]]
    asked = [{Requirement(line).name for line in lines} for lines in given]
    page = (ROOT / "docs/dependencies.md").read_text("utf-8")
    tables = re.findall(r"^\| package \|.*?\n\n", page + "\n", flags=re.MULTILINE | re.DOTALL)
    assert [set(re.findall(r"^\| ([\w.-]+) \| ", table.split("\n", 2)[2], flags=re.M)) for table in tables] == asked
    pinned = {plain(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()}
    assert {plain(name) for names in asked for name in names} <= pinned


def plain(name: str) -> str:
    """A package's name as pip compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_readme_fits_a_first_screen_and_counts_right() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    first = readme.partition("\n## ")[0].splitlines()
    assert len(first) <= 45
    assert max(map(len, first)) <= 80
    starters = (ROOT / "seeds/feeds.opml").read_text("utf-8").count("xmlUrl=")
    assert f"{starters} starter feeds" in readme
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"\bmake (run|test|bench|clean|install)\b", readme)) <= set(targets)


def test_the_changelog_has_this_version() -> None:
    assert f"## {storywire.__version__} - " in (ROOT / "CHANGELOG.md").read_text("utf-8")
