from dataclasses import replace
from datetime import timedelta

import pytest
from storage_makers import (
    MODEL,
    NOTHING,
    NOW,
    RUN,
    alert,
    analysis,
    article,
    dump,
    entry,
    feed,
    rows_of,
    sql,
    stored,
    watch,
)

from storage.store import Store
from storywire.arrivals import Known, Listing
from storywire.errors import BusyError, InputError
from storywire.nouns import Definition, Published, Revision
from storywire.telling import Decision
from storywire.visits import Outcome
from storywire.watches import (
    Alert,
    AlertClass,
    AlertState,
    Enough,
    Match,
    Message,
    MessageState,
    Timing,
)

HOUR = timedelta(hours=1)


def told(store: Store, *alerts: Alert, at: timedelta = timedelta(0), message_id: str = "m1") -> Message:
    """These alerts, fixed in a message."""
    ids = tuple(sorted(a.alert_id for a in alerts))
    message = Message(message_id, alerts[0].watch_id, "file:w1.jsonl", ids, NOW + at, NOW + at)
    store.save_decision(Decision((message,)))
    return message


def noticed(store: Store, *numbers: int, storyline_id: str = "s1") -> list[Alert]:
    """An alert for each of some stored articles."""
    store.save_collected([stored(n) for n in numbers], RUN)
    articles = [article(n) for n in numbers]
    alerts = [alert([one], storyline_id=storyline_id) for one in articles]
    store.save_analysis(analysis(articles), NOTHING, rows_of(articles), MODEL, alerts, RUN, NOW)
    return alerts


def test_a_watch_is_added_once_and_comes_back_with_all_that_was_asked(store: Store) -> None:
    asked = watch(
        "w2",
        classes=(AlertClass.FOLLOW_UP, AlertClass.REPRINT),
        match=Match(("ferry sinks", "“lost at sea”"), "boats in trouble", ("Courier",), ("en",)),
        enough=Enough(3, 2, timedelta(days=2), 2.5),
        timing=Timing(timedelta(minutes=90), zone="Europe/Berlin"),
        paused=True,
    )
    ill = watch("w3", feed="all", classes=(AlertClass.ILL,), timing=Timing(timedelta(hours=6)))
    for each in (watch("w1", "s1"), asked, ill):
        assert store.add_watch(each)
        assert not store.add_watch(replace(each, created_at=NOW + HOUR))
    assert store.watches() == [watch("w1", "s1"), asked, ill]
    assert store.watch("name of w2") == store.watch("w2") == asked
    with pytest.raises(InputError, match="no watch “w9”"):
        store.watch("w9")


def test_another_watch_of_the_same_name_is_refused_or_takes_its_place(store: Store) -> None:
    store.add_watch(watch())
    other = watch(match=Match(languages=("de",)))
    with pytest.raises(InputError, match="there is a watch “name of w1” already"):
        store.add_watch(other)
    assert store.add_watch(replace(other, watch_id="w7"), replace=True)
    assert store.watches() == [other]


def test_groups_of_publishers_are_replaced_whole(store: Store) -> None:
    store.set_groups({"courier": "Example Media", "gazette.example": "Example Media"})
    store.set_groups({"courier": "Courier Group"})
    assert store.groups() == {"courier": "Courier Group"}


def test_removing_a_watch_takes_what_it_has_not_told_along(store: Store) -> None:
    store.add_watch(watch())
    sent, queued, waiting = noticed(store, 1, 2, 3)
    told(store, sent)
    told(store, queued, message_id="m2")
    store.mark_sent("m1", NOW)
    store.remove_watch("w1")
    assert (store.watches(), store.waiting(), store.due_messages(NOW)) == ([], [], [])
    assert sql(store, "SELECT alert_id FROM private.alert") == [(sent.alert_id,)]
    assert waiting.alert_id != queued.alert_id


