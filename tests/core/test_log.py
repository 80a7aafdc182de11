"""The log alone tells all memberships, whatever merged, fell apart or moved."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storywire.analyse import Analyst
from storywire.log import Groups
from storywire.memory import Memory
from storywire.nouns import LogEntry, LogKind
from storywire.past import Analysis
from tests.core.makers import vectors
from tests.core.streams import RESTLESS, played, stream

STREAMS = st.integers(0, 100_000)


def analysed(seed: int) -> tuple[Analyst, list[Analysis]]:
    batches, definitions = stream(seed)
    past = Memory(definitions).past(batches[0][0].time)
    analyst = Analyst(replace(past, unsettled=frozenset(d.storyline_id for d in definitions)), RESTLESS)
    return analyst, [analyst.analyse(batch, vectors(batch)) for batch in batches]


@given(STREAMS)
@example(62)
@example(68)  # in these, what was split merges with others later
@settings(max_examples=25, deadline=None)
def test_the_log_replayed_gives_the_last_state(seed: int) -> None:
    analyst, found = analysed(seed)
    state = analyst._state  # what the analysis itself holds: the log must say the same of it
    events = state.events
    held = {
        state.window.ids[row]: (events.ids[event], events.storylines[event])
        for row, event in enumerate(events.of)
        if event >= 0
    }
    assert dict(Groups(entry for each in found for entry in each.log).memberships()) == held
    assert sorted(held) == sorted(a.article_id for each in found for a in each.assignments)


@given(STREAMS)
@example(62)
@example(68)  # in these, what was split merges with others later
@settings(max_examples=25, deadline=None)
def test_every_group_is_told_before_it_is_used_and_only_once(seed: int) -> None:
    _, found = analysed(seed)
    made: Counter[str] = Counter({"named": 1})
    gone: set[str] = set()
    for entry in (entry for each in found for entry in each.log):
        if entry.kind in (LogKind.CREATED, LogKind.SPLIT_FROM):
            made[entry.event_id or entry.storyline_id] += 1
        named = {i for i in (entry.event_id, entry.storyline_id, entry.other_id) if i is not None}
        assert made.keys() >= named
        assert not named & gone
        if entry.kind is LogKind.MERGED_INTO:
            gone.add(entry.event_id or entry.storyline_id)
    assert set(made.values()) == {1}


@given(STREAMS)
@settings(max_examples=15, deadline=None)
def test_merged_ids_resolve_to_groups_that_are_not_merged(seed: int) -> None:
    _, found = analysed(seed)
    log = [entry for each in found for entry in each.log]
    groups = Groups(log)
    merged = {entry.event_id or entry.storyline_id for entry in log if entry.kind is LogKind.MERGED_INTO}
    assert not merged & {i for place in groups.memberships().values() for i in place}
    assert not merged & {groups.resolved(i) for i in merged}


@given(STREAMS)
@settings(max_examples=15, deadline=None)
def test_the_groups_that_an_analysis_tells_are_as_its_log_leaves_them(seed: int) -> None:
    _, found = analysed(seed)
    groups = Groups()
    for each in found:
        for entry in each.log:
            groups.apply(entry)
        places = set(groups.memberships().values())
        articles = groups.memberships()
        told = {(e.event_id, e.storyline_id) for e in each.events}
        assert {place for place in told if groups.resolved(place[0]) == place[0]} <= places
        for event in each.events:
            if event.central_id and groups.resolved(event.event_id) == event.event_id:
                assert articles[event.central_id] == (event.event_id, event.storyline_id)


@given(STREAMS)
@example(62)
@example(68)  # in these, what was split merges with others later
@settings(max_examples=15, deadline=None)
def test_what_is_remembered_names_groups_that_stand(seed: int) -> None:
    batches, definitions = stream(seed)
    memory, _ = played(batches, RESTLESS, definitions)
    past = memory.past(batches[0][0].time - timedelta(days=9))
    resolved = memory.groups.resolved
    named = {i for link in past.links for i in (link.one_id, link.other_id)}
    named |= {i for kept in past.kept for i in (kept.event_id, kept.storyline_id)}
    named |= {core.storyline_id for core in past.cores}
    assert {resolved(i) for i in named} == named
    at = {kept.article_id: kept.storyline_id for kept in past.kept}
    assert all(at[member] == core.storyline_id for core in past.cores for member in core.member_ids)


def test_the_streams_of_these_tests_merge_fall_apart_and_repeat() -> None:
    found = [each for seed in range(40) for each in analysed(seed)[1]]
    told = Counter((entry.kind, entry.event_id is None) for each in found for entry in each.log)
    assert any(each.duplicates for each in found)
    assert sum("drawn in" in str(entry.evidence.get("decision")) for each in found for entry in each.log) > 5
    assert min(told[LogKind.MERGED_INTO, False], told[LogKind.MERGED_INTO, True], told[LogKind.SPLIT_FROM, False]) > 5


def test_a_merged_id_resolves_to_its_survivor_over_several_steps() -> None:
    groups = Groups(
        [
            LogEntry(LogKind.JOINED, "s1", "e1", "a"),
            LogEntry(LogKind.JOINED, "s2", "e2", "b"),
            LogEntry(LogKind.MERGED_INTO, "s2", "e1", other_id="e2"),
            LogEntry(LogKind.MERGED_INTO, "s1", other_id="s2"),
            LogEntry(LogKind.MERGED_INTO, "s2", other_id="s3"),
        ]
    )
    assert groups.memberships() == {"a": ("e2", "s3"), "b": ("e2", "s3")}
    assert (groups.resolved("e1"), groups.resolved("s1"), groups.resolved("other")) == ("e2", "s3", "other")


def test_an_event_that_moves_takes_its_articles_along_and_one_that_was_split_off_what_joins_it() -> None:
    groups = Groups(
        [
            LogEntry(LogKind.JOINED, "s", "e", "a"),
            LogEntry(LogKind.JOINED, "s", "e", "b"),
            LogEntry(LogKind.SPLIT_FROM, "s", "f", other_id="e"),
            LogEntry(LogKind.JOINED, "s", "f", "b"),
            LogEntry(LogKind.SPLIT_FROM, "t", other_id="s", label="T"),
            LogEntry(LogKind.JOINED, "t", "f"),
        ]
    )
    assert groups.memberships() == {"a": ("e", "s"), "b": ("f", "t")}


@pytest.mark.parametrize("kind", [LogKind.RENAMED, LogKind.CLOSED, LogKind.REOPENED])
def test_renaming_closing_and_reopening_change_no_membership(kind: LogKind) -> None:
    joined = LogEntry(LogKind.JOINED, "s", "e", "a")
    assert Groups([joined, LogEntry(kind, "s", label="New")]).memberships() == Groups([joined]).memberships()


def test_an_article_that_the_log_does_not_know_is_an_error() -> None:
    with pytest.raises(KeyError):
        Groups().event_of("a")
    with pytest.raises(ValueError, match="a merge into nothing"):
        Groups([LogEntry(LogKind.MERGED_INTO, "s")])
