"""What a look at a feed asks and what it can come to, as values: decides their names, and how grave a failure is.

Never decides what follows; `polling` does.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storywire.documents import Skip
from storywire.nouns import Entry


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask for a feed: its address and, where the look is conditional, validators and who gave them."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    served_by: str | None = None
    doubting: bool = False  # without conditions, right after the server said "not changed"


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer said beside its document. Validators are None where it sent none."""

    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None
    url: str | None = None  # where it was found
    moved: str | None = None  # where redirects led that are meant for good


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server said 304 (`told`), or sent the document that it had sent before."""

    answer: Answered = Answered()
    told: bool = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document came, and it is a feed."""

    body_digest: str
    answer: Answered = Answered()
    title: str | None = None
    language: str | None = None
    ttl: timedelta | None = None
    skip: Skip = field(default_factory=Skip)
    notes: tuple[str, ...] = ()  # what reading it cut or dropped, in words
    entries: tuple[Entry, ...] = ()
    cut_short: bool = False  # the document ended inside its last item, which was dropped


@dataclass(frozen=True, slots=True)
class Failed:
    """No feed could be had, and why. `network_down`: its host could not be reached; `no_feed`: what came is none."""

    reason: str
    network_down: bool = False
    status: int | None = None
    retry_after: timedelta | None = None
    no_feed: bool = False
    url: str | None = None  # who said so, where redirects led elsewhere

    @property
    def weight(self) -> float:
        """How many intervals this failure adds to the wait: half a one where it may well pass, two where not."""
        if self.no_feed:
            return 1.0
        if self.status is None or self.status >= 500 or self.status in (408, 425, 429):
            return 0.5
        return 2.0 if self.status >= 400 else 1.0


@dataclass(frozen=True, slots=True)
class Postponed:
    """It was not asked: its host wants to be left alone until then."""

    until: datetime


Outcome = Unchanged | Fetched | Failed | Postponed
