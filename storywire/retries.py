"""Retries: decides when a message that could not be delivered is tried again, and when it is given up.

Never draws chance: what keeps many messages from coming back at the same moment comes from their ids.
"""

from datetime import datetime, timedelta

from storywire.identity import digest

# Standard Webhooks 1.0.0, "Deliverability and reliability": the first attempt at once, the others over some 76 hours.
WAITS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
ATTEMPTS = len(WAITS)
JITTER = 0.2  # at most; more, and a wait could be longer than the next one
MAX_RETRY_AFTER = timedelta(hours=24)


def next_attempt(message_id: str, attempts: int, now: datetime, retry_after: timedelta | None) -> datetime | None:
    """When a message is tried again of which so many attempts failed, the last one now. None: it is dead.

    `retry_after` is what the receiver asked for with its last answer: obeyed up to 24 hours, and never a reason to come
    sooner than without it.
    """
    if attempts >= ATTEMPTS:
        return None
    wait = WAITS[attempts] * (1 + JITTER * _share(message_id, attempts))
    return now + max(wait, min(retry_after or timedelta(0), MAX_RETRY_AFTER))


def _share(message_id: str, attempts: int) -> float:
    """A number from 0 to 1 that is the message's own for this attempt."""
    return int(digest("retry", message_id, str(attempts)), 16) / 16**16
