"""Laws of the metrics: what Prometheus reads, and what stands on the page of monitoring."""

import asyncio
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from flows import metrics
from flows.house import House
from flows.metrics_page import FILE, served
from flows.polling import poll
from storage.metrics import BOUNDS
from storage.store import Store
from storywire.errors import FetchError
from storywire.nouns import DuplicateKind, Entry, EntryState, Feed, FeedState, Published
from storywire.watches import AlertState, MessageState
from tasks.fetch import Response
from tests.fakes import FakeEncoder, FakeFetcher, FixedClock, InlineWorkers

PAGE = Path(__file__).resolve().parents[2] / "docs/monitoring.md"
NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
LABELS = {
    "state": {*EntryState, *AlertState, *MessageState, *FeedState, "paused", "open", "closed"},
    "outcome": {"changed", "unchanged", "failed", "unreached"},
    "kind": {*DuplicateKind},
    "queue": {"entries", "articles", "alerts", "messages"},
    "flow": {"ingest", "collect", "update-storylines", "deliver", "sweep"},
    "file": {"writer", "snapshot"},
    "le": {*(str(float(bound)) for bound in BOUNDS), "+Inf"},
}


@pytest.fixture(scope="module")
def here(new_installation: Callable[[], Any]) -> Any:
    """An installation of one feed, whose run listed one entry."""
    made = new_installation()
    store = Store(made.home)
    url = "https://news.example/feed?key=geheim"
    feed = Feed(url, NOW, NOW, title="A title of others")
    store.add_feeds([feed])
    for flow in ("ingest", "collect"):
        store.start_run(flow, NOW, flow)
        listed = Entry("e1", url, "1", "https://news.example/1", "A headline", None, Published(), NOW)
        store.save_polls([(feed, [listed])], flow)
        store.finish_run(flow, NOW + timedelta(seconds=3), feeds_polled=1, feeds_changed=1, feeds_unchanged=0)
    store.publish()
    return made


@pytest.fixture(scope="module")
def said(here: Any) -> str:
    return metrics.text(Store(here.home), NOW + timedelta(minutes=5))


def families(text: str) -> dict[str, Metric]:
    found = list(text_string_to_metric_families(text))
    assert len({family.name for family in found}) == len(found)
    return {family.name: family for family in found}


def value(text: str, name: str, **labels: str) -> float:
    (found,) = (
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if (sample.name, sample.labels) == (name, labels)
    )
    return float(found)


def test_prometheus_own_parser_reads_all_of_it_with_types_and_help(said: str) -> None:
    found = families(said)
    assert {family.type for family in found.values()} == {"counter", "gauge", "histogram"}
    assert all(family.documentation.endswith(".") for family in found.values())
    assert all(family.samples for family in found.values())
    assert value(said, "storywire_entries", state="pending") == 1
    assert value(said, "storywire_polls_total", outcome="changed") == 2
    assert value(said, "storywire_queue_age_seconds", queue="entries") == 300
    assert value(said, "storywire_last_run_duration_seconds", flow="collect") == 3
    assert value(said, "storywire_last_run_timestamp_seconds", flow="collect") == NOW.timestamp() + 3


def test_names_keep_to_the_conventions_of_prometheus(said: str) -> None:
    for name, family in families(said).items():
        assert re.fullmatch(r"storywire(_[a-z]+)+", name)
        totals = [sample.name.endswith("_total") for sample in family.samples]
        assert all(totals) if family.type == "counter" else not any(totals)


def test_buckets_of_a_histogram_only_grow_and_end_with_all(said: str) -> None:
    for family in families(said).values():
        if family.type == "histogram":
            buckets = [s.value for s in family.samples if s.name.endswith("_bucket")]
            (count,) = (s.value for s in family.samples if s.name.endswith("_count"))
            assert buckets == sorted(buckets)
            assert (len(buckets), buckets[-1]) == (len(BOUNDS) + 1, count)


def test_no_label_has_words_of_others(said: str) -> None:
    for family in families(said).values():
        if family.name != "storywire_build_info":
            assert all(v in LABELS[label] for sample in family.samples for label, v in sample.labels.items())
    assert not re.search("geheim|news.example|others|headline", said)


def test_the_command_prints_the_text_or_json_or_writes_a_file(here: Any, tmp_path: Path) -> None:
    printed, as_json = here.ask("metrics"), here.ask("metrics", "--json")
    assert (printed.status, printed.err, as_json.status) == (0, "", 0)
    assert families(printed.out).keys() == {sample["name"] for sample in _first_samples(as_json.json)}
    file = tmp_path / "storywire.prom"
    assert here.ask("metrics", "--to", str(file)).out == ""
    assert families(file.read_text("utf-8")).keys() == families(printed.out).keys()
    assert list(tmp_path.iterdir()) == [file]
    assert json.loads(here.ask("metrics", "--to", str(file), "--json").out) == {"file": str(file)}


