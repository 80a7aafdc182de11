"""A publisher changes what it published: real pages of a real server, the real Store, and a clock that tests set."""

import asyncio
import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest

from flows import cycle, revisiting
from flows.house import House
from storage.store import Store
from storywire.errors import FetchError
from storywire.fetched import Fetched
from storywire.nouns import Feed
from storywire.watches import Watch
from tasks.fetch import HttpFetcher
from tasks.robots import PageFetcher
from tests.fakes import FakeEncoder, FixedClock, InlineWorkers, RecordingNotifier
from tests.server import LOOPBACK, Answer, Request, Server, serving

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
FERRY, CHESS = "/ferry", "/chess"
TITLES = {FERRY: "Ferry Ostra runs aground off Belm", CHESS: "Oyelaran Bisi wins the Lagos Open"}
WRONG, RIGHT = "There were 84 people on board.", "There were 86 people on board."
NOTE = "An earlier version of this article gave a wrong number of people."
TEXTS = {
    FERRY: [
        f"The ferry Ostra ran aground off Belm on Sunday night in heavy seas. {WRONG} Nobody was hurt.",
        "Harbour master Ines Vold said that the engine had failed, and that two tugs had left Korrin at midnight.",
        "They reached the ferry at dawn and pulled it off the rocks. The company gave no reason for the failure.",
        "The harbour of Belm stays closed to all other ships until divers have looked at the hull on Tuesday.",
    ],
    CHESS: [
        "Grandmaster Oyelaran Bisi won the Lagos Open chess tournament with a round to spare on Sunday.",
        "The nineteen year old beat the top seed in forty moves and will play the candidates in spring.",
        "Organisers said a record nine hundred players from thirty countries had entered the tournament.",
        "It was the first win of a player from the city in the twelve years of the event, they said.",
    ],
}


CONTENT = "http://purl.org/rss/1.0/modules/content/"
MORE = [
    f"The people of {place} went on with it all the same, as they had said that they would, {when}."
    for place in ("Belm", "Korrin", "Sunde", "Arnheim", "Lagos")
    for when in ("on the first day", "on the second day", "until the evening")
]


def page(path: str, texts: list[str]) -> Answer:
    body = "".join(f"<p>{escape(text)}</p>" for text in texts)
    html = f"""<!doctype html><html lang="en"><head><title>{TITLES[path]}</title></head><body><article>
    <h1>{TITLES[path]}</h1>{body}</article></body></html>"""
    return 200, {"Content-Type": "text/html; charset=utf-8", "ETag": f'"{abs(hash(html))}"'}, html.encode()


POLLING = ("checked_at", "succeeded_at", "next_check_at", "check_interval", "items_per_day")


class NoNetwork:
    """Fetches as a machine without network does."""

    async def fetch(self, *_: object, **__: object) -> None:
        raise FetchError("cannot be reached", network_down=True)


@dataclass
class Newsroom:
    """An installation with one feed of two reports; a test changes what pages and feed say, and sets the clock."""

    here: Any
    house: House
    server: Server
    clock: FixedClock
    texts: dict[str, list[str]] = field(default_factory=lambda: dict(TEXTS))
    titles: dict[str, str] = field(default_factory=lambda: dict(TITLES))
    tag: str = "description"
    whole: bool = False
    summary: str | None = None

    def feed(self, _: Request) -> Answer:
        items = "".join(
            f"<item><title>{escape(title)}</title><link>{self.server.url}{path}</link><guid>{path}</guid>"
            f"<{self.tag}>{escape(self.said(path))}</{self.tag}></item>"
            for path, title in self.titles.items()
        )
        said = f'<rss version="2.0" xmlns:content="{CONTENT}"><channel><title>News</title>{items}</channel></rss>'
        return 200, {"Content-Type": "application/rss+xml"}, said.encode()

    def said(self, path: str) -> str:
        filler = (
            "They went on with it all the same, as they had said that they would, whatever came of it in the end. " * 5
        )
        told = "".join(f"<p>{text}</p>" for text in self.texts[path])
        return told + f"<p>{filler}</p>" if self.whole else self.summary or self.texts[path][1]

    def page(self, request: Request) -> Answer:
        status, headers, body = page(request.path, self.texts[request.path])
        unchanged = request.headers.get("if-none-match") == headers["ETag"]
        return (304, headers, b"") if unchanged else (status, headers, body)

    def run(self, after: timedelta = timedelta(0), collect_only: bool = False) -> None:
        self.clock.now += after
        now = self.clock.now
        steps = cycle.plain_steps(self.house, now)
        asyncio.run(self._looks(now) if collect_only else cycle.whole(self.house, now, steps))  # type: ignore[arg-type]

    async def _looks(self, now: datetime) -> None:
        polls = await cycle.collect(self.house, now)
        await cycle.revisit(self.house, now, polls, self.house.time_budget)

    def watch(self, path: str | None) -> None:
        sql = """SELECT storyline_id FROM storyline_articles JOIN articles USING (article_id) WHERE ends_with(url, ?)"""
        storyline = None if path is None else self.here.one(sql, path)
        assert self.house.store.add_watch(Watch(f"w{path}", f"w{path}", "stdout", self.clock.now, storyline))
        self.house.store.publish()

    def kept_page(self, path: str) -> Fetched:
        [file] = self.house.store.pages.of([self.server.url + path])
        found = self.house.store.pages.read(file)
        assert found is not None
        return found

    def asked(self, path: str) -> int:
        return self.server.paths().count(path)

    def correct(self, path: str = FERRY) -> None:
        first, *rest = self.texts[path]
        self.texts[path] = [first.replace(WRONG, RIGHT), *rest, NOTE]


