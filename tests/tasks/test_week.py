"""Laws of polling over two made-up days: the short form of `make week`, with the same watchers."""

import asyncio
from datetime import timedelta

import pytest

from flows.house import House
from flows.polling import poll
from storywire.errors import FetchError
from storywire.learnt import Move
from storywire.nouns import Feed
from tests.bench.week import compared, table
from tests.fakes import FakeEncoder, FakeFetcher, InlineWorkers
from tests.simulation.pollers import Shelf, Traffic, plain, storywire
from tests.simulation.sources import DAY, START
from tests.simulation.watchers import broken
from tests.simulation.world import World, world


@pytest.fixture(scope="module")
def made() -> World:
    return world(feeds=60, days=2, seed=1)


@pytest.fixture(scope="module")
def polled(made: World) -> Traffic:
    return storywire(made)


def test_in_two_days_of_sixty_feeds_no_rule_of_polling_is_broken(made: World, polled: Traffic) -> None:
    assert [(rule, lines[:5]) for rule, lines in broken(made, polled).items() if lines] == []


def test_the_days_have_all_that_the_watchers_watch_for(made: World, polled: Traffic) -> None:
    met = {record.what for record in polled.records}
    assert met >= {"200", "301", "302", "304", "308", "403", "404", "410", "429", "timeout"}
    assert any(record.size and not record.feed for record in polled.records)  # HTML in place of a feed
    assert any(record.document and record.document.first == record.document.end for record in polled.records)
    assert any(record.source.manners.skip_hours for record in polled.records)
    assert any(feed.habits.lies for feed in polled.feeds.values())  # a server that lies was found out
    assert any(feed.move.times for feed in polled.feeds.values())
    assert max(polled.entries.values()) > 1  # other guids for known items


def test_the_watchers_see_what_a_poller_does_that_knows_no_rules(made: World) -> None:
    rude = {rule for rule, lines in broken(made, plain(made, timedelta(minutes=12))).items() if lines}
    assert rude >= {
        "R01, R02, R06 validators",
        "R12 an hour at first",
        "R12 15 minutes at least",
        "R12 an hour without validators",
        "R14 what server and document ask for",
        "R15 skipHours, skipDays",
        "R18 Retry-After",
        "R18 a host that is busy is left alone",
        "R25 silence after 410",
        "R26 four hours after 403",
        "R35 to R37 manners",
        "a server that lies hides nothing for long",
    }


def test_what_the_watchers_read_off_what_arrived_is_seen_too(made: World, polled: Traffic) -> None:
    item = next(i for i in polled.arrived if made.sources[i[0]].habit == "")
    lost = Traffic(polled.records, {i: at for i, at in polled.arrived.items() if i != item}, {item: 2})
    rules = {rule for rule, lines in broken(made, lost).items() if lines}
    assert rules >= {"what was in a document is stored", "and stored once"}
    first_day = Traffic([record for record in polled.records if record.at < START + timedelta(hours=12)])
    assert broken(made, first_day)["R24 nobody is given up"]


def test_the_same_seed_is_the_same_world(made: World) -> None:
    again, other = world(60, 2, seed=1), world(60, 2, seed=2)
    assert [s.times for s in again.sources] == [s.times for s in made.sources]
    assert [s.body(s.document(DAY)) for s in again.sources] == [s.body(s.document(DAY)) for s in made.sources]
    assert [s.times for s in other.sources] != [s.times for s in made.sources]


def test_a_busy_host_to_which_a_feed_has_moved_is_left_alone_by_its_other_feeds() -> None:
    old, new, beside = (f"https://{name}.example/feed" for name in ("old", "new", "beside"))
    moved = Feed(old, START, START, move=Move(address=new, asked_at=START))
    # due after this run, at the host that will be busy, and at the one that the feed has left
    other = Feed(new + "/2", START, START + timedelta(minutes=10))
    left = Feed(old + "/2", START, START + timedelta(minutes=10))
    shelf = Shelf({feed.url: feed for feed in (moved, other, left, Feed(beside, START, START))})
    fetcher = FakeFetcher({new: FetchError("HTTP 429", status=429, retry_after=7200)})
    house = House(shelf, FakeEncoder(), feed_spacing=timedelta(0))  # type: ignore[arg-type]
    asyncio.run(poll(house, fetcher, InlineWorkers(), START, "run"))  # type: ignore[arg-type]
    assert sorted(fetcher.requests) == [beside, new]
    assert shelf.feeds_by_url[other.url].next_check_at >= START + timedelta(hours=2)
    assert shelf.feeds_by_url[left.url].next_check_at == left.next_check_at


def test_the_table_of_the_week_fits_a_terminal(made: World, polled: Traffic) -> None:
    lines = table(compared(made, polled)).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("publication to arrival" in line for line in lines) == 2
