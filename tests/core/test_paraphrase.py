"""Which sentences of two texts say the same, and which facts they hold."""

import numpy as np
import pytest

from storywire.facts import numbers, rare_names
from storywire.paraphrase import aligned, common_facts, told
from storywire.past import Matrix


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("1,200 people", "en", {"1200"}),
        ("1.200 Menschen", "de", {"1200"}),
        ("forty-seven lambs", "en", {"47"}),
        ("cuatrocientos vuelos", "es", {"400"}),
        ("3.18 billion", "en", {"3180000000"}),
        ("£5.2m", "en", {"5200000"}),
        ("2,5 Grad", "de", {"2.5"}),
        ("thirty-one thousand children", "en", {"31000"}),
        ("on Tuesday", "en", {"day 1"}),
        ("mardi", "fr", {"day 1"}),
        ("due to rain", "en", set()),
    ],
)
def test_a_number_or_a_day_is_one_fact_however_it_is_written(text: str, language: str, found: set[str]) -> None:
    assert set(numbers(text, language)) == found


def test_a_name_is_a_rare_word_and_written_alike_in_all_scripts() -> None:
    assert rare_names(("President Kowalczyk", "Judge"), "en") == {"kowal"}
    assert rare_names(("Вельхария",), "ru") == rare_names(("Velkharia",), "en")


def vectors(*directions: int) -> Matrix:
    return np.eye(12, dtype=np.float32)[list(directions)]


TEXT = " ".join(f"This is sentence number {word} of the whole report." for word in "five six seven eight".split())


def test_sentences_align_in_order_and_what_is_turned_round_does_not() -> None:
    one = told(TEXT, "en")
    assert len(one.sentences) == 4
    same = aligned(one, one, vectors(0, 1, 2, 3), vectors(0, 1, 2, 3), 0.4)
    turned = aligned(one, one, vectors(0, 1, 2, 3), vectors(3, 2, 1, 0), 0.4)
    assert (same.mine, same.others, same.groups, same.contradictions) == (1.0, 1.0, 4, 0)
    assert turned.groups == 1


def test_a_sentence_that_was_cut_in_two_aligns_with_both() -> None:
    half = np.sqrt(np.float32(0.5))
    cut = np.stack([vectors(0)[0], *(half * (vectors(1)[0] + side * vectors(9)[0]) for side in (1, -1))])
    found = aligned(told(TEXT, "en"), told(TEXT, "en"), vectors(0, 1), cut, 0.8)
    assert found.groups == 2


def test_another_number_at_the_same_place_contradicts_unless_it_stands_elsewhere() -> None:
    one = told("The boat sank with 12 people on board. Nobody else was hurt there at all.", "en")
    other = told("The boat sank with 19 people on board. Nobody else was hurt there at all.", "en")
    moved = told("The boat sank with 19 people on board. Of these 12 were saved by a ferry.", "en")
    found = [aligned(one, each, vectors(0, 1), vectors(0, 1), 0.4).contradictions for each in (one, other, moved)]
    assert found == [0, 1, 0]
    assert common_facts(one, other) == (0, 2)
