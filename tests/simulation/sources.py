"""Made-up feeds: decides what each publishes and when, what its document says at a time, and what is wrong with it.

Never answers a request; `servers` does. Seconds are counted from the start of the simulated time.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import NamedTuple

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
HOUR, DAY = 3600, 86400
_BUSIEST = 400  # items a day
_WORDS = """harbour council bridge ferry market orchard valley signal river quarry lantern meadow tariff glacier
turbine festival archive lighthouse tramway reservoir workshop vineyard station parliament hospital""".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


@dataclass(frozen=True)
class Manners:
    """What a server gives and asks for when all is well."""

    validators: str = (
        "both"  # both, etag, date, none, lying (304 to every condition), restless (another ETag each time)
    )
    max_age: int = 0
    expires: int = 0
    ttl: int = 0  # minutes
    period: tuple[str, int] | None = None  # sy:updatePeriod and sy:updateFrequency
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()  # 0 is Monday

    @property
    def wait(self) -> timedelta:
        """How long it asks to be left alone."""
        hours = {"hourly": 1, "daily": 24}[self.period[0]] / self.period[1] if self.period else 0
        header = self.max_age or self.expires
        return max(timedelta(seconds=header), timedelta(minutes=self.ttl), timedelta(hours=hours))


class Trouble(NamedTuple):
    """What goes wrong from `start` until `end`. `what` is a status, timeout, refused, html or empty."""

    start: float
    end: float
    what: str
    location: str = ""
    retry_after: int = 0


class Document(NamedTuple):
    """What a feed lists at a time: items `first` up to `end`. Each `version` is another text."""

    first: int
    end: int
    version: str
    changed: int  # seconds


@dataclass
class Source:
    """One feed: its items, by the seconds at which they were published, and how it behaves."""

    number: int
    url: str
    length: int
    times: list[int]
    manners: Manners = field(default_factory=Manners)
    troubles: list[Trouble] = field(default_factory=list)
    habit: str = (
        ""  # "" or what its system does: renames (other guids each hour), redates (each hour), stamps (each look)
    )
    moved_to: str = ""
    _items: dict[int, bytes] = field(default_factory=dict)

    def trouble(self, at: float) -> Trouble | None:
        """What is wrong at a time."""
        return next((t for t in self.troubles if t.start <= at < t.end), None)

    def document(self, at: int) -> Document:
        """What it lists at a time."""
        end = bisect_right(self.times, at)
        trouble = self.trouble(at)
        if trouble and trouble.what == "empty":
            return Document(end, end, f"{end}-empty", int(trouble.start))
        changed = max([self.times[end - 1], *(int(t.end) for t in self.troubles if t.what == "empty" and t.end <= at)])
        if self.habit == "stamps":
            return Document(max(end - self.length, 0), end, f"{end}-{at}", at)
        if self.habit:
            return Document(max(end - self.length, 0), end, f"{end}-{at // HOUR}", max(changed, at // HOUR * HOUR))
        return Document(max(end - self.length, 0), end, f"{end}-{changed}", changed)

    def body(self, document: Document) -> bytes:
        """The text of a document of this source: RSS 2.0."""
        items = [self._item(n, document.changed) for n in reversed(range(document.first, document.end))]
        return b"".join([self._head(document), *items, b"</channel></rss>"])

    def link(self, item: int) -> str:
        """The address of an item."""
        return f"https://pages.example/{self.number}/{item}"

    def _head(self, document: Document) -> bytes:
        own, lines = (
            self.manners,
            [f"<title>Paper {self.number}</title><link>https://pages.example/{self.number}</link>"],
        )
        lines += [f"<lastBuildDate>{date(document.changed)}</lastBuildDate>"] if self.habit else []
        lines += [f"<ttl>{own.ttl}</ttl>"] if own.ttl else []
        if own.period:
            lines += [
                "<sy:updatePeriod>{}</sy:updatePeriod><sy:updateFrequency>{}</sy:updateFrequency>".format(*own.period)
            ]
        for outer, inner, each in (("skipHours", "hour", own.skip_hours), ("skipDays", "day", own.skip_days)):
            names = [_DAYS[one] if inner == "day" else one for one in each]
            lines += [f"<{outer}>{''.join(f'<{inner}>{n}</{inner}>' for n in names)}</{outer}>"] if each else []
        sy = "http://purl.org/rss/1.0/modules/syndication/"
        return f'<?xml version="1.0"?><rss version="2.0" xmlns:sy="{sy}"><channel>{"".join(lines)}\n'.encode()

    def _item(self, number: int, changed: int) -> bytes:
        if self.habit in ("", "stamps") and number in self._items:
            return self._items[number]
        words = Random(f"{self.number} {number}").choices(_WORDS, k=36)
        guid = f"{number}-{changed}" if self.habit == "renames" else f"{number}"
        dated = date(changed if self.habit == "redates" else self.times[number])
        item = (
            f"<item><title>{' '.join(words[:6]).capitalize()} {number}</title><link>{self.link(number)}</link>"
            f'<guid isPermaLink="false">{self.number}-{guid}</guid><pubDate>{dated}</pubDate>'
            f"<description>{' '.join(words[6:])}.</description></item>\n"
        ).encode()
        self._items[number] = item
        return item


def date(seconds: int) -> str:
    """A time as HTTP and RSS have it."""
    return format_datetime(START + timedelta(seconds=seconds), usegmt=True)


def publishing(draw: Random, rate: float, length: int, until: int) -> list[int]:
    """When a feed with so many items a day publishes: more by day than by night and on weekdays, at times in bursts."""
    back, times = 0.0, []
    for _ in range(length + 5):
        back -= draw.expovariate(max(rate, 0.1)) * DAY
        times.append(int(back) - HOUR)
    peak, at = draw.uniform(8, 20), 0.0
    rate = min(rate, _BUSIEST)
    while rate and (at := at + draw.expovariate(2 * rate / DAY)) < until:
        of_day = 1 + 0.85 * math.cos((at / HOUR - peak) * math.tau / 24)
        if draw.random() < of_day * (0.6 if at // DAY % 7 >= 5 else 1.0) / 2:
            times.append(int(at))
    if rate and draw.random() < 0.2:
        begin = draw.uniform(0, until)
        times += [t for _ in range(draw.randint(8, 40)) if (t := int(begin + draw.uniform(0, HOUR))) < until]
    return sorted(times)
