"""What an RSS, RDF or Atom document says of itself, beside its items: decides which of feedparser's findings count.

Never follows an address that it finds, and never judges whether it is one.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import feedparser

from storywire.documents import Skip

_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}  # hours
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SKIPPED = 4000  # bytes; all hours and days with their tags are 1,000
_FORMATS: dict[str, str] = {
    **feedparser.api.SUPPORTED_VERSIONS,
    "rss10": "RDF (RSS 1.0)",
    "rss090": "RDF (RSS 0.90)",
    "": "XML of no known version",
}
# The last resort of a server that cannot redirect: cyber.harvard.edu/rss/redirect.html, and podcasts' own
_MOVED = ("newlocation", "itunes_new-feed-url")


def format_of(version: str) -> str:
    """The format in words, from feedparser's short name for it."""
    return _FORMATS.get(version, version)


def linked(feed: Mapping[str, Any], rel: str) -> str | None:
    """The first address that the channel links in this relation, as it stands there."""
    links = feed.get("links") or ()
    return next((str(link["href"]) for link in links if link.get("rel") == rel and link.get("href")), None)


def moved_to(feed: Mapping[str, Any]) -> str | None:
    """Where the document says that it went, as it stands there."""
    return next((str(feed[name]) for name in _MOVED if feed.get(name)), None)


def ttl(feed: Mapping[str, Any]) -> timedelta | None:
    """RSS `ttl` (minutes) or the syndication module's period, the longer; junk in either counts as absent."""
    minutes = _number(feed.get("ttl")) or 0.0
    hours = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower(), 0)
    wait = max(minutes, hours * 60 / max(_number(feed.get("sy_updatefrequency")) or 1.0, 1.0))
    return timedelta(minutes=min(wait, 60 * 24 * 365)) if wait > 0 else None


def skip(feed: Mapping[str, Any], body: bytes) -> Skip:
    """RSS `skipHours` and `skipDays`, read here: of several <hour> or <day> feedparser keeps the last.

    Junk in them counts as absent, and so does a list of all hours or all days: nobody means to be read never.
    """
    hours = {int(h) % 24 for h in _inside(feed, body, "skiphours", "hour") if h.isdecimal() and int(h) <= 24}
    days = {_DAYS.index(d.lower()) for d in _inside(feed, body, "skipdays", "day") if d.lower() in _DAYS}
    return Skip(
        frozenset(hours) if len(hours) < 24 else frozenset(),
        frozenset(days) if len(days) < 7 else frozenset(),
    )


def _inside(feed: Mapping[str, Any], body: bytes, outer: str, inner: str) -> list[str]:
    """The short texts of the elements `inner` of the first element `outer`, if feedparser saw that in the channel."""
    if outer not in feed:
        return []
    plain = body.replace(b"\0", b"") if b"\0" in body[:200] else body  # UTF-16
    begin = re.search(rf"<(?:\w+:)?{outer}\b".encode(), plain, re.IGNORECASE)
    if begin is None:
        return []
    part = plain[begin.start() : begin.start() + _SKIPPED].decode("ascii", "replace")
    part = re.split(rf"(?i)</(?:\w+:)?{outer}\b", part)[0]
    return re.findall(rf"(?i)<(?:\w+:)?{inner}\b[^<>]{{,100}}>\s{{,20}}(\w{{1,12}})\s{{,20}}</", part)


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
