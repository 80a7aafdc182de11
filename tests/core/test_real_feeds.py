"""Real feeds, as they were served: how many of their entries have a title, a link and a date, and plausible ones."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from storywire.errors import FeedError
from storywire.feeds import ParsedFeed, parse_feed

# Entries, those with a title, with a link and with a date, and the years that the dates are in. The feed of RDF has no
# dates, CNN's none for 17 items, and one item of the Latin-1 feed has neither title nor link.
REAL = {
    "mediacloud/real-cnn.rss": (69, 69, 69, 52, (2021, 2022)),
    "mediacloud/real-korean-times.rss": (195, 195, 195, 195, (2022, 2022)),
    "miniflux/encoding_ISO-8859-1.xml": (40, 40, 40, 40, (2018, 2018)),
    "miniflux/encoding_WINDOWS-1251.xml": (50, 50, 50, 50, (2018, 2018)),
    "miniflux/large_atom.xml": (25, 25, 25, 25, (2023, 2024)),
    "miniflux/large_rss.xml": (25, 25, 25, 25, (2023, 2024)),
    "miniflux/no_encoding_ISO-8859-1.xml": (10, 9, 9, 10, (2018, 2018)),
    "miniflux/rdf_UTF8.xml": (60, 60, 60, 0, (1, 9999)),
    "miniflux/small_atom.xml": (20, 20, 20, 20, (2024, 2024)),
    "miniflux/urdu_UTF8.xml": (26, 26, 26, 26, (2017, 2018)),
}
# Written by hand for lemon24/reader: what a format allows, present and absent.
WRITTEN = {
    "full.atom": (5, 2, 1, 2),
    "full.json": (2, 1, 2, 2),
    "full.rss": (5, 2, 1, 2),
    "relative.atom": (1, 0, 1, 0),
    "relative.rss": (1, 0, 1, 0),
    "empty.atom": (1, 0, 0, 0),
    "empty.json": (1, 0, 0, 0),
    "empty.rss": (1, 0, 0, 0),
}


def read(shared: Path, name: str) -> ParsedFeed:
    body = (shared / "data/feeds/real" / name).read_bytes()
    return parse_feed(body, "https://example.org/feed", datetime(2027, 1, 1, tzinfo=UTC))


def told(feed: ParsedFeed) -> tuple[int, int, int, int]:
    found = feed.entries
    with_date = sum(e.published.at is not None for e in found)
    return len(found), sum(bool(e.title) for e in found), sum(bool(e.url) for e in found), with_date


@pytest.mark.parametrize("name", REAL)
def test_a_real_feed_has_as_many_titles_links_and_dates_as_it_gives(shared: Path, name: str) -> None:
    feed = read(shared, name)
    *floors, (first, last) = REAL[name]
    assert all(have >= floor for have, floor in zip(told(feed), floors, strict=True)), told(feed)
    assert all(first <= e.published.at.year <= last for e in feed.entries if e.published.at)
    assert feed.title
    assert not any(mark in (e.title or "") for e in feed.entries for mark in ("�", "Ã", "<", "&amp;"))
    assert len({e.title for e in feed.entries}) > 0.9 * len(feed.entries)
    assert len({e.url for e in feed.entries}) > 0.9 * len(feed.entries)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_feed_with_all_that_its_format_allows_or_nothing_is_read(shared: Path, name: str) -> None:
    assert told(read(shared, f"lemon24_reader/{name}")) == WRITTEN[name]


def test_a_web_page_among_them_is_refused(shared: Path) -> None:
    with pytest.raises(FeedError, match="web page"):
        read(shared, "lemon24_reader/sqlite_releases.html")
