"""What a feed document says, whatever its format: decides the shape that each reader of a format fills.

Never judges: identity, trust and limits are for `feeds`.
"""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Item:
    """One item as its document gives it. `link` is raw; the texts are plain; `date` is the string that stands there."""

    guid: str | None
    link: str | None
    title: str
    summary: str
    content: str  # what the format calls the content, where it sets that apart from a summary
    date: str | None
    language: str | None = None
    publisher: str | None = None  # of an item that an aggregator took from elsewhere
    authors: tuple[str, ...] = ()  # as they stand there


@dataclass(frozen=True, slots=True)
class Skip:
    """When a document asks not to be fetched (RSS skipHours and skipDays): hours of the day and days, all UTC."""

    hours: frozenset[int] = frozenset()  # 0 to 23
    days: frozenset[int] = frozenset()  # 0 is Monday


@dataclass(frozen=True, slots=True)
class Document:
    """One feed document. `items` are those within the limit that the reader was given; `listed` counts all."""

    title: str
    language: str | None
    items: tuple[Item, ...]
    listed: int
    ttl: timedelta | None = None  # how long the document asks not to be fetched again
    cut_short: bool = False  # it ended inside an item, which was dropped
    skip: Skip = field(default_factory=Skip)
    format: str = ""  # in words, such as "RSS 2.0"
    self_url: str | None = None  # where it says that it is
    moved_to: str | None = None  # where it says that it went
    hub: str | None = None  # the WebSub hub that it names
