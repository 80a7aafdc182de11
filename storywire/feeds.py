"""Feeds: decides what a document that a server sent says, which of its words are trusted, and where reading stops.

Never fetches, and never opens what a document points to.
"""

import gzip
import io
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from storywire.authors import authors
from storywire.dates import trusted
from storywire.discovery import named_feeds
from storywire.documents import Document, Item, Skip
from storywire.errors import FeedError
from storywire.feeddates import feed_date
from storywire.identity import entry_id
from storywire.jsonfeed import read_json_feed
from storywire.nouns import Entry
from storywire.sitemaps import is_sitemap, read_news_sitemap
from storywire.text import words
from storywire.urls import canonical_url, host, linked_url
from storywire.xmlfeed import read_xml_feed

MAX_ENTRIES = 2000
MAX_TITLE = 1000  # characters
MAX_SUMMARY = 200_000  # characters
_MAX_UNPACKED = 15 * 2**20  # bytes of a document that is itself a gzip file, such as sitemap.xml.gz
_GZIP = b"\x1f\x8b"
_WHOLE_TEXT = 150  # words; a shorter content is as often a teaser as the report
_TEASER_END = re.compile(
    r"(?:…|\.\.\.|\[(?:…|\.\.\.)\])\W*$"
    r"|(?:^|[.!?…)\]»”\"\n])\s*(?:read more|read the (?:full|rest)|continue reading|keep reading|full story|weiterlesen"
    r"|mehr lesen|lire plus|lire la suite|leer más|seguir leyendo|continua a leggere|leggi tutto|lees meer|leia mais"
    r"|читать далее)\b.{,80}$",
    re.IGNORECASE,
)
_WEB_PAGE = re.compile(rb"(?><\?xml[^>]*>|<!--.*?-->|\s+)*+<(?:!doctype\s+)?html\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What one document says. `notes` tell a person, in words, what was cut or dropped."""

    title: str | None
    language: str | None  # ISO 639-1
    entries: tuple[Entry, ...]
    ttl: timedelta | None = None  # how long the document asks not to be fetched again
    notes: tuple[str, ...] = ()
    skip: Skip = field(default_factory=Skip)
    format: str = ""  # in words, such as "RSS 2.0"
    self_url: str | None = None  # where the document says that it is
    moved_to: str | None = None  # where it says that it went; a hint to a person, never followed
    hub: str | None = None  # the WebSub hub that it names
    cut_short: bool = False  # it ended inside its last item, which is not among the entries


def parse_feed(
    body: bytes,
    url: str,
    now: datetime,
    content_type: str | None = None,
    publisher: str | None = None,
    base: str | None = None,
) -> ParsedFeed:
    """What the feed document `body` says: RSS, RDF, Atom, JSON Feed or a news sitemap, also as a gzip file.

    `url` is the subscription, from which ids derive; `base` is where the document was found after redirects, against
    which links resolve. `publisher` is what a person called the feed; else an item's own source or the feed's title
    is the publisher of its entries. A feed without items is a feed. Raises FeedError for what is no feed.
    """
    found_at = base or url
    document = read_document(body, found_at, content_type)
    trusted_guids, shared_links = _trusted_guids(document.items), _shared_links(document.items)
    entries: dict[str, Entry] = {}
    for item in document.items:
        guid_trusted = item.guid in trusted_guids
        if not guid_trusted and item.link in shared_links:
            item = replace(item, link=None)
        entry = _entry(item, guid_trusted, document, publisher, url, found_at, now)
        entries.setdefault(entry.entry_id, entry)
    language = _language(document.language)
    return ParsedFeed(
        document.title or None,
        language,
        tuple(entries.values()),
        document.ttl,
        tuple(_notes(document)),
        document.skip,
        document.format,
        self_url=linked_url(document.self_url, found_at),
        moved_to=linked_url(document.moved_to, found_at),
        hub=linked_url(document.hub, found_at),
        cut_short=document.cut_short,
    )


def read_document(body: bytes, url: str, content_type: str | None = None) -> Document:
    """The document in `body`, as it stands there; raises FeedError for what is no feed."""
    body = unpacked(body, url)
    start = body[:1024].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff").lstrip()  # byte order marks
    if not start:
        raise FeedError(f"{url} is empty; try again later, or check the address.")
    if start.startswith(b"%PDF"):
        raise FeedError(f"{url} is a PDF, not a feed; give the address of an RSS, Atom or JSON feed.")
    if start[:1] in b"{[":
        return read_json_feed(body, url, MAX_ENTRIES)
    if _WEB_PAGE.match(start):
        raise FeedError(f"{url} is a web page, not a feed; {_way_on(body, url)}")
    if is_sitemap(start):
        return read_news_sitemap(body, url, MAX_ENTRIES)
    document = read_xml_feed(body, url, content_type, MAX_ENTRIES)
    if document is None and b"<opml" in start.lower():
        raise FeedError(f"{url} is OPML, a list of feeds; save it as a file and give that to `storywire feeds import`.")
    if document is None:
        raise FeedError(f"{url} is not a feed; give the address of an RSS, Atom or JSON feed.")
    return document


def unpacked(body: bytes, url: str) -> bytes:
    """A document as it is, or what is in it if it is a gzip file; raises FeedError where that is too much, or nothing.

    Of a file that was cut, or goes on with something else, it is what came before that.
    """
    if not body.startswith(_GZIP):
        return body
    found = bytearray()
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file, suppress(EOFError, OSError, zlib.error):
        while len(found) <= _MAX_UNPACKED and (piece := file.read1(2**16)):
            found += piece
    if len(found) > _MAX_UNPACKED:
        raise FeedError(f"{url} is larger than {_MAX_UNPACKED // 2**20} MiB when unpacked; give a smaller one.")
    if not found:
        raise FeedError(f"{url} begins like a gzip file and holds nothing; try again later.")
    return bytes(found)


def _way_on(page: bytes, url: str) -> str:
    if named := named_feeds(page, url, linked_too=False):
        others = f"; `storywire feeds find {url}` lists all {len(named)}" if len(named) > 1 else ""
        return f"it names this feed: {named[0]}{others}"
    return f"`storywire feeds find {url}` looks for a feed on that site."


def _trusted_guids(items: tuple[Item, ...]) -> set[str | None]:
    """The guids that name one item each: some systems give all items the same, or an empty one."""
    meant = defaultdict(set)
    for item in items:
        meant[item.guid].add((item.link, item.title))
    return {guid for guid, things in meant.items() if guid and len(things) == 1}


def _shared_links(items: tuple[Item, ...]) -> set[str | None]:
    """The links that name no item, as several of different titles have them: some feeds link all to one page."""
    meant = defaultdict(set)
    for item in items:
        meant[item.link].add(item.title)
    return {link for link, titles in meant.items() if len(titles) > 1}


def _entry(
    item: Item, guid_trusted: bool, document: Document, publisher: str | None, url: str, base: str, now: datetime
) -> Entry:
    guid = item.guid if guid_trusted else None
    link = canonical_url(item.link, base) if item.link else None
    text = max(item.content, item.summary, key=len)[:MAX_SUMMARY]
    return Entry(
        entry_id=entry_id(url, guid, link, item.title, text),
        feed_url=url,
        guid=item.guid,
        url=link,
        title=item.title[:MAX_TITLE] or None,
        summary=text or None,
        published=trusted(feed_date(item.date), now),
        first_seen_at=now,
        publisher=publisher or item.publisher or document.title or None,
        language=_language(item.language) or _language(document.language),
        guid_trusted=guid_trusted,
        full_text=_is_whole(item),
        author=authors(item.authors, (publisher, item.publisher, document.title, host(url))),
    )


def _is_whole(item: Item) -> bool:
    """Whether the content is the report itself: long enough, not shorter than the summary, and no teaser."""
    text = item.content
    return (
        len(item.summary) <= len(text) <= MAX_SUMMARY
        and not _TEASER_END.search(text[-200:])
        and len(words(text)) >= _WHOLE_TEXT
    )


def _language(code: str | None) -> str | None:
    """ISO 639-1 of a language tag such as "en-GB"; None for what is none."""
    primary = re.split(r"[-_]", (code or "").strip().lower())[0]
    return primary if re.fullmatch(r"[a-z]{2}", primary) else None


def _notes(document: Document) -> Iterator[str]:
    if document.cut_short:
        yield "the document ends inside its last item, which was dropped"
    if document.listed > len(document.items):
        yield f"{document.listed - len(document.items)} of {document.listed} items were left out"
    if long := sum(len(i.summary) > MAX_SUMMARY or len(i.content) > MAX_SUMMARY for i in document.items):
        yield f"{long} texts were cut at {MAX_SUMMARY} characters"
