"""Watchers: decide, from the recorded requests alone, which rule of polling was broken, by whom, when and how.

Never asks the poller what it meant. The numbers are those of the rules, R01 to R46; each break is one line.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from storywire.hosts import patience
from tests.simulation.pollers import RUN_EVERY, Traffic
from tests.simulation.servers import Record
from tests.simulation.sources import START, Source
from tests.simulation.world import World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_LATE = 1.1  # a wait may be a tenth longer, so that feeds spread
_REDIRECTS = ("301", "302", "308")


@dataclass(frozen=True)
class Look:
    """All requests for one feed at one time: redirects, and a second address where the first failed."""

    records: tuple[Record, ...]

    @property
    def at(self) -> datetime:
        """When it was."""
        return self.records[0].at

    @property
    def last(self) -> Record:
        """The request that ended it."""
        return self.records[-1]

    @property
    def went_well(self) -> bool:
        """Whether a feed was found, or the word that it has not changed."""
        return self.last.feed


Watcher = Callable[[Source, Sequence[Look]], Iterator[str]]


def broken(world: World, traffic: Traffic) -> dict[str, list[str]]:
    """For each rule how it was broken, a line for each time; empty lists where it was kept."""
    looks = defaultdict[int, list[Look]](list)
    records = sorted(traffic.records, key=lambda record: (record.source.number, record.at))  # stable: order is kept
    for (number, _), some in groupby(records, key=lambda record: (record.source.number, record.at)):
        looks[number].append(Look(tuple(some)))
    found: dict[str, list[str]] = {}
    for rule, watch in WATCHERS.items():
        found[rule] = [
            f"feed {s.number} ({s.manners.validators}): {line}"
            for s in world.sources
            for line in watch(s, looks[s.number])
        ]
    found["R24 nobody is given up"] = list(_kept(world, looks))
    found["R18 a host that is busy is left alone"] = list(_busy(traffic.records))
    found["a server that lies hides nothing for long"] = list(_hidden(world, traffic))
    found["what was in a document is stored"] = list(_lost(traffic))
    found["and stored once"] = list(_twice(world, traffic))
    return found


def _soon(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    for one, two in pairwise(looks):
        if one.last.what != "refused" and two.at - one.at < 15 * MINUTE:  # where nobody answered nobody was asked
            yield f"{_time(one.at)} {one.last.what}, and again after {two.at - one.at}"


def _first(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    if len(looks) > 1 and looks[0].went_well and looks[1].at - looks[0].at < HOUR:
        yield f"its second look came after {looks[1].at - looks[0].at}"


def _asked(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    for one, two in pairwise(looks):
        if one.went_well and two.at - one.at < min(one.last.wait, DAY):
            yield f"{_time(one.at)} it asked for {one.last.wait}, and was asked after {two.at - one.at}"


def _skipped(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    known = next((look.at for look in looks if look.went_well), None)
    for look in looks:
        if known is None or look.at <= known:
            continue
        if look.at.hour in source.manners.skip_hours or look.at.weekday() in source.manners.skip_days:
            yield f"{_time(look.at)} it was asked in an hour or on a day to be left out"


def _retried(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    for one, two in pairwise(looks):
        after = one.last.retry_after
        if after is not None and two.at - one.at < min(after, DAY):
            yield f"{_time(one.at)} {one.last.what} with Retry-After {after}, and again after {two.at - one.at}"


def _forbidden(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    for one, two in pairwise(looks):
        if one.last.what in ("401", "403") and two.at - one.at < 4 * HOUR:
            yield f"{_time(one.at)} {one.last.what}, and again after {two.at - one.at}"


def _unvalidated(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    for one, two in pairwise(looks):
        given = one.last.etag or one.last.last_modified
        if one.last.what == "200" and one.went_well and not given and two.at - one.at < HOUR:
            yield f"{_time(one.at)} it gave no validators, and was asked again after {two.at - one.at}"


def _whole(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    """Free: before a server gave validators, at another address than theirs, and after an empty document."""
    least = 4 * HOUR if source.manners.validators == "lying" else DAY
    before: datetime | None = None
    given: Record | None = None
    for record in (record for look in looks for record in look.records if record.what not in _REDIRECTS):
        free = given is None or not (given.etag or given.last_modified) or given.url != record.url or _empty(given)
        if not record.conditional:
            if not free and before is not None and record.at - before < least:
                yield f"{_time(record.at)} asked for the whole document {record.at - before} after the last time"
            before = record.at
        if record.feed and record.what == "200":
            given, before = record, record.at if not record.conditional else before


def _validators(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    """Sent byte for byte (R01), both where both are known (R02), and only to the address that gave them (R06)."""
    tags: dict[str, tuple[str | None, str | None]] = {}
    for record in (record for look in looks for record in look.records):
        sent = (record.headers.get("if-none-match"), record.headers.get("if-modified-since"))
        if any(sent) and sent != tags.get(record.url, (None, None)):
            yield f"{_time(record.at)} {record.url} was sent {sent}, and had given {tags.get(record.url)}"
        if record.feed and record.what == "200":
            tags = {record.url: (record.etag, record.last_modified)}  # of its last document only
        elif record.feed:
            etag, last_modified = tags.get(record.url, (None, None))
            tags[record.url] = (record.etag or etag, record.last_modified or last_modified)


def _gone(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    gone = next((look.at for look in looks if look.last.what == "410"), None)
    yield from (f"{_time(look.at)} asked after 410" for look in looks if gone is not None and look.at > gone)


def _slower(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    for one, two, three in zip(looks, looks[1:], looks[2:], strict=False):
        what = {one.last.what, two.last.what}
        if one.went_well or two.went_well or what & {"429", "refused"} or one.last.retry_after:
            continue
        gap, next_gap = two.at - one.at, three.at - two.at
        pushed = source.manners.skip_hours or source.manners.skip_days
        if not pushed and next_gap < min(gap, DAY) - 2 * RUN_EVERY:
            yield f"{_time(one.at)} {one.last.what} and {two.last.what}: {gap}, then only {next_gap}"


def _kept(world: World, looks: Mapping[int, Sequence[Look]]) -> Iterator[str]:
    """Nobody is left for longer than a day, with what spreads, what it asks to leave out and Retry-After; but 410.

    One that was told itself that it asks too often comes after the others of its host, later each time.
    """
    end = START + timedelta(seconds=world.length)
    for source in world.sources:
        own = looks.get(source.number, ())
        most = _LATE * DAY + 2 * RUN_EVERY + 3 * DAY * bool(source.manners.skip_days or source.manners.skip_hours)
        ends = [*(look.at for look in own), end]
        for one, until in zip(own, ends[1:], strict=True):
            told = one.last.retry_after
            asked = told + 32 * HOUR if told is not None else timedelta(0)
            if one.last.what != "410" and until - one.at > most + asked:
                yield f"feed {source.number}: {_time(one.at)} {one.last.what}, and not again for {until - one.at}"
        if not own:
            yield f"feed {source.number}: it was never asked"


def _moved(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    """Its new address was asked by itself: then ten looks in a row and a day must have led there, for good."""
    led: list[datetime] = []
    for look in looks:
        first = look.records[0]
        if first.url != source.url:
            safe = first.url.startswith("https:")
            if len(led) < 10 or led[-1] - led[0] < DAY or not safe:
                yield f"{_time(look.at)} {first.url} was taken over after {len(led)} looks"
            continue
        led = [*led, look.at] if first.what in ("301", "308") and look.went_well else led if not look.went_well else []


def _manners(source: Source, looks: Sequence[Look]) -> Iterator[str]:
    for record in (record for look in looks for record in look.records):
        sent = record.headers
        wrong = [name for name in ("cookie", "referer", "a-im", "authorization") if name in sent]
        wrong += (
            [] if sent.get(":method") == "GET" and sent.get("accept-encoding") == "gzip" else ["method or encoding"]
        )
        wrong += (
            [] if "rss" in sent.get("accept", "") and "(+https://" in sent.get("user-agent", "") else ["who or what"]
        )
        if wrong:
            yield f"{_time(record.at)} a request with the wrong {', '.join(wrong)}"


def _busy(records: Sequence[Record]) -> Iterator[str]:
    """In order of time. Hosts of one domain may be asked at the same moment, before one of them has said so."""
    until: dict[str, tuple[datetime, Record]] = {}
    for record in records:
        end, said = until.get(patience(record.url), (START, record))
        if record.at < end and not (record.at == said.at and record.url != said.url and "crowd" not in record.url):
            yield f"feed {record.source.number}: {_time(record.at)} its host was asked again before {_time(end)}"
        rest = record.retry_after if record.what in ("429", "503") else None
        if rest is not None:
            until[patience(record.url)] = (record.at + min(rest, DAY), record)


def _hidden(world: World, traffic: Traffic) -> Iterator[str]:
    """What stayed in the document of a server that lies, until the daily whole look, was had by then."""
    most = int((DAY + 4 * HOUR * _LATE + 2 * RUN_EVERY).total_seconds())
    for source in (source for source in world.sources if source.manners.validators == "lying"):
        for item, at in enumerate(source.times):
            stayed = item + source.length >= len(source.times) or source.times[item + source.length] > at + most
            arrived = traffic.arrived.get((source.number, item))
            had = arrived is not None and (arrived - START).total_seconds() <= max(at, 0) + most
            if stayed and 0 <= at < world.length - most and not had:
                yield f"feed {source.number}: item {item} of {_time(START + timedelta(seconds=at))} came {arrived}"


def _lost(traffic: Traffic) -> Iterator[str]:
    for record in traffic.records:
        listed = range(record.document.first, record.document.end) if record.document else range(0)
        for item in listed:
            if traffic.arrived.get((record.source.number, item), record.at + DAY) > record.at:
                yield f"feed {record.source.number}: item {item}, listed {_time(record.at)}, was not stored"


def _twice(world: World, traffic: Traffic) -> Iterator[str]:
    """By its id. Where a feed gives its items new guids, the Store sees by address and title that they are repeats."""
    for (number, item), times in traffic.entries.items():
        if times > 1 and world.sources[number].habit != "renames":
            yield f"feed {number}: item {item} became {times} entries"


def _empty(record: Record) -> bool:
    return record.document is not None and record.document.first == record.document.end


def _time(at: datetime) -> str:
    return f"{at:%a %H:%M}"


WATCHERS: dict[str, Watcher] = {
    "R01, R02, R06 validators": _validators,
    "R11 one whole look a day": _whole,
    "R12 an hour at first": _first,
    "R12 15 minutes at least": _soon,
    "R12 an hour without validators": _unvalidated,
    "R14 what server and document ask for": _asked,
    "R15 skipHours, skipDays": _skipped,
    "R18 Retry-After": _retried,
    "R23 back-off": _slower,
    "R25 silence after 410": _gone,
    "R26 four hours after 403": _forbidden,
    "R31, R33 moves": _moved,
    "R35 to R37 manners": _manners,
}
