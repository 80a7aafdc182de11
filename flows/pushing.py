"""Entries that an outside system pushes: decides which are new, and whom that is told.

Never fetches a page and never makes an article: `collect` does, woken by a signal or in its own time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flows import server, signals
from flows.cycle import run_id
from flows.prefect_api import NoAnswer, signal
from flows.settings import Settings
from storage.standing import became
from storage.store import Store
from storywire.nouns import Entry, EntryState

_AT_ONCE = 1000  # ids in one signal, so that none is larger than a server takes


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of something that was pushed.

    `entry_id` is None where its address was stored as an article before, from elsewhere. `state` is that of an entry;
    `new`: it was not known before.
    """

    entry_id: str | None
    state: str
    new: bool
    article_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """All of them, in the order given; whether the server was told of those that wait, or else why not."""

    pushed: tuple[Pushed, ...]
    signalled: bool = False
    silent: str | None = None


def push(settings: Settings, entries: Sequence[Entry], now: datetime) -> Push:
    """Store what is new of these, and wake `collect` for what waits. Doing it again changes nothing."""
    store, ids = Store(settings.home), [entry.entry_id for entry in entries]
    before = became(store, ids)
    there = store.articles_at([entry.url for entry in entries if entry.url])
    elsewhere = {e.entry_id: there[e.url] for e in entries if e.url in there and e.entry_id not in before}
    store.add_entries([entry for entry in entries if entry.entry_id not in elsewhere], run_id(now), now)
    after = became(store, ids)
    pushed = tuple(
        Pushed(None, EntryState.STORED, False, elsewhere[i].article_id)
        if i in elsewhere
        else Pushed(i, after[i].state, i not in before, after[i].article_id, after[i].reason)
        for i in ids
    )
    waiting = [each.entry_id for each in pushed if each.entry_id and each.state == EntryState.PENDING]
    return Push(pushed, *_wake(settings, list(dict.fromkeys(waiting))))


def _wake(settings: Settings, entry_ids: Sequence[str]) -> tuple[bool, str | None]:
    if not entry_ids:
        return False, None
    if (api_url := server.api_url(settings)) is None:
        return False, "no Prefect server runs here"
    parts = [entry_ids[at : at + _AT_ONCE] for at in range(0, len(entry_ids), _AT_ONCE)]
    try:
        signal(settings, api_url, [signals.pushed(settings.home, part) for part in parts])
    except NoAnswer as error:
        return False, str(error)
    return True, None
