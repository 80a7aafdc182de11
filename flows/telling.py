"""Alerts in a run: decides the order of noticing, deciding, fixing and sending.

Never decides what is news, or when it is told: `storywire.alerts` and `storywire.telling` do.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from traceback import extract_tb

import numpy as np

from flows.house import House
from flows.logs import logger
from flows.report import Deliveries
from storywire.alerts import alerts_for, alerts_for_feed
from storywire.arrivals import Arrival, change, coverage
from storywire.errors import StorageError
from storywire.hours import in_quiet
from storywire.letters import letter
from storywire.matching import Meaning
from storywire.nouns import Article, Feed, Revision
from storywire.past import Analysis, Matrix, Past
from storywire.retries import next_attempt
from storywire.telling import decide
from storywire.watches import Alert, Message, Watch
from tasks.notify import DeliveryError

NOTHING_LEFT = "a person removed all that it told"

_LOG = logger("storywire.delivery")


class Listener:
    """What watches hear of during a run. The sentences that watches look for are embedded once each."""

    def __init__(self, house: House, now: datetime) -> None:
        self._house, self._now = house, now
        self._meanings: dict[str, Meaning] = {}  # by sentence

    def batch(self, analysis: Analysis, articles: Sequence[Article], vectors: Matrix, past: Past) -> tuple[Alert, ...]:
        """The alerts that a batch causes, before it is saved."""
        watches, store = self._watches(), self._house.store
        if not watches:
            return ()
        known = store.known({d.canonical_id for d in analysis.duplicates})
        listings = store.listings([article.article_id for article in articles])
        return self._alerts(coverage(analysis, articles, vectors, past, listings, known, store.groups()), watches)

    def change(self, article: Article, revision: Revision, vector: Matrix | None) -> tuple[Alert, ...]:
        """The alerts that another text of a stored report causes; `article` has the new one."""
        watches = self._watches()
        known = self._house.store.known([article.article_id]).get(article.article_id) if watches else None
        return self._alerts([change(article, revision, known.storyline_id, vector)], watches) if known else ()

    def looks(self, looks: Sequence[tuple[Feed, Feed]]) -> tuple[Alert, ...]:
        """The alerts that looks at feeds cause: each feed as it was, and as it is now."""
        watches = [watch for watch in self._house.store.watches() if watch.feed is not None]
        return tuple(a for before, after in looks for a in alerts_for_feed(before, after, watches, self._now))

    def _watches(self) -> list[Watch]:
        return [watch for watch in self._house.store.watches() if watch.feed is None and not watch.muted]

    def _alerts(self, arrivals: Sequence[Arrival], watches: Sequence[Watch]) -> tuple[Alert, ...]:
        told = self._house.store.told({arrival.storyline_id for arrival in arrivals})
        meanings = {w.watch_id: self.meaning(w.match.like) for w in watches if w.match.like}
        return alerts_for(arrivals, watches, told, meanings, self._now)

    def meaning(self, sentence: str) -> Meaning:
        """What a sentence means to the model, embedded once."""
        if sentence not in self._meanings:
            needed = self._house.thresholds(self._house.encoder.model()[0]).meaning
            vector = np.asarray(self._house.encode([sentence])[0], np.float32)
            self._meanings[sentence] = Meaning(vector, needed)
        return self._meanings[sentence]


async def deliver(house: House, since: datetime) -> Deliveries:
    """Decide on all that waits, fix it in messages, and send those that are due. Targets are served side by side.

    A message is fixed before it is first sent, and noted once it is out: killed at any point, it goes out again with
    the same id and the same alerts. What nobody is told of is counted from `since` on. Raises BusyError.
    """
    store, now = house.store, house.clock()  # not when the run began: somebody may have told things since
    with store.delivering():
        watches = {watch.watch_id: watch for watch in store.watches()}
        outbox = store.outbox(now)
        decision = decide(outbox, watches.values(), now, since)
        if decision.messages or decision.ended:
            store.save_decision(decision)
        by_target: dict[str, list[Message]] = {}
        for message in store.due_messages(now):
            if not in_quiet(watches[message.watch_id].timing, now):
                by_target.setdefault(message.target, []).append(message)
        sent = await asyncio.gather(*(_serve(house, target, queue, now) for target, queue in by_target.items()))
        told = {alert_id for message in decision.messages for alert_id in message.alert_ids}
        waiting = sum(len(a.causes) for a in outbox.waiting if a.alert_id not in told | decision.ended.keys())
    failed = [(target, said) for (_, said), target in zip(sent, by_target, strict=True) if said]
    queued = sum(tally.queued for tally in store.tallies().values())
    return Deliveries(sum(count for count, _ in sent), tuple(failed), waiting, queued, store.silent(since))


def due(house: House) -> int:
    """How many messages `deliver` would send now. Changes nothing."""
    store, now = house.store, house.clock()
    watches = {watch.watch_id: watch for watch in store.watches()}
    watched = [(watches.get(message.watch_id), message) for message in store.due_messages(now)]
    fixed = [message for watch, message in watched if watch is None or not in_quiet(watch.timing, now)]
    return len(fixed) + len(decide(store.outbox(now), watches.values(), now).messages)


async def _serve(house: House, target: str, queue: Sequence[Message], now: datetime) -> tuple[int, str | None]:
    """Send one target its messages in turn; how many went out, and why one did not.

    The rest waits where the target is at fault; what it only refuses holds no other up.
    """
    delivered, failed = 0, None
    for message in queue:
        try:
            notice = house.store.notice(message)
            if notice is None:
                house.store.bury_message(message.message_id, NOTHING_LEFT)
                continue
            await house.notifier.send(target, letter(notice))
        except DeliveryError as error:
            failed = str(error)
            _failed(house, message, error, now)
            if not error.refused:
                break
        except StorageError:
            raise  # the disk is full, or another program has the database: nothing was sent
        except Exception as error:  # a bug must not keep everyone from being told, for ever
            failed = f"{target}: a bug in Storywire, please tell its makers: {_bug(error)}"
            _failed(house, message, DeliveryError(failed, refused=True), now)
        else:
            house.store.mark_sent(message.message_id, now)
            _LOG.info("message sent", message_id=message.message_id, watch_id=message.watch_id, target=target)
            delivered += 1
    return delivered, failed


def _bug(error: Exception) -> str:
    """What kind of error it is, and where it arose. Not its words: they may hold an address, and this is stored."""
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {place.name}, {Path(place.filename).name}:{place.lineno}"


def _failed(house: House, message: Message, error: DeliveryError, now: datetime) -> None:
    """Note when it is tried again. A receiver that is gone is told no more, until a person resumes its watches."""
    again = None if error.gone else next_attempt(message.message_id, message.attempts + 1, now, error.retry_after)
    house.store.note_attempt(message.message_id, str(error), again, refused=error.refused, held=error.gone)
    ids = {"message_id": message.message_id, "watch_id": message.watch_id, "target": message.target}
    _LOG.warning("delivery failed", **ids, reason=str(error), next_attempt_at=again)
    if error.gone:
        for watch in house.store.watches():
            if watch.target == message.target and not watch.paused:
                house.store.pause_watch(watch.watch_id, paused=True, reason=str(error))
