import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows import cycle
from flows.commands.reembed import reembed_house
from flows.commands.run import store_seeds
from flows.house import House
from flows.pruning import prune_house
from storage.store import Store
from storywire.errors import InputError
from tasks.seed_files import read_folder
from tests.fakes import FakeEncoder, FakeFetcher, FixedClock, InlineWorkers
from tests.kill import inputs
from tests.published import query

VERDICTS = """SELECT article_id, url, title,
    (SELECT storyline_id FROM storyline_articles s WHERE s.article_id = a.article_id),
    (SELECT canonical_id FROM duplicates d WHERE d.article_id = a.article_id) FROM articles a ORDER BY article_id"""

ENTRIES = "SELECT guid, url, title, state FROM entries ORDER BY entry_id"


def house(home: Path, day: inputs.Day, now: datetime | None = None, model: str = "fake-words") -> House:
    return House(
        store=Store(home),
        encoder=FakeEncoder(model),
        fetcher=FakeFetcher(day.answers),
        workers=InlineWorkers,  # type: ignore[arg-type]
        host_spacing=timedelta(),
        feed_spacing=timedelta(),
        clock=FixedClock(now or day.now),
    )


def live(home: Path, day: inputs.Day, now: datetime | None = None) -> House:
    """One run of a day."""
    here = house(home, day, now)
    at = here.clock()
    here.store.add_feeds(inputs.feeds(day.now))
    folder = home.parent / f"seeds-{day.now:%d}"
    if not folder.exists():
        inputs.write_seeds(day, folder)
    store_seeds(here, read_folder(folder, day.now), at)
    asyncio.run(cycle.whole(here, at, cycle.plain_steps(here, at)))
    return here


def rows(home: Path, sql: str) -> list[tuple[object, ...]]:
    return list(query(home, sql))


def test_a_restore_and_another_look_at_the_feeds_come_to_the_same_articles(tmp_path: Path) -> None:
    home = tmp_path / "home"
    here = live(home, inputs.ONE)
    made = here.store.backup(tmp_path / "backups", inputs.DAY_ONE, {})
    live(home, inputs.TWO)
    expected = rows(home, VERDICTS), rows(home, ENTRIES)
    store = Store(home)
    store.restore(made.path, {})
    store.publish()
    assert rows(home, VERDICTS) != expected[0]
    live(home, inputs.TWO)
    assert (rows(home, VERDICTS), rows(home, ENTRIES)) == expected


def test_pruned_reports_that_come_back_are_copies_and_storylines_stay(tmp_path: Path) -> None:
    home = tmp_path / "home"
    live(home, inputs.ONE)
    before = rows(home, VERDICTS)
    later = inputs.DAY_ONE + timedelta(days=200)
    done = prune_house(house(home, inputs.ONE, later), timedelta(days=180))
    assert done.articles > 0
    assert rows(home, VERDICTS) == before
    kept = rows(home, "SELECT count(*) FROM storyline_articles")
    live(home, inputs.ONE, later + timedelta(hours=1))  # feeds list the same; a page that failed is there no more
    changed = replace(inputs.TWO, seeds=inputs.ONE.seeds, definitions=inputs.ONE.definitions)
    live(home, changed, later + timedelta(hours=26))
    assert rows(home, "SELECT count(*) FROM articles WHERE pruned_at IS NOT NULL") == [(done.articles,)]
    old = {row[0] for row in before}
    assert [row for row in rows(home, VERDICTS) if row[0] in old] == before
    gone = "FROM revisions SEMI JOIN (FROM articles WHERE pruned_at IS NOT NULL) USING (article_id)"
    assert rows(home, f"SELECT count(*) {gone}") == [(0,)]
    assert rows(home, "SELECT count(*) FROM storyline_articles") > kept


def test_a_change_of_model_after_pruning_goes_by_headlines(tmp_path: Path) -> None:
    home = tmp_path / "home"
    live(home, inputs.ONE)
    later = inputs.DAY_ONE + timedelta(days=200)
    prune_house(house(home, inputs.ONE, later), timedelta(days=180))
    here = house(home, inputs.ONE, later, "another")
    assert reembed_house(here) > here.store.pruned_count() > 0


