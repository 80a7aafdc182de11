"""Why alerts wait: decides what is said to hold each of them back, and until when.

Never decides whether it does: `storywire.telling` is asked.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows import show
from storywire.hours import digest_due, in_quiet, last_digest_at
from storywire.nouns import Precision
from storywire.sources import independent
from storywire.telling import Outbox, decide
from storywire.watches import COVERAGE, Alert, Timing, Watch

GOES = "goes out with the next run, or with `storywire alerts send`"
_LONGEST = timedelta(days=16)  # a weekly digest, also where clocks change
_STEP = timedelta(minutes=30)  # no two digests of a watch are nearer to each other


@dataclass(frozen=True, slots=True)
class Wait:
    """What waits on one storyline or feed, since when, and what becomes of it."""

    subject_id: str
    count: int  # reports, or faults of a feed
    since: datetime
    state: str


def waits(watch: Watch, outbox: Outbox, now: datetime) -> list[Wait]:
    """What of a watch waits, the oldest first."""
    by_subject: dict[str, list[Alert]] = defaultdict(list)
    for alert in outbox.waiting:
        if alert.watch_id == watch.watch_id:
            by_subject[alert.subject_id].append(alert)
    every = min((alert.created_at for alerts in by_subject.values() for alert in alerts), default=now)
    found = []
    for subject, alerts in by_subject.items():
        held = ["an earlier message, which does not get through"] if watch.watch_id in outbox.held else []
        held += [*_hours(watch, every, now), *_cool_down(watch, subject, outbox, now)]
        held += _enough(watch, replace(outbox, waiting=tuple(alerts), held=frozenset()), now)
        state = f"waits for {', and for '.join(held)}" if held else GOES
        count = sum(len(alert.causes) for alert in alerts)
        found.append(Wait(subject, count, min(alert.created_at for alert in alerts), state))
    return sorted(found, key=lambda wait: (wait.since, wait.subject_id))


def next_digest_at(watch: Watch, now: datetime) -> datetime | None:
    """When the next digest of a watch is due; None for one that tells at once."""
    if watch.timing.digest is None:
        return None
    later = now
    while later < now + _LONGEST:
        later += _STEP
        if (at := last_digest_at(watch.timing, later)) > now:
            return at
    return None


def _hours(watch: Watch, oldest: datetime, now: datetime) -> Iterator[str]:
    """What holds all of a watch back."""
    timing = watch.timing
    if watch.paused:
        yield "the end of its pause"
    if timing.quiet is not None and in_quiet(timing, now):
        yield f"the end of quiet hours, {timing.quiet[1]:%H:%M} {timing.zone}"
    if timing.digest is not None and not digest_due(timing, oldest, now):
        yield f"the digest of {_minute(next_digest_at(watch, now))}"


def _cool_down(watch: Watch, subject: str, outbox: Outbox, now: datetime) -> Iterator[str]:
    told = outbox.told_at.get((watch.watch_id, subject))
    if watch.timing.digest is None and told is not None and told <= now < told + watch.timing.cool_down:
        yield f"the cool-down, until {_minute(told + watch.timing.cool_down)}"


def _enough(watch: Watch, here: Outbox, now: datetime) -> Iterator[str]:
    """What would hold it back if the watch could speak at any time."""
    decision = decide(here, [replace(watch, paused=False, timing=Timing(cool_down=timedelta(0)))], now)
    told = {alert_id for message in decision.messages for alert_id in message.alert_ids}
    short = [alert for alert in here.waiting if alert.alert_id not in told]
    if not short:
        return
    if ended := {decision.ended[alert.alert_id][1] for alert in short if alert.alert_id in decision.ended}:
        yield f"nothing, as nobody is told: {'; '.join(sorted(ended))}"
    else:
        yield _lacking(watch, short, here)


def _lacking(watch: Watch, alerts: Sequence[Alert], outbox: Outbox) -> str:
    enough, sources = watch.enough, outbox.counted.sources
    reports = {cause for alert in alerts if alert.kind in COVERAGE for cause in alert.causes}
    publishers = independent([sources[i] for i in reports if i in sources], outbox.counted.groups)
    said = [f"more reports ({len(reports)} of {enough.reports})"] if len(reports) < enough.reports else []
    if publishers < enough.publishers:
        said.append(f"more publishers ({publishers} of {enough.publishers})")
    return ", ".join(said) or f"a burst of {enough.burst or 0:g} times the usual"


def _minute(at: datetime | None) -> str:
    return f"{show.when(at, Precision.MINUTE)} UTC"
