"""Other people's feeds, pages and documents, which lie beside the checkout, through the whole pipeline."""

import asyncio
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from flows.cycle import plain_steps, whole
from flows.house import House
from flows.report import Report
from storage.store import Store
from storywire.errors import FetchError
from storywire.nouns import EntryState, Feed
from storywire.watches import Watch
from tasks.fetch import FEED_TYPES, HttpFetcher, Permit, Response
from tests.fakes import FakeEncoder
from tests.published import query
from tests.server import LOOPBACK, Server, serving

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Detour:
    """A Fetcher that takes each new address to the next page of a local server, as a network would to the real one."""

    def __init__(self, server: Server) -> None:
        self._server, self._pages = server, dict[str, str]()

    async def __aenter__(self) -> Self:
        self._http = await HttpFetcher(allow_nets=LOOPBACK).__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(None, None, None)

    async def fetch(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEED_TYPES,
        permit: Permit | None = None,
        served_by: str | None = None,
    ) -> Response:
        if permit is not None:
            await permit(url)
        if url.endswith("/robots.txt"):
            raise FetchError("HTTP 404", status=404)
        page = self._pages.setdefault(url, f"{self._server.url}/{len(self._pages)}")
        found = await self._http.fetch(page, etag, last_modified, accept)
        return Response(found.status, url, found.body, found.content_type)


@pytest.fixture(scope="module")
def pages(shared: Path) -> Iterator[Server]:
    """A server of all real pages as /0, /1 and so on; after the last come 404s, as in life."""
    files = sorted((shared / "data/pages/article_extraction_benchmark/html").glob("*.html.gz"))
    routes = {
        f"/{i}": (200, {"Content-Type": "text/html"}, gzip.decompress(f.read_bytes())) for i, f in enumerate(files)
    }
    assert len(routes) > 100
    with serving(routes) as server:
        yield server


@pytest.fixture(scope="module")
def house(pages: Server, tmp_path_factory: pytest.TempPathFactory) -> House:
    detour = Detour(pages)
    store = Store(tmp_path_factory.mktemp("real") / "home")
    return House(
        store,
        FakeEncoder(),
        fetcher=lambda: detour,
        host_spacing=timedelta(0),
        feed_spacing=timedelta(0),
        clock=lambda: NOW,
    )


@pytest.fixture(scope="module")
def reports(house: House, shared: Path) -> list[Report]:
    """Three runs: of all real feeds, at once after it, and the next day."""
    files = [path for path in sorted((shared / "data/feeds/real").rglob("*")) if path.is_file()]
    # read before, so that what they list is news where it is not old
    house.store.add_feeds([Feed(path.as_uri(), NOW, NOW, succeeded_at=NOW - timedelta(days=3650)) for path in files])
    house.store.add_watch(Watch("w1", "all", f"file:{house.store.home / 'alerts.jsonl'}", NOW))
    times = (NOW, NOW + timedelta(minutes=1), NOW + timedelta(hours=25))
    return [asyncio.run(whole(house, now, plain_steps(house, now))) for now in times]


def test_real_feeds_and_pages_go_through_the_whole_pipeline_and_the_sums_balance(reports: list[Report]) -> None:
    for report in reports:
        counts = report.counts
        assert counts.pending_before + counts.entries_new == sum(counts.settled.values()) + counts.pending
    first = reports[0].counts
    assert first.entries_new > 400
    assert first.settled[EntryState.STORED] > 350
    assert first.pending == 0


def test_all_that_is_not_stored_has_a_reason(house: House, reports: list[Report]) -> None:
    states = dict(query(house.store.home, "SELECT state, count(*) FROM entries GROUP BY state"))
    assert states["stored"] + states.get("repeat", 0) + states["unusable"] + states["failed"] == sum(states.values())
    assert query(house.store.home, "FROM entries WHERE state <> 'stored' AND reason IS NULL") == ()


def test_each_article_is_kept_in_one_storyline_or_repeats_one_that_is(house: House, reports: list[Report]) -> None:
    home = house.store.home
    (counts,) = query(
        home,
        """SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM storyline_articles),
        (SELECT count(*) FROM duplicates)""",
    )
    articles, kept, copies = counts
    assert articles == kept + copies == sum(report.counts.articles_new for report in reports)
    assert copies > 0
    assert query(home, "FROM duplicates ANTI JOIN storyline_articles s ON s.article_id = canonical_id") == ()
    assert query(home, "SELECT sum(article_count) FROM storylines") == ((kept,),)


def test_what_is_no_feed_is_named_and_the_others_are_read(house: House, reports: list[Report]) -> None:
    failed = {Path(url).name: reason for url, reason in reports[0].polls.failed}
    assert set(failed) == {"custom", "sqlite_releases.html"}
    assert "web page, not a feed" in failed["sqlite_releases.html"]
    assert query(house.store.home, "SELECT count(*) FROM feeds WHERE state = 'ok'") == ((reports[0].polls.polled - 2,),)


