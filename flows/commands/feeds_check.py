"""`storywire feeds check`: all that is known and wrong about a feed, as a poller sees it. Stores nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console

from flows import show
from flows.commands.feed_address import typed_address
from flows.house import House, build
from flows.settings import Settings
from storywire import waits
from storywire.checkup import Again, Finding, Level, could_not_be_had, findings, shortest_wait
from storywire.documents import Skip
from storywire.errors import FetchError, InputError
from storywire.nouns import Feed, Precision
from tasks.checkup import Look, look_at

_COLOURS = {Level.PROBLEM: "red", Level.ODD: "yellow", Level.NOTE: "dim"}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAME = 10  # columns; that of "validators"
_MOST = 3  # sites and languages that are named


def check(where: str, as_json: bool) -> None:
    """Look at a feed and print what it is and what is wrong; raises InputError where it is no usable feed."""
    url, house = typed_address(where), build(Settings.from_environment())
    now, known = house.clock(), _known(house, url)
    try:
        look = asyncio.run(_look(url, house, now))
    except FetchError as error:
        _say_known(known, as_json)
        raise InputError(could_not_be_had(url, error)) from error
    except InputError:
        _say_known(known, as_json)
        raise
    found = findings(look.answer, look.seen, now)
    if as_json:
        show.as_json(_told(look, known, found))
    else:
        _print(show.console(), look, known, found)


async def _look(url: str, house: House, now: datetime) -> Look:
    async with house.fetcher() as fetcher:
        with house.workers() as workers:
            return await look_at(url, fetcher, workers, now, house.host_spacing)


def _known(house: House, url: str) -> Feed | None:
    """The subscription, if there is one; a home that does not exist is not made."""
    feeds = house.store.feeds() if house.store.path.exists() else []
    return next((feed for feed in feeds if feed.url.rstrip("/") == url.rstrip("/")), None)


def _say_known(known: Feed | None, as_json: bool) -> None:
    if known is not None and not as_json:
        _list(show.console(), [("[dim]here[/dim]", _state(known))])


def _told(look: Look, known: Feed | None, found: tuple[Finding, ...]) -> dict[str, Any]:
    answer, seen = look.answer, look.seen
    wait, why = shortest_wait(answer, seen)
    document = {name: value for name, value in asdict(seen).items() if name not in ("said", "sites", "languages")}
    said = seen.said
    return {
        "url": answer.asked,
        "title": said.title,
        "format": said.format,
        "answer": asdict(answer),
        "document": {
            **document,
            "entries": len(said.entries),
            "sites": dict(seen.sites),
            "languages": dict(seen.languages),
            "self": said.self_url,
            "moved_to": said.moved_to,
            "hub": said.hub,
        },
        "shortest_wait_minutes": wait / timedelta(minutes=1),
        "shortest_wait_because": why,
        "skip_hours": sorted(said.skip.hours),
        "skip_days": [_DAYS[day] for day in sorted(said.skip.days)],
        "known": None if known is None else _told_known(known),
        "findings": [asdict(finding) for finding in found],
    }


def _told_known(feed: Feed) -> dict[str, Any]:
    return {
        "state": "paused" if feed.paused else feed.state,
        "reason": feed.reason,
        "failures": feed.failures,
        "interval_minutes": feed.interval / timedelta(minutes=1),
        "succeeded_at": feed.succeeded_at,
        "next_check_at": feed.next_check_at,
        "health": feed.health,
    }


def _print(out: Console, look: Look, known: Feed | None, found: tuple[Finding, ...]) -> None:
    out.print(f"[bold]{show.text(look.seen.said.title or look.answer.asked)}[/bold]")
    _list(out, [(f"[dim]{name}[/dim]", value) for name, value in _facts(look, known)])
    coloured = [(f"[{_COLOURS[f.level]}]{f.level}[/{_COLOURS[f.level]}]", f"{f.what}; {f.do}") for f in found]
    _list(out, coloured or [("[dim]findings[/dim]", "nothing is wrong with it")])


def _list(out: Console, lines: Sequence[tuple[str, str]]) -> None:
    """Names with what is to be said of each, which goes on below itself where it is long."""
    rows = show.table("", "", fold="")
    rows.show_header = False
    rows.columns[0].overflow, rows.columns[0].no_wrap, rows.columns[0].min_width = "crop", True, _NAME
    for name, value in lines:
        rows.add_row(name, show.text(value))
    out.print(rows)


def _facts(look: Look, known: Feed | None) -> Iterator[tuple[str, str]]:
    answer, seen = look.answer, look.seen
    said, dates = seen.said, seen.dates
    kind = f", sent as {answer.content_type}" if answer.content_type else ""
    yield "document", f"{said.format}, {seen.encoding}, {_size(answer.size)}{kind}"
    yield "address", answer.found_at
    count = len(said.entries)
    with_link = f"{count - seen.no_link} with a link"
    yield "entries", f"{count}: {with_link}, {seen.own_guid} with their own guid, {seen.whole} with the whole text"
    if dates.newest and dates.oldest:
        yield "dates", f"{show.when(dates.oldest, Precision.MINUTE)} to {show.when(dates.newest, Precision.MINUTE)}"
    yield "links to", _counted(seen.sites)
    yield "language", _counted(seen.languages)
    if not answer.on_disk:
        yield "validators", _validators(look)
    yield "freshness", _freshness(look)
    yield "a poller", _polling(look)
    if known is not None:
        yield "here", _state(known)


def _validators(look: Look) -> str:
    answer = look.answer
    sent = [name for name, value in (("ETag", answer.etag), ("Last-Modified", answer.last_modified)) if value]
    if not sent:
        return "none"
    if answer.again is Again.UNCHANGED:
        return f'{" and ".join(sent)}, which work: asked with them, its server says "not changed"'
    return f"{' and '.join(sent)}; asked with them, its server sends {answer.again}"


def _freshness(look: Look) -> str:
    said = look.seen.said
    asked = [f"the document asks for {_span(said.ttl)}" if said.ttl else "", _skipped(said.skip)]
    asked += [f"its server asks for {_span(look.answer.max_age)}" if look.answer.max_age else ""]
    return "; ".join(filter(None, asked)) or "nothing is said of it"


def _skipped(skip: Skip) -> str:
    hours = ", ".join(map(str, sorted(skip.hours)))
    days = ", ".join(_DAYS[day] for day in sorted(skip.days))
    parts = [f"in hours {hours} UTC" if hours else "", f"on {days}" if days else ""]
    return f"not to be asked {' and '.join(filter(None, parts))}" if skip.hours or skip.days else ""


def _polling(look: Look) -> str:
    wait, why = shortest_wait(look.answer, look.seen)
    because = f" ({why})" if why else ""
    if wait >= waits.LONGEST_LEARNT:
        return f"asks every {_span(wait)}{because}"
    first = _span(max(wait, waits.DEFAULT_INTERVAL))
    return f"asks after {first}, then every {_span(wait)} to {_span(waits.LONGEST_LEARNT)}, by what it brings{because}"


def _state(feed: Feed) -> str:
    state = "paused" if feed.paused else str(feed.state)
    failures = f" ({show.counted(feed.failures, 'failure')} in a row)" if feed.failures else ""
    parts = [f"subscribed, {state}{failures}"]
    parts += [feed.reason] if feed.reason else []
    last = f"last had {show.when(feed.succeeded_at, Precision.MINUTE)}" if feed.succeeded_at else "not had yet"
    parts += [f"asked every {_span(feed.interval)}", last]
    return "; ".join([*parts, *feed.health])


def _counted(things: tuple[tuple[str, int], ...]) -> str:
    named = ", ".join(f"{name} {count}" for name, count in things[:_MOST])
    more = f" and {len(things) - _MOST} others" if len(things) > _MOST else ""
    return f"{named}{more}" or "none"


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.1f} KiB"


def _span(wait: timedelta) -> str:
    minutes = wait / timedelta(minutes=1)
    if minutes < 1:
        return f"{wait.total_seconds():.0f} s"
    return f"{minutes / 60:g} h" if minutes >= 60 and minutes % 30 == 0 else f"{minutes:.0f} min"
