"""Laws of polling over several runs: what rests, what is told once, and what is shown of a feed's health."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import cycle
from flows.house import House
from flows.report import Polls
from storage.store import Store
from storywire.nouns import Feed
from tasks.fetch import HttpFetcher
from tests.fakes import FakeEncoder, FixedClock, InlineWorkers
from tests.server import LOOPBACK, Request, Server, serving

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Desk:
    """An installation that only polls; a test changes what the server says, and sets the clock."""

    here: Any
    house: House
    server: Server
    clock: FixedClock

    def add(self, *urls: str) -> None:
        self.house.store.add_feeds([Feed(url, added_at=self.clock.now, next_check_at=self.clock.now) for url in urls])

    def serve(self, path: str, *numbers: int) -> str:
        items = [{"id": str(n), "title": f"Item {n}", "content_text": "Short."} for n in numbers]
        body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": path, "items": items}).encode()
        self.server.routes[path] = (200, {"Content-Type": "application/feed+json", "ETag": f'"{numbers}"'}, body)
        return self.server.url + path

    def run(self, after: timedelta = timedelta(0)) -> Polls:
        self.clock.now += after
        now = self.clock.now
        return asyncio.run(cycle.whole(self.house, now, cycle.plain_steps(self.house, now))).polls


@pytest.fixture
def desk(new_installation: Callable[[], Any]) -> Iterator[Desk]:
    here, clock = new_installation(), FixedClock(START)
    with serving() as server:
        house = House(
            Store(here.home),
            FakeEncoder(),
            fetcher=lambda: HttpFetcher(allow_nets=LOOPBACK),
            workers=InlineWorkers,  # type: ignore[arg-type]
            feed_spacing=timedelta(0),
            clock=clock,
        )
        yield Desk(here, house, server, clock)


def test_a_host_that_is_asked_too_often_rests_also_in_later_runs_and_with_feeds_that_were_not_due(desk: Desk) -> None:
    desk.add(desk.serve("/a", 1))
    desk.run()
    desk.add(*(desk.server.url + f"/{n}" for n in range(5)))
    desk.server.routes["/0"] = (429, {"Retry-After": "7200"}, b"")
    polls = desk.run(HOUR / 2)
    assert polls.polled == 1
    assert [url for url, _ in polls.failed] == [desk.server.url + "/0"]
    before = len(desk.server.requests)
    for _ in range(3):
        assert desk.run(HOUR / 2).polled == 0  # also of /a, which would be due
    assert len(desk.server.requests) == before
    desk.serve("/0", 1)
    assert desk.here.one("SELECT count(*) FROM feeds WHERE health[1] LIKE 'resting: %'") >= 5
    assert sum(desk.run(HOUR / 2).polled for _ in range(10)) >= 6
    assert desk.here.one("SELECT count(*) FROM feeds WHERE len(health) > 0 AND state = 'ok'") == 0


def test_what_is_odd_about_a_feed_is_told_once_and_shown_until_it_is_over(desk: Desk) -> None:
    url = desk.serve("/a", 1, 2, 3)
    desk.add(url)
    assert desk.run().odd == ()
    desk.serve("/a", 4, 5, 6)
    [(odd, said)] = desk.run(2 * HOUR).odd
    assert (odd, said.partition(":")[0]) == (url, "gap")
    desk.serve("/a", 6, 7, 8)
    assert desk.run(2 * HOUR).odd == ()
    assert desk.here.one("SELECT health[1] FROM feeds") == said
    assert said in " ".join(desk.here.ask("feeds", "list").out.split())
    [listed] = desk.here.ask("feeds", "list", "--json").json
    assert listed["health"] == [said]
    assert listed["items_per_day"] > 0
    desk.run(timedelta(days=8))
    assert desk.here.one("SELECT len(health) FROM feeds") == 0


def test_a_file_that_could_be_read_says_nothing_of_the_network(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "feed.json"
    file.write_bytes(desk.server.routes[desk.serve("/x", 1).removeprefix(desk.server.url)][2])  # type: ignore[index,arg-type]
    desk.add(file.as_uri())
    polls = desk.run()
    assert (polls.polled, polls.network_down, polls.reached) == (1, False, False)
    desk.add(desk.serve("/a", 1))
    assert desk.run().reached


def test_a_feed_that_moved_is_followed_under_its_own_name_and_nothing_of_it_is_stored_twice(desk: Desk) -> None:
    url, there = desk.server.url + "/old", desk.serve("/new", 1, 2, 3)
    desk.server.routes["/old"] = (301, {"Location": there}, b"")
    desk.add(url)
    for _ in range(14):
        desk.run(4 * HOUR)
    assert desk.here.rows("SELECT feed_url, moved_to, health FROM feeds") == [
        (url, there, [f"moved: it is asked at {there}"])
    ]
    asked = desk.server.paths().count("/old")
    desk.run(4 * HOUR)
    assert desk.server.paths().count("/old") == asked
    assert desk.here.rows("SELECT count(*), count(DISTINCT feed_url) FROM entries WHERE feed_url IS NOT NULL") == [
        (3, 1)
    ]


def test_r03_a_run_that_dies_before_a_look_is_saved_has_the_document_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = desk.serve("/a", 1, 2)
    asked: list[str | None] = []
    answer = desk.server.routes["/a"]

    def route(request: Request) -> Any:
        asked.append(request.headers.get("if-none-match"))
        return answer

    desk.server.routes["/a"] = route
    desk.add(url)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "save_polls", die)
        with pytest.raises(KeyboardInterrupt):
            desk.run()
    assert desk.run(HOUR / 60).polled == 1
    assert asked == [None, None]
    assert desk.here.one("SELECT count(*) FROM entries WHERE feed_url IS NOT NULL") == 2
