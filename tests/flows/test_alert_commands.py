"""The command line of alerts: each command does what it says, stores all or nothing, and shows no address or secret."""

import io
import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.commands.alerts_targets import KINDS
from storywire import targets as kinds
from storywire.retries import ATTEMPTS
from tests.flows import test_telling as telling
from tests.receivers import Receiver, mailing, receiving

desk = telling.desk
COURIER = "https://courier.example/feed"
HOUR = timedelta(hours=1)
SPEC = {
    "words": ["port strike", "dock"],
    "like": "Dockers stop work.",
    "publishers": ["Courier"],
    "languages": ["en"],
    "classes": ["follow-up", "correction"],
    "min_reports": 3,
    "min_publishers": 2,
    "within": "2d",
    "burst": 3.0,
    "cool_down": "6h",
    "quiet": "22:00-07:00",
    "after_quiet": "drop",
    "digest": "weekly",
    "at": "07:30",
    "day": "friday",
    "zone": "Europe/Berlin",
}
ALL_OPTIONS = """--words 'port strike' --words dock --like 'Dockers stop work.' --publisher Courier --language en
    --class follow-up --class correction --min-reports 3 --min-publishers 2 --within 2d --burst 3 --cool-down 6h
    --quiet 22:00-07:00 --after-quiet drop --digest weekly --at 07:30 --day friday --zone Europe/Berlin --paused"""


@dataclass
class Alerts:
    """The desk of an installation, and its alerts as a person asks for them."""

    desk: Any
    monkeypatch: pytest.MonkeyPatch
    file: Path

    def ask(self, *words: str, typed: str = "") -> Any:
        """A command that does its job, with a line on standard input; what it printed."""
        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        done = self.desk.here.ask("alerts", *words)
        assert done.status == 0, done.err
        return done

    def refused(self, *words: str, typed: str = "") -> str:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return str(self.desk.refused("alerts", *words))

    def add(self, name: str, *words: str) -> Any:
        """A watch that tells the file."""
        return self.ask("add", name, "--target", f"file:{self.file}", *words)

    def come(self, name: str, text: str = telling.CHESS, publisher: str = "courier") -> None:
        """A report that is new, a day later: not of the first look at its feed."""
        if f"https://{publisher}.example/feed" not in self.desk.items:
            self.desk.publish(publisher, "ferry", telling.FERRY, telling.TEXT)
            self.desk.run()
        hours = (self.desk.clock.now - telling.START) // HOUR
        self.desk.publish(publisher, name, f"Bisi wins the Lagos Open, {name}", text, hours=hours)

    def told(self) -> list[Any]:
        """What the file was told."""
        return [json.loads(line) for line in self.file.read_text("utf-8").splitlines()] if self.file.is_file() else []

    def import_(self, text: str, *words: str) -> Any:
        return self.ask("import", str(self.written(text)), *words)

    def written(self, text: str) -> Path:
        path = self.file.with_name("watches.toml")
        path.write_text(text, "utf-8")
        return path


