"""Laws of logging: what a line has, what nobody reads in it, and what is worth one."""

import asyncio
import io
import json
import logging
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import cycle, logs, telling
from flows.house import House
from flows.settings import Settings
from storage.outbox import put_alerts
from storage.store import Store
from storywire.collecting import from_feed
from storywire.errors import FetchError
from storywire.nouns import Entry, Feed, Published
from storywire.targets import Chat, Email, Webhook
from storywire.telling import Decision
from storywire.watches import Alert, AlertClass, Message, Watch
from tasks.channels import DeliveryError
from tasks.fetch import Response
from tasks.targets import Targets
from tests.fakes import FakeEncoder, FakeFetcher, FixedClock, InlineWorkers, RecordingNotifier

START = datetime(2026, 5, 4, 8, tzinfo=UTC)
FEED = "https://news.example/feed?key=geheim"
TEXT = "The ferry Ostra ran aground off Belm on Sunday night in heavy seas, and two tugs pulled it off at dawn. " * 9


class Written:
    """What was logged since it was asked last."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.configure()

    def configure(self, json: bool = True, level: str = "debug") -> None:
        logs.configure(json, level, self._stream)

    def text(self) -> str:
        said = self._stream.getvalue()
        self._stream.truncate(0)
        self._stream.seek(0)
        return said

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]

    def messages(self) -> list[tuple[str, str]]:
        return [(line["level"], line["message"]) for line in self.lines() if line["logger"].startswith("storywire")]


@pytest.fixture
def written() -> Iterator[Written]:
    """Logging as a service has it; afterwards it is as it was."""
    root, ours = logging.getLogger(), logging.getLogger(logs.OURS)
    before = (root.handlers[:], ours.level, logging.getLogRecordFactory(), set(logs._HIDDEN))
    yield Written()
    root.handlers[:], level, factory, hidden = before
    ours.setLevel(level)
    logging.setLogRecordFactory(factory)
    logs._HIDDEN.clear()
    logs._HIDDEN.update(hidden)


def test_a_line_is_one_json_object_with_its_time_level_logger_and_fields(written: Written) -> None:
    with logs.bound(run="r1", flow="collect"), logs.bound(feed="f1"):
        logs.logger("storywire.run").info("done", seconds=1.5, at=START, nothing=None)
    logs.logger("storywire.run").warning("after")
    first, second = written.lines()
    assert datetime.fromisoformat(first.pop("time")).tzinfo == UTC
    assert first == {
        **{"level": "info", "logger": "storywire.run", "message": "done"},
        **{"run": "r1", "flow": "collect", "feed": "f1", "seconds": 1.5, "at": "2026-05-04T08:00:00+00:00"},
    }
    assert second.keys() == {"time", "level", "logger", "message"}


def test_a_line_stays_one_line_of_ascii_whatever_stands_in_it(written: Written) -> None:
    logs.logger("storywire.feeds").warning("feed failed", reason="a\nb\x1b[2J\u2028\u202e“ö”")
    (line,) = written.text().splitlines()
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["reason"] == "a\nb\x1b[2J\u2028\u202e“ö”"


def test_on_a_terminal_it_is_readable_and_no_less_one_line(written: Written) -> None:
    written.configure(json=False)
    logs.logger("storywire.feeds").warning("feed failed", feed=FEED, reason="a\nb\x1b[2J")
    (line,) = written.text().splitlines()
    said = ' warning feed failed feed="https://news.example/feed?key=***" reason="a\\nb\\u001b[2J"'
    assert line[8:] == said


def test_only_lines_of_the_level_or_above_are_written(written: Written) -> None:
    written.configure(level="warning")
    for level in logs.LEVELS:
        getattr(logs.logger("storywire.run"), level)(level)
    assert written.messages() == [("warning", "warning"), ("error", "error")]


def test_without_configuration_nothing_of_ours_is_written() -> None:
    script = "from flows import logs; logs.logger('storywire.run').error('nobody asked')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_lines_of_others_come_in_the_same_form_with_the_ids_that_are_bound(written: Written) -> None:
    with logs.bound(run="r1"):
        logging.getLogger("a.library").warning("%d of %s", 3, "five")
    (line,) = written.lines()
    assert (line["message"], line["logger"], line["run"]) == ("3 of five", "a.library", "r1")


def test_secrets_are_masked_in_words_fields_arguments_and_tracebacks(written: Written) -> None:
    address = "https://ann:geheim@news.example/?key=geheim"
    with logs.bound(feed=address):
        logs.logger("storywire.run").info("asked", url=address)
        logging.getLogger("a.library").warning("GET %s", address)
        logging.getLogger("a.library").warning(f"GET {address}")
        logging.getLogger("a.library").warning("%s", ValueError(address))
        try:
            try:
                raise ValueError(address)
            except ValueError as error:
                raise RuntimeError("could not") from error
        except RuntimeError:
            logs.logger("storywire.run").exception("failed")
            logging.getLogger("a.library").exception("failed")
    said = written.lines()
    assert "geheim" not in json.dumps(said)
    assert {line["feed"] for line in said} == {"https://***@news.example/?key=***"}
    assert said[0]["url"] == "https://***@news.example/?key=***"
    assert {line["message"] for line in said[1:3]} == {"GET https://***@news.example/?key=***"}
    assert [line["exception"].count("RuntimeError: could not") for line in said[4:]] == [1, 1]


@pytest.mark.parametrize("as_json", [True, False])
def test_secrets_are_masked_in_what_a_line_says_too(written: Written, as_json: bool) -> None:
    written.configure(json=as_json)
    logs.hide({"u-geheim"})
    logs.logger("storywire.run").error("no answer of https://ann:geheim@news.example/ for u-geheim")
    assert "no answer of https://***@news.example/ for ***" in (said := written.text())
    assert "geheim" not in said


def test_secrets_are_masked_for_handlers_of_others_too(written: Written) -> None:
    stream = io.StringIO()
    other = logging.StreamHandler(stream)
    other.setFormatter(logging.Formatter("%(name)s %(message)s"))
    logging.getLogger().addHandler(other)
    try:
        raise ValueError("https://ann:geheim@news.example/")
    except ValueError:
        logging.getLogger("a.library").exception("https://ann:geheim@news.example/")
    logs.logger("storywire.feeds").info("feed recovered", feed=FEED)
    assert "geheim" not in stream.getvalue()
    assert "ValueError: https://***@news.example/" in stream.getvalue()
    assert 'storywire.feeds feed recovered feed="https://news.example/feed?key=***"' in stream.getvalue()


def test_addresses_and_secrets_of_targets_are_masked_wherever_they_stand(written: Written, tmp_path: Path) -> None:
    targets = Targets(tmp_path, {"STORYWIRE_TARGET_BROKEN": "kind = 'webhook'"})
    targets.add("hook", Webhook("https://hooks.example/T0/geheim", ("whsec_" + "a" * 32,)))
    targets.add(
        "desk",
        Email(("desk@paper.example",), "wire@paper.example", "mail.example", user="u-geheim", password="p-geheim"),
    )
    targets.add("chat", Chat("slack://geheim-a/geheim-b"))
    logs.hide(logs.secrets(targets))
    for said in (
        "https://hooks.example/T0/geheim",
        "desk@paper.example",
        "u-geheim p-geheim",
        "slack://geheim-a/geheim-b",
    ):
        logging.getLogger("a.library").error("%s is late", said)
        logs.logger("storywire.delivery").info("late", why=said)
    said = written.text()
    assert "geheim" not in said
    assert "desk@" not in said
    assert said.count("***") == 10


def test_records_of_libraries_keep_the_arguments_that_their_formatters_count(written: Written) -> None:
    made = logging.getLogRecordFactory()
    args = ("127.0.0.1:1", "GET", "/feed?key=geheim", "1.1", 200)
    record = made("uvicorn.access", logging.INFO, "x.py", 1, '%s - "%s %s HTTP/%s" %d', args, None)
    assert record.args == ("127.0.0.1:1", "GET", "/feed?key=***", "1.1", 200)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(
        Store(tmp_path / "home"),
        FakeEncoder(),
        fetcher=FakeFetcher({}),
        workers=InlineWorkers,  # type: ignore[arg-type]
        notifier=RecordingNotifier(),
        feed_spacing=timedelta(0),
        host_spacing=timedelta(0),
        clock=FixedClock(START),
    )


def collect(house: House, answers: dict[str, Response | FetchError], hours: int = 0) -> str:
    """Looks at the feeds; returns the run."""
    now = START + timedelta(hours=hours)
    house.fetcher.answers = answers  # type: ignore[attr-defined]
    asyncio.run(cycle.collect(house, now))
    return cycle.run_id(now)


def document(*names: str) -> Response:
    items = [{"id": n, "title": f"Ferry Ostra {n}", "content_text": f"{n} {TEXT}"} for n in names]
    said = {"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": items}
    return Response(200, FEED, json.dumps(said).encode(), "application/feed+json")


def test_a_feed_that_fails_recovers_or_is_gone_has_a_line_with_its_run(house: House, written: Written) -> None:
    house.store.add_feeds([Feed(FEED, START, START)])
    seen = []
    broken, gone = FetchError("HTTP 500", status=500), FetchError("HTTP 410", status=410)
    for n, answer in enumerate((document("a"), broken, document("a", "b"), gone)):
        run = collect(house, {FEED: answer}, 48 * n)
        lines = [line for line in written.lines() if line["logger"] == "storywire.feeds"]
        masked = "https://news.example/feed?key=***"
        assert {(line["feed"], line["run"]) for line in lines} == {(masked, run)}
        (polled,) = [line for line in lines if line["message"] == "feed polled"]
        assert (polled["level"], polled["entries"]) == ("debug", (1, 0, 2, 0)[n])
        seen.append([(line["level"], line["message"]) for line in lines if line is not polled])
    assert seen == [[], [("warning", "feed failed")], [("info", "feed recovered")], [("warning", "feed gone")]]


def test_while_the_network_is_down_no_feed_is_told_to_have_failed(house: House, written: Written) -> None:
    house.store.add_feeds([Feed(FEED, START, START)])
    collect(house, {FEED: FetchError("no route", network_down=True)})
    assert written.messages() == [("debug", "feed not reached"), ("debug", "feed polled")]


def test_a_message_has_a_line_whether_it_arrived_or_not(house: House, written: Written) -> None:
    listed = Entry("e1", FEED, "1", None, "Ferry Ostra", TEXT, Published(), START)
    article = from_feed(listed).article
    assert article is not None
    house.store.save_collected([(listed, article)], "r1")
    house.store.add_watch(Watch("w1", "Ferries", "desk-hook", START))
    told = Message("m1", "w1", "desk-hook", ("a1",), START, START)
    with house.store.transaction() as con:
        put_alerts(con, [Alert("a1", "w1", "s1", AlertClass.REPORT, (article.article_id,), START, "")])
    house.store.save_decision(Decision((told,)))
    notifier = house.notifier
    assert isinstance(notifier, RecordingNotifier)
    notifier.down["desk-hook"] = DeliveryError("desk-hook: HTTP 503")
    with logs.bound(run="r2"):
        asyncio.run(telling.deliver(house, START))
    (failed,) = written.lines()
    assert (failed["level"], failed["message"], failed["target"]) == ("warning", "delivery failed", "desk-hook")
    assert (failed["watch_id"], failed["reason"], failed["run"]) == ("w1", "desk-hook: HTTP 503", "r2")
    notifier.down.clear()
    house.store.retry_messages("m1")
    asyncio.run(telling.deliver(house, START))
    (sent,) = written.lines()
    assert (sent["level"], sent["message"], sent["watch_id"]) == ("info", "message sent", "w1")
    assert sent["message_id"] == failed["message_id"] == "m1"


def test_a_process_logs_where_a_level_is_chosen_and_hides_what_its_targets_keep(
    written: Written, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Targets(tmp_path / "private", {}).add("chat", Chat("slack://geheim-a/geheim-b"))
    settings = Settings(tmp_path)
    logs.begin(settings, None)
    logs.logger("storywire.run").error("to where it went before")
    logs.begin(settings, "info")
    logs.logger("storywire.run").info("done", why="slack://geheim-a/geheim-b")
    assert written.messages() == [("error", "to where it went before")]
    assert json.loads(capsys.readouterr().err)["why"] == "***"


FLOW = """
import asyncio
from flows import logs
from prefect import flow

