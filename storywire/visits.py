"""Visits: decides when a stored article's page is looked at again, and what the article says after a look.

Never fetches a page, and never decides what a change is; `storywire.revisions` does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from storywire.collecting import is_stranger
from storywire.nouns import Article, Entry, Revision
from storywire.pages import Page
from storywire.revisions import MIN_LENGTH, lost, revised
from storywire.text import fingerprint, words

FIRST_LOOK = timedelta(hours=1)  # most corrections and additions come soon
SECOND_LOOK = timedelta(hours=24)
LAST_LOOK = timedelta(days=7)
NO_LOOK = timedelta(days=8)
EARLY = timedelta(minutes=5)  # else an hourly schedule that is a second early would come an hour late
ASKED_AGAIN = timedelta(hours=24)
MAX_PAGES = 200
_LOOKS = (FIRST_LOOK, SECOND_LOOK, LAST_LOOK)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may be looked at again. `watched`: it is kept in a watched storyline.

    `listed_at`: when its feed listed it with other words, and nobody has looked since. `whole`: its feed carries the
    whole text, which tells of each change itself.
    """

    article_id: str
    first_seen_at: datetime
    visited_at: datetime | None
    watched: bool
    listed_at: datetime | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a page, whatever came of it, with the validators for the next. They are byte for byte as served."""

    article_id: str
    visited_at: datetime
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an article before a look: itself, the entry that it came from, and how often it changed.

    `visit` is the last look, None before the first.
    """

    article: Article
    entry: Entry
    revisions: int = 0
    visit: Visit | None = None

    def visited(self, at: datetime) -> Visit:
        """A look at `at` that brought no other document: the validators of the last one stay."""
        return replace(self.visit or Visit(self.article.article_id, at), visited_at=at)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a look came to: the article if it says something else now, and the version that this replaced.

    An article without a revision is the same report, had in full for the first time.
    """

    article: Article | None = None
    revision: Revision | None = None


def due_visits(candidates: Iterable[Candidate], now: datetime) -> list[str]:
    """The ids of the articles to look at now, at most MAX_PAGES, those due for longest first.

    Each look is made at most once: what was missed is skipped to the latest that is due.
    """
    waiting = [(since, c.article_id) for c in candidates if (since := _due_since(c, now)) is not None]
    return [article_id for _, article_id in sorted(waiting)[:MAX_PAGES]]


def _due_since(candidate: Candidate, now: datetime) -> datetime | None:
    age, visited = now - candidate.first_seen_at, candidate.visited_at
    looks = _LOOKS if candidate.watched and not candidate.whole and age <= NO_LOOK else ()
    planned = [candidate.first_seen_at + look - EARLY for look in looks if age >= look - EARLY]
    if planned and (visited is None or visited < planned[-1]):
        return planned[-1]
    if candidate.listed_at is not None and (visited is None or now - visited >= ASKED_AGAIN):
        return candidate.listed_at
    return None


def asks_for_page(kept: Kept, now: datetime) -> bool:
    """Whether a look asks for the page; where not, the feed's words do: it has the whole text, or the page is old."""
    return not kept.entry.full_text and now - kept.article.first_seen_at <= NO_LOOK


def seen_again(kept: Kept, page: Page | None, at: datetime) -> Outcome:
    """What an article says after a look at `at`; `page` is None where there was nothing new to read.

    The headline is the feed's, as ever. The text is compared with what it was taken from, the feed or the page. An
    article that had its feed's words, since its page could not be read, takes the page's without a revision: nobody
    changed it.
    """
    before, entry = kept.article, kept.entry
    readable = page is not None and not page.reason and page.wall is None and not is_stranger(entry, page.text)
    text = page.text if page is not None and readable else ""
    if entry.full_text or _by_feed(kept, text):
        said = entry.summary or before.text
        if page is not None and not entry.full_text and _length(text) > max(_length(before.text), _length(said)):
            return Outcome(replace(before, text=text, language=page.language or before.language))
        text = said
    now = replace(before, title=entry.title or before.title, text=text or before.text)
    revision = revised(before, now, kept.revisions + 1, at)
    return Outcome(now, revision) if revision else Outcome()


def _by_feed(kept: Kept, page: str) -> bool:
    """Whether an article's text is the feed's: the same, or, where the feed has changed it since, nearer to it."""
    text, said = kept.article.text, kept.entry.summary or ""
    if fingerprint(text) in map(fingerprint, (said, kept.article.title)):
        return True
    listed = kept.entry.next_attempt_at is not None
    return listed and _length(said) >= MIN_LENGTH * _length(text) and lost(text, said) < lost(text, page)


def _length(text: str) -> int:
    return len(words(text))
