"""Web pages: text, title, date, address and publisher are taken over, or there is a reason why not."""

import gzip
import json
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storywire.nouns import Precision, Published
from storywire.pages import MAX_BYTES, extract_page

URL = "https://www.harbour.example.org/news/ferry?id=7"
BODY = [
    "The ferry line between the two islands will run again from Monday, the harbour authority said on Friday.",
    "It was closed for nine weeks after a storm tore away part of the northern pier and damaged two ships.",
    "“We have tested every bolt of the new ramp,” said the engineer in charge, Ines Holm.",
    "The authority has set aside four million crowns for a second pier, which is to be built next year.",
]


def page(head: str = "", body: list[str] = BODY) -> bytes:
    paragraphs = "".join(f"<p>{p}</p>" for p in body)
    article = f"<article><h1>Ferry between the islands returns</h1>{paragraphs}</article>"
    around = f"<body><nav><a href='/'>Home</a></nav>{article}<footer>Imprint</footer></body>"
    return f"<!DOCTYPE html><html><head><title>Ferry returns</title>{head}</head>{around}</html>".encode()


def test_a_page_gives_its_report_in_paragraphs() -> None:
    found = extract_page(page('<meta property="og:site_name" content="Harbour News">'), URL, "text/html; charset=utf-8")
    assert found.reason is None
    assert found.title == "Ferry between the islands returns"
    assert found.text == "\n\n".join(BODY)
    assert (found.url, found.publisher, found.language) == (URL, "Harbour News", "en")


def test_a_page_without_site_name_is_published_by_its_host() -> None:
    assert extract_page(page(), URL).publisher in ("harbour.example.org", "www.harbour.example.org")


def test_the_headline_that_the_report_states_goes_first_without_the_sites_name() -> None:
    def stating(headline: str) -> bytes:
        thing = json.dumps({"@type": "NewsArticle", "headline": headline})
        return page(f'<script type="application/ld+json">{thing}</script>')

    assert extract_page(stating("Storm-hit ferry returns"), URL).title == "Storm-hit ferry returns"
    named = stating("Ferry between the islands returns | Harbour News")
    assert extract_page(named, URL).title == "Ferry between the islands returns"


def test_the_author_is_the_one_the_page_states() -> None:
    head = '<meta name="author" content="By Ines Holm"><meta property="og:site_name" content="Harbour News">'
    assert extract_page(page(head), URL).author == "Ines Holm"
    assert extract_page(page(head.replace("By Ines Holm", "Harbour News")), URL).author is None


def test_a_site_that_gives_an_address_for_its_name_is_called_by_its_host() -> None:
    head = '<meta property="og:site_name" content="https://social.example/harbour">'
    assert extract_page(page(head), URL).publisher == "www.harbour.example.org"


def test_a_page_whose_language_cannot_be_told_has_the_one_it_states() -> None:
    numbers = ["12 - 7, 9 - 4, 11 - 3.", "4 - 4, 8 - 1, 0 - 0, 2 - 2, 7 - 5, 6 - 6, 3 - 3, 1 - 0, 9 - 9, 8 - 8, 5 - 5."]
    raw = page(body=numbers).decode().replace("Ferry between the islands returns", "4 - 4").replace("Ferry returns", "")
    assert extract_page(raw.replace("<html>", '<html lang="de-AT">').encode(), URL).language == "de"


def test_a_paragraph_that_stands_twice_is_kept_once() -> None:
    assert extract_page(page(body=[*BODY, BODY[1]]), URL).text == "\n\n".join(BODY)


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ("https://www.harbour.example.org/news/ferry", "https://www.harbour.example.org/news/ferry"),
        ("https://harbour.example.org/news/ferry?utm_source=x", "https://harbour.example.org/news/ferry"),
        ("https://amp.harbour.example.org/ferry", "https://amp.harbour.example.org/ferry"),
        ("https://other.example.net/news/ferry", URL),
        ("http://127.0.0.1/admin", URL),
        ("javascript:alert(1)", URL),
        ("https://www.harbour.example.org/", URL),
    ],
)
def test_a_canonical_address_is_adopted_within_its_site_only(canonical: str, expected: str) -> None:
    assert extract_page(page(f'<link rel="canonical" href="{canonical}">'), URL).url == expected


def test_two_sites_of_one_hosting_domain_are_two_sites() -> None:
    found = extract_page(page('<link rel="canonical" href="https://b.github.io/x">'), "https://a.github.io/x")
    assert found.url == "https://a.github.io/x"


