"""What is worth telling: decides which alerts a batch, a look at an article, or a look at a feed causes.

Never decides when they are told: `telling` does.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from storywire.arrivals import Arrival
from storywire.health import newly
from storywire.identity import alert_id
from storywire.matching import Meaning, Reading
from storywire.nouns import Feed, FeedState
from storywire.watches import EVERY_FEED, Alert, AlertClass, AlertState, Watch

FAILURES = 3  # looks in a row, after which a feed counts as ill: one or two are the network's weather
_REASONS = 3  # that one alert gives


def alerts_for(
    arrivals: Sequence[Arrival],
    watches: Iterable[Watch],
    told: Collection[tuple[str, str]],
    meanings: Mapping[str, Meaning],
    now: datetime,
) -> tuple[Alert, ...]:
    """One alert for each watch, storyline and class that arrivals bring; those that nobody is told of apart, silent.

    `told` are the pairs of watch and storyline of which something was told; `meanings` those of the
    watches that look for one, by watch.
    """
    readings = [Reading(arrival) for arrival in arrivals]
    found: dict[tuple[str, str, AlertClass, str | None], list[tuple[Arrival, str]]] = defaultdict(list)
    for watch in watches:
        if watch.muted or watch.feed is not None:
            continue
        for reading in readings:
            arrival = reading.arrival
            if watch.storyline_id not in (None, arrival.storyline_id):
                continue
            kind = _kind(watch, arrival, told)
            if kind not in watch.classes:
                continue
            why = reading.reason(watch.match, meanings.get(watch.watch_id))
            if why is not None:
                found[watch.watch_id, arrival.storyline_id, kind, arrival.silent].append((arrival, why))
    return tuple(_alert(*key, causes, now) for key, causes in found.items())


def _kind(watch: Watch, arrival: Arrival, told: Collection[tuple[str, str]]) -> AlertClass:
    """A storyline is new to a watch if it began since and nothing of it was told; so its first reports are."""
    fresh = (
        watch.storyline_id is None
        and arrival.began_at is not None
        and arrival.began_at >= watch.created_at
        and (watch.watch_id, arrival.storyline_id) not in told
    )
    return AlertClass.NEW if fresh and arrival.kind in (AlertClass.FOLLOW_UP, AlertClass.REPORT) else arrival.kind


def _alert(
    watch_id: str,
    subject_id: str,
    kind: AlertClass,
    silent: str | None,
    causes: list[tuple[Arrival, str]],
    now: datetime,
) -> Alert:
    return Alert(
        alert_id(watch_id, subject_id, kind, [arrival.cause for arrival, _ in causes]),
        watch_id,
        subject_id,
        kind,
        tuple(sorted(arrival.article_id for arrival, _ in causes)),
        now,
        "; ".join(list(dict.fromkeys(why for _, why in causes if why))[:_REASONS]),
        AlertState.SILENT if silent else AlertState.WAITING,
        silent,
    )


def faults(before: Feed, after: Feed) -> tuple[str, ...]:
    """What a look found wrong with a feed that was not wrong before, in words."""
    found = newly(before.health, after.health)
    if after.state is FeedState.GONE and before.state is not FeedState.GONE:
        found.append(f"gone: {after.reason}")
    elif after.failures >= FAILURES > before.failures:
        found.append(f"failing: {after.reason} ({after.failures} times in a row)")
    return tuple(found)


def alerts_for_feed(before: Feed, after: Feed, watches: Iterable[Watch], now: datetime) -> tuple[Alert, ...]:
    """One alert for each watch that wants to know that a feed fell ill."""
    found = faults(before, after)
    if not found:
        return ()
    return tuple(
        Alert(
            alert_id(watch.watch_id, after.url, AlertClass.ILL, [*found, now.isoformat()]),
            watch.watch_id,
            after.url,
            AlertClass.ILL,
            found,
            now,
            "",
        )
        for watch in watches
        if not watch.muted and watch.feed in (EVERY_FEED, after.url)
    )
