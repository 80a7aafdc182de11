from dataclasses import replace
from datetime import timedelta

import pytest
from storage_makers import NOW, RUN, dump, entry, feed

from storage.store import Store
from storywire.learnt import Habits, Move
from storywire.nouns import Feed, FeedState

HABITS = Habits(
    *(0.25, bytes(range(32)), NOW - timedelta(1), 6, timedelta(hours=7), 2, NOW, NOW - timedelta(2), 1, NOW),
    *(timedelta(hours=3), timedelta(hours=2), (1, 22, 23), (5, 6)),
)


def put(store: Store, whole: Feed) -> None:
    """The feed as it is here, whatever was stored of it."""
    store.remove_feed(whole.url)
    store.add_feeds([whole])


def test_a_feed_comes_back_as_it_was_stored(store: Store) -> None:
    full = feed(
        *(1,),
        title="Nachrichten – ünïcode 🗞",
        publisher="P",
        language="de",
        folder="a/b",
        paused=True,
        state=FeedState.FAILING,
        reason="HTTP 500",
        failures=3,
        interval=timedelta(days=40, seconds=7),
        etag='W/"é"',
        last_modified="Sun, 22 Nov 2026 08:30:00 GMT",
        body_digest="ff",
        checked_at=NOW + timedelta(microseconds=1),
        succeeded_at=NOW - timedelta(days=9),
        served_by="https://cdn.example/f",
        setback=2.5,
        habits=HABITS,
        move=Move("https://there.example/", NOW, "https://next.example/", NOW - timedelta(1), 7),
        health=("quiet: nothing new for 3 days", "moved: it is asked elsewhere"),
    )
    put(store, full)
    put(store, feed(2))
    assert store.feeds() == [full, feed(2)]


def test_adding_a_known_feed_changes_nothing(store: Store) -> None:
    assert store.add_feeds([feed(1, title="first"), feed(1, title="again"), feed(2)]) == 2
    before = dump(store)
    assert store.add_feeds([feed(1, title="later"), feed(2)]) == 0
    assert dump(store) == before
    assert store.feeds()[0].title == "first"


def test_due_feeds_are_neither_paused_nor_gone_nor_in_the_future_and_the_longest_due_comes_first(store: Store) -> None:
    store.add_feeds(
        [
            feed(1),
            feed(2, next_check_at=NOW - timedelta(hours=1)),
            feed(3, next_check_at=NOW + timedelta(seconds=1)),
            feed(4, paused=True),
            feed(5, state=FeedState.GONE),
        ]
    )
    assert [due.url for due in store.due_feeds(NOW)] == [feed(2).url, feed(1).url]


def test_a_removed_feed_is_gone_and_its_entries_stay(store: Store) -> None:
    store.add_feeds([feed()])
    store.save_polls([(feed(), [entry(1)])], RUN)
    assert store.remove_feed(feed().url)
    assert not store.remove_feed(feed().url)
    assert (store.feeds(), store.pending_entries(NOW)) == ([], [entry(1)])


def test_a_poll_stores_what_it_learnt_and_leaves_alone_what_a_person_changed_meanwhile(store: Store) -> None:
    store.add_feeds([feed()])
    put(store, feed(title="Mine", folder="World", paused=True))
    polled = feed(title="Theirs", publisher="Theirs", state=FeedState.OK, etag="1", interval=timedelta(minutes=5))
    store.save_polls([(replace(polled, checked_at=NOW, next_check_at=NOW + timedelta(hours=1)), [])], RUN)
    (found,) = store.feeds()
    assert (found.title, found.folder, found.paused, found.publisher) == ("Mine", "World", True, "Theirs")
    assert (found.etag, found.state, found.checked_at, found.interval) == ("1", FeedState.OK, NOW, timedelta(minutes=5))


def test_a_pause_leaves_what_a_poll_learnt_and_its_end_makes_the_feed_due(store: Store) -> None:
    learnt = feed(state=FeedState.FAILING, reason="HTTP 500", failures=2, etag="1", next_check_at=NOW + timedelta(1))
    put(store, learnt)
    assert store.pause_feed(learnt.url, True, NOW)
    assert store.feeds() == [replace(learnt, paused=True)]
    assert store.pause_feed(learnt.url, False, NOW)
    assert store.feeds() == [replace(learnt, next_check_at=NOW)]


