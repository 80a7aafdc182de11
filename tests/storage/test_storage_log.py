from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from storage_makers import (
    MODEL,
    NOTHING,
    NOW,
    RUN,
    alert,
    analysis,
    apart,
    article,
    dump,
    keep,
    log_of,
    places,
    rows_of,
    sql,
    stored,
)

from storage.store import Store
from storywire.log import Groups
from storywire.nouns import Definition, Link, LinkKind, LogEntry, LogKind, Storyline
from storywire.past import Past
from storywire.telling import Decision
from storywire.watches import Message, Watch

CANNOT, MUST = LinkKind.CANNOT, LinkKind.MUST


def machine(store: Store, *entries: LogEntry, run_id: str = RUN) -> None:
    """The entries as an analysis of no new article makes them."""
    store.save_analysis(analysis([], log=entries), NOTHING, {}, MODEL, [], run_id, NOW)


def late(store: Store, event: str, storyline: str, past: Past = NOTHING) -> None:
    """Article 7 comes to an event, as an analysis has it that does not know what happened to that in the meantime."""
    store.save_collected([stored(7)], RUN)
    made = analysis([article(7)])
    said = replace(made.assignments[0], event_id=event, storyline_id=storyline)
    log = (LogEntry(LogKind.JOINED, storyline, event, article(7).article_id),)
    made = replace(made, events=(), storylines=(), assignments=(said,), log=log)
    store.save_analysis(made, past, rows_of([article(7)]), MODEL, [], RUN, NOW)


def merge(gone: str, into: str, storyline: str = "") -> LogEntry:
    """Of two storylines or, with the storyline of the one that stays, of two events."""
    if gone.startswith("e"):
        return LogEntry(LogKind.MERGED_INTO, storyline or into.replace("e", "s"), gone, other_id=into)
    return LogEntry(LogKind.MERGED_INTO, gone, other_id=into)


def move(event: str, storyline: str) -> LogEntry:
    return LogEntry(LogKind.JOINED, storyline, event)


def history(random: Random, articles: list[str], length: int) -> list[LogEntry]:
    """A random history, which also names groups that are merged or empty by then."""
    count = len(articles)
    line_of, lines = {f"e{n}": f"s{n}" for n in range(count)}, [f"s{n}" for n in range(count)]
    entries: list[LogEntry] = []
    while len(entries) < length:
        now = Groups(log_at_start(articles) + entries)
        (event, other), (line, second) = random.sample(sorted(line_of), 2), random.sample(lines, 2)
        match random.randrange(5):
            case 0 if now.resolved(event) == event != now.resolved(other):
                into = now.resolved(other)
                entries.append(merge(event, other, now.resolved(line_of[into])))
            case 1 if now.resolved(line) == line != now.resolved(second):
                entries.append(merge(line, second))
            case 2:
                line_of[event] = line
                entries.append(move(event, line))
            case _:
                new = f"e{count + len(entries)}"
                line_of[new] = line
                entries.append(LogEntry(LogKind.SPLIT_FROM, line, new, other_id=other))
                taken = random.sample(articles, random.randint(1, 3))
                entries += [LogEntry(LogKind.JOINED, line, new, article_id) for article_id in taken]
    return entries


def log_at_start(articles: list[str]) -> list[LogEntry]:
    return [LogEntry(LogKind.JOINED, f"s{n}", f"e{n}", article_id) for n, article_id in enumerate(articles)]


@pytest.mark.parametrize("seed", range(8))
def test_the_tables_stand_as_the_log_says_whatever_happens(store: Store, seed: int) -> None:
    random = Random(seed)
    count = 8
    articles = [article(n).article_id for n in range(count)]
    apart(store, range(count))
    told: list[LogEntry] = []
    entries = history(random, articles, 40)
    while entries:
        size = random.randint(1, 9)
        batch, entries = entries[:size], entries[size:]
        machine(store, *batch)
        told += batch
        expected = dict(Groups(log_at_start(articles) + told).memberships())
        assert places(store) == expected
        assert dict(Groups(log_of(store)).memberships()) == expected
        stand = {(e, s) for e, s in expected.values()}
        assert set(sql(store, "SELECT event_id, storyline_id FROM events")) == stand
        assert {s for _, s in stand} == {s for (s,) in sql(store, "SELECT storyline_id FROM storylines")}
        seqs = [n for (n,) in sql(store, "SELECT seq FROM storyline_log ORDER BY seq")]
        assert seqs == list(range(1, len(seqs) + 1))


