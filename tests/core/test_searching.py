from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.errors import InputError
from storywire.searching import LONGEST, extract, fused, question, summed
from storywire.signs import BITS, WORDS, signs


def test_a_question_has_words_phrases_and_words_that_must_not_be_there() -> None:
    asked = question('aleppo "cease fire" -football “safe way out” talks')
    assert (asked.words, asked.phrases, asked.without) == (
        "aleppo talks",
        ("cease fire", "safe way out"),
        ("-football",),
    )
    assert asked.sentence == "aleppo talks cease fire safe way out"


def test_a_minus_within_a_word_or_alone_excludes_nothing() -> None:
    assert question("cease-fire talks - now").without == ()


@pytest.mark.parametrize("said", ["", "  ", "?!", '""', "-football", "x" * (LONGEST + 1), 'a -"b c"', "a" + " -b" * 17])
def test_what_asks_for_nothing_or_too_much_is_said_to(said: str) -> None:
    with pytest.raises(InputError):
        question(said)


@given(st.text(max_size=LONGEST))
def test_any_text_is_a_question_or_a_clear_error(said: str) -> None:
    with suppress(InputError):
        assert question(said).sentence


def test_what_both_rankings_have_goes_before_what_one_has() -> None:
    assert [*fused(["a", "b", "c"], ["d", "c", "e"])][:2] == ["c", "a"]
    assert fused([], []) == {}


@given(st.lists(st.integers(0, 50), unique=True), st.lists(st.integers(0, 50), unique=True))
def test_fusing_loses_and_doubles_nothing_and_keeps_the_order_of_one_ranking(one: list[int], other: list[int]) -> None:
    a, b = [str(n) for n in one], [str(n) for n in other]
    scores = fused(a, b)
    assert {*scores} == {*a, *b}
    assert [*fused(a)] == a
    assert [*scores.values()] == sorted(scores.values(), reverse=True)


def test_a_storyline_is_as_good_as_its_best_reports_not_as_large() -> None:
    scores = summed([*[("large", 0.01)] * 50, ("good", 0.02), ("good", 0.02)])
    assert [*scores] == ["good", "large"]


def test_an_extract_is_the_sentence_that_answers() -> None:
    text = "The council met on Monday.\n\nRebels left by bus. The strikes went on, said Dr. Salem."
    assert extract(text, "bus rebels") == "Rebels left by bus."
    assert extract(text, "strike").startswith("The strikes went on")
    assert extract(text, "xyzzy") == "The council met on Monday."
    assert extract("", "x") == ""
    assert len(extract("word " * 400, "word")) <= 240


@pytest.mark.parametrize("dimensions", [3, 128, 384, 512, 768])
def test_signs_differ_in_as_many_bits_as_vectors_have_other_signs(dimensions: int) -> None:
    rows = np.random.default_rng(dimensions).standard_normal((20, dimensions)).astype(np.float32)
    found = signs(rows)
    assert all(len(each) == WORDS and all(-(2 ** (BITS - 1)) <= n < 2 ** (BITS - 1) for n in each) for each in found)
    mask = 2**BITS - 1
    for one in range(20):
        bits = sum(((a ^ b) & mask).bit_count() for a, b in zip(found[0], found[one], strict=True))
        assert bits == ((rows[0] > 0) != (rows[one] > 0))[: WORDS * BITS].sum()


def test_signs_of_no_vectors_are_none() -> None:
    assert signs(np.empty((0, 384), np.float32)) == []