@pytest.fixture
def newsroom(new_installation: Callable[[], Any]) -> Iterator[Newsroom]:
    here = new_installation()
    with serving() as server:
        clock = FixedClock(START)
        house = House(
            Store(here.home),
            FakeEncoder(),
            fetcher=lambda: HttpFetcher(allow_nets=LOOPBACK),
            workers=InlineWorkers,  # type: ignore[arg-type]
            notifier=RecordingNotifier(),
            host_spacing=timedelta(0),
            feed_spacing=timedelta(0),
            clock=clock,
        )
        room = Newsroom(here, house, server, clock)
        server.routes |= {"/feed": room.feed, FERRY: room.page, CHESS: room.page}
        house.store.add_feeds([Feed(f"{server.url}/feed", START, START)])
        yield room


def test_a_correction_in_a_watched_storyline_is_seen_after_an_hour(newsroom: Newsroom) -> None:
    newsroom.run()
    newsroom.watch(FERRY)
    newsroom.correct()
    newsroom.run(HOUR)
    assert newsroom.here.one("SELECT count(*) FROM articles") == 2
    [(number, at, text, added, removed, correction)] = newsroom.here.rows(
        "SELECT number, replaced_at, text, added, removed, correction FROM revisions"
    )
    assert (number, at, correction) == (1, (START + HOUR).replace(tzinfo=None), True)
    assert (added, removed) == ([RIGHT, NOTE], [WRONG])
    now = newsroom.here.one("SELECT text FROM articles WHERE ends_with(url, ?)", FERRY)
    assert WRONG in text
    assert RIGHT not in text
    assert now == "\n\n".join(newsroom.texts[FERRY])
    assert (newsroom.asked(FERRY), newsroom.asked(CHESS)) == (2, 1)
    assert newsroom.here.one("SELECT articles_new FROM runs ORDER BY run_id DESC LIMIT 1") == 0


def test_an_explanation_says_what_came_and_went(newsroom: Newsroom) -> None:
    newsroom.run()
    newsroom.watch(None)
    newsroom.correct()
    newsroom.run(HOUR)
    url = newsroom.server.url + FERRY
    said = newsroom.here.ask("explain", url).out
    assert "1 revision, the last on 2026-05-04 09:00, a correction." in said
    assert f"came  “{RIGHT}”" in said
    assert f"went  “{WRONG}”" in said
    [told] = newsroom.here.ask("explain", url, "--json").json["revisions"]
    assert (told["number"], told["added"], told["correction"]) == (1, [RIGHT, NOTE], True)
    assert "revision" not in newsroom.here.ask("explain", newsroom.server.url + CHESS).out


