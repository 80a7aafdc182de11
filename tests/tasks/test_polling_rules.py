"""Rules of polling that show in what is asked: laws of whole looks, against a real local server."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from storywire.learnt import Habits, Move
from storywire.looks import Failed, Postponed, Unchanged
from storywire.nouns import Feed, FeedState
from tasks.fetch import HttpFetcher
from tasks.poll import Poll, poll_feeds
from tests.fakes import InlineWorkers
from tests.server import LOOPBACK, Request, Server, serving

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
XML = {"Content-Type": "application/rss+xml"}


def rss(*guids: object) -> bytes:
    items = "".join(f"<item><guid>{g}</guid><title>Item {g}</title><link>/{g}</link></item>" for g in guids)
    return f'<rss version="2.0"><channel><title>Harbour</title>{items}</channel></rss>'.encode()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({"/feed": (200, {**XML, "ETag": '"1"', "Last-Modified": "Mon"}, rss(1))}) as server:
        yield server


def feed(url: str, **known: object) -> Feed:
    return replace(Feed(url, added_at=NOW, next_check_at=NOW), **known)  # type: ignore[arg-type]


def look(*feeds: Feed, now: datetime = NOW, spacing: timedelta = timedelta(0), **limits: timedelta) -> list[Poll]:
    async def main(feeds: Sequence[Feed]) -> list[Poll]:
        async with HttpFetcher(deadline=timedelta(seconds=5), allow_nets=LOOPBACK) as fetcher:
            workers = InlineWorkers()
            polls = poll_feeds(feeds, fetcher, workers, now, spacing=spacing, **limits)  # type: ignore[arg-type]
            return [poll async for poll in polls]

    return asyncio.run(main(feeds))


def conditions(request: Request) -> tuple[str | None, str | None]:
    return request.headers.get("if-none-match"), request.headers.get("if-modified-since")


def test_r02_both_validators_are_sent_where_both_are_known(server: Server) -> None:
    [first] = look(feed(server.url + "/feed"))
    look(first.feed, now=NOW + HOUR)
    assert conditions(server.requests[0]) == (None, None)
    assert conditions(server.requests[1]) == ('"1"', "Mon")


def test_r06_validators_go_only_to_the_address_that_gave_them_also_behind_a_redirect(server: Server) -> None:
    with serving({"/there": (200, {**XML, "ETag": '"t"'}, rss(1))}) as other:
        server.routes["/feed"] = (302, {"Location": other.url + "/there"}, b"")
        [first] = look(feed(server.url + "/feed"))
        other.routes["/there"] = lambda r: (304, {}, b"") if r.headers.get("if-none-match") else (200, XML, rss(2))
        [second] = look(first.feed, now=NOW + HOUR)
        assert isinstance(second.outcome, Unchanged)
        assert conditions(server.requests[1]) == (None, None)
        assert conditions(other.requests[1]) == ('"t"', None)
        server.routes["/feed"] = (302, {"Location": server.url + "/elsewhere"}, b"")
        server.routes["/elsewhere"] = (200, XML, rss(3))
        [third] = look(second.feed, now=NOW + 2 * HOUR)
        assert conditions(server.requests[-1]) == (None, None)
        assert [e.guid for e in third.entries] == ["3"]


@pytest.mark.parametrize("header", [{"Cache-Control": "no-store"}, {"Expires": "0"}])
def test_r07_validators_of_an_answer_that_must_not_be_kept_are_not(server: Server, header: dict[str, str]) -> None:
    server.routes["/feed"] = (200, {**XML, "ETag": '"1"', **header}, rss(1))
    [poll] = look(feed(server.url + "/feed"))
    assert (poll.feed.etag, poll.feed.last_modified) == (None, None)


def test_r08_a_304_to_an_unconditional_request_is_a_failure(server: Server) -> None:
    server.routes["/feed"] = (304, {}, b"")
    [poll] = look(feed(server.url + "/feed"))
    url = server.url + "/feed"
    assert poll.outcome == Failed("HTTP 304 to a request without conditions", status=304, url=url)


def test_r09_a_body_that_comes_with_a_304_is_ignored(server: Server) -> None:
    [first] = look(feed(server.url + "/feed"))
    server.routes["/feed"] = (304, {"Content-Length": "0"}, rss(2))
    [second] = look(first.feed, now=NOW + HOUR)
    assert isinstance(second.outcome, Unchanged)
    assert second.entries == ()


def test_r10_the_bytes_decide_whatever_the_validators_say(server: Server) -> None:
    [first] = look(feed(server.url + "/feed"))
    server.routes["/feed"] = (200, {**XML, "ETag": '"2"'}, rss(1))
    [same] = look(first.feed, now=NOW + HOUR)
    assert (same.outcome, same.feed.etag) == (replace(Unchanged(same.outcome.answer), told=False), '"2"')  # type: ignore[union-attr]
    server.routes["/feed"] = (200, {**XML, "ETag": '"2"'}, rss(2))
    [other] = look(same.feed, now=NOW + 2 * HOUR)
    assert [e.guid for e in other.entries] == ["2"]


def test_r17_and_r20_looks_at_one_host_are_one_after_the_other_and_some_time_apart(server: Server) -> None:
    starts: list[float] = []

    def route(_: Request) -> tuple[int, dict[str, str], bytes]:
        starts.append(time.monotonic())
        return 200, XML, rss(1)

    server.routes |= {f"/{n}": route for n in range(4)}
    look(*(feed(f"{server.url}/{n}") for n in range(4)), spacing=timedelta(seconds=0.2))
    assert min(b - a for a, b in pairwise(starts)) > 0.15


def test_what_is_not_begun_within_the_budget_is_not_looked_at_and_stays_due(server: Server) -> None:
    server.routes |= {f"/{n}": (200, XML, rss(1)) for n in range(4)}
    feeds = [feed(f"{server.url}/{n}") for n in range(4)]
    done = look(*feeds, spacing=timedelta(seconds=0.4), budget=timedelta(seconds=0.6))
    assert len(done) == len(server.requests) == 2


def test_h39_once_a_day_a_server_that_says_not_changed_has_to_prove_it(server: Server) -> None:
    [first] = look(feed(server.url + "/feed"))
    server.routes["/feed"] = lambda r: (304, {}, b"") if "if-none-match" in r.headers else (200, XML, rss(1, 2))
    [soon] = look(first.feed, now=NOW + HOUR)
    assert len(server.requests) == 2
    [later] = look(soon.feed, now=NOW + timedelta(days=1))
    assert [conditions(r)[0] for r in server.requests] == [None, '"1"', '"1"', None]
    assert [e.guid for e in later.entries] == ["1", "2"]
    assert later.feed.habits.lies == 1


def test_a_second_answer_that_fails_leaves_the_first_one_standing(server: Server) -> None:
    [first] = look(feed(server.url + "/feed"))
    server.routes["/feed"] = lambda r: (304, {}, b"") if "if-none-match" in r.headers else (500, {}, b"")
    [later] = look(first.feed, now=NOW + timedelta(days=1))
    assert (later.feed.state, later.feed.failures, later.feed.etag) == (FeedState.OK, 0, '"1"')
    look(later.feed, now=NOW + timedelta(days=1, hours=1))
    assert len(server.requests) == 4  # not doubted again before a day is over


def test_r19_a_host_that_redirects_to_a_busy_one_is_not_the_busy_one(server: Server) -> None:
    with serving({"/busy": (429, {"Retry-After": "7200"}, b"")}, address="127.0.0.2") as other:
        server.routes["/moved"] = (302, {"Location": other.url + "/busy"}, b"")
        polls = look(feed(server.url + "/moved"), feed(server.url + "/feed"))
    assert [poll.feed.state for poll in polls] == [FeedState.FAILING, FeedState.OK]


def test_r31_only_redirects_that_are_all_meant_for_good_lead_to_a_new_address(server: Server) -> None:
    there = server.url + "/there"
    server.routes |= {"/there": (200, XML, rss(1)), "/hop": (302, {"Location": "/there"}, b"")}
    for status, target, leads_to in ((302, "/there", None), (308, "/there", there), (301, "/hop", server.url + "/hop")):
        server.routes["/feed"] = (status, {"Location": target}, b"")
        [poll] = look(feed(server.url + "/feed"))
        assert poll.feed.move.seen == leads_to
    server.routes |= {"/feed": (302, {"Location": "/for-good"}, b""), "/for-good": (301, {"Location": "/there"}, b"")}
    [poll] = look(feed(server.url + "/feed"))
    assert poll.feed.move.seen is None


def test_h41_one_429_lets_the_whole_host_rest_and_other_hosts_go_on(server: Server) -> None:
    many = [feed(f"{server.url}/{n}") for n in range(500)]
    server.routes["/0"] = (429, {"Retry-After": "7200"}, b"")
    with serving({"/feed": (200, XML, rss(1))}, address="127.0.0.2") as other:
        polls = look(*many, feed(other.url + "/feed"))
    assert server.paths() == ["/0"]
    resting = [poll.feed for poll in polls if isinstance(poll.outcome, Postponed)]
    assert len(resting) == 499
    assert {(f.state, f.failures) for f in resting} == {(FeedState.NEW, 0)}
    assert min(f.next_check_at for f in resting) >= NOW + 2 * HOUR
    assert max(f.next_check_at for f in resting) - min(f.next_check_at for f in resting) > HOUR / 2
    assert [poll.feed.state for poll in polls if poll.feed.url.startswith(other.url)] == [FeedState.OK]


def test_r26_a_bot_check_is_told_from_other_refusals_and_no_browser_is_played(server: Server) -> None:
    server.routes["/feed"] = (403, {"cf-mitigated": "challenge", "Content-Type": "text/html"}, b"<html>Wait</html>")
    [poll] = look(feed(server.url + "/feed"))
    assert poll.feed.reason == "HTTP 403, a bot check that only browsers pass"
    assert poll.feed.next_check_at >= NOW + 4 * HOUR
    [again] = look(poll.feed, now=poll.feed.next_check_at)
    assert {r.headers["user-agent"] for r in server.requests} == {server.requests[0].headers["user-agent"]}
    assert again.feed.failures == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"", "is empty"), (b"<!doctype html><title>Hi</title>", "is a web page"), (b"%PDF-1.7", "is a PDF")],
)
def test_r27_what_is_no_feed_is_a_failure_and_what_was_had_before_is_kept(
    server: Server, body: bytes, said: str
) -> None:
    [first] = look(feed(server.url + "/feed"))
    server.routes["/feed"] = (200, {"Content-Type": "text/html"}, body)
    [second] = look(first.feed, now=NOW + HOUR)
    assert said in (second.feed.reason or "")
    assert (second.feed.etag, second.feed.body_digest) == (first.feed.etag, first.feed.body_digest)


def test_r32_its_own_address_is_asked_now_and_then_and_if_it_fails_the_new_one_in_the_same_look(server: Server) -> None:
    server.routes["/new"] = (200, XML, rss(2))
    server.routes["/feed"] = (500, {}, b"")
    moved = Move(server.url + "/new", NOW - timedelta(days=15))
    [poll] = look(feed(server.url + "/feed", move=moved))
    assert server.paths() == ["/feed", "/new"]
    assert [e.guid for e in poll.entries] == ["2"]
    [again] = look(poll.feed, now=NOW + timedelta(days=1))
    assert server.paths()[2:] == ["/new"]  # and not the old one again, before two weeks are over
    assert again.feed.url == poll.entries[0].feed_url == server.url + "/feed"


def test_r34_hints_in_a_document_move_nothing(server: Server) -> None:
    hint = b"<newLocation>" + server.url.encode() + b"/new</newLocation></channel>"
    server.routes["/feed"] = (200, XML, rss(1).replace(b"</channel>", hint))
    found = feed(server.url + "/feed")
    for n in range(3):
        [poll] = look(found, now=NOW + n * timedelta(days=1))
        found = poll.feed
    assert set(server.paths()) == {"/feed"}
    assert found.move == Move()


def test_r35_r36_r37_r39_a_request_says_what_it_wants_and_who_asks_and_nothing_else(server: Server) -> None:
    [poll] = look(feed(server.url + "/feed"))
    sent = server.requests[0]
    assert sent.method == "GET"
    assert "application/rss+xml" in sent.headers["accept"]
    assert sent.headers["accept-encoding"] == "gzip"
    assert sent.headers["user-agent"].startswith("Storywire/")
    assert set(sent.headers) == {"host", "accept", "accept-encoding", "user-agent", "connection"}
    assert sent.path == "/feed"
    assert poll.feed.state is FeedState.OK


@pytest.mark.parametrize("status", [201, 203, 204, 206, 226])
def test_r40_only_the_body_of_a_200_is_read(server: Server, status: int) -> None:
    server.routes["/feed"] = (status, XML, b"" if status == 204 else rss(9))
    [poll] = look(feed(server.url + "/feed"))
    assert isinstance(poll.outcome, Failed)
    assert (poll.outcome.status, poll.entries) == (status, ())


def test_r11_a_restart_asks_no_feed_for_everything_anew(server: Server) -> None:
    known = feed(server.url + "/feed", etag='"1"', habits=Habits(whole_at=NOW - HOUR), served_by=server.url + "/feed")
    look(known)
    assert conditions(server.requests[0]) == ('"1"', None)
