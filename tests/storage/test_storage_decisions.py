import pytest
from storage_makers import (
    MODEL,
    NOTHING,
    NOW,
    RUN,
    analysis,
    apart,
    article,
    dump,
    log_of,
    places,
    rows_of,
    sql,
    stored,
)

from storage.decisions import EventRow
from storage.reads import timeline
from storage.store import Store
from storywire.errors import InputError
from storywire.nouns import Definition, Event, Link, LinkKind, LogEntry, LogKind, Storyline

CANNOT, MUST = LinkKind.CANNOT, LinkKind.MUST
MERGE = LogEntry(LogKind.MERGED_INTO, "s0", other_id="s1")


def test_a_decision_is_logged_done_and_bound_in_one(store: Store) -> None:
    apart(store, range(3))
    kept = article(1).article_id
    entries = [
        LogEntry(LogKind.SPLIT_FROM, "mine", other_id="s1", label="Mine"),
        LogEntry(LogKind.JOINED, "mine", "e2"),
        LogEntry(LogKind.SPLIT_FROM, "mine", "e9", other_id="e1"),
        LogEntry(LogKind.JOINED, "mine", "e9", kept),
        LogEntry(LogKind.CLOSED, "mine"),
    ]
    store.decide(entries, [Link(MUST, "e9", "mine")], NOW)
    assert log_of(store)[-5:] == entries
    assert places(store) == {
        article(0).article_id: ("e0", "s0"),
        kept: ("e9", "mine"),
        article(2).article_id: ("e2", "mine"),
    }
    assert store.storyline("mine") == Storyline("mine", "Mine", False, NOW, True)
    assert sql(store, "SELECT founder_id FROM private.event WHERE event_id = 'e9'") == [(kept,)]
    assert store.past(NOW).links == (Link(MUST, "e9", "mine"),)
    assert sql(store, "SELECT storyline_id, closed, event_count FROM storylines ORDER BY 1") == [
        ("mine", True, 2),
        ("s0", False, 1),
    ]
    store.decide([LogEntry(LogKind.REOPENED, "mine")], [], NOW)
    assert not store.storyline("mine").closed


@pytest.mark.parametrize(
    ("entry", "link"),
    [
        (LogEntry(LogKind.MERGED_INTO, "s0", other_id="s9"), None),
        (LogEntry(LogKind.MERGED_INTO, "s9", other_id="s0"), None),
        (LogEntry(LogKind.MERGED_INTO, "s0", "e9", other_id="e0"), None),
        (LogEntry(LogKind.JOINED, "s9", "e0"), None),
        (LogEntry(LogKind.JOINED, "s0", "e9"), None),
        (LogEntry(LogKind.JOINED, "s0", "e0", "no article"), None),
        (LogEntry(LogKind.SPLIT_FROM, "s8", other_id="s9"), None),
        (LogEntry(LogKind.SPLIT_FROM, "s9", "e8", other_id="e0"), None),
        (LogEntry(LogKind.RENAMED, "s9", label="New"), None),
        (LogEntry(LogKind.CLOSED, "old"), None),
        (LogEntry(LogKind.JOINED, "old", "e0"), None),
        (LogEntry(LogKind.CLOSED, "s0"), Link(CANNOT, "e0", "e9")),
        (LogEntry(LogKind.CLOSED, "s0"), Link(CANNOT, "old", "s1")),
    ],
)
def test_a_decision_on_what_is_not_there_any_more_is_refused_and_nothing_of_it_is_done(
    store: Store, entry: LogEntry, link: Link | None
) -> None:
    apart(store, range(3))
    store.define([Definition("old", "Old", ())], NOW)
    store.decide([LogEntry(LogKind.MERGED_INTO, "old", other_id="s2")], [], NOW)
    before = dump(store)
    with pytest.raises(InputError, match="look again, then decide") as caught:
        store.decide([LogEntry(LogKind.RENAMED, "s1", label="New"), entry], [link] if link else [], NOW)
    assert "\n" not in str(caught.value)
    assert dump(store) == before


