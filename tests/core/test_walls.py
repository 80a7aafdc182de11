"""Laws of walls: each kind is recognised in its languages, and no report is taken for one."""

import gzip
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from storywire.pages import extract_page
from storywire.walls import MIN_WORDS, Seen, Wall, WallKind, led_home, wall_of
from tests.core.wallpages import REPORTS, URL, WALLS, Sample

LONG = " ".join(["The ferry line between the two islands will run again from Monday, the authority said."] * 20)


@pytest.mark.parametrize("sample", WALLS, ids=lambda sample: sample.name)
def test_a_wall_is_recognised_by_its_own_words(sample: Sample) -> None:
    page = extract_page(sample.source.encode(), sample.url, asked=URL)
    assert page.wall is not None, page
    assert page.wall.kind is sample.kind
    assert page.wall.kind is WallKind.TOO_SHORT or (page.text == "" and str(page.wall) == page.reason)


@pytest.mark.parametrize("sample", REPORTS, ids=lambda sample: sample.name)
def test_a_report_is_no_wall_whatever_stands_around_it_or_is_its_subject(sample: Sample) -> None:
    page = extract_page(sample.source.encode(), sample.url, asked=sample.url)
    assert page.wall is None, page
    assert page.reason is None
    assert len(page.text.split()) >= MIN_WORDS


def test_there_are_enough_samples_to_mean_something() -> None:
    assert len(WALLS) >= 40
    assert len(REPORTS) >= 25
    assert {sample.kind for sample in WALLS} == set(WallKind)


def test_no_page_of_the_benchmark_is_a_wall(shared: Path) -> None:
    folder = shared / "data" / "pages" / "article_extraction_benchmark"
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    found = {}
    for name, expected in truth.items():
        page = extract_page(gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()), expected["url"])
        if page.wall:
            found[expected["url"]] = str(page.wall)
    assert found == {}


@pytest.mark.parametrize(
    ("asked", "url", "home"),
    [
        (URL, "https://www.harbour.example.org/", True),
        (URL, "https://harbour.example.org", True),
        ("http://harbour.example.org/?p=7", "https://harbour.example.org/", True),
        (URL, "https://www.harbour.example.org/?p=7", False),
        (URL, URL, False),
        ("https://harbour.example.org/", "https://www.harbour.example.org/", False),
        ("https://short.example.net/x7", "https://www.harbour.example.org/", False),
        (None, "https://www.harbour.example.org/", False),
        (URL, "", False),
    ],
)
def test_a_site_that_answers_with_its_front_page_has_lost_the_report(asked: str | None, url: str, home: bool) -> None:
    assert led_home(asked, url) is home
    wall = wall_of(Seen(f"<html><p>{LONG}", "Harbour News", LONG, url, asked))
    assert (wall == Wall(WallKind.NOT_FOUND, "led to the front page")) is home


def test_a_wall_says_which_words_gave_it_away() -> None:
    stub = next(sample for sample in WALLS if sample.name == "paywall en")
    assert str(extract_page(stub.source.encode(), URL).wall) == "a paywall stub (“Subscribe now to continue reading”)"


def test_what_another_try_may_help_is_told_apart() -> None:
    helps = {kind for kind in WallKind if kind.may_pass}
    assert helps == {WallKind.CONSENT, WallKind.BOT_CHECK, WallKind.TOO_SHORT}


def test_a_long_text_is_a_report_even_if_all_of_it_speaks_like_a_wall() -> None:
    words = " ".join(["Accept all cookies. We and our 10 partners. Subscribe to continue reading."] * 40)
    assert wall_of(Seen(f"<html><p>{words}", None, words, URL)) is None


@pytest.mark.parametrize(
    "filler", ["<", "<!--", "<p>", "<script>", "<title>", "“", '"', "<h1>", "&amp;", " a", "<input "]
)
def test_looking_for_walls_takes_a_time_that_the_source_does_not_stretch(filler: str) -> None:
    seen = Seen(filler * (1_000_000 // len(filler)), "A title", "Subscribe to", URL)
    begun = time.perf_counter()
    wall_of(seen)
    wall_of(replace(seen, title=filler * 50_000, text=filler * 200))
    assert time.perf_counter() - begun < 5
