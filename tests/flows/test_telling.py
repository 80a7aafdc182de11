"""What a person is told of changed articles, of articles with copies, and of entries that became no article."""

import asyncio
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from flows import cycle
from flows.commands import run as run_command
from flows.house import House
from flows.report import Report
from flows.wording import nearness
from storage.store import Store
from storywire.nouns import Feed
from tasks.fetch import Response
from tasks.notify import Channels
from tasks.targets import Targets
from tests.fakes import FakeEncoder, FakeFetcher, FixedClock, InlineWorkers
from tests.server import LOOPBACK

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
FERRY = "Ferry Ostra runs aground off Belm"
WRONG, RIGHT = "There were 84 people on board.", "There were 86 people on board."
TEXT = f"""The ferry Ostra ran aground off Belm on Sunday night in heavy seas. {WRONG} Nobody was hurt. Harbour master
    Ines Vold said that the engine had failed, and that two tugs had left Korrin at midnight. They reached the ferry at
    dawn and pulled it off the rocks. The company gave no reason for the failure. The harbour of Belm stays closed to
    all other ships until divers have looked at the hull on Tuesday. Passengers went on to Korrin by bus, and were given
    their money back at the terminal. The line between the two towns is served by one ferry a day in winter, and by four
    in summer. A ship of the same company had run aground on the same rocks in spring, when its radar failed in fog. The
    coast guard wants a light on the rocks, for which the county council has set money aside, Vold said. The mayor of
    Belm wants the passage closed at night until the light is there. Fishermen said that they would go round the rocks
    on the other side. The next ferry leaves on Wednesday if the weather allows it, and all tickets stay good for it."""
CHESS = "Grandmaster Oyelaran Bisi won the open. " * 12
CONSENT = b"""<!doctype html><html><head><title>Harbour News</title></head><body><p>We value your privacy</p>
<p>We and our 812 partners store and read information on your device, such as cookies, to show ads.</p>
<button>Accept all</button><button>Manage preferences</button></body></html>"""


@dataclass
class Desk:
    """An installation with one feed for each publisher; a test says what is in them."""

    here: Any
    house: House
    pages: dict[str, Any]
    clock: FixedClock
    items: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def publish(self, publisher: str, name: str, title: str, text: str, hours: int = 0, **more: Any) -> str:
        """An item with its whole text, published so many hours after the start; returns its address."""
        feed, url = f"https://{publisher}.example/feed", f"https://{publisher}.example/{name}"
        at = (START + timedelta(hours=hours)).isoformat()
        item = {"id": name, "url": url, "title": title, "content_text": " ".join(text.split()), "date_published": at}
        others = [other for other in self.items.get(feed, []) if other["id"] != name]
        self.items[feed] = [*others, item | more]
        said = {"version": "https://jsonfeed.org/version/1.1", "title": publisher, "items": self.items[feed]}
        self.pages[feed] = Response(200, feed, json.dumps(said).encode())
        self.house.store.add_feeds([Feed(feed, START, START)])
        return url

    def run(self, after: timedelta = timedelta(days=1)) -> Report:
        self.clock.now += after
        return asyncio.run(cycle.whole(self.house, self.clock.now, cycle.plain_steps(self.house, self.clock.now)))

    def explain(self, named: str) -> str:
        done = self.here.ask("explain", named)
        assert (done.status, done.err) == (0, "")
        return " ".join(done.out.split())

    def refused(self, *words: str) -> str:
        done = self.here.ask(*words)
        assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
        return str(done.err)

    def article(self, url: str) -> str:
        return str(self.here.one("SELECT article_id FROM articles WHERE url = ?", url))


