"""Seed files and storylines' definitions: what each kind of file means, and one clear line where it means nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from storywire.errors import InputError
from storywire.nouns import Precision, Published
from storywire.seeds import StorylineDefinition, parse_definition, parse_seed

BODY = """The ferry line between the two islands will run again from
Monday, the harbour authority said.

## The pier

It was closed for nine weeks after a storm:

- the northern pier broke
- two ships were damaged
"""
FULL = f"""---
title: "Ferry: back after nine weeks"
publisher: Harbour News
published: 2024-05-03T18:30+02:00
language: en
url: https://harbour.example/ferry?utm_source=mail
---

{BODY}"""
FOLDER = Path(__file__).parents[2] / "seeds"


def test_markdown_with_front_matter_is_a_seed() -> None:
    seed = parse_seed("ferry.md", FULL.encode())
    assert seed.name == "ferry.md"
    assert seed.title == "Ferry: back after nine weeks"
    assert (seed.publisher, seed.language, seed.url) == ("Harbour News", "en", "https://harbour.example/ferry")
    assert seed.published == Published(datetime(2024, 5, 3, 16, 30, tzinfo=UTC), Precision.MINUTE, "seed")
    assert seed.text.split("\n\n") == [
        "The ferry line between the two islands will run again from Monday, the harbour authority said.",
        "The pier",
        "It was closed for nine weeks after a storm:",
        "- the northern pier broke",
        "- two ships were damaged",
    ]


def test_a_title_is_enough_and_the_language_is_found() -> None:
    seed = parse_seed("ferry.md", f"---\r\ntitle: 2024\r\n---\r\n{BODY}".encode())
    assert (seed.title, seed.language, seed.published, seed.publisher) == ("2024", "en", Published(), None)


def test_a_day_is_known_to_the_day() -> None:
    seed = parse_seed("ferry.md", f"---\ntitle: Ferry\npublished: 2024-05-03\n---\n{BODY}".encode())
    assert seed.published == Published(datetime(2024, 5, 3, tzinfo=UTC), Precision.DAY, "seed")


def test_plain_text_is_read_as_a_document() -> None:
    text = "Ferry between the islands returns\n\n3 May 2024\n\n" + BODY.replace("\n", " ")
    seed = parse_seed("ferry.txt", text.encode())
    assert seed.title == "Ferry between the islands returns"
    assert seed.published == Published(datetime(2024, 5, 3, tzinfo=UTC), Precision.DAY, "text")
    assert seed.text.startswith("The ferry line")


def test_plain_text_of_an_old_editor_is_read() -> None:
    text = "Café on the pier opens again\n\nThe café on the northern pier – closed since spring – opens on Monday."
    assert "café on the northern pier –" in parse_seed("cafe.txt", text.encode("cp1252")).text
    assert "café on the northern pier –" in parse_seed("cafe.txt", text.encode("utf-16")).text


def test_a_saved_page_is_a_seed_with_the_address_it_states() -> None:
    body = "<p>The ferry line between the two islands will run again from Monday, the harbour authority said.</p>"
    more = "<p>It was closed for nine weeks after a storm tore away part of the northern pier, she added.</p>"
    link = "<link rel='canonical' href='https://harbour.example/ferry'>"
    article = f"<article><h1>Ferry is back</h1>{body}{more}</article>"
    html = f"<html><head><title>Ferry</title>{link}</head><body>{article}</body></html>"
    seed = parse_seed("ferry.html", html.encode())
    assert (seed.title, seed.url) == ("Ferry is back", "https://harbour.example/ferry")
    assert seed.text.startswith("The ferry line")


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\n ", "empty"),
        ("a.txt", b"\x00\x01\x02\x81", "not text"),
        ("a.txt", b"Only a title stands here", "no text"),
        ("a.md", b"---\ntitle: A\nno end", "does not end"),
        ("a.md", b"---\ntitle: [\n---\ntext", "not YAML"),
        ("a.md", b"---\n- a\n---\ntext", "not YAML"),
        ("a.md", b"---\npublisher: A\n---\ntext", "no title"),
        ("a.md", b"---\ntitle:\n---\ntext", "no title"),
        ("a.md", b"---\ntitle: A\n---\n", "no text"),
        ("a.md", b"---\ntitle: A\npublished: last May\n---\ntext", "not a date"),
        ("a.md", b"---\ntitle: A\npublished: 2024-05-03T10:00\n---\ntext", "not a date"),
        ("a.md", b"---\ntitle: A\nurl: javascript:alert(1)\n---\ntext", "web address"),
        ("a.html", b"<html></html>", "no text found"),
        ("a.html", b"{}", "not HTML"),
    ],
)
def test_a_seed_that_cannot_be_read_is_refused_in_one_line(name: str, raw: bytes, said: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_seed(name, raw)
    message = str(refused.value)
    assert message.startswith(name)
    assert said in message
    assert "\n" not in message


def test_a_definition_names_its_members() -> None:
    raw = b'name = "Ferry  dispute"\nmembers = ["ferry/a.md", "ferry/b.txt", "ferry/a.md"]'
    assert parse_definition("ferry.toml", raw) == StorylineDefinition("Ferry dispute", ("ferry/a.md", "ferry/b.txt"))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"name = ", "not TOML"),
        (b"\xff\xfe", "not TOML"),
        (b'members = ["a.md"]', "no name"),
        (b'name = "  "\nmembers = ["a.md"]', "no name"),
        (b'name = "A"', "no members"),
        (b'name = "A"\nmembers = []', "no members"),
        (b'name = "A"\nmembers = [1]', "no members"),
        (b'name = "A"\nmembers = ["../a.md"]', "leaves its folder"),
        (b'name = "A"\nmembers = ["b/../../a.md"]', "leaves its folder"),
        (b'name = "A"\nmembers = ["/etc/passwd"]', "leaves its folder"),
        (b'name = "A"\nmembers = ["C:/a.md"]', "leaves its folder"),
        (b'name = "A"\nmembers = ["b\\\\a.md"]', "leaves its folder"),
    ],
)
def test_a_definition_that_cannot_be_used_is_refused_in_one_line(raw: bytes, said: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_definition("a.toml", raw)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_storyline_that_comes_along_is_whole() -> None:
    definition = parse_definition("aleppo-siege-diplomacy.toml", (FOLDER / "aleppo-siege-diplomacy.toml").read_bytes())
    assert definition.name == "Aleppo siege diplomacy"
    seeds = [parse_seed(member, (FOLDER / member).read_bytes()) for member in definition.members]
    assert len({seed.title for seed in seeds}) == 5
    for seed in seeds:
        assert seed.published.at is not None
        assert Path(seed.name).name.startswith(f"{seed.published.at:%Y-%m-%d}")
        assert 180 <= len(seed.text.split()) <= 350
        assert (seed.publisher, seed.language) == ("Storywire seeds", "en")