def test_no_text_of_a_real_page_holds_control_characters_or_markup(house: House, reports: list[Report]) -> None:
    rows = query(house.store.home, r"SELECT text FROM articles WHERE regexp_matches(text, '[\x00-\x08\x0b-\x1f]')")
    assert rows == ()
    assert query(house.store.home, "SELECT text FROM articles WHERE text ILIKE '%<script%' OR text LIKE '%</p>%'") == ()


def test_the_same_feeds_bring_nothing_new_the_next_day(reports: list[Report]) -> None:
    assert [report.polls.polled for report in reports] == [23, 0, 23]
    for report in reports[1:]:
        assert (report.counts.entries_new, report.counts.articles_new) == (0, 0)
        assert (report.changes, report.deliveries.delivered) == ((), 0)


def test_what_is_told_of_real_news_is_told_once(house: House, reports: list[Report]) -> None:
    lines = (house.store.home / "alerts.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line)["data"] for line in lines]
    assert len(told) == reports[0].deliveries.delivered == len({message["message_id"] for message in told})
    alerts = [row for (row,) in query(house.store.home, "SELECT unnest(causes) FROM alerts WHERE state <> 'silent'")]
    assert len(alerts) == len(set(alerts))
    silent = sum(reports[0].deliveries.silent.values())
    assert len(alerts) + silent == sum(change.new for change in reports[0].changes)
    counted = [sum(line["counts"].values()) for message in told for line in message["storylines"]]
    assert 0 < sum(counted) <= len(alerts)


NEVER = {
    "Halt Aleppo massacre, leaders urge Syria": (
        *("Bourgogne wine", "Oscar Pistorius", "James Blunt", "Tinder", "iJobs", "Independent Dating", "Terms of Use"),
        *("IT Project Manager", "£40000", "Clearwater", "Super-sized ships", "Wheeler", "Boris", "ebooks"),
    ),
    "International pressure mounts on Assad to halt Aleppo bombardment": ("min read", "Click here to enlarge"),
    "John Kerry decries 'massacre' in Aleppo by Syrian government forces": (
        *(
            "Your support",
            "donation",
            "Elon Musk",
            "paywalls",
            "across the entire political spectrum",
            "The Independent",
        ),
    ),
    "Diplomats urge Russia and Assad to show grace in Aleppo victory": (),
    "International Pressure Builds on Syria, Russia Over Aleppo": (
        *("Accessibility links", "Breaking News", "Watch video report", "please wait", "No media source", "0:03:02"),
    ),
}
"""The five documents' titles, each with words of the page around its text."""

SAID = (
    "no nation should stand silent",
    "social media users turned their profile pictures red",
    "nothing short of a massacre",
    "they need to get in the game",
    "for it to be convened",
)
"""Words of each document's own text, one a document, most from its end."""

DATES = {
    "International pressure mounts on Assad to halt Aleppo bombardment": (datetime(2016, 5, 1), "day"),  # noqa: DTZ001
    "International Pressure Builds on Syria, Russia Over Aleppo": (datetime(2016, 10, 20), "day"),  # noqa: DTZ001
}
"""What a document states of itself; the others state nothing."""


@pytest.fixture(scope="module")
def documents(shared: Path, new_installation: Any) -> Any:
    """The five original documents as plain text files, and nothing else, read by the real program."""
    folder = shared / "seeds"
    if not folder.is_dir():
        pytest.skip(f"no original documents at {folder}")
    here = new_installation()
    done = here.run("run", "--seeds", str(folder))
    assert (done.status, done.err) == (0, "")
    assert "5 stored + 0 pending" in done.out
    return here


def test_the_five_documents_have_their_titles_and_the_dates_that_they_state(documents: Any) -> None:
    rows = documents.rows("SELECT title, published_at, published_precision FROM articles")
    assert {title: (at, precision) for title, at, precision in rows} == {
        title: DATES.get(title, (None, "none")) for title in NEVER
    }


@pytest.mark.parametrize("title", NEVER)
def test_nothing_that_stood_around_a_documents_text_is_left_in_it(documents: Any, title: str) -> None:
    text = documents.one("SELECT text FROM articles WHERE title = ?", title)
    assert [words for words in NEVER[title] if words.casefold() in text.casefold()] == []
    assert title not in text.split("\n\n")


def test_no_words_of_a_documents_own_text_are_lost(documents: Any) -> None:
    texts = [text.casefold() for (text,) in documents.rows("SELECT text FROM articles")]
    assert [sum(words in text for text in texts) for words in SAID] == [1] * 5


def test_no_paragraph_of_the_five_documents_stands_twice(documents: Any) -> None:
    for (text,) in documents.rows("SELECT text FROM articles"):
        found = text.split("\n\n")
        assert len(found) == len(set(found)) > 4


def test_the_five_documents_are_one_storyline_whose_own_label_names_aleppo(documents: Any) -> None:
    ((label, pinned, count),) = documents.rows("SELECT label, pinned, article_count FROM storylines")
    assert (pinned, count) == (False, 5)
    assert "aleppo" in label.casefold()
    assert 2 <= len(label.split()) <= 5
