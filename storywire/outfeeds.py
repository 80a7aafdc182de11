"""A storyline as a feed that any reader can follow: decides what of it is told, as Atom or JSON Feed.

Never hands on a full text, and never asks a clock: the same storyline makes the same bytes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5
from xml.etree import ElementTree

from storywire.nouns import Article
from storywire.text import one_line, paragraphs
from storywire.urls import host

EXTRACT = 300
"""Characters of a report's text that are handed on, at most; and never more than a third of it."""

_NAMES = UUID("6f1d3c52-9a0e-5d0b-8c1f-2f9b1f6f0a57")  # drawn once, for RFC 9562's names: never changed
_ATOM = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_MAX_TITLE = 1000  # characters


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A report to be told: the article, and when its text last changed, if it did."""

    article: Article
    revised_at: datetime | None = None

    @property
    def updated(self) -> datetime:
        """When it came to be what is shown."""
        return self.revised_at or self.article.time


@dataclass(frozen=True, slots=True)
class Outfeed:
    """A storyline to follow: its kept reports, the newest first. `named_at`: when it got its label; None: not known."""

    storyline_id: str
    label: str
    reports: tuple[Outgoing, ...]
    named_at: datetime | None = None

    @property
    def updated(self) -> datetime:
        """The latest of all that is shown; of a storyline of which nothing is known, the beginning of all clocks."""
        times = [report.updated for report in self.reports]
        return max([*times, *([self.named_at] if self.named_at else [])], default=datetime(1970, 1, 1, tzinfo=UTC))


def atom(feed: Outfeed) -> bytes:
    """The feed as Atom (RFC 4287), in UTF-8."""
    root = ElementTree.Element("feed", xmlns=_ATOM)
    _add(root, "id", _urn("storyline", feed.storyline_id))
    _add(root, "title", _line(feed.label) or feed.storyline_id)
    _add(root, "updated", _time(feed.updated))
    _add(root, "generator", "Storywire")
    for report in feed.reports:
        _entry(ElementTree.SubElement(root, "entry"), report)
    ElementTree.indent(root)
    made: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"


def json_feed(feed: Outfeed) -> bytes:
    """The feed as JSON Feed 1.1, in UTF-8."""
    said = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _line(feed.label) or feed.storyline_id,
        "items": [dict(_item(report)) for report in feed.reports],
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _entry(entry: ElementTree.Element, report: Outgoing) -> None:
    said = report.article
    if said.language != "und":
        entry.set(_LANGUAGE, said.language)
    _add(entry, "id", _urn("article", said.article_id))
    _add(entry, "title", _headline(said))
    if link := _link(said):
        ElementTree.SubElement(entry, "link", rel="alternate", href=link)
    _add(entry, "updated", _time(report.updated))
    if said.published.at is not None:
        _add(entry, "published", _time(said.published.at))
    for name in _names(said):
        _add(ElementTree.SubElement(entry, "author"), "name", name)
    if said.publisher and (publisher := _line(said.publisher)):
        _add(ElementTree.SubElement(entry, "source"), "title", publisher)
    if (extract := _extract(said)) or not link:
        # An entry without a link must have a content (RFC 4287, 4.1.2).
        _add(entry, "summary" if link else "content", extract or _headline(said))


def _item(report: Outgoing) -> Iterator[tuple[str, Any]]:
    said = report.article
    yield "id", _urn("article", said.article_id)
    if link := _link(said):
        yield "url", link
    yield "title", _headline(said)
    yield "content_text", _extract(said) or _headline(said)  # 1.1 demands a content
    if said.published.at is not None:
        yield "date_published", _time(said.published.at)
    yield "date_modified", _time(report.updated)
    yield "authors", [{"name": name} for name in _names(said)]
    if said.language != "und":
        yield "language", said.language


def _names(said: Article) -> list[str]:
    """Who says it: first the publisher, then who wrote it; a feed of many papers is read by the paper."""
    names = [_line(name) for name in (said.publisher or "", *(said.author or "").split("; "))]
    return list(dict.fromkeys(filter(None, names))) or [host(_link(said) or "") or "not known"]


def _headline(said: Article) -> str:
    return _line(said.title) or _link(said) or said.article_id


def _link(said: Article) -> str | None:
    """Its address, if a reader may be sent there."""
    url = said.url or ""
    return url if url.startswith(("https://", "http://")) and [_line(url, len(url))] == url.split() else None


def _extract(said: Article) -> str:
    """The beginning of its text, as one line; empty where it is no more, or too short to be shortened."""
    whole = " ".join(paragraphs(said.text))
    return _line(whole, min(EXTRACT, len(whole) // 3))


def _line(text: str, limit: int = _MAX_TITLE) -> str:
    """One line without what XML cannot hold and what hides or turns text, cut at a word."""
    return one_line(text, limit) if limit > 1 else ""


def _time(at: datetime) -> str:
    """RFC 3339 in UTC; without fractions, which nobody publishes by."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _urn(kind: str, of: str) -> str:
    """An id for ever: of the same thing it is the same in each feed, so a report that moves is not told twice."""
    return f"urn:uuid:{uuid5(_NAMES, f'{kind}:{of}')}"


def _add(to: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(to, tag).text = text
