"""What repeats what, and what only looks so."""

import random
from collections.abc import Collection, Sequence
from itertools import combinations

import pytest

from storywire.archive import Empty
from storywire.dedup import Repeats
from storywire.nouns import Article, Duplicate
from storywire.past import Kept
from storywire.sketch import sketch
from storywire.window import Window
from tests.copies import EDITS, WHOLE, Report
from tests.core.makers import article, vectors
from tests.core.test_analyse import BUDGET, CHESS, FLOOD, FLOOD_AGAIN
from tests.templates import templates

Verdicts = list[Duplicate | None]
OIL = (
    "Oil prices on {day} May: a barrel of Northern Blend cost {price} dollars at the opening of trade in Porthaven, "
    "{change} cents more than on the day before. Analysts expect little movement until the meeting of the producers. "
    "A barrel of Southern Light stood at {other} dollars. Trade was thin, as on most days before a holiday."
)


class Stored(Empty):
    """An archive of articles that are kept, of any age."""

    def __init__(self, *articles: Article) -> None:
        self.articles = {a.article_id: a for a in articles}

    def twins(self, urls: Collection[str], fingerprints: Collection[str]) -> Sequence[Kept]:
        kept = [
            Kept(a.article_id, a.url, a.title, a.publisher, a.language, a.time, "e", "s", sketch(a.title, a.text))
            for a in self.articles.values()
        ]
        return [k for k in kept if k.url in urls or k.sketch.fingerprint in fingerprints]

    def texts(self, ids: Collection[str]) -> dict[str, str]:
        return {i: self.articles[i].text for i in ids}


def repeats(*articles: Article, remembered: Sequence[Article] = (), stored: Sequence[Article] = ()) -> Verdicts:
    """The verdict on each, in this order, all in one batch; `remembered` came in batches of their own before."""
    window = Window()
    found = Repeats(window)
    archive = Stored(*remembered, *stored)
    for one in remembered:
        found.remember(window.add([one], [sketch(one.title, one.text)], vectors([one])))
    rows = window.add(articles, [sketch(a.title, a.text) for a in articles], vectors(articles))
    found.expect(rows, {a.article_id: a.text for a in articles}, archive)
    return [found.verdict(int(row)) for row in rows]


def test_the_same_text_elsewhere_is_an_exact_duplicate_whatever_its_quotes_and_dashes() -> None:
    styled = FLOOD.replace(" - ", " — ").replace("'", "’").upper()
    assert [d and d.kind for d in repeats(article("a", FLOOD), article("b", styled))] == [None, "exact"]


def test_the_same_address_is_an_exact_duplicate_even_when_the_text_has_grown() -> None:
    url = "https://example.org/flood"
    _, second = repeats(article("a", FLOOD, url=url), article("b", f"{FLOOD} {FLOOD_AGAIN}", url=url))
    assert second is not None
    assert second.kind == "exact"
    assert url in second.evidence


def test_an_address_given_to_another_report_makes_no_duplicate() -> None:
    url = "https://example.org/latest"
    assert repeats(article("a", FLOOD, url=url), article("b", BUDGET, url=url)) == [None, None]