def test_an_alert_of_a_watch_that_was_removed_or_paused_meanwhile_is_not_stored(store: Store) -> None:
    store.add_watch(watch(paused=True))
    noticed(store, 1)
    store.pause_watch("w1", True, "its receiver is gone")
    (heard,) = noticed(store, 2)
    assert store.waiting() == [heard]  # what Storywire paused goes on noticing
    store.remove_watch("w1")
    noticed(store, 3)
    assert store.waiting() == []


def test_an_alert_is_stored_once_and_waits_until_it_is_told(store: Store) -> None:
    store.add_watch(watch())
    (made,) = noticed(store, 1)
    assert store.outbox(NOW).waiting == (made,)
    told(store, made)
    assert noticed(store, 1) == [made]
    assert store.outbox(NOW).waiting == ()
    assert store.told(["s1"]) == {("w1", "s1")}


def test_when_a_subject_was_last_told_is_when_its_last_message_was_made(store: Store) -> None:
    store.add_watch(watch())
    alerts = noticed(store, 1, 2, 3)
    told(store, alerts[0])
    told(store, alerts[1], at=HOUR, message_id="m2")
    assert store.outbox(NOW).told_at == {("w1", "s1"): NOW + HOUR}


def test_what_ends_without_being_told_says_why(store: Store) -> None:
    store.add_watch(watch())
    (made,) = noticed(store, 1)
    store.save_decision(Decision(ended={made.alert_id: (AlertState.DROPPED, "it came in quiet hours")}))
    assert sql(store, "SELECT state, reason, message_id FROM alerts") == [("dropped", "it came in quiet hours", None)]
    assert store.waiting() == []


def test_a_message_is_due_until_it_is_sent_and_the_first_time_stands(store: Store) -> None:
    store.add_watch(watch())
    message = told(store, *noticed(store, 1))
    assert store.due_messages(NOW) == [message]
    store.note_attempt("m1", "refused", NOW + HOUR)
    assert store.due_messages(NOW) == []
    store.note_attempt("m1", "refused again", NOW + HOUR)
    (again,) = store.due_messages(NOW + HOUR)
    assert again == replace(message, attempts=2, next_attempt_at=NOW + HOUR, error="refused again")
    store.mark_sent("m1", NOW + HOUR)
    before = dump(store)
    store.mark_sent("m1", NOW + 2 * HOUR)
    store.note_attempt("m1", "too late", None)
    assert dump(store) == before
    assert store.due_messages(NOW + 9 * HOUR) == []


def test_a_message_that_is_due_far_in_the_future_is_due_now(store: Store) -> None:
    store.add_watch(watch())
    told(store, *noticed(store, 1))
    store.note_attempt("m1", "refused", NOW + timedelta(days=300))
    assert [m.message_id for m in store.due_messages(NOW)] == ["m1"]


def test_a_message_without_another_attempt_is_dead_until_a_person_retries_it(store: Store) -> None:
    store.add_watch(watch())
    told(store, *noticed(store, 1))
    store.note_attempt("m1", "gone", None)
    assert store.due_messages(NOW + 99 * HOUR) == []
    assert [(m.state, m.error) for m in store.messages(9)] == [(MessageState.DEAD, "gone")]
    assert (store.retry_messages(), store.retry_messages()) == (1, 0)
    assert [(m.attempts, m.state) for m in store.due_messages(NOW)] == [(0, MessageState.QUEUED)]


def test_messages_of_a_paused_watch_wait_for_the_end_of_the_pause(store: Store) -> None:
    store.add_watch(watch())
    told(store, *noticed(store, 1))
    store.pause_watch("w1", True, "its receiver is gone")
    assert store.due_messages(NOW) == []
    assert store.watch("w1").reason == "its receiver is gone"
    assert [(t.failed, t.queued, t.last_sent_at) for t in store.tallies().values()] == [(0, 1, None)]
    store.pause_watch("w1", False)
    assert len(store.due_messages(NOW)) == 1
    assert store.watch("w1").reason is None


