"""What a person asks to be told, as frozen values: decides the parts of a watch, of an alert and of a message.

Never decides whether a watch wants something, or when it is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum

EVERY_FEED = "all"


class AlertClass(StrEnum):
    """What kind of news something is. Each report, change or fault is of exactly one class for a watch."""

    NEW = "new"  # a storyline began, of which the watch has told nothing yet
    FOLLOW_UP = "follow-up"  # a report founds a new event in its storyline
    REPORT = "report"  # a report joins a known event
    REPRINT = "reprint"  # another publisher repeats a known report
    REVISION = "revision"  # a known report says something else now
    CORRECTION = "correction"  # a known report was corrected
    ILL = "ill"  # a feed fell ill


COVERAGE = (AlertClass.NEW, AlertClass.FOLLOW_UP, AlertClass.REPORT)
"""The classes that are new reports: what conditions count."""
DEFAULT_CLASSES = (*COVERAGE, AlertClass.CORRECTION)


@dataclass(frozen=True, slots=True)
class Match:
    """Which reports a watch is about; all that is given must hold. Nothing given: all reports."""

    words: tuple[str, ...] = ()  # one of these is enough; of one, all words must be there
    like: str | None = None  # a sentence: reports that mean something like it
    publishers: tuple[str, ...] = ()  # names, or domains
    languages: tuple[str, ...] = ()  # ISO 639-1


@dataclass(frozen=True, slots=True)
class Enough:
    """How much must have come, within how long, before a watch tells of a storyline. All of it must hold."""

    reports: int = 1
    publishers: int = 1  # independent ones
    within: timedelta = timedelta(days=7)
    burst: float | None = None  # reports in 24 h, as a multiple of what is usual for the storyline

    @property
    def waits(self) -> bool:
        """Whether one report may be too few."""
        return self.reports > 1 or self.publishers > 1 or self.burst is not None


class AfterQuiet(StrEnum):
    """What becomes of alerts that came in quiet hours."""

    SEND = "send"
    DROP = "drop"


class Digest(StrEnum):
    """How often a watch that gathers tells what it has."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Timing:
    """When a watch may speak. `at`, `weekday` and `quiet` are local times in `zone` (IANA); Monday is 0."""

    cool_down: timedelta = timedelta(hours=1)  # between two messages on one storyline or feed
    quiet: tuple[time, time] | None = None  # from, until; it may go over midnight
    after_quiet: AfterQuiet = AfterQuiet.SEND
    digest: Digest | None = None  # None: at once
    at: time = time(8)  # of a daily or weekly digest
    weekday: int = 0
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Watch:
    """What a person asked to be told, and where. It is about storylines, or, with `feed`, about feeds that fall ill.

    `target` is the name of a target, or file:PATH, or stdout: never an address.
    """

    watch_id: str
    name: str
    target: str
    created_at: datetime
    storyline_id: str | None = None  # None: any
    feed: str | None = None  # a feed's url, or EVERY_FEED
    classes: tuple[AlertClass, ...] = DEFAULT_CLASSES
    match: Match = field(default_factory=Match)
    enough: Enough = field(default_factory=Enough)
    timing: Timing = field(default_factory=Timing)
    paused: bool = False
    reason: str | None = None  # why Storywire paused it

    @property
    def muted(self) -> bool:
        """Whether a person paused it: then it notices nothing. What Storywire paused goes on noticing."""
        return self.paused and self.reason is None


class AlertState(StrEnum):
    """What became of an alert. It waits, or it is in one of the other states for good."""

    WAITING = "waiting"  # for its cool-down, its digest, the end of quiet hours, or until there is enough
    TOLD = "told"  # it is part of a message
    SILENT = "silent"  # it was news to Storywire only: a first look at a feed, an old report
    LAPSED = "lapsed"  # there was not enough in time
    DROPPED = "dropped"  # it came in quiet hours, and the watch does not want to hear of these


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell. Its id is derived from (watch, subject, class, causes), so a receiver can tell a repeat."""

    alert_id: str
    watch_id: str
    subject_id: str  # a storyline, or a feed's url
    kind: AlertClass
    causes: tuple[str, ...]  # sorted: ids of articles; of a feed, what is wrong with it, in words
    created_at: datetime
    why: str  # why the watch wants it, in words
    state: AlertState = AlertState.WAITING
    reason: str | None = None  # why it is silent, lapsed or dropped


class MessageState(StrEnum):
    """Where a message is."""

    QUEUED = "queued"  # to be sent, or to be tried again
    SENT = "sent"
    DEAD = "dead"  # given up; `storywire alerts retry` sends it once more


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out at once: alerts of one watch. Fixed before it is first sent: a repeat is the same."""

    message_id: str
    watch_id: str
    target: str
    alert_ids: tuple[str, ...]
    made_at: datetime
    began_at: datetime  # when the run began that made it: what was noticed before that waited
    why: Mapping[str, str] = field(default_factory=dict)  # by subject: the condition that was met, with its numbers
    state: MessageState = MessageState.QUEUED
    attempts: int = 0
    next_attempt_at: datetime | None = None  # None: at once, or never again
    sent_at: datetime | None = None
    error: str | None = None  # of the last attempt
    refused: bool = False  # the receiver did not want this one message; others may get through
