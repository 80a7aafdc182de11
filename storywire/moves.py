"""Moves of feeds: decides when the address that permanent redirects lead to is taken over, and when not.

Never follows a hint in a document: an atom:link, itunes:new-feed-url or newLocation is for a person to judge.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from storywire.learnt import Move

ADOPTED_TIMES = 10  # looks in a row that saw it, as NewsBlur has it
ADOPTED_AGE = timedelta(hours=24)
RECHECKED = timedelta(days=14)  # then its own url is asked again, as CC's crawler does


def address(url: str, move: Move, now: datetime) -> str:
    """Where to ask for the feed of this url: where it has moved to, but now and then at the url itself."""
    if move.address is None or move.asked_at is None or not timedelta(0) <= now - move.asked_at < RECHECKED:
        return url
    return move.address


def after_success(url: str, asked: str, move: Move, led_to: str | None, now: datetime) -> Move:
    """What is known of a feed's move after a look that found a valid feed.

    `asked` is the address that was asked, and `led_to` where permanent redirects led from there, None where there were
    none. A way from https back to http is never taken over.
    """
    if asked == url and move.address is not None:
        move = replace(move, asked_at=now) if led_to == move.address else Move()
    if led_to is None or (asked.startswith("https:") and not led_to.startswith("https:")):
        return replace(move, seen=None, since=None, times=0)
    seen = (
        replace(move, times=move.times + 1) if led_to == move.seen else replace(move, seen=led_to, since=now, times=1)
    )
    if seen.times >= ADOPTED_TIMES and seen.since is not None and now - seen.since >= ADOPTED_AGE:
        return Move(address=led_to, asked_at=now if asked == url else move.asked_at)
    return seen


def after_failure(move: Move) -> Move:
    """Where a feed that had moved cannot be had there any more, its own url is asked next."""
    return replace(move, asked_at=None) if move.address is not None else move
