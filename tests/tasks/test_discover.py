"""Laws of finding the feeds of a site, against real local servers."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from storywire.errors import AddressError, FetchError
from tasks.discover import MAX_REQUESTS, Search, find_feeds
from tasks.fetch import HttpFetcher
from tasks.workers import Workers
from tests.fakes import InlineWorkers
from tests.server import LOOPBACK, Answer, Server, serving

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def feed(title: str) -> Answer:
    item = "<item><title>T</title><link>/a</link><pubDate>Tue, 30 Jun 2026 10:00:00 GMT</pubDate></item>"
    body = f'<rss version="2.0"><channel><title>{title}</title>{item}</channel></rss>'
    return 200, {"Content-Type": "application/rss+xml"}, body.encode()


def page(*tags: str) -> Answer:
    return 200, {"Content-Type": "text/html"}, f"<!doctype html><html>{''.join(tags)}</html>".encode()


def named(href: str) -> str:
    return f'<link rel="alternate" type="application/rss+xml" href="{href}">'


@pytest.fixture
def site() -> Iterator[Server]:
    with serving({"/robots.txt": (404, {}, b"")}) as server:
        yield server


def find(url: str, allowed: bool = True) -> Search:
    async def search() -> Search:
        async with HttpFetcher(allow_nets=LOOPBACK if allowed else ()) as fetcher:
            return await find_feeds(url, fetcher, cast(Workers, InlineWorkers()), NOW, spacing=timedelta(0))

    return asyncio.run(search())


def test_the_feeds_that_a_page_names_are_found_and_nothing_is_guessed(site: Server) -> None:
    site.routes |= {"/": page(named("/one"), named("/gone"), named("/two")), "/one": feed("One"), "/two": feed("Two")}
    found = find(site.url + "/")
    assert [(f.url, f.how, f.said.title) for f in found.feeds] == [
        (site.url + "/one", "named by the page", "One"),
        (site.url + "/two", "named by the page", "Two"),
    ]
    assert found.feeds[0].newest == datetime(2026, 6, 30, 10, tzinfo=UTC)
    assert site.paths() == ["/robots.txt", "/", "/one", "/gone", "/two"]
    assert found.requests == 5


def test_an_address_that_is_a_feed_already_is_the_answer(site: Server) -> None:
    site.routes["/feed.xml"] = feed("Itself")
    [only] = find(site.url + "/feed.xml").feeds
    assert (only.url, only.how) == (site.url + "/feed.xml", "the address itself")
    assert site.paths() == ["/robots.txt", "/feed.xml"]


def test_a_page_about_feeds_is_followed_to_these(site: Server) -> None:
    site.routes |= {
        "/": page('<a href="/rss">All feeds</a>'),
        "/rss": page('<a href="/world.xml">World</a><a href="/rss">This page</a>'),
        "/world.xml": feed("World"),
    }
    assert [f.url for f in find(site.url + "/").feeds] == [site.url + "/world.xml"]


def test_one_document_at_two_addresses_is_one_feed(site: Server) -> None:
    site.routes |= {"/": page(named("/one"), named("/two")), "/one": feed("One"), "/two": feed("One")}
    assert len(find(site.url + "/").feeds) == 1


def test_a_feed_that_moved_for_good_is_found_where_it_went(site: Server) -> None:
    site.routes |= {"/": page(named("/old")), "/old": (301, {"Location": "/new"}, b""), "/new": feed("New")}
    assert [f.url for f in find(site.url + "/").feeds] == [site.url + "/new"]


def test_a_news_sitemap_of_robots_txt_is_found_before_anything_is_guessed(site: Server) -> None:
    sitemap = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
    xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>/a</loc><news:news><news:title>T</news:title>
    </news:news></url></urlset>"""
    rules = b"User-agent: *\nDisallow: /private\nSitemap: /all.xml\nSitemap: /news.xml\n"
    site.routes |= {"/robots.txt": (200, {}, rules), "/": page(), "/news.xml": (200, {}, sitemap.encode())}
    [only] = find(site.url + "/").feeds
    assert (only.url, only.how, only.said.format) == (site.url + "/news.xml", "named by robots.txt", "news sitemap")
    assert site.paths() == ["/robots.txt", "/", "/news.xml"]


def test_usual_addresses_are_tried_until_one_is_a_feed(site: Server) -> None:
    site.routes |= {"/": page(), "/feed": page("a soft 404"), "/rss.xml": feed("Guessed"), "/atom.xml": feed("No")}
    [only] = find(site.url + "/").feeds
    assert (only.url, only.how) == (site.url + "/rss.xml", "guessed")
    assert site.paths() == ["/robots.txt", "/", "/feed", "/rss", "/rss.xml"]


def test_a_host_that_forbids_it_is_asked_for_no_page_and_no_guess(site: Server) -> None:
    site.routes["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /\n")
    found = find(site.url + "/")
    assert (found.feeds, found.page_error, found.requests) == ([], "robots.txt forbids the page", 1)
    assert site.paths() == ["/robots.txt"]


def test_a_site_that_names_ever_more_is_asked_only_so_often_and_the_rest_is_told(site: Server) -> None:
    site.routes["/"] = page(*(named(f"/{i}") for i in range(40)))
    found = find(site.url + "/")
    assert len(site.requests) == found.requests == MAX_REQUESTS
    assert len(found.unasked) == 40 - (MAX_REQUESTS - 2)


def test_a_site_that_cannot_be_reached_or_may_not_be_asked_is_an_error(site: Server) -> None:
    with pytest.raises(AddressError, match="a loopback address"):
        find(site.url + "/", allowed=False)
    with serving() as closed:
        pass
    with pytest.raises(FetchError) as caught:
        find(closed.url + "/")
    assert caught.value.network_down
