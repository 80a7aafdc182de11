"""What repeats what, and what only looks so."""

import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from storywire.archive import Archive, Empty
from storywire.copying import MAX_WORDS
from storywire.dedup import Repeats
from storywire.nouns import Article, Duplicate, DuplicateKind, Published
from storywire.past import Kept
from storywire.retelling import Retellings
from storywire.shingles import MAX_HOLDERS, Shingles
from storywire.sketch import sketch
from storywire.window import Rows, Window
from tests.copies import EDITS, WHOLE, Report
from tests.core.makers import NOW, article, vectors
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


FORMS = [json.loads(line) for line in Path("tests/data/not-copies.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("form", FORMS, ids=[form["what"] for form in FORMS])
def test_forms_filled_in_anew_and_next_states_are_no_copies(form: dict[str, Any]) -> None:
    one, other = (
        replace(article(side, form[side]["text"], title=form[side]["title"]), language=form["language"], publisher=side)
        for side in "ab"
    )
    other = replace(other, first_seen_at=NOW + timedelta(hours=form["hours"]), published=Published())
    other = replace(other, publisher="a") if form["same_publisher"] else other
    assert repeats(one, other) == [None, None]


def words_of(count: int, seed: int) -> str:
    chance = random.Random(seed)
    vocabulary = ["".join(chance.choices("abcdefghijklmnop", k=7)) for _ in range(count)]
    return " ".join(vocabulary)


def test_many_copies_in_one_batch_do_not_hide_the_kept_one_from_each_other() -> None:
    agency = words_of(300, 1)
    copies = [article(f"c{i:03}", f"{agency} {words_of(10, i + 2)}") for i in range(100)]
    first, *others = repeats(article("a", f"{agency} {words_of(60, 999)}"), *copies)
    assert first is None
    assert all(found and found.canonical_id == "a" for found in others)


def test_a_run_that_more_texts_hold_than_may_is_left_out_however_they_came() -> None:
    formula, count = words_of(120, 1), MAX_HOLDERS + 6
    sketches = [sketch("", formula)] * count
    at_once, one_by_one = Shingles(), Shingles()
    at_once.add(range(count), [s.shingles for s in sketches])
    for row, one in enumerate(sketches):
        one_by_one.add([row], [one.shingles])
    for index in (at_once, one_by_one):
        assert len(index.holders(sketches[0].shingles)[0]) == 0


def test_what_comes_after_the_part_that_is_read_word_by_word_counts_too() -> None:
    start, rest = words_of(MAX_WORDS, 1), words_of(3 * MAX_WORDS, 2)
    assert repeats(article("a", start), article("b", f"{start} {rest}")) == [None, None]
    _, whole = repeats(article("a", f"{start} {rest}"), article("b", f"{start} {rest} And more."))
    assert whole is not None


def test_pieces_that_are_shared_within_days_make_a_copy_and_later_ones_do_not() -> None:
    shared, own = f"they said in Velkharia that {words_of(150, 1)}", words_of(120, 2)
    kept, copy = f"{shared} {words_of(100, 3)}", f"{shared} {own}"
    assert repeats(article("a", kept), article("b", copy, hours=24))[1] is not None
    assert repeats(article("a", kept), article("b", copy, hours=24 * 9))[1] is None


def test_evidence_counts_the_words_that_are_the_same_and_no_others() -> None:
    said = words_of(100, 1).split()
    changed = [*said[:20], "oneword", *said[21:60], "another", *said[61:]]
    _, found = repeats(article("a", " ".join(said)), article("b", " ".join(changed)))
    assert found is not None
    assert found.evidence == "98 of 100 words of the shorter text stand in the other, in one passage"
    assert found.similarity == 0.98


def test_one_address_for_two_short_reports_makes_no_copy() -> None:
    url = "https://example.org/news"
    one = article("a", "A quake shook Tamra early on Sunday.", title="Quake shakes Tamra", url=url)
    other = article("b", "The ferry to Isk is cancelled today.", title="Ferry cancelled", url=url)
    assert repeats(one, other) == [None, None]


class Retells(Retellings):
    """Takes everything for a retelling of the first article."""

    def __init__(self) -> None:
        pass

    def expect(self, rows: Rows, said: Mapping[str, str], archive: Archive) -> None:
        pass

    def candidates(self, row: int) -> Sequence[int]:
        return [0] if row else []

    def verdict(self, row: int, others: Collection[int]) -> Duplicate | None:
        return Duplicate(str(row), "0", DuplicateKind.SEMANTIC, 1.0, "") if others else None


@pytest.mark.parametrize(
    ("other", "retold"), [(CHESS, True), (OIL.format(day=4, price="9.05", change=85, other="6.3"), False)]
)
def test_what_shares_much_wording_is_no_retelling_also_where_its_facts_contradict(other: str, retold: bool) -> None:
    window, one = Window(), article("a", OIL.format(day=3, price="71.20", change=14, other="64.90"))
    found = Repeats(window, Retells())
    articles = [one, article("b", other)]
    rows = window.add(articles, [sketch(a.title, a.text) for a in articles], vectors(articles))
    found.expect(rows, {a.article_id: a.text for a in articles}, Empty())
    assert [verdict is not None for verdict in map(found.verdict, rows.tolist())] == [False, retold]
