"""Metrics of an installation as Prometheus reads them: decides names, units and labels.

Never counts: `storage.metrics` has the figures. No label has other people's words, so there is a bounded number.
"""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prometheus_client import Metric, generate_latest, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from flows.metrics_page import FILE
from storage.database import Database
from storage.metrics import BOUNDS, Figures, Latency, figures
from storywire import __version__
from storywire.nouns import DuplicateKind, EntryState, FeedState
from storywire.watches import AlertState, MessageState


def text(database: Database, now: datetime) -> str:
    """All metrics as of `now`, in Prometheus' text format 0.0.4. Raises StorageError and BusyError."""
    return generate_latest(_Installation(database, now)).decode()


def write(database: Database, now: datetime, to: Path | None = None) -> None:
    """Write them to a file, all at once: FILE in the home unless told. Raises as `text` does, and OSError of the disk.

    A file for node_exporter's textfile collector must end in .prom.
    """
    write_to_textfile(
        str(to or database.home / FILE),
        _Installation(database, now),
        escaping="underscores",
    )


def as_json(database: Database, now: datetime) -> dict[str, Any]:
    """The same, by name: the type, what it is about, and each value with its labels."""
    return {
        family.name: {
            "type": family.type,
            "help": family.documentation,
            "samples": [{"name": s.name, "labels": s.labels, "value": s.value} for s in family.samples],
        }
        for family in _Installation(database, now).collect()
    }


@dataclass(frozen=True, eq=False)
class _Installation(Collector):
    """What prometheus_client asks for metrics."""

    database: Database
    now: datetime

    def collect(self) -> Iterator[Metric]:
        found = figures(self.database, self.now)
        yield from _counters(found)
        yield from _stored(found)
        yield from _latencies(found)
        yield from _waiting(found)
        yield from _running(found)
        yield _one("storywire_figures_timestamp_seconds", "When these figures were counted.", self.now.timestamp())


def _counters(found: Figures) -> Iterator[Metric]:
    yield _counter("storywire_polls", "Looks at feeds, by how they went.", "outcome", found.polls)
    for name, about, value in (
        ("storywire_articles_stored", "Articles stored, copies included.", found.articles),
        ("storywire_articles_kept", "Articles judged and kept.", found.kept),
        ("storywire_article_revisions", "Changes of texts of stored articles.", found.revisions),
        ("storywire_model_seconds", "Time that the embedding model worked.", found.model_time.total_seconds()),
    ):
        yield CounterMetricFamily(name, about, value)
    copies = _each(DuplicateKind, found.copies)
    yield _counter("storywire_articles_copies", "Articles judged to be copies, by kind.", "kind", copies)
    runs = {flow: run.runs for flow, run in found.runs.items()}
    yield _counter("storywire_runs", "Runs that ended, by flow.", "flow", runs)


def _stored(found: Figures) -> Iterator[Metric]:
    yield _gauge("storywire_entries", "Entries, by state.", "state", _each(EntryState, found.entries))
    lines = {"open": 0, "closed": 0, **found.storylines}
    yield _gauge("storywire_storylines", "Storylines that have a report, by state.", "state", lines)
    yield _one("storywire_storylines_touched", "Storylines that got a report in the last 24 hours.", found.touched)
    yield _one("storywire_events", "Events that have a report.", found.events)
    yield _gauge("storywire_alerts", "Alerts, by state.", "state", _each(AlertState, found.alerts))
    yield _gauge("storywire_messages", "Messages, by state.", "state", _each(MessageState, found.messages))
    feeds = {**_each(FeedState, found.feeds), "paused": found.feeds.get("paused", 0)}
    yield _gauge("storywire_feeds", "Feeds, by state.", "state", feeds)
    yield _one("storywire_feeds_ill", "Feeds, not paused, that something is wrong or odd with.", found.ill)
    sizes = {"writer": found.writer_bytes, "snapshot": found.snapshot_bytes}
    yield _gauge("storywire_database_bytes", "Size of a database file, its log included.", "file", sizes)
    if found.published_at is not None:
        at = found.published_at.timestamp()
        yield _one("storywire_snapshot_timestamp_seconds", "When the snapshot was published.", at)


def _latencies(found: Figures) -> Iterator[Metric]:
    for name, about, latency in (
        ("published_to_stored", "From publication to the end of the run that stored it.", found.published_to_stored),
        ("published_to_sent", "From publication to a message that tells of it.", found.published_to_sent),
        ("seen_to_sent", "From when a feed first listed it to a message that tells of it.", found.seen_to_sent),
    ):
        yield _histogram(f"storywire_{name}_seconds", about, latency)


def _waiting(found: Figures) -> Iterator[Metric]:
    lengths = {name: queue.length for name, queue in found.queues.items()}
    yield _gauge("storywire_queue_length", "What could be done and is not yet, by queue.", "queue", lengths)
    ages = {name: queue.age.total_seconds() for name, queue in found.queues.items()}
    yield _gauge("storywire_queue_age_seconds", "How long the oldest of a queue waits; 0: none.", "queue", ages)


def _running(found: Figures) -> Iterator[Metric]:
    ended = {flow: run.ended_at.timestamp() for flow, run in found.runs.items()}
    yield _gauge("storywire_last_run_timestamp_seconds", "When a flow's last run ended.", "flow", ended)
    took = {flow: run.took.total_seconds() for flow, run in found.runs.items()}
    yield _gauge("storywire_last_run_duration_seconds", "How long a flow's last run took.", "flow", took)
    yield _one("storywire_schema_version", "The database's last migration.", found.schema)
    build = {"version": __version__, "python": platform.python_version()}
    build |= {name: version(name) for name in ("duckdb", "prefect")}
    yield InfoMetricFamily("storywire_build", "What runs.", build)


def _each(states: type[StrEnum], counted: Mapping[str, int]) -> dict[str, int]:
    """Also those of which there is none, so that each series is there from the start."""
    return {state.value: counted.get(state.value, 0) for state in states}


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value)


def _gauge(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    return _labelled(GaugeMetricFamily(name, about, labels=[label]), values)


def _counter(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    return _labelled(CounterMetricFamily(name, about, labels=[label]), values)


def _labelled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float]) -> Metric:
    for label, value in values.items():
        family.add_metric([label], value)
    return family


def _histogram(name: str, about: str, latency: Latency) -> Metric:
    bounds = [*(str(float(bound)) for bound in BOUNDS), "+Inf"]
    buckets = list(zip(bounds, (*latency.within, latency.count), strict=True))
    return HistogramMetricFamily(name, about, buckets=buckets, sum_value=latency.total)
