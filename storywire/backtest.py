"""A watch on what came before: decides how often it would have told, and of what, by the same rules as in a run.

Never loads or stores anything. Storylines are as they stand now; what was merged or split since then counts so.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from storywire.alerts import alerts_for
from storywire.arrivals import Arrival
from storywire.enough import Counted
from storywire.matching import Meaning
from storywire.sources import Source
from storywire.telling import Outbox, decide
from storywire.watches import COVERAGE, Alert, AlertClass, AlertState, Message, Watch

TICK = timedelta(minutes=30)  # how often somebody looks whether something is due, while something waits


@dataclass(frozen=True, slots=True)
class Round:
    """What one run brought."""

    at: datetime
    arrivals: Sequence[Arrival]


@dataclass(frozen=True, slots=True)
class Fired:
    """One message that would have gone out: when, on which subjects, and how many reports of each class."""

    at: datetime
    subject_ids: tuple[str, ...]
    counts: Mapping[AlertClass, int]
    why: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a watch would have told, and what it would not: by the reason. `reprints` matched, wanted or not."""

    fired: tuple[Fired, ...]
    silent: Mapping[str, int]
    ended: Mapping[AlertState, int]  # reports
    waiting: int  # reports, at the end
    reprints: int


@dataclass
class Replay:
    """Plays rounds to one watch, in order of time. Those before `since` only say what is usual for a storyline."""

    watch: Watch
    since: datetime
    meaning: Meaning | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    began: Mapping[str, datetime] = field(default_factory=dict)  # when the first report of each storyline came
    _waiting: dict[str, Alert] = field(default_factory=dict)
    _told_at: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _known: set[tuple[str, str]] = field(default_factory=set)
    _sources: dict[str, Source] = field(default_factory=dict)
    _times: defaultdict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    _fired: list[Fired] = field(default_factory=list)
    _silent: Counter[str] = field(default_factory=Counter)
    _ended: Counter[AlertState] = field(default_factory=Counter)
    _reprints: int = 0

    def play(self, rounds: Iterable[Round], now: datetime) -> Backtest:
        """What came of all rounds up to now."""
        self.watch = replace(self.watch, paused=False, created_at=self.since)
        last = self.since
        for each in rounds:
            if each.at >= self.since:
                self._wait(last, each.at)
                last = each.at
            self._take(each)
        self._wait(last, now)
        self._decide(now)
        waiting = sum(len(alert.causes) for alert in self._waiting.values())
        return Backtest(tuple(self._fired), dict(self._silent), dict(self._ended), waiting, self._reprints)

    def _take(self, came: Round) -> None:
        for arrival in came.arrivals:
            if arrival.kind in COVERAGE:
                self._times[arrival.storyline_id].append(arrival.time or came.at)
        if came.at < self.since:
            return
        meanings = {self.watch.watch_id: self.meaning} if self.meaning else {}
        self._reprints += sum(len(a.causes) for a in self._reprinted(came, meanings))
        for alert in alerts_for(came.arrivals, [self.watch], self._known, meanings, came.at):
            if alert.state is AlertState.SILENT:
                self._silent[alert.reason or ""] += len(alert.causes)
            else:
                self._waiting[alert.alert_id] = alert
        for arrival in came.arrivals:
            self._sources[arrival.article_id] = Source(arrival.article_id, arrival.publisher, arrival.url)
        self._decide(came.at)

    def _reprinted(self, came: Round, meanings: Mapping[str, Meaning]) -> Sequence[Alert]:
        curious = replace(self.watch, classes=(AlertClass.REPRINT,))
        return [a for a in alerts_for(came.arrivals, [curious], (), meanings, came.at) if a.state is AlertState.WAITING]

    def _wait(self, last: datetime, until: datetime) -> None:
        while self._waiting and last + TICK < until:
            last += TICK
            self._decide(last)

    def _decide(self, now: datetime) -> None:
        if not self._waiting:
            return
        counted = Counted(self._sources, self._times, self.began, self.groups)
        outbox = Outbox(tuple(self._waiting.values()), self._told_at, counted)
        decision = decide(outbox, [self.watch], now)
        for message in decision.messages:
            self._tell(message, [self._waiting.pop(i) for i in message.alert_ids], now)
        for alert_id, (state, _) in decision.ended.items():
            self._ended[state] += len(self._waiting.pop(alert_id).causes)

    def _tell(self, message: Message, alerts: Sequence[Alert], now: datetime) -> None:
        counts = Counter[AlertClass]()
        for alert in alerts:
            counts[alert.kind] += len(alert.causes)
            self._told_at[alert.watch_id, alert.subject_id] = now
            self._known.add((alert.watch_id, alert.subject_id))
        self._fired.append(
            Fired(now, tuple(dict.fromkeys(a.subject_id for a in alerts)), dict(counts), dict(message.why))
        )
