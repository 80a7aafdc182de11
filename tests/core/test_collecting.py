"""Laws of what becomes of an entry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storywire.collecting import after_failure, blameless, from_feed, from_page, from_stored, needs_page
from storywire.nouns import Article, Entry, EntryState, Precision, Published
from storywire.pages import Page

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
AN_HOUR_AGO = Published(NOW - HOUR, Precision.MINUTE, "feed")
SUMMARY = "The ferry came back to the harbour on Tuesday with all of its crew safe after two days in the storm."
TEXT = (
    SUMMARY
    + "\n\nThe harbour master said that the engine had failed near the cape and that a tug had found it at dawn."
)
ENTRY = Entry("e", "https://example.org/feed", "g", "https://example.org/a", "Ferry returns", SUMMARY, AN_HOUR_AGO, NOW)
PAGE = Page(
    "https://example.org/a-b",
    "Ferry returns to the harbour | Harbour News",
    TEXT,
    Published(NOW - 9 * HOUR, Precision.DAY, "page"),
    "Harbour News",
    "en",
    None,
)
NO_TEXT = replace(PAGE, text="", reason="no text found")


def stored(entry: Entry, page: Page = PAGE) -> Article:
    collected = from_page(entry, page)
    assert collected.article is not None
    assert collected.entry.state is EntryState.STORED
    assert collected.entry.article_id == collected.article.article_id
    assert collected.entry.reason is None
    return collected.article


def test_the_feeds_title_and_date_win_and_the_pages_text_and_address_are_taken() -> None:
    article = stored(ENTRY)
    assert (article.title, article.published) == ("Ferry returns", AN_HOUR_AGO)
    assert (article.text, article.url, article.publisher) == (TEXT, PAGE.url, "Harbour News")
    assert (article.language, article.first_seen_at) == ("en", NOW)


def test_the_page_fills_what_the_feed_leaves_out() -> None:
    article = stored(replace(ENTRY, title=None, published=Published(), publisher=None))
    assert (article.title, article.published) == (PAGE.title, PAGE.published)


def test_the_feeds_publisher_wins() -> None:
    assert stored(replace(ENTRY, publisher="The Harbour")).publisher == "The Harbour"


def test_a_pages_date_that_cannot_be_is_not_believed() -> None:
    page = replace(PAGE, published=Published(NOW + timedelta(days=400), Precision.DAY, "page"))
    assert stored(replace(ENTRY, published=Published()), page).published == Published()


def test_the_feeds_text_stands_in_where_the_page_has_less_or_none() -> None:
    assert stored(ENTRY, replace(PAGE, text="Please accept cookies.")).text == SUMMARY
    assert stored(ENTRY, NO_TEXT).text == SUMMARY


def test_a_page_and_feed_that_say_too_little_are_unusable_with_the_pages_reason() -> None:
    collected = from_page(replace(ENTRY, summary=None), NO_TEXT)
    assert collected.article is None
    assert (collected.entry.state, collected.entry.reason) == (EntryState.UNUSABLE, "the page: no text found")


def test_an_entry_with_the_whole_text_needs_no_page() -> None:
    whole = replace(ENTRY, summary=TEXT, full_text=True)
    assert needs_page(ENTRY)
    assert not needs_page(whole)
    assert not needs_page(replace(ENTRY, url=None))
    article = from_feed(whole).article
    assert article is not None
    assert (article.text, article.url) == (TEXT, ENTRY.url)


def test_an_entry_without_link_and_words_is_unusable() -> None:
    collected = from_feed(replace(ENTRY, url=None, summary="Few words."))
    assert (collected.entry.state, collected.entry.reason) == (EntryState.UNUSABLE, "no link and too little text")


def test_a_stored_page_is_used_again_under_the_entrys_own_name() -> None:
    first = stored(ENTRY)
    again = from_stored(replace(ENTRY, entry_id="f", feed_url="https://other.example/feed", title="Otherwise"), first)
    assert again.article is not None
    assert (again.article.title, again.article.text, again.article.url) == ("Otherwise", TEXT, first.url)


@pytest.mark.parametrize(("trusted", "same"), [(True, False), (False, True)])
def test_an_articles_identity_is_a_trusted_guid_else_its_address(trusted: bool, same: bool) -> None:
    one = stored(replace(ENTRY, guid="1", guid_trusted=trusted))
    other = stored(replace(ENTRY, guid="2", guid_trusted=trusted))
    assert (one.article_id == other.article_id) is same


def test_a_page_that_cannot_be_had_is_tried_three_times_with_growing_gaps() -> None:
    first = after_failure(ENTRY, "HTTP 503", 503, NOW).entry
    assert (first.state, first.attempts, first.next_attempt_at) == (EntryState.PENDING, 1, NOW)
    second = after_failure(first, "timed out", None, NOW).entry
    assert (second.state, second.reason, second.next_attempt_at) == (EntryState.PENDING, "timed out", NOW + HOUR)
    third = after_failure(second, "timed out", None, NOW)
    assert third.entry.state is EntryState.STORED
    assert third.article is not None
    assert third.article.text == SUMMARY


def test_an_entry_fails_when_the_feeds_words_are_too_few_to_stand_in() -> None:
    poor = replace(ENTRY, summary="Short.", attempts=2)
    collected = after_failure(poor, "timed out after 30 s", None, NOW)
    assert collected.article is None
    assert (collected.entry.state, collected.entry.reason) == (EntryState.FAILED, "timed out after 30 s")


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_final_at_once(status: int) -> None:
    assert after_failure(ENTRY, f"HTTP {status}", status, NOW).entry.state is EntryState.STORED
    poor = replace(ENTRY, summary=None)
    assert after_failure(poor, f"HTTP {status}", status, NOW).entry.state is EntryState.FAILED


def test_an_attempt_without_network_does_not_count_for_up_to_a_day() -> None:
    spared = blameless(ENTRY, "cannot be reached", NOW).entry
    assert (spared.state, spared.attempts, spared.reason) == (EntryState.PENDING, 0, "cannot be reached")
    assert blameless(ENTRY, "cannot be reached", NOW + 25 * HOUR).entry.attempts == 1
