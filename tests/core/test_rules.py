"""What people said, and what a name binds, decides which groups may become one."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storywire.nouns import Definition, Link, LinkKind, Storyline
from storywire.rules import Rules
from tests.core.makers import NOW

CANNOT, MUST = LinkKind.CANNOT, LinkKind.MUST
IDS = ["e1", "e2", "e3", "s1", "s2", "s3"]
LINES = st.lists(
    st.tuples(st.sampled_from(IDS[3:]), st.integers(0, 9), st.booleans(), st.booleans()), unique_by=lambda t: t[0]
)
LINKS = st.lists(
    st.builds(Link, st.sampled_from([CANNOT, MUST]), st.sampled_from(IDS), st.sampled_from(IDS)).filter(
        lambda link: link.one_id != link.other_id
    )
)


def line(name: str, age: int = 0, *, pinned: bool = False, closed: bool = False) -> Storyline:
    return Storyline(name, name, pinned, NOW - timedelta(days=age), closed)


def rules(*lines: Storyline, links: list[Link] | None = None, named: str | None = None) -> Rules:
    found = Rules()
    found.learn(lines, [Definition(named, named, ())] if named else [], links or [])
    return found


def test_automatic_storylines_may_join_and_the_older_survives() -> None:
    found = rules(line("a", 1), line("b", 5))
    assert found.may_join("a", "b")
    assert found.survivor("a", "b") == "b"


def test_a_pinned_storyline_survives_one_that_is_older_and_one_of_unknown_age_survives_none() -> None:
    assert rules(line("a", 1, pinned=True), line("b", 5)).survivor("b", "a") == "a"
    assert rules(Storyline("a", ""), line("b")).survivor("a", "b") == "b"
    assert rules().survivor("b", "a") == "a"


@pytest.mark.parametrize(
    "found",
    [
        rules(line("a", pinned=True), line("b", pinned=True)),
        rules(line("a", closed=True), line("b")),
        rules(line("a"), line("b"), named="a"),
        rules(line("a"), line("b"), links=[Link(CANNOT, "b", "a")]),
    ],
    ids=["both pinned", "one closed", "one defined by a person", "apart"],
)
def test_storylines_that_may_not_join(found: Rules) -> None:
    assert not found.may_join("a", "b")
    assert not found.may_join("b", "a")
    assert not found.may_merge(("e1", "a"), ("e2", "b"))


def test_a_storyline_does_not_join_itself_but_its_events_may_merge() -> None:
    found = rules(line("a"), named="a")
    assert not found.may_join("a", "a")
    assert found.may_merge(("e1", "a"), ("e2", "a"))


def test_events_of_a_closed_storyline_do_not_merge_even_with_each_other() -> None:
    assert not rules(line("a", closed=True)).may_merge(("e1", "a"), ("e2", "a"))


@given(LINES, LINKS, st.permutations(IDS))
@settings(deadline=None)
def test_rules_do_not_depend_on_which_of_two_is_told_first(
    lines: list[tuple[str, int, bool, bool]], links: list[Link], ids: list[str]
) -> None:
    found = rules(*[line(name, age, pinned=pinned, closed=closed) for name, age, pinned, closed in lines], links=links)
    one, other = (ids[0], ids[1]), (ids[2], ids[3])
    assert found.may_merge(one, other) == found.may_merge(other, one)
    assert found.may_join(ids[0], ids[1]) == found.may_join(ids[1], ids[0])
    assert found.survivor(ids[0], ids[1]) == found.survivor(ids[1], ids[0]) in ids[:2]
    assert found.apart(ids[0], ids[1]) == found.apart(ids[1], ids[0])


@given(LINKS, st.permutations(IDS[:3]))
@settings(deadline=None)
def test_what_binds_a_group_binds_what_it_became_part_of(links: list[Link], ids: list[str]) -> None:
    found, (gone, into, _) = rules(links=links), ids
    apart = {other for other in IDS if other not in (gone, into) and found.apart(gone, other)}
    held = found.held(gone) or found.held(into)
    found.merged(gone, into)
    assert all(found.apart(into, other) for other in apart)
    assert found.held(into) is held
    assert not found.apart(into, into)


@given(LINKS, st.permutations(IDS[:3]))
@settings(deadline=None)
def test_rules_that_went_through_a_merge_are_those_told_anew_of_links_that_name_what_stands(
    links: list[Link], ids: list[str]
) -> None:
    links = [link for link in links if link.kind is CANNOT or link.other_id in IDS[3:]]  # an event stays in a storyline
    found, (gone, into, _) = rules(links=links), ids
    found.merged(gone, into)
    now = [Link(link.kind, *(into if i == gone else i for i in (link.one_id, link.other_id))) for link in links]
    anew = rules(links=[link for link in now if link.one_id != link.other_id])
    assert [found.held(i) for i in IDS] == [anew.held(i) for i in IDS]
    assert [found.apart(i, j) for i in IDS for j in IDS] == [anew.apart(i, j) for i in IDS for j in IDS]


@given(LINKS)
@settings(deadline=None)
def test_a_part_inherits_all_that_binds_the_whole(links: list[Link]) -> None:
    found = rules(links=links)
    inherited = found.inherited("e1", "part")
    found.learn([], links=inherited)
    assert {other for other in IDS if found.apart("part", other)} == {o for o in IDS if found.apart("e1", o)}
    assert found.held("part") is found.held("e1")
    assert {link.one_id for link in inherited} <= {"part"}


def test_what_is_learnt_later_of_a_storyline_counts() -> None:
    found = rules(line("a"))
    found.learn([line("a", closed=True)])
    assert found.closed("a")
    assert found.storyline("a") == line("a", closed=True)
    assert found.storyline("b") is None
    assert not found.closed("b")
