"""How every id is derived. Decides what makes two things the same thing.

Never draws an id at random or from a clock: the same input gives the same id, so a re-run changes nothing.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from storywire.nouns import Entry


def digest(*parts: str) -> str:
    """16 hex digits (64 bits) of SHA-256 over the parts; a unit separator keeps ("ab", "c") and ("a", "bc") apart.

    With 10 million ids the chance of any collision is about 3e-6 (birthday bound).
    """
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def entry_id(feed_url: str | None, guid: str | None, url: str | None, title: str | None, summary: str | None) -> str:
    """The id of an entry: by its guid where that is trusted (else pass None), else its link, else its words."""
    if guid:
        return digest("guid", feed_url or "", guid)
    if url:
        return digest("url", feed_url or "", url)
    return digest("words", feed_url or "", title or "", summary or "")


def article_id(feed_url: str | None, guid: str | None, url: str | None, title: str, text: str) -> str:
    """The id of an article, by its first identity: a trusted (feed, guid), else its canonical url, else its content."""
    if feed_url and guid:
        return digest("article-guid", feed_url, guid)
    if url:
        return digest("article-url", url)
    return digest("article-content", title, text)


def slug(name: str) -> str:
    """A name as it stands in ids and addresses: "Aleppo siege diplomacy" -> "aleppo-siege-diplomacy".

    Letters of every script are kept; accents are dropped.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "-", plain.casefold()).strip("-")


def seeded_storyline_id(name: str) -> str:
    """The id of a storyline that a person named: the slug of its name."""
    return slug(name)


def event_id(founder_id: str) -> str:
    """The id of an event, from its founding article."""
    return "e" + digest("event", founder_id)


def split_event_id(event: str, founder_id: str) -> str:
    """The id of an event that was taken out of another, from both that one and its own first article."""
    return "e" + digest("split", event, founder_id)


def automatic_storyline_id(founder_id: str) -> str:
    """The id of a storyline that Storywire found, from its founding article."""
    return "s" + digest("storyline", founder_id)


def watch_id(name: str) -> str:
    """The id of a watch, from its name."""
    return "w" + digest("watch-name", name)


def alert_id(watch: str, subject: str, kind: str, causes: Iterable[str]) -> str:
    """The id of an alert, from (watch, subject, class, causes); the order of the causes does not matter."""
    return "a" + digest("alert", watch, subject, kind, *sorted(causes))


def message_id(watch: str, alerts: Iterable[str]) -> str:
    """The id of a message, from the watch and the alerts that it tells."""
    return "m" + digest("message", watch, *sorted(alerts))


def article_id_of(entry: Entry) -> str:
    """The id of the article that an entry becomes. It is known before the page is, so that a definition can name it."""
    guid = entry.guid if entry.guid_trusted else None
    return article_id(entry.feed_url, guid, entry.url, entry.title or "", entry.summary or "")
