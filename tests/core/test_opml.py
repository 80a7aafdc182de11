"""Laws of OPML."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.errors import InputError
from storywire.nouns import Feed
from storywire.opml import Subscription, read_opml, write_opml
from storywire.text import one_line
from storywire.urls import host

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SEEDS = Path(__file__).parents[2] / "seeds" / "feeds.opml"


def opml(body: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{body}</body></opml>'.encode()


def feed(url: str, title: str | None = None, folder: str | None = None) -> Feed:
    return Feed(url, added_at=NOW, next_check_at=NOW, title=title, folder=folder)


def test_folders_may_nest_and_attributes_are_read_in_any_case() -> None:
    read = read_opml(
        opml(
            '<outline text="A"><outline text="B"><outline text="One" xmlUrl=" https://example.org/1 "/></outline>'
            '<outline title="Two" text="x" type="rss" xmlurl="example.org/2"/></outline>'
            '<outline text="https://example.org/3" xmlUrl="https://example.org/3"/>'
        )
    )
    assert read == (
        Subscription("https://example.org/1", "One", "A/B"),
        Subscription("https://example.org/2", "Two", "A"),
        Subscription("https://example.org/3", None, None),
    )


def test_an_address_listed_twice_is_one_subscription() -> None:
    line = '<outline text="One" xmlUrl="https://example.org/1"/>'
    assert len(read_opml(opml(line + line))) == 1


def test_an_address_that_cannot_be_one_is_not_lost() -> None:
    assert read_opml(opml('<outline text="X" xmlUrl="ftp://example.org/1"/>'))[0].url == "ftp://example.org/1"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "not XML"),
        (b"plain text", "not XML"),
        (b"<opml><body>", "not XML"),
        (b"<rss version='2.0'/>", "not OPML"),
        (opml(""), "no feeds"),
        (opml('<outline text="Only a folder"/>'), "no feeds"),
        (b"<opml>" + b"<outline>" * 1000, "not XML"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(raw: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_opml(raw)
    assert "\n" not in str(caught.value)


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("https://secret.example/")
    entity = f'<!DOCTYPE o [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    raw = entity + '<opml><body>&x;<outline xmlUrl="https://a.example/"/></body></opml>'
    assert "secret" not in str(read_opml(raw.encode()))


names = st.text(st.characters(codec="utf-8"), max_size=20).map(one_line)


@given(st.lists(st.tuples(names, st.lists(names.map(lambda n: n.replace("/", "-").strip()), max_size=3)), max_size=5))
def test_what_was_written_is_read_back(given_feeds: list[tuple[str, list[str]]]) -> None:
    feeds = [
        feed(f"https://example.org/{i}?a=1&b=2", title or None, "/".join(filter(None, path)) or None)
        for i, (title, path) in enumerate(given_feeds)
    ]
    if not feeds:
        return
    expected = {(f.url, f.title, f.folder) for f in feeds}
    assert {(s.url, s.title, s.folder) for s in read_opml(write_opml(feeds, "Mine"))} == expected


def test_a_slash_in_the_name_of_a_folder_makes_no_folder_of_its_own() -> None:
    inner = (
        '<outline text="A/B"><outline text="C"><outline text="One" xmlUrl="https://example.org/1"/></outline></outline>'
    )
    [one] = read_opml(opml(inner))
    assert one.folder is not None
    assert one.folder.split("/")[1:] == ["C"]
    written = write_opml([feed(one.url, one.title, one.folder)], "Mine")
    assert b'text="A/B"' in written
    assert read_opml(written) == (one,)


def test_folders_that_a_person_typed_loosely_are_written_as_they_are_meant() -> None:
    written = write_opml(
        [feed("https://example.org/1", None, "/A // B/"), feed("https://example.org/2", None, "A/B")], "M"
    )
    assert {s.folder for s in read_opml(written)} == {"A/B"}
    assert written.count(b'text="A"') == written.count(b'text="B"') == 1


def test_the_starter_list_is_whole_and_sorted_into_languages() -> None:
    read = read_opml(SEEDS.read_bytes())
    assert 20 <= len(read) <= 40
    assert all(s.title and s.folder and s.url.startswith("https://") for s in read)
    assert len({host(s.url) for s in read}) >= 18