@pytest.fixture
def desk(new_installation: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> Desk:
    here, pages, clock = new_installation(), dict[str, Any](), FixedClock(START)
    store = Store(here.home, wait=timedelta(seconds=1))
    house = House(
        store,
        FakeEncoder(),
        FakeFetcher(pages),
        workers=InlineWorkers,  # type: ignore[arg-type]
        notifier=Channels(Targets(store.private, {}), LOOPBACK),
        host_spacing=timedelta(0),
        feed_spacing=timedelta(0),
        clock=clock,
    )
    monkeypatch.setattr("flows.house.build", lambda settings, progress=None: house)
    return Desk(here, house, pages, clock)


def printed(report: Report) -> str:
    out = io.StringIO()
    run_command._print(Console(file=out, width=80), report)
    return out.getvalue()


def test_a_run_names_what_changed_and_how_to_see_it(desk: Desk) -> None:
    url = desk.publish("courier", "ferry", FERRY, TEXT)
    assert (desk.run().revised, desk.run().revised) == ((), ())
    desk.publish("courier", "ferry", FERRY, TEXT.replace(WRONG, RIGHT))
    report = desk.run()
    said = printed(report)
    assert "1 article changed (1 correction):" in said
    assert f"“{FERRY}” (correction)  storywire explain {desk.article(url)[:8]}" in said
    assert "Nothing new." not in said
    told = {"article_id": desk.article(url), "title": FERRY, "correction": True}
    assert report.as_json()["revised"] == [told]


def test_an_entry_without_an_article_is_explained_by_its_state_and_reason(desk: Desk) -> None:
    url = desk.publish("courier", "wall", FERRY, "", content_text="Read on.")
    gone = desk.publish("courier", "gone", "A page that is gone", "", content_text="Read on.")
    desk.pages[url] = Response(200, url, CONSENT, "text/html")
    desk.run()
    said = desk.refused("explain", f"{url}?utm_source=feed")
    assert "No article: pending; the page is a consent wall (“" in said
    assert "tried 1 of 3 times, again with the next run after 2026-05-05 08:00 UTC" in said
    assert "No article: failed; HTTP 404" in desk.refused("explain", gone)
    desk.run()
    desk.run()
    assert "No article: unusable; the page is a consent wall" in desk.refused("explain", url)
    assert "there is no article" in desk.refused("explain", "https://courier.example/other")


def test_what_a_person_removed_is_named_as_that(desk: Desk) -> None:
    url = desk.publish("courier", "ferry", FERRY, TEXT)
    desk.run()
    article_id = desk.article(url)
    assert desk.here.ask("articles", "delete", url).status == 0
    for named in (url, article_id):
        assert "No article: a person removed it" in desk.refused("explain", named)


def test_an_explanation_names_author_copies_and_the_original_without_contradiction(desk: Desk) -> None:
    kept = desk.publish("courier", "ferry", FERRY, TEXT, hours=20, authors=[{"name": "Ada Osk"}])
    desk.run()
    copy = desk.publish("gazette", "ostra", "Ostra on the rocks off Belm", TEXT, hours=2)
    desk.run()
    said = desk.explain(kept)
    assert "author Ada Osk" in said
    assert f"copies 1: gazette “Ostra on the rocks off Belm” ({desk.article(copy)[:8]})" in said
    assert f"({desk.article(copy)}) was published earlier, so it is the original." in said
    said = desk.explain(copy)
    assert f"The kept report is {desk.article(kept)}, “{FERRY}”: it was seen first." in said
    assert "This one was published earlier, so it is the original." in said
    assert "It repeats" not in said
    assert "Why that report is there: verdict" in said
    assert "changed since" not in said
    desk.publish("courier", "ferry", FERRY, TEXT.replace(WRONG, RIGHT), hours=20)
    desk.run()
    assert f"That report has changed since: storywire explain {desk.article(kept)}" in desk.explain(copy)


def test_an_explanation_says_where_a_text_is_the_feeds_own_words(desk: Desk) -> None:
    url = desk.publish("courier", "ferry", FERRY, "", content_text=" ".join(TEXT.split()[:60]))
    desk.pages[url] = Response(200, url, CONSENT, "text/html")
    for _ in range(3):
        desk.run()
    assert "text the feed's own words: the page is a consent wall" in desk.explain(url)
    with desk.house.store.transaction() as con:  # as when a later reading of the page brings the report
        con.execute("UPDATE private.article SET text = 'A report that the feed does not carry.'")
    desk.house.store.publish()
    assert "own words" not in desk.explain(url)


def test_removing_a_kept_article_by_the_first_digits_of_its_id_says_what_becomes_of_its_copies(desk: Desk) -> None:
    kept = desk.publish("courier", "ferry", FERRY, TEXT)
    desk.run()
    desk.publish("gazette", "ostra", "Ostra on the rocks off Belm", TEXT)
    desk.run()
    article_id = desk.article(kept)
    assert "at least the first 8 digits" in desk.refused("articles", "delete", article_id[:7])
    done = desk.here.ask("articles", "delete", article_id[:8])
    assert done.out == "1 deleted; 1 copy of it gets a new verdict with the next run.\n"
    assert desk.here.one("SELECT count(*) FROM articles") == 1
    assert desk.here.ask("articles", "delete", article_id[:8], "--json").json == {"deleted": 0, "copies": 0}


def test_a_watch_needs_a_folder_that_is_there(desk: Desk, tmp_path: Path) -> None:
    said = desk.refused("alerts", "add", "all", "--target", f"file:{tmp_path}/nowhere/alerts.jsonl")
    assert f"there is no folder {tmp_path}/nowhere" in said
    assert "make it" in said
    assert "is a folder" in desk.refused("alerts", "add", "all", "--target", f"file:{tmp_path}")
    assert desk.house.store.watches() == []


def test_a_target_that_fails_is_told_once_a_run_and_its_path_once(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    target = f"file:{folder}/alerts.jsonl"
    for name in ("one", "two"):
        assert desk.here.ask("alerts", "add", name, "--target", target if name == "two" else f"{target}.other").out
    folder.rmdir()
    desk.publish("courier", "ferry", FERRY, TEXT)
    desk.run()  # the first look at a feed
    desk.publish("courier", "chess", "Bisi wins the Lagos Open", CHESS, hours=20)
    report = desk.run()
    assert len(desk.house.store.messages(9)) == 2
    assert printed(report).count(f"alert to {target}: it cannot be written: No such file or directory\n") == 1
    assert printed(report).count(target) == 2  # the other one begins so, too


@pytest.mark.parametrize(
    ("names", "said"),
    [(["Stannay", "Tuesday"], "2 days apart; both name Stannay"), (["Tuesday", "Dienstag"], "2 days apart")],
)
def test_days_of_the_week_are_no_names_that_two_reports_share(names: list[str], said: str) -> None:
    assert nearness({"gap_days": 2.0, "shared_names": names}) == said
