"""Who polls in the made-up world: Storywire as it is, every ten minutes, and a plain poller at a fixed interval.

Never looks into the world: all that they know came in answers.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from flows.house import House
from flows.polling import poll
from storywire.nouns import Entry, Feed, FeedState
from storywire.waits import share
from storywire.watches import Alert, Watch
from tests.fakes import FakeEncoder, InlineWorkers
from tests.simulation.servers import Record, Servers, WorldFetcher
from tests.simulation.sources import START, Source
from tests.simulation.world import World

RUN_EVERY = timedelta(minutes=10)
Item = tuple[int, int]
"""A feed's number and an item's."""


@dataclass
class Traffic:
    """What a poller asked, and when it had each item."""

    records: list[Record]
    arrived: dict[Item, datetime] = field(default_factory=dict)
    entries: dict[Item, int] = field(default_factory=dict)  # as how many entries each item was stored
    feeds: dict[str, Feed] = field(default_factory=dict)  # of Storywire: what it knows in the end


@dataclass
class Shelf:
    """Stands for the Store. Real: which feeds are due, and that an entry is stored once, by its id. Not real: files."""

    feeds_by_url: dict[str, Feed]
    now: datetime = START
    seen: set[str] = field(default_factory=set)
    arrived: dict[Item, datetime] = field(default_factory=dict)
    entries: dict[Item, int] = field(default_factory=dict)

    def feeds(self) -> list[Feed]:
        return list(self.feeds_by_url.values())

    def due_feeds(self, now: datetime) -> list[Feed]:
        self.now = now
        due = [f for f in self.feeds_by_url.values() if f.state is not FeedState.GONE and f.next_check_at <= now]
        return sorted(due, key=lambda feed: (feed.next_check_at, feed.url))

    def postpone_feeds(self, feeds: Sequence[Feed]) -> None:
        for feed in feeds:
            there = self.feeds_by_url[feed.url]
            later = max(there.next_check_at, feed.next_check_at)
            self.feeds_by_url[feed.url] = replace(there, next_check_at=later)

    def watches(self) -> list[Watch]:
        return []

    def save_polls(self, polls: Sequence[tuple[Feed, Sequence[Entry]]], run: str, alerts: Sequence[Alert] = ()) -> int:
        before = len(self.seen)
        for feed, entries in polls:
            self.feeds_by_url[feed.url] = feed
            for entry in entries:
                if entry.entry_id not in self.seen:
                    self.seen.add(entry.entry_id)
                    item = _item(entry)
                    self.arrived.setdefault(item, self.now)
                    self.entries[item] = self.entries.get(item, 0) + 1
        return len(self.seen) - before


def _item(entry: Entry) -> Item:
    feed, number = (entry.url or "").split("/")[-2:]
    return int(feed), int(number)


def storywire(world: World) -> Traffic:
    """The traffic of `storywire run` every ten minutes: its own fetcher, flow, parsers and decisions."""
    servers = Servers(world)
    shelf = Shelf({s.url: Feed(s.url, added_at=START, next_check_at=START) for s in world.sources})
    asyncio.run(_runs(world, servers, shelf))
    return Traffic(servers.records, shelf.arrived, shelf.entries, shelf.feeds_by_url)


async def _runs(world: World, servers: Servers, shelf: Any) -> None:
    house = House(shelf, FakeEncoder(), feed_spacing=timedelta(0))
    async with WorldFetcher(servers) as fetcher:
        while servers.now < START + timedelta(seconds=world.length):
            await poll(house, fetcher, InlineWorkers(), servers.now, "run")  # type: ignore[arg-type]
            servers.now += RUN_EVERY


def plain(world: World, interval: timedelta = timedelta(hours=1)) -> Traffic:
    """The traffic of a poller that asks each feed at a fixed interval: with validators, and without learning."""
    servers = Servers(world)
    traffic = Traffic(servers.records)
    kept: dict[int, Record] = {}
    looks = sorted(
        (START + interval * (share(source.url) + number), source.number)
        for source in world.sources
        for number in range(int(timedelta(seconds=world.length) / interval))
    )
    for servers.now, number in looks:
        _look(servers, world.sources[number], kept, traffic)
    return traffic


def _look(servers: Servers, source: Source, kept: dict[int, Record], traffic: Traffic) -> None:
    had, url = kept.get(source.number), source.url
    known = {"if-none-match": had.etag, "if-modified-since": had.last_modified} if had else {}
    record, _ = servers.answer(url, {name: value for name, value in known.items() if value})
    if record.location:
        record, _ = servers.answer(record.location, {name: value for name, value in known.items() if value})
    if record.feed:
        kept[source.number] = record
    if record.document is not None:
        for item in range(record.document.first, record.document.end):
            traffic.arrived.setdefault((source.number, item), servers.now)


def published(source: Source, since: int, until: int) -> range:
    """The items that a feed published in a time."""
    return range(bisect_right(source.times, since), bisect_right(source.times, until))
