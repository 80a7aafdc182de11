import asyncio
import json
import logging
import ssl
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path, PurePath
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook as Signer

from storywire import __version__
from storywire.errors import InputError
from storywire.notices import Letter
from storywire.targets import Automation, Chat, Email, File, Security, Stdout, Target, Webhook
from storywire.text import one_line
from tasks.channels import chat, mail
from tasks.notify import Channels, DeliveryError
from tests.hostile.test_h_certificates import Authority, authority
from tests.receivers import OTHER_SECRET, SECRET, mailing, receiving
from tests.server import LOOPBACK, Request, serving

__all__ = ["authority"]
NOW = datetime(2026, 11, 23, 9, 30, 15, 123456, tzinfo=UTC)
SOON = timedelta(seconds=1)
LETTER = Letter(
    message_id="m-0123456789abcdef",
    watch="port strike",
    headline="Port strike: Dockers walk out at Rotterdam",
    text="Port strike: 1 new report\n\nDockers walk out — “until Monday”\nhttps://news.example/a_b?x=1&y=2",
    payload='{"message_id":"m-0123456789abcdef","text":"“until Monday” \\u2028"}'.encode(),
)
ANN, BOB = "ann@example.org", "bob@example.org"


@dataclass
class Known:
    """Targets that are known by name."""

    targets: Mapping[str, Target]

    def find(self, name: str) -> Target:
        if name not in self.targets:
            raise InputError(f"there is no target {name}")
        return self.targets[name]


def deliver(target: Target, letter: Letter = LETTER, deadline: timedelta = timedelta(seconds=20)) -> None:
    channels = Channels(Known({"newsroom": target}), LOOPBACK, "mailto:us@example.org", lambda: NOW, deadline)
    asyncio.run(channels.send("newsroom", letter))


def failure(target: Target, letter: Letter = LETTER, deadline: timedelta = timedelta(seconds=20)) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        deliver(target, letter, deadline)
    assert str(raised.value).startswith("newsroom: ")
    return raised.value


def test_a_webhook_has_the_bytes_of_the_payload_signed_by_the_standard() -> None:
    with receiving(secret=None) as receiver:
        deliver(Webhook(receiver.url, (SECRET,)))
    (request,) = receiver.requests
    assert (request.method, request.body) == ("POST", LETTER.payload)
    headers = request.headers
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == f"Storywire/{__version__} (+mailto:us@example.org)"
    assert headers["webhook-id"] == LETTER.message_id
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["webhook-signature"] == Signer(SECRET).sign(LETTER.message_id, NOW, LETTER.payload.decode())
    assert {"cookie", "authorization"}.isdisjoint(headers)


def test_the_time_of_a_signature_is_the_same_in_every_zone() -> None:
    with receiving(secret=None) as receiver:
        target = Known({"newsroom": Webhook(receiver.url, (SECRET,))})
        for zone in ("UTC", "Asia/Kathmandu", "America/Lima"):
            clock = partial(NOW.astimezone, ZoneInfo(zone))
            asyncio.run(Channels(target, LOOPBACK, clock=clock).send("newsroom", LETTER))
    assert len({request.headers["webhook-signature"] for request in receiver.requests}) == 1


def test_a_watchs_own_secret_signs_its_messages_alone() -> None:
    with receiving(secret=None) as receiver:
        target = Webhook(receiver.url, (SECRET,), {"port strike": (OTHER_SECRET,)})
        deliver(target)
        deliver(target, replace(LETTER, watch="another"))
    signed = [request.headers["webhook-signature"] for request in receiver.requests]
    assert signed == [Signer(s).sign(LETTER.message_id, NOW, LETTER.payload.decode()) for s in (OTHER_SECRET, SECRET)]


def test_a_message_without_a_secret_is_not_sent() -> None:
    with receiving() as receiver:
        failed = failure(Webhook(receiver.url, by_watch={"another": (SECRET,)}))
    assert "no secret for this watch" in str(failed)
    assert receiver.requests == []


def test_a_target_that_is_not_known_is_a_failed_delivery() -> None:
    with pytest.raises(DeliveryError, match="there is no target desk"):
        asyncio.run(Channels(Known({})).send("desk", LETTER))
    with pytest.raises(DeliveryError, match="file:PATH"):
        asyncio.run(Channels(Known({})).send("file:", LETTER))


