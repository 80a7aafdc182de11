"""Trying a watch on the past: decides what it is played, in which order. Never sends or stores anything."""

from datetime import timedelta

from flows.house import House
from flows.telling import Listener
from storage.outbox import REMEMBERED
from storage.reads import labels
from storage.replay import began, rounds
from storywire.backtest import Backtest, Replay
from storywire.errors import InputError
from storywire.watches import Watch


def tried(house: House, watch: Watch, length: timedelta) -> Backtest:
    """What a watch would have told in the time of this length up to now. InputError for one that is about feeds."""
    if watch.feed is not None:
        raise InputError(
            f"“{watch.name}” is about feeds; what they were like before is not stored, so it cannot be tried"
        )
    now = house.clock()
    since = now - length
    meaning = Listener(house, now).meaning(watch.match.like) if watch.match.like else None
    home, bursts = house.store.home, watch.enough.burst is not None
    replay = Replay(watch, since, meaning, house.store.groups(), began(home) if bursts else {})
    return replay.play(rounds(home, since - REMEMBERED if bursts else since), now)


def labels_of(house: House, found: Backtest) -> dict[str, str]:
    """What the storylines of a backtest are called."""
    return labels(house.store.home, sorted({i for fired in found.fired for i in fired.subject_ids}))