def test_after_a_chain_of_merges_each_old_id_resolves_in_one_step(store: Store) -> None:
    apart(store, range(5))
    machine(store, merge("s0", "s1"), merge("e0", "e1"))
    machine(store, merge("s1", "s2"), merge("s2", "s3"), merge("s3", "s4"), merge("e1", "e2"))
    machine(store, merge("e2", "e3"))
    assert sql(store, "SELECT old_id, id FROM merged WHERE kind = 'storyline' ORDER BY 1") == [
        ("s0", "s4"),
        ("s1", "s4"),
        ("s2", "s4"),
        ("s3", "s4"),
    ]
    assert sql(store, "SELECT old_id, id FROM merged WHERE kind = 'event' ORDER BY 1") == [
        ("e0", "e3"),
        ("e1", "e3"),
        ("e2", "e3"),
    ]
    assert sql(store, "SELECT storyline_id, event_count, article_count FROM storylines") == [("s4", 2, 5)]


def test_new_coverage_of_a_group_that_was_merged_meanwhile_goes_to_what_it_is_part_of(store: Store) -> None:
    apart(store, range(3))
    store.decide([merge("s0", "s1"), merge("e0", "e2"), move("e2", "s1")], [], NOW)
    late(store, "e0", "s0")
    assert places(store)[article(7).article_id] == ("e2", "s1")
    assert dict(Groups(log_of(store)).memberships()) == places(store)


def test_an_old_id_stands_for_its_survivor_also_when_that_has_lost_all_its_reports(store: Store) -> None:
    apart(store, range(3))
    store.decide([merge("e0", "e1"), merge("s0", "s1")], [], NOW)
    machine(store, *[LogEntry(LogKind.JOINED, "s2", "e2", article(n).article_id) for n in range(2)])
    assert sql(store, "SELECT storyline_id FROM storylines") == [("s2",)]
    late(store, "e0", "s0")
    assert places(store)[article(7).article_id] == ("e1", "s1")
    assert dict(Groups(log_of(store)).memberships()) == places(store)


def test_coverage_of_an_event_that_a_removal_emptied_meanwhile_is_shown_all_the_same(store: Store) -> None:
    apart(store, range(2))
    past = store.past(NOW)
    store.delete_article(article(0).article_id)
    late(store, "e0", "s0", past)
    assert sql(store, "SELECT storyline_id, label, article_count FROM storylines ORDER BY 1") == [
        ("s0", "Line 0", 1),
        ("s1", "Line 1", 1),
    ]
    assert ("e0", "s0", "Title 7") in sql(store, "SELECT event_id, storyline_id, title FROM events")


def test_an_entry_that_changes_nothing_is_not_logged(store: Store) -> None:
    apart(store, range(2))
    entries = [
        move("e0", "s1"),
        LogEntry(LogKind.RENAMED, "s1", label="New"),
        merge("e0", "e1"),
        LogEntry(LogKind.CLOSED, "s1"),
    ]
    machine(store, *entries)
    before = dump(store)
    again = LogEntry(LogKind.JOINED, "s1", "e1", article(1).article_id)
    machine(store, *entries, again, move("e1", "s1"), move("e0", "s0"), merge("s1", "s1"), merge("e0", "e0"))
    assert dump(store) == before


def test_entries_on_articles_that_were_not_kept_are_not_logged(store: Store) -> None:
    store.save_collected([stored(1), stored(2)], RUN)
    store.delete_article(article(1).article_id)
    both = [article(1), article(2)]
    store.save_analysis(analysis(both), NOTHING, rows_of(both), MODEL, [], RUN, NOW)
    assert [e.article_id for e in log_of(store) if e.kind is LogKind.JOINED] == [article(2).article_id]


def test_an_article_that_got_its_verdict_elsewhere_meanwhile_stays_there(store: Store) -> None:
    apart(store, [1])
    store.save_collected([stored(2)], RUN)
    both = [article(2), article(1)]
    store.save_analysis(analysis(both), NOTHING, rows_of(both), MODEL, [], RUN, NOW)
    assert places(store)[article(1).article_id] == ("e1", "s1")
    assert dict(Groups(log_of(store)).memberships()) == places(store)


