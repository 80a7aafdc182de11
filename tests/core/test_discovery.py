"""Laws of where feeds of a site are looked for."""

import time

import pytest

from storywire.discovery import named_feeds, news_sitemaps, usual_feeds

HOME = "https://example.org/news/"


def named(*tags: str, linked_too: bool = True) -> tuple[str, ...]:
    return named_feeds("".join(tags).encode(), HOME, linked_too)


@pytest.mark.parametrize(
    ("tag", "feed"),
    [
        (
            '<link rel="alternate" type="application/rss+xml" href="/rss?a=1&amp;b=2">',
            "https://example.org/rss?a=1&b=2",
        ),
        ("<LINK REL=alternate TYPE=application/atom+xml HREF=atom />", "https://example.org/news/atom"),
        ("<link href='//cdn.example/f' type='application/feed+json' rel='alternate home'>", "https://cdn.example/f"),
        ('<link rel="feed" href="/f">', "https://example.org/f"),
        ('<link\nrel="alternate"\ntype="application/rss+xml; charset=utf-8"\nhref="/rss">', "https://example.org/rss"),
        ('<a class="x" href="/feed/">Feed</a>', "https://example.org/feed/"),
        ('<a href="world.rss">', "https://example.org/news/world.rss"),
        ('<a href="/?feed=rss2">', "https://example.org/?feed=rss2"),
        ('<a href="/index.php?option=x&format=feed">', "https://example.org/index.php?option=x&format=feed"),
    ],
)
def test_what_a_page_names_or_links_as_a_feed_is_found(tag: str, feed: str) -> None:
    assert named(tag) == (feed,)


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="alternate" hreflang="de" href="/de">',
        '<link rel="stylesheet" type="text/css" href="/feed.css">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:feed()">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<a href="/feedback">Write to us</a>',
        '<a href="https://reader.example/add?url=https://example.org/feed">',
        '<a data-href="/feed">',
    ],
)
def test_what_is_no_feed_is_not(tag: str) -> None:
    assert named(tag) == ()


def test_what_is_named_comes_before_what_is_linked_and_comments_come_last() -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="{}">'
    page = ('<a href="/a.rss">', link.format("/comments/feed"), link.format("/feed"), link.format("/feed"))
    found = ("https://example.org/feed", "https://example.org/a.rss", "https://example.org/comments/feed")
    assert named(*page) == found
    assert named(*page, linked_too=False) == (found[0], found[2])


def test_the_base_of_a_page_is_heeded() -> None:
    assert named('<base href="https://www.example.org/x/">', '<a href="y.rss">') == ("https://www.example.org/x/y.rss",)


def test_usual_addresses_are_those_below_the_address_given_and_of_the_site() -> None:
    assert usual_feeds("https://example.org/blog/")[:2] == ("https://example.org/blog/feed", "https://example.org/feed")
    assert usual_feeds("https://example.org/a/b.html")[0] == "https://example.org/a/feed"
    assert usual_feeds("https://example.org")[0] == "https://example.org/feed"
    assert "https://example.org/news-sitemap.xml" in usual_feeds("https://example.org")


def test_of_the_sitemaps_in_robots_txt_those_of_news_count() -> None:
    rules = (
        b"\xef\xbb\xbfUser-agent: *\nSITEMAP : /News.xml # daily\nSitemap: https://example.org/pages.xml\nSitemap:\n"
    )
    assert news_sitemaps(rules, "https://example.org/robots.txt") == ("https://example.org/News.xml",)


@pytest.mark.parametrize(
    "page",
    [
        b"<a " * 400_000,
        b"<a href=" * 200_000,
        b"<link " + b"a= " * 400_000,
        b"<link " + b"a" * 1_200_000,
        b'<a b="' * 200_000,
        b"<a href='/f.rss'>" * 60_000,
        bytes(range(256)) * 4000,
    ],
)
def test_a_page_made_to_be_slow_is_not(page: bytes) -> None:
    begun = time.process_time()
    named_feeds(page, HOME)
    assert time.process_time() - begun < 3