def _first_samples(found: dict[str, Any]) -> list[dict[str, Any]]:
    names = {"counter": "", "gauge": "", "info": "_info", "histogram": ""}
    return [{"name": name + names[family["type"]]} for name, family in found.items()]


def test_a_file_that_no_collector_would_read_is_refused_and_one_without_a_folder_too(here: Any, tmp_path: Path) -> None:
    for path, words in (
        (tmp_path / "storywire.txt", "does not end in .prom"),
        (tmp_path / "no/x.prom", "No such file"),
    ):
        done = here.ask("metrics", "--to", str(path))
        assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
        assert words in done.err


def test_the_file_in_the_home_is_replaced_as_a_whole(here: Any) -> None:
    store, path = Store(here.home), here.home / FILE
    metrics.write(store, NOW)
    with path.open() as old:
        metrics.write(store, NOW + timedelta(minutes=5))
        assert value(old.read(), "storywire_queue_age_seconds", queue="entries") == 0
    assert value(path.read_text("utf-8"), "storywire_queue_age_seconds", queue="entries") == 300


def test_a_run_counts_what_its_looks_at_feeds_came_to(tmp_path: Path) -> None:
    fetcher, url = FakeFetcher(), "https://news.example/feed"
    house = House(Store(tmp_path), FakeEncoder(), fetcher, feed_spacing=timedelta(0), clock=FixedClock(NOW))
    house.store.add_feeds([Feed(url, NOW, NOW)])

    def look(hours: int, answer: Response | FetchError) -> tuple[int, int, int, int, bool]:
        fetcher.answers = {url: answer}
        workers: Any = InlineWorkers()
        polls = asyncio.run(poll(house, fetcher, workers, NOW + timedelta(hours=hours), f"r{hours}"))
        return polls.polled, polls.changed, polls.unchanged, len(polls.failed), polls.network_down

    said = {"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": [{"id": "1", "title": "Ferry"}]}
    document = Response(200, url, json.dumps(said).encode(), "application/feed+json", etag='"1"')
    assert look(0, document) == (1, 1, 0, 0, False)
    assert look(6, document) == (1, 0, 1, 0, False)
    assert look(12, FetchError("no route", network_down=True)) == (1, 0, 0, 0, True)
    assert look(18, FetchError("HTTP 500", status=500)) == (1, 0, 0, 1, False)


def test_figures_need_nothing_but_the_database(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.house.find_spec", lambda name: None)  # as where the extra for Ray is missing
    (here.home / "storywire.toml").write_text('ray_address = "ray://far.example:10001"\n')
    try:
        done = here.ask("metrics")
    finally:
        (here.home / "storywire.toml").unlink()
    assert (done.status, done.err) == (0, "")
    assert families(done.out)


def test_the_page_of_a_served_installation_has_what_was_written_last_or_says_why_not(
    here: Any, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()

    def asked(path: str = "/metrics") -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    with served(tmp_path, port):
        assert asked() == (503, "No flow has run yet: the first one leaves the metrics here.\n")
        (tmp_path / FILE).mkdir()  # as good as any other reason for which it cannot be read
        status, said = asked()
        assert (status, said.startswith("metrics.prom cannot be read: ")) == (500, True)
        (tmp_path / FILE).rmdir()
        metrics.write(Store(here.home), NOW, tmp_path / FILE)
        assert asked() == (200, (tmp_path / FILE).read_text("utf-8"))
        assert asked("/")[0] == 404
    with pytest.raises(OSError, match="refused"):
        asked()


def test_the_page_of_monitoring_has_each_metric_with_its_type_and_labels(said: str) -> None:
    rows = re.findall(r"^\| `(storywire_\w+)(?:\{(.+?)\})?` \| (\w+) \|", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    printed = {
        (
            family.name + ("_total" if family.type == "counter" else ""),
            ", ".join(sorted({label for sample in family.samples for label in sample.labels} - {"le"})),
            family.type,
        )
        for family in families(said).values()
    }
    assert {
        (name, ", ".join(sorted(labels.split(", "))) if labels else "", kind) for name, labels, kind in rows
    } == printed
    assert len(rows) == len(printed)


def test_the_rules_on_the_page_name_only_metrics_that_are_printed(said: str) -> None:
    examples = "".join(re.findall(r"```yaml\n(.+?)```", PAGE.read_text("utf-8"), flags=re.DOTALL))
    found = families(said)
    printed = {sample.name for family in found.values() for sample in family.samples}
    named = set(re.findall(r"\bstorywire_\w+", examples))
    assert len(named) >= 3
    assert named <= printed
