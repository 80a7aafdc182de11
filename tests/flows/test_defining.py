"""A storyline that is defined later draws in what is stored, through the real steps and the real store."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows import cycle
from flows.house import House
from storage.store import Store
from storywire.nouns import Article, Definition, EntryState
from tests.fakes import FakeEncoder
from tests.storage.storage_makers import NOW, article, entry

SUBJECTS = {
    "flood": "Soldiers stacked sandbags through the night while the Elster flooded Brandau and its lower town.",
    "chess": "Grandmaster Oyelaran won the Lagos chess tournament and will play the candidates in spring.",
}


def reported(n: int, subject: str) -> Article:
    text = f"{SUBJECTS[subject]} Report {n} said so."
    return article(n, title=f"{subject} {n}", text=text, first_seen_at=NOW + timedelta(hours=400 * n))


def stored(house: House, *articles: Article) -> None:
    entries = [replace(entry(0, guid=a.article_id), entry_id=a.article_id, url=a.url) for a in articles]
    settled = [replace(e, state=EntryState.STORED, article_id=e.entry_id) for e in entries]
    house.store.save_collected(list(zip(settled, articles, strict=True)), "run")


@pytest.mark.parametrize("batch", [1, 256], ids=["seeds in batches of their own", "seeds in one batch"])
def test_what_is_stored_joins_a_storyline_whose_seeds_come_when_it_is_defined(
    batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycle, "BATCH", batch)
    house = House(Store(tmp_path), FakeEncoder())
    old = [reported(0, "flood"), reported(1, "chess")]
    stored(house, *old)
    asyncio.run(cycle.update_storylines(house, NOW))
    seeds = [reported(2, "flood"), reported(3, "flood")]
    house.store.define([Definition("floods", "Elster floods", tuple(s.article_id for s in seeds))], NOW)
    stored(house, *seeds)
    asyncio.run(cycle.update_storylines(house, NOW))
    lines = {a.title: house.store.place_of(a.article_id).storyline_id for a in [*old, *seeds]}
    assert lines.pop("chess 1") != "floods"
    assert lines == {"flood 0": "floods", "flood 2": "floods", "flood 3": "floods"}


def test_a_removal_in_the_middle_of_a_run_does_not_keep_it_from_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycle, "BATCH", 1)
    house = House(Store(tmp_path), FakeEncoder())
    first, copy = reported(0, "flood"), replace(reported(1, "flood"), text=reported(0, "flood").text)
    stored(house, first, copy)
    steps = []

    async def step(name: str, work: cycle.Callable[[], cycle.Awaitable[cycle.T]]) -> cycle.T:
        assert len(steps) < 9, "it goes on for ever"
        steps.append(name)
        done = await work()
        if len(steps) == 1:
            house.store.delete_article(first.article_id)
        return done

    asyncio.run(cycle.update_storylines(house, NOW, step))
    assert house.store.place_of(copy.article_id).article_id == copy.article_id
