"""How watches, alerts and messages stand in rows and come back: decides columns and conversions, as `rows` does.

Never runs a statement.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from storage.rows import Row, aware
from storywire.watches import Alert, AlertClass, AlertState, Message, MessageState, Watch
from storywire.watchfile import spec_of, watch_of

WATCH = "watch_id, name, target, created_at, storyline_id, feed, paused, reason, spec"
ALERT = "alert_id, watch_id, subject_id, kind, causes, created_at, why, state, reason"
MESSAGE = (
    "message_id, watch_id, target, made_at, began_at, why, state, attempts, next_attempt_at, sent_at, error, refused"
)


def watch_row(watch: Watch) -> Row:
    """WATCH of a watch: what a person gave beside its identity as JSON."""
    return (
        *(watch.watch_id, watch.name, watch.target, watch.created_at, watch.storyline_id, watch.feed),
        *(watch.paused, watch.reason, json.dumps(spec_of(watch), ensure_ascii=False)),
    )


def watch(row: Row) -> Watch:
    """The watch of WATCH."""
    watch_id, name, target, created_at, storyline_id, feed, paused, reason, spec = aware(row)
    given = {"name": name, "target": target, "feed": feed, "storyline": storyline_id, "paused": paused}
    return replace(watch_of({**given, **json.loads(spec)}, created_at), watch_id=watch_id, reason=reason)


def alert_row(alert: Alert) -> Row:
    """ALERT of an alert."""
    return (
        *(alert.alert_id, alert.watch_id, alert.subject_id, alert.kind.value, alert.causes, alert.created_at),
        *(alert.why, alert.state.value, alert.reason),
    )


def alert(row: Row) -> Alert:
    """The alert of ALERT."""
    alert_id, watch_id, subject_id, kind, causes, created_at, why, state, reason = aware(row)
    said = (AlertClass(kind), tuple(causes), created_at, why, AlertState(state), reason)
    return Alert(alert_id, watch_id, subject_id, *said)


def message_row(message: Message) -> Row:
    """MESSAGE of a message: its alerts name it."""
    return (
        *(message.message_id, message.watch_id, message.target, message.made_at, message.began_at),
        *(json.dumps(dict(message.why), ensure_ascii=False), message.state.value, message.attempts),
        *(message.next_attempt_at, message.sent_at, message.error, message.refused),
    )


def message(row: Row, alert_ids: Sequence[str]) -> Message:
    """The message of MESSAGE, with the alerts that name it."""
    message_id, watch_id, target, made_at, began_at, why, state, *rest = aware(row)
    said = (made_at, began_at, json.loads(why), MessageState(state))
    return Message(message_id, watch_id, target, tuple(alert_ids), *said, *rest)