def test_a_notice_says_what_is_new_in_each_storyline_with_the_latest_report_first(store: Store) -> None:
    undated = article(2, published=Published(), url=None)
    store.save_collected([(entry(1), article(1)), (entry(2), undated)], RUN)
    store.define([Definition("aleppo", "Aleppo siege", ())], NOW)
    store.add_watch(watch(timing=Timing(zone="Europe/Berlin")))
    early = alert([article(1)], storyline_id="aleppo", why="it has siege")
    late = alert([undated], storyline_id="aleppo", kind=AlertClass.FOLLOW_UP, created_at=NOW + HOUR)
    both = [article(1), undated]
    store.save_analysis(analysis(both), NOTHING, rows_of(both), MODEL, [early, late], RUN, NOW)
    notice = store.notice(told(store, early, late, at=HOUR))
    assert notice is not None
    assert (notice.watch, notice.zone, len(notice.alert_ids)) == ("name of w1", "Europe/Berlin", 2)
    (section,) = notice.sections
    assert (section.subject_id, section.label, section.why) == ("aleppo", "Aleppo siege", ("it has siege",))
    assert [(t.title, t.kind, t.published.at) for t in section.reports] == [
        ("Title 2", AlertClass.FOLLOW_UP, None),
        ("Title 1", AlertClass.REPORT, NOW - HOUR),
    ]
    assert section.counts == {AlertClass.REPORT: 1, AlertClass.FOLLOW_UP: 1}
    assert (section.sources, section.held, section.since) == (2, 1, NOW)


def test_a_notice_of_an_ill_feed_says_what_is_wrong_with_it(store: Store) -> None:
    store.add_feeds([feed(publisher="Courier")])
    store.add_watch(watch(feed="all", classes=(AlertClass.ILL,)))
    fault = Alert("a1", "w1", feed().url, AlertClass.ILL, ("empty: no items",), NOW, "")
    store.save_polls([(feed(), [])], RUN, [fault, replace(fault, alert_id="a2", subject_id="https://other.example/")])
    assert store.waiting() == [fault]
    notice = store.notice(told(store, fault))
    assert notice is not None
    assert [(s.label, s.faults, s.reports) for s in notice.sections] == [("Courier", ("empty: no items",), ())]


def test_a_message_of_which_nothing_is_left_says_nothing(store: Store) -> None:
    store.add_watch(watch())
    message = told(store, *noticed(store, 1))
    store.delete_article(article(1).article_id)
    assert store.notice(message) is None
    other = told(store, *noticed(store, 2), message_id="m2")
    store.remove_watch("w1")
    assert store.notice(other) is None


def test_an_alert_on_a_change_is_stored_with_the_new_text_or_not_at_all(store: Store) -> None:
    store.save_collected([stored(1)], RUN)
    store.save_analysis(analysis([article(1)]), NOTHING, rows_of([article(1)]), MODEL, [], RUN, NOW)
    store.add_watch(watch())
    (before,) = store.kept([article(1).article_id])
    after = replace(article(1), text="Another text.")
    revision = Revision(after.article_id, 1, NOW, article(1).title, article(1).text, (), (), False)
    outcome = Outcome(after, revision)
    made = alert([article(1)], kind=AlertClass.REVISION)
    look = (before, before.visited(NOW), outcome, rows_of([after]), MODEL, RUN, [made])
    assert store.save_look(*look)
    assert store.waiting() == [made]
    assert not store.save_look(*look[:6], [replace(made, alert_id="a9")])
    assert store.waiting() == [made]


