"""Laws of robots.txt."""

import random
import time
from datetime import timedelta

import pytest

from storywire.robots import MAX_CRAWL_DELAY, MAX_RULES, Rules, unruled

URL = "https://example.org"


def allowed(document: str, path: str) -> bool:
    return Rules(document.encode()).allow(URL + path)


def test_an_empty_document_allows_everything() -> None:
    assert allowed("", "/a")
    assert Rules(b"").crawl_delay == timedelta(0)


def test_our_own_group_counts_and_else_the_one_for_all() -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: storywire\nDisallow: /private/\n"
    assert [allowed(rules, path) for path in ("/a", "/private/a")] == [True, False]
    assert not allowed("User-agent: *\nDisallow: /\n", "/a")
    assert allowed("User-agent: otherbot\nDisallow: /\n", "/a")


@pytest.mark.parametrize("agent", ["STORYWIRE", "Storywire/0.1", "storywire # ours", " StoryWire "])
def test_our_name_is_known_whatever_its_case_and_version(agent: str) -> None:
    assert not allowed(f"User-agent: {agent}\nDisallow: /\n", "/a")


@pytest.mark.parametrize("agent", ["s", "story", "wire", "storywirebot", "notstorywire", "storywire-news"])
def test_a_name_that_is_only_like_ours_is_anothers(agent: str) -> None:
    assert allowed(f"User-agent: {agent}\nDisallow: /\n", "/a")


def test_several_agents_share_a_group() -> None:
    assert not allowed("User-agent: abot\nUser-agent: Storywire\nUser-agent: bbot\nDisallow: /x\n", "/x")


@pytest.mark.parametrize(
    ("rule", "path", "expected"),
    [
        ("Disallow: /news", "/newsletter", False),
        ("Disallow: /*.pdf$", "/a/b.pdf", False),
        ("Disallow: /*.pdf$", "/a/b.pdf?x=1", True),
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a\nDisallow: /a", "/a", True),
        ("Disallow: /*?print=", "/a?print=1", False),
        ("Disallow:", "/a", True),
        ("Disallow: /caf%C3%A9", "/caf%c3%a9/1", False),
    ],
)
def test_the_longest_rule_that_fits_decides(rule: str, path: str, expected: bool) -> None:
    assert allowed(f"User-agent: *\n{rule}\n", path) is expected


@pytest.mark.parametrize(
    ("asked", "given_delay"),
    [("2.5", 2.5), ("10", 10), ("9999999999999", 120), ("-3", 0), ("nan", 0), ("inf", 0), ("soon", 0)],
)
def test_a_crawl_delay_is_kept_to_within_bounds(asked: str, given_delay: float) -> None:
    rules = Rules(f"User-agent: *\nCrawl-delay: {asked}\n".encode())
    assert rules.crawl_delay == timedelta(seconds=given_delay) <= MAX_CRAWL_DELAY


def test_a_page_of_html_in_its_place_forbids_nothing() -> None:
    assert allowed("<!doctype html><html><body>User-agent: * is not found here. Disallow: /</body></html>", "/a")


def test_byte_order_marks_and_bytes_that_are_no_text_do_no_harm() -> None:
    assert not Rules(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\xff\r\nDisallow: /b\r\n").allow(URL + "/b")


@pytest.mark.parametrize(
    "document",
    [
        "".join(f"User-agent: a{i}\n" for i in range(16_000)) + "Disallow: /x\n" * 16_000,
        "User-agent: *\n" + "Disallow: /" + "*a" * 250_000,
        "User-agent: *\n" + ("Disallow: /" + "*a" * 500 + "b\n") * 490,
        "User-agent: *\n" * 36_000,
        "User-agent: *\nDisallow: /" + "%" * 500_000,
        "User-agent:\n" * 40_000,
    ],
)
def test_no_document_takes_long(document: str) -> None:
    begun = time.process_time()
    Rules(document.encode()).allow(URL + "/" + "a" * 2000)
    assert time.process_time() - begun < 2


def test_what_is_no_text_at_all_raises_nothing() -> None:
    chance = random.Random(7)
    pieces = [
        b"User-agent: *\n",
        b"Disallow: //[x\n",
        b"Allow: http://[",
        b"Crawl-delay: 1e999\n",
        b"\x00",
        b"\xff\n",
        b"#",
    ]
    pieces += [b"Disallow: %zz$*$\n", b"Visit-time: 99-\n", b"Request-rate: 1/0\n", b"Sitemap\n", b"\xe2\x80\xa8", b":"]
    for _ in range(500):
        Rules(b"".join(chance.choices(pieces, k=20))).allow(URL + "//[a?b=%")


def test_only_half_a_megabyte_is_read() -> None:
    assert Rules(b"#" * MAX_RULES + b"\nUser-agent: *\nDisallow: /\n").allow(URL + "/a")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, True) for status in (204, 301, 401, 403, 404, 410)),
        *((status, False) for status in (429, 500, 503, None)),
    ],
)
def test_a_host_without_a_robots_txt_allows_all_and_one_that_fails_nothing(status: int | None, expected: bool) -> None:
    assert unruled(status) is expected