@pytest.mark.parametrize(
    ("head", "published"),
    [
        (
            '<meta property="article:published_time" content="2024-05-03T18:30:15+02:00">',
            Published(datetime(2024, 5, 3, 16, 30, 15, tzinfo=UTC), Precision.SECOND, "meta"),
        ),
        (
            '<meta property="article:published_time" content="2024-05-03">',
            Published(datetime(2024, 5, 3, tzinfo=UTC), Precision.DAY, "meta"),
        ),
        (
            '<meta property="article:published_time" content="2024-05-03T18:30:15">',
            Published(datetime(2024, 5, 3, tzinfo=UTC), Precision.DAY, "meta"),
        ),
        (
            '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2024-05-03T08:00Z"}</script>',
            Published(datetime(2024, 5, 3, 8, tzinfo=UTC), Precision.MINUTE, "json-ld"),
        ),
        (
            "<!-- --><link><time datetime='2024-05-03'>3 May 2024</time>",
            Published(datetime(2024, 5, 3, tzinfo=UTC), Precision.DAY, "page"),
        ),
        ("", Published()),
    ],
    ids=["time", "day", "no zone", "json-ld", "visible", "none"],
)
def test_a_date_is_as_precise_as_the_page_states_it(head: str, published: Published) -> None:
    assert extract_page(page(head), URL).published == published


@pytest.mark.parametrize(
    ("encoding", "content_type", "declared"),
    [
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("windows-1251", None, '<meta charset="windows-1251">'),
        ("utf-8", "text/html; charset=ISO-8859-1", ""),
        ("utf-8", "text/html; charset=punycode", ""),
        ("utf-16", None, ""),
    ],
)
def test_the_encoding_is_found(encoding: str, content_type: str | None, declared: str) -> None:
    russian = "Паром между островами снова начнёт ходить с понедельника, сообщило в пятницу управление порта."
    raw = page(declared, [russian, "Линия была закрыта девять недель после шторма, разрушившего причал."])
    found = extract_page(raw.decode().encode(encoding), URL, content_type)
    assert found.text.startswith(russian)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", None, "not HTML"),
        (b'{"title": "<p>x</p>"}', "application/json", "not HTML"),
        (b'{"title": "<p>x</p>"}', "text/html", "not HTML"),
        (b"%PDF-1.7 <html>", "text/html", "not HTML"),
        (b"GIF89a\x01\x00\x01\x00<div>", "text/html", "not HTML"),
        (b"PK\x03\x04\0\0<html>", "text/html", "not HTML"),
        (b"\x1f\x8b\x08\0" + b"\0" * 40, "text/html", "not HTML"),
        (b"\x7fELF\0\0<html>", None, "not HTML"),
        (b"<?xml version='1.0'?><rss><channel><description><p>x</p></description></channel></rss>", None, "not HTML"),
        (b"file:///etc/passwd", "text/html", "not HTML"),
        (b"<html><body></body></html>", "text/html", "no text found"),
        (b"<html>" + b" " * MAX_BYTES, "text/html", "too large"),
        (b"<html><p " + b" ".join(b"a%d=1" % i for i in range(100_000)) + b">x", None, "too long a tag"),
    ],
)
def test_what_is_no_page_has_a_reason_and_no_text(body: bytes, content_type: str | None, reason: str) -> None:
    found = extract_page(body, URL, content_type)
    assert (found.reason, found.text) == (reason, "")


@pytest.mark.parametrize(
    "body",
    ["<div>" * 20_000, "<table>" + "<tr><td>cell</td></tr>" * 3_000, "<p>tiny</p>" * 3_000, "<p>" + "x" * 1_000_000],
    ids=["deep", "table", "tiny", "long"],
)
def test_odd_pages_end_in_a_few_seconds(body: str) -> None:
    started = time.perf_counter()
    extract_page(f"<html><body>{body}".encode(), URL)
    assert time.perf_counter() - started < 8


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([None, "text/html", "text/html; charset=idna", "a/b; charset=rot13"]))
def test_no_bytes_make_it_fail(body: bytes, content_type: str | None) -> None:
    assert extract_page(b"<html><p>" + body, URL, content_type).url == URL


def test_no_control_character_comes_through() -> None:
    dirty = [p.replace(" ", " \x1b\u202e\u200b\x07", 1) for p in BODY]
    assert extract_page(page(body=dirty), URL).text == "\n\n".join(BODY)


def test_real_pages_are_read_no_worse_than_by_the_library_alone(shared: Path) -> None:
    from trafilatura import bare_extraction

    folder = shared / "data" / "pages" / "article_extraction_benchmark"
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    ours, library = [], []
    for name, expected in truth.items():
        body = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
        alone: Any = bare_extraction(body, url=expected["url"], include_comments=False, with_metadata=True)
        ours.append(overlap(extract_page(body, expected["url"]).text, expected["articleBody"]))
        library.append(overlap(alone.text if alone else "", expected["articleBody"]))
    assert sum(ours) >= sum(library)
    assert sum(ours) / len(ours) > 0.93


def overlap(found: str, expected: str) -> float:
    """F1 of the runs of four words, each counted as often as it stands."""
    a, b = (Counter(zip(*(t.split()[i:] for i in range(4)), strict=False)) for t in (found, expected))
    return 2 * (a & b).total() / (a.total() + b.total()) if a or b else 1.0
