"""When alerts are told: decides which of those that wait become messages now, and which never will.

Never sends anything. Called also when nothing new came: cool-downs, quiet hours and digests end by themselves.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from storywire.enough import Counted, Met, enough
from storywire.hours import digest_due, in_quiet
from storywire.identity import message_id
from storywire.watches import AfterQuiet, Alert, AlertState, Message, Watch

MANY = 5
"""Subjects that are due at once for one watch; more are told in one message, so that nobody gets a flood."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """What waits, with what it takes to decide on it. Subjects are as they stand now: what was merged is resolved.

    `told_at` is when a watch last told of a subject. `held` are watches of which a message does not get through: what
    comes meanwhile is told in one, once it does.
    """

    waiting: tuple[Alert, ...] = ()
    told_at: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    counted: Counted = field(default_factory=Counted)
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """New messages, and what became of alerts that are never told: the new state, and the reason."""

    messages: tuple[Message, ...] = ()
    ended: Mapping[str, tuple[AlertState, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Due:
    """Alerts of one watch and subject that may be told now, and the condition that was met."""

    subject_id: str
    alerts: tuple[Alert, ...]
    why: str


def decide(outbox: Outbox, watches: Iterable[Watch], now: datetime, began_at: datetime | None = None) -> Decision:
    """What becomes of all that waits. Alerts of paused watches wait until the pause ends.

    `began_at` is when the run began that asks, where that is not now: what it noticed did not wait.
    """
    by_watch: dict[str, dict[str, list[Alert]]] = defaultdict(lambda: defaultdict(list))
    for alert in outbox.waiting:
        by_watch[alert.watch_id][alert.subject_id].append(alert)
    messages: list[Message] = []
    ended: dict[str, tuple[AlertState, str]] = {}
    for watch in watches:
        if watch.paused:
            continue
        due = []
        for subject, alerts in by_watch[watch.watch_id].items():
            dropped = _dropped(watch, alerts)
            told_at = outbox.told_at.get((watch.watch_id, subject))
            rest = [alert for alert in alerts if alert.alert_id not in dropped]
            met = enough(watch.enough, rest, outbox.counted, told_at, now)
            ended |= dropped | _lapsed(watch, met)
            due += _due(watch, subject, met, told_at, now)
        if watch.watch_id not in outbox.held and not in_quiet(watch.timing, now):
            messages += _messages(watch, due, now, began_at or now)
    return Decision(tuple(messages), ended)


def _dropped(watch: Watch, alerts: Sequence[Alert]) -> dict[str, tuple[AlertState, str]]:
    if watch.timing.after_quiet is not AfterQuiet.DROP:
        return {}
    end = (AlertState.DROPPED, "it came in quiet hours")
    return {alert.alert_id: end for alert in alerts if in_quiet(watch.timing, alert.created_at)}


def _lapsed(watch: Watch, met: Met) -> dict[str, tuple[AlertState, str]]:
    days = watch.enough.within.total_seconds() / 86400
    return {a.alert_id: (AlertState.LAPSED, f"there was not enough within {days:g} days") for a in met.lapsed}


def _due(watch: Watch, subject: str, met: Met, told_at: datetime | None, now: datetime) -> list[_Due]:
    """What of a subject may be told: if it is a digest, since its moment came, else since it cooled down."""
    if not met.told or met.since is None:
        return []
    timing = watch.timing
    # one told in the future is from a clock that was wrong, and must not silence a watch
    cooled = told_at is None or told_at > now or told_at + timing.cool_down <= now
    if not (digest_due(timing, met.since, now) if timing.digest else cooled):
        return []
    return [_Due(subject, met.told, met.why)]


def _messages(watch: Watch, due: Sequence[_Due], now: datetime, began_at: datetime) -> list[Message]:
    if watch.timing.digest or len(due) > MANY:
        return [_message(watch, due, now, began_at)] if due else []
    return [_message(watch, [each], now, began_at) for each in due]


def _message(watch: Watch, due: Sequence[_Due], now: datetime, began_at: datetime) -> Message:
    ids = tuple(sorted(alert.alert_id for each in due for alert in each.alerts))
    why = {each.subject_id: each.why for each in due if each.why}
    return Message(message_id(watch.watch_id, ids), watch.watch_id, watch.target, ids, now, began_at, why)
