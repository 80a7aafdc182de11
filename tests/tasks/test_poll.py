"""Laws of looking at feeds, against a real local server."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storywire.looks import Failed, Fetched, Unchanged
from storywire.nouns import Feed, FeedState
from storywire.waits import NETWORK_WAIT
from tasks.fetch import HttpFetcher
from tasks.poll import Poll, poll_feeds
from tasks.workers import Workers
from tests.server import LOOPBACK, Server, serving

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
RSS = b"""<rss version="2.0"><channel><title>Harbour News</title><language>en-gb</language><item><guid>1</guid>
<title>Ferry returns</title><link>/ferry?utm_source=rss</link><pubDate>Wed, 01 Jul 2026 10:00:05 GMT</pubDate>
</item></channel></rss>"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({"/feed": (200, {"Content-Type": "application/rss+xml", "ETag": '"1"'}, RSS)}) as server:
        yield server


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers() as workers:
        yield workers


def feed(url: str) -> Feed:
    return Feed(url, added_at=NOW, next_check_at=NOW)


def look(workers: Workers, *feeds: Feed) -> list[Poll]:
    async def main(feeds: Sequence[Feed]) -> list[Poll]:
        async with HttpFetcher(deadline=timedelta(seconds=5), allow_nets=LOOPBACK) as fetcher:
            return [poll async for poll in poll_feeds(feeds, fetcher, workers, NOW, spacing=timedelta(0))]

    return asyncio.run(main(feeds))


def test_a_look_at_a_feed_brings_its_entries_and_what_was_learnt(server: Server, workers: Workers) -> None:
    [poll] = look(workers, feed(server.url + "/feed"))
    [entry] = poll.entries
    assert (entry.title, entry.url) == ("Ferry returns", server.url + "/ferry")
    assert (entry.publisher, entry.language, entry.feed_url) == ("Harbour News", "en", server.url + "/feed")
    assert isinstance(poll.outcome, Fetched)
    assert (poll.feed.title, poll.feed.language, poll.feed.etag, poll.feed.state) == (
        "Harbour News",
        "en",
        '"1"',
        FeedState.OK,
    )


def test_the_publisher_that_a_person_gave_a_feed_is_its_entries(server: Server, workers: Workers) -> None:
    [poll] = look(workers, replace(feed(server.url + "/feed"), publisher="The Harbour", title="Mine", language="de"))
    assert poll.entries[0].publisher == "The Harbour"
    assert (poll.feed.title, poll.feed.language) == ("Mine", "de")


def test_a_second_look_is_conditional_and_finds_nothing_new(server: Server, workers: Workers) -> None:
    [first] = look(workers, feed(server.url + "/feed"))
    server.routes["/feed"] = (304, {"ETag": '"2"'}, b"")
    [second] = look(workers, first.feed)
    assert server.requests[-1].headers["if-none-match"] == '"1"'
    assert isinstance(second.outcome, Unchanged)
    assert (second.entries, second.feed.etag, second.feed.state) == ((), '"2"', FeedState.OK)


def test_the_same_bytes_under_a_new_validator_are_nothing_new(server: Server, workers: Workers) -> None:
    [first] = look(workers, feed(server.url + "/feed"))
    server.routes["/feed"] = (200, {"ETag": '"2"'}, RSS)
    [second] = look(workers, first.feed)
    assert isinstance(second.outcome, Unchanged)
    assert second.feed.etag == '"2"'


def test_new_bytes_under_the_same_validator_are_read(server: Server, workers: Workers) -> None:
    [first] = look(workers, feed(server.url + "/feed"))
    server.routes["/feed"] = (200, {"ETag": '"1"'}, RSS.replace(b"<guid>1<", b"<guid>2<"))
    assert [e.guid for e in look(workers, first.feed)[0].entries] == ["2"]


def test_a_redirected_feed_keeps_its_address_and_links_resolve_where_it_was_found(
    server: Server, workers: Workers
) -> None:
    with serving({"/there": (200, {}, RSS)}) as other:
        server.routes["/feed"] = (301, {"Location": other.url + "/there"}, b"")
        [poll] = look(workers, feed(server.url + "/feed"))
        assert poll.feed.url == poll.entries[0].feed_url == server.url + "/feed"
        assert poll.entries[0].url == other.url + "/ferry"


def test_each_failure_is_a_value_and_the_other_feeds_go_on(server: Server, workers: Workers) -> None:
    server.routes |= {
        "/gone": (410, {}, b""),
        "/busy": (503, {"Retry-After": "36000"}, b""),
        "/page": (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Hello</title>"),
        "/empty": (200, {}, b""),
    }
    with serving() as closed:
        dead = closed.url + "/dead"
    urls = [server.url + path for path in ("/feed", "/gone", "/page", "/empty", "/none")]
    polls = {p.feed.url.rsplit("/")[-1]: p for p in look(workers, *map(feed, [*urls, dead, server.url + "/busy"]))}
    states = {name: poll.feed.state for name, poll in polls.items()}
    assert states.pop("feed") is FeedState.OK
    assert states.pop("gone") is FeedState.GONE
    assert set(states.values()) == {FeedState.FAILING}
    assert polls["busy"].feed.next_check_at >= NOW + timedelta(hours=10)
    assert polls["none"].feed.reason == "HTTP 404"
    assert "web page" in (polls["page"].feed.reason or "")
    assert "empty" in (polls["empty"].feed.reason or "")
    assert polls["dead"].feed.failures == 1


def test_when_the_network_is_down_no_feed_is_blamed(workers: Workers, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(RSS)
    on_disk = feed((tmp_path / "feed.xml").as_uri())
    polls = look(workers, feed("http://a.invalid/feed"), feed("http://b.invalid/feed"), on_disk)
    down = [p for p in polls if isinstance(p.outcome, Failed)]
    assert sorted(p.feed.url for p in down) == ["http://a.invalid/feed", "http://b.invalid/feed"]
    assert {(p.feed.failures, p.feed.state, p.feed.next_check_at) for p in down} == {
        (0, FeedState.NEW, NOW + NETWORK_WAIT)
    }


def test_a_feed_can_be_a_file(workers: Workers, tmp_path: Path) -> None:
    path = tmp_path / "ein feed ü.xml"
    path.write_bytes(RSS)
    [poll] = look(workers, feed(path.as_uri()))
    assert [e.title for e in poll.entries] == ["Ferry returns"]
    assert isinstance(look(workers, poll.feed)[0].outcome, Unchanged)
    found = look(workers, feed((tmp_path / "none.xml").as_uri()), feed("file:///a%00b"))
    odd, missing = sorted(found, key=lambda poll: poll.feed.url.endswith("none.xml"))
    assert missing.feed.reason == "the file cannot be read: No such file or directory"
    assert odd.feed.state is FeedState.FAILING
