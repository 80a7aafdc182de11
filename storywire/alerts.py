"""What is worth telling, and when: decides which alerts an analysis causes and which messages are due.

Never delivers anything.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from storywire.identity import alert_id
from storywire.nouns import Alert, Assignment, Watch


def alerts_for(
    assignments: Sequence[Assignment], seeds: Collection[str], watches: Sequence[Watch], now: datetime
) -> tuple[Alert, ...]:
    """One alert for each watch and storyline with new coverage. A storyline's own seeds are no news to its maker.

    `assignments` are those of a batch's new articles; repeats and articles that a new definition drew in are not.
    """
    coverage: dict[str, list[str]] = defaultdict(list)
    for assignment in assignments:
        if assignment.article_id not in seeds:
            coverage[assignment.storyline_id].append(assignment.article_id)
    return tuple(
        Alert(alert_id(watch.watch_id, storyline, causes), watch.watch_id, storyline, tuple(sorted(causes)), now)
        for watch in watches
        for storyline, causes in sorted(coverage.items())
        if watch.storyline_id in (None, storyline)
    )


def due_messages(pending: Sequence[Alert], watches: Sequence[Watch], now: datetime) -> tuple[tuple[Watch, Alert], ...]:
    """The undelivered alerts to send now, oldest first, each with its watch; those of a removed watch are left out."""
    by_id = {watch.watch_id: watch for watch in watches}
    due = (alert for alert in pending if alert.delivered_at is None and alert.watch_id in by_id)
    return tuple((by_id[a.watch_id], a) for a in sorted(due, key=lambda a: (a.created_at, a.alert_id)))