@pytest.fixture
def alerts(desk: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Alerts:
    return Alerts(desk, monkeypatch, tmp_path / "alerts.jsonl")


@pytest.fixture
def hook(alerts: Alerts) -> Iterator[Receiver]:
    """A receiver that is the target `news`."""
    with receiving(secret=None) as receiver:
        secret = alerts.ask("targets", "add", "news", "webhook", "--json", typed=f"{receiver.url}\n").json["secret"]
        receiver.secret = secret
        yield receiver


def test_a_watch_has_all_that_was_asked_for_and_says_so_in_a_line(alerts: Alerts) -> None:
    said = alerts.ask("add", "strikes", "--target", "stdout", *shlex.split(ALL_OPTIONS)).out
    assert said == (
        "“strikes” tells stdout of follow-ups and corrections in all storylines, with “port strike” or “dock”, like "
        "“Dockers stop work.”, of Courier, in en, once there are 3 reports of 2 publishers within 2d, in a burst of 3 "
        "times the usual: each Friday at 07:30 Europe/Berlin, not from 22:00 to 07:00 Europe/Berlin, nor of what comes "
        "then; it is paused\nHow often it would have told: storywire alerts backtest strikes\n"
    )
    shown = alerts.ask("show", "strikes", "--json").json
    assert (shown["spec"], shown["paused"], shown["target"]) == (SPEC, True, "stdout")
    assert shown["next_digest_at"] == "2026-05-08T05:30:00+00:00"
    rows = alerts.desk.here.rows("SELECT name, paused FROM watches")
    assert rows == [("strikes", True)]  # queries see it at once


def test_a_watch_without_more_is_of_all_storylines_and_names_how_to_try_it_out(alerts: Alerts) -> None:
    first, hint = alerts.add("every thing").out.splitlines()
    assert first == (
        f"“every thing” tells file:{alerts.file} of all storylines: at once, but at most once in 1h for each storyline"
    )
    assert hint.endswith("storywire alerts backtest 'every thing'")
    assert "was there already" in alerts.add("every thing").out
    assert "is a watch “every thing” already" in alerts.refused("add", "every thing", "--target", "stdout")


def test_a_watch_is_shown_as_the_lines_of_a_file_that_make_the_same_watch(alerts: Alerts) -> None:
    alerts.add("strikes", *shlex.split(ALL_OPTIONS), "--words", "a name that is far too long for a line " * 3)
    before = alerts.ask("show", "strikes", "--json").json
    _, _, lines = alerts.ask("show", "strikes").out.partition("In a file of watches:\n")
    alerts.ask("remove", "strikes")
    assert alerts.import_(lines).out.startswith("1 added in ")
    after = alerts.ask("show", "strikes", "--json").json
    assert after == before


def test_a_storyline_is_named_by_its_name_and_a_feed_by_its_address(alerts: Alerts) -> None:
    alerts.desk.publish("courier", "ferry", telling.FERRY, telling.TEXT)
    alerts.desk.run()
    ((storyline_id, label),) = alerts.desk.here.rows("SELECT storyline_id, label FROM storylines")
    assert f"of “{label}”: at once" in alerts.add("ferry", "--storyline", label[:9]).out
    assert alerts.ask("show", "ferry", "--json").json["storyline_id"] == storyline_id
    assert "there is no storyline “Atlantis”" in alerts.refused(
        "add", "a", "--target", "stdout", "--storyline", "Atlantis"
    )
    assert f"tells file:{alerts.file} of {COURIER} when it falls ill: at once" in alerts.add("c", "--feed", COURIER).out
    assert "of any feed that falls ill" in alerts.add("f", "--feed", "all").out
    said = alerts.refused("add", "g", "--target", "stdout", "--feed", "https://gazette.example/feed")
    assert "https://gazette.example/feed is no feed that is followed; `storywire feeds list` shows all" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "nowhere"], "watch “x”: there is no target nowhere; there are: none yet"),
        (["--target", "https://hooks.example/T0KEN"], "a watch needs the name of a target"),
        (["--target", "file:"], "file: is no target; write file:PATH"),
        (["--target", "stdout", "--zone", "Mars/Base"], "'Mars/Base' is no time zone; give one such as Europe/Berlin"),
        (["--target", "stdout", "--class", "gossip"], "classes is one of new, follow-up"),
        (["--target", "stdout", "--quiet", "late"], "quiet is a range of local times such as 22:00-07:00"),
        (["--target", "stdout", "--cool-down", "soon"], "“soon” is no length of time"),
        (["--target", "stdout", "--min-reports", "0"], "min_reports is a whole number from 1"),
        (["--target", "stdout", "--feed", "all", "--words", "x"], "takes no storyline, match or condition"),
    ],
)
def test_what_cannot_be_watched_is_refused_in_one_line_and_not_stored(
    alerts: Alerts, words: list[str], said: str
) -> None:
    found = alerts.refused("add", "x", *words)
    assert said in found
    assert "T0KEN" not in found
    assert alerts.ask("list", "--json").json == []


