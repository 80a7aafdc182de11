"""The nouns that travel through the house, as frozen values. Decides what each thing is called and what it holds.

Never does anything: no input or output, no decisions. Vectors are not here; they live beside records, in one matrix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from storywire.learnt import Habits, Move


class Precision(StrEnum):
    """How exactly a publication time is known. `NONE` goes with a time of None: a guess is never shown as a fact."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Published:
    """When something was published, how exactly that is known, and who said so.

    `source` is `feed`, `seed`, `text`, or of a page `json-ld`, `meta` or `page` (what a visitor sees).
    """

    at: datetime | None = None
    precision: Precision = Precision.NONE
    source: str | None = None


class FeedState(StrEnum):
    """What the last look at a feed found."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    GONE = "gone"  # the server said 410: kept, shown, not asked again


@dataclass(frozen=True, slots=True)
class Feed:
    """A subscription: what a person gave (url, names, folder) and what polling has learnt (the rest)."""

    url: str
    added_at: datetime
    next_check_at: datetime
    title: str | None = None
    publisher: str | None = None
    language: str | None = None
    folder: str | None = None
    paused: bool = False
    state: FeedState = FeedState.NEW
    reason: str | None = None  # why it is failing or gone, or what of its last document was cut, in words
    failures: int = 0  # in a row
    interval: timedelta = timedelta(hours=1)
    etag: str | None = None  # byte for byte as served
    last_modified: str | None = None  # byte for byte as served
    body_digest: str | None = None
    checked_at: datetime | None = None
    succeeded_at: datetime | None = None
    served_by: str | None = None  # the address that gave the validators: they are sent to no other
    setback: float = 0.0  # failures in a row, each with its weight
    habits: Habits = field(default_factory=Habits)
    move: Move = field(default_factory=Move)
    health: tuple[str, ...] = ()  # what is odd about it though it can be read: a word, a colon, and why


class EntryState(StrEnum):
    """An entry is pending or in exactly one terminal state.

    Every state but these two has a reason. A pending one has it once it was tried, a stored one where its page could
    not be used and the feed's own words had to do.
    """

    PENDING = "pending"
    STORED = "stored"  # it became an article
    REPEAT = "repeat"  # the same feed listed the same page before, under another guid
    UNUSABLE = "unusable"  # no link and no text, or too little text to say anything
    FAILED = "failed"  # its page could not be had in all attempts, and the feed's own text was too little
    DELETED = "deleted"  # a person removed the article; it does not come back


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed said about one item (Atom's word), or a seed: then `feed_url` is None."""

    entry_id: str
    feed_url: str | None
    guid: str | None  # as the feed gave it, trusted or not
    url: str | None  # cleaned of tracking parameters, absolute, http(s)
    title: str | None
    summary: str | None  # plain text of what the feed carries, the longest of its summary and content
    published: Published
    first_seen_at: datetime
    publisher: str | None = None
    language: str | None = None
    guid_trusted: bool = False  # present, and unique in its document
    full_text: bool = False  # the feed carries the whole text: its page need not be fetched
    state: EntryState = EntryState.PENDING
    reason: str | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    article_id: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """What the page said. `first_seen_at` is our own clock, the only one that decides order; `published` is data."""

    article_id: str
    url: str | None  # canonical
    title: str
    text: str  # paragraphs separated by one blank line
    language: str  # ISO 639-1, or "und"
    publisher: str | None
    published: Published
    first_seen_at: datetime
    author: str | None = None

    @property
    def time(self) -> datetime:
        """The time that orders coverage: when it was published, where that is known, else when it was first seen."""
        at = self.published.at
        return min(at, self.first_seen_at) if at is not None else self.first_seen_at


@dataclass(frozen=True, slots=True)
class Revision:
    """What an article said before its text changed, and what the change was. The article itself has the latest text."""

    article_id: str
    number: int  # 1 for the first text, and so on
    replaced_at: datetime  # when another text was first seen in its place
    title: str
    text: str
    added: tuple[str, ...]  # sentences of the text that replaced it
    removed: tuple[str, ...]  # sentences that went
    correction: bool  # the new text says that it corrects, or a number or name in a sentence was changed


class DuplicateKind(StrEnum):
    """How a repeat was recognised: same address or text; shared wording; shared meaning sentence by sentence."""

    EXACT = "exact"
    NEAR = "near"
    SEMANTIC = "semantic"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The verdict that an article repeats a kept one."""

    article_id: str
    canonical_id: str
    kind: DuplicateKind
    similarity: float  # 0 to 1
    evidence: str  # one sentence for a person


@dataclass(frozen=True, slots=True)
class Event:
    """A tight group of reports of one happening (hours to days). Its id comes from its founding article.

    `central_id` is the article that is most like all its others; None while that is not known.
    """

    event_id: str
    storyline_id: str
    founder_id: str
    label: str = ""
    central_id: str | None = None


@dataclass(frozen=True, slots=True)
class Storyline:
    """A line of events that belong together (days to years).

    `pinned`: a person vouches for it. The machine neither renames it nor merges it into another. `closed`: a person
    closed it, and nothing joins it until it is reopened.
    """

    storyline_id: str
    label: str
    pinned: bool = False
    created_at: datetime | None = None
    closed: bool = False
    central_id: str | None = None  # the article that is most like its others


class LogKind(StrEnum):
    """What can happen to events and storylines."""

    CREATED = "created"
    JOINED = "joined"
    MERGED_INTO = "merged_into"
    SPLIT_FROM = "split_from"
    RENAMED = "renamed"
    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One change of grouping. Which ids it has says what changed; the log replayed yields all memberships.

    created: a storyline, or with `event_id` an event in it. joined: an article came to an event, or without
    `article_id` an event to a storyline. merged_into: a storyline became part of the storyline `other_id`, or with
    `event_id` an event of the event `other_id`, whose storyline is `storyline_id`. split_from: a new storyline, or with
    `event_id` a new event, was taken out of `other_id`; what it took with it joins it next. renamed, closed, reopened:
    a storyline.
    """

    kind: LogKind
    storyline_id: str
    event_id: str | None = None
    article_id: str | None = None
    other_id: str | None = None
    label: str | None = None  # of a storyline that is created, split off or renamed
    evidence: Mapping[str, Any] = field(default_factory=dict)  # JSON-able: why


class LinkKind(StrEnum):
    """What a person, or a split, decided about two groups for good."""

    MUST = "must"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Link:
    """A constraint on the machine. `one_id` is an event or a storyline, `other_id` a storyline or, for two events, an
    event: the first must stay in the second, or the two must never become one.
    """

    kind: LinkKind
    one_id: str
    other_id: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A storyline as a person defines it: a name, and the articles that are its seeds."""

    storyline_id: str
    name: str
    member_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assignment:
    """article -> event -> storyline, with the score, its margin to the runner-up and the evidence, for a person."""

    article_id: str
    event_id: str
    storyline_id: str
    score: float
    margin: float
    evidence: Mapping[str, Any] = field(default_factory=dict)  # JSON-able; what `storywire explain` prints
