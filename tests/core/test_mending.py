"""What single-pass grouping got wrong is mended: events and storylines that are one are merged, and two are split."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from storywire import identity
from storywire.analyse import Analyst
from storywire.log import Groups
from storywire.nouns import Article, Definition, Link, LinkKind, LogKind, Storyline
from storywire.parameters import EventParameters, Parameters, StorylineParameters
from storywire.past import Analysis, Core, Past
from tests.core.makers import NOW, vectors
from tests.core.streams import analysed, kinds, now, remembered, report, told_of

CANNOT, MUST = LinkKind.CANNOT, LinkKind.MUST
NEW = report("new", "x", hours=3)
NO_TERMS = np.empty(0, np.uint32)
MERGING = Parameters(events=EventParameters(short=0.25, full=0.25, merge_short=0.2, merge_full=0.2, small=50))


def line(name: str, age: float = 0.0, *, pinned: bool = False, closed: bool = False) -> Storyline:
    return Storyline(name, f"About {name}", pinned, NOW - timedelta(days=age), closed)


def pair(
    one: Storyline, other: Storyline, *, links: Sequence[Link] = (), definitions: Sequence[Definition] = ()
) -> Past:
    """Two events of one subject, in a storyline each, and one of something else. That in `one` is the older."""
    return remembered(
        (report("a", "x", hours=0), "e1", one.storyline_id),
        (report("b", "x", hours=1), "e2", other.storyline_id),
        (report("c", "z", hours=1), "e3", "bystander"),
        storylines=(one, other),
        links=tuple(links),
        definitions=tuple(definitions),
    )


def merged(found: Analysis) -> list[tuple[str, str]]:
    """What became part of what, events and storylines."""
    entries = kinds(found, LogKind.MERGED_INTO)
    return [(entry.event_id or entry.storyline_id, entry.other_id or "") for entry in entries]


@pytest.mark.parametrize(
    ("one", "other", "event", "storyline"),
    [
        (line("s1", 2), line("s2", 1), "e1", "s1"),
        (line("s1", 1), line("s2", 2), "e2", "s2"),
        (line("s1", 9), line("s2", 1, pinned=True), "e2", "s2"),
    ],
    ids=["the older", "the younger event of the older storyline", "a pinned one before an older"],
)
def test_of_two_events_that_of_the_storyline_that_survives_stays(
    one: Storyline, other: Storyline, event: str, storyline: str
) -> None:
    past = pair(one, other)
    where = now(past, analysed(past, NEW))
    assert where["a"] == where["b"] == where["new"] == (event, storyline)


def test_of_two_events_of_one_storyline_the_older_stays() -> None:
    past = pair(line("s"), line("s"))
    found = analysed(past, NEW)
    assert merged(found) == [("e2", "e1")]
    assert now(past, found)["b"] == ("e1", "s")


def test_a_merge_changes_no_article_of_other_events() -> None:
    past = pair(line("s1", 2), line("s2", 1))
    assert now(past, analysed(past, NEW))["c"] == now(past)["c"] == ("e3", "bystander")


def test_a_found_storyline_whose_only_event_was_merged_becomes_part_of_the_other() -> None:
    past = pair(line("s1", 2), line("s2", 1))
    assert merged(analysed(past, NEW)) == [("e2", "e1"), ("s2", "s1")]


def test_a_found_storyline_that_has_other_events_stays_and_is_compared_by_these() -> None:
    more = remembered((report("b2", "y", hours=-900), "e4", "s2"))
    past = pair(line("s1", 2), line("s2", 1))
    past = replace(past, kept=past.kept + more.kept, vectors=vectors([*A_TO_C, report("b2", "y", hours=-900)]))
    past = replace(past, cores=(Core("s2", ("b", "b2"), NO_TERMS),))
    found = analysed(past, report("new", "x", hours=-30), parameters=MERGING)
    assert found.assignments[0].event_id == "e1"
    assert merged(found) == [("e2", "e1")]
    assert now(past, found)["b2"] == ("e4", "s2")
    assert {core.storyline_id: core.member_ids for core in found.cores}["s2"] == ("b2",)


A_TO_C = [report("a", "x", hours=0), report("b", "x", hours=1), report("c", "z", hours=1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (line("s1", pinned=True), line("s2", pinned=True)),
        (line("s1", closed=True), line("s2")),
        (line("s1"), line("s2", closed=True)),
        (line("s1", closed=True), line("s1", closed=True)),
    ],
    ids=["two pinned", "the older closed", "the younger closed", "both in one that is closed"],
)
def test_what_a_person_vouches_for_or_closed_is_not_merged(one: Storyline, other: Storyline) -> None:
    past = pair(one, other)
    found = analysed(past, NEW)
    assert not merged(found)
    assert {k: v for k, v in now(past, found).items() if k != "new"} == now(past)


def test_nothing_new_comes_to_a_closed_storyline() -> None:
    past = pair(line("s1", closed=True), line("s2", closed=True))
    event, storyline = now(past, analysed(past, NEW))["new"]
    assert event not in ("e1", "e2")
    assert storyline not in ("s1", "s2")


def test_events_of_a_storyline_that_a_person_defined_merge_with_no_others() -> None:
    named = replace(line("s1"), pinned=True)
    past = pair(named, line("s2"), definitions=[Definition("s1", "S 1", ("a",))])
    found = analysed(past, NEW, parameters=MERGING)
    assert not merged(found)
    assert now(past, found)["new"] == ("e1", "s1")
    own = pair(named, named, definitions=[Definition("s1", "S 1", ("a",))])
    assert merged(analysed(own, NEW)) == [("e2", "e1")]


@pytest.mark.parametrize(
    "link",
    [
        Link(CANNOT, "e1", "e2"),
        Link(CANNOT, "s2", "s1"),
        Link(CANNOT, "e2", "s1"),
        Link(CANNOT, "e1", "s2"),
        Link(MUST, "e1", "s1"),
        Link(MUST, "e2", "s2"),
    ],
)
def test_links_bind(link: Link) -> None:
    past = pair(line("s1"), line("s2"), links=[link])
    found = analysed(past, NEW)
    assert not [pair for pair in merged(found) if pair[0].startswith("e")]
    where = now(past, found)
    assert (where["a"][0], where["b"][0]) == ("e1", "e2")


@pytest.mark.parametrize(
    ("links", "bound"),
    [([Link(MUST, "e2", "s")], True), ([Link(CANNOT, "e2", "t")], True), ([], False)],
    ids=["must", "cannot", "not bound, for comparison"],
)
def test_what_binds_an_event_binds_the_one_that_it_became_part_of(links: Sequence[Link], bound: bool) -> None:
    past = remembered(
        (report("a", "x"), "e1", "s"),
        (report("b", "x", hours=1), "e2", "s"),
        (report("d", "x", hours=200), "e3", "t"),  # too late to be one with them but for what comes between
        storylines=[line("s"), line("t", 9)],
        links=tuple(links),
    )
    analyst = Analyst(past, replace(MERGING, storylines=StorylineParameters(link=2)))
    first, between = [NEW], [report("late", "x", hours=70, own=0), report("later", "x", hours=135, own=0)]
    found = analyst.analyse(first, vectors(first))
    assert merged(found) == [("e2", "e1")]
    again = analyst.analyse(between, vectors(between))
    where = now(past, found, again)
    assert where["a"] == where["b"] == where["new"]
    assert (where["a"][0] != where["d"][0]) is bound


@pytest.mark.parametrize(("reports", "merges"), [(2, True), (3, False)])
def test_of_two_events_that_merge_one_is_small(reports: int, merges: bool) -> None:
    places = [(report(f"{e}{i}", "x", hours=i / 10), e, "s") for e in ("e1", "e2") for i in range(reports)]
    assert bool(merged(analysed(remembered(*places), NEW))) is merges


def two_subjects(*, first: str = "x", links: Sequence[Link] = ()) -> Past:
    """An event of four reports on each of two subjects, `first` the first of which is."""
    order = (first, "y" if first == "x" else "x")
    places = [(report(f"{s}{i}", s, hours=i + n / 10), "e", "s") for n, s in enumerate(order) for i in range(4)]
    return remembered(*places, links=tuple(links))


@pytest.mark.parametrize("first", ["x", "y"])
def test_an_event_of_two_subjects_falls_apart_and_the_half_with_the_first_report_keeps_the_id(first: str) -> None:
    past = two_subjects(first=first)
    second = "y" if first == "x" else "x"
    found = analysed(past, NEW)
    where = now(past, found)
    part = identity.split_event_id("e", f"{second}0")
    assert {where[f"{first}{i}"] for i in range(4)} == {("e", "s")}
    assert {where[f"{second}{i}"] for i in range(4)} == {(part, "s")}
    assert where["new"] == where["x0"]


def test_a_split_is_told_with_all_that_it_took_and_why() -> None:
    past = two_subjects()
    found = analysed(past, NEW)
    (split,) = kinds(found, LogKind.SPLIT_FROM)
    after = found.log[found.log.index(split) + 1 :]
    assert (split.other_id, split.storyline_id) == ("e", "s")
    assert split.evidence["score"] < split.evidence["needed"]
    assert {e.article_id for e in after if e.event_id == split.event_id} == {f"y{i}" for i in range(4)}
    assert {e.event_id for e in found.events} == {"e", split.event_id}


def test_two_halves_that_are_alike_a_few_reports_and_a_single_outlier_are_left_together() -> None:
    one = remembered(*[(report(f"x{i}", "x", hours=i), "e", "s") for i in range(8)])
    few = remembered(*[(report(f"{s}{i}", s, hours=i), "e", "s") for s in "xy" for i in range(2)])
    outlier = remembered(
        *[(report(f"{s}{i}", s, hours=i), "e", "s") for s in "xy" for i in range(1 if s == "y" else 8)]
    )
    for past in (one, few, outlier):
        assert not kinds(analysed(past, NEW), LogKind.SPLIT_FROM)


@pytest.mark.parametrize("bound", [True, False], ids=["bound", "not bound, for comparison"])
@pytest.mark.parametrize("anew", [True, False], ids=["in another run", "in the same run"])
def test_a_split_is_never_undone(anew: bool, bound: bool) -> None:
    past = two_subjects()
    bridge = [report(f"bridge{i}", "x", "y", hours=5, own=0) for i in range(4)]
    analyst = Analyst(past, MERGING)
    found = analyst.analyse([NEW], vectors([NEW]))
    links = found.links if bound else ()
    if anew or not bound:
        analyst = Analyst(standing(past, found, [NEW], links), MERGING)
    again = analyst.analyse(bridge, vectors(bridge))
    assert (now(past, found, again)["x0"][0] == now(past, found, again)["y0"][0]) is not bound


def standing(past: Past, found: Analysis, batch: Sequence[Article], links: Sequence[Link]) -> Past:
    """The memory after an analysis of a batch, with these links."""
    where = now(past, found)
    titled = [(report(k.article_id, k.article_id[0], hours=_hours(k.time)), *where[k.article_id]) for k in past.kept]
    return remembered(*titled, *[(a, *where[a.article_id]) for a in batch], links=tuple(links))


def _hours(time: object) -> float:
    return (time - NOW) / timedelta(hours=1)  # type: ignore[operator,no-any-return]


def test_a_part_of_a_split_is_bound_as_the_whole_was() -> None:
    before = (Link(CANNOT, "e", "far"), Link(MUST, "e", "s"))
    found = analysed(two_subjects(links=before), NEW)
    part = identity.split_event_id("e", "y0")
    assert set(found.links) == {Link(CANNOT, part, "far"), Link(MUST, part, "s"), Link(CANNOT, part, "e")}


def test_a_storyline_that_was_founded_and_joined_in_one_batch_leaves_its_event_to_the_other() -> None:
    past = remembered((report("p0", "x", hours=-700), "ep", "p"))
    batch = [report("r1", "x", "y", own=0), report("r2", "x", "y", hours=1, own=0)]  # alike enough together only
    found = analysed(past, *batch)
    (gone,) = (entry.storyline_id for entry in kinds(found, LogKind.CREATED) if entry.event_id is None)
    assert merged(found) == [(gone, "p")]
    assert now(past, found)["r1"][1] == now(past, found)["r2"][1] == "p"
    assert {event.storyline_id for event in found.events} == {"p"}


def apart_in_time(one: Storyline, other: Storyline, *, reports: int = 1, links: Sequence[Link] = ()) -> Past:
    """Two found storylines of one subject, whose events are too far apart in time to be one."""
    places = [
        (report(f"{name}{i}", "x", hours=hours + i / 10), f"e{name}", name)
        for name, hours in ((one.storyline_id, -700), (other.storyline_id, 0))
        for i in range(reports)
    ]
    return remembered(*places, storylines=(one, other), links=tuple(links))


@pytest.mark.parametrize(
    ("one", "other", "stays"),
    [
        (line("p", 9), line("q", 1), "p"),
        (line("p", 1), line("q", 9), "q"),
        (line("p", 9), line("q", 1, pinned=True), "q"),
    ],
    ids=["the older", "whichever that is", "a pinned one before it"],
)
def test_young_found_storylines_that_turn_out_alike_are_joined(one: Storyline, other: Storyline, stays: str) -> None:
    past = apart_in_time(one, other)
    found = analysed(past, NEW)
    where = now(past, found)
    gone = ({"p", "q"} - {stays}).pop()
    assert merged(found) == [(gone, stays)]
    assert (where["p0"], where["q0"]) == (("ep", stays), ("eq", stays))
    assert {event.storyline_id for event in found.events} == {stays}


@pytest.mark.parametrize(
    ("one", "other", "links", "reports"),
    [
        (line("p", pinned=True), line("q", pinned=True), [], 1),
        (line("p", closed=True), line("q"), [], 1),
        (line("p"), line("q"), [Link(CANNOT, "p", "q")], 1),
        (line("p"), line("q"), [Link(CANNOT, "ep", "q")], 1),
        (line("p"), line("q"), [Link(CANNOT, "eq", "p")], 1),
        (line("p"), line("q"), [], 3),
    ],
    ids=["two pinned", "one closed", "apart", "an event apart", "its other event apart", "not young any more"],
)
def test_storylines_that_are_not_joined(one: Storyline, other: Storyline, links: Sequence[Link], reports: int) -> None:
    assert not merged(analysed(apart_in_time(one, other, reports=reports, links=links), NEW))


def test_what_keeps_a_storyline_apart_keeps_the_one_that_it_became_part_of() -> None:
    past = apart_in_time(line("p", 5), line("q", 1), links=[Link(CANNOT, "q", "r")])
    third = remembered((report("r0", "x", hours=-1500), "er", "r"), storylines=[line("r", 9)])
    articles = [report("p0", "x", hours=-700), report("q0", "x"), report("r0", "x", hours=-1500)]
    past = replace(
        past, kept=past.kept + third.kept, vectors=vectors(articles), storylines=past.storylines + third.storylines
    )
    first, second = [NEW], [report("again", "x", hours=700)]
    analyst = Analyst(past, Parameters())
    found = [analyst.analyse(batch, vectors(batch)) for batch in (first, second)]
    lines = {article: storyline for article, (_, storyline) in now(past, *found).items()}
    assert lines["p0"] == lines["q0"] != lines["r0"]


def test_a_core_from_elsewhere_is_no_reason_to_join() -> None:
    past = replace(apart_in_time(line("p"), line("q")), cores=(Core("p", ("p0",), NO_TERMS),))
    assert merged(analysed(past, report("other", "z", hours=3))) == []


def test_the_log_of_a_merge_resolves_both_old_ids() -> None:
    past = pair(line("s1", 2), line("s2", 1))
    groups = Groups([*told_of(past), *analysed(past, NEW).log])
    assert (groups.resolved("e2"), groups.resolved("s2")) == ("e1", "s1")