def test_a_refusal_says_what_the_storyline_is_part_of_by_now(store: Store) -> None:
    apart(store, range(3))
    store.decide([MERGE, LogEntry(LogKind.MERGED_INTO, "s1", other_id="s2")], [], NOW)
    with pytest.raises(InputError, match="s0 is part of s2 now"):
        store.decide([MERGE], [], NOW)


def test_links_are_taken_back_also_by_old_ids_and_a_decision_made_again_adds_nothing(store: Store) -> None:
    apart(store, range(4))
    links = [Link(CANNOT, "s0", "s2"), Link(MUST, "e3", "s3")]
    store.decide([], links, NOW)
    before = dump(store)
    store.decide([], links, NOW)
    assert dump(store) == before
    store.decide([MERGE], [], NOW)
    store.decide([], [Link(CANNOT, "s1", "s3")], NOW, unlink=[links[0]])
    assert store.past(NOW).links == (Link(CANNOT, "s1", "s3"), links[1])
    store.decide([], [links[1]], NOW, unlink=[links[1]])
    assert links[1] in store.past(NOW).links


def test_a_merge_takes_back_what_kept_the_two_apart(store: Store) -> None:
    apart(store, range(2))
    links = [Link(CANNOT, "e1", "s0"), Link(CANNOT, "s0", "s1"), Link(MUST, "e1", "s1")]
    store.decide([], links, NOW)
    store.decide([MERGE], [], NOW, unlink=links[:2])
    assert store.past(NOW).links == (links[2],)


def test_a_person_sees_what_was_decided_a_moment_ago_under_old_ids_too(store: Store) -> None:
    apart(store, range(3))
    store.publish()
    store.decide([MERGE, LogEntry(LogKind.MERGED_INTO, "s2", "e0", other_id="e2")], [], NOW)
    for named in ("s0", "s1", "Line 1", "line-1"):
        assert store.storyline(named).storyline_id == "s1"
    with pytest.raises(InputError, match="no storyline “Line 0”; near it: line-"):
        store.storyline("Line 0")
    assert store.event("e0") == Event("e2", "s2", article(2).article_id)
    assert timeline(store.publish().parent, "s0").storyline.storyline_id == "s1"


def test_the_events_of_a_storyline_come_in_order_of_time(store: Store) -> None:
    apart(store, range(3))
    store.decide([MERGE], [], NOW)
    assert store.event_ids("s1") == (EventRow("e1", "Title 1", 1), EventRow("e0", "Title 0", 1))
    assert store.event_ids("s0") == ()


def test_an_event_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    store.save_collected([stored(1)], RUN)
    made = analysis([article(1)])
    store.save_analysis(made, NOTHING, rows_of([article(1)]), MODEL, [], RUN, NOW)
    apart(store, [2, 3])
    event_id = made.events[0].event_id
    assert store.event(event_id[:5]).event_id == store.event(event_id).event_id == event_id
    with pytest.raises(InputError, match=r"may be 3 events: .*e2 \(Title 2\), e3 \(Title 3\)"):
        store.event("e")
    for nothing in ("", "x", "s2"):
        with pytest.raises(InputError, match="there is no event"):
            store.event(nothing)


def test_the_place_of_an_article_is_found_by_id_or_url_and_for_a_copy_it_is_that_of_what_it_repeats(
    store: Store,
) -> None:
    kept, copy, waiting = article(1), article(2), article(3)
    store.save_collected([stored(1), stored(2), stored(3)], RUN)
    store.save_analysis(analysis([kept], [(copy, kept)]), NOTHING, rows_of([kept]), MODEL, [], RUN, NOW)
    for named in (kept.article_id, kept.article_id[:8], str(kept.url), copy.article_id, str(copy.url)):
        assert store.place_of(named) == analysis([kept]).assignments[0]
    with pytest.raises(InputError, match="has no verdict yet: run `storywire run` first"):
        store.place_of(waiting.article_id)
    with pytest.raises(InputError, match="there is no article"):
        store.place_of("nowhere")
