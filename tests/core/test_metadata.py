"""Laws of what a page states of itself, and of the names of authors."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storywire.authors import authors
from storywire.metadata import metadata_of
from storywire.nouns import Precision, Published

DAY = Published(datetime(2024, 5, 3, tzinfo=UTC), Precision.DAY, "json-ld")
TIME = Published(datetime(2024, 5, 3, 8, 30, 15, tzinfo=UTC), Precision.SECOND, "json-ld")


def ld(thing: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(thing)}</script>'


def report(**members: Any) -> str:
    return ld({"@context": "https://schema.org", "@type": "NewsArticle", **members})


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


def seen(datetime_: str, mark: str = 'itemprop="datePublished"') -> str:
    return f'<time {mark} datetime="{datetime_}">then</time>'


@pytest.mark.parametrize(
    ("source", "published"),
    [
        (report(datePublished="2024-05-03T10:30:15+02:00"), TIME),
        (report(datePublished=["2024-05-03T08:30:15Z"]), TIME),
        (report(datePublished="Fri, 03 May 2024 08:30:15 GMT"), TIME),
        (report(datePublished="2024-05-03"), DAY),
        (report(datePublished="2024-05-03T10:30"), DAY),
        (report(datePublished="2024-05-03T00:00:00+02:00"), DAY),
        (report(datePublished="2024-05-03T00:00:00.000Z"), DAY),
        (ld({"@graph": [{"@type": "Organization"}, {"@type": ["NewsArticle"], "datePublished": "2024-05-03"}]}), DAY),
        (ld([{"@type": "WebPage", "mainEntity": {"@type": "Article", "datePublished": "2024-05-03"}}]), DAY),
        (ld({"@type": "WebPage", "datePublished": "2023-01-01"}) + report(datePublished="2024-05-03"), DAY),
        (ld({"@type": "ItemList", "itemListElement": [{"@type": "Article", "datePublished": "2024-05-03"}]}), None),
        (report(dateModified="2024-05-03"), None),
        (report(datePublished="last week"), None),
        (report(datePublished=20240503), None),
        (report(datePublished="1970-01-01T00:00:00Z"), None),
        (report(datePublished="0000-00-00"), None),
        ('<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2024-05-03"</script>', None),
        (f"<!-- {report(datePublished='2024-05-03')} -->", None),
        (report(datePublished="2024-05-03").replace('"', "'", 2), DAY),
    ],
)
def test_a_report_states_when_it_was_published(source: str, published: Published | None) -> None:
    assert metadata_of(source).published == (published or Published())


def test_json_ld_goes_before_meta_and_meta_before_what_a_visitor_sees() -> None:
    said = [seen("2024-05-01"), meta("article:published_time", "2024-05-02"), report(datePublished="2024-05-03")]
    assert metadata_of("".join(said)).published == DAY
    assert metadata_of("".join(said[:2])).published == Published(
        datetime(2024, 5, 2, tzinfo=UTC), Precision.DAY, "meta"
    )
    assert metadata_of(said[0]).published == Published(datetime(2024, 5, 1, tzinfo=UTC), Precision.DAY, "page")


def test_a_day_is_told_more_exactly_by_another_source_that_says_the_same_day() -> None:
    exact = Published(datetime(2024, 5, 3, 8, 30, 15, tzinfo=UTC), Precision.SECOND, "meta")
    day = report(datePublished="2024-05-03")
    assert metadata_of(day + meta("article:published_time", "2024-05-03T08:30:15Z")).published == exact
    assert metadata_of(day + meta("article:published_time", "2024-05-06T08:30:15Z")).published == DAY


def test_only_a_time_that_is_marked_as_the_publications_counts() -> None:
    assert metadata_of(seen("2024-05-03", "")).published == Published()
    assert metadata_of(seen("2024-05-03", 'class="updated"')).published == Published()
    assert metadata_of(seen("2024-05-03", "pubdate")).published.at is not None
    assert metadata_of(seen("2024-05-03", 'class="entry-date published"')).published.at is not None


def test_it_says_its_address_headline_authors_language_kind_and_whether_it_is_free() -> None:
    people = [{"@type": "Person", "name": "Ines Holm"}, {"@type": "Person", "name": ["Jon Berg"]}, "Ada Lund", {"x": 1}]
    found = metadata_of(
        '<html lang="sv-SE"><link rel="canonical" href="/news/ferry?a=1&amp;b=2">'
        + meta("og:type", "Video.Other")
        + report(headline="Ferry &amp; crew\nreturn", author=people, isAccessibleForFree="https://schema.org/False")
    )
    assert found.canonical == "/news/ferry?a=1&b=2"
    assert found.headline == "Ferry & crew return"
    assert found.authors == ("Ines Holm", "Jon Berg", "Ada Lund")
    assert found.language == "sv"
    assert found.types == {"newsarticle", "video.other"}
    assert found.free is False


def test_a_page_that_states_nothing_states_nothing() -> None:
    found = metadata_of("<html><body><p>Text</p></body></html>")
    assert (found.canonical, found.headline, found.authors, found.language, found.free) == (None, None, (), None, None)
    assert (found.published, found.types) == (Published(), frozenset())


@pytest.mark.parametrize(
    "source",
    [
        "<meta " * 200_000,
        "<!--" * 250_000,
        "<script>" * 125_000,
        "<meta '" * 150_000,
        "<meta a=\"b' " * 90_000,
        "<time " * 100 + "x" * 1_000_000,
        "<meta " + "a " * 500_000 + ">",
        "<meta " + "a=b " * 250_000 + ">",
        '<script type="application/ld+json">' + "[" * 1_000_000,
        '<script type="application/ld+json">' + '{"@graph":' * 100_000 + "1" + "}" * 100_000,
        ld({"@type": "NewsArticle", "author": [{"name": "x" * 100}] * 10_000}),
    ],
)
def test_reading_takes_a_time_that_no_source_can_stretch(source: str) -> None:
    begun = time.perf_counter()
    metadata_of(source)
    assert time.perf_counter() - begun < 3


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["@type", "@graph", "author", "name", "headline", "datePublished", "mainEntity"]), inner
            )
        ),
    )
)
def test_no_json_makes_it_fail(thing: Any) -> None:
    metadata_of(ld(thing) + report(author=thing, headline=thing, datePublished=thing))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["Ines Holm"], "Ines Holm"),
        (["By Ines Holm"], "Ines Holm"),
        (["By INES HOLM, Harbour News"], "INES HOLM"),
        (["Von Ines Holm und Jon Berg"], "Ines Holm; Jon Berg"),
        (["Ines Holm, Jon Berg and Ada Lund"], "Ines Holm; Jon Berg; Ada Lund"),
        (["Ines Holm & Jon Berg, Reuters"], "Ines Holm; Jon Berg; Reuters"),
        (["Holm, Ines"], "Holm, Ines"),
        (["José Ortega y Gasset"], "José Ortega y Gasset"),
        (["ines@harbour.example (Ines Holm)"], "Ines Holm"),
        (["Ines Holm <ines@harbour.example>"], "Ines Holm"),
        (["Ines Holm (iho)"], "Ines Holm"),
        (["Ines Holm | Correspondent"], "Ines Holm"),
        (["Ines Holm", "ines holm"], "Ines Holm"),
        (["Автор: Инес Холм"], "Инес Холм"),
        (["배윤경"], "배윤경"),
        (["ines@harbour.example"], None),
        (["https://harbour.example/ines"], None),
        (["@ines"], None),
        (["admin"], None),
        (["Staff Writer"], None),
        (["Die Redaktion"], None),
        (["Editorial team"], None),
        (["The Harbour News"], None),
        (["harbournews"], None),
        (["HarbourNews.example"], None),
        (["<b>Ines</b>"], None),
        (["", " ", "-", "12"], None),
        (["x" * 200], None),
        ([], None),
    ],
)
def test_an_author_is_a_person_or_an_agency(given: list[str], expected: str | None) -> None:
    assert authors(given, ["Harbour News", "www.harbournews.example", None]) == expected


def test_no_more_than_twenty_authors_are_named() -> None:
    found = authors([f"Ines Holm-{'abcdefghijklmnopqrstuvwxyz'[i]}" for i in range(26)])
    assert found is not None
    assert found.count(";") == 19
