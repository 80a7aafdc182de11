"""What a person decides is done, and the machine does not undo it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from storywire import decisions, identity
from storywire.analyse import Analyst
from storywire.decisions import Decision, Part, Seed, Standing
from storywire.errors import InputError
from storywire.history import Told, history, place
from storywire.log import Groups
from storywire.nouns import Definition, Event, Link, LinkKind, LogEntry, LogKind, Storyline
from storywire.parameters import Parameters
from storywire.past import Past
from tests.core.makers import NOW, after, article, vectors

CANNOT, MUST = LinkKind.CANNOT, LinkKind.MUST
OLD, NEW = Storyline("old", "Old", created_at=NOW), Storyline("new", "New", created_at=NOW + timedelta(days=1))
PINNED = Storyline("pinned", "Pinned", True, NOW + timedelta(days=2))
EVENTS = [Event(f"e{i}", "old", f"a{i}") for i in range(3)]
LOG = [
    LogEntry(LogKind.CREATED, "old"),
    LogEntry(LogKind.CREATED, "new"),
    *(LogEntry(LogKind.JOINED, "old", f"e{i}", f"a{i}") for i in range(3)),
    LogEntry(LogKind.JOINED, "old", "e0", "b0"),
]


def memberships(decision: Decision) -> dict[str, tuple[str, str]]:
    """Where the articles are once a decision is done."""
    return dict(Groups([*LOG, *decision.entries]).memberships())


@pytest.mark.parametrize(
    ("one", "other", "stays"),
    [(OLD, NEW, "old"), (NEW, OLD, "old"), (OLD, PINNED, "pinned"), (PINNED, replace(NEW, pinned=True), "new")],
    ids=["the older", "in any order", "a pinned one before it", "the older of two pinned ones"],
)
def test_of_two_merged_storylines_a_pinned_one_stays_else_the_older(
    one: Storyline, other: Storyline, stays: str
) -> None:
    gone = ({one.storyline_id, other.storyline_id} - {stays}).pop()
    decision = decisions.merge(one, other, [], Standing())
    assert decision == Decision((LogEntry(LogKind.MERGED_INTO, gone, other_id=stays),))


def test_a_merge_takes_back_what_kept_the_two_apart_and_nothing_else() -> None:
    between = [Link(CANNOT, "new", "old"), Link(CANNOT, "e1", "new"), Link(CANNOT, "f1", "old")]
    others = [
        Link(CANNOT, "e1", "e2"),  # two events stay two
        Link(MUST, "e1", "old"),
        Link(CANNOT, "new", "third"),
        Link(CANNOT, "g1", "old"),
    ]
    decision = decisions.merge(OLD, NEW, ["e1", "e2", "f1"], Standing((*between, *others)))
    assert set(decision.unlink) == set(between)


def test_nothing_is_merged_with_itself_nor_into_a_closed_storyline() -> None:
    with pytest.raises(InputError, match=r"one storyline already: old \(Old\)"):
        decisions.merge(OLD, OLD, [], Standing())
    with pytest.raises(InputError, match=r"old \(Old\) is closed.*`storywire storylines reopen old` first"):
        decisions.merge(replace(OLD, closed=True), NEW, [], Standing())
    assert decisions.merge(OLD, replace(NEW, closed=True), [], Standing()).entries


def test_split_events_are_a_new_storyline_that_a_person_named() -> None:
    named = Storyline("part", "A part")
    decision = decisions.split(OLD, [Part(EVENTS[i]) for i in (0, 2, 0)], ["e0", "e1", "e2"], named, Standing())
    places_now = {article_id: storyline for article_id, (_, storyline) in memberships(decision).items()}
    assert places_now == {"a0": "part", "b0": "part", "a1": "old", "a2": "part"}
    assert decision.entries[:2] == (
        LogEntry(LogKind.SPLIT_FROM, "part", other_id="old", label="A part"),
        LogEntry(LogKind.RENAMED, "part", label="A part"),
    )
    held = [(Link(MUST, e, "part"), Link(CANNOT, e, "old")) for e in ("e0", "e2")]
    assert decision.links == (Link(CANNOT, "old", "part"), *held[0], *held[1])


def test_an_article_among_others_may_be_split_off_alone() -> None:
    decision = decisions.split(OLD, [Part(EVENTS[0], "b0")], ["e0"], Storyline("part", "A part"), Standing())
    alone = identity.split_event_id("e0", "b0")
    assert memberships(decision)["b0"] == (alone, "part")
    assert memberships(decision)["a0"] == ("e0", "old")
    assert {Link(CANNOT, alone, "e0"), Link(MUST, alone, "part"), Link(CANNOT, alone, "old")} < {*decision.links}


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([Event("f", "third", "a")], r"the event f is not in old \(Old\), but in third"),
        (EVENTS, r"that is all of old .*storylines rename old NAME"),
        (EVENTS[:1], "the event e0 has a seed of old, the article b0, that stays"),
    ],
)
def test_what_cannot_be_split_off_is_one_clear_error(events: Sequence[Event], message: str) -> None:
    standing = Standing(seeds=(Seed("b0", "e0", "old"),) if len(events) == 1 else ())
    with pytest.raises(InputError, match=message):
        decisions.split(
            OLD, [Part(event) for event in events], ["e0", "e1", "e2"], Storyline("part", "A part"), standing
        )


def test_an_event_moves_whole_and_is_held_there() -> None:
    decision = decisions.move(Part(EVENTS[0]), NEW, Standing())
    assert memberships(decision) == {
        "a0": ("e0", "new"),
        "b0": ("e0", "new"),
        "a1": ("e1", "old"),
        "a2": ("e2", "old"),
    }
    assert decision.links == (Link(MUST, "e0", "new"), Link(CANNOT, "e0", "old"), Link(CANNOT, "new", "old"))


def test_an_article_among_others_moves_as_an_event_of_its_own_that_is_never_merged_back() -> None:
    decision = decisions.move(Part(EVENTS[0], "b0"), NEW, Standing())
    alone = identity.split_event_id("e0", "b0")
    assert memberships(decision)["b0"] == (alone, "new")
    assert memberships(decision)["a0"] == ("e0", "old")
    assert {Link(CANNOT, alone, "e0"), Link(MUST, alone, "new"), Link(CANNOT, alone, "old")} < {*decision.links}


def test_moving_back_takes_back_the_contrary_links_and_no_others() -> None:
    there = decisions.move(Part(EVENTS[0]), NEW, Standing())
    others = (Link(CANNOT, "e0", "e1"), Link(MUST, "e1", "new"), Link(CANNOT, "e0", "third"))
    back = decisions.move(Part(replace(EVENTS[0], storyline_id="new")), OLD, Standing((*there.links, *others)))
    assert set(back.unlink) == {Link(MUST, "e0", "new"), Link(CANNOT, "e0", "old")}
    left = {*there.links, *others, *back.links} - set(back.unlink)
    assert left == {
        *others,
        Link(MUST, "e0", "old"),
        Link(CANNOT, "e0", "new"),
        Link(CANNOT, "new", "old"),
    }


def test_what_is_moved_to_where_it_is_is_held_there() -> None:
    for article_id in (None, "b0"):
        found = decisions.move(Part(EVENTS[0], article_id), OLD, Standing((Link(MUST, "e0", "old"),)))
        assert found == Decision((), (Link(MUST, "e0", "old"),))


def test_nothing_is_moved_into_a_closed_storyline() -> None:
    with pytest.raises(InputError, match=r"new \(New\) is closed"):
        decisions.move(Part(EVENTS[0]), replace(NEW, closed=True), Standing())


def test_a_seed_stays_in_the_storyline_that_it_defines_and_others_of_its_event_may_go() -> None:
    standing = Standing(seeds=(Seed("a0", "e0", "old"), Seed("b0", "e0", "third")))
    with pytest.raises(InputError, match="the article a0 is a seed of old and defines it, so it stays: move other"):
        decisions.move(Part(EVENTS[0], "a0"), NEW, standing)
    with pytest.raises(InputError, match=r"the event e0 has a seed of old, the article a0, .* its others by their ids"):
        decisions.move(Part(EVENTS[0]), NEW, standing)
    assert decisions.move(Part(EVENTS[0], "b0"), NEW, standing).entries


def test_seeds_are_those_of_the_memory() -> None:
    past = after([Definition("old", "Old", ("a0", "gone"))], [article("a0", "A flood in Brandau.")])
    assert Standing.of(past) == Standing((), (Seed("a0", past.kept[0].event_id, "old"),))


def test_a_name_is_one_line_with_letters() -> None:
    assert decisions.name_of("  Port \x1b[31m\nstrike ") == "Port strike"
    with pytest.raises(InputError, match="is no name for a storyline"):
        decisions.name_of(" - ")


def test_the_id_of_a_split_storyline_is_its_names_slug_or_another_that_is_free() -> None:
    taken: set[str] = set()
    found = []
    for _ in range(3):
        found.append(decisions.new_storyline_id("Port strike", taken.__contains__))
        taken.add(found[-1])
    assert found[0] == "port-strike"
    assert len(taken) == 3


FLOOD = (
    "Heavy rain burst the banks of the Elster in Brandau on Monday. Mayor Ines Kolbe ordered the evacuation of four "
    "thousand people from the lower town. Soldiers stacked sandbags through the night while the river rose to six "
    "metres, the highest level since 1954. Two bridges are closed and trains between Brandau and Leisnig are halted."
)
AGAIN = (
    "Brandau residents spent a second night in gyms after the Elster flooded the lower town. Mayor Ines Kolbe said the "
    "evacuation of four thousand people went without injuries. The river fell slightly on Tuesday, but both bridges "
    "stay closed and soldiers go on stacking sandbags in Brandau."
)
LATER = (
    "Soldiers in Brandau stack sandbags for a third night while the Elster falls slowly from six metres. Mayor Ines "
    "Kolbe said that the four thousand people who left the lower town in the evacuation may return on Thursday, and "
    "that both bridges and the trains between Brandau and Leisnig stay closed."
)
CHESS = (
    "Grandmaster Oyelaran Bisi won the Lagos Open chess tournament with a round to spare. The nineteen year old beat "
    "the top seed in forty moves and will play the candidates in spring."
)


def decided(past: Past, decision: Decision, links: Sequence[Link]) -> Past:
    """The memory after a decision, with these links."""
    events, lines = {}, {}
    for entry in decision.entries:
        if entry.article_id:
            events[entry.article_id] = entry.event_id or ""
        elif entry.kind is LogKind.JOINED:
            lines[entry.event_id or ""] = entry.storyline_id
    kept = [replace(k, event_id=events.get(k.article_id, k.event_id)) for k in past.kept]
    moved = tuple(replace(k, storyline_id=lines.get(k.event_id, k.storyline_id)) for k in kept)
    return replace(past, kept=moved, links=tuple(links), cores=())


@pytest.mark.parametrize("bound", [True, False], ids=["bound", "not bound, for comparison"])
def test_a_moved_article_is_not_merged_back_when_a_report_comes_that_is_like_both(bound: bool) -> None:
    past = after((), [article("a0", FLOOD), article("a1", AGAIN, hours=20), article("a2", CHESS)])
    flood, chess = past.kept[0], past.kept[1]
    assert (flood.article_id, chess.article_id, past.kept[2].event_id) == ("a0", "a2", flood.event_id)
    to = next(s for s in past.storylines if s.storyline_id == chess.storyline_id)
    decision = decisions.move(Part(Event(flood.event_id, flood.storyline_id, "a0"), "a1"), to, Standing())
    standing = decided(past, decision, decision.links if bound else ())
    later = [article("a3", LATER, hours=30)]
    found = Analyst(standing, Parameters()).analyse(later, vectors(later))
    merged = {entry.event_id or entry.storyline_id for entry in found.log if entry.kind is LogKind.MERGED_INTO}
    assert bool(merged) is not bound


def told(*entries: LogEntry, by_person: bool = False) -> list[Told]:
    return [Told(n, NOW, by_person, entry) for n, entry in enumerate([*LOG, *entries], 1)]


def test_the_history_of_an_article_follows_it_from_event_to_event_and_storyline_to_storyline() -> None:
    became = [
        LogEntry(LogKind.SPLIT_FROM, "old", "e9", other_id="e0"),
        LogEntry(LogKind.JOINED, "old", "e9", "b0"),
        LogEntry(LogKind.JOINED, "old", "e9", "c0"),
        LogEntry(LogKind.JOINED, "new", "e9"),
        LogEntry(LogKind.MERGED_INTO, "new", other_id="pinned"),
        LogEntry(LogKind.MERGED_INTO, "pinned", "e9", other_id="e7"),
        LogEntry(LogKind.MERGED_INTO, "pinned", "e8", other_id="e7"),
    ]
    found = history("b0", told(*became))
    assert [t.entry for t in found] == [LOG[-1], *(e for e in became if e.article_id != "c0")]
    assert place(found) == ("e7", "pinned")
    assert [place(found, told.seq) for told in found[:5]] == [
        (None, None),
        ("e0", "old"),
        ("e0", "old"),
        ("e9", "old"),
        ("e9", "new"),
    ]
    assert [t.entry for t in history("a0", told(*became))] == [LOG[2], became[0]]
    assert history("nowhere", told(*became)) == ()


def test_of_a_storyline_history_tells_what_people_did_and_where_it_went() -> None:
    did = [
        LogEntry(LogKind.RENAMED, "old", label="Older"),
        LogEntry(LogKind.MERGED_INTO, "new", other_id="old"),
        LogEntry(LogKind.SPLIT_FROM, "part", other_id="old", label="Part"),
        LogEntry(LogKind.CLOSED, "old"),
    ]
    assert [t.entry for t in history("a1", told(*did, by_person=True))][1:] == did
    assert [t.entry for t in history("a1", told(*did))][1:] == []
