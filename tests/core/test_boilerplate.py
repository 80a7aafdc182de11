"""Laws of learning what a publisher repeats on its other pages."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.boilerplate import MIN_SUBJECTS, Standing, counted, marks_of, site_of, without
from storywire.text import sentences

APPEAL = "Good reporting costs money: give what you can, and this newsroom stays free for all who read it."
BACKGROUND = "The Velk dam, built in 1961, broke on Sunday night and drowned three villages in the Osk valley."
REPORTS = {
    "Dam breaks above Osk villages": "Water from the Velk dam took forty houses before dawn, rescuers said on Monday.",
    "Chess prodigy wins Lagos Open": "A player of nineteen beat the top seed in forty moves to take the title at home.",
    "Bakers strike over night shifts": "Ovens stayed cold in nine towns as bakers stopped work for better pay.",
    "Comet seen from southern coast": "Crowds on the beaches watched a comet with a tail as long as a hand at sunset.",
    "Parliament votes down fish quota": "Deputies rejected lower limits for herring by three votes after long debate.",
    "Museum returns stolen drum": "A drum that was taken in 1907 went home on Friday on a ship full of its owners.",
}
FOLLOW_UPS = (
    "Velk dam breaks above villages",
    "Engineers warned of Velk dam for years",
    "Villages below broken dam buried their dead",
    "Minister visits drowned villages",
    "Owners of Velk dam face charges",
    "One year after the dam broke",
)


def standing(paragraph: str, pages: Iterable[tuple[str, str]]) -> Standing:
    """That of a paragraph, after pages with these headlines and texts."""
    found = [marks_of(title, text) for title, text in pages]
    (key,) = marks_of("", paragraph).paragraphs
    return counted(Standing(), [marks.subject for marks in found if key in marks.telling])


def keys(*parts: str) -> frozenset[int]:
    return frozenset(key for part in parts for key in marks_of("", part).paragraphs)


def test_an_appeal_under_reports_of_different_subjects_is_learnt() -> None:
    pages = [(title, f"{text}\n\n{APPEAL}") for title, text in REPORTS.items()]
    assert standing(APPEAL, pages).repeats
    assert not standing(APPEAL, pages[: MIN_SUBJECTS - 1]).repeats


def test_the_background_that_the_follow_ups_of_one_affair_repeat_is_not() -> None:
    pages = [(title, f"A new paragraph for: {title}.\n\n{BACKGROUND}") for title in FOLLOW_UPS]
    assert not standing(BACKGROUND, pages * 3).repeats


def test_nor_when_the_headlines_of_the_affair_share_words_with_it_alone() -> None:
    titles = ("Three lost", "Villages evacuated", "Broken concrete", "Valley in mourning", "Sunday sermon")
    stood = [marks_of(title, BACKGROUND) for title in titles]
    assert len(frozenset().union(*(marks.subject for marks in stood))) == sum(len(marks.subject) for marks in stood)
    assert standing(BACKGROUND, [(title, BACKGROUND) for title in titles]).pages <= 1


def test_an_affair_in_a_script_without_spaces_is_not_learnt_from() -> None:
    titles = ("大坝决堤三村被淹", "大坝决堤后村民撤离", "专家早就警告大坝危险", "大坝业主被起诉")
    paragraph = "这座水库建于一九六一年,位于山谷的上游,由省里管理。"
    assert not standing(paragraph, [(title, paragraph) for title in titles]).repeats


def test_copies_of_one_report_do_not_teach() -> None:
    (title, text), *_ = REPORTS.items()
    assert standing(text, [(title, text)] * 50).pages <= 1


@pytest.mark.parametrize("row", ["1,204 | 33.1 | 17 | 0.4 | 12 | 9", "He refused.", "no no no no no no no", "—", ""])
def test_rows_of_numbers_and_scraps_are_not_counted(row: str) -> None:
    assert marks_of("A headline", row).paragraphs == frozenset()


@given(st.lists(st.frozensets(st.integers(0, 12), max_size=5), max_size=12), st.randoms())
def test_the_order_of_pages_does_not_matter(subjects: Sequence[frozenset[int]], random: Random) -> None:
    mixed = list(subjects)
    random.shuffle(mixed)
    assert counted(Standing(), mixed) == counted(Standing(), subjects)


@given(st.lists(st.frozensets(st.integers(0, 30), min_size=1, max_size=4), max_size=12))
def test_no_two_pages_that_count_share_a_word(subjects: Sequence[frozenset[int]]) -> None:
    found = counted(Standing(), subjects)
    assert found.pages <= MIN_SUBJECTS
    assert found.pages <= len(found.subjects)
    assert (found.pages > 0) == bool(subjects)


def test_what_repeats_is_dropped_and_nothing_else() -> None:
    for text in REPORTS.values():
        assert without(f"{text} {text}\n\n{APPEAL}\n\n{text}", keys(APPEAL)) == f"{text} {text}\n\n{text}"
        assert without(f"{text}\n\n{BACKGROUND}", keys(APPEAL)) == f"{text}\n\n{BACKGROUND}"


def test_a_text_stays_whole_where_too_little_of_it_would_be_left() -> None:
    one, two, *_ = REPORTS.values()
    for text, known in (
        (APPEAL, keys(APPEAL)),
        (f"{one}\n\n{two}", keys(one, two)),
        (f"Rain fell on Osk.\n\n{APPEAL}", keys(APPEAL)),
        (f"{one} {two}\n\n{APPEAL} {APPEAL} {APPEAL} {APPEAL} {APPEAL}", keys(" ".join([APPEAL] * 5))),
    ):
        assert without(text, known) == text


@given(st.text(max_size=300), st.text(max_size=60))
def test_no_text_breaks_it_and_dropping_twice_is_dropping_once(text: str, title: str) -> None:
    marks = marks_of(title, text, title)
    assert marks.telling <= marks.paragraphs
    once = without(text, marks.paragraphs)
    assert without(once, marks.paragraphs) == once


def test_a_site_is_known_by_its_domain_else_by_its_feed_else_by_its_name() -> None:
    assert site_of("https://www.news.example.co.uk/a", "https://feeds.example/x", "N") == "example.co.uk"
    assert site_of("http://127.0.0.1:80/a") == "127.0.0.1"
    assert site_of(None, "https://feeds.example/x", "N") == "feeds.example"
    assert (site_of(None, None, "N"), site_of(None), site_of("", "", "")) == ("N", "", "")


def test_the_name_of_the_publisher_in_a_headline_says_nothing_of_the_subject() -> None:
    assert marks_of("Dam breaks - Osk Courier", "", "Osk Courier").subject == marks_of("Dam breaks", "").subject


def test_sentences_of_real_reports_are_not_learnt_even_if_one_site_had_published_them_all(shared: Path) -> None:
    """Harm, on labelled reports: each sentence counts as a paragraph, and all reports as of one site."""
    for name in ("vietnamese-dev", "ecbplus-dev", "allsides-dev"):
        lines = (shared / f"data/clusters/{name}.jsonl").read_text("utf-8").splitlines()
        stood: defaultdict[int, list[frozenset[int]]] = defaultdict(list)
        for report in map(json.loads, lines):
            marks = marks_of(report["title"], "\n\n".join(sentences(" ".join(report["text"].split()))))
            for key in marks.telling:
                stood[key].append(marks.subject)
        assert [key for key, subjects in stood.items() if counted(Standing(), subjects).repeats] == []