@pytest.mark.parametrize("days", [0, 1, 30, 34])
def test_texts_that_new_articles_are_compared_with_are_never_pruned(tmp_path: Path, days: int) -> None:
    with pytest.raises(InputError, match=r"last 30 days; give at least 35d"):
        prune_house(house(tmp_path, inputs.ONE), timedelta(days=days))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def installed(new_installation: Any) -> Any:
    made = new_installation()
    live(made.home, inputs.ONE)
    return made


def test_pruning_backing_up_and_restoring_by_command(installed: Any, tmp_path: Path) -> None:
    made = installed.ask("backup", str(tmp_path / "b"), "--json")
    assert made.status == 0, made.err
    path = Path(made.json["path"])
    said = installed.ask("prune", "--keep", "35d", "--dry-run", "--json").json
    done = installed.ask("prune", "--keep", "35d", "--json").json
    assert {**said, "dry_run": False, "size_after": 0} == {**done, "size_after": 0}
    assert done["articles"] > 0
    assert installed.one("SELECT count(*) FROM articles WHERE text IS NULL") == done["articles"]
    back = installed.ask("restore", str(path))
    assert back.status == 0, back.err
    assert "What was there before is in" in back.out
    assert installed.one("SELECT count(*) FROM articles WHERE text IS NULL") == 0
    again = installed.ask("prune", "--keep", "35d")
    assert again.out.startswith("Removed: ")
    assert "Nothing that could be removed" in installed.ask("prune", "--keep", "35d").out
    assert (
        installed.ask("explain", installed.one("SELECT min(article_id) FROM articles WHERE text IS NULL")).status == 0
    )


def test_secrets_go_into_a_backup_only_when_asked_for(installed: Any, new_installation: Any, tmp_path: Path) -> None:
    secrets = installed.home / "private" / "targets.toml"
    secrets.write_text("[hook]\nsecret = 'hidden words'\n")
    secrets.chmod(0o600)
    plain = installed.ask("backup", str(tmp_path / "plain"))
    assert "has secrets and was left out" in plain.out
    full = installed.ask("backup", str(tmp_path / "full"), "--with-secrets", "--json").json
    assert full["files"] == ["private/targets.toml"]
    assert b"hidden words" not in next((tmp_path / "plain").iterdir()).read_bytes()
    moved = new_installation()
    assert moved.ask("restore", full["path"]).status == 0
    there = moved.home / "private" / "targets.toml"
    assert (there.read_text(), there.stat().st_mode & 0o777) == (secrets.read_text(), 0o600)
    for view in ("articles", "storyline_articles", "duplicates", "watches", "entries"):
        assert sorted(map(repr, moved.rows(f"FROM {view}"))) == sorted(map(repr, installed.rows(f"FROM {view}")))


def test_a_damaged_database_is_one_line_with_the_command_that_puts_it_right(installed: Any) -> None:
    writer = installed.home / "private" / "writer.duckdb"
    count = installed.one("SELECT count(*) FROM articles")
    writer.write_bytes(writer.read_bytes()[:9000])
    said = installed.ask("prune", "--keep", "180d")
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert said.err.strip().endswith(f"storywire restore {installed.snapshot}")
    assert installed.ask("restore", "--last-good").status == 0
    assert installed.one("SELECT count(*) FROM articles") == count
    assert installed.ask("prune", "--keep", "180d").status == 0


def test_wrong_words_are_said_to_be_so(installed: Any, tmp_path: Path) -> None:
    assert installed.ask("restore").status == 2
    assert installed.ask("restore", "x", "--last-good").status == 2
    assert "no file" in installed.ask("restore", str(tmp_path / "none")).err
    assert "is no length of time" in installed.ask("prune", "--keep", "long").err
    assert installed.ask("prune").status == 2
    with duckdb.connect(str(tmp_path / "foreign.duckdb")):
        pass
    assert "is no database of Storywire" in installed.ask("restore", str(tmp_path / "foreign.duckdb")).err
    assert json.loads(installed.ask("backup", "--json").out)["articles"] > 0
