"""Laws of addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.errors import InputError
from storywire.urls import MAX_LENGTH, canonical_url, feed_url, host


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://example.org", "https://example.org/"),
        ("  https://Example.ORG/A/b/ \n", "https://example.org/A/b/"),
        ("HTTPS://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org/a#part", "https://example.org/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://user:secret@example.org/a", "https://example.org/a"),
        ("https://bücher.example/ü?q=ü", "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC"),
        ("https://faß.example/", "https://xn--fa-hia.example/"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ("https://example.org/a?id=1&utm_source=rss&x=2", "https://example.org/a?id=1&x=2"),
        ("https://example.org/a?UTM_Medium=x&fbclid=1&gclid=2&mc_cid=3", "https://example.org/a"),
        ("https://example.org/a?at_medium=RSS&at_campaign=rss", "https://example.org/a"),
        ("https://example.org/a?b=2&a=1&b=2", "https://example.org/a?b=2&a=1&b=2"),
        ("https://example.org/a?flag", "https://example.org/a?flag"),
        ("https://example.org/?q=a+b%26c", "https://example.org/?q=a+b%26c"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("http://under_score.example.org/a", "http://under_score.example.org/a"),
    ],
)
def test_an_address_has_one_form(given_url: str, expected: str) -> None:
    assert canonical_url(given_url) == expected


@pytest.mark.parametrize(
    "given_url",
    [
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@example.org",
        "ftp://example.org/a",
        "file:///etc/passwd",
        "https://",
        "http:///x",
        "https://example.org:port/",
        "https://exa mple.org/",
        "https://example.org\\@evil.example/",
        "https://exam%00ple.org/",
        "http://[::1",
        "/relative",
        "https://example.org/" + "a" * MAX_LENGTH,
    ],
)
def test_what_is_no_web_address_has_no_canonical_form(given_url: str) -> None:
    assert canonical_url(given_url) is None


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/a", "https://example.org/a"),
        ("a?utm_source=x", "https://example.org/news/a"),
        ("//other.example/a", "https://other.example/a"),
        ("https://other.example/a", "https://other.example/a"),
        ("javascript:alert(1)", None),
    ],
)
def test_a_relative_link_is_resolved_against_its_base(link: str, expected: str | None) -> None:
    assert canonical_url(link, "https://example.org/news/feed.xml") == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_canonical_form_of_a_canonical_form_is_itself(path: str, query: str) -> None:
    once = canonical_url(f"https://example.org/{path}?{query}")
    assert once is None or canonical_url(once) == once


@given(st.text(max_size=100))
def test_no_text_breaks_the_reading_of_an_address(text: str) -> None:
    canonical_url(text)
    canonical_url(text, "https://example.org/")
    host(text)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("example.org/feed", "https://example.org/feed"),
        (" http://example.org/feed ", "http://example.org/feed"),
        ("localhost:8000/feed.xml", "https://localhost:8000/feed.xml"),
        ("https://example.org/feed?key=1&utm_source=x", "https://example.org/feed?key=1&utm_source=x"),
        ("http://intranet/feed", "http://intranet/feed"),
        ("https://example.org/feed#news", "https://example.org/feed"),
        ("feed://example.org/feed", "http://example.org/feed"),
        ("feed:https://example.org/feed", "https://example.org/feed"),
        ("https://bücher.example/feed", "https://xn--bcher-kva.example/feed"),
        ("https://xn--bcher-kva.example/feed", "https://xn--bcher-kva.example/feed"),
        ("file:///tmp/feed.xml", "file:///tmp/feed.xml"),
    ],
)
def test_r38_a_typed_feed_address_is_completed_trimmed_and_keeps_its_parameters(typed: str, expected: str) -> None:
    assert feed_url(typed) == expected


@pytest.mark.parametrize(
    "typed", ["", "bbc", "ftp://example.org/feed", "https://", "https://u:p@example.org/f", "mailto:a@b.c"]
)
def test_a_typed_text_that_is_no_feed_address_is_refused_in_one_line(typed: str) -> None:
    with pytest.raises(InputError) as caught:
        feed_url(typed)
    assert "\n" not in str(caught.value)
    assert "u:p" not in str(caught.value)


def test_the_host_of_an_address_is_lower_case_and_has_no_port() -> None:
    assert host("https://News.Example.org:8443/a") == "news.example.org"
    assert host("no address") == ""
