"""How each noun stands in a row and comes back: decides columns and conversions, of times above all.

Never runs a statement. Times are aware UTC in Python and naive UTC in the database; they are converted here only.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import Any

import numpy as np

from storywire.learnt import Habits, Move
from storywire.nouns import (
    Article,
    Assignment,
    Duplicate,
    DuplicateKind,
    Entry,
    EntryState,
    Feed,
    FeedState,
    Link,
    LinkKind,
    LogEntry,
    Precision,
    Published,
    Revision,
    Storyline,
)
from storywire.past import Core
from storywire.sketch import Sketch, sampled
from storywire.visits import Visit

Row = Sequence[Any]

FEED = (
    "feed_url, added_at, next_check_at, title, publisher, language, folder, paused, state, reason, failures, "
    "check_interval, etag, last_modified, body_digest, checked_at, succeeded_at, served_by, setback, health, "
    "items_per_day, marks, brought_at, arrivals, silence, on_time, read_at, whole_at, lies, gap_at, server_asks, "
    "document_asks, skip_hours, skip_days, "
    "moved_to, url_asked_at, leads_to, leads_since, leads_times"
)
ENTRY = (
    "entry_id, feed_url, guid, url, title, summary, published_at, published_precision, published_source, "
    "first_seen_at, publisher, language, guid_trusted, full_text, state, reason, attempts, next_attempt_at, "
    "article_id, author"
)
ARTICLE = (
    "article_id, url, title, text, language, publisher, published_at, published_precision, published_source, "
    "first_seen_at, author"
)
SKETCH = "fingerprint, shingles, terms, counts, numbers, names"
ASSIGNMENT = "article_id, event_id, storyline_id, score, margin, evidence"
DUPLICATE = "article_id, canonical_id, kind, similarity, evidence"
STORYLINE = "storyline_id, label, pinned, created_at, closed, central_id"
LOG = "seq, made_at, run_id, by_person, kind, storyline_id, event_id, article_id, other_id, label, evidence"
LINK = "kind, one_id, other_id, made_at, by_person"
CORE = "storyline_id, member_ids, terms"
REVISION = "article_id, number, replaced_at, title, text, added, removed, correction"
VISIT = "article_id, visited_at, etag, last_modified"


def naive(at: datetime) -> datetime:
    """An aware time as the database has it; a naive one is a bug (ValueError)."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {at}")
    return at.astimezone(UTC).replace(tzinfo=None)


def aware(row: Row) -> list[Any]:
    """The values of a row, its times as aware UTC."""
    return [value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in row]


def storable(value: Any) -> Any:
    """The value as the database takes it: naive UTC, and text without lone surrogates, which have no UTF-8."""
    if isinstance(value, datetime):
        return naive(value)
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, (list, tuple)):
        return [storable(item) for item in value]
    return value


def feed_row(feed: Feed) -> Row:
    """FEED of a feed."""
    return (
        *(feed.url, feed.added_at, feed.next_check_at, feed.title, feed.publisher, feed.language, feed.folder),
        *(feed.paused, feed.state.value, feed.reason, feed.failures, feed.interval, feed.etag, feed.last_modified),
        *(feed.body_digest, feed.checked_at, feed.succeeded_at, feed.served_by, feed.setback, feed.health),
        *astuple(feed.habits),
        *astuple(feed.move),
    )


def feed(row: Row) -> Feed:
    """The feed of FEED."""
    values = aware(row)
    values[8] = FeedState(values[8])
    habits: list[Any] = [tuple(value) if isinstance(value, list) else value for value in values[20:-5]]
    values[17:] = [*values[17:19], Habits(*habits), Move(*values[-5:]), tuple(values[19])]
    return Feed(*values)


def entry_row(entry: Entry) -> Row:
    """ENTRY of an entry."""
    return (
        *(entry.entry_id, entry.feed_url, entry.guid, entry.url, entry.title, entry.summary),
        *_published_row(entry.published),
        *(entry.first_seen_at, entry.publisher, entry.language, entry.guid_trusted, entry.full_text),
        *(entry.state.value, entry.reason, entry.attempts, entry.next_attempt_at, entry.article_id),
        entry.author,
    )


