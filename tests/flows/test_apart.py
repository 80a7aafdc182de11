"""The steps of a cycle run apart, in any order, early, late or twice: what they store is what a whole run stores."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import apart, cycle, signals, telling
from flows.batching import batches
from flows.house import House
from flows.report import Report
from storage.store import Store
from storywire.errors import UnderWay
from storywire.nouns import Entry, Feed, Published
from storywire.watchfile import watch_of
from tasks.fetch import Response
from tests.fakes import FakeEncoder, FakeFetcher, FixedClock, InlineWorkers, RecordingNotifier

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FEED = "https://courier.example/feed.json"
TEXTS = {
    "flood": "The river Orsa rose four metres in Tallbro overnight and 1,200 people left their homes by boat. ",
    "chess": "Grandmaster Oyelaran Bisi won the Lagos Open with a round to spare after a rook ending. ",
    "strike": "Dockers at the port of Korrin stopped work on Monday over pay and will not return before Friday. ",
}


class Desk:
    def __init__(self, home: Path) -> None:
        self.clock, self.pages, self.notifier = FixedClock(START), dict[str, Any](), RecordingNotifier()
        self.house = House(
            Store(home, wait=timedelta(seconds=0.2)),
            FakeEncoder(),
            FakeFetcher(self.pages),
            workers=InlineWorkers,  # type: ignore[arg-type]
            notifier=self.notifier,
            host_spacing=timedelta(0),
            feed_spacing=timedelta(0),
            clock=self.clock,
        )
        self.house.store.add_feeds([Feed(FEED, START, START)])

    def list(self, *keys: str) -> None:
        items = [
            {
                "id": key,
                "url": f"https://courier.example/{key}",
                "title": f"What happened: {key}",
                "content_text": TEXTS[key] * 4,
                "date_published": (self.clock.now - MINUTE).isoformat(),
            }
            for key in keys
        ]
        said = {"version": "https://jsonfeed.org/version/1.1", "title": "Courier", "items": items}
        self.pages[FEED] = Response(200, FEED, json.dumps(said).encode())

    def gather(self, **more: Any) -> Report | None:
        self.clock.now += timedelta(hours=2)
        return asyncio.run(apart.gather(self.house, self.clock.now, **more))

    def group(self) -> Report | None:
        self.clock.now += MINUTE
        return asyncio.run(apart.group(self.house, self.clock.now))

    def tell(self) -> int:
        return asyncio.run(apart.tell(self.house, self.clock.now)).delivered


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


def facts(store: Store) -> list[Any]:
    with store.transaction() as con:
        return con.execute(
            """SELECT a.article_id, a.title, a.text, event_id, storyline_id, score, label
            FROM private.article a LEFT JOIN private.assignment USING (article_id)
            LEFT JOIN private.storyline USING (storyline_id) ORDER BY ALL"""
        ).fetchall()


def test_steps_run_apart_store_what_a_whole_run_stores(tmp_path: Path) -> None:
    parted, whole = Desk(tmp_path / "apart"), Desk(tmp_path / "whole")
    for keys in (["flood"], ["flood", "chess", "strike"]):
        for each in (parted, whole):
            each.list(*keys)
        parted.gather()
        parted.group()
        whole.clock.now = parted.clock.now
        asyncio.run(cycle.whole(whole.house, whole.clock.now, cycle.plain_steps(whole.house, whole.clock.now)))
    assert facts(parted.house.store) == facts(whole.house.store) != []


def test_a_step_that_comes_twice_or_with_nothing_to_do_leaves_no_line_in_the_ledger(desk: Desk) -> None:
    assert desk.group() is None
    desk.list("flood")
    first = desk.gather()
    assert first is not None
    assert first.balance() == "1 entry: 1 stored + 0 pending; 1 new article"
    said = desk.group()
    assert said is not None
    assert said.balance() == "1 new article: 1 kept + 0 copies"
    assert desk.group() is None
    desk.clock.now -= timedelta(hours=2) - MINUTE
    assert desk.gather() is None, "nothing is due a minute later"
    with desk.house.store.transaction() as con:
        assert con.execute("SELECT flow FROM runs ORDER BY run_id").fetchall() == [("collect",), ("update-storylines",)]


def test_whoever_finds_its_step_under_way_leaves_it_to_the_other_and_nothing_is_lost(desk: Desk) -> None:
    desk.list("flood")
    with desk.house.store.collecting(), pytest.raises(UnderWay, match="another run is collecting"):
        desk.gather()
    assert desk.gather() is not None
    with desk.house.store.updating(), pytest.raises(UnderWay, match="another run is updating storylines"):
        desk.group()
    assert desk.group() is not None


def test_collecting_and_updating_go_on_side_by_side_but_a_whole_run_keeps_both_out(desk: Desk) -> None:
    store = desk.house.store
    with store.collecting(), store.updating():
        pass
    with store.running():
        with pytest.raises(UnderWay), store.collecting(timedelta(0)):
            pass
        with pytest.raises(UnderWay), store.updating(timedelta(0)):
            pass


def test_an_entry_that_is_pushed_in_during_a_run_does_not_upset_its_balance(desk: Desk) -> None:
    desk.list("flood")

    def push() -> None:
        at = desk.clock.now
        entry = Entry("pushed", None, None, "https://gazette.example/x", "A pushed report", None, Published(), at)
        desk.house.store.add_entries([entry], cycle.run_id(at + timedelta(seconds=1)))

    report = desk.gather(stored=push)
    assert report is not None
    counts = report.counts
    assert counts.pending_before + counts.entries_new == sum(counts.settled.values()) + counts.pending
    assert counts.entries_new == 2


def test_what_could_go_out_now_is_what_delivery_then_sends(desk: Desk) -> None:
    desk.list("flood")
    desk.gather()
    desk.group()
    desk.house.store.add_watch(watch_of({"name": "all", "target": "all"}, START))
    assert telling.due(desk.house) == 0
    desk.list("flood", "strike")
    desk.gather()
    desk.group()
    assert telling.due(desk.house) == telling.due(desk.house) == 1, "looking changes nothing"
    assert desk.tell() == 1
    assert telling.due(desk.house) == 0


def test_a_snapshot_is_published_when_it_is_behind_and_the_last_is_old_enough(desk: Desk) -> None:
    house = desk.house

    def publishes(after: timedelta) -> bool:
        made = house.store.published_at()
        assert made is not None
        desk.clock.now = made + after
        return asyncio.run(apart.publish(house))

    house.store.publish()
    assert not publishes(house.publish_every), "there is no news"
    house.store.start_run("killed", datetime.now(UTC) + MINUTE)
    assert not publishes(house.publish_every / 2), "it is too soon"
    assert publishes(house.publish_every)
    assert publishes(-MINUTE), "the clock was set back"


def test_looks_at_feeds_that_found_nothing_are_published_once_in_a_while(desk: Desk) -> None:
    house = desk.house
    house.store.publish()
    made = house.store.published_at()
    assert made is not None
    house.store.start_run("a look", made + MINUTE)
    house.store.finish_run("a look", made + MINUTE, 1)
    for after, expected in ((10 * MINUTE, False), (apart.NO_NEWS, True)):
        desk.clock.now = made + after
        assert asyncio.run(apart.publish(house)) is expected


def test_what_is_pushed_in_is_news_and_a_seed_is_none(desk: Desk) -> None:
    desk.house.store.add_watch(watch_of({"name": "all", "target": "all"}, START))
    for number, pushed_at in enumerate((None, desk.clock.now)):
        text = list(TEXTS.values())[number] * 4
        given = Entry(f"e{number}", None, None, None, f"Report {number}", text, Published(), START, full_text=True)
        desk.house.store.add_entries([given], "pushed", pushed_at)
    desk.gather()
    desk.group()
    assert desk.tell() == 1
    [payload] = desk.notifier.payloads("all")
    assert [r["title"] for line in payload["storylines"] for r in line["reports"]] == ["Report 1"]


def test_the_class_of_a_changed_storyline_is_that_of_its_best_news(desk: Desk) -> None:
    desk.list("flood")
    desk.gather()
    report = desk.group()
    assert report is not None
    [change] = report.changes
    signal = signals.updated(change, report.run_id)
    assert (signal.name, signal.payload["class"]) == ("storywire.storyline.updated", "new")
    assert signal.resource == f"storywire.storyline.{change.storyline.storyline_id}"
    assert (signal.payload["new"], signal.payload["articles"]) == (1, 1)


async def _slowly(*waits: float) -> AsyncGenerator[int, None]:
    for number, wait in enumerate(waits):
        await asyncio.sleep(wait)
        yield number


def test_what_came_waits_no_longer_than_it_may_for_what_is_slow() -> None:
    async def taken() -> list[list[int]]:
        return [batch async for batch in batches(_slowly(0, 0, 0.4, 0), 100, 0.05)]

    assert asyncio.run(taken()) == [[0, 1], [2, 3]]


def test_batches_are_no_larger_than_they_may_be_and_a_failure_loses_no_whole_one() -> None:
    async def failing() -> AsyncGenerator[int, None]:
        for number in range(3):
            yield number
        raise ValueError("the source")

    async def taken(into: list[list[int]]) -> None:
        async for batch in batches(failing(), 2, 60):
            into.append(batch)

    seen: list[list[int]] = []
    with pytest.raises(ValueError, match="the source"):
        asyncio.run(taken(seen))
    assert seen == [[0, 1]]