@pytest.mark.parametrize(
    "copy",
    [
        f"BRANDAU, May 3 (Northwire) - {FLOOD}",
        f"{FLOOD} Sign up to our newsletter for more news from the river every morning.",
        FLOOD[: len(FLOOD) * 2 // 3],
        FLOOD.replace("metres", "meters"),
    ],
)
def test_a_syndicated_or_cut_copy_is_a_near_duplicate_with_its_evidence(copy: str) -> None:
    _, second = repeats(article("a", FLOOD), article("b", copy))
    assert second is not None
    assert (second.canonical_id, second.kind) == ("a", "near")
    assert second.similarity >= 0.7
    assert "words of the shorter text stand in the other" in second.evidence


def test_an_independent_report_of_the_same_happening_is_no_duplicate() -> None:
    assert repeats(article("a", FLOOD), article("b", FLOOD_AGAIN)) == [None, None]


def test_a_template_with_other_numbers_is_no_duplicate() -> None:
    monday = OIL.format(day=3, price="71.20", change=14, other="64.90")
    tuesday = OIL.format(day=4, price="72.05", change=85, other="65.31")
    assert repeats(article("a", monday), article("b", tuesday)) == [None, None]


def test_a_duplicate_is_compared_with_kept_articles_only() -> None:
    half = " ".join(FLOOD.split()[:30])
    found = repeats(article("a", FLOOD), article("b", f"{FLOOD} {CHESS[:60]}"), article("c", half))
    assert [d and d.canonical_id for d in found] == [None, "a", "a"]


def test_a_formula_of_a_few_words_makes_no_duplicate() -> None:
    assert repeats(article("a", "This page is no longer available to readers."), article("b", FLOOD)) == [None, None]


def test_one_text_for_two_unlike_headlines_of_one_site_is_furniture_and_no_duplicate() -> None:
    wall = "We value your privacy. " + " ".join(
        f"Partner {i} may store and read cookies on this device." for i in range(9)
    )
    first = article("a", wall, title="Dam bursts above Leisnig", url="https://example.org/1")
    second = article("b", wall, title="Chess prodigy wins again", url="https://example.org/2")
    assert repeats(first, second) == [None, None]


def test_a_round_up_that_holds_a_brief_is_no_copy_of_it() -> None:
    brief, *others = " ".join(FLOOD.split()[:40]), CHESS, BUDGET, FLOOD_AGAIN
    assert repeats(article("a", brief), article("b", " ".join([brief, *others]))) == [None, None]


def test_a_page_that_joins_two_kept_reports_repeats_both_and_counts_as_a_copy_of_one() -> None:
    *_, third = repeats(article("a", FLOOD), article("b", CHESS), article("c", f"{FLOOD}\n\n{CHESS}"))
    assert third is not None
    assert third.canonical_id in ("a", "b")


def test_a_page_of_which_more_than_half_is_news_is_no_copy_of_what_it_also_holds() -> None:
    assert repeats(article("a", FLOOD), article("b", f"{FLOOD} {CHESS} {BUDGET}")) == [None, None]


def test_a_copy_of_an_earlier_batch_is_found_by_its_stored_text() -> None:
    (found,) = repeats(article("b", f"{FLOOD} Our reporter adds."), remembered=[article("a", FLOOD)])
    assert found is not None
    assert (found.canonical_id, found.kind) == ("a", "near")


@pytest.mark.parametrize("url", [None, "https://example.org/flood"])
def test_an_exact_copy_is_found_however_old_the_kept_article_is(url: str | None) -> None:
    text = FLOOD if url is None else f"{FLOOD} {FLOOD_AGAIN}"
    (found,) = repeats(article("b", text, url=url), stored=[article("a", FLOOD, url=url)])
    assert found is not None
    assert (found.canonical_id, found.kind) == ("a", "exact")


@pytest.mark.parametrize("seed", range(3))
def test_no_two_reports_made_from_one_form_are_copies(seed: int) -> None:
    for group in templates(seed):
        for one, other in combinations(group, 2):
            found = repeats(article("a", one.text, title=one.title), article("b", other.text, title=other.title))
            assert found == [None, None], (one, other)


@pytest.mark.parametrize("edit", ["replace 10%", "delete 20%", "insert 20%", "reordered", "spelling", "typography"])
def test_an_edited_copy_of_a_full_report_is_a_near_duplicate(edit: str) -> None:
    one, *others = (Report(text[:40], text) for text in (f"{FLOOD} {FLOOD_AGAIN}", CHESS, BUDGET))
    copy = (WHOLE | EDITS)[edit](random.Random(1), one, others)
    _, found = repeats(article("a", one.text), article("b", copy.text))
    assert found is not None
    assert (found.canonical_id, found.similarity >= 0.7) == ("a", True)


def test_furniture_that_very_many_texts_hold_hides_no_copy() -> None:
    appeal = "Subscribers make our work possible and we thank each of them for reading us through all these years here."
    crowd = [article(f"x{i}", f"{appeal} Number {i} of the reports is about place {i}{i}.") for i in range(70)]
    first, second = article("a", f"{FLOOD} {appeal}"), article("b", f"By Ida Krall. {FLOOD} {appeal}")
    (found,) = repeats(second, remembered=[*crowd, first])
    assert found is not None
    assert found.canonical_id == "a"


def test_headlines_over_the_same_few_words_are_no_copies_unless_they_are_the_same_too() -> None:
    first, second = article("a", "Comments", title="Dam bursts"), article("b", "Comments", title="Chess prodigy wins")
    assert repeats(first, second) == [None, None]
    _, again = repeats(first, article("c", "Comments", title="Dam bursts!"))
    assert again is not None
