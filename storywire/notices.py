"""What a message says, before it is put into words for a channel: decides what a person is told of each subject.

Never decides how it looks: `letters` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from storywire.nouns import Published
from storywire.watches import AlertClass


@dataclass(frozen=True, slots=True)
class Told:
    """One report of a notice."""

    article_id: str
    kind: AlertClass
    title: str
    publisher: str | None
    url: str | None
    published: Published
    first_seen_at: datetime
    language: str = "und"


@dataclass(frozen=True, slots=True)
class Section:
    """What is new about one storyline, or one feed: then `label` is its name, and `faults` says what is wrong with it.

    `reports` are the latest ones, the latest first; `counts` has all of them by class, also those that are not in
    `reports`. `held` of them came before the last ones and waited, the first since `since`.
    """

    subject_id: str
    label: str
    reports: tuple[Told, ...] = ()
    faults: tuple[str, ...] = ()
    counts: Mapping[AlertClass, int] = field(default_factory=dict)
    sources: int = 0  # independent ones among all of its reports
    held: int = 0
    since: datetime | None = None
    why: tuple[str, ...] = ()  # why the watch wants them, and which condition was met, in words


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: what a watch tells at once."""

    message_id: str
    watch_id: str
    watch: str  # its name
    made_at: datetime
    sections: tuple[Section, ...]
    alert_ids: tuple[str, ...] = ()
    zone: str = "UTC"  # times are shown in it
    test: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice as it goes out: the same id each time that it is sent.

    `headline` is one line without control characters; `text` is plain text; `payload` is the JSON document, as UTF-8 in
    one line, at most 20,000 bytes.
    """

    message_id: str
    watch: str
    headline: str
    text: str
    payload: bytes
