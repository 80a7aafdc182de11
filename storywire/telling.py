"""When alerts are told: decides which of those that wait become messages now, and which never will.

Never sends anything. Called also when nothing new came: cool-downs, quiet hours and digests end by themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from storywire.bursts import burst
from storywire.hours import digest_due, in_quiet
from storywire.identity import message_id
from storywire.sources import Source, independent
from storywire.watches import COVERAGE, AfterQuiet, Alert, AlertState, Message, Watch

MANY = 5
"""Subjects that are due at once for one watch; more are told in one message, so that nobody gets a flood."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """What waits, with what it takes to decide on it. Subjects are as they stand now: what was merged is resolved.

    `told_at` is when a watch last told of a subject; `sources` has the articles that alerts name, `times` when the
    latest reports of a storyline came (`Article.time`), `began` when its first did,
    `groups` which publishers are one.
    """

    waiting: tuple[Alert, ...] = ()
    told_at: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    times: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    began: Mapping[str, datetime] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """New messages, and what became of alerts that are never told: the new state, and the reason."""

    messages: tuple[Message, ...] = ()
    ended: Mapping[str, tuple[AlertState, str]] = field(default_factory=dict)


def decide(outbox: Outbox, watches: Iterable[Watch], now: datetime) -> Decision:
    """What becomes of all that waits. Alerts of paused watches wait until the pause ends."""
    by_watch: dict[str, list[Alert]] = defaultdict(list)
    for alert in outbox.waiting:
        by_watch[alert.watch_id].append(alert)
    messages: list[Message] = []
    ended: dict[str, tuple[AlertState, str]] = {}
    for watch in watches:
        if watch.paused or watch.watch_id not in by_watch:
            continue
        alerts = by_watch[watch.watch_id]
        over = {alert.alert_id: end for alert in alerts if (end := _ended(watch, alert, now)) is not None}
        messages += _messages(watch, [alert for alert in alerts if alert.alert_id not in over], outbox, now)
        ended |= over
    return Decision(tuple(messages), ended)


def _ended(watch: Watch, alert: Alert, now: datetime) -> tuple[AlertState, str] | None:
    if watch.timing.after_quiet is AfterQuiet.DROP and in_quiet(watch.timing, alert.created_at):
        return AlertState.DROPPED, "it came in quiet hours"
    if watch.enough.waits and alert.kind in COVERAGE and alert.created_at <= now - watch.enough.within:
        return AlertState.LAPSED, f"there was not enough within {watch.enough.within.total_seconds() / 86400:g} days"
    return None


def _messages(watch: Watch, alerts: Sequence[Alert], outbox: Outbox, now: datetime) -> list[Message]:
    timing = watch.timing
    if not alerts or in_quiet(timing, now):
        return []
    if timing.digest and not digest_due(timing, min(alert.created_at for alert in alerts), now):
        return []
    by_subject: dict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_subject[alert.subject_id].append(alert)
    due = {
        subject: (told, why)
        for subject, told in by_subject.items()
        if timing.digest or _cooled(watch, subject, outbox, now)
        if (why := _enough(watch, subject, told, outbox, now)) is not None
    }
    if timing.digest or len(due) > MANY:
        return [_message(watch, list(due.values()), now)] if due else []
    return [_message(watch, [each], now) for each in due.values()]


def _message(watch: Watch, due: Sequence[tuple[Sequence[Alert], str]], now: datetime) -> Message:
    ids = tuple(sorted(alert.alert_id for alerts, _ in due for alert in alerts))
    why = "; ".join(dict.fromkeys(why for _, why in due if why)) if len(due) == 1 else ""
    return Message(message_id(watch.watch_id, ids), watch.watch_id, watch.target, ids, now, why or None)


def _cooled(watch: Watch, subject: str, outbox: Outbox, now: datetime) -> bool:
    last = outbox.told_at.get((watch.watch_id, subject))
    # one told in the future is from a clock that was wrong, and must not silence a watch
    return last is None or last > now or last + watch.timing.cool_down <= now


def _enough(watch: Watch, subject: str, alerts: Sequence[Alert], outbox: Outbox, now: datetime) -> str | None:
    """The condition that is met, with its numbers; None while there is not enough. What is no report needs none."""
    enough = watch.enough
    reports = sorted({cause for alert in alerts if alert.kind in COVERAGE for cause in alert.causes})
    if not enough.waits or not reports:
        return ""
    said = []
    if len(reports) < enough.reports:
        return None
    if enough.reports > 1:
        said.append(f"{len(reports)} reports where {enough.reports} are needed")
    if enough.publishers > 1:
        found = independent([outbox.sources[i] for i in reports if i in outbox.sources], outbox.groups)
        if found < enough.publishers:
            return None
        said.append(f"{found} independent publishers where {enough.publishers} are needed")
    if enough.burst is not None:
        told_at = outbox.told_at.get((watch.watch_id, subject))
        risen = burst(outbox.times.get(subject, ()), enough.burst, now, told_at, outbox.began.get(subject))
        if risen is None:
            return None
        said.append(risen.sentence)
    return ", ".join(said)