def test_what_a_poll_learnt_of_habits_and_moves_is_stored_with_its_feed(store: Store) -> None:
    store.add_feeds([feed()])
    learnt = feed(
        habits=HABITS, move=Move("https://there.example/"), health=("gap: x",), setback=0.5, served_by="https://b"
    )
    store.save_polls([(learnt, [])], RUN)
    assert store.feeds() == [learnt]


def test_the_end_of_a_pause_trusts_a_feeds_server_again_and_asks_its_own_address_first(store: Store) -> None:
    put(store, feed(habits=HABITS, move=Move("https://there.example/", NOW), paused=True))
    store.pause_feed(feed().url, False, NOW)
    (found,) = store.feeds()
    assert (found.habits.lies, found.move) == (0, Move("https://there.example/", None))


def test_r13_when_a_feed_is_due_is_stored_with_what_the_look_found(store: Store) -> None:
    store.add_feeds([feed()])
    store.save_polls([(feed(next_check_at=NOW + timedelta(hours=3), state=FeedState.OK), [])], RUN)
    assert store.due_feeds(NOW + timedelta(hours=2)) == []
    assert len(store.due_feeds(NOW + timedelta(hours=3))) == 1


def test_a_feed_that_was_checked_in_the_future_is_due(store: Store) -> None:
    ahead = NOW + timedelta(days=3650)
    store.add_feeds([feed(1, checked_at=ahead, next_check_at=ahead + timedelta(hours=1))])
    assert len(store.due_feeds(NOW)) == 1


@pytest.mark.parametrize("state", [{"paused": True}, {"state": FeedState.GONE}])
def test_a_feed_is_not_given_up_for_one_that_is_not_asked(store: Store, state: dict[str, object]) -> None:
    store.add_feeds([feed(1), feed(2, **state)])
    store.save_polls([(feed(1, move=Move(feed(2).url, NOW), state=FeedState.OK), [])], RUN)
    assert store.feeds()[0].state is FeedState.OK


def test_r31_a_feed_that_moved_to_where_another_is_asked_is_asked_no_more_and_says_so(store: Store) -> None:
    store.add_feeds([feed(1), feed(2)])
    store.save_polls([(feed(1, move=Move(feed(2).url, NOW), state=FeedState.OK), [entry(1, feed(1).url)])], RUN)
    one, two = store.feeds()
    assert (one.state, one.reason) == (FeedState.GONE, f"it has moved to {two.url}, which is followed already")
    assert store.due_feeds(NOW) == [two]
    assert [e.feed_url for e in store.pending_entries(NOW)] == [one.url]


def test_polls_are_stored_together_and_each_feed_with_its_own_entries(store: Store) -> None:
    store.add_feeds([feed(0), feed(1)])
    polls = [(feed(n, etag=str(n)), [entry(n, feed(n).url), entry(9, feed(n).url)]) for n in range(3)]
    assert store.save_polls(polls, RUN) == 4  # the third was removed while it was polled
    assert [f.etag for f in store.feeds()] == ["0", "1"]


def test_to_put_off_feeds_never_brings_a_look_forward_and_changes_nothing_else(store: Store) -> None:
    late = feed(2, next_check_at=NOW + timedelta(days=2), etag="e")
    store.add_feeds([feed(1), late, feed(3)])
    until = NOW + timedelta(hours=2)
    why = ("resting: its host wants it",)
    store.postpone_feeds([feed(1, next_check_at=until, title="x", health=why), feed(2, next_check_at=until)])
    assert store.feeds() == [feed(1, next_check_at=until, health=why), late, feed(3)]


def test_the_end_of_a_pause_tries_a_feed_again_that_was_gone(store: Store) -> None:
    put(store, feed(state=FeedState.GONE, reason="HTTP 410", failures=1, paused=True, etag="1"))
    assert store.pause_feed(feed().url, False, NOW)
    assert store.due_feeds(NOW) == [feed(etag="1")]


def test_a_feed_that_is_not_there_cannot_be_paused(store: Store) -> None:
    assert not store.pause_feed(feed().url, True, NOW)
    assert store.feeds() == []


def test_a_feed_that_was_removed_while_it_was_polled_stays_removed(store: Store) -> None:
    assert store.save_polls([(feed(), [entry(1)])], RUN) == 0
    assert (store.feeds(), store.pending_entries(NOW)) == ([], [])


def test_a_time_without_a_zone_is_refused_as_a_bug(store: Store) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        store.due_feeds(NOW.replace(tzinfo=None))
