"""Collecting: decides what becomes of a pending entry: an article, another attempt later, or an end with a reason.

Never fetches a page; it is told what fetching found.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storywire.dates import trusted
from storywire.identity import article_id_of
from storywire.language import UNKNOWN, language_of
from storywire.nouns import Article, Entry, EntryState
from storywire.pages import Page
from storywire.text import one_line, words
from storywire.urls import canonical_url
from storywire.walls import MIN_WORDS, WallKind

MAX_ATTEMPTS = 3
# Of the words of a feed's title and summary that carry the subject, the share below which a page tells of something
# else. Of 903 news pages two lay below it with their own description, both misread, and 60 % with another page's.
STRANGER = 0.08
_TELLING = 8  # words of subject; fewer can be missing by chance
BY_FEED = "by the feed's own words"
_GAPS = (timedelta(0), timedelta(hours=1))  # after the first failure the next run, after the second an hour
_FINAL = frozenset({401, 403, 404, 410})  # asking again would not help, and is impolite
_PATIENCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Collected:
    """An entry in its new state, with the article that it became, if it did."""

    entry: Entry
    article: Article | None = None


def needs_page(entry: Entry) -> bool:
    """Whether a page must be had: the entry has an address and does not bring the whole text itself."""
    return entry.url is not None and not entry.full_text


def from_feed(entry: Entry) -> Collected:
    """What an entry becomes by its own words alone, as it is meant to."""
    return _settled(entry, None, EntryState.UNUSABLE, None)


def without_page(entry: Entry, why: str) -> Collected:
    """What an entry becomes by its own words, whose page must not be asked for."""
    return _settled(entry, None, EntryState.FAILED, why)


def from_page(entry: Entry, page: Page, now: datetime) -> Collected:
    """What an entry becomes with the page that it links.

    The feed's title and date win: against the labels of 659 news pages, extractors had the date right in 85 % and the
    exact title in half (WCXB). The longer text wins, if it tells of what the feed announced. A page that is a wall, or
    has no text, leaves the feed's; where another try may help, the entry waits for it first.
    """
    if page.wall is None or _says_enough(entry, page):
        why = f"the page was not read: {page.reason}" if page.reason else None
        return _settled(entry, page, EntryState.UNUSABLE, why)
    why = "no text found on the page" if page.reason == "no text found" else f"the page is {page.reason or page.wall}"
    if not page.wall.kind.may_pass:
        return _settled(entry, page, EntryState.UNUSABLE, why)
    tried = replace(entry, attempts=entry.attempts + 1, reason=why)
    if tried.attempts >= MAX_ATTEMPTS:
        return _settled(tried, page, EntryState.UNUSABLE, why)
    return _waiting(tried, now)


def _says_enough(entry: Entry, page: Page) -> bool:
    """Whether a page that is short says enough with the feed's title."""
    short = page.wall is not None and page.wall.kind is WallKind.TOO_SHORT
    return short and bool(page.text) and len(words(entry.title or "")) + len(words(page.text)) >= MIN_WORDS


def is_stored(entry: Entry, stored: Article | None) -> bool:
    """Whether an article of the entry's address is what the entry links: a page with a new headline has changed.

    One without a text, since that was pruned, has nothing to give: its page is read once more.
    """
    return stored is not None and bool(stored.text) and entry.title in (None, stored.title)


def from_stored(entry: Entry, article: Article) -> Collected:
    """What an entry becomes whose page is stored already."""
    told = (article.url, article.title, article.text, article.published, article.publisher, article.language)
    return _settled(entry, Page(*told, reason=None, author=article.author), EntryState.UNUSABLE, None)


def after_failure(entry: Entry, reason: str, status: int | None, now: datetime) -> Collected:
    """An entry whose page could not be had: it waits for another attempt, or goes by the feed's words, or fails."""
    tried = replace(entry, attempts=entry.attempts + 1, reason=reason)
    if status in _FINAL or tried.attempts >= MAX_ATTEMPTS:
        return _settled(tried, None, EntryState.FAILED, reason)
    return _waiting(tried, now)


def _waiting(tried: Entry, now: datetime) -> Collected:
    return Collected(replace(tried, next_attempt_at=now + _GAPS[tried.attempts - 1]))


def blameless(entry: Entry, reason: str, now: datetime) -> Collected:
    """An entry whose page could not even be tried: no host at all was reached, or its own gave no robots.txt.

    The attempt does not count, for up to a day.
    """
    if now - entry.first_seen_at > _PATIENCE:
        return after_failure(entry, reason, None, now)
    return Collected(replace(entry, reason=reason))


def _settled(entry: Entry, page: Page | None, otherwise: EntryState, why: str | None) -> Collected:
    """The entry as an article, where feed and page together say enough; else in the state `otherwise`.

    `why` says what was wrong with the page, where something was.
    """
    summary = entry.summary or ""
    told = page.text if page and why is None else ""
    if told and is_stranger(entry, told):
        told, page, why = "", None, "the page tells of something else"
    text = max(told, summary, key=lambda t: len(words(t)))
    title = entry.title or (page.title if page else None) or one_line(text, 100)
    if len(words(title)) + len(words(text)) < MIN_WORDS:
        reason = why or ("too little text" if entry.url else "no link and too little text")
        return Collected(replace(entry, state=otherwise, reason=reason, next_attempt_at=None))
    article = _article(entry, page, title, text or title)
    return Collected(
        replace(
            entry,
            state=EntryState.STORED,
            reason=f"{BY_FEED}: {why}" if why else page.note if page and text == told else None,
            next_attempt_at=None,
            article_id=article.article_id,
        ),
        article,
    )


def is_stranger(entry: Entry, text: str) -> bool:
    """Whether a page's text has next to nothing of what the feed said, in the same language, of the entry."""
    summary = entry.summary or ""
    announced = _subject(f"{entry.title or ''}\n{summary}")
    if len(words(summary)) < MIN_WORDS or len(announced) < _TELLING:
        return False
    if len(announced & _subject(text)) >= STRANGER * len(announced):
        return False
    language = language_of(summary)
    return language != UNKNOWN and language == language_of(text)


def _subject(text: str) -> set[str]:
    """The words that carry the subject: those of five letters and more, and pairs of unspaced characters."""
    return {word for word in words(text) if len(word) >= 5 or (len(word) == 2 and word[0] > "\u0dff")}


def _article(entry: Entry, page: Page | None, title: str, text: str) -> Article:
    url = (canonical_url(page.url) if page and page.url else None) or entry.url
    own = page.language if page and page.text == text else language_of(text)  # extracting has looked already
    language = own if own and own != UNKNOWN else entry.language or UNKNOWN
    published = entry.published if entry.published.at or not page else page.published
    return Article(
        article_id=article_id_of(entry),
        url=url,
        title=title,
        text=text,
        language=language,
        publisher=entry.publisher or (page.publisher if page else None),
        published=published if published.source == "seed" else trusted(published, entry.first_seen_at),
        first_seen_at=entry.first_seen_at,
        author=entry.author or (page.author if page else None),
    )
