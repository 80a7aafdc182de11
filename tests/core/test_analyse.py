"""Laws of `analyse`: what must hold of verdicts whatever the thresholds are."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storywire.analyse import analyse
from storywire.nouns import Article, Definition
from storywire.parameters import Parameters
from storywire.past import Past
from tests.core.makers import after, article, nothing, vectors

FLOOD = (
    "Heavy rain burst the banks of the Elster in Brandau on Monday. Mayor Ines Kolbe ordered the evacuation of four "
    "thousand people from the lower town. Soldiers stacked sandbags through the night while the river rose to six "
    "metres, the highest level since 1954. Two bridges are closed and trains between Brandau and Leisnig are halted."
)
FLOOD_AGAIN = (
    "Brandau residents spent a second night in gyms after the Elster flooded the lower town. Mayor Ines Kolbe said the "
    "evacuation of four thousand people went without injuries. The river fell slightly on Tuesday, but both bridges "
    "stay closed and soldiers go on stacking sandbags in Brandau."
)
CHESS = (
    "Grandmaster Oyelaran Bisi won the Lagos Open chess tournament with a round to spare. The nineteen year old beat "
    "the top seed in forty moves and will play the candidates in spring. Organisers said a record nine hundred "
    "players from thirty countries had entered the open this year."
)
BUDGET = (
    "Parliament in Valderra rejected the budget by three votes after the farmers' party left the coalition. Finance "
    "minister Teo Marchetti called the result irresponsible and warned of higher interest on bonds. New elections "
    "could be held in March, the president's office said in a short statement on Thursday."
)
TEXTS = (FLOOD, FLOOD_AGAIN, CHESS, BUDGET, f"BRANDAU (Northwire) - {FLOOD}")


def verdicts(articles: list[Article], past: Past | None = None) -> dict[str, tuple[str, ...]]:
    """Every verdict of an analysis by article, without its numbers."""
    found = analyse(articles, vectors(articles), past or nothing(), Parameters())
    repeats = {d.article_id: ("repeats", d.canonical_id, str(d.kind)) for d in found.duplicates}
    return repeats | {a.article_id: ("kept", a.event_id, a.storyline_id) for a in found.assignments}


def moved(past: Past) -> dict[str, str]:
    """The storyline to which each stored article moves in an analysis of nothing new."""
    found = analyse([], vectors([]), past, Parameters())
    to = {entry.event_id: entry.storyline_id for entry in found.log}
    return {kept.article_id: to[kept.event_id] for kept in past.kept if kept.event_id in to}


@pytest.fixture
def batch() -> list[Article]:
    return [article(f"a{i}", text, hours=i) for i, text in enumerate(TEXTS)]


def test_every_article_of_a_batch_gets_exactly_one_verdict(batch: list[Article]) -> None:
    found = analyse(batch, vectors(batch), nothing(), Parameters())
    ids = [d.article_id for d in found.duplicates] + [a.article_id for a in found.assignments]
    assert sorted(ids) == sorted(a.article_id for a in batch)
    assert set(found.sketches) == set(ids)


def test_two_reports_of_one_happening_share_an_event_and_others_do_not(batch: list[Article]) -> None:
    found = verdicts(batch)
    assert found["a0"] == found["a1"]
    assert len({found["a0"], found["a2"], found["a3"]}) == 3


def test_a_syndicated_copy_repeats_the_earlier_report(batch: list[Article]) -> None:
    assert verdicts(batch)["a4"] == ("repeats", "a0", "near")


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_shuffling_a_batch_changes_no_verdict(seed: int) -> None:
    batch = [article(f"a{i}", text, hours=i % 2) for i, text in enumerate(TEXTS)]
    shuffled = random.Random(seed).sample(batch, len(batch))
    assert verdicts(shuffled) == verdicts(batch)


def test_a_report_joins_an_event_that_is_remembered() -> None:
    first, second = [article("a0", FLOOD)], [article("a1", FLOOD_AGAIN, hours=20)]
    past = after((), first)
    assert verdicts(second, past)["a1"] == ("kept", past.kept[0].event_id, past.kept[0].storyline_id)


def test_a_report_of_the_same_happening_long_after_founds_an_event_of_its_own() -> None:
    first, second = [article("a0", FLOOD)], [article("a1", FLOOD_AGAIN, hours=24 * 200)]
    past = after((), first)
    assert verdicts(second, past)["a1"][1] != past.kept[0].event_id


def test_a_seed_is_in_its_storyline_and_never_a_duplicate() -> None:
    twins = [article("a0", FLOOD), article("a1", FLOOD)]
    past = nothing([Definition("floods", "Elster floods", ("a1",))])
    found = verdicts(twins, past)
    assert found["a1"][0] == "kept"
    assert found["a1"][2] == "floods"


def test_new_coverage_joins_a_named_storyline_and_other_news_does_not() -> None:
    seeds, later = [article("a0", FLOOD)], [article("a1", FLOOD_AGAIN, hours=30), article("a2", CHESS, hours=30)]
    found = verdicts(later, after([Definition("floods", "Elster floods", ("a0",))], seeds))
    assert found["a1"][2] == "floods"
    assert found["a2"][2] != "floods"


def test_what_is_stored_joins_a_storyline_defined_later_with_its_whole_event() -> None:
    stored = [article("a0", FLOOD), article("a1", FLOOD_AGAIN, hours=20), article("a2", CHESS)]
    definitions = (Definition("floods", "Elster floods", ("a0",)),)
    past = replace(after((), stored), definitions=definitions, unsettled=frozenset({"floods"}))
    assert moved(past) == {"a0": "floods", "a1": "floods"}
    assert not analyse([], vectors([]), past, Parameters()).assignments


def test_a_named_storyline_keeps_its_name() -> None:
    seeds = [article("a0", FLOOD), article("a1", FLOOD_AGAIN, hours=1)]
    found = analyse(seeds, vectors(seeds), nothing([Definition("floods", "Elster floods", ("a0", "a1"))]), Parameters())
    assert {(s.storyline_id, s.label) for s in found.storylines} <= {("floods", "Elster floods")}


def test_a_found_storyline_is_labelled_with_words_of_its_own_reports(batch: list[Article]) -> None:
    found = analyse(batch, vectors(batch), nothing(), Parameters())
    flood = next(a.storyline_id for a in found.assignments if a.article_id == "a0")
    label = next(s.label for s in found.storylines if s.storyline_id == flood)
    assert "Brandau" in label
    assert 2 <= len(label.split()) <= 5


def test_an_assignment_says_why(batch: list[Article]) -> None:
    found = analyse(batch, vectors(batch), nothing(), Parameters())
    joined = next(a for a in found.assignments if a.article_id == "a1")
    evidence = joined.evidence
    assert evidence["decision"] == "joined an event"
    assert joined.score == evidence["event"]["score"] >= evidence["event"]["needed"]
    other = evidence["best_other_event"]
    assert joined.margin == pytest.approx(joined.score - (other["score"] if other else 0.0), abs=1e-3)
    assert evidence["nearest"][0]["article_id"] == "a0"
    assert "Brandau" in evidence["nearest"][0]["shared_names"]
    assert evidence["model"] == Parameters().model


def test_a_seed_leaves_the_named_storyline_that_only_attracted_it() -> None:
    stored = [article("a0", FLOOD), article("a1", FLOOD_AGAIN, hours=24 * 200)]
    before = after([Definition("floods", "Elster floods", ("a0",))], stored)
    assert [k.storyline_id for k in before.kept] == ["floods", "floods"]
    drawn = Definition("gyms", "Nights in gyms", ("a1",))
    past = replace(before, definitions=(*before.definitions, drawn), unsettled=frozenset({"gyms"}))
    assert moved(past) == {"a1": "gyms"}


def test_an_event_with_seeds_of_two_storylines_stays_where_it_is() -> None:
    stored = [article("a0", FLOOD), article("a1", FLOOD_AGAIN, hours=5)]
    before = after([Definition("floods", "Elster floods", ("a0",))], stored)
    drawn = Definition("gyms", "Nights in gyms", ("a1",))
    past = replace(before, definitions=(*before.definitions, drawn), unsettled=frozenset({"gyms"}))
    assert not moved(past)


def test_the_seed_of_a_new_storyline_takes_its_event_along_however_well_another_fits() -> None:
    stored = [article("a0", FLOOD), article("a1", CHESS)]
    definitions = (Definition("x", "X", ("a0",)), Definition("y", "Y", ("a1",)))
    past = replace(after((), stored), definitions=definitions, unsettled=frozenset({"x", "y"}))
    assert moved(past) == {"a0": "x", "a1": "y"}