def test_an_unknown_watch_is_named_with_where_to_look(alerts: Alerts) -> None:
    for command in ("show", "pause", "resume", "remove", "test", "log"):
        assert "there is no watch “nope”; `storywire alerts list` shows all" in alerts.refused(command, "nope")


FILE = """
[[watch]]
name = "one"
target = "stdout"
words = ["port strike"]

[[watch]]
name = "two"
target = "stdout"
feed = "all"
paused = true

[groups]
"Example Media" = ["Courier", "gazette.example"]
"""


def test_a_file_adds_watches_changes_those_of_the_same_name_and_leaves_the_others(alerts: Alerts) -> None:
    alerts.add("mine")
    plan = {"added": ["one", "two"], "changed": [], "unchanged": [], "groups_changed": True}
    assert alerts.import_(FILE, "--dry-run", "--json").json == plan | {"dry_run": True}
    assert [row["name"] for row in alerts.ask("list", "--json").json] == ["mine"]
    assert alerts.import_(FILE, "--json").json == plan | {"dry_run": False}
    assert alerts.desk.house.store.groups() == {"courier": "Example Media", "gazette.example": "Example Media"}
    assert alerts.import_(FILE).out == f"2 unchanged in {alerts.written(FILE)}\n"
    changed = FILE.replace("port strike", "strike").replace("paused = true", "paused = false").split("[groups]")[0]
    assert alerts.import_(changed, "--json").json["changed"] == ["one", "two"]
    rows = {row["name"]: row for row in alerts.ask("list", "--json").json}
    assert (rows["one"]["spec"], rows["two"]["paused"]) == ({"words": ["strike"]}, False)
    assert list(rows) == ["mine", "one", "two"]
    assert len(alerts.desk.house.store.groups()) == 2  # the file says nothing of groups now


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('name = "bad"\ntarget = "stdout"\ncolour = "red"', "watch “bad”: there is no key “colour”; there are name"),
        ('name = "bad"', "watch “bad”: it needs a target"),
        ('target = "stdout"', "a watch needs a name"),
        ('name = "bad"\ntarget = "nowhere"', "watch “bad”: there is no target nowhere"),
        ('name = "bad"\ntarget = "stdout"\nzone = "Mars/Base"', "watch “bad”: 'Mars/Base' is no time zone"),
        ('name = "bad"\ntarget = "stdout"\nstoryline = "Atlantis"', "watch “bad”: there is no storyline “Atlantis”"),
        ('name = "one"\ntarget = "stdout"', "there are two watches “one”"),
        ('name = "bad', "it is not TOML"),
    ],
)
def test_a_file_with_one_bad_watch_stores_none(alerts: Alerts, bad: str, said: str) -> None:
    path = alerts.written(f"{FILE.split('[groups]')[0]}\n[[watch]]\n{bad}\n")
    found = alerts.refused("import", str(path))
    assert said in found
    assert found.startswith(f"storywire: {path}: ")
    assert alerts.ask("list", "--json").json == []


def test_a_message_goes_out_with_a_run_and_is_logged(alerts: Alerts) -> None:
    alerts.add("all")
    alerts.come("won")
    assert "1 message went out" in telling.printed(alerts.desk.run())
    (told,) = alerts.told()
    (row,) = alerts.ask("log", "--json").json
    assert (row["state"], row["watch"], row["attempts"]) == ("sent", "all", 1)
    assert "Bisi wins the Lagos Open" in row["summary"]
    assert row["message_id"] in json.dumps(told)
    said = " ".join(alerts.ask("log", "all", "--limit", "1").out.split())
    assert f"{row['message_id']} sent all to file:" in said
    assert "last told, UTC" in alerts.ask("list").out
    assert alerts.ask("list", "--json").json[0]["last_sent_at"] == row["sent_at"] is not None


