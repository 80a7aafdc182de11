"""Where a report that several publishers carry comes from: decides which of its copies is the original.

Never decides what is a copy, and never what is kept: that stays, so that ids and groups do.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from storywire.nouns import Precision, Published

HEAD, TAIL = 300, 300  # characters at the beginning and the end of a text in which a source is named
_SMALL = re.compile(r"^(?:of|the|de|du|di|da|do|der|die|das|and|et|y|e|la|le|el)$", re.IGNORECASE)
_CREDIT = r"(?:©|\([cC]\)|[Ss]ource\s*:|[Qq]uelle\s*:|[Ff]uente\s*:|[Ff]onte\s*:|\b(?:[Vv]ia|[Bb]y)\b)"
_GENERIC = re.compile(
    r"(?i)[\s,]+(?:news(?:\s+agency)?|agency|agentur|agencia|agence|agenzia|online|wire|\.?com|\.?org)$"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """One of the articles that say the same; `head` and `tail` are the beginning and the end of its text."""

    article_id: str
    publisher: str | None
    published: Published
    first_seen_at: datetime
    head: str
    tail: str

    @property
    def time(self) -> datetime:
        """When it was published, where that is known to the minute; a day alone says too little, so when first seen."""
        at = self.published.at
        exact = at is not None and self.published.precision in (Precision.SECOND, Precision.MINUTE)
        return min(at, self.first_seen_at) if exact and at else self.first_seen_at


def origin(kept: Copy, copies: Sequence[Copy]) -> tuple[str, str]:
    """The id of the original among a kept article and its copies, with the reason in words.

    That is the article of the publisher to which the others credit the text most often ("BEIRUT (Reuters) -"), else
    the earliest one. The kept one stays the original where another is not earlier.
    """
    every = [kept, *copies]
    credits = [sum(_credits(other, one.publisher) for other in every if other is not one) for one in every]
    if any(credits):
        best = max(zip(credits, every, strict=True), key=lambda each: (each[0], -each[1].time.timestamp()))
        return best[1].article_id, f"{best[0]} of the others name {best[1].publisher} as the source"
    first = min(every, key=lambda one: one.time)  # of equals, the kept one: it stands first
    return first.article_id, "the earliest"


def _credits(copy: Copy, publisher: str | None) -> bool:
    """Whether a text, published by someone else, names a publisher as its source where agencies are named."""
    if not publisher or (copy.publisher or "").casefold() == publisher.casefold():
        return False
    return any(shape.search(part) for shape in _shapes(publisher) for part in (copy.head, copy.tail))


@lru_cache(maxsize=1024)
def _shapes(publisher: str) -> tuple[re.Pattern[str], ...]:
    """How texts credit a publisher: "(Northwire)", "Northwire - ", "By Northwire"; short names as they are written."""
    names = _names(publisher)
    named = "|".join(map(re.escape, names))
    how = re.IGNORECASE if min(map(len, names)) > 3 else re.NOFLAG  # "(AP)", and no map of the ap
    in_brackets = rf"[(\[/]\s*(?:{named})\s*[)\]/]"
    at_head = rf"(?:^|[\n,])\s*(?:{named})\s*[-–—:]\s"
    return re.compile(f"{in_brackets}|{at_head}", how), re.compile(rf"{_CREDIT}\s*(?:{named})\b")


def _names(publisher: str) -> list[str]:
    """How texts name a publisher: in full, without what any has in its name, or by its initials."""
    short = _GENERIC.sub("", publisher.strip())
    parts = [part for part in re.split(r"[\s-]+", short) if part and not _SMALL.match(part)]
    initials = "".join(part[0] for part in parts).upper()
    return list(dict.fromkeys([publisher.strip(), short, *([initials] if len(parts) > 1 else [])]))