def entry(row: Row) -> Entry:
    """The entry of ENTRY."""
    values = aware(row)
    values[14] = EntryState(values[14])
    values[6:9] = [_published(values[6:9])]
    return Entry(*values)


def article_row(article: Article) -> Row:
    """ARTICLE of an article."""
    return (
        *(article.article_id, article.url, article.title, article.text, article.language, article.publisher),
        *_published_row(article.published),
        *(article.first_seen_at, article.author),
    )


def article(row: Row) -> Article:
    """The article of ARTICLE."""
    values = aware(row)
    values[6:9] = [_published(values[6:9])]
    return Article(*values)


def sketch_row(sketch: Sketch) -> Row:
    """SKETCH of a sketch: its arrays as little-endian bytes."""
    hashes = (sketch.shingles, sketch.terms, sketch.numbers)
    shingles, terms, numbers = (array.astype("<u4", copy=False).tobytes() for array in hashes)
    return (
        sketch.fingerprint,
        shingles,
        terms,
        sketch.counts.astype("<f4", copy=False).tobytes(),
        numbers,
        sketch.names,
    )


def sketch(row: Row) -> Sketch:
    """The sketch of SKETCH; its arrays cannot be written to."""
    fingerprint, shingles, terms, counts, numbers, names = row
    return Sketch(
        fingerprint=fingerprint,
        shingles=sampled(np.frombuffer(shingles, "<u4")),  # up to schema 2 all were stored
        terms=np.frombuffer(terms, "<u4"),
        counts=np.frombuffer(counts, "<f4"),
        numbers=np.frombuffer(numbers, "<u4"),
        names=tuple(names),
    )


def assignment_row(assignment: Assignment) -> Row:
    """ASSIGNMENT of an assignment: its evidence as JSON."""
    return (
        *(assignment.article_id, assignment.event_id, assignment.storyline_id),
        *(float(assignment.score), float(assignment.margin)),
        json.dumps(dict(assignment.evidence), ensure_ascii=False),
    )


def assignment(row: Row) -> Assignment:
    """The assignment of ASSIGNMENT."""
    article_id, event_id, storyline_id, score, margin, evidence = row
    return Assignment(article_id, event_id, storyline_id, score, margin, json.loads(evidence))


def duplicate_row(duplicate: Duplicate) -> Row:
    """DUPLICATE of a duplicate."""
    return (
        *(duplicate.article_id, duplicate.canonical_id, duplicate.kind.value),
        *(float(duplicate.similarity), duplicate.evidence),
    )


def duplicate(row: Row) -> Duplicate:
    """The duplicate of DUPLICATE."""
    article_id, canonical_id, kind, similarity, evidence = row
    return Duplicate(article_id, canonical_id, DuplicateKind(kind), similarity, evidence)


def storyline(row: Row) -> Storyline:
    """The storyline of STORYLINE."""
    return Storyline(*aware(row))


def log_row(entry: LogEntry, seq: int, at: datetime, run_id: str | None, by_person: bool) -> Row:
    """LOG of an entry: its evidence as JSON."""
    return (
        *(seq, at, run_id, by_person, entry.kind.value, entry.storyline_id, entry.event_id, entry.article_id),
        *(entry.other_id, entry.label, json.dumps(dict(entry.evidence), ensure_ascii=False)),
    )


def link(row: Row) -> Link:
    """The link of LINK."""
    return Link(LinkKind(row[0]), row[1], row[2])


def core(row: Row) -> Core:
    """The core of CORE."""
    storyline_id, member_ids, terms = row
    return Core(storyline_id, tuple(member_ids), np.array(terms, np.uint32))


def revision_row(revision: Revision) -> Row:
    """REVISION of a revision."""
    return (
        *(revision.article_id, revision.number, revision.replaced_at, revision.title, revision.text),
        *(revision.added, revision.removed, revision.correction),
    )


def revision(row: Row) -> Revision:
    """The revision of REVISION."""
    values = aware(row)
    values[5:7] = map(tuple, values[5:7])
    return Revision(*values)


def visit(row: Row) -> Visit:
    """The visit of VISIT."""
    return Visit(*aware(row))


def _published_row(published: Published) -> Row:
    return (published.at, published.precision.value, published.source)


def _published(values: Row) -> Published:
    at, precision, source = values
    return Published(at, Precision(precision), source)
