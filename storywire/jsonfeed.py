"""JSON Feed 1.0 and 1.1 (jsonfeed.org): decides what its members mean.

Never fetches `next_url` and never judges the items.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from storywire.documents import Document, Item
from storywire.errors import FeedError
from storywire.text import clean, html_to_text, one_line


def read_json_feed(body: bytes, url: str, limit: int) -> Document:
    """The document in `body`, with at most `limit` items; raises FeedError where it is not a JSON Feed."""
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        feed = None
    items = feed.get("items") if isinstance(feed, dict) else None
    version = (
        re.search(r"jsonfeed\.org/version/([\d.]{,8})", _text(feed, "version")) if isinstance(feed, dict) else None
    )
    if not isinstance(items, list) or version is None:
        raise FeedError(f"{url} is JSON but not a JSON Feed; give the address of an RSS, Atom or JSON feed.")
    return Document(
        title=one_line(_text(feed, "title")),
        language=_text(feed, "language") or None,
        items=tuple(_item(i) for i in items[:limit] if isinstance(i, dict)),
        listed=len(items),
        format=f"JSON Feed {version[1]}".strip(),
        self_url=_text(feed, "feed_url") or None,
        hub=_hub(feed),
    )


def _hub(feed: Mapping[str, Any]) -> str | None:
    """The first WebSub hub; a feed may name hubs of other kinds."""
    hubs = feed.get("hubs")
    given = [hub for hub in hubs if isinstance(hub, dict)] if isinstance(hubs, list) else []
    return next((_text(hub, "url") for hub in given if _text(hub, "type").lower() == "websub"), None) or None


def _item(item: Mapping[str, Any]) -> Item:
    html, text = _text(item, "content_html"), _text(item, "content_text")
    return Item(
        guid=clean(_text(item, "id")) or None,
        link=_text(item, "url") or _text(item, "external_url") or None,
        title=one_line(_text(item, "title")),
        summary=clean(_text(item, "summary")),
        content=html_to_text(html) if html else clean(text),
        date=_text(item, "date_published") or _text(item, "date_modified") or None,
        language=_text(item, "language") or None,
        authors=tuple(_names(item)),
    )


def _names(item: Mapping[str, Any]) -> Iterator[str]:
    """The names of its authors: a list since version 1.1, one before."""
    given = item.get("authors") or item.get("author")
    for author in given if isinstance(given, list) else [given]:
        if isinstance(author, dict) and (name := one_line(_text(author, "name"))):
            yield name


def _text(of: Mapping[str, Any], name: str) -> str:
    """A member as text. Ids are often numbers, which the specification asks readers to accept as strings."""
    value = of.get(name)
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
