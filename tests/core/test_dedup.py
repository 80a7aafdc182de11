"""What repeats what, and what only looks so."""

import pytest

from storywire.dedup import Repeats
from storywire.nouns import Article, Duplicate
from storywire.sketch import sketch
from storywire.window import Window
from tests.core.makers import article, vectors
from tests.core.test_analyse import BUDGET, CHESS, FLOOD, FLOOD_AGAIN

OIL = (
    "Oil prices on {day} May: a barrel of Northern Blend cost {price} dollars at the opening of trade in Porthaven, "
    "{change} cents more than on the day before. Analysts expect little movement until the meeting of the producers. "
    "A barrel of Southern Light stood at {other} dollars. Trade was thin, as on most days before a holiday."
)


def repeats(*articles: Article) -> list[Duplicate | None]:
    """The verdict on each, in this order, with nothing remembered."""
    window = Window()
    found = Repeats(window)
    rows = window.add(articles, [sketch(a.title, a.text) for a in articles], vectors(articles))
    found.expect(rows)
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
        FLOOD.replace("metres", "meters").replace("Monday", "Tuesday"),
    ],
)
def test_a_syndicated_or_cut_copy_is_a_near_duplicate_with_its_evidence(copy: str) -> None:
    _, second = repeats(article("a", FLOOD), article("b", copy))
    assert second is not None
    assert (second.canonical_id, second.kind) == ("a", "near")
    assert second.similarity >= 0.7
    assert "five-word runs" in second.evidence


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
