"""Laws of checking a feed: what is counted in its document, and what is found wrong with it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from storywire.checkup import Again, Answer, Level, could_not_be_had, findings, shortest_wait
from storywire.errors import AddressError, FetchError
from storywire.examination import Examination, examine

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
URL = "https://example.org/feed.xml"
GOOD = Answer(URL, URL, 2000, "application/rss+xml", etag='"1"', again=Again.UNCHANGED)
CHANNEL = "<title>Harbour News</title><language>en</language>"


def item(number: int, date: datetime | str | None = None, more: str = "") -> str:
    at = NOW - timedelta(hours=number) if date is None else date
    said = format_datetime(at) if isinstance(at, datetime) else at
    dated = f"<pubDate>{said}</pubDate>" if said else ""
    return f"<item><guid>{number}</guid><title>T {number}</title><link>/{number}</link>{dated}{more}</item>"


def rss(*items: str, channel: str = CHANNEL, declared: str = "") -> bytes:
    return (
        f'<?xml version="1.0"{declared}?><rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'.encode()
    )


def seen(body: bytes, content_type: str | None = None) -> Examination:
    return examine(body, URL, NOW, content_type, URL)


def said(body: bytes, answer: Answer = GOOD, content_type: str | None = None) -> dict[str, Level]:
    return {f.what: f.level for f in findings(answer, seen(body, content_type), NOW)}


WELL = rss(*map(item, range(10)))


def test_nothing_is_wrong_with_a_good_feed() -> None:
    assert said(WELL) == {}


def test_what_a_document_holds_is_counted() -> None:
    whole = "<description>" + " ".join(f"Sentence {i} tells of the harbour." for i in range(60)) + "</description>"
    body = rss(item(1), item(1), item(2, more=whole), "<item><title>No link</title></item>")
    found = seen(body)
    assert (found.items, len(found.said.entries), found.no_link, found.no_title, found.own_guid) == (4, 3, 1, 0, 3)
    assert found.sites == (("example.org", 2),)
    assert found.languages == (("en", 3),)
    assert (found.dates.newest, found.dates.oldest) == (NOW - timedelta(hours=1), NOW - timedelta(hours=2))
    assert (found.encoding, found.encoding_fault, found.fault) == ("utf-8", None, None)


@pytest.mark.parametrize(
    ("items", "what", "level"),
    [
        ((), "it lists nothing", Level.PROBLEM),
        ([item(i, NOW - timedelta(seconds=i)) for i in range(5)], "it dates everything now", Level.PROBLEM),
        ([item(i, NOW - timedelta(days=2)) for i in range(5)], "all entries have the same date", Level.ODD),
        ([item(i, "") for i in range(5)], "5 of 5 items have no date", Level.PROBLEM),
        ([item(i, "soon") for i in range(5)], "5 of 5 items have no date that can be read", Level.PROBLEM),
        ([*map(item, range(20)), item(20, "")], "1 of 21 items have no date", Level.ODD),
        ([item(1), item(2, NOW + timedelta(days=9))], "1 of 2 items are dated in the future", Level.PROBLEM),
        ([item(1), item(2, "Thu, 01 Jan 1970 00:00:00 GMT")], "1 of 2 items are dated before 1995", Level.ODD),
        ([item(1, NOW - timedelta(days=400))], "its newest entry is 400 days old", Level.ODD),
        ([item(1), item(1)], "1 of 2 items are listed twice", Level.NOTE),
        ([item(1), item(1).replace("T 1", "Other")], "2 of 2 items share their guid with others", Level.PROBLEM),
        ([item(1).replace("/1", "mailto:x")], "no entry has a link that can be followed", Level.ODD),
        ([item(1), item(2).replace("/2", "mailto:x")], "1 of 2 entries have no link", Level.ODD),
        ([item(1), item(2).replace("T 2", "")], "1 of 2 items have no title", Level.ODD),
        (
            [item(i).replace(f"/{i}<", f"https://site{i}.example/<") for i in range(4)],
            "it links to 4 sites (site0.example, site1.example, site2.example)",
            Level.NOTE,
        ),
    ],
)
def test_what_is_wrong_with_the_entries_is_found(items: list[str], what: str, level: Level) -> None:
    assert said(rss(*items))[what] is level


def test_fresh_entries_of_the_last_hours_are_no_feed_that_dates_everything_now() -> None:
    assert "it dates everything now" not in said(rss(*(item(i, NOW - timedelta(minutes=9 * i)) for i in range(5))))
    assert "it dates everything now" not in said(rss(item(1, NOW), item(2, NOW)))  # two may well be


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (WELL, "text/html", "its server calls it text/html, and it is RSS 2.0"),
        (WELL, None, "its server does not say what it is (Content-Type)"),
        (WELL.replace(b"T 3", b"A & B"), "text/xml", "it is not well-formed (xmlParseEntityRef: no name"),
        (rss(item(1), declared=' encoding="utf-8"'), "text/xml; charset=latin1", "says latin1, the document utf-8"),
        (WELL.replace(b"T 3", b"\xe9\xe8"), "text/xml", "it says utf-8, and has bytes that are none"),
        (rss(item(1), declared=' encoding="x-odd"'), "text/xml", "there is no encoding x-odd"),
        (WELL + b" " * 2**21, "text/xml", "it is large: 2.0 MiB for 10 items"),
        (WELL[:-60], "text/xml", "ends inside its last item"),
        (rss(item(1), channel="<ttl>3000</ttl>"), "text/xml", "it asks to be left alone for 50 h"),
        (rss(item(1), channel="<title>T</title>"), "text/xml", "it does not say its language"),
    ],
)
def test_what_is_wrong_with_the_document_is_found(body: bytes, content_type: str | None, words: str) -> None:
    answer = Answer(URL, URL, len(body), content_type, etag="1", again=Again.UNCHANGED)
    assert any(words in what for what in said(body, answer, content_type)), said(body, answer, content_type)


@pytest.mark.parametrize("name", ["UTF-8", "utf8", "Utf-8"])
def test_one_encoding_by_two_names_is_no_contradiction(name: str) -> None:
    assert said(rss(item(1), declared=f' encoding="{name}"'), content_type='text/xml; charset="utf-8"') == {}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer(URL, "https://new.example/f", 9, "text/xml", "https://new.example/f", "1"),
            "moved for good to https://new",
        ),
        (Answer(URL, "https://cdn.example/f", 9, "text/xml", None, "1"), "redirects to https://cdn.example/f for now"),
        (Answer(URL, "http://example.org/f", 9, "text/xml", None, "1"), "without encryption"),
        (Answer(URL, URL, 9, "text/xml"), "sends no validators"),
        (Answer(URL, URL, 9, "text/xml", None, "1", again=Again.SAME), "validators do not work"),
        (Answer(URL, URL, 9, "text/xml", None, "1", again=Again.OTHER), "brought another document"),
        (Answer(URL, URL, 9, "text/xml", None, "1", again=Again.FAILED), "second look a moment later failed"),
    ],
)
def test_what_is_odd_about_the_server_is_found(answer: Answer, words: str) -> None:
    assert any(words in what for what in said(WELL, answer))


def test_hints_of_a_document_are_told_and_an_address_that_is_the_same_is_none() -> None:
    def link(rel: str, href: str) -> str:
        return f'{CHANNEL}<a:link xmlns:a="http://www.w3.org/2005/Atom" rel="{rel}" href="{href}"/>'

    assert said(rss(item(1), channel=link("self", "http://www.example.org/feed.xml/"))) == {}
    assert "it calls itself https://other.example/f" in said(
        rss(item(1), channel=link("self", "https://other.example/f"))
    )
    assert any("hub" in what for what in said(rss(item(1), channel=link("hub", "https://h.example/"))))
    moved = f"{CHANNEL}<newLocation>https://new.example/f</newLocation>"
    assert "it says that it moved to https://new.example/f" in said(rss(item(1), channel=moved))


def test_the_worst_comes_first() -> None:
    levels = [f.level for f in findings(Answer(URL, URL, 9), seen(rss(item(1, ""), channel="")), NOW)]
    assert levels == sorted(levels, key=list(Level).index)
    assert len(set(levels)) == 3


def test_a_file_is_told_nothing_about_a_server() -> None:
    on_disk = Answer("file:///f.xml", "file:///f.xml", 9)
    assert said(WELL, on_disk) == {}
    assert shortest_wait(on_disk, seen(WELL)) == (timedelta(minutes=15), None)


def test_how_soon_a_poller_may_come_back_is_the_longest_of_what_is_asked() -> None:
    asking = seen(rss(item(1), channel="<ttl>90</ttl>"))
    assert shortest_wait(GOOD, seen(WELL)) == (timedelta(minutes=15), None)
    assert shortest_wait(GOOD, asking) == (timedelta(minutes=90), "the document asks for that")
    longer = Answer(URL, URL, 9, etag="1", max_age=timedelta(hours=99))
    assert shortest_wait(longer, asking) == (timedelta(hours=24), "its server asks for that")
    assert shortest_wait(Answer(URL, URL, 9), seen(WELL)) == (timedelta(hours=1), "it sends no validators")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FetchError("HTTP 403", status=403), "HTTP 403; its server does not give it"),
        (FetchError("HTTP 403, a bot check that only browsers pass", status=403), "lets only browsers in"),
        (FetchError("HTTP 404", status=404), "storywire feeds find"),
        (FetchError("HTTP 410", status=410), "gone for good"),
        (FetchError("HTTP 429", status=429), "left alone for now"),
        (FetchError("HTTP 500", status=500), "has a fault"),
        (FetchError("timed out after 30 s"), "timed out after 30 s; try again later"),
        (FetchError("cannot be reached", network_down=True), "check the address and the network"),
    ],
)
def test_what_could_not_be_had_is_told_with_what_to_do(error: FetchError, words: str) -> None:
    line = could_not_be_had(URL, error)
    assert line.startswith(URL)
    assert words in line
    assert "\n" not in line


def test_a_refused_address_is_named_once() -> None:
    assert could_not_be_had(URL, AddressError(f"{URL} resolves to 10.0.0.5")) == f"{URL} resolves to 10.0.0.5"
