"""Alerts from a feed's items to what a receiver has, run by run."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import cycle, telling
from flows.commands.reembed import reembed_house
from flows.house import House
from flows.report import Report
from flows.telling import deliver
from flows.trying import tried
from storage.store import Store
from storywire.letters import letter
from storywire.notices import Letter, Notice
from storywire.nouns import Feed
from storywire.watches import AlertClass, AlertState, MessageState
from storywire.watchfile import watch_of
from tasks.channels import DeliveryError
from tasks.fetch import Response
from tests.fakes import FakeEncoder, FakeFetcher, FixedClock, InlineWorkers, RecordingNotifier
from tests.flows.floods import arrive

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FLOOD = (
    "The river Orsa burst its banks at Tallbro on Sunday night and put the lower town under a metre of water. "
    "Governor Ingrid Sand asked for boats from the coast guard. Four hundred people slept in the school of Kvam. "
    "The dam above the town holds, said its keeper Olaf Brenner, and its gates are open. "
)
MORE = (
    "In Tallbro the river Orsa fell by thirty centimetres on Monday, and Governor Ingrid Sand let the first families "
    "go back to the lower town. The gates of the dam at Kvam stay open until Friday, said its keeper Olaf Brenner. "
)
CHESS = (
    "Grandmaster Oyelaran Bisi won the Lagos Open with a round to spare after a rook ending of ninety moves. "
    "She gave up no game and takes the cup for the third time; second was Karim Sule of Kano. "
)
TITLES = {FLOOD: "Orsa floods Tallbro", MORE: "Tallbro: the Orsa falls", CHESS: "Bisi wins the Lagos Open"}


class Desk:
    """One installation whose feeds list what a test publishes."""

    def __init__(self, home: Path) -> None:
        self.clock, self.pages = FixedClock(START), dict[str, Any]()
        self.notifier = RecordingNotifier()
        self.house = House(
            Store(home, wait=timedelta(seconds=5)),
            FakeEncoder(),
            FakeFetcher(self.pages),
            workers=InlineWorkers,  # type: ignore[arg-type]
            notifier=self.notifier,
            host_spacing=timedelta(0),
            feed_spacing=timedelta(0),
            clock=self.clock,
        )
        self._items: dict[str, list[dict[str, Any]]] = {}

    def watch(self, name: str = "all", **keys: Any) -> None:
        """A watch that tells the target of its name, unless told."""
        self.house.store.add_watch(watch_of({"name": name, "target": name, **keys}, self.clock.now))

    def follow(self, *publishers: str) -> None:
        """Feeds that were read before, so that what comes now is news."""
        for publisher in publishers:
            self.publish(publisher, f"{publisher}-first", f"The first item of {publisher}", old=True)
        self.run()
        self.notifier.delivered.clear()

    def publish(self, publisher: str, key: str, text: str, *, old: bool = False, **more: Any) -> None:
        feed = f"https://{publisher}.example/feed.json"
        at = (self.clock.now - (900 * DAY if old else HOUR)).isoformat()
        title = TITLES.get(text, f"{publisher} {key}")
        item = {"id": key, "url": f"https://{publisher}.example/{key}", "title": title, "content_text": text * 3}
        items = [i for i in self._items.get(feed, []) if i["id"] != key]
        self._items[feed] = [*items, {**item, "date_published": at, **more}]
        said = {"version": "https://jsonfeed.org/version/1.1", "title": publisher, "items": self._items[feed]}
        self.pages[feed] = Response(200, feed, json.dumps(said).encode())
        self.house.store.add_feeds([Feed(feed, START, START)])

    def run(self, after: timedelta = DAY) -> Report:
        self.clock.now += after
        return asyncio.run(cycle.whole(self.house, self.clock.now, cycle.plain_steps(self.house, self.clock.now)))

    def wait(self, length: timedelta) -> None:
        """Only delivery, with nothing new."""
        self.clock.now += length
        asyncio.run(deliver(self.house, self.clock.now))

    def told(self, target: str = "all") -> list[list[tuple[str, str]]]:
        """Class and title of each report, message by message."""
        return [
            sorted((report["class"], report["title"]) for line in data["storylines"] for report in line["reports"])
            for data in self.notifier.payloads(target)
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


def test_a_new_storyline_its_next_event_and_a_reprint_are_told_apart_and_once(desk: Desk) -> None:
    desk.watch()
    desk.watch("curious", classes=["reprint"])
    desk.follow("courier", "gazette")
    desk.publish("courier", "flood", FLOOD)
    report = desk.run()
    assert desk.told() == [[("new", "Orsa floods Tallbro")]]
    assert (report.deliveries.delivered, report.deliveries.waiting) == (1, 0)
    desk.publish("gazette", "copy", FLOOD)
    desk.run()
    assert len(desk.told()) == 1
    assert desk.told("curious") == [[("reprint", "Orsa floods Tallbro")]]
    desk.publish("gazette", "falls", MORE)
    desk.run()
    assert desk.told()[1] == [("report", "Tallbro: the Orsa falls")]
    for _ in range(3):
        desk.run()
    assert len(desk.notifier.delivered) == 3


def test_the_first_look_at_a_feed_is_silent_and_says_how_many_matched(desk: Desk) -> None:
    desk.watch()
    desk.publish("courier", "flood", FLOOD)
    desk.publish("courier", "chess", CHESS)
    report = desk.run()
    assert desk.told() == []
    assert report.deliveries.silent == {"the first look at its feed": 2}
    assert desk.run().deliveries.silent == {}


def test_a_feed_that_re_dates_renames_or_re_sends_old_items_does_not_fire(desk: Desk) -> None:
    desk.watch(classes=["new", "follow-up", "report", "reprint", "revision", "correction"])
    desk.publish("courier", "flood", FLOOD)
    desk.publish("courier", "chess", CHESS)
    desk.run()
    desk.publish("courier", "flood", FLOOD, date_published=(desk.clock.now + HOUR).isoformat())
    desk.run()
    desk.publish("courier", "flood-again", FLOOD)
    desk.publish("courier", "chess-again", CHESS, url="https://courier.example/elsewhere")
    desk.run()
    desk.publish("courier", "archive", MORE, old=True)
    report = desk.run()
    assert desk.told() == []
    assert report.deliveries.silent == {"published long before": 1}


def test_an_embedding_anew_and_a_removal_tell_nothing(desk: Desk) -> None:
    desk.watch(classes=["new", "follow-up", "report", "reprint"])
    desk.follow("courier", "gazette")
    desk.publish("courier", "flood", FLOOD)
    desk.run()
    desk.publish("gazette", "copy", FLOOD)
    desk.run()
    assert len(desk.notifier.delivered) == 2
    store = desk.house.store
    store.delete_article("https://courier.example/flood")
    desk.run()
    desk.house = replace(desk.house, encoder=FakeEncoder("another-model"))
    reembed_house(desk.house)
    desk.run()
    assert len(desk.notifier.delivered) == 2


def test_a_correction_is_told_with_the_run_that_finds_it(desk: Desk) -> None:
    desk.watch()
    desk.follow("courier")
    desk.publish("courier", "flood", FLOOD)
    desk.run()
    desk.publish("courier", "flood", FLOOD.replace("Four hundred", "Nine hundred"))
    desk.run()
    assert desk.told()[1:] == [[("correction", "courier flood")]] or desk.told()[1:] == [
        [("correction", "Orsa floods Tallbro")]
    ]


def test_a_feed_that_falls_ill_is_told_once_until_it_has_been_well(desk: Desk) -> None:
    desk.watch(feed="all")
    desk.follow("courier")
    feed = "https://courier.example/feed.json"
    desk.pages[feed] = Response(200, feed, b"<html>no feed</html>")
    for _ in range(9):
        desk.run()
    faults = [feed["faults"] for data in desk.notifier.payloads() for feed in data["feeds"]]
    assert len(faults) == 1
    assert "3 times in a row" in faults[0][0]


def test_a_target_that_refuses_holds_no_other_up_and_gets_its_message_later_under_the_same_id(desk: Desk) -> None:
    desk.watch("down")
    desk.watch("up")
    desk.follow("courier")
    desk.notifier.down["down"] = DeliveryError("down: HTTP 500")
    desk.publish("courier", "flood", FLOOD)
    report = desk.run()
    assert report.deliveries.failed == (("down", "down: HTTP 500"),)
    assert len(desk.told("up")) == 1
    (queued,) = [m for m in desk.house.store.messages(9) if m.state is MessageState.QUEUED]
    assert (queued.attempts, queued.error) == (1, "down: HTTP 500")
    del desk.notifier.down["down"]
    desk.wait(MINUTE)
    assert [data["message_id"] for data in desk.notifier.payloads("down")] == [queued.message_id]


def test_h80_retry_after_is_obeyed(desk: Desk) -> None:
    desk.watch("busy")
    desk.follow("courier")
    desk.notifier.down["busy"] = DeliveryError("busy: HTTP 429", retry_after=2 * HOUR)
    desk.publish("courier", "flood", FLOOD)
    desk.run()
    desk.notifier.down.clear()
    desk.wait(HOUR)
    assert desk.notifier.delivered == []
    desk.wait(HOUR)
    assert [target for target, _ in desk.notifier.delivered] == ["busy"]


def test_h80_a_receiver_that_is_gone_is_asked_no_more_and_told_everything_when_it_is_back(desk: Desk) -> None:
    desk.watch("gone")
    desk.watch("other", target="gone")
    desk.follow("courier")
    desk.notifier.down["gone"] = DeliveryError("gone: HTTP 410", gone=True)
    desk.publish("courier", "flood", FLOOD)
    desk.run()
    store = desk.house.store
    assert {(w.paused, w.reason) for w in store.watches()} == {(True, "gone: HTTP 410")}
    assert sum(m.attempts for m in store.messages(9)) == 1
    desk.publish("courier", "chess", CHESS)
    desk.run(9 * DAY)
    assert sum(m.attempts for m in store.messages(9)) == 1
    desk.notifier.down.clear()
    for watch in store.watches():
        store.pause_watch(watch.watch_id, paused=False)
    desk.wait(MINUTE)  # what did not get through
    desk.wait(MINUTE)  # and what came meanwhile
    told = sorted(title for message in desk.told("gone") for _, title in message)
    assert told == sorted(2 * ["Orsa floods Tallbro", "Bisi wins the Lagos Open"])


def test_a_bug_in_one_message_keeps_nobody_else_from_being_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.watch("bad", target="same")
    desk.watch("fine", target="same")
    desk.follow("courier")

    def broken(notice: Notice) -> Letter:
        if notice.watch == "bad":
            raise ZeroDivisionError("https://hooks.example/T0KEN")
        return letter(notice)

    monkeypatch.setattr(telling, "letter", broken)
    desk.publish("courier", "flood", FLOOD)
    report = desk.run()
    assert [letter.watch for _, letter in desk.notifier.delivered] == ["fine"]
    [(target, said)] = report.deliveries.failed
    assert (target, "a bug in Storywire" in said, "ZeroDivisionError in broken" in said) == ("same", True, True)
    stored = [message.error or "" for message in desk.house.store.messages(9)]
    assert not [text for text in (said, *stored) if "T0KEN" in text]
    monkeypatch.undo()
    desk.wait(HOUR)
    assert [letter.watch for _, letter in desk.notifier.delivered] == ["fine", "bad"]


def test_a_message_that_is_refused_holds_up_no_other_of_its_target(desk: Desk) -> None:
    desk.watch("one", target="same")
    desk.watch("two", target="same")
    desk.follow("courier")
    desk.notifier.down["same"] = DeliveryError("same: HTTP 413", refused=True)
    desk.publish("courier", "flood", FLOOD)
    desk.run()
    assert [m.attempts for m in desk.house.store.messages(9)] == [1, 1]


def test_after_an_outage_two_messages_tell_all_of_it(desk: Desk) -> None:
    desk.watch("down")
    desk.follow("courier")
    desk.notifier.down["down"] = DeliveryError("down: no answer")
    arrive(desk.house.store, range(1), desk.clock.now)
    for hour in range(1, 40):
        desk.wait(HOUR)
        arrive(desk.house.store, range(hour, hour + 1), desk.clock.now)
    desk.notifier.down.clear()
    for _ in range(24):
        desk.wait(HOUR)
    assert len(desk.notifier.delivered) == 2
    assert sum(sum(line["counts"].values()) for data in desk.notifier.payloads() for line in data["storylines"]) == 40


def test_quiet_hours_hold_for_what_is_tried_again(desk: Desk) -> None:
    desk.watch("down", quiet="22:00-07:00")
    desk.follow("courier")
    desk.notifier.down["down"] = DeliveryError("down: no answer")
    desk.publish("courier", "flood", FLOOD)
    desk.run(DAY + timedelta(hours=13, minutes=58))  # 21:58
    desk.notifier.down.clear()
    desk.wait(3 * HOUR)
    assert desk.notifier.delivered == []
    desk.wait(7 * HOUR)
    assert len(desk.notifier.delivered) == 1


def test_a_run_that_was_long_under_way_does_not_tell_again_what_was_told_meanwhile(desk: Desk) -> None:
    desk.watch()
    began = desk.clock.now
    arrive(desk.house.store, range(1), began)
    desk.wait(10 * MINUTE)
    arrive(desk.house.store, range(1, 2), began)
    asyncio.run(cycle.deliver(desk.house, began))
    assert len(desk.notifier.delivered) == 1


def test_a_clock_that_was_ahead_once_silences_nothing(desk: Desk) -> None:
    desk.watch()
    desk.follow("courier")
    desk.run(30 * DAY)
    desk.clock.now -= 30 * DAY
    desk.publish("courier", "flood", FLOOD)
    desk.run(2 * HOUR)
    assert desk.told() == [[("new", "Orsa floods Tallbro")]]


def test_a_storyline_whose_first_report_was_silent_is_new_when_the_first_is_told(desk: Desk) -> None:
    desk.watch(classes=["new"])
    desk.follow("courier")
    desk.publish("gazette", "flood", FLOOD)
    desk.run()
    assert desk.told() == []
    desk.publish("courier", "falls", MORE)
    desk.run()
    assert desk.told() == [[("new", "Tallbro: the Orsa falls")]]


def test_a_copy_of_a_report_that_was_removed_before_it_was_told_is_told_instead(desk: Desk) -> None:
    desk.watch(digest="weekly")
    desk.follow("courier", "gazette")
    desk.publish("courier", "flood", FLOOD)
    desk.run()
    desk.publish("gazette", "copy", FLOOD)
    desk.run()
    desk.house.store.delete_article("https://courier.example/flood")
    desk.run()
    desk.wait(8 * DAY)
    assert [len(message) for message in desk.told()] == [1]


def test_a_message_is_given_up_after_some_days_and_stays_to_be_retried(desk: Desk) -> None:
    desk.watch("down")
    desk.follow("courier")
    desk.notifier.down["down"] = DeliveryError("down: no answer")
    desk.publish("courier", "flood", FLOOD)
    desk.run()
    for _ in range(40):
        desk.wait(4 * HOUR)
    (dead,) = desk.house.store.messages(9)
    assert (dead.state, dead.attempts) == (MessageState.DEAD, 10)


def test_a_new_address_of_a_target_holds_for_what_was_queued_before(desk: Desk) -> None:
    desk.watch("desk")
    desk.follow("courier")
    desk.notifier.down["desk"] = DeliveryError("desk: no answer")
    desk.publish("courier", "flood", FLOOD)
    desk.run()
    store = desk.house.store
    store.add_watch(watch_of({"name": "desk", "target": "other"}, START), replace=True)
    desk.wait(HOUR)
    assert [target for target, _ in desk.notifier.delivered] == ["other"]


def test_h82_a_flood_is_one_message_and_then_one_a_cool_down_and_nothing_is_lost(desk: Desk) -> None:
    """5,000 reports of one storyline within a minute, and as many of others."""
    desk.watch(cool_down="1h")
    desk.follow("courier")
    for part in range(10):
        arrive(
            desk.house.store, range(1000 * part, 1000 * (part + 1)), desk.clock.now + part * 6 * timedelta(seconds=1)
        )
        desk.wait(timedelta(seconds=6))
    assert len(desk.notifier.delivered) == 1
    desk.wait(HOUR)
    assert len(desk.notifier.delivered) == 2
    first, second = desk.notifier.payloads()
    assert [sum(line["counts"].values()) for line in first["storylines"]] == [1000]
    (line,) = second["storylines"]
    assert (sum(line["counts"].values()), line["held"]) == (9000, 9000)
    assert "and 8,990 more" in desk.notifier.delivered[1][1].text
    assert desk.house.store.waiting() == []


def test_a_backtest_says_what_the_run_told_and_stores_nothing(desk: Desk) -> None:
    desk.watch()
    desk.watch("curious", classes=["reprint"])
    desk.follow("courier", "gazette")
    desk.publish("courier", "flood", FLOOD)
    desk.run()
    desk.publish("gazette", "copy", FLOOD)
    desk.publish("courier", "chess", CHESS)
    desk.run()
    desk.publish("gazette", "falls", MORE)
    desk.run()
    store = desk.house.store
    before = store.messages(99)
    found = tried(desk.house, store.watch("all"), 30 * DAY)
    assert [fired.at for fired in found.fired] == sorted(m.made_at for m in before if m.target == "all")
    told = [(kind, title) for message in desk.told() for kind, title in message]
    assert sum(sum(fired.counts.values()) for fired in found.fired) == len(told)
    assert (found.reprints, found.waiting, found.silent) == (1, 0, {})
    last = dict(found.fired[-1].counts)
    curious = tried(desk.house, store.watch("curious"), 30 * DAY)
    assert [dict(fired.counts) for fired in curious.fired] == [{AlertClass.REPRINT: 1}]
    assert [dict(fired.counts) for fired in tried(desk.house, store.watch("all"), HOUR).fired] == [last]
    assert store.messages(99) == before


def test_a_backtest_ends_what_would_have_lapsed(desk: Desk) -> None:
    desk.watch(min_reports=5, within="2d", paused=True)
    desk.follow("courier")
    desk.publish("courier", "flood", FLOOD)
    for _ in range(4):
        desk.run()
    found = tried(desk.house, desk.house.store.watch("all"), 30 * DAY)
    assert (found.fired, found.ended) == ((), {AlertState.LAPSED: 1})