def test_a_file_has_one_line_a_message(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    deliver(File(path))
    asyncio.run(Channels(Known({})).send(f"file:{path}", LETTER))
    assert path.read_bytes() == (LETTER.payload + b"\n") * 2


def test_half_a_line_is_ended_before_the_next_message(tmp_path: Path) -> None:
    (path := tmp_path / "alerts.jsonl").write_bytes(b'{"message_id":"m-0')
    deliver(File(path))
    assert path.read_bytes() == b'{"message_id":"m-0\n' + LETTER.payload + b"\n"


@pytest.mark.parametrize("path", ["/dev/full", "/nowhere/alerts.jsonl", "/", "/tmp/a\0b"])
def test_a_file_that_cannot_be_written_is_a_failed_delivery(path: str) -> None:
    assert "cannot be written" in str(failure(File(PurePath(path))))


def test_standard_output_gets_the_text_and_an_empty_line(capsys: pytest.CaptureFixture[str]) -> None:
    deliver(Stdout())
    asyncio.run(Channels(Known({})).send("stdout", LETTER))
    assert capsys.readouterr().out == (LETTER.text + "\n\n") * 2


def test_a_mail_is_plain_text_and_a_repeat_has_the_same_message_id() -> None:
    with mailing() as server:
        target = Email((ANN, BOB), "us@example.org", "127.0.0.1", server.port, Security.NONE)
        deliver(target)
        deliver(target)
    first, second = server.mails
    assert first == second
    assert (first.sender, first.to) == ("us@example.org", (ANN, BOB))
    message = first.message
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text + "\n"
    assert message["Subject"] == LETTER.headline
    assert message["Message-ID"] == f"<{LETTER.message_id}@storywire>"
    assert message["X-Storywire-Message"] == LETTER.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == NOW.replace(microsecond=0)
    assert first.raw.isascii()


HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "X-Storywire-Message", "Auto-Submitted"]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300) | st.text(alphabet='=?utf-8qb_ \r\n0DA:éд,;"', max_size=120))
def test_h75_no_headline_becomes_a_header_or_another_subject(headline: str) -> None:
    target = Email((ANN,), "us@example.org", "127.0.0.1", 25, Security.NONE)
    raw = mail.as_mail(target, replace(LETTER, headline=headline), NOW)
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [line.partition(b":")[0].decode() for line in head if not line.startswith((b" ", b"\t"))]
    assert [name for name in names if not name.startswith(("Content-", "MIME-"))] == HEADERS
    assert max(map(len, head)) <= 998
    subject = str(message_from_bytes(raw, policy=policy.default)["Subject"])
    assert subject.split() == one_line(headline, 200).replace("=?", "= ?").split()


REFUSALS = {
    "a mailbox": ({"refused": {BOB: f"550 5.1.1 <{BOB}> is unknown"}}, "refused mailbox 2 of 2 (550)"),
    "a mailbox, for now": ({"refused": {ANN: f"450 4.2.1 <{ANN}> later"}}, "refused mailbox 1 of 2 (450)"),
    "the mail": ({"reply": f"554 spam from {ANN}"}, "refused the mail (554)"),
    "the mail, for now": ({"reply": "451 later"}, "refused the mail (451)"),
}