def test_a_run_says_how_many_reports_nobody_is_told_of_and_why(alerts: Alerts) -> None:
    alerts.add("all")
    alerts.desk.publish("courier", "ferry", telling.FERRY, telling.TEXT)
    said = telling.printed(alerts.desk.run())
    assert "1 report matched your watches, and nobody is told: the first look at its feed (1)\n" in said
    assert alerts.told() == []


def test_what_waits_says_what_for_and_goes_out_when_that_is_over(alerts: Alerts) -> None:
    alerts.add("at once", "--cool-down", "3d")
    alerts.add("digest", "--digest", "weekly", "--day", "friday", "--at", "09:30")
    alerts.add("three", "--min-reports", "3", "--min-publishers", "2")
    alerts.come("one")
    alerts.desk.run()
    alerts.come("two", telling.CHESS + "He won in round nine. " * 12)
    report = alerts.desk.run()
    assert "reports wait to be told" in telling.printed(report)
    shown = {name: alerts.ask("show", name, "--json").json["waiting"] for name in ("at once", "digest", "three")}
    assert [row["state"] for row in shown["at once"]] == ["waits for the cool-down, until 2026-05-09 08:00 UTC"]
    assert {row["state"] for row in shown["digest"]} == {"waits for the digest of 2026-05-08 09:30 UTC"}
    assert {row["state"] for row in shown["three"]} == {"waits for more reports (2 of 3), more publishers (1 of 2)"}
    assert "2 reports since 2026-05-06 08:00 UTC, waits for the digest" in alerts.ask("show", "digest").out
    assert "reports wait to be told" in alerts.ask("send").out
    alerts.desk.clock.now += 3 * timedelta(days=1)
    shown = alerts.ask("show", "at once", "--json").json["waiting"]
    assert [row["state"] for row in shown] == ["goes out with the next run, or with `storywire alerts send`"]
    assert alerts.ask("send", "--json").json["delivered"] == 2
    assert len(alerts.told()) == 3


def test_quiet_hours_and_a_pause_hold_a_message_back(alerts: Alerts) -> None:
    alerts.add("night", "--quiet", "07:00-23:00", "--zone", "Asia/Kathmandu")
    alerts.come("one")
    alerts.desk.run()  # at 08:00 UTC, 13:45 in Kathmandu
    (row,) = alerts.ask("show", "night", "--json").json["waiting"]
    assert row["state"] == "waits for the end of quiet hours, 23:00 Asia/Kathmandu"
    assert "storywire alerts resume night" in alerts.ask("pause", "night").out
    alerts.desk.clock.now += 12 * HOUR
    (row,) = alerts.ask("show", "night", "--json").json["waiting"]
    assert row["state"] == "waits for the end of its pause"
    assert alerts.ask("send").out == "1 report waits to be told\n"
    assert "is on again" in alerts.ask("resume", "night").out
    assert alerts.ask("send").out == "1 message went out\n"


def test_a_removed_watch_tells_nothing_more(alerts: Alerts) -> None:
    alerts.add("all", "--digest", "daily", "--at", "20:00")
    alerts.come("one")
    alerts.desk.run()
    assert alerts.ask("list", "--json").json[0]["waiting"] == 1
    assert alerts.ask("remove", "all", "--json").json == {"removed": "all"}
    alerts.desk.clock.now += timedelta(days=1)
    assert alerts.ask("send").out == ""
    assert alerts.ask("list").out.startswith("No watches yet")


def test_a_test_message_is_marked_arrives_signed_and_stores_nothing(alerts: Alerts, hook: Receiver) -> None:
    alerts.ask("add", "strikes", "--target", "news")
    done = alerts.ask("test", "strikes")
    assert done.out == "Sent to news: [test] A storyline that is not there: A headline that nobody wrote\n"
    (payload,) = hook.taken.values()  # it took it, so that the secret which was printed signs
    assert payload["data"]["summary"][0].startswith("[test] ")
    alerts.desk.clock.now += HOUR
    alerts.ask("test", "strikes")
    assert len(hook.taken) == 2  # not taken for a repeat
    assert alerts.ask("log", "--json").json == []


