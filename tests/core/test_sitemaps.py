"""Laws of reading news sitemaps."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storywire.errors import FeedError
from storywire.feeds import MAX_ENTRIES, ParsedFeed, parse_feed
from storywire.sitemaps import read_news_sitemap

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
URL = "https://example.org/news-sitemap.xml"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><!-- made nightly --><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
)


def url(number: int, date: str = "2026-06-30T10:00:05Z", name: str = "Harbour Post", link: str = "") -> str:
    return (
        f"<url><loc>{link or f'https://example.org/{number}'}</loc><lastmod>2026-01-01</lastmod><news:news>"
        f"<news:publication><news:name>{name}</news:name><news:language>en</news:language></news:publication>"
        f"<news:publication_date>{date}</news:publication_date><news:title>Ferry {number} &amp; crew</news:title>"
        "<news:keywords>ships</news:keywords></news:news></url>"
    )


def parse(body: str | bytes) -> ParsedFeed:
    return parse_feed(body.encode() if isinstance(body, str) else body, URL, NOW)


def sitemap(*urls: str) -> str:
    return HEAD + "".join(urls) + "</urlset>"


def refusal(body: str) -> str:
    with pytest.raises(FeedError) as caught:
        parse(body)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_url_with_news_becomes_an_entry() -> None:
    feed = parse(sitemap(url(1)))
    [entry] = feed.entries
    assert (feed.title, feed.format, feed.notes) == ("Harbour Post", "news sitemap", ())
    assert (entry.url, entry.guid, entry.guid_trusted) == ("https://example.org/1", "https://example.org/1", True)
    assert (entry.title, entry.publisher, entry.language) == ("Ferry 1 & crew", "Harbour Post", "en")
    assert entry.published.at == datetime(2026, 6, 30, 10, 0, 5, tzinfo=UTC)
    assert (entry.summary, entry.full_text) == (None, False)


def test_the_same_words_in_other_prefixes_encodings_and_addresses_are_read() -> None:
    other = sitemap(url(1)).replace("news:", "n:").replace("http://www.google", "https://www.google")
    assert len(parse(other).entries) == 1
    assert len(parse(sitemap(url(1)).replace("UTF-8", "UTF-16").encode("utf-16")).entries) == 1


def test_pages_without_news_are_no_entries_and_a_sitemap_of_these_is_no_feed() -> None:
    page = "<url><loc>https://example.org/about</loc></url>"
    assert [e.title for e in parse(sitemap(page, url(1))).entries] == ["Ferry 1 & crew"]
    assert "lists pages" in refusal(sitemap(page))
    assert "lists pages" in refusal('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>')


def test_a_news_sitemap_of_a_quiet_day_is_a_feed_without_entries() -> None:
    assert parse(sitemap()).entries == ()


def test_an_index_is_refused_with_those_of_its_sitemaps_that_speak_of_news() -> None:
    def index(*names: str) -> str:
        listed = "".join(f"<sitemap><loc>https://example.org/{name}.xml</loc></sitemap>" for name in names)
        return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>'

    said = refusal(index("pages", "news-1", "News-2", "news-3", "news-4"))
    assert "https://example.org/news-1.xml, https://example.org/News-2.xml, https://example.org/news-3.xml" in said
    assert "news-4" not in said
    assert "maybe https://example.org/pages.xml" in refusal(index("pages", "more"))


def test_of_too_many_the_newest_are_taken() -> None:
    old = [url(i, "2026-05-01T10:00:00Z") for i in range(10)]
    feed = parse(sitemap(*old, *(url(i) for i in range(10, MAX_ENTRIES + 10))))
    assert len(feed.entries) == MAX_ENTRIES
    assert feed.notes == (f"10 of {MAX_ENTRIES + 10} items were left out",)
    assert {e.published.at.month for e in feed.entries if e.published.at} == {6}


def test_a_document_that_was_cut_loses_only_the_item_that_it_cut_and_says_so() -> None:
    whole = sitemap(*map(url, range(5)))
    feed = parse(whole[: whole.index("Ferry 4")])
    assert [e.url for e in feed.entries] == [f"https://example.org/{i}" for i in range(4)]
    assert feed.notes == ("the document ends inside its last item, which was dropped",)
    assert "breaks off" in refusal(whole[: whole.index("Ferry 0")])


def test_an_address_whose_ampersands_are_not_escaped_keeps_its_parameters() -> None:
    feed = parse(sitemap(url(1, link="https://example.org/?id=1&page=2"), url(2)))
    assert [e.url for e in feed.entries] == ["https://example.org/?id=1&page=2", "https://example.org/2"]
    assert feed.notes == ()


def test_what_lies_behind_a_fault_is_counted_and_not_lost_in_silence() -> None:
    feed = parse(sitemap(url(1), "<url></oops>", url(2), url(3)))
    assert [e.url for e in feed.entries] == ["https://example.org/1"]
    assert feed.notes == ("3 of 4 items were left out",)


def test_entities_of_a_sitemap_are_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret", "utf-8")
    entities = f'<!ENTITY a "a secret"><!ENTITY b SYSTEM "{(tmp_path / "secret").as_uri()}">'
    body = f"<!DOCTYPE urlset [{entities}]>" + sitemap(url(1, name="&a;"), url(2, name="&b;")).partition("?>")[2]
    assert "a secret" not in str(read_news_sitemap(body.encode(), URL, 10))


@pytest.mark.parametrize(
    "body",
    [
        HEAD + "<url>" * 500_000,
        HEAD + "<url/>" * 500_000,
        HEAD + "&" * 2_000_000,
        HEAD + "<url><loc>" + "a" * 11_000_000,
        HEAD + "<url " + " ".join(f'a{i}="1"' for i in range(100_000)) + "/>",
        "<sitemapindex>" + "<sitemap/>" * 300_000,
        '<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + sitemap(url(1, name="&a;")),
        HEAD.replace("<!-- made nightly -->", '<!DOCTYPE urlset [<!ENTITY a "b">]>') + url(1, name="&a;"),
    ],
)
def test_a_sitemap_made_to_do_harm_does_none(body: str) -> None:
    begun = time.process_time()
    with suppress(FeedError):
        assert "root:" not in str(parse(body))
    assert time.process_time() - begun < 4