def test_eight_days_of_runs_ask_three_times_more_for_a_watched_page_and_never_for_another(newsroom: Newsroom) -> None:
    newsroom.run()
    newsroom.watch(FERRY)
    for hour in (*range(1, 28), *range(32, 160, 8), *range(164, 172), *range(180, 200, 4)):  # hourly about each look
        newsroom.run(START + hour * HOUR - newsroom.clock.now, collect_only=True)
    assert (newsroom.asked(FERRY), newsroom.asked(CHESS)) == (4, 1)
    conditions = [r.headers.get("if-none-match") for r in newsroom.server.requests if r.path == FERRY]
    assert conditions[:2] == [None, None]  # what collecting was sent is not kept
    assert all(conditions[2:])


def test_without_a_watch_no_page_is_asked_for_again(newsroom: Newsroom) -> None:
    for _ in range(3):
        newsroom.run(HOUR)
    assert (newsroom.asked(FERRY), newsroom.asked(CHESS)) == (1, 1)


def test_a_page_that_is_gone_or_walled_keeps_the_article_as_it_was(newsroom: Newsroom) -> None:
    newsroom.run()
    newsroom.watch(None)
    before = newsroom.here.views(feeds=POLLING)
    kept = sorted(path.read_bytes() for path in (newsroom.here.home / "private/pages").rglob("*.gz"))
    newsroom.texts[CHESS] = [TEXTS[CHESS][0], "Subscribe now to read on. Become a member today for 2 a week."]
    newsroom.server.routes[FERRY] = (410, {}, b"")
    newsroom.run(HOUR)
    after = newsroom.here.views(feeds=POLLING)
    looks = [fact for fact in after["article_facts"] if "'looked at again'" in fact]
    assert len(looks) == 2
    assert after | {"article_facts": [f for f in after["article_facts"] if f not in looks]} == before
    assert sorted(path.read_bytes() for path in (newsroom.here.home / "private/pages").rglob("*.gz")) == kept
    newsroom.run(HOUR)
    assert (newsroom.asked(FERRY), newsroom.asked(CHESS)) == (2, 2)


def test_a_run_that_dies_while_it_looks_again_costs_one_request_and_loses_nothing(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.run()
    newsroom.watch(FERRY)
    newsroom.correct()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "save_look", die)
        with pytest.raises(KeyboardInterrupt):
            newsroom.run(HOUR)
    newsroom.run(timedelta(minutes=5))
    newsroom.run(timedelta(minutes=5))
    assert newsroom.here.rows("SELECT number, added FROM revisions") == [(1, [RIGHT, NOTE])]
    assert newsroom.asked(FERRY) == 3


def test_a_feed_that_words_an_entry_otherwise_brings_one_look_a_day_also_unwatched(newsroom: Newsroom) -> None:
    newsroom.run()
    newsroom.correct()
    newsroom.titles[FERRY] = "Ferry Ostra runs aground off Belm, 86 saved"
    newsroom.run(2 * HOUR)
    title, removed = newsroom.here.rows("SELECT title, removed FROM revisions")[0]
    assert (title, removed) == (TITLES[FERRY], [WRONG])
    assert newsroom.here.one("SELECT title FROM articles WHERE ends_with(url, ?)", FERRY) == newsroom.titles[FERRY]
    for hour in range(12):
        newsroom.titles[FERRY] = f"Ferry Ostra runs aground off Belm, {87 + hour} saved"
        newsroom.run(2 * HOUR, collect_only=True)
    assert (newsroom.asked(FERRY), newsroom.asked(CHESS)) == (3, 1)


def test_a_look_at_an_old_page_is_by_the_feeds_words_alone_and_the_entry_waits_no_longer(newsroom: Newsroom) -> None:
    newsroom.run()
    newsroom.titles[FERRY] = "Ferry Ostra runs aground off Belm, 86 saved"
    newsroom.run(timedelta(days=9))
    assert newsroom.here.one("SELECT title FROM articles WHERE ends_with(url, ?)", FERRY) == newsroom.titles[FERRY]
    assert newsroom.asked(FERRY) == 1
    assert [c.listed_at for c in newsroom.house.store.candidates(START)] == []


def test_a_feed_with_the_whole_text_that_changes_each_hour_brings_one_version_a_day(newsroom: Newsroom) -> None:
    newsroom.tag, newsroom.whole = "content:encoded", True
    newsroom.run()
    for hour in range(12):
        newsroom.titles[FERRY] = f"Ferry Ostra runs aground off Belm, {87 + hour} saved"
        newsroom.run(2 * HOUR, collect_only=True)
    newsroom.run(2 * HOUR)
    assert newsroom.here.rows("SELECT number FROM revisions ORDER BY number") == [(1,), (2,)]
    assert newsroom.here.one("SELECT title FROM articles WHERE ends_with(url, ?)", FERRY) == newsroom.titles[FERRY]