@pytest.mark.parametrize(("behaviour", "said"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_mail_server_that_refuses_something_gets_nothing(behaviour: dict[str, object], said: str) -> None:
    with mailing(**behaviour) as server:
        failed = failure(Email((ANN, BOB), "us@example.org", "127.0.0.1", server.port, Security.NONE))
    assert str(failed) == f"newsroom: the mail server {said}"
    assert server.mails == []


def test_a_mail_server_that_says_nothing_is_left_at_the_deadline() -> None:
    with mailing(hangs=8.0) as server:
        failed = failure(Email((ANN,), "us@example.org", "127.0.0.1", server.port, Security.NONE), deadline=SOON)
    assert "no answer" in str(failed)


def test_a_mail_server_that_is_slow_with_each_reply_is_left_at_the_deadline_for_all_of_them() -> None:
    boxes = tuple(f"a{number}@example.org" for number in range(10))
    begun = time.monotonic()
    with mailing(hangs=0.7) as server:
        failed = failure(Email(boxes, "us@example.org", "127.0.0.1", server.port, Security.NONE), deadline=SOON)
        assert time.monotonic() - begun < 5
    assert "no answer" in str(failed)
    assert server.mails == []


def test_a_mail_that_was_taken_is_told_whatever_the_server_does_then() -> None:
    with mailing(lingers=10.0) as server:
        deliver(Email((ANN,), "us@example.org", "127.0.0.1", server.port, Security.NONE), deadline=timedelta(seconds=5))
    assert len(server.mails) == 1


def test_a_mail_server_that_drops_the_connection_after_the_mail_may_get_it_twice_under_one_id() -> None:
    with mailing(drops=True) as server:
        target = Email((ANN,), "us@example.org", "127.0.0.1", server.port, Security.NONE)
        assert "closed the connection" in str(failure(target))
        server.drops = False
        deliver(target)
    assert {m.message["Message-ID"] for m in server.mails} == {f"<{LETTER.message_id}@storywire>"}
    assert len(server.mails) == 2


def test_no_mail_goes_in_clear_where_a_safe_connection_was_asked_for() -> None:
    with mailing() as server:
        for security in (Security.STARTTLS, Security.TLS):
            failure(Email((ANN,), "us@example.org", "127.0.0.1", server.port, security, "us", "s3cr3t"))
    assert server.mails == []


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_certificate_of_a_mail_server_is_checked(
    security: Security, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "ca.pem"))
    implicit = security is Security.TLS
    with mailing(tls=authority.context("localhost"), implicit=implicit) as server:
        deliver(Email((ANN,), "us@example.org", "localhost", server.port, security))
        assert len(server.mails) == 1
        assert "safe connection" in str(failure(Email((ANN,), "us@example.org", "127.0.0.1", server.port, security)))
    bad: list[ssl.SSLContext] = [authority.context("localhost", trusted=False)]
    bad.append(authority.context("localhost", ended=timedelta(days=2)))
    for context in bad:
        with mailing(tls=context, implicit=implicit) as server:
            assert "safe connection" in str(
                failure(Email((ANN,), "us@example.org", "localhost", server.port, security))
            )
        assert server.mails == []


def test_who_logs_in_at_a_mail_server_needs_the_right_password(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "ca.pem"))
    with mailing(tls=authority.context("localhost"), password="s3cr3t pässword") as server:
        target = Email((ANN,), "us@example.org", "localhost", server.port, user="us", password="s3cr3t password")
        assert str(failure(target)) == "newsroom: the mail server refused user and password (535)"
        server.password = "s3cr3t password"
        deliver(target)
    assert len(server.mails) == 1


@pytest.fixture
def prefect_server() -> Iterator[tuple[str, list[Request]]]:
    """What stands for a Prefect server: it says 204 to all events that it gets, as the real one does."""
    from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

    got: list[Request] = []

    def take(request: Request) -> tuple[int, Mapping[str, str], bytes]:
        got.append(request)
        return 204, {}, b""

    with serving({"/api/events": take}) as server:
        changed = {PREFECT_API_URL: f"{server.url}/api", PREFECT_CLIENT_MAX_RETRIES: 0}
        with temporary_settings(changed):
            yield server.url, got


def test_prefect_gets_the_payload_as_an_event_and_a_repeat_as_the_same_event(
    prefect_server: tuple[str, list[Request]],
) -> None:
    deliver(Automation())
    deliver(Automation())
    (first,), (second,) = (json.loads(request.body) for request in prefect_server[1])
    assert first == second
    assert first["event"] == "storywire.alert"
    assert first["resource"] == {"prefect.resource.id": "storywire.watch.port strike"}
    assert first["payload"] == json.loads(LETTER.payload)
    assert datetime.fromisoformat(first["occurred"]) == NOW
    from prefect.events.schemas.events import Event

    assert str(Event.model_validate(first).id) == first["id"]


