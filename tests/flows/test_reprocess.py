"""Kept pages, `storywire reprocess`, and what publishers repeat: by the real Store, server, workers and commands."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import cycle, reprocessing
from flows.house import House
from storage.store import Store
from storywire.nouns import Article, Feed
from storywire.pages import Page, extract_page
from storywire.walls import Wall, WallKind
from tasks.fetch import HttpFetcher
from tasks.seed_files import read_given
from tests.fakes import FakeEncoder, FixedClock, InlineWorkers
from tests.server import LOOPBACK, Server, serving

START = datetime(2026, 11, 2, 8, tzinfo=UTC)
APPEAL = "Good reporting costs money: if this text was of use, give what you can, and it stays free for all to read."
SUMMARY = "The dam broke before dawn on Monday, and the water took forty houses in three villages, the fire chief said."
REPORTS = {
    "Dam breaks above Osk villages": """The Velk dam broke before dawn on Monday and took forty houses in three villages
        of the Osk valley. Rescuers in boats brought two hundred people from roofs, the fire chief said. Engineers had
        warned of cracks since the spring, and the owner promised repairs that never began.""",
    "Chess prodigy wins Lagos Open": """A player of nineteen won the open tournament of Lagos with a round to spare. She
        beat the top seed in forty moves and will play among the candidates in spring. Nine hundred players from thirty
        countries had entered, more than ever before.""",
    "Bakers strike over night shifts": """Ovens stayed cold in nine towns on Tuesday as bakers stopped work. Their union
        wants the bonus back that was cut in winter, and a day off after each third shift. Owners of the large bakeries
        offered talks, but no money, and brought bread from across the border.""",
    "Comet seen from southern coast": """Crowds on the beaches watched a comet with a tail as long as a hand at sunset.
        It will not return for eight thousand years, astronomers of the coast observatory said. Clouds are forecast for
        the weekend, so the best view is on Thursday, low in the west.""",
    "Parliament rejects herring quota": """Deputies rejected lower limits for herring by three votes after a debate.
        Fishermen from the islands cheered in the gallery. Biologists say that half as many fish spawned as ten years
        ago, and that the stock may need a generation to recover.""",
    "Museum returns stolen drum": """A drum that soldiers took in 1907 went home on Friday on a ship of its owners'
        descendants. The museum kept a copy, made by the same craftsman who restored the skin. Forty more objects are
        on a list that both sides agreed on in summer.""",
}


@dataclass(frozen=True)
class Press:
    """An installation with one feed, whose publisher puts an appeal under each report."""

    here: Any
    house: House
    server: Server
    clock: FixedClock

    def publish(self, titles: Sequence[str], body: str | None = None, summary: str = "") -> None:
        items = []
        for n, title in enumerate(REPORTS):
            if title in titles:
                items.append({"id": title, "title": title, "url": f"{self.server.url}/{n}", "summary": summary})
                self.server.routes[f"/{n}"] = page(title, body if body is not None else REPORTS[title])
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "The Osk Courier", "items": items}
        self.server.routes["/feed"] = (200, {"Content-Type": "application/feed+json"}, json.dumps(feed).encode())

    def run(self) -> None:
        self.clock.now += timedelta(hours=3)
        asyncio.run(cycle.whole(self.house, self.clock.now, cycle.plain_steps(self.house, self.clock.now)))

    def reprocess(self, *words: str) -> Any:
        self.clock.now += timedelta(hours=1)
        done = self.here.ask("reprocess", *words, "--json")
        assert (done.status, done.err) == (0, "")
        return done.json

    def articles(self) -> dict[str, str]:
        return dict(self.here.rows("SELECT title, text FROM articles"))


def page(title: str, text: str) -> Any:
    said = "".join(f"<p>{p}</p>" for p in (" ".join(text.split()), APPEAL))
    html = f"<!doctype html><html><head><title>{title}</title></head><body><article>{said}</article></body></html>"
    return 200, {"Content-Type": "text/html; charset=utf-8"}, html.encode()


@pytest.fixture
def press(new_installation: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Press]:
    here, clock = new_installation(), FixedClock(START)
    store = Store(here.home, wait=timedelta(seconds=1))
    house = House(
        store,
        FakeEncoder(),
        fetcher=lambda: HttpFetcher(allow_nets=LOOPBACK),
        workers=InlineWorkers,  # type: ignore[arg-type]
        host_spacing=timedelta(0),
        feed_spacing=timedelta(0),
        clock=clock,
    )
    monkeypatch.setattr("flows.commands.reprocess.build", lambda settings, progress=None: house)
    monkeypatch.setattr("flows.house.build", lambda settings, progress=None: house)
    with serving() as server:
        store.add_feeds([Feed(f"{server.url}/feed", START, START)])
        yield Press(here, house, server, clock)


def better(change: Callable[[Page], Page]) -> Callable[..., Page]:
    """The extractor of another day: what it has of a page is changed."""
    return lambda *arguments: change(extract_page(*arguments))


def test_an_appeal_under_six_reports_is_in_no_text_also_not_in_the_first(press: Press) -> None:
    press.publish(list(REPORTS))
    press.run()
    found = press.articles()
    assert set(found) == set(REPORTS)
    assert not [title for title, text in found.items() if "costs money" in text]
    assert {title: text.split()[:9] for title, text in found.items()} == {t: r.split()[:9] for t, r in REPORTS.items()}
    assert press.here.one("SELECT count(*) FROM duplicates") == 0


def test_each_page_is_kept_as_it_was_served(press: Press) -> None:
    press.publish(list(REPORTS))
    press.run()
    kept = [found for path in press.house.store.pages.files() if (found := press.house.store.pages.read(path))]
    assert {fetched.url for fetched in kept} == {f"{press.server.url}/{n}" for n in range(6)}
    assert {fetched.body for fetched in kept} == {page(title, text)[2] for title, text in REPORTS.items()}
    assert {fetched.fetched_at for fetched in kept} == {press.clock.now}


def test_the_same_extractor_changes_nothing(press: Press) -> None:
    press.publish(list(REPORTS))
    press.run()
    before = press.here.views()
    found = press.reprocess()
    assert (found["pages"], found["unchanged"], found["changes"]) == (6, 6, [])
    assert press.here.views() == before


def test_a_better_extractor_puts_its_text_in_place_and_verdicts_stay(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.publish(list(REPORTS))
    press.run()
    verdicts = press.here.rows("SELECT article_id, event_id, storyline_id FROM storyline_articles ORDER BY ALL")
    more = "A last paragraph, which the extractor of another day had overlooked on each of these pages."
    change = better(lambda found: replace(found, text=f"{found.text}\n\n{more}", author="Ada Osk"))
    monkeypatch.setattr(reprocessing, "extract_page", change)
    dry = press.reprocess("--dry-run")
    assert (dry["changed"], dry["dry_run"]) == (6, True)
    assert all(change["fields"] == ["text", "author"] for change in dry["changes"])
    assert not any(more in text for text in press.articles().values())
    assert press.reprocess()["changed"] == 6
    assert all(text.endswith(more) and APPEAL not in text for text in press.articles().values())
    assert press.here.rows("SELECT article_id, event_id, storyline_id FROM storyline_articles ORDER BY ALL") == verdicts
    assert press.reprocess()["unchanged"] == 6


def test_an_article_that_has_its_pages_words_now_says_no_more_why_it_had_the_feeds(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.publish(list(REPORTS)[:1], summary=SUMMARY)
    wall = Wall(WallKind.PAYWALL, "subscribe")
    walled = better(lambda found: replace(found, text="", reason=str(wall), wall=wall))
    with monkeypatch.context() as patch:
        patch.setattr("tasks.collect.extract_page", walled)
        press.run()
    assert press.here.one("SELECT reason FROM entries").startswith("by the feed's own words: the page is a paywall")
    monkeypatch.setattr(reprocessing, "extract_page", walled)
    assert press.reprocess()["unchanged"] == 1
    assert press.here.one("SELECT reason FROM entries") is not None
    monkeypatch.setattr(reprocessing, "extract_page", extract_page)
    assert press.reprocess()["changed"] == 1
    assert press.here.one("SELECT reason FROM entries") is None


def test_what_ended_without_an_article_may_become_one_and_gets_a_verdict(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = next(iter(REPORTS))
    press.publish([title])
    blind = better(lambda found: replace(found, text="", reason="no text found"))
    monkeypatch.setattr("tasks.collect.extract_page", blind)
    for _ in range(3):
        press.run()
    assert press.here.rows("SELECT state FROM entries") == [("unusable",)]
    assert press.reprocess("--dry-run")["recovered"] == 1
    assert press.articles() == {}
    assert press.reprocess()["recovered"] == 1
    assert list(press.articles()) == [title]
    assert press.here.one("SELECT count(*) FROM storyline_articles") == 1
    assert press.here.rows("SELECT state, reason FROM entries") == [("stored", None)]
    assert press.reprocess()["unchanged"] == 1


def test_an_article_whose_page_says_too_little_now_stays_as_it_is(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.publish(list(REPORTS))
    press.run()
    before = press.articles()
    blind = better(lambda found: replace(found, text="", reason="no text found"))
    monkeypatch.setattr(reprocessing, "extract_page", blind)
    found = press.reprocess()
    assert (found["unreadable"], found["changed"]) == (6, 0)
    assert press.articles() == before


def test_a_page_that_reads_as_a_wall_today_does_not_put_the_feeds_words_in_the_place_of_a_text(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    press.publish(list(REPORTS)[:1], summary=SUMMARY)
    press.run()
    before = press.articles()
    wall = Wall(WallKind.PAYWALL, "subscribe")
    walled = better(lambda found: replace(found, text="", reason=str(wall), wall=wall))
    monkeypatch.setattr(reprocessing, "extract_page", walled)
    found = press.reprocess()
    assert (found["unreadable"], found["changed"]) == (1, 0)
    assert press.articles() == before


def test_a_page_that_is_older_than_its_articles_text_does_not_bring_the_old_text_back(press: Press) -> None:
    press.publish(list(REPORTS))
    press.run()
    store = press.house.store
    (article_id,) = {a.article_id for a in store.articles_at([f"{press.server.url}/0"]).values()}
    (stored,) = store.articles_of([article_id])
    revised = replace(stored, text=stored.text + " A sentence that the publisher added on the next day.")
    asyncio.run(cycle.replace_texts(press.house, [revised]))
    with store.transaction() as con:
        con.execute(
            "INSERT INTO private.revision VALUES (?, 1, ?, '', '', [], [], false, 'r')",
            [article_id, (press.clock.now + timedelta(minutes=1)).replace(tzinfo=None)],
        )
    assert press.reprocess()["changed"] == 0
    assert store.articles_of([article_id]) == [revised]


def test_pages_can_be_chosen_by_article_and_by_day(press: Press) -> None:
    press.publish(list(REPORTS))
    press.run()
    url = f"{press.server.url}/2"
    article_id = press.here.one("SELECT article_id FROM articles WHERE url = ?", url)
    assert press.reprocess(url)["pages"] == press.reprocess(article_id)["pages"] == 1
    assert press.reprocess(article_id, f"{press.server.url}/3")["pages"] == 2
    assert press.reprocess("--since", f"{START:%Y-%m-%d}")["pages"] == 6
    assert press.reprocess("--since", f"{START + timedelta(days=1):%Y-%m-%d}")["pages"] == 0
    done = press.here.ask("reprocess", "https://nowhere.example/")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "there is no article “https://nowhere.example/”" in done.err


def test_an_article_is_named_by_the_beginning_of_its_id_and_it_is_said_why_it_has_no_page(
    press: Press, tmp_path: Path
) -> None:
    press.publish(list(REPORTS)[:1])
    press.run()
    article_id = press.here.one("SELECT article_id FROM articles")
    assert press.reprocess(article_id[:8])["pages"] == 1
    press.house.store.pages.drop([f"{press.server.url}/0"])
    assert "not any more" in press.here.ask("reprocess", article_id).err
    (tmp_path / "seed.md").write_text(f"Ferry\n\n{REPORTS['Museum returns stolen drum']}", "utf-8")
    seed = read_given("Drum", [str(tmp_path / "seed.md")], press.clock.now)
    press.house.store.start_run("seeds", press.clock.now)
    press.house.store.add_entries(seed.entries, "seeds")
    press.run()
    seed_id = press.here.one("SELECT article_id FROM articles WHERE url IS NULL")
    assert f"{seed_id[:8]} is a seed from a file" in press.here.ask("reprocess", seed_id[:8]).err


def test_where_no_page_is_read_it_is_said_why(press: Press) -> None:
    assert press.here.ask("reprocess").out == "No pages are kept yet: storywire run\n"
    assert press.reprocess()["pages"] == 0
    press.publish(list(REPORTS)[:1])
    press.run()
    assert press.here.ask("reprocess", "--since", "2100-01-01").out == "No page was fetched since 2100-01-01.\n"


def test_each_page_counts_also_where_no_article_comes_of_it(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    title, *others = REPORTS
    press.publish(others)
    press.run()
    press.publish([title])
    wall = Wall(WallKind.CONSENT, "we value your privacy")
    blind = better(lambda found: replace(found, text="", reason=str(wall), wall=wall))
    with monkeypatch.context() as patch:
        patch.setattr("tasks.collect.extract_page", blind)
        press.run()
    monkeypatch.setattr(reprocessing, "extract_page", blind)
    for state in ("pending", "unusable"):
        assert press.here.one("SELECT state FROM entries WHERE title = ?", title) == state
        found = press.reprocess("--dry-run")
        assert (found["pages"], found["unreadable"], found["without_article"]) == (6, 5, 1)
        assert "5 unreadable, 1 still without an article." in press.here.ask("reprocess", "--dry-run").out
        with monkeypatch.context() as patch:
            patch.setattr("tasks.collect.extract_page", blind)
            for _ in range(2):
                press.run()


def test_reprocessing_that_was_killed_can_be_run_again(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    press.publish(list(REPORTS))
    press.run()
    change = better(lambda found: replace(found, author="Ada Osk"))
    monkeypatch.setattr(reprocessing, "extract_page", change)
    monkeypatch.setattr(reprocessing, "_BATCH", 2)
    saved = []

    def killed(self: Store, articles: Sequence[Article], *more: Any) -> None:
        saved.append(1)
        if len(saved) == 2:
            raise KeyboardInterrupt
        real(self, articles, *more)

    real = Store.replace_texts
    with monkeypatch.context() as patch:
        patch.setattr(Store, "replace_texts", killed)
        files, at = press.house.store.pages.files(), press.clock.now + timedelta(minutes=1)
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(reprocessing.reprocess(press.house, at, files))
    again = press.reprocess()
    assert (again["changed"], again["unchanged"]) == (4, 2)
    assert press.here.rows("SELECT DISTINCT author FROM articles") == [("Ada Osk",)]


def test_what_a_person_removed_does_not_come_back(press: Press) -> None:
    press.publish(list(REPORTS))
    press.run()
    files = press.house.store.pages.files()
    kept = [found for path in files if (found := press.house.store.pages.read(path))]
    assert press.here.ask("articles", "delete", f"{press.server.url}/0").status == 0
    assert len(press.house.store.pages.files()) == 5
    for fetched in kept:  # as one that was fetched while it was removed
        press.house.store.pages.keep(fetched)
    assert press.reprocess()["unchanged"] == 5
    assert len(press.articles()) == 5


def test_the_output_for_people_names_what_would_change(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    press.publish(list(REPORTS)[:1])
    press.run()
    monkeypatch.setattr(reprocessing, "extract_page", better(lambda found: replace(found, text=f"{found.text} More.")))
    done = press.here.ask("reprocess", "--dry-run")
    assert done.status == 0
    first, last = done.out.splitlines()
    assert first.startswith("changed     Dam breaks above Osk villages (text from ")
    assert last.startswith("1 page read: 1 changed, 0 recovered, 0 unchanged, 0 unreadable, 0 still without an")