def test_the_log_says_when_and_in_which_run_and_by_whom(store: Store) -> None:
    apart(store, [1])
    store.decide([LogEntry(LogKind.RENAMED, "s1", label="Mine", evidence={"why": "so"})], [], NOW + timedelta(1))
    found = sql(store, "SELECT made_at, made_by, run_id, kind, label, evidence FROM storyline_log ORDER BY seq")
    at = NOW.replace(tzinfo=None)
    assert found == [
        (at, "machine", RUN, "created", "Line 1", "{}"),
        (at, "machine", RUN, "created", None, "{}"),
        (at, "machine", RUN, "joined", None, "{}"),
        (at + timedelta(1), "person", None, "renamed", "Mine", '{"why": "so"}'),
    ]


def test_a_definition_is_logged_as_what_a_person_created(store: Store) -> None:
    store.define([Definition("aleppo", "Aleppo siege", ())], NOW)
    found = sql(store, "SELECT made_by, run_id, kind, storyline_id, label FROM storyline_log")
    assert found == [("person", None, "created", "aleppo", "Aleppo siege")]


def test_links_follow_a_merge_and_are_there_once_and_never_name_one_group_twice(store: Store) -> None:
    apart(store, range(6))
    links = [
        Link(CANNOT, "s0", "s1"),
        Link(CANNOT, "s2", "s1"),
        Link(CANNOT, "s0", "s2"),
        Link(MUST, "e0", "s0"),
        Link(CANNOT, "s4", "s5"),
    ]
    store.decide([], links, NOW)
    machine(store, merge("s0", "s2"), merge("e0", "e3"))
    expected = (Link(CANNOT, "s2", "s1"), Link(CANNOT, "s4", "s5"), Link(MUST, "e3", "s2"))
    assert store.past(NOW).links == expected


def test_the_constraints_of_a_split_are_stored_as_the_machines(store: Store) -> None:
    apart(store, range(2))
    store.decide([], [Link(MUST, "e0", "s0")], NOW)
    split = replace(analysis([]), links=(Link(CANNOT, "e1", "e0"),))
    store.save_analysis(split, NOTHING, {}, MODEL, [], RUN, NOW)
    assert sql(store, "SELECT kind, one_id, other_id, made_by FROM links ORDER BY 1") == [
        ("cannot", "e1", "e0", "machine"),
        ("must", "e0", "s0", "person"),
    ]


def test_seeds_watches_and_waiting_alerts_follow_a_merged_storyline(store: Store) -> None:
    keep(store, [article(1)], storyline=Storyline("s1", "One", False, NOW))
    keep(store, [article(2)], storyline=Storyline("s2", "Two", False, NOW))
    store.define([Definition("aleppo", "Aleppo siege", (article(1).article_id,))], NOW)
    store.save_collected([stored(3)], RUN)
    told = alert([article(3)], "w1", "aleppo")
    store.add_watch(Watch("w1", "w1", "file:a.jsonl", NOW, "aleppo"))
    store.save_analysis(analysis([article(3)]), NOTHING, rows_of([article(3)]), MODEL, [told], RUN, NOW)
    store.decide([merge("aleppo", "s2")], [], NOW)
    past = store.past(NOW)
    assert [(d.storyline_id, d.member_ids) for d in past.definitions] == [("s2", (article(1).article_id,))]
    assert "aleppo" not in {s.storyline_id for s in past.storylines}
    assert [w.storyline_id for w in store.watches()] == ["s2"]
    assert store.waiting() == [replace(told, subject_id="s2")]
    message = Message("m1", "w1", "file:a.jsonl", (told.alert_id,), NOW, NOW)
    store.save_decision(Decision((message,)))
    notice = store.notice(message)
    assert notice is not None
    assert [(section.subject_id, section.label) for section in notice.sections] == [("s2", "Two")]


