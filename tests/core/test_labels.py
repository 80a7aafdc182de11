"""What events and storylines are called: laws of labels, and groups of reports with what their labels must say."""

import json
import math
import random
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wordfreq import available_languages, top_n_list

from storywire.headlines import read
from storywire.labels import MAX_WORDS, central, label
from storywire.rarity import Rarity
from storywire.sketch import Sketch, sketch
from storywire.text import words

GROUPS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent.parent / "data/labels.toml").read_text("utf-8"),
)["group"]
LANGUAGES = {group["language"] for group in GROUPS}
SIEGE = GROUPS[0]["reports"]


def rarity(*languages: str) -> Rarity:
    found = Rarity()
    found.speak(languages)
    return found


def sketches(reports: list[list[str]]) -> list[Sketch]:
    return [sketch(title, text or title) for title, text in reports]


def labelled(reports: list[list[str]], languages: set[str] = LANGUAGES, before: str | None = None) -> str:
    return label([title for title, _ in reports], sketches(reports), rarity(*languages), before)


def said(reports: list[list[str]]) -> set[str]:
    return {word for report in reports for text in report for word in words(text)}


@pytest.mark.parametrize("languages", ["own", "all"])
@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
def test_a_label_says_what_the_reports_have_in_common(group: dict[str, Any], languages: str) -> None:
    found = labelled(group["reports"], LANGUAGES if languages == "all" else {group["language"]})
    assert [phrase for phrase in group["has"] if phrase not in found] == [], found
    padded = f" {found.casefold()} "
    assert [phrase for phrase in group["lacks"] if f" {phrase} " in padded or f" {phrase} " in f" {found} "] == [], (
        found
    )


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
def test_a_label_has_two_to_five_words_which_all_stand_in_the_reports(group: dict[str, Any]) -> None:
    for count in range(1, len(group["reports"]) + 1):
        reports = group["reports"][:count]
        found = labelled(reports)
        assert len(words(found)) >= 2, found
        assert len(found.split()) <= MAX_WORDS, found
        assert set(words(found)) <= said(reports), found


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
def test_the_order_of_reports_does_not_matter(group: dict[str, Any]) -> None:
    mixed = random.Random(1).sample(group["reports"], len(group["reports"]))
    assert labelled(mixed) == labelled(group["reports"])


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["name"])
def test_one_more_report_like_the_others_does_not_change_the_label(group: dict[str, Any]) -> None:
    reports = group["reports"]
    for count in range(3, len(reports)):
        before = labelled(reports[:count])
        assert labelled(reports[: count + 1], before=before) == before
    before = labelled(reports)
    assert labelled([*reports, [before, ""]], before=before) == before


def test_a_label_that_the_reports_no_longer_bear_out_is_replaced() -> None:
    first = [["Ferry strike in Tarn enters second week", ""]]
    before = labelled(first)
    assert set(words(before)) & {"ferry", "strike", "tarn"}
    after = labelled([*first, *SIEGE], before=before)
    assert "Marovka siege" in after


def test_a_label_of_words_that_no_report_has_is_never_kept() -> None:
    assert "Marovka siege" in labelled(SIEGE, before="opening ceremony")
    assert "Marovka siege" in labelled(SIEGE, before="…")


def test_the_label_of_one_report_is_a_phrase_of_its_headline() -> None:
    title = "What we know about the sinking of the ferry Aurelia near Tarn"
    found = labelled([[title, ""]], {"en"})
    assert found in title
    assert "Aurelia" in found


def test_headlines_without_a_telling_word_are_quoted() -> None:
    assert labelled([["Who is it and what is that?", ""]], {"en"}) == "Who is it and what"
    assert labelled([["?!", ""]], {"en"}) == "?!"
    assert labelled([["", ""]], {"en"}) == "–"


@pytest.mark.parametrize("language", sorted(available_languages("small")))
def test_no_stop_word_of_any_language_begins_or_ends_a_label(language: str) -> None:
    stop = [word for word in top_n_list(language, 60, wordlist="small") if word.isalpha()]
    lot = random.Random(language)
    reports = []
    for _ in range(4):
        a, b, c, d = (" ".join(lot.choices(stop, k=3)) for _ in range(4))
        reports.append([f"{a} zorvask {b} melbrin {c} quendel {d}", ""])
    found = words(labelled(reports, {language}))
    assert found[0] not in stop
    assert found[-1] not in stop