def test_no_look_is_spent_while_the_network_is_down(newsroom: Newsroom) -> None:
    newsroom.run()
    newsroom.watch(None)
    newsroom.clock.now += HOUR
    ids = revisiting.due(newsroom.house, newsroom.clock.now)
    assert len(ids) == 2

    async def look(reached: bool) -> None:
        house, now = newsroom.house, newsroom.clock.now
        with house.workers() as workers:
            args = (house, ids, PageFetcher(NoNetwork(), now), workers, now, "run", cycle.embed, 9 * HOUR, reached)
            await revisiting.revisit(*args)  # type: ignore[arg-type]

    asyncio.run(look(reached=False))
    assert revisiting.due(newsroom.house, newsroom.clock.now) == ids
    asyncio.run(look(reached=True))  # then it is the host that is down
    assert revisiting.due(newsroom.house, newsroom.clock.now) == []


def test_a_page_is_kept_once_its_look_is_saved_and_not_before(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.run()
    newsroom.watch(FERRY)
    newsroom.correct()
    before = newsroom.kept_page(FERRY)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Store, "save_look", die)
        with pytest.raises(KeyboardInterrupt):
            newsroom.run(HOUR)
    assert newsroom.kept_page(FERRY) == before
    newsroom.run(timedelta(minutes=5))
    assert RIGHT.encode() in newsroom.kept_page(FERRY).body


def test_an_article_that_got_its_pages_words_at_last_says_no_more_why_it_had_the_feeds(newsroom: Newsroom) -> None:
    newsroom.summary = TEXTS[FERRY][0] + " " + TEXTS[FERRY][1]
    newsroom.server.routes[FERRY] = (403, {}, b"")
    newsroom.run()
    newsroom.watch(None)
    sql = "SELECT reason FROM entries WHERE ends_with(url, ?)"
    assert newsroom.here.one(sql, FERRY) == "by the feed's own words: HTTP 403"
    newsroom.server.routes[FERRY] = newsroom.page
    newsroom.run(HOUR)
    assert newsroom.here.one(sql, FERRY) is None
    assert newsroom.here.one("SELECT count(*) FROM revisions") == 0


def test_a_feed_with_the_whole_text_tells_the_change_itself(newsroom: Newsroom) -> None:
    newsroom.tag, newsroom.whole = "content:encoded", True
    newsroom.run()
    newsroom.watch(None)
    newsroom.correct()
    newsroom.run(2 * HOUR)
    newsroom.run(2 * HOUR)
    assert newsroom.here.rows("SELECT number, added, removed, correction FROM revisions") == [
        (1, [RIGHT, NOTE], [WRONG], True)
    ]
    assert (newsroom.asked(FERRY), newsroom.asked(CHESS)) == (0, 0)


def test_an_article_that_has_its_feeds_words_changes_as_the_feed_does(newsroom: Newsroom) -> None:
    newsroom.whole = True
    newsroom.run()
    newsroom.correct()
    newsroom.run(2 * HOUR)
    assert newsroom.here.rows("SELECT added, removed FROM revisions") == [([RIGHT, NOTE], [WRONG])]
    assert (newsroom.asked(FERRY), newsroom.asked(CHESS)) == (2, 1)


def test_no_word_of_an_old_text_is_left_when_a_person_removes_its_article(newsroom: Newsroom) -> None:
    newsroom.run()
    newsroom.watch(FERRY)
    newsroom.correct()
    newsroom.run(HOUR)
    old = WRONG.encode()
    newsroom.house.store.pages.keep(replace(newsroom.kept_page(FERRY), body=old))  # as before the second look
    assert any(old in path.read_bytes() for path in newsroom.here.home.rglob("*.duckdb"))
    assert newsroom.here.ask("articles", "delete", newsroom.server.url + FERRY).status == 0
    files: list[Path] = [path for path in newsroom.here.home.rglob("*") if path.is_file()]
    assert not [path for path in files if old in path.read_bytes()]
    assert not [path for path in files if path.suffix == ".gz" and old in gzip.decompress(path.read_bytes())]