def test_two_watches_whose_storylines_became_one_both_stay(store: Store) -> None:
    apart(store, range(2))
    store.save_collected([stored(7)], RUN)
    store.add_watch(Watch("w0", "w0", "file:a.jsonl", NOW, "s0"))
    store.add_watch(Watch("w1", "w1", "file:a.jsonl", NOW + timedelta(1), "s1"))
    store.add_watch(Watch("w2", "w2", "file:b.jsonl", NOW, "s1"))
    waiting = alert([article(7)], "w1", "s1")
    store.save_analysis(analysis([article(7)]), NOTHING, rows_of([article(7)]), MODEL, [waiting], RUN, NOW)
    store.decide([merge("s0", "s1")], [], NOW)
    assert [(w.watch_id, w.storyline_id) for w in store.watches()] == [("w0", "s1"), ("w2", "s1"), ("w1", "s1")]
    assert store.waiting() == [waiting]
    assert not store.add_watch(Watch("w9", "w0", "file:a.jsonl", NOW, "s0"))  # by its old id
    assert store.add_watch(Watch("w8", "w8", "file:c.jsonl", NOW, "s0"))
    assert store.watches()[-1].storyline_id == "s1"


def test_a_merged_storyline_leaves_its_pin_to_the_survivor(store: Store) -> None:
    apart(store, range(3))
    store.decide([LogEntry(LogKind.RENAMED, "s0", label="Mine")], [], NOW)
    store.decide([merge("s0", "s1")], [], NOW)
    assert store.storyline("s0") == Storyline("s1", "Line 1", True, NOW)


def test_the_machine_neither_renames_nor_merges_what_a_person_vouches_for(store: Store) -> None:
    apart(store, range(2))
    store.decide([LogEntry(LogKind.RENAMED, "s0", label="Mine")], [], NOW)
    before = dump(store)
    machine(store, LogEntry(LogKind.RENAMED, "s0", label="words"), merge("s0", "s1"))
    assert dump(store) == before


def test_a_definition_comes_back_as_part_of_what_it_was_merged_into_and_under_the_name_that_a_person_gave(
    store: Store,
) -> None:
    apart(store, range(3))
    given = [Definition("aleppo", "Aleppo siege", (article(1).article_id,)), Definition("gyms", "Gyms", ())]
    store.define(given, NOW)
    store.decide([merge("aleppo", "s2"), LogEntry(LogKind.RENAMED, "gyms", label="Sport halls")], [], NOW)
    before = dump(store)
    store.define(given, NOW)
    assert dump(store) == before
    store.define([replace(given[0], member_ids=(article(0).article_id,))], NOW)
    assert store.past(NOW).unsettled == {"s2"}
    assert store.storyline("gyms").label == "Sport halls"


def test_pruning_keeps_what_is_merged_closed_or_linked_and_drops_all_else_that_is_empty(store: Store) -> None:
    apart(store, range(6))
    store.decide(
        [LogEntry(LogKind.CLOSED, "s1"), merge("s2", "s0"), merge("e2", "e0")], [Link(CANNOT, "s3", "s0")], NOW
    )
    machine(store, *[move(f"e{n}", "s0") for n in range(1, 6)])
    assert sql(store, "SELECT storyline_id, closed FROM storylines ORDER BY 1") == [
        ("s0", False),
        ("s1", True),
    ]
    assert sql(store, "SELECT storyline_id FROM private.storyline ORDER BY 1") == [("s0",), ("s1",), ("s2",), ("s3",)]
    assert sql(store, "SELECT old_id, id FROM merged ORDER BY 1") == [("e2", "e0"), ("s2", "s0")]


def test_what_an_event_and_a_storyline_are_most_like_is_forgotten_with_it(store: Store) -> None:
    apart(store, range(3))
    found = analysis([])
    events = tuple(replace(analysis([article(n)]).events[0], event_id=f"e{n}", storyline_id="s0") for n in range(2))
    events = tuple(replace(e, label="Words", central_id=article(n).article_id) for n, e in enumerate(events))
    line = Storyline("s0", "Line 0", False, NOW, False, article(1).article_id)
    found = replace(found, events=events, storylines=(line,), log=(move("e1", "s0"),))
    store.save_analysis(found, NOTHING, {}, MODEL, [], RUN, NOW)
    assert sql(store, "SELECT storyline_id, central_id FROM storylines WHERE storyline_id = 's0'") == [
        ("s0", article(1).article_id)
    ]
    assert sql(store, "SELECT event_id, label, central_id FROM events WHERE storyline_id = 's0' ORDER BY 1") == [
        ("e0", "Words", article(0).article_id),
        ("e1", "Words", article(1).article_id),
    ]
    machine(store, LogEntry(LogKind.JOINED, "s2", "e2", article(1).article_id))
    assert store.storyline("s0").central_id is None
    assert store.event("e0").central_id == article(0).article_id
