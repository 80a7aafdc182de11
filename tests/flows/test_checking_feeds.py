"""`storywire feeds find` and `check`, and what `add` and `import` say to what is no feed, as a person uses them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.conftest import Installation, Installer
from tests.server import Server, serving

FEED = b"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Harbour [News]</title>
<item><title>A & B</title><link>https://example.org/1</link><pubDate>Tue, 30 Jun 2026 10:00:00 GMT</pubDate></item>
</channel></rss>"""
PAGE = b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>'


@pytest.fixture
def site() -> Iterator[Server]:
    routes = {
        "/": (200, {"Content-Type": "text/html"}, PAGE),
        "/rss": (200, {"Content-Type": "application/rss+xml"}, FEED),
        "/forbidden": (403, {}, b""),
        "/robots.txt": (200, {}, b"User-agent: *\nAllow: /$\nDisallow: /\n"),
        "/empty": (200, {"Content-Type": "text/html"}, b"<html><body>Nothing here</body></html>"),
    }
    with serving(routes) as server:
        yield server


@pytest.fixture
def here(new_installation: Installer) -> Installation:
    return new_installation()


def test_the_feeds_of_a_site_are_shown_with_how_to_add_one(here: Installation, site: Server) -> None:
    done = here.ask("feeds", "find", site.url)
    assert done.status == 0
    assert f"{site.url}/rss" in done.out
    assert "Harbour [News]; named by the page" in done.out
    assert done.out.endswith(f"Add one: storywire feeds add {site.url}/rss\n")
    assert all(len(line) <= 80 for line in done.out.splitlines()[:-1])
    found = here.ask("feeds", "find", site.url, "--json").json
    assert [(f["url"], f["format"], f["entries"]) for f in found["feeds"]] == [(site.url + "/rss", "RSS 2.0", 1)]
    assert not here.home.exists()


def test_a_check_says_what_a_feed_is_and_the_worst_first_and_stores_nothing(here: Installation, site: Server) -> None:
    done = here.ask("feeds", "check", site.url + "/rss")
    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0] == "Harbour [News]"
    assert max(map(len, lines)) <= 80
    for words in ("RSS 2.0, utf-8", "1: 1 with a link", "asks after 1 h", "not well-formed", "sends no validators"):
        assert words in " ".join(" ".join(lines).split())
    told = here.ask("feeds", "check", site.url + "/rss", "--json").json
    assert told["document"]["entries"] == 1
    assert told["known"] is None
    levels = [finding["level"] for finding in told["findings"]]
    assert levels == sorted(levels, key=["problem", "odd", "note"].index)
    assert not here.home.exists()


def test_of_a_subscription_it_also_says_how_that_is(here: Installation, site: Server) -> None:
    here.ask("feeds", "add", site.url + "/rss")
    here.ask("feeds", "add", site.url + "/forbidden")
    assert "subscribed, new; asked every 1 h; not had yet" in here.ask("feeds", "check", site.url + "/rss").out
    assert here.ask("feeds", "check", site.url + "/rss", "--json").json["known"]["state"] == "new"
    refused = here.ask("feeds", "check", site.url + "/forbidden")
    assert refused.status == 1
    assert "subscribed, new" in refused.out
    assert "HTTP 403" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "{site}/"), "is a web page, not a feed; it names this feed: {site}/rss"),
        (("check", "{site}/empty"), "`storywire feeds find {site}/empty` looks for a feed"),
        (("check", "{site}/forbidden"), "cannot be had: HTTP 403"),
        (("check", "http://10.0.0.5/feed"), "STORYWIRE_ALLOW_NETS=10.0.0.0/8"),
        (("check", "none.xml"), "there is no file none.xml"),
        (("check", "nonsense"), "nonsense"),
        (
            ("find", "{site}/none"),
            "no feed was found at {site}/none (its page could not be had: robots.txt forbids the page)",
        ),
        (("find", "http://10.0.0.5/"), "STORYWIRE_ALLOW_NETS=10.0.0.0/8"),
        (("add", "none.xml"), "there is no file none.xml"),
        (("add", "none.opml"), "there is no file none.opml"),
        (("add", "./none"), "there is no file ./none"),
        (("add", "a" * 300 + ".xml"), "there is no file aaa"),
        (("add", "{folder}/list.opml"), "storywire feeds import"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_nothing_is_subscribed(
    here: Installation, site: Server, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "list.opml").write_text('<opml><body><outline xmlUrl="https://example.org/f"/></body></opml>', "utf-8")
    done = here.ask("feeds", *(word.format(site=site.url, folder=tmp_path) for word in words))
    assert done.status == 1
    assert done.out == ""
    assert said.format(site=site.url) in done.err
    assert done.err.count("\n") == 1
    assert not here.home.exists()


def test_an_address_that_ends_like_a_file_is_still_an_address(here: Installation) -> None:
    assert here.ask("feeds", "add", "example.org/feed.xml", "--json").json["url"] == "https://example.org/feed.xml"


def test_an_import_says_what_it_left_out(here: Installation, tmp_path: Path) -> None:
    listed = "".join(
        f'<outline xmlUrl="{url}"/>' for url in ("https://example.org/1", "https://example.org/2", "ftp://x/")
    )
    (tmp_path / "list.opml").write_text(f"<opml><body>{listed}</body></opml>", "utf-8")
    here.ask("feeds", "add", "https://example.org/1")
    said = " ".join(here.ask("feeds", "import", str(tmp_path / "list.opml")).out.split())
    assert said.startswith("1 feed added of 3")
    assert said.endswith("; 1 there before and left as it was; 1 left out, being no web address: ftp://x/")