@pytest.mark.slow
def test_a_real_prefect_server_takes_the_event_and_keeps_a_repeat_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    monkeypatch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    monkeypatch.setenv("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    from prefect.client.orchestration import get_client
    from prefect.server.api.server import SubprocessASGIServer
    from prefect.settings import PREFECT_API_URL, temporary_settings

    async def kept() -> list[dict[str, object]]:
        for _ in range(100):
            async with get_client() as client:
                found = await client.request(
                    "POST", "/events/filter", json={"filter": {"event": {"name": ["storywire.alert"]}}}
                )
            if found.json()["events"]:
                break
            await asyncio.sleep(0.3)
        await asyncio.sleep(3)  # time for a second one to be written
        return [event for event in found.json()["events"] if event["event"] == "storywire.alert"]

    with SubprocessASGIServer() as server, temporary_settings({PREFECT_API_URL: server.api_url}):
        channels = Channels(Known({"newsroom": Automation()}))  # of now: the filter asks for the last days
        asyncio.run(channels.send("newsroom", LETTER))
        asyncio.run(channels.send("newsroom", LETTER))
        (event,) = asyncio.run(kept())
    assert event["payload"] == json.loads(LETTER.payload)


def test_an_event_that_prefect_does_not_take_is_a_failed_delivery(prefect_server: tuple[str, list[Request]]) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    url, _ = prefect_server
    with temporary_settings({PREFECT_API_URL: f"{url}/elsewhere"}):
        assert str(failure(Automation())) == "newsroom: the Prefect server said 404"
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert "no answer of the Prefect server" in str(failure(Automation(), deadline=timedelta(seconds=5)))
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert "needs a running Prefect server" in str(failure(Automation()))


ARMED = (
    "Port: <!channel> <!here|here> <@U1> @everyone @here <#C1> &lt;!channel&gt; <http://evil.example|bank.com>\n"
    "[bank.com](http://evil.example/x_y?a=1&b=2) [bank][1] `code` ```code``` *bold* **bold** _it_ __it__ ~~st~~ ||s||\n"
    "# Heading :smile:\n> quote\n<b>x</b> \\*x\\* snake_case https://news.example/@ann/_a_*b*[c](d)\n[1]: http://evil.example/1"
)
CHATS = {
    "slack": ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "attachments.0.text"),
    "discord": ("discord://123456789012345678/T0KENT0KEN", "content"),
    "telegram": ("tgram://123456789:T0KENT0KENT0KEN/12315544/", "text"),
    "ntfy": ("ntfy://ntfy.example/topicT0KEN", "message"),
    "teams": ("workflows://host.example:443/T0KENT0KEN/S1GNATURE/", "attachments.0.content.body.0.text"),
}


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What apprise sends, whichever server it is for, brought to one on this machine."""
    import requests

    got: list[Request] = []

    def take(request: Request) -> tuple[int, Mapping[str, str], bytes]:
        got.append(request)
        return 200, {}, b"ok" if "slack" in request.headers.get("x-was", "") else b'{"ok": true}'

    real = requests.Session.request

    def here(self: requests.Session, method: str, url: str, **more: object) -> requests.Response:
        more["headers"] = {**more["headers"], "X-Was": url}  # type: ignore[dict-item]
        return real(self, method, f"{server.url}/", **{**more, "params": None})  # type: ignore[arg-type]

    monkeypatch.setattr(requests.Session, "request", here)
    with serving({"/": take}) as server:
        yield got  # type: ignore[misc]


def _said(request: Request, where: str) -> str:
    found = json.loads(request.body)
    for step in where.split("."):
        found = found[int(step)] if step.isdecimal() else found[step]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(("url", "where"), CHATS.values(), ids=CHATS.keys())
@pytest.mark.parametrize("more", ["", "format=markdown", "format=text&emojis=yes", "format=html"])
def test_h74_in_no_chat_do_other_peoples_words_mention_link_or_mark_up_anything(
    url: str, where: str, more: str, posted: list[Request]
) -> None:
    joined = url.replace("#general", "?" + more + "&to=general" if more else "#general") if "slack" in url else url
    joined = f"{joined}?{more}" if more and "slack" not in url else joined
    deliver(Chat(joined), replace(LETTER, text=ARMED))
    (request,) = posted
    if where == "content" and more == "format=markdown":
        where = "embeds.0.description"
    said = _said(request, where).replace("\u00a0", " ").replace("&nbsp;", " ").replace("<br/>", "\n")
    plain = said.replace("&amp;", "&").replace("\\", "")
    assert not set("<>`*~|") & set(plain), plain
    assert "&lt;" not in plain
    assert "@everyone" not in plain
    assert "@here" not in plain
    assert "](" not in plain
    assert "][" not in plain
    assert "]:" not in plain
    assert not any(line.startswith(("#", ">")) for line in plain.splitlines())
    for kept in ("bank.com", "code", "bold", "snake_case", "Heading :smile:", "http://evil.example/x_y?a=1&b=2"):
        assert kept in plain
    assert "https://news.example/%40ann/%5Fa%5F%2Ab%2A%5Bc%5D(d)" in plain
    assert "allowed_mentions" not in request.body.decode() or '"parse": []' in request.body.decode()


def test_h74_what_is_disarmed_reads_as_before() -> None:
    said = chat.disarmed(
        "EU <leak>: 5 * 3 > 14, AT&T “snake_case” a|b ann@example.org\nhttps://x.example/a_b?c=1&d=%20"
    )
    assert said == (
        "EU ‹leak›: 5 ∗ 3 › 14, AT&T “snake_case” a∣b ann@\u200bexample.org\nhttps://x.example/a_b?c=1&d=%20"
    )
    assert chat.disarmed(LETTER.text) == LETTER.text


def test_a_chat_that_says_no_is_a_failed_delivery() -> None:
    with serving({"/": (403, {}, b'{"error": "T0KEN"}')}) as server:
        assert str(failure(Chat(server.url.replace("http", "ntfy") + "/topic"))) == "newsroom: the chat did not take it"


def test_a_chat_that_redirects_did_not_take_it() -> None:
    with serving({"/elsewhere": (200, {}, b"{}")}) as server:
        server.routes["/"] = (302, {"Location": f"{server.url}/elsewhere"}, b"")
        assert "did not take it" in str(failure(Chat(server.url.replace("http", "ntfy") + "/topic")))
        assert server.paths() == ["/"]


def test_what_is_too_long_for_a_chat_becomes_several_messages(posted: list[Request]) -> None:
    text = "\n".join(f"line {number} " + "x" * 50 for number in range(60))
    deliver(Chat(CHATS["discord"][0]), replace(LETTER, text=text))
    assert len(posted) > 1
    assert " ".join(_said(request, "content") for request in posted).split() == text.split()


@pytest.mark.parametrize("scheme", ["json", "jsons", "xml", "xmls", "form", "forms", "JSON", "mailto", "mailtos"])
def test_addresses_of_apprise_that_have_a_kind_of_their_own_are_refused(scheme: str) -> None:
    target = Chat(f"{scheme}://us:s3cr3t@127.0.0.1:9/T0KEN")
    with pytest.raises(InputError, match=r"kind (webhook|email)"):
        chat.check(target)
    assert "s3cr3t" not in str(failure(target))


@pytest.mark.parametrize("url", ["slack://", "nothing://T0KEN", "https://", "://", "slack://T0KEN"])
def test_an_address_that_apprise_cannot_use_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InputError, match="apprise cannot use") as raised:
        chat.check(Chat(url))
    assert "T0KEN" not in str(raised.value)


FAILING = {
    "webhook": Webhook("http://127.0.0.1:9/T0KEN", (SECRET,)),
    "private webhook": Webhook("http://169.254.169.254/T0KEN", (SECRET,)),
    "name": Webhook("https://T0KEN.invalid/", (SECRET,)),
    "email": Email(("ann@T0KEN.example",), "T0KEN@example.org", "T0KEN.invalid", 9, Security.TLS, "T0KEN", "T0KEN"),
    "chat": Chat("ntfy://us:T0KEN@127.0.0.1:9/T0KEN"),
    "slack": Chat("slack://T0KEN/"),
}


@pytest.mark.parametrize("target", FAILING.values(), ids=FAILING.keys())
def test_no_address_and_no_secret_is_in_an_error_its_traceback_or_a_log(
    target: Target, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    failed = failure(target)
    shown = "".join(traceback.format_exception(failed)) + repr(failed) + repr(target) + caplog.text
    shown += "".join(capfd.readouterr())
    assert "T0KEN" not in shown
    assert "whsec" not in shown


def test_no_address_and_no_secret_is_logged_where_all_goes_well(
    caplog: pytest.LogCaptureFixture, posted: list[Request]
) -> None:
    caplog.set_level(logging.DEBUG)
    with receiving(secret=None) as receiver, mailing() as server:
        deliver(Webhook(receiver.url, (SECRET,)))
        deliver(Email((ANN,), "us@example.org", "127.0.0.1", server.port, Security.NONE))
        for url, _ in CHATS.values():
            deliver(Chat(url))
    ours = [record for record in caplog.records if record.name not in ("mail.log", "mail.debug")]  # the server's own
    shown = " ".join(record.getMessage() for record in ours)
    assert "T0KEN" not in shown
    assert ANN not in shown
    assert len(posted) == len(CHATS)
