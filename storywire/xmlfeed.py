"""RSS 0.9x to 2.0, RDF and Atom, read by feedparser: decides which of its findings are believed.

Never lets feedparser open anything: it is given a stream in memory, because it opens any path or address it is given.
"""

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

import feedparser

from storywire import channel
from storywire.charrefs import mended
from storywire.documents import Document, Item
from storywire.errors import FeedError
from storywire.text import clean, html_to_text, one_line

_ITEM_TAG = re.compile(rb"<(/?)(?:\w+:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_ITEM_END = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_TEXT_TYPES = {"text/plain", "text/html", "application/xhtml+xml"}


def read_xml_feed(body: bytes, url: str, content_type: str | None, limit: int) -> Document | None:
    """The document in `body`, with at most `limit` items; None where feedparser sees no feed in it.

    A document that is merely not well-formed (`bozo`) is read all the same; one that ends inside an item loses it.
    Raises FeedError where feedparser itself fails, and for a note that the feed has moved.
    """
    # No address of the document: feedparser would resolve relative guids too, and an id would change with a redirect.
    headers = {"content-type": content_type} if content_type else {}
    whole, (body, left_out) = body, _shortened(body, limit)
    # Sanitising is the slow and attackable part, and we take only text: four fifths of the time on real feeds.
    found = parsed(body, url, headers, sanitize_html=False, resolve_relative_uris=False)
    if not found.get("version") and not found.entries:
        if moved := channel.moved_to(found.feed):
            raise FeedError(f"{url} says that its feed moved to {one_line(moved, 300)}; check that address and add it.")
        return None
    cut_short = bool(found.bozo and found.entries and _ends_inside_item(whole))
    entries = found.entries[:-1] if cut_short and not left_out else found.entries
    return Document(
        title=one_line(_plain(found.feed.get("title_detail"))),
        language=found.feed.get("language"),
        items=tuple(_item(e, atom=found.version.startswith("atom")) for e in entries[:limit]),
        listed=len(entries) + left_out,
        ttl=channel.ttl(found.feed),
        cut_short=cut_short,
        skip=channel.skip(found.feed, whole),
        format=channel.format_of(found.version),
        self_url=channel.linked(found.feed, "self"),
        moved_to=channel.moved_to(found.feed),
        hub=channel.linked(found.feed, "hub"),
    )


def parsed(body: bytes, url: str, headers: Mapping[str, str], **options: bool) -> Any:
    """What feedparser finds in `body`, with `options` of its own; the only call of it.

    Where it fails, it is tried again without references to what is no character: one takes the feed down.
    Raises FeedError whatever feedparser lets out, such as UnicodeError from odd codecs: it has no errors of its own.
    """
    try:
        try:
            return feedparser.parse(io.BytesIO(body), response_headers=dict(headers), **options)
        except Exception:
            if (again := mended(body)) == body:
                raise
            return feedparser.parse(io.BytesIO(again), response_headers=dict(headers), **options)
    except Exception as error:
        raise FeedError(f"{url} cannot be read as a feed ({type(error).__name__}); check it in a browser.") from error


def _item(entry: Any, atom: bool) -> Item:
    title = entry.get("title_detail") or {}
    if not atom:  # RSS does not say whether a title is HTML, and feedparser calls many plain that are not
        title = {**title, "type": "text/html"}
    dates = (entry[key] for key in ("published", "updated", "created") if key in entry)  # .get() mixes them up
    source = entry.get("source") or {}
    return Item(
        guid=clean(str(entry.get("id") or "")) or None,
        link=entry.get("feedburner_origlink") or _link(entry),
        title=one_line(_plain(title)),
        summary=_plain(entry.get("summary_detail")),
        content=max((_plain(c) for c in entry.get("content") or ()), key=len, default=""),
        date=next(dates, None),
        language=title.get("language"),
        publisher=one_line(html_to_text(source.get("title") or "")) or None,
        authors=tuple(_names(entry)),
    )


def _names(entry: Mapping[str, Any]) -> Iterator[str]:
    """The names of its authors, from `author`, Dublin Core's `creator` or whichever of the like it has."""
    people = [person.get("name") for person in entry.get("authors") or () if person.get("name")]
    for name in people or [entry.get("author")]:
        if name and (line := one_line(html_to_text(str(name)))):
            yield line


def _link(entry: Mapping[str, Any]) -> str | None:
    """The item's link. A guid stands in for it by default in RSS, also where it is only a number."""
    link = str(entry.get("link") or "")
    return link if link and (link != entry.get("id") or link.startswith("http")) else None


def _plain(detail: Mapping[str, Any] | None) -> str:
    """The text of a construct that may be text or HTML; empty for any other type, such as an image in base64."""
    value, kind = (detail or {}).get("value") or "", (detail or {}).get("type") or "text/html"
    if kind not in _TEXT_TYPES:
        return ""
    return clean(str(value)) if kind == "text/plain" else html_to_text(str(value))


def _shortened(body: bytes, limit: int) -> tuple[bytes, int]:
    """The document without the items beyond the limit, and how many these are: 100,000 take feedparser five seconds."""
    ends = [tag.end() for tag in _ITEM_END.finditer(body)]
    if len(ends) <= limit:
        return body, 0
    return body[: ends[limit - 1]] + body[ends[-1] :], len(ends) - limit


def _ends_inside_item(body: bytes) -> bool:
    tags = _ITEM_TAG.findall(body.replace(b"\0", b""))  # without the zeros of UTF-16
    return bool(tags) and tags[-1] == b""
