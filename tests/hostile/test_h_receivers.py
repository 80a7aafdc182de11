"""Receivers of webhooks that fail in every way, lie where no request may go, or get what nobody sent them."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from storywire.addresses import Net, networks
from storywire.notices import Letter
from storywire.targets import Target, Webhook
from tasks.connect import Resolve, look_up
from tasks.notify import Channels, DeliveryError
from tests.hostile.raw import Raw, answer, saying
from tests.hostile.test_h_certificates import Authority, authority
from tests.receivers import OTHER_SECRET, SECRET, receiving
from tests.server import LOOPBACK, Answer, serving

__all__ = ["authority"]
ROOT = Path(__file__).resolve().parents[2]
SHORT, LONG = timedelta(seconds=1.5), timedelta(seconds=20)
LETTER = Letter("m-1", "port strike", "Dockers walk out", "Dockers walk out", '{"text":"Dockers — “out”"}'.encode())


def wall() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class One:
    """A single target, whatever it is called."""

    target: Target

    def find(self, name: str) -> Target:
        return self.target


def deliver(
    url: str,
    letter: Letter = LETTER,
    secrets: tuple[str, ...] = (SECRET,),
    deadline: timedelta = LONG,
    nets: tuple[Net, ...] = LOOPBACK,
    clock: Callable[[], datetime] = wall,
    resolve: Resolve = look_up,
) -> None:
    channels = Channels(One(Webhook(url, secrets)), nets, clock=clock, deadline=deadline, resolve=resolve)
    asyncio.run(channels.send("hook", letter))


def failure(
    url: str, nets: tuple[Net, ...] = LOOPBACK, resolve: Resolve = look_up, deadline: timedelta = LONG
) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        deliver(url, nets=nets, resolve=resolve, deadline=deadline)
    assert str(raised.value).startswith("hook: ")
    assert "127.0.0" not in str(raised.value)
    return raised.value


@contextmanager
def reading(then: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    """A server that reads a whole message and then does as it is told."""

    def script(connection: socket.socket) -> None:
        read = server.heads[-1]
        while LETTER.payload not in read:
            read += connection.recv(65536)
        server.heads[-1] = read
        then(connection)

    with saying(script, tls=tls) as server:
        yield server


def reset(connection: socket.socket) -> None:
    """Ends the connection as a machine does that was switched off and on again."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drip(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Slow: " + b"x" * 200:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def endless(head: bytes, more: bytes) -> Callable[[socket.socket], None]:
    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(more)

    return send


def test_h80_a_receiver_that_said_200_and_died_in_its_answer_has_the_message() -> None:
    def dies(connection: socket.socket) -> None:
        connection.sendall(answer("Content-Length: 5000", body=b"tha"))
        reset(connection)

    with reading(dies) as server:
        deliver(server.url)
    assert len(server.heads) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_h80_every_2xx_says_that_a_message_arrived(status: int) -> None:
    with receiving(lambda _: (status, {}, b"")) as receiver:
        deliver(receiver.url)
    assert list(receiver.taken) == ["m-1"]


@pytest.mark.parametrize("status", [400, 401, 404, 500, 502, 600])
def test_h80_every_other_status_is_a_failure(status: int) -> None:
    with receiving(lambda _: (status, {"Retry-After": "60"}, b"s3cr3t words")) as receiver:
        failed = failure(receiver.url)
    assert str(failed) == f"hook: HTTP {status}"
    assert (failed.gone, failed.retry_after) == (False, None)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_h80_a_redirect_is_a_failure_and_not_followed(status: int) -> None:
    with receiving() as elsewhere, receiving(lambda _: (status, {"Location": elsewhere.url}, b"")) as receiver:
        assert str(failure(receiver.url)).startswith(f"hook: HTTP {status}, a redirect")
    assert elsewhere.requests == []
    assert len(receiver.requests) == 1


def test_h80_after_410_nothing_more_is_wanted() -> None:
    with receiving(lambda _: (410, {}, b"")) as receiver:
        assert failure(receiver.url).gone


