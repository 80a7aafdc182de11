"""What a run came to: decides what is told of it, the same to a person and as JSON. Never prints."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any

from flows.show import counted
from storage.outcomes import Change, Revised
from storage.runs import Counts


@dataclass(frozen=True, slots=True)
class Polls:
    """What polling came to: how many feeds were asked, and which of them failed and why.

    `reached`: at least one host of the network answered. `odd` is what this run found odd about feeds that it could
    read, and the run before did not. `changed` and `unchanged` count the feeds that could be read.
    """

    polled: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    network_down: bool = False
    reached: bool = False
    odd: tuple[tuple[str, str], ...] = ()
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What delivery came to: how many messages went out, and which targets failed and why.

    `waiting` is how many reports wait to be told, `queued` how many messages are to be tried again; `silent` how many
    reports matched a watch in this run that nobody is told of, by the reason.
    """

    delivered: int = 0
    failed: tuple[tuple[str, str], ...] = ()
    waiting: int = 0
    queued: int = 0
    silent: Mapping[str, int] = field(default_factory=dict)

    def balance(self) -> str:
        """The line of counts."""
        said = [f"{counted(self.delivered, 'message')} sent", f"{self.queued} queued", f"{self.waiting} waiting"]
        return ", ".join([*said, *(f"{counted(len(self.failed), 'target')} failed" for _ in self.failed[:1])])

    def then(self, later: "Deliveries") -> "Deliveries":
        """Both, where more was delivered later in the same run: what waits is what waits in the end."""
        failed = {**dict(self.failed), **dict(later.failed)}
        return replace(later, delivered=self.delivered + later.delivered, failed=tuple(failed.items()))


@dataclass(frozen=True, slots=True)
class Report:
    """One run: what it polled, stored, changed and delivered."""

    run_id: str
    polls: Polls
    counts: Counts
    deliveries: Deliveries
    changes: tuple[Change, ...]
    revised: tuple[Revised, ...] = ()
    flow: str = "ingest"
    took: timedelta = timedelta()
    model_time: timedelta = timedelta()

    def revisions(self) -> str | None:
        """How many stored articles say something else now; None where none does."""
        corrections = sum(each.correction for each in self.revised)
        told = f" ({counted(corrections, 'correction')})" if corrections else ""
        return f"{counted(len(self.revised), 'article')} changed{told}:" if self.revised else None

    def balance(self) -> str:
        """The line of counts. What is added up was counted apart in the database, so an unequal sum would show."""
        c = self.counts
        states = [f"{count} {state}" for state, count in sorted(c.settled.items())] + [f"{c.pending} pending"]
        entries = f"{counted(c.pending_before + c.entries_new, 'entry')}: {' + '.join(states)}"
        if self.flow == "collect":  # what it stored is judged by another
            return f"{entries}; {counted(c.articles_new, 'new article')}"
        judged = f"{c.kept_new} kept + {counted(c.copies_new, 'copy')}"
        articles = f"{counted(c.kept_new + c.copies_new, 'new article')}: {judged}"
        return f"{entries}; {articles}" if self.flow == "ingest" else articles

    def as_json(self) -> dict[str, Any]:
        """All of it, JSON-able once times are written as text."""
        return {
            "run_id": self.run_id,
            "seconds": round(self.took.total_seconds(), 3),
            "model_seconds": round(self.model_time.total_seconds(), 3),
            "network_down": self.polls.network_down,
            "feeds": {
                "polled": self.polls.polled,
                "failed": dict(self.polls.failed),
                "odd": [{"url": url, "what": what} for url, what in self.polls.odd],
            },
            "counts": asdict(self.counts),
            "storylines": [asdict(change) for change in self.changes],
            "revised": [asdict(each) for each in self.revised],
            "alerts": asdict(self.deliveries) | {"failed": dict(self.deliveries.failed)},
        }
