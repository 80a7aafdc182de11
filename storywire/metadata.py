"""What a page states of itself besides its text: decides which of its many statements are read, and who goes first.

Never parses the page's tree and never raises: one pass over the source, linear in its length.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from typing import Any

from storywire.dates import EARLIEST, iso_date
from storywire.feeddates import feed_date
from storywire.nouns import Precision, Published
from storywire.text import one_line

_ELEMENT = re.compile(  # comments and styles too, so that nothing in them is taken for a statement
    r"<!--.*?(?:-->|\Z)|<style\b.*?(?:</style|\Z)|<script\b(?P<script>[^<>]{0,2000})>(?P<code>.*?)(?:</script|\Z)"
    r"|<(?P<name>html|meta|link|time)\b(?P<rest>(?:[^<>\"']|\"[^\"]{0,4000}+\"|'[^']{0,4000}+')*+)>",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
# Names under which systems state when a page was published; none that may be when it was changed.
_META_DATES = """
article:published_time og:article:published_time article:published datepublished published_time publication_date
publish-date publishdate publish_date pubdate parsely-pub-date sailthru.date cxenseparse:recs:publishtime
dc.date.issued dcterms.issued dcterms.date dc.date dcterms.created dc.date.created rnews:datepublished
originalpublicationdate article:post_date article.published date.issued date og:pubdate ptime displaydate
""".split()
_META_AUTHORS = "author article:author parsely-author sailthru.author dc.creator dcterms.creator byl authors".split()
_REPORT = re.compile(r"(?:article|posting|report|review)$")  # types of schema.org: NewsArticle, LiveBlogPosting, ...
_PUBLICATION = re.compile(r"datepublished|publish|\bpubdate", re.IGNORECASE)  # how a `time` element is marked
_INNER = ("@graph", "mainEntity", "mainEntityOfPage")  # where a page's own thing stands; other parts are other things
_DEPTH = 6
_BEFORE, _AFTER = timedelta(hours=14), timedelta(hours=38)  # a day's instants over all zones, from its midnight in UTC


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page states. Each is None or empty where it states nothing that can be read."""

    canonical: str | None  # as it stands there
    headline: str | None
    authors: tuple[str, ...]
    published: Published
    language: str | None  # ISO 639-1
    types: frozenset[str]  # of schema.org and Open Graph, lower-cased: "newsarticle", "video.other"
    free: bool | None  # whether everyone may read the whole of it


def metadata_of(source: str) -> Metadata:
    """What the source of a page states of it.

    Of dates JSON-LD goes first, then meta elements, then a `time` element that is marked as the publication's, because
    on news pages with dates read by hand they are right in this order (docs/extraction.md).
    """
    read = _Statements.read(source)
    thing = next(read.reports(), {})
    return Metadata(
        canonical=read.canonical or read.meta.get("og:url"),
        headline=_line(_first(thing.get("headline"))),
        authors=tuple(_names(thing.get("author"))) or tuple(_stated_names(read.meta)),
        published=_published(read),
        language=_language(read.language or read.meta.get("og:locale")),
        types=frozenset(_types(read)),
        free=_free(read),
    )


@dataclass(slots=True)
class _Statements:
    """The elements of a page that state something of it."""

    things: list[dict[str, Any]]  # of JSON-LD
    meta: dict[str, str]  # the first of each name
    times: list[str]  # of `time` elements that are marked as the publication's
    canonical: str | None = None
    language: str | None = None

    @classmethod
    def read(cls, source: str) -> "_Statements":
        found = cls([], {}, [])
        for element in _ELEMENT.finditer(source):
            if element["code"] is not None:
                if "ld+json" in element["script"].lower():
                    found.things += _things(element["code"])
            elif element["name"]:
                found._add(element["name"].lower(), element["rest"])
        return found

    def _add(self, name: str, rest: str) -> None:
        of = {key.lower(): unescape(a or b or c) for key, a, b, c in _ATTRIBUTE.findall(rest)}
        if name == "meta" and of.get("content", "").strip():
            key = of.get("property") or of.get("name") or of.get("itemprop") or ""
            self.meta.setdefault(key.lower(), of["content"].strip())
        elif name == "link" and "canonical" in of.get("rel", "").lower().split():
            self.canonical = self.canonical or of.get("href")
        elif name == "html":
            self.language = self.language or of.get("lang") or of.get("xml:lang")
        elif of.get("datetime") and _PUBLICATION.search(rest):
            self.times.append(of["datetime"])

    def reports(self) -> Iterator[dict[str, Any]]:
        """The things that are reports."""
        return (thing for thing in self.things if any(_REPORT.search(kind) for kind in _kinds(thing)))


