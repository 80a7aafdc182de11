"""How wording is reduced and weighed: passages, sketches, rarity, labels."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storywire.passages import MAX_PASSAGES, PASSAGE_CHARACTERS, passages, pool
from storywire.rarity import Rarity
from storywire.sketch import hashes, names, sketch
from tests.core.test_analyse import CHESS, FLOOD, FLOOD_AGAIN


def test_the_title_leads_the_first_passage() -> None:
    assert passages("Elster floods Brandau", FLOOD)[0].startswith("Elster floods Brandau\nHeavy rain")


@given(st.text(max_size=20_000))
def test_no_passage_is_longer_than_the_model_reads(text: str) -> None:
    found = passages("A title", text)
    assert 1 <= len(found) <= MAX_PASSAGES
    assert all(len(passage) <= PASSAGE_CHARACTERS + 1 for passage in found)


def test_short_texts_are_cut_into_passages_without_losing_a_word() -> None:
    text = "\n\n".join([FLOOD, FLOOD_AGAIN, CHESS, FLOOD])
    assert " ".join(passages("A title", text)).split() == f"A title {text}".split()


def test_an_articles_vector_is_the_unit_mean_of_its_passages() -> None:
    rows = np.array([[1, 0], [0, 1], [0, 1]], np.float32)
    np.testing.assert_allclose(pool(rows, [2, 1]), [[0.7071068, 0.7071068], [0, 1]], rtol=1e-6)


def test_a_capital_at_the_start_of_a_sentence_makes_no_name() -> None:
    found = names("Flood in Brandau", "Heavy rain fell. Soldiers came to Brandau with Ines Kolbe. Brandau is wet.")
    assert found == ("Brandau", "Ines Kolbe")


def test_a_sketch_counts_words_and_marks_numbers() -> None:
    found = sketch("Rain", "Rain, rain and 40 mm of rain on 3 May in one more day of rain")
    assert found.counts[found.terms == hashes(["rain"])].tolist() == [5.0]
    assert set(found.numbers) == set(hashes(["40", "3"]))


def test_with_no_past_common_words_weigh_little_and_names_much() -> None:
    the, river, brandau = Rarity().weights(hashes(["the", "river", "brandau"]))
    assert the < 0.1 < river < brandau


def test_what_every_past_article_says_comes_to_weigh_little() -> None:
    rarity, brandau = Rarity(), hashes(["brandau"])
    fresh = rarity.weights(brandau)[0]
    rarity.learn([sketch("", FLOOD)] * 3000)
    assert rarity.weights(brandau)[0] < 0.1 < fresh