DATED = {
    "Date": format_datetime(wall(), usegmt=True),
    "Retry-After": format_datetime(wall() + timedelta(hours=2), True),
}
WAITS = {
    "seconds": ({"Retry-After": "120"}, timedelta(seconds=120)),
    "a date": (DATED, timedelta(hours=2)),
    "none": ({}, None),
    "junk": ({"Retry-After": "soon"}, None),
    "the past": ({"Retry-After": "-5"}, None),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("headers", "wait"), WAITS.values(), ids=WAITS.keys())
def test_h80_retry_after_is_handed_on(status: int, headers: dict[str, str], wait: timedelta | None) -> None:
    with receiving(lambda _: (status, headers, b"")) as receiver:
        failed = failure(receiver.url)
    assert failed.retry_after is None if wait is None else abs(failed.retry_after - wait) < timedelta(seconds=2)  # type: ignore[operator]


def promise(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    time.sleep(8)


SILENT: dict[str, Callable[[socket.socket], None]] = {
    "says nothing": lambda connection: time.sleep(8),
    "says one byte at a time": drip,
    "promises and says nothing": promise,
}


@pytest.mark.parametrize("then", SILENT.values(), ids=SILENT.keys())
def test_h80_a_receiver_that_hangs_is_left_at_the_deadline(then: Callable[[socket.socket], None]) -> None:
    begun = time.monotonic()
    with reading(then) as server:
        assert str(failure(server.url, deadline=SHORT)) == "hook: no answer within 1.5 s"
    assert time.monotonic() - begun < 6


def test_h80_a_receiver_that_takes_no_bytes_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as deaf:
        assert "no answer" in str(failure(f"http://127.0.0.1:{deaf.getsockname()[1]}/", deadline=SHORT))


BROKEN: dict[str, Callable[[socket.socket], None]] = {
    "resets": reset,
    "hangs up": lambda connection: connection.close(),
    "is no web server": lambda connection: connection.sendall(b"220 mail.example ESMTP\r\n"),
    "ends in its head": lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-"),
    "has endless headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 9000 + b"\r\n"),
}


@pytest.mark.parametrize("then", BROKEN.values(), ids=BROKEN.keys())
def test_h80_a_receiver_that_breaks_off_after_reading_has_not_said_that_it_has_it(
    then: Callable[[socket.socket], None],
) -> None:
    with reading(then) as server:
        assert "HTTP 2" not in str(failure(server.url))
    assert len(server.heads) == 1  # no attempt is repeated here: that is the outbox's


def test_h80_a_receivers_certificate_is_checked_and_its_name_not_told(authority: Authority) -> None:
    for host, good in (("hooks.example", True), ("t0ken.example", False)):
        with reading(
            lambda c: c.sendall(answer(status="204 No Content")), authority.context("hooks.example")
        ) as server:
            url, resolver = f"https://{host}:{server.url.split(':')[2]}", Resolver([["127.0.0.1"]])
            if good:
                deliver(url, resolve=resolver)
            else:
                assert str(failure(url, resolve=resolver)) == "hook: no safe connection"
        assert bool(server.heads) == good


def test_h80_an_answer_without_end_is_not_read() -> None:
    sent = bytearray()

    def pour(connection: socket.socket) -> None:
        connection.sendall(answer("Transfer-Encoding: chunked"))
        while len(sent) < 50_000_000:
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent.extend(bytes(65536))

    begun = time.monotonic()
    with reading(pour) as server:
        deliver(server.url)
    assert time.monotonic() - begun < 5
    assert len(sent) < 50_000_000


def test_h80_a_receiver_that_drops_known_ids_sees_a_message_once_however_often_it_failed() -> None:
    answers: list[Answer] = [(500, {}, b""), (204, {}, b""), (204, {}, b"")]
    with receiving(lambda n: answers[n]) as receiver:
        failure(receiver.url)
        later = wall() + timedelta(seconds=60)
        deliver(receiver.url, clock=lambda: later)
        deliver(receiver.url)  # as after a crash between the answer and the note of it
    assert {request.headers["webhook-id"] for request in receiver.requests} == {"m-1"}
    assert len({request.headers["webhook-signature"] for request in receiver.requests}) > 1
    assert receiver.taken == {"m-1": json.loads(LETTER.payload)}


def test_h80_no_cookie_is_kept_and_no_proxy_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as proxy, receiving(lambda _: (204, {"Set-Cookie": "a=b; Path=/"}, b"")) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        deliver(receiver.url)
        deliver(receiver.url)
    assert proxy.requests == []
    assert not any("cookie" in request.headers for request in receiver.requests)


PUBLIC = "127.0.0.2"
INTERNET = networks(f"{PUBLIC}/32")
"""One loopback address stands for the public internet, by being the one that is allowed."""


@dataclass
class Resolver:
    """Says each answer once and then the last one for ever."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1"]
)
def test_h81_a_receiver_at_a_private_address_gets_nothing(host: str) -> None:
    with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        failed = failure(f"http://{host}:{port}/hooks/T0KEN", nets=())
    assert "STORYWIRE_ALLOW_NETS" in str(failed) or "not a web address" in str(failed)
    assert receiver.requests == []


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/", "http://[fd00:ec2::254]/", "http://100.100.100.200/"]
)
def test_h81_no_setting_opens_the_metadata_of_a_cloud(url: str) -> None:
    assert "nothing was sent" in str(failure(url, nets=networks("0.0.0.0/0,::/0")))


@pytest.mark.parametrize("answers", [["127.0.0.1"], [PUBLIC, "127.0.0.1"], ["10.0.0.1", PUBLIC], ["::ffff:7f00:1"]])
def test_h81_one_private_address_of_a_receivers_name_is_enough(answers: list[str]) -> None:
    with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        failed = failure(f"http://receiver.example:{port}/hooks/T0KEN", nets=INTERNET, resolve=Resolver([answers]))
    assert "nothing was sent" in str(failed)
    assert "receiver.example" not in str(failed)
    assert receiver.requests == []


def test_h81_a_name_that_is_bound_anew_leads_only_to_the_address_that_was_checked() -> None:
    resolver = Resolver([[PUBLIC], ["127.0.0.1"]])
    with receiving() as inside, receiving(address=PUBLIC) as receiver:
        ports = [each.url.split(":")[2].split("/")[0] for each in (receiver, inside)]
        deliver(f"http://receiver.example:{ports[0]}/hooks/T0KEN", nets=INTERNET, resolve=resolver)
        failure(f"http://receiver.example:{ports[1]}/hooks/T0KEN", nets=INTERNET, resolve=resolver)
    assert list(receiver.taken) == ["m-1"]
    assert inside.requests == []
    assert resolver.asked == ["receiver.example"] * 2


def test_h81_a_redirect_to_a_private_address_is_not_followed() -> None:
    with receiving() as inside, receiving(lambda _: (307, {"Location": inside.url}, b""), address=PUBLIC) as receiver:
        failure(receiver.url, nets=INTERNET)
    assert inside.requests == []


@pytest.mark.parametrize(
    ("address", "port"), [("127.0.0.1", 22), ("127.0.0.1", 25), ("8.8.8.8", 25), ("8.8.8.8", 6379)]
)
def test_h81_a_port_where_no_web_server_is_expected_is_refused(address: str, port: int) -> None:
    failed = failure(f"http://receiver.example:{port}/", resolve=Resolver([[address]]))
    assert "nothing was sent" in str(failed)


@dataclass
class Sample:
    """The receiver of the documentation as a process of its own."""

    url: str
    process: subprocess.Popen[bytes]
    printed: Path

    def lines(self) -> list[str]:
        """What it did: one line a message."""
        return self.printed.read_text().splitlines()


@contextmanager
def sample(folder: Path, *secrets: str) -> Iterator[Sample]:
    """docs/receiver.py, running; what it knows stays in the folder."""
    printed = folder / "printed.txt"
    with printed.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "docs/receiver.py"), "0", str(folder / "known.txt")],
            env={**os.environ, "RECEIVER_SECRETS": " ".join(secrets)},
            stdout=out,
            stderr=subprocess.PIPE,
        )
    try:
        assert process.stderr is not None
        yield Sample(process.stderr.readline().decode().split()[-1], process, printed)
    finally:
        process.kill()
        process.communicate()


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    connection = HTTPConnection(url.split("/")[2], timeout=10)
    try:
        connection.request("POST", "/", body, headers)
        return connection.getresponse().status
    finally:
        with suppress(OSError):
            connection.close()


def captured(secrets: tuple[str, ...] = (SECRET,), ago: timedelta = timedelta(0)) -> dict[str, str]:
    """The headers of a message that Storywire sent so long ago."""
    with receiving(secret=None) as receiver:
        deliver(receiver.url, secrets=secrets, clock=lambda: wall() - ago)
    return {k: v for k, v in receiver.requests[0].headers.items() if k.startswith("webhook-")}


def test_h83_the_sample_receiver_takes_a_message_once_also_when_it_is_replayed_or_started_anew(tmp_path: Path) -> None:
    headers = captured()
    with sample(tmp_path, SECRET) as receiver:
        assert [post(receiver.url, headers, LETTER.payload) for _ in range(3)] == [204] * 3
        deliver(receiver.url)
        assert receiver.lines() == [LETTER.payload.decode()]
    with sample(tmp_path, SECRET) as receiver:
        deliver(receiver.url)
        deliver(receiver.url, replace(LETTER, message_id="m-2"))
        assert receiver.lines() == [LETTER.payload.decode()] * 2
    assert (tmp_path / "known.txt").read_text() == "m-1\nm-2\n"


def test_h83_the_sample_receiver_refuses_what_nobody_signed(tmp_path: Path) -> None:
    headers = captured()
    stamp = str(int(headers["webhook-timestamp"]) + 1)
    forged = {
        "a changed body": (headers, LETTER.payload + b" "),
        "another id": ({**headers, "webhook-id": "m-2"}, LETTER.payload),
        "another time": ({**headers, "webhook-timestamp": stamp}, LETTER.payload),
        "no signature": ({k: v for k, v in headers.items() if k != "webhook-signature"}, LETTER.payload),
        "an odd signature": ({**headers, "webhook-signature": "v1"}, LETTER.payload),
        "a signature not in base64": ({**headers, "webhook-signature": "v1,a"}, LETTER.payload),
        "a signature of another kind": ({**headers, "webhook-signature": "v2," + "A" * 44}, LETTER.payload),
        "no UTF-8": (headers, b"\xff\xfe"),
        "no headers": ({}, LETTER.payload),
    }
    with sample(tmp_path, SECRET) as receiver:
        assert {name: post(receiver.url, *given) for name, given in forged.items()} == dict.fromkeys(forged, 401)
        assert post(receiver.url, headers, b"x" * 100_000) == 413
        assert receiver.lines() == []
        deliver(receiver.url)  # and it still works


def test_h83_a_message_that_is_ten_minutes_old_is_refused(tmp_path: Path) -> None:
    with sample(tmp_path, SECRET) as receiver:
        for ago in (timedelta(minutes=10), timedelta(minutes=-10)):
            assert post(receiver.url, captured(ago=ago), LETTER.payload) == 401
        assert post(receiver.url, captured(ago=timedelta(minutes=4)), LETTER.payload) == 204


def test_h83_while_a_secret_is_changed_either_is_good_on_both_sides(tmp_path: Path) -> None:
    both = (OTHER_SECRET, SECRET)
    for number, (signs, checks) in enumerate([(both, (SECRET,)), (both, (OTHER_SECRET,)), ((SECRET,), both)]):
        with sample(tmp_path, *checks) as receiver:
            deliver(receiver.url, replace(LETTER, message_id=f"m-{number}"), secrets=signs)
    with sample(tmp_path, OTHER_SECRET) as receiver, pytest.raises(DeliveryError, match="HTTP 401"):
        deliver(receiver.url, replace(LETTER, message_id="m-9"))
    assert (tmp_path / "known.txt").read_text() == "m-0\nm-1\nm-2\n"


def test_h83_a_signature_is_what_the_specification_says_computed_by_hand() -> None:
    headers = captured()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + LETTER.payload
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
