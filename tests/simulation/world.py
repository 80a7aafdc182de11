"""The made-up world: decides which feeds there are, and deals out manners, habits and troubles.

Never draws from anything but its seed: the same numbers give the same world.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from tests.simulation.sources import DAY, HOUR, Manners, Source, Trouble, publishing

CROWD = "crowd.example"
_KINDS = {"both": 50, "etag": 15, "date": 15, "none": 15, "restless": 5}
_SPELLS = (("500", 0), ("502", 0), ("503", 0), ("503", 1800), ("timeout", 0), ("timeout", 0), ("refused", 0))
_NEVER = 1e9


@dataclass(frozen=True)
class World:
    """All feeds, for so many seconds. The host `crowd.example` answers `patience` requests in 20 minutes."""

    sources: tuple[Source, ...]
    length: int
    patience: int


def world(feeds: int, days: int, seed: int) -> World:
    """A world of so many feeds; in a small one there is still one of each kind of trouble."""
    draw = Random(f"world {seed}")
    sources = [_source(number, days * DAY, Random(f"feed {seed} {number}")) for number in range(feeds)]
    order = draw.sample(range(feeds), feeds)

    def some(share: float, change: Callable[[Source, Random], None]) -> int:
        count = max(1, round(share * feeds))
        for _ in range(count):
            change(sources[order.pop()], draw)
        return count

    until = days * DAY
    crowd = some(0.08, lambda s, d: setattr(s, "url", f"https://{CROWD}/{s.number}/feed"))
    some(0.02, lambda s, d: setattr(s, "url", f"https://p{s.number}.example.org/feed"))  # siblings: one example.org
    some(0.02, _dead)
    some(0.03, _lies)
    some(0.12, lambda s, d: s.troubles.extend(_spells(d, until)))
    some(0.02, lambda s, d: _ends(s, "404", d.uniform(-DAY, until)))
    some(0.01, lambda s, d: _ends(s, "410", d.uniform(0, until / 2)))
    some(0.01, lambda s, d: s.troubles.append(_for(d, until, DAY, "403")))
    some(0.02, lambda s, d: s.troubles.append(_for(d, until, DAY, "html")))
    some(0.02, lambda s, d: s.troubles.append(_for(d, until, 6 * HOUR, "empty")))
    for what in ("301", "308"):
        some(0.015, lambda s, d, what=what: _moves(s, what, d.uniform(0, until / 3), _NEVER))
    some(0.02, lambda s, d: _moves(s, "302", 0, _NEVER))
    some(0.01, lambda s, d: _moves(s, "301", until / 3, until / 3 + 8 * HOUR))
    some(0.005, lambda s, d: _moves(s, "301", 0, _NEVER, scheme="http"))
    for habit in ("renames", "redates"):
        some(0.01, lambda s, d, habit=habit: setattr(s, "habit", habit))
    some(0.03, _stamps)
    return World(tuple(sources), until, max(3, crowd // 2))


def _source(number: int, until: int, draw: Random) -> Source:
    rate = draw.lognormvariate(1.6, 1.5)  # items a day: half of the feeds below 5, one in twenty above 58
    length = min(max(round(draw.lognormvariate(3.2, 0.6)), 10), 100)
    times = publishing(draw, rate, length, until)
    return Source(number, f"https://feed{number}.example/feed", length, times, _manners(draw))


def _manners(draw: Random) -> Manners:
    [kind] = draw.choices(list(_KINDS), list(_KINDS.values()))
    own, asks = Manners(kind), draw.random()
    if asks < 0.25:
        own = replace(own, max_age=draw.choice([60, 300, 900, 1800, 3600, 7200, 21600, 2 * DAY]))
    elif asks < 0.33:
        own = replace(own, expires=draw.choice([300, 1800, 3600, 4 * HOUR]))
    if draw.random() < 0.2:
        own = replace(own, ttl=draw.choice([5, 15, 30, 60, 120, 720]))
    if draw.random() < 0.1:
        own = replace(own, period=draw.choice([("hourly", 1), ("hourly", 2), ("daily", 1), ("daily", 2)]))
    if draw.random() < 0.05:
        own = replace(own, skip_hours=tuple(range(draw.randint(3, 8))))
    if draw.random() < 0.02:
        own = replace(own, skip_days=(5, 6))
    return own


def _dead(source: Source, draw: Random) -> None:
    source.times = [t for t in source.times if t < 0]


def _lies(source: Source, draw: Random) -> None:
    source.manners = Manners("lying")


def _stamps(source: Source, draw: Random) -> None:
    source.habit, source.manners = "stamps", replace(source.manners, validators="none")


def _for(draw: Random, until: int, length: int, what: str) -> Trouble:
    start = draw.uniform(HOUR, max(until - length - 12 * HOUR, 2 * HOUR))
    return Trouble(start, start + length, what)


def _spells(draw: Random, until: int) -> list[Trouble]:
    spells, at = [], 0.0
    for _ in range(draw.randint(1, 3)):
        at += draw.uniform(HOUR, until / 3)
        (what, after), length = draw.choice(_SPELLS), draw.uniform(HOUR, 12 * HOUR)
        spells.append(Trouble(at, at + length, what, retry_after=after))
        at += length
    return spells


def _ends(source: Source, what: str, at: float) -> None:
    """What it would have published from then on is nobody's to miss."""
    source.troubles.append(Trouble(at, _NEVER, what))
    source.times = [t for t in source.times if t < at] or [-HOUR]


def _moves(source: Source, what: str, start: float, end: float, scheme: str = "https") -> None:
    source.moved_to = f"{scheme}://new{source.number}.example/feed"
    source.troubles.append(Trouble(start, end, what, source.moved_to))
