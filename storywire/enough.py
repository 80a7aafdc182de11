"""Whether there is enough to tell: decides when the condition of a watch was met for a storyline, and what lapses.

Never decides whether the watch may speak then: what was once enough stays so until it is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from storywire.bursts import burst
from storywire.sources import Source, independent
from storywire.watches import Alert, AlertClass, Enough

CHANGES = frozenset({AlertClass.REVISION, AlertClass.CORRECTION, AlertClass.ILL})
"""Classes that wait for no condition: they are no reports."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What conditions are counted from.

    `sources` has the articles that alerts name, `groups` says which publishers are one; `times` has when the latest
    reports of a storyline came (`Article.time`), `began` when its first did.
    """

    sources: Mapping[str, Source] = field(default_factory=dict)
    times: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    began: Mapping[str, datetime] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Met:
    """What of the alerts on one subject may be told, since when, and why with its numbers; and what lapsed."""

    told: tuple[Alert, ...] = ()
    since: datetime | None = None
    why: str = ""
    lapsed: tuple[Alert, ...] = ()


def enough(wanted: Enough, alerts: Sequence[Alert], counted: Counted, told_at: datetime | None, now: datetime) -> Met:
    """What may be told of one subject. Changes may at once; reports once so many came within the time asked for."""
    alerts = sorted(alerts, key=lambda alert: (alert.created_at, alert.alert_id))
    changes = tuple(alert for alert in alerts if alert.kind in CHANGES or not wanted.waits)
    waiting = [alert for alert in alerts if alert not in changes]
    for moment in sorted({alert.created_at for alert in waiting} | ({now} if waiting and wanted.burst else set())):
        window = [a for a in waiting if moment - wanted.within < a.created_at <= moment]
        if (why := _why(wanted, window, counted, told_at, moment)) is not None:
            return Met(tuple(alerts), min([moment, *(a.created_at for a in changes)]), why)
    lapsed = tuple(alert for alert in waiting if alert.created_at <= now - wanted.within)
    return Met(changes, min((alert.created_at for alert in changes), default=None), "", lapsed)


def _why(
    wanted: Enough, alerts: Sequence[Alert], counted: Counted, told_at: datetime | None, moment: datetime
) -> str | None:
    """The condition that these meet, with its numbers; None if they do not. Reprints are no reports."""
    reports = sorted({cause for a in alerts if a.kind is not AlertClass.REPRINT for cause in a.causes})
    said = []
    if len(reports) < max(wanted.reports, wanted.publishers):
        return None
    if wanted.reports > 1:
        said.append(f"{len(reports)} reports where {wanted.reports} are needed")
    if wanted.publishers > 1:
        found = independent([counted.sources[i] for i in reports if i in counted.sources], counted.groups)
        if found < wanted.publishers:
            return None
        said.append(f"{found} independent publishers where {wanted.publishers} are needed")
    if wanted.burst is not None:
        subject = alerts[0].subject_id if alerts else ""
        times, began = counted.times.get(subject, ()), counted.began.get(subject)
        risen = burst(times, wanted.burst, moment, told_at, began)
        if risen is None:
            return None
        said.append(risen.sentence)
    return ", ".join(said)
