"""Looking closely at one feed document: decides what is counted in it, so that a person can be told what is wrong.

Never judges what it counts; `checkup` does.
"""

import codecs
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from storywire.dates import EARLIEST
from storywire.documents import Item
from storywire.feeddates import feed_date
from storywire.feeds import ParsedFeed, parse_feed, read_document, unpacked
from storywire.hosts import patience
from storywire.text import one_line

_NOW = timedelta(minutes=10)  # dates so near to the moment of asking are those of the answer
_AHEAD = timedelta(hours=24)
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_DECLARED = re.compile(rb"\s*<\?xml[^>]{,100}?\bencoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_NO_CHARSET = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a document's items, as they stand there: how many are what, and the span of those believed."""

    missing: int = 0
    unreadable: int = 0
    future: int = 0  # more than a day ahead
    ancient: int = 0  # before there was a web
    newest: datetime | None = None
    oldest: datetime | None = None
    all_now: bool = False  # all are the moment of asking
    all_same: bool = False  # all are one moment, which is another


@dataclass(frozen=True, slots=True)
class Examination:
    """A document's entries as they are stored, and what of its items and of its bytes they do not show."""

    said: ParsedFeed
    items: int  # that were read
    dates: Dates
    no_title: int
    no_link: int
    own_guid: int  # items with a guid of their own
    shared_guid: int  # items whose guid another item has too
    whole: int  # entries that carry the whole text
    sites: tuple[tuple[str, int], ...]  # which the entries link to, with how many do, the most first
    languages: tuple[tuple[str, int], ...]
    encoding: str | None
    encoding_fault: str | None
    fault: str | None  # why it is not well-formed


def examine(body: bytes, url: str, now: datetime, content_type: str | None, base: str) -> Examination:
    """What there is to know of the feed document `body`; raises FeedError for what is no feed."""
    said = parse_feed(body, url, now, content_type, base=base)
    plain = unpacked(body, base)
    items = read_document(plain, base, content_type).items
    shared = _shared(items)
    encoding, encoding_fault = _encoding(plain, content_type)
    return Examination(
        said=said,
        items=len(items),
        dates=_dates(items, said, now),
        no_title=sum(not item.title for item in items),
        no_link=sum(entry.url is None for entry in said.entries),
        own_guid=sum(bool(item.guid) and item.guid not in shared for item in items),
        shared_guid=sum(item.guid in shared for item in items),
        whole=sum(entry.full_text for entry in said.entries),
        sites=tuple(Counter(patience(entry.url) for entry in said.entries if entry.url).most_common()),
        languages=tuple(Counter(entry.language or "unknown" for entry in said.entries).most_common()),
        encoding=encoding,
        encoding_fault=encoding_fault,
        fault=None if said.format.startswith("JSON") else _fault(plain),
    )


def _shared(items: Sequence[Item]) -> set[str]:
    meant = defaultdict(set)
    for item in items:
        if item.guid:
            meant[item.guid].add((item.link, item.title))
    return {guid for guid, things in meant.items() if len(things) > 1}


def _dates(items: Sequence[Item], said: ParsedFeed, now: datetime) -> Dates:
    stated = [feed_date(item.date).at for item in items if item.date]
    read = [at for at in stated if at is not None]
    believed = [entry.published.at for entry in said.entries if entry.published.at]
    many = len(read) == len(items) >= 3
    return Dates(
        missing=sum(not item.date for item in items),
        unreadable=len(stated) - len(read),
        future=sum(at > now + _AHEAD for at in read),
        ancient=sum(at < EARLIEST for at in read),
        newest=max(believed, default=None),
        oldest=min(believed, default=None),
        all_now=many and all(abs(at - now) <= _NOW for at in read),
        all_same=many and len(set(read)) == 1 and abs(read[0] - now) > _NOW,
    )


def _encoding(body: bytes, content_type: str | None) -> tuple[str | None, str | None]:
    """The encoding that the document is said to be in, and what is wrong about that."""
    mark = next((name for mark, name in _MARKS.items() if body.startswith(mark)), None)
    declaration = _DECLARED.match(body[:500].removeprefix(codecs.BOM_UTF8))
    declared = declaration[1].decode("ascii") if declaration else None
    parameter = _CHARSET.search(content_type or "")
    charset = parameter[1] if parameter else None
    name = (mark or charset or declared or "utf-8").lower()
    if charset and declared and _codec(charset) != _codec(declared):
        return name, f"the server says {charset}, the document {declared}"
    if (codec := _codec(name)) is None:
        return name, f"there is no encoding {name}"
    try:
        body.decode(codec)
    except UnicodeError:
        return name, f"it says {name}, and has bytes that are none"
    return name, None


def _codec(name: str) -> str | None:
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return None
    return codec.name if codec.name not in _NO_CHARSET and codec._is_text_encoding else None


def _fault(body: bytes) -> str | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return one_line(str(getattr(error, "msg", error)), 120)
    return None