def test_how_an_article_came_is_told_by_the_entry_that_makes_it_news(store: Store) -> None:
    store.add_feeds([feed(0, succeeded_at=NOW - HOUR), feed(1)])
    listed = [entry(1, feed(0).url), entry(1, feed(1).url, guid="else", guid_trusted=True)]
    listed[1] = replace(listed[1], entry_id="other")
    store.save_polls([(feed(0), listed[:1]), (feed(1), [listed[1], entry(2, feed(1).url)])], RUN)
    store.add_entries([entry(3, None)], RUN)
    seed = replace(stored(3)[0], entry_id=entry(3, None).entry_id, feed_url=None)
    first = replace(stored(2)[0], entry_id=entry(2, feed(1).url).entry_id, feed_url=feed(1).url)
    twice = [(replace(one, state=stored(1)[0].state, article_id=article(1).article_id), None) for one in listed]
    store.save_collected([stored(1), *twice, (first, article(2)), (seed, article(3))], RUN)
    found = store.listings([article(n).article_id for n in (1, 2, 3)])
    assert found == {
        article(1).article_id: Listing(False, NOW - HOUR),
        article(2).article_id: Listing(False, None),
        article(3).article_id: Listing(True, None),
    }


def test_a_copy_whose_original_a_person_removed_is_no_news_when_it_gets_its_new_verdict(store: Store) -> None:
    store.add_feeds([feed(succeeded_at=NOW - HOUR)])
    store.save_polls([(feed(), [entry(1), entry(2)])], RUN)
    store.save_collected([stored(1), stored(2)], RUN)
    store.save_analysis(
        analysis([article(1)], [(article(2), article(1))]), NOTHING, rows_of([article(1)]), MODEL, [], RUN, NOW
    )
    [(line,)] = sql(store, "SELECT storyline_id FROM private.storyline")
    assert store.known([article(1).article_id]) == {article(1).article_id: Known(line, "Publisher 1", article(1).url)}
    removed = Store(store.home, wait=timedelta(seconds=5))
    removed.delete_article(article(1).article_id)
    assert store.listings([article(2).article_id]) == {article(2).article_id: Listing(False, None)}


def test_what_a_clock_noticed_that_was_ahead_is_dated_now(store: Store) -> None:
    store.add_watch(watch())
    (made,) = noticed(store, 1)
    assert store.outbox(NOW - 9 * HOUR).waiting == (replace(made, created_at=NOW - 9 * HOUR),)
    assert store.outbox(NOW).waiting == (replace(made, created_at=NOW - 9 * HOUR),)


def test_an_alert_loses_a_cause_that_a_person_removed_meanwhile_and_keeps_the_others(store: Store) -> None:
    store.add_watch(watch())
    store.save_collected([stored(n) for n in (1, 2)], RUN)
    both = [article(1), article(2)]
    store.delete_article(article(1).article_id)
    store.save_analysis(analysis(both), NOTHING, rows_of(both), MODEL, [alert(both)], RUN, NOW)
    assert store.waiting() == [alert([article(2)])]


def test_a_watch_whose_message_does_not_get_through_is_held_and_one_whose_message_is_refused_is_not(
    store: Store,
) -> None:
    store.add_watch(watch())
    told(store, *noticed(store, 1))
    assert store.outbox(NOW).held == frozenset()
    store.note_attempt("m1", "no answer", NOW + HOUR)
    assert store.outbox(NOW).held == frozenset({"w1"})
    store.note_attempt("m1", "HTTP 413", NOW + HOUR, refused=True)
    assert store.outbox(NOW).held == frozenset()


def test_a_watch_that_cannot_be_read_any_more_is_paused_and_stops_no_other(store: Store) -> None:
    store.add_watch(watch())
    store.add_watch(watch("w2"))
    with store.transaction() as con:
        con.execute("""UPDATE private.watch SET spec = '{"zone": "Atlantis/Capital"}' WHERE watch_id = 'w1'""")
    broken, fine = sorted(store.watches(), key=lambda each: each.watch_id)
    assert (broken.paused, "is no time zone" in (broken.reason or ""), fine) == (True, True, watch("w2"))
    store.remove_watch(store.watch("w1").watch_id)
    assert store.watches() == [watch("w2")]


def test_two_processes_never_deliver_at_once(store: Store) -> None:
    other = Store(store.home, wait=timedelta(seconds=0.1))
    with store.delivering(), pytest.raises(BusyError, match="another process is sending alerts"), other.delivering():
        pass