@flow
async def failing():
    with logs.bound(run="r1"):
        logs.logger("storywire.feeds").info("feed recovered", feed="https://news.example/?key=geheim")
        raise ValueError("https://ann:geheim@news.example/ did not answer")

logs.configure(json=True)
try:
    asyncio.run(failing())
except ValueError:
    pass
"""


def test_prefects_server_gets_our_lines_and_its_own_without_secrets(
    prefect_server: str, tmp_path: Path, served_installation: Callable[[], Any]
) -> None:
    settings = {
        "PREFECT_API_URL": prefect_server,
        "PREFECT_HOME": str(tmp_path),
        "PREFECT_LOGGING_EXTRA_LOGGERS": "storywire",
    }
    environment = served_installation().environment() | settings
    done = subprocess.run(
        [sys.executable, "-c", FLOW], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    (ours,) = [line for line in lines if line["logger"].startswith("storywire")]
    assert (ours["message"], ours["run"]) == ("feed recovered", "r1")
    assert any("ValueError: https://***@news.example/ did not answer" in line.get("exception", "") for line in lines)
    assert "geheim" not in done.stderr
    stored = _logs(prefect_server, '"https://news.example/?key=***"')
    assert 'feed recovered run="r1" feed="https://news.example/?key=***"' in stored
    assert any("ValueError: https://***@news.example/" in line for line in stored)
    assert not any("geheim" in line for line in stored)


def _logs(server: str, awaited: str) -> list[str]:
    """All that the server has, once it has a line of these words: they are sent by a thread, some at a time."""
    headers = {"Content-Type": "application/json"}
    for _ in range(100):
        request = urllib.request.Request(f"{server}/logs/filter", b'{"limit": 200}', headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            found = [line["message"] for line in json.load(answer)]
        if any(awaited in line for line in found):
            return found
        time.sleep(0.2)
    raise AssertionError(f"the server never got {awaited}")