def test_a_test_message_on_standard_output_leaves_json_alone(alerts: Alerts) -> None:
    alerts.ask("add", "ill", "--target", "stdout", "--feed", "all")
    done = alerts.ask("test", "ill", "--json")
    assert done.json["headline"].startswith("[test] Feed Example News")
    assert "[test] Feed Example News" in done.err


def test_a_test_message_that_does_not_arrive_says_why_in_one_line(alerts: Alerts, hook: Receiver) -> None:
    alerts.ask("add", "strikes", "--target", "news")
    hook.answers = lambda _: (500, {}, b"")
    said = alerts.refused("test", "strikes")
    assert "news: " in said
    assert "500" in said
    assert hook.url not in said


def test_an_event_goes_to_the_prefect_server_of_a_run(alerts: Alerts, closed: str) -> None:
    alerts.ask("targets", "add", "bus", "prefect")
    alerts.ask("add", "strikes", "--target", "bus")
    done = alerts.desk.here.run("alerts", "test", "strikes", STORYWIRE_PREFECT_API_URL=f"{closed}/api")
    assert (done.status, done.err) == (1, "storywire: bus: no answer of the Prefect server\n")


def test_a_mail_target_takes_its_password_from_no_argument(alerts: Alerts) -> None:
    with mailing() as server:
        options = f"--to ann@example.org --from wire@example.org --host 127.0.0.1 --port {server.port} --security none"
        alerts.ask("targets", "add", "desk", "email", *options.split())
        alerts.ask("add", "strikes", "--target", "desk")
        alerts.ask("test", "strikes")
        (mail,) = server.mails
    assert mail.to == ("ann@example.org",)
    assert "[test]" in str(mail.message["Subject"])
    login = ("--to", "ann@example.org", "--from", "wire@example.org", "--host", "mail.example.org", "--user", "me")
    assert "Password: nothing came" in alerts.refused("targets", "add", "other", "email", *login)
    alerts.ask("targets", "add", "other", "email", *login, typed="hunter2\n")
    found = alerts.desk.here.home / "private" / "targets.toml"
    assert 'password = "hunter2"' in found.read_text("utf-8")


def test_a_message_that_was_given_up_stands_out_and_can_be_tried_again(alerts: Alerts, hook: Receiver) -> None:
    hook.answers = lambda _: (500, {}, b"")
    alerts.ask("add", "strikes", "--target", "news")
    alerts.come("one")
    assert "alert to news: " in telling.printed(alerts.desk.run())
    assert "queued, tried once, again after" in alerts.ask("log").out
    assert "1 message did not arrive yet: storywire alerts log strikes" in alerts.ask("list").out
    for _ in range(ATTEMPTS):
        alerts.desk.clock.now += timedelta(days=1)
        alerts.ask("send")
    (row,) = alerts.ask("log", "--json").json
    assert (row["state"], row["next_attempt_at"]) == ("dead", None)
    said = alerts.ask("log").out
    assert "DEAD" in said
    assert f"storywire alerts retry {row['message_id']}" in said
    hook.answers = lambda _: (204, {}, b"")
    assert alerts.ask("send").out == ""
    assert alerts.ask("retry").out.startswith("1 message queued: out with the next run, or with")
    assert alerts.ask("retry").out.startswith("No message is dead.")
    assert alerts.ask("send").out == "1 message went out\n"
    assert list(hook.taken) == [row["message_id"]]
    assert "that was not sent" in alerts.refused("retry", row["message_id"])