def _things(code: str) -> Iterator[dict[str, Any]]:
    """The things of a block of JSON-LD that are about the page itself; none where it cannot be read."""
    try:
        found = json.loads(unescape(code) if "&quot;" in code else code, strict=False)
    except (ValueError, RecursionError):
        return
    yield from _own(found, _DEPTH)


def _own(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, list) and depth:
        for item in value:
            yield from _own(item, depth - 1)
    elif isinstance(value, dict) and depth:
        yield value
        for name in _INNER:
            yield from _own(value.get(name), depth - 1)


def _kinds(thing: dict[str, Any]) -> list[str]:
    kinds = thing.get("@type")
    return [str(kind).lower() for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind]


def _published(read: _Statements) -> Published:
    """The first date that is one, or a later one that says the same day more exactly."""
    things = [*read.reports(), *read.things]
    stated = [(_first(thing.get("datePublished")), "json-ld") for thing in things]
    stated += [(read.meta.get(name), "meta") for name in _META_DATES]
    stated += [(time, "page") for time in read.times]
    dates = [date for text, source in stated if (date := _date(text, source))]
    best = dates[0] if dates else Published()
    if best.at and best.precision is Precision.DAY:
        return next((d for d in dates if d.precision is not Precision.DAY and same_day(d, best)), best)
    return best


def same_day(exact: Published, day: Published) -> bool:
    """Whether an instant lies in a day, in some zone."""
    return bool(exact.at and day.at and day.at - _BEFORE <= exact.at < day.at + _AFTER)


def _date(text: Any, source: str) -> Published | None:
    """A date as systems write them. Midnight to the second is how they write a day."""
    if not isinstance(text, str):
        return None
    text = text.strip()[:60]
    found = iso_date(text, source) or replace(feed_date(text), source=source)
    if found.at is None or found.at < EARLIEST:
        return None
    midnight = re.match(r"(\d{4}-\d\d-\d\d)[T ]00:00(?::00(?:\.0+)?)?(?![:\d])", text)
    return iso_date(midnight[1], source) if midnight else found


def _names(author: Any) -> Iterator[str]:
    """The names in the author of a thing: text, a thing with a name, or a list of either."""
    for one in author if isinstance(author, list) else [author]:
        name = one.get("name") if isinstance(one, dict) else one
        yield from (line for n in (name if isinstance(name, list) else [name]) if (line := _line(n)))


def _stated_names(meta: dict[str, str]) -> Iterator[str]:
    return (meta[name] for name in _META_AUTHORS if name in meta)


def _types(read: _Statements) -> Iterator[str]:
    for thing in read.things:
        yield from _kinds(thing)
    if "og:type" in read.meta:
        yield read.meta["og:type"].lower()


def _free(read: _Statements) -> bool | None:
    """What a report says of itself (developers.google.com/search: "isAccessibleForFree" of paywalled content)."""
    said = [str(t["isAccessibleForFree"]).lower().rpartition("/")[2] for t in read.things if "isAccessibleForFree" in t]
    return None if not said else not any(word in ("false", "0", "no") for word in said)


def _language(code: str | None) -> str | None:
    found = re.match(r"\s*([a-z]{2})(?:[-_]|\s*$)", (code or "").lower())
    return found[1] if found else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _line(text: Any) -> str | None:
    return one_line(unescape(text), 300) or None if isinstance(text, str) else None
