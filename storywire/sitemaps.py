"""News sitemaps (sitemaps.org with Google's news elements): decides what of one is an item, as a feed has items.

Never opens an address that a sitemap names, and never takes pages without news about them for a feed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from storywire.documents import Document, Item
from storywire.errors import FeedError
from storywire.feeddates import feed_date
from storywire.text import one_line

_ROOT = re.compile(rb"(?><\?xml[^>]*>|<!--.*?-->|\s+)*+<(?:\w+:)?(urlset|sitemapindex)\b", re.DOTALL)
_URL_TAG = re.compile(rb"<(/?)(?:\w+:)?url[\s>]")
_NEWS = "www.google.com/schemas/sitemap-news/"
# What people forget to escape: an address with several parameters. libxml2 would drop the names of these.
_STRAY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_PIECE = 2**16  # bytes
_MOST = 50_000  # of `url` and `sitemap` elements; sitemaps.org allows no more in a document
_NAMED = 3  # sitemaps of an index that an error names
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def is_sitemap(start: bytes) -> bool:
    """Whether a document that starts so is a sitemap, or an index of sitemaps."""
    return _ROOT.match(start) is not None


def read_news_sitemap(body: bytes, url: str, limit: int) -> Document:
    """The document in `body`, with at most `limit` items; of more, the newest.

    One that ends inside an item loses it. What is not well-formed ends the reading there, and what was not read is
    counted. Raises FeedError for a sitemap without news, and for an index, with the sitemaps of news that it names.
    """
    found = _read(body)
    if not found.whole:
        found = max(found, _read(_STRAY.sub(b"&amp;", body)), key=lambda f: (f.whole, f.read))
    if found.sitemaps or (found.read and not found.items) or not (found.read or found.for_news):
        raise FeedError(f"{url} is {_what_else(found.sitemaps)}")
    if not found.items and not found.whole:
        raise FeedError(f"{url} is a news sitemap that breaks off in its first item; try again later.")
    tags = _URL_TAG.findall(body.replace(b"\0", b"")) if not found.whole else []  # without the zeros of UTF-16
    cut_short = bool(tags) and tags[-1] == b""
    unread = max(0, tags.count(b"") - cut_short - found.read)
    return Document(
        title=_common_publisher(found.items),
        language=None,
        items=tuple(_newest(found.items, limit)),
        listed=len(found.items) + unread,
        cut_short=cut_short,
        format="news sitemap",
    )


def sitemaps_of_news(addresses: Iterable[str]) -> list[str]:
    """Those of some sitemaps whose addresses speak of news."""
    return [address for address in addresses if "news" in address.lower()]


@dataclass(slots=True)
class _Sitemap:
    """What was read of one so far: its items with news, how many `url` elements, and the sitemaps of an index."""

    items: list[Item] = field(default_factory=list)
    read: int = 0
    sitemaps: list[str] = field(default_factory=list)
    for_news: bool = False  # it declares the elements of news, though it may have none today
    whole: bool = True

    def take(self, element: etree._Element) -> None:
        """Takes in an element that has ended, and empties it."""
        name = _name(element)
        if name == "url":
            self.read += 1
            if (item := _item(element)) is not None:
                self.items.append(item)
        elif name == "sitemap":
            self.sitemaps.append(_text(element, "loc") or "")
        if name in ("url", "sitemap"):
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def _read(body: bytes) -> _Sitemap:
    found = _Sitemap()
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for begin in range(0, len(body), _PIECE):
            parser.feed(body[begin : begin + _PIECE])
            _take(parser, found)
            if found.read + len(found.sitemaps) > _MOST:
                found.whole = False
                return found
        parser.close()
    except etree.XMLSyntaxError:
        found.whole = False
    _take(parser, found)
    return found


def _take(parser: etree.XMLPullParser, found: _Sitemap) -> None:
    for event, element in parser.read_events():
        if event == "end":
            found.take(element)
        elif element.getparent() is None:
            found.for_news = any(_NEWS in space for space in element.nsmap.values())


def _item(url: etree._Element) -> Item | None:
    """The item of one `url` element; None where nothing says that it is news."""
    news = next((child for child in url.iterchildren() if _name(child) == "news"), None)
    if news is None:
        return None
    link, publication = _text(url, "loc"), next((c for c in news.iterchildren() if _name(c) == "publication"), None)
    return Item(
        guid=link,
        link=link,
        title=one_line(_text(news, "title") or ""),
        summary="",
        content="",
        date=_text(news, "publication_date"),
        language=_text(publication, "language"),
        publisher=one_line(_text(publication, "name") or "") or None,
    )


def _text(of: etree._Element | None, name: str) -> str | None:
    """The text of the first child of this name; None where there is none, or it is empty."""
    child = next((c for c in of.iterchildren() if _name(c) == name), None) if of is not None else None
    return (child.text or "").strip() or None if child is not None else None


def _name(element: etree._Element) -> str:
    """The name without its namespace, or without a prefix that the document forgot to declare."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _common_publisher(items: list[Item]) -> str:
    """A sitemap has no title; most are of one publication."""
    publishers = {item.publisher for item in items}
    return (publishers.pop() or "") if len(publishers) == 1 else ""


def _newest(items: list[Item], limit: int) -> list[Item]:
    if len(items) <= limit:
        return items
    return sorted(items, key=lambda item: feed_date(item.date).at or _LONG_AGO, reverse=True)[:limit]


def _what_else(sitemaps: list[str]) -> str:
    if not sitemaps:
        return (
            "a sitemap without news: it lists pages, not what was published when; "
            "`storywire feeds find` with the site's address looks for a feed."
        )
    named = [one_line(address, 300) for address in (sitemaps_of_news(sitemaps) or sitemaps[:1])[:_NAMED]]
    return f"an index of sitemaps, not a feed; give the address of one with news, maybe {', '.join(named)}"
