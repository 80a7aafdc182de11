"""Laws of the feeds of storylines: any reader can follow one, and a Storywire as well."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storywire.feeds import parse_feed
from storywire.nouns import Article, Precision, Published
from storywire.outfeeds import EXTRACT, Outfeed, Outgoing, atom, json_feed

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
TEXT = "The bridge was opened on Sunday. " * 60
HOSTILE = [
    "]]> & <script>alert(1)</script> &amp;",
    "\x00\x07\x1b[31mred\x1b[0m\x85 and \ufffe\uffff",
    "a lone \ud83d surrogate, and a pair \ud83d\ude00",
    "\u202egnp.exe\u202c and \u2066isolated\u2069",
    "جسر جديد في حلب: «قال الوزير»",
    "quotes \" and ' and <!-- comments --> and <![CDATA[ sections",
    "two\nlines\r\nand\ttabs",
    "x" * 5000,
    "&#0; &#xD800; &unknown;",
    " ",
    "",
]
WRITERS = pytest.mark.parametrize("write", [atom, json_feed])


def outgoing(n: int = 1, **changes: object) -> Outgoing:
    url, at = f"https://news.example/{n}", NOW - timedelta(hours=n)
    published = Published(at, Precision.MINUTE, "feed")
    made = Article(f"{n:016x}", url, f"Title {n}", TEXT, "en", "Northwire", published, at + timedelta(minutes=5))
    return Outgoing(replace(made, **changes))  # type: ignore[arg-type]


def outfeed(*reports: Outgoing, **changes: object) -> Outfeed:
    return replace(Outfeed("aleppo", "Aleppo", reports or (outgoing(1), outgoing(2))), **changes)  # type: ignore[arg-type]


@WRITERS
def test_a_storywire_can_follow_it_and_finds_titles_links_dates_and_ids(write) -> None:  # type: ignore[no-untyped-def]
    reports = (outgoing(1), outgoing(2), outgoing(3, published=Published()))
    found = parse_feed(write(outfeed(*reports)), "https://me.example/feed", NOW)
    assert found.title == "Aleppo"
    assert found.notes == ()
    for entry, report in zip(found.entries, reports, strict=True):
        said = report.article
        assert (entry.title, entry.url, entry.language) == (said.title, said.url, "en")
        assert entry.guid_trusted
        assert not entry.full_text
        # What has no date of its own is dated by when it came to be known: there is nothing else to show.
        assert entry.published.at == (said.published.at or said.first_seen_at)
    assert len({entry.guid for entry in found.entries}) == 3


def test_from_atom_a_storywire_takes_over_who_published_it() -> None:
    [entry] = parse_feed(atom(outfeed(outgoing(author="Ines Holm; Jon Berg"))), "https://me.example/feed", NOW).entries
    assert (entry.publisher, entry.author) == ("Northwire", "Ines Holm; Jon Berg")


@WRITERS
def test_the_same_storyline_makes_the_same_bytes_and_what_is_shown_dates_it(write) -> None:  # type: ignore[no-untyped-def]
    feed = outfeed()
    assert write(feed) == write(outfeed())
    assert feed.updated == NOW - timedelta(hours=1)
    revised = outfeed(replace(outgoing(1), revised_at=NOW), outgoing(2))
    assert revised.updated == NOW
    assert outfeed(named_at=NOW + timedelta(days=1)).updated == NOW + timedelta(days=1)
    assert write(revised) != write(feed)


def test_ids_are_for_ever_and_the_same_in_each_feed_that_tells_a_report() -> None:
    said = json.loads(json_feed(outfeed(outgoing(1))))
    assert [item["id"] for item in said["items"]] == ["urn:uuid:675902f5-3817-5151-aabe-395c8cfc480a"]
    other = json.loads(json_feed(outfeed(outgoing(1, title="Another", text="x"), storyline_id="other")))
    assert other["items"][0]["id"] == said["items"][0]["id"]
    ids = [feedparser.parse(atom(outfeed(storyline_id=name))).feed.id for name in ("aleppo", "other", "aleppo")]
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_whatever_a_title_holds_atom_is_well_formed_and_says_what_of_it_can_be_said(hostile: str) -> None:
    feed = outfeed(outgoing(1, title=hostile, publisher=hostile, author=hostile, text=hostile * 9), label=hostile)
    document = atom(feed)
    ElementTree.fromstring(document)
    found = feedparser.parse(document, sanitize_html=False)
    assert not found.bozo
    assert found.version == "atom10"
    shown = json.loads(json_feed(feed))
    assert found.entries[0].title == shown["items"][0]["title"]
    assert not any(
        ord(c) < 32 or "\u202a" <= c <= "\u202e" or "\ud800" <= c <= "\udfff" for c in found.entries[0].title
    )
    assert shown["title"]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.text(max_size=900), st.none() | st.text(max_size=40))
def test_any_text_makes_a_feed_that_is_read_alike_in_both_forms(title: str, text: str, publisher: str | None) -> None:
    feed = outfeed(outgoing(1, title=title, text=text, publisher=publisher))
    found = [parse_feed(write(feed), "https://me.example/feed", NOW) for write in (atom, json_feed)]
    assert [len(each.entries) for each in found] == [1, 1]
    [first], [second] = (each.entries for each in found)
    assert (first.url, first.guid, first.published) == (second.url, second.guid, second.published)


def test_atom_has_all_that_the_standard_asks_for() -> None:
    root = ElementTree.fromstring(atom(outfeed(outgoing(1, url=None, publisher=None), outgoing(2))))
    name = "{http://www.w3.org/2005/Atom}"
    assert {"id", "title", "updated"} <= {child.tag.removeprefix(name) for child in root}
    first, second = root.findall(f"{name}entry")
    for entry in (first, second):
        assert all(len(entry.findall(f"{name}{tag}")) == 1 for tag in ("id", "title", "updated"))
        assert entry.findtext(f"{name}author/{name}name")
    assert first.find(f"{name}link") is None
    assert first.findtext(f"{name}content")  # without a link there must be one
    assert second.find(f"{name}content") is None
    assert atom(outfeed(outgoing(1))).startswith(b"<?xml")


@pytest.mark.parametrize("length", [0, 1, 20, 200, 299, 901, 100_000])
@WRITERS
def test_never_a_full_text_is_handed_on(write, length: int) -> None:  # type: ignore[no-untyped-def]
    text = ("word " * (length // 5 + 1))[:length].strip()
    [entry] = parse_feed(write(outfeed(outgoing(1, text=text))), "https://me.example/feed", NOW).entries
    summary = entry.summary or ""
    assert len(summary) <= EXTRACT
    assert len(summary) <= len(text) // 3 or summary == "Title 1"  # a JSON item must have a content
    assert not entry.full_text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "https://x.example/\x00", "https://a b/"])
def test_only_addresses_of_the_web_are_linked(url: str) -> None:
    feed = outfeed(outgoing(1, url=url))
    assert "url" not in json.loads(json_feed(feed))["items"][0]
    assert b"javascript" not in atom(feed)
    assert b"file:" not in atom(feed)


@WRITERS
def test_a_storyline_without_reports_is_a_feed_without_entries(write) -> None:  # type: ignore[no-untyped-def]
    found = parse_feed(write(Outfeed("aleppo", "Aleppo", ())), "https://me.example/feed", NOW)
    assert (found.title, found.entries) == ("Aleppo", ())


def test_a_day_stands_as_its_first_instant_and_what_is_not_known_is_left_out() -> None:
    day = Published(datetime(2026, 11, 20, tzinfo=UTC), Precision.DAY, "page")
    items = json.loads(json_feed(outfeed(outgoing(1, published=day), outgoing(2, published=Published()))))["items"]
    assert [item.get("date_published") for item in items] == ["2026-11-20T00:00:00Z", None]