def test_a_receiver_that_is_gone_for_good_pauses_its_watch_and_says_so(alerts: Alerts, hook: Receiver) -> None:
    hook.answers = lambda _: (410, {}, b"")
    alerts.ask("add", "strikes", "--target", "news")
    alerts.come("one")
    alerts.desk.run()
    (row,) = alerts.ask("list", "--json").json
    assert row["paused"] is True
    assert "Storywire paused it: news: " in alerts.ask("list").out
    assert "Paused, so that nothing of it goes out: strikes" in alerts.ask("retry").out
    hook.answers = lambda _: (204, {}, b"")
    alerts.ask("resume", "strikes")
    assert alerts.ask("send").out == "1 message went out\n"


def test_no_command_shows_an_address_or_a_secret(alerts: Alerts, hook: Receiver) -> None:
    assert hook.secret is not None
    chat = "slack://TOKENA/TOKENB/TOKENC/#news"
    alerts.ask("targets", "add", "chat", "chat", typed=f"{chat}\n")
    alerts.ask("add", "strikes", "--target", "news")
    alerts.ask("add", "talk", "--target", "chat", "--digest", "weekly")
    hook.answers = lambda n: ((500, 204)[n], {}, b"")
    alerts.come("one")
    said = telling.printed(alerts.desk.run())
    for command in ("list", "show strikes", "show talk", "log", "targets list"):
        for more in ([], ["--json"]):
            done = alerts.ask(*command.split(), *more)
            said += done.out + done.err
    alerts.desk.clock.now += HOUR
    said += alerts.ask("send").out + json.dumps(alerts.desk.here.views())
    assert len(hook.taken) == 1
    for secret in (hook.url, hook.url.removeprefix("http://"), "T0KEN", hook.secret, chat, "TOKENB"):
        assert secret not in said


def test_a_target_is_added_listed_and_removed_by_its_name(alerts: Alerts, hook: Receiver) -> None:
    alerts.ask("targets", "add", "archive", "file", "--path", str(alerts.file))
    said = alerts.ask("targets", "add", "hook", "webhook", typed=f"{hook.url}\n")
    assert hook.url not in said.out + said.err
    assert said.out.splitlines()[-1].startswith("whsec_")
    rows = [("archive", "file"), ("hook", "webhook"), ("news", "webhook")]
    assert alerts.ask("targets", "list", "--json").json == [{"name": name, "kind": kind} for name, kind in rows]
    alerts.ask("add", "all", "--target", "archive")
    assert "archive is the target of “all”" in alerts.refused("targets", "remove", "archive")
    alerts.ask("targets", "remove", "archive", "--force")
    alerts.ask("targets", "remove", "hook")
    assert "has no target of that name" in alerts.refused("targets", "remove", "hook")
    assert "all: " not in alerts.refused("test", "all")
    assert [row["name"] for row in alerts.ask("targets", "list", "--json").json] == ["news"]


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        ("news webhook", "x\n", "there is a target news; remove it first, or take another name"),
        ("https://x.example/T0KEN webhook", "x\n", "that is no name of a target"),
        ("other webhook", "", "Address of the webhook: nothing came; give it on a line of standard input"),
        ("other webhook", "ftp://x.example/T0KEN\n", "url is no address of the web"),
        ("other webhook --host mail.example.org", "T0KEN\n", "a target of kind webhook has no 'host'"),
        ("other email --to ann@example.org", "T0KEN\n", "from is missing"),
        ("other file", "", "path is missing"),
        ("other file --path nowhere/alerts.jsonl", "", "there is no folder"),
    ],
)
def test_a_target_that_cannot_work_is_refused_and_not_repeated(
    alerts: Alerts, hook: Receiver, words: str, typed: str, said: str
) -> None:
    found = alerts.refused("targets", "add", *words.split(), typed=typed)
    assert said in found
    assert "T0KEN" not in found
    assert len(alerts.ask("targets", "list", "--json").json) == 1


def test_each_kind_of_target_can_be_added() -> None:
    assert set(KINDS) == set(kinds.KINDS)
