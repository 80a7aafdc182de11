from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from storage_makers import NOW, RUN, article, dump, entry, feed, sql, states, stored

from storage.store import Store
from storywire.nouns import Article, Entry, EntryState


def test_a_lone_surrogate_is_replaced_and_does_not_stop_a_batch(store: Store) -> None:
    store.add_entries([entry(1, title="a\ud800b\x00c"), entry(2)], RUN)
    assert [found.title for found in store.pending_entries(NOW)] == ["a?b\x00c", "Title 2"]


def test_the_same_poll_again_changes_nothing(store: Store) -> None:
    store.add_feeds([feed()])
    assert store.save_polls([(feed(), [entry(1), entry(2), entry(1)])], RUN) == 2
    before = dump(store)
    assert store.save_polls([(feed(), [entry(1), entry(2)])], RUN) == 0
    assert dump(store) == before


def test_the_same_page_under_another_guid_in_the_same_feed_is_a_repeat(store: Store) -> None:
    store.add_feeds([feed(0), feed(1)])
    store.save_polls([(feed(0), [entry(1)])], RUN)
    again = entry(2, url=entry(1).url, title=entry(1).title)
    page = {"url": "https://news.example/page/new", "title": "New"}
    twice = [entry(3, **page), entry(4, **page)]
    assert store.save_polls([(feed(0), [again, *twice])], RUN) == 3
    assert store.save_polls([(feed(1), [entry(1, feed(1).url)])], RUN) == 1
    assert {(found.feed_url, found.guid) for found in store.pending_entries(NOW)} == {
        (feed(0).url, "guid-1"),
        (feed(1).url, "guid-1"),
        (feed(0).url, "guid-3"),
    }
    assert states(store)[EntryState.REPEAT] == 2
    assert sql(store, "SELECT DISTINCT reason FROM private.entry WHERE state = 'repeat'") == [
        ("the feed listed this before, with the same title, under another guid",)
    ]


def test_pending_entries_wait_for_their_next_attempt(store: Store) -> None:
    later = entry(1, next_attempt_at=NOW + timedelta(minutes=1), attempts=1)
    store.add_entries([entry(3), later, entry(2), entry(4, state=EntryState.UNUSABLE, reason="no link")], RUN)
    assert store.pending_entries(NOW) == [entry(2), entry(3)]
    assert store.pending_entries(NOW, limit=1) == [entry(2)]
    assert store.pending_entries(NOW + timedelta(minutes=1), 1) == [later]


def test_collected_entries_are_stored_with_their_articles_and_the_same_again_changes_nothing(store: Store) -> None:
    store.add_entries([entry(1), entry(2), entry(3)], RUN)
    failed = replace(entry(2), state=EntryState.FAILED, reason="HTTP 404", attempts=5)
    retry = replace(entry(3), reason="timed out", attempts=1, next_attempt_at=NOW + timedelta(hours=1))
    collected: list[tuple[Entry, Article | None]] = [stored(1), (failed, None), (retry, None)]
    store.save_collected(collected, RUN)
    before = dump(store)
    store.save_collected(collected, "a later run")
    assert dump(store) == before
    assert store.pending_entries(NOW) == []
    assert store.pending_entries(NOW + timedelta(hours=1)) == [retry]
    assert states(store) == {
        EntryState.STORED: 1,
        EntryState.FAILED: 1,
        EntryState.PENDING: 1,
    }


def test_a_stored_article_is_never_overwritten(store: Store) -> None:
    store.save_collected([stored(1)], RUN)
    other = replace(entry(1, feed(1).url), state=EntryState.STORED, article_id=article(1).article_id)
    store.save_collected([(other, article(1, text="Another text."))], RUN)
    assert store.articles_at([str(article(1).url), "https://nowhere.example/"]) == {article(1).url: article(1)}
    assert states(store)[EntryState.STORED] == 2


def test_of_two_articles_at_one_address_the_one_seen_first_is_had(store: Store) -> None:
    second = article(1, article_id="0", first_seen_at=NOW + timedelta(days=1))
    store.save_collected([(entry(5), second), stored(1)], RUN)
    assert store.articles_at([str(second.url)]) == {second.url: article(1)}


def test_a_batch_that_cannot_be_stored_leaves_nothing(store: Store) -> None:
    store.add_feeds([feed()])
    before = dump(store)
    broken = entry(2, first_seen_at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="without a zone"):
        store.save_polls([(feed(etag="new"), [entry(1), broken])], RUN)
    assert dump(store) == before


def test_items_of_one_page_with_other_titles_are_entries_of_their_own(store: Store) -> None:
    store.add_feeds([feed(0)])
    front = "https://news.example/"
    store.save_polls([(feed(0), [entry(1, url=front, title="One"), entry(2, url=front, title="Two")])], RUN)
    assert [found.title for found in store.pending_entries(NOW)] == ["One", "Two"]


def test_a_guid_that_is_used_again_for_other_news_is_an_entry_of_its_own(store: Store) -> None:
    store.add_feeds([feed()])
    store.save_polls([(feed(), [entry(1), entry(2)])], RUN)
    numbered = [
        entry(1, url="https://news.example/page/9", title="Title 9"),
        replace(entry(1), entry_id=entry(2).entry_id, guid="guid-2"),  # it moved down by one place
    ]
    assert store.save_polls([(feed(), numbered)], RUN) == 2
    assert store.save_polls([(feed(), numbered)], RUN) == 0
    assert {(found.title, found.guid_trusted) for found in store.pending_entries(NOW + timedelta(1))} == {
        ("Title 1", True),
        ("Title 2", True),
        ("Title 9", False),
    }
    assert states(store)[EntryState.REPEAT] == 1
    assert store.save_polls([(feed(), [entry(1, url="https://news.example/page/10", title="Title 10")])], RUN) == 1


def test_without_a_link_the_words_tell_that_a_guid_is_used_again(store: Store) -> None:
    store.add_feeds([feed()])
    store.save_polls([(feed(), [entry(1, url=None, title="a\ud800b")])], RUN)
    same = [entry(1, url=None, title="a\ud800b", summary="Edited"), entry(1, url=None, title="Edited")]
    assert [store.save_polls([(feed(), [said])], RUN) for said in same] == [0, 0]
    assert store.save_polls([(feed(), [entry(1, url=None, title="Other", summary="Other")])], RUN) == 1


def test_an_item_that_moved_or_was_edited_is_the_same_entry(store: Store) -> None:
    store.add_feeds([feed()])
    store.save_polls([(feed(), [entry(1)])], RUN)
    assert store.save_polls([(feed(), [entry(1, title="Edited", summary="Edited")])], RUN) == 0
    assert store.save_polls([(feed(), [entry(1, url="https://news.example/moved", summary="Edited")])], RUN) == 0


def test_the_guid_of_a_removed_article_is_not_taken_for_one_used_again(store: Store) -> None:
    store.add_feeds([feed()])
    store.save_polls([(feed(), [entry(1)])], RUN)
    store.save_collected([stored(1)], RUN)
    store.delete_article(article(1).article_id)
    assert store.save_polls([(feed(), [entry(1, url="https://news.example/moved", title="Edited")])], RUN) == 0