DENIALS = {
    "en": (
        "hear",
        {"not", "won't"},
        ["Harbour Court will not hear Tolven whale case", "Harbour Court won't hear Tolven whale case"],
    ),
    "es": (
        "derrotados",
        {"no"},
        ["Brena Castil: «No nos conviene parecer derrotados»", "Castil: no nos conviene parecer derrotados"],
    ),
    "de": ("unterschreibt", {"nicht"}, ["Ilse Morvath unterschreibt nicht", "Ilse Morvath unterschreibt nicht gern"]),
    "fr": ("ira", {"pas"}, ["Le maire Corvel n'ira pas à Saint-Aubin", "Pourquoi Corvel n'ira pas à Saint-Aubin"]),
    "pt": ("viaja", {"não"}, ["Duarte Selmo não viaja a Tarnas", "Lesionado, Duarte Selmo não viaja a Tarnas"]),
    "zh": ("开放", {"不"}, ["海城大桥周末暂时不开放", "海城大桥周一和周末不开放"]),
}


@pytest.mark.parametrize("language", DENIALS)
def test_a_label_never_says_what_the_headlines_deny(language: str) -> None:
    claim, negations, titles = DENIALS[language]
    for count in (1, 2):
        found = labelled([[title, ""] for title in titles[:count]], LANGUAGES)
        assert claim not in found or any(negation in found for negation in negations), found


def test_a_denied_label_is_not_kept() -> None:
    reports = [[title, ""] for title in DENIALS["en"][2]]
    assert labelled(reports, before="Harbour Court hear Tolven whale") != "Harbour Court hear Tolven whale"


def test_one_headline_that_denies_what_most_say_does_not_part_the_words() -> None:
    said = ["Tolven ferry sails", "Why the Tolven ferry sails", "Crowds cheer as Tolven ferry sails"]
    assert labelled([[title, ""] for title in [*said, "Tolven ferry never sails"]], {"en"}) == "Tolven ferry sails"


def test_no_is_in_the_in_portuguese_and_a_negation_in_spanish() -> None:
    portuguese, spanish = (
        read("Começa hoje a festa no jardim da Vila Serena"),
        read("Brena Castil dice que no va a bailar"),
    )
    assert not any(word.negates for run in portuguese for word in run)
    assert [word.key for run in spanish for word in run if word.negates] == ["no"]


@pytest.mark.parametrize(
    ("torn", "titles"),
    [
        ("embrace", ["Morvath exhorts gymnasts to embrace being odd"]),
        ("serão", ["Brena Castil e Duarte Selmo serão os padrinhos de Tarnas"]),
        ("might", ["Nordvik captain Selmo might not", "Nordvik captain Selmo says he might"]),
        ("devrait", ["Le navire Aurelia devrait, selon la mairie, revenir"]),
    ],
)
def test_no_label_ends_with_a_verb_that_waits_for_more(torn: str, titles: list[str]) -> None:
    found = labelled([[title, ""] for title in titles])
    assert torn not in {words(found)[0], words(found)[-1]}, found


def test_a_place_behind_a_to_may_end_a_label() -> None:
    reports = [["Crowds watch the sail to Tolven", ""], ["Why they sail to Tolven", ""]]
    assert "to Tolven" in labelled(reports, {"en"})


@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_any_headlines_have_a_label_of_at_most_five_words(titles: list[str]) -> None:
    found = labelled([[title, ""] for title in titles], {"en"})
    assert found
    assert len(found.split()) <= MAX_WORDS


def test_the_central_report_is_most_like_all_others_and_of_equals_the_first() -> None:
    likeness = np.array([[1, 0.5, 0.1], [0.5, 1, 0.5], [0.1, 0.5, 1]], np.float32)
    assert central(likeness) == 1
    assert central(np.ones((3, 3), np.float32)) == 0
    assert central(np.ones((1, 1), np.float32)) == 0


CHANGES = {"og2021": 0.65, "vietnamese": 0.75, "ecbplus": 0.8}
"""At most so many changes of an event's label each time its reports double; each report comes alone."""


@pytest.mark.parametrize("name", CHANGES)
def test_labels_seldom_change_while_reports_of_real_events_arrive(name: str, shared: Path) -> None:
    groups: defaultdict[str, list[list[str]]] = defaultdict(list)
    for line in (shared / f"data/clusters/{name}-dev.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        groups[row["cluster"]].append([row["title"], row["text"]])
    weights = rarity(*LANGUAGES, "vi")
    changes = doublings = 0.0
    for group in sorted(group[:32] for group in groups.values() if len(group) > 3)[:40]:
        known, before = sketches(group), None
        for count in range(1, len(group) + 1):
            found = label([title for title, _ in group[:count]], known[:count], weights, before)
            changes += before not in (None, found)
            before = found
        doublings += math.log2(len(group))
    assert changes / doublings <= CHANGES[name]
