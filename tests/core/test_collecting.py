"""Laws of what becomes of an entry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storywire.collecting import after_failure, blameless, from_feed, from_page, from_stored, needs_page
from storywire.nouns import Article, Entry, EntryState, Precision, Published
from storywire.pages import Page
from storywire.walls import Wall, WallKind

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
NO_TEXT = replace(PAGE, text="", reason="no text found", wall=Wall(WallKind.TOO_SHORT, ""))
NOT_HTML = replace(PAGE, text="", reason="not HTML")
BY_FEED = "by the feed's own words: "


def walled(kind: WallKind) -> Page:
    wall = Wall(kind, "its words")
    return Page(PAGE.url, None, "", Published(), None, None, str(wall), wall=wall)


def stored(entry: Entry, page: Page = PAGE) -> Article:
    collected = from_page(entry, page, NOW)
    assert collected.article is not None
    assert collected.entry.state is EntryState.STORED
    assert collected.entry.article_id == collected.article.article_id
    assert (collected.entry.reason is None) is (page.reason is None)
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
    assert stored(ENTRY, replace(PAGE, text="The ferry came back.")).text == SUMMARY
    collected = from_page(ENTRY, NOT_HTML, NOW)
    assert collected.article is not None
    assert collected.article.text == SUMMARY
    assert collected.entry.reason == BY_FEED + "the page was not read: not HTML"


def test_a_page_and_feed_that_say_too_little_are_unusable_with_the_pages_reason() -> None:
    collected = from_page(replace(ENTRY, summary=None), NOT_HTML, NOW)
    assert collected.article is None
    assert (collected.entry.state, collected.entry.reason) == (EntryState.UNUSABLE, "the page was not read: not HTML")


SETTLED = [WallKind.PAYWALL, WallKind.NOT_FOUND, WallKind.LOGIN, WallKind.VIDEO]


@pytest.mark.parametrize("kind", SETTLED)
def test_a_wall_that_stays_leaves_the_feeds_own_words_and_says_so(kind: WallKind) -> None:
    collected = from_page(ENTRY, walled(kind), NOW)
    assert collected.article is not None
    assert (collected.article.text, collected.article.title) == (SUMMARY, ENTRY.title)
    assert collected.entry.reason == f"{BY_FEED}the page is {kind} (“its words”)"


@pytest.mark.parametrize("kind", SETTLED)
def test_a_wall_before_an_entry_without_words_is_never_grouped(kind: WallKind) -> None:
    collected = from_page(replace(ENTRY, summary=None), walled(kind), NOW)
    assert collected.article is None
    assert collected.entry.state is EntryState.UNUSABLE
    assert collected.entry.reason == f"the page is {kind} (“its words”)"


@pytest.mark.parametrize("page", [walled(WallKind.CONSENT), walled(WallKind.BOT_CHECK), NO_TEXT])
def test_where_another_try_may_help_the_entry_waits_and_then_goes_by_the_feeds_words(page: Page) -> None:
    first = from_page(ENTRY, page, NOW)
    assert first.article is None
    assert (first.entry.state, first.entry.attempts, first.entry.next_attempt_at) == (EntryState.PENDING, 1, NOW)
    second = from_page(first.entry, page, NOW)
    assert (second.entry.attempts, second.entry.next_attempt_at) == (2, NOW + HOUR)
    third = from_page(second.entry, page, NOW)
    assert third.article is not None
    assert third.article.text == SUMMARY
    assert third.entry.state is EntryState.STORED
    assert (third.entry.reason or "").startswith(BY_FEED)
    wordless = from_page(replace(second.entry, summary=None), page, NOW)
    assert (wordless.entry.state, wordless.entry.reason) == (EntryState.UNUSABLE, second.entry.reason)


def test_a_wall_that_passed_is_forgotten() -> None:
    waiting = from_page(ENTRY, walled(WallKind.BOT_CHECK), NOW).entry
    collected = from_page(waiting, PAGE, NOW)
    assert collected.article is not None
    assert collected.article.text == TEXT
    assert collected.entry.reason is None


def test_a_short_page_is_enough_with_the_feeds_longer_title() -> None:
    title = "Ferry returns to the harbour after two days in the storm with all of its crew safe and sound"
    page = replace(PAGE, text="A tug had found it.", wall=Wall(WallKind.TOO_SHORT, ""))
    article = stored(replace(ENTRY, title=title, summary=None), page)
    assert (article.title, article.text) == (title, page.text)


STRANGE = (
    "Members of the garden club will meet on Sunday under the old lime tree to exchange seeds, bulbs and cuttings.\n\n"
    "Visitors are welcome from eleven, and the kitchen serves soup, bread and elderflower lemonade until everything is "
    "gone. Whoever brings flowers of their own takes part in the raffle, whose first prize is a wheelbarrow."
)


def test_a_page_that_tells_of_something_else_leaves_the_feeds_words() -> None:
    collected = from_page(replace(ENTRY, summary=TEXT), replace(PAGE, text=STRANGE), NOW)
    assert collected.article is not None
    assert collected.article.text == TEXT
    assert collected.entry.reason == BY_FEED + "the page tells of something else"


def test_of_a_page_that_tells_of_something_else_nothing_is_taken() -> None:
    strange = replace(PAGE, text=STRANGE, url="https://example.org/club", author="Ada Osk")
    collected = from_page(replace(ENTRY, title=None, summary=TEXT, published=Published()), strange, NOW)
    article = collected.article
    assert article is not None
    assert (article.url, article.author, article.publisher) == (ENTRY.url, None, None)
    assert (article.published, article.title in TEXT) == (Published(), False)
    assert article.title.rstrip("…") in TEXT


def test_a_page_in_another_language_or_after_a_bare_title_is_not_a_stranger() -> None:
    german = (
        "Die Fähre kehrte am Dienstag nach zwei Tagen im Sturm in den Hafen zurück, alle an Bord sind wohlauf.\n\nDer "
        "Hafenmeister sagte, vor dem Kap sei die Maschine ausgefallen, und ein Schlepper habe das Schiff gefunden."
    )
    assert stored(replace(ENTRY, summary=TEXT), replace(PAGE, text=2 * german, language="de")).text == 2 * german
    assert stored(replace(ENTRY, summary=None), replace(PAGE, text=STRANGE)).text == STRANGE


def test_the_feeds_author_goes_before_the_pages() -> None:
    page = replace(PAGE, author="Jon Berg")
    assert stored(ENTRY, page).author == "Jon Berg"
    assert stored(replace(ENTRY, author="Ines Holm"), page).author == "Ines Holm"
    assert from_stored(ENTRY, stored(ENTRY, page)).article == stored(ENTRY, page)


def test_an_article_is_never_published_later_than_it_was_first_seen() -> None:
    ahead = replace(AN_HOUR_AGO, at=NOW + 3 * HOUR)
    assert stored(replace(ENTRY, published=ahead)).published == Published(NOW, Precision.DAY, "feed")
    page = replace(PAGE, published=Published(NOW + 20 * HOUR, Precision.DAY, "json-ld"))
    assert stored(replace(ENTRY, published=Published()), page).published == Published(NOW, Precision.DAY, "json-ld")


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
    assert third.entry.reason == BY_FEED + "timed out"


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
