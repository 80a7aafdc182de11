"""Laws of the commands that take things out of an installation and into a new one."""

import json
from collections.abc import Callable
from pathlib import Path

import feedparser
import pytest
from click.testing import CliRunner

from flows import cli

MAKERS = Path(__file__).resolve().parents[1] / "storage"
Storywire = Callable[..., str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newsroom of the tests of storage, which import each other from their own folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(MAKERS))
        from newsroom import newsroom

        return newsroom(tmp_path_factory.mktemp("newsroom")).home


@pytest.fixture
def storywire(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storywire:
    """Runs a command in the newsroom, or in another home, and returns what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str, home: Path = made, status: int = 0) -> str:
        monkeypatch.setenv("STORYWIRE_HOME", str(home))
        done = CliRunner().invoke(cli.cli, words)
        assert done.exit_code == status, done.output
        return str(done.exception) if status == 1 else done.output

    return run


def test_what_is_exported_makes_a_new_installation_that_answers_alike(storywire: Storywire, tmp_path: Path) -> None:
    assert storywire("export", "out").endswith(" tables in out.\n")
    said = json.loads(storywire("import", "out", "--json", home=tmp_path / "new"))
    assert said["rows"] == sum(table["rows"] for table in said["tables"])
    assert storywire("storylines", home=tmp_path / "new") == storywire("storylines")
    again = storywire("import", "out", home=tmp_path / "new", status=1)
    assert "name another folder in STORYWIRE_HOME" in again
    assert "give a new folder, or an empty one" in storywire("export", "out", status=1)


def test_the_public_views_are_exported_apart_and_csv_of_them_only(storywire: Storywire, tmp_path: Path) -> None:
    assert storywire("export", "views", "--views").endswith(" views in views.\n")
    said = json.loads(storywire("export", "csv", "--views", "--csv", "--json"))
    assert said["what"] == "views"
    assert {path.suffix for path in (tmp_path / "csv").iterdir()} == {".csv", ".json"}
    assert {path.suffix for path in (tmp_path / "views").iterdir()} == {".parquet", ".json"}
    assert "--csv goes with --views" in storywire("export", "more", "--csv", status=2)


def test_a_storyline_is_printed_as_a_feed_of_its_kept_reports(storywire: Storywire) -> None:
    found = feedparser.parse(storywire("storylines", "feed", "zagreb").encode())
    assert (found.version, found.bozo, found.feed.title) == ("atom10", False, "Zagreb metro")
    dates = [entry.published for entry in found.entries]
    assert dates == sorted(dates, reverse=True)
    assert len(dates) == 5  # and not its two copies
    assert found.feed.updated == "2026-11-22T07:00:00Z"
    [corrected] = [entry for entry in found.entries if entry.updated != entry.published]
    assert (corrected.title, corrected.updated) == ("Croatia's first metro enters service", "2026-11-21T02:00:00Z")
    as_json = json.loads(storywire("storylines", "feed", "zagreb", "--format", "json", "--limit", "2"))
    assert [item["id"] for item in as_json["items"]] == [entry.id for entry in found.entries[:2]]
    assert "near it" in storywire("storylines", "feed", "zagreb-metr0", status=1)


def test_a_feed_is_written_whole_and_the_same_again(storywire: Storywire, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text("before")
    assert storywire("storylines", "feed", "zagreb", "-o", "feed.xml") == "5 reports in feed.xml.\n"
    first = (tmp_path / "feed.xml").read_bytes()
    said = json.loads(storywire("storylines", "feed", "zagreb", "-o", "feed.xml", "--json"))
    assert said == {"storyline_id": "zagreb-metro", "file": "feed.xml", "reports": 5}
    assert (tmp_path / "feed.xml").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["feed.xml"]
    assert "there is no folder" in storywire("storylines", "feed", "zagreb", "-o", "no/feed.xml", status=1)
    assert "--json goes with" in storywire("storylines", "feed", "zagreb", "--json", status=2)
