"""Servers that mean harm (H01 to H43): each costs its own feed one failure in words, and no other feed anything."""

import gzip
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import count

import pytest

from storywire.nouns import FeedState
from tasks.workers import Workers
from tests.hostile.inputs import BAD, GOOD, INSIDE, ITEMS, RSS, rss, zeros
from tests.hostile.looks import NOW, Names, beside_a_good_one, failure, feed, good_server, look
from tests.hostile.raw import Raw, Script, answer, chunked, saying
from tests.server import Answer, serving

HOUR = timedelta(hours=1)


@pytest.fixture
def canary() -> Iterator[Raw]:
    """A server inside the network, which must never be asked."""
    with saying(answer("Content-Length: 6", body=b"secret"), address=INSIDE) as raw:
        yield raw
        assert raw.heads == []


def port_of(raw: Raw) -> str:
    return raw.url.rstrip("/").rpartition(":")[2]


HOSTS = {
    "H01": "127.0.0.1",
    "H02": "localhost",
    "H03": "LOCALHOST.",
    "H04": "0",
    "H05": "127.1",
    "H06": "0x7f000001",
    "H07": "2130706433",
    "H08": "0177.0.0.1",
    "H09": "[::1]",
    "H10": "[::ffff:127.0.0.1]",
    "H11": "[::127.0.0.1]",
    "H12": "[64:ff9b::7f00:1]",
    "H13": "[2002:7f00:1::]",
    "H14": "169.254.169.254",
    "H15": "[fd00:ec2::254]",
    "H16": "100.100.100.200",
    "H17": "168.63.129.16",
    "H18 ten": "10.0.0.1",
    "H18 a hundred and seventy-two": "172.16.0.1",
    "H18 a hundred and ninety-two": "192.168.0.1",
    "H26 a user name": f"user@{INSIDE}",
    "H26 a public user name": f"{GOOD}:80@{INSIDE}",
    "H26 a zero byte": f"{INSIDE}%00.public.example",
    "H26 digits in circles": "①②⑦.⓪.⓪.①",
    "H26 wide digits": "１２７.０.０.１",
    "H26 a final dot": f"{INSIDE}.",
    "H26 a backslash": f"public.example\\@{INSIDE}",
}


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
def test_an_address_inside_the_network_is_refused_before_anything_is_sent(
    host: str, canary: Raw, workers: Workers
) -> None:
    poll = beside_a_good_one(workers, f"http://{host}:{port_of(canary)}/feed")
    assert re.search("not a web address|resolves to", failure(poll))


@pytest.mark.parametrize("host", HOSTS.values(), ids=[f"H22 to {name}" for name in HOSTS])
def test_h22_a_redirect_inside_is_refused_at_that_hop(host: str, canary: Raw, workers: Workers) -> None:
    location = f"http://{host}:{port_of(canary)}/".encode().decode("latin-1")
    with serving({"/": (302, {"Location": location}, b"")}, address=BAD) as server:
        poll = beside_a_good_one(workers, server.url + "/")
        assert re.search("not a web address|resolves to", failure(poll))
        assert server.paths() == ["/"]


@pytest.mark.parametrize("location", ["//127.0.0.1:P/", "http:///x", "http:///127.0.0.1:P/", "/\\127.0.0.1:P/"])
def test_h22_a_redirect_without_scheme_or_host_leads_nowhere_else(location: str, canary: Raw, workers: Workers) -> None:
    headers = {"Location": location.replace("P", port_of(canary))}
    with serving({"/": (302, headers, b"")}, address=BAD) as server:
        failure(beside_a_good_one(workers, server.url + "/"))


@pytest.mark.parametrize("answers", [[GOOD, INSIDE], [INSIDE, GOOD], [GOOD, "10.0.0.1"], [GOOD, "::1"]], ids=str)
def test_h19_one_private_address_of_a_name_is_enough(answers: list[str], canary: Raw, workers: Workers) -> None:
    poll = beside_a_good_one(workers, f"http://news.example:{port_of(canary)}/", resolve=Names(answers))
    assert "resolves to" in failure(poll)


def test_h20_a_name_that_is_bound_anew_leads_only_to_the_address_that_was_checked(
    canary: Raw, workers: Workers
) -> None:
    with serving({"/": (200, {"Connection": "close"}, RSS)}, address=BAD) as server:
        url, names = f"http://news.example:{server.url.rpartition(':')[2]}/", Names([BAD], [INSIDE])
        first = beside_a_good_one(workers, url, resolve=names)
        assert len(first.entries) == len(ITEMS)
        assert f"resolves to {INSIDE}" in failure(beside_a_good_one(workers, url, resolve=names))
        assert len(server.requests) == 1


def test_h21_a_name_that_could_not_be_resolved_is_not_tried_with_what_it_says_later(
    canary: Raw, workers: Workers
) -> None:
    names = Names(OSError("no such name"), [INSIDE])
    poll = beside_a_good_one(workers, f"http://news.example:{port_of(canary)}/", resolve=names)
    assert failure(poll) == "cannot be reached: no such name"


@pytest.mark.parametrize("port", [22, 25, 6379], ids=lambda port: f"H26 port {port}")
def test_h26_a_port_where_no_web_server_is_expected_is_refused(port: int, workers: Workers) -> None:
    poll = beside_a_good_one(workers, f"http://news.example:{port}/", resolve=Names(["8.8.8.8"]))
    assert f"asks for port {port}" in failure(poll)


def test_h27_the_environments_proxy_is_not_asked(
    canary: Raw, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url)
    with serving({"/": (200, {}, RSS)}, address=BAD) as server:
        assert len(beside_a_good_one(workers, server.url + "/").entries) == len(ITEMS)


def endless(*headers: str, part: bytes = b" " * 65536) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        connection.sendall(answer(*headers))
        while True:
            connection.sendall(part)

    return script


def flood(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)


Case = tuple[Script, str]
"""What a server sends, and what must stand in the feed's reason."""

WHOLE = f"Content-Length: {len(RSS)}"
GZIP = "Content-Encoding: gzip"
PACKED = gzip.compress(RSS)
CASES: dict[str, Case] = {
    "H23 a file": (answer("Location: file:///etc/passwd", status="302 Found"), "not a web address"),
    "H23 ftp": (answer(f"Location: ftp://{GOOD}/", status="302 Found"), "not a web address"),
    "H23 gopher": (answer(f"Location: gopher://{GOOD}/_GET", status="302 Found"), "not a web address"),
    "H23 data": (answer("Location: data:text/xml,<rss/>", status="302 Found"), "not a web address"),
    "H23 javascript": (answer("Location: javascript:alert(1)", status="302 Found"), "not a web address"),
    "H24 a loop": (answer("Location: /", "Content-Length: 0", status="302 Found"), "redirected more than 5 times"),
    "H28 512 MB of gzip": (answer(GZIP, body=zeros(512)), "^too large$"),
    "H29 gzip in gzip in gzip": (answer("Content-Encoding: gzip, gzip, gzip", body=PACKED), "unsupported encoding"),
    "H29 in three lines": (answer(GZIP, GZIP, GZIP, body=PACKED), "unsupported encoding"),
    "H29 in several parts": (answer(GZIP, body=PACKED + zeros(512)), "unsupported encoding"),
    "H30 brotli": (answer("Content-Encoding: br", body=PACKED), "unsupported encoding 'br'"),
    "H31 zstd": (answer("Content-Encoding: zstd", body=PACKED), "unsupported encoding 'zstd'"),
    "H34 without end": (endless(), "^too large$"),
    "H34 chunks without end": (endless("Transfer-Encoding: chunked", part=chunked(b" " * 65536)), "^too large$"),
    "H34 one chunk without end": (endless("Transfer-Encoding: chunked", part=b"F" * 65536), "not HTTP"),
    "H34 a length beyond all": (endless(f"Content-Length: {2**63}"), "^too large$"),
    "H35 a header of 5 MB": (answer("X: " + "a" * 5_000_000), "not HTTP"),
    "H35 10,000 headers": (answer(*(f"X-{n}: {'a' * 20}" for n in range(10_000))), "not HTTP"),
    "H35 a flood of 1xx": (flood, "timed out"),
    "H35 headers without end": (endless("X: a", part=b"Y: b\r\n" * 1000), "not HTTP|too large"),
    "H35 two lengths": (answer("Content-Length: 5", "Content-Length: 6", body=RSS), "not HTTP"),
    "H35 no HTTP at all": (b"220 mail.example ESMTP ready\r\n", "not HTTP"),
    "H35 nothing at all": (b"", "not HTTP|lost|reached"),
    "H36 a length beyond the body": (answer(f"Content-Length: {len(RSS) + 1}", body=RSS), "^truncated$"),
    "H36 chunks that were cut": (answer("Transfer-Encoding: chunked", body=chunked(RSS)), "^truncated$"),
    "H36 a chunk that was cut": (answer("Transfer-Encoding: chunked", body=b"fff\r\n" + RSS), "^truncated$"),
    "H36 gzip that was cut": (answer(GZIP, body=PACKED[:-9]), "^truncated$"),
    "H37 a length of nothing": (answer("Content-Length: 0"), "empty"),
    "H37 an empty 200": (answer(), "empty"),
    "H37 a 204": (answer(status="204 No Content"), "^HTTP 204, which has no document$"),
    "H38 text that says it is gzip": (answer(GZIP, WHOLE, body=RSS), "unsupported encoding: it says gzip"),
    "H38 a coding that nobody knows": (answer("Content-Encoding: x-evil", body=RSS), "unsupported encoding"),
    "H38 a coding of the transfer": (answer("Transfer-Encoding: gzip, chunked", body=RSS), "not HTTP"),
    "H39 a 304 that nobody asked for": (answer(status="304 Not Modified"), "HTTP 304 to a request without"),
}


@pytest.mark.parametrize(("script", "reason"), CASES.values(), ids=CASES.keys())
def test_a_hostile_answer_is_one_failure_in_words(script: Script, reason: str, workers: Workers) -> None:
    with saying(script, address=BAD) as server:
        poll = beside_a_good_one(workers, server.url, deadline=2)
    assert re.search(reason, failure(poll)), poll.feed.reason


def test_h24_r30_of_a_chain_of_21_redirects_no_more_than_five_are_followed(workers: Workers) -> None:
    hops = {f"/{n}": (302, {"Location": f"/{n + 1}"}, b"") for n in range(21)}
    with serving({**hops, "/21": (200, {}, RSS)}, address=BAD) as server:
        assert "redirected more than 5 times" in failure(beside_a_good_one(workers, server.url + "/0"))
        assert server.paths() == [f"/{n}" for n in range(6)]


def test_h25_what_a_server_gave_is_not_sent_to_another(workers: Workers) -> None:
    with serving({"/": (200, {}, RSS)}, address=GOOD) as other:
        with serving({"/": (200, {"ETag": '"theirs"', "Last-Modified": "yesterday"}, RSS)}, address=BAD) as server:
            known = look(workers, feed(server.url + "/")).polls[server.url + "/"].feed
            server.routes["/"] = (302, {"Location": other.url + "/"}, b"")
            look(workers, known, now=NOW + HOUR)
        assert server.requests[-1].headers["if-none-match"] == '"theirs"'
        secrets = {"authorization", "cookie", "referer", "if-none-match", "if-modified-since"}
        assert not secrets & other.requests[0].headers.keys()


def drip(*before: bytes, part: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        connection.sendall(b"".join(before))
        while True:
            connection.sendall(part)
            time.sleep(0.05)

    return script


def silent(connection: socket.socket) -> None:
    connection.recv(1)


def refuse_to_read(connection: socket.socket) -> None:
    connection.sendall(answer("Content-Length: 1000000", body=b"x"))
    connection.recv(1)


SLOW: dict[str, Script] = {
    "H32 a body in drops": drip(answer("Content-Length: 1000000"), part=b" "),
    "H32 chunks in drops": drip(answer("Transfer-Encoding: chunked"), part=chunked(b" ")),
    "H32 gzip in drops": drip(answer(GZIP), part=zeros(0)[:10]),
    "H32 a body that stops": refuse_to_read,
    "H33 a header in drops": drip(b"HTTP/1.1 200 OK\r\nX: ", part=b"a"),
    "H33 headers in drops": drip(b"HTTP/1.1 200 OK\r\n", part=b"X: a\r\n"),
    "H33 a status in drops": drip(part=b"H"),
    "H33 nothing": silent,
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW.keys())
def test_a_server_that_drips_is_left_at_the_deadline(script: Script, workers: Workers) -> None:
    with saying(script, address=BAD) as server:
        found = look(workers, feed(server.url), feed(f"http://{GOOD}:1/"), deadline=0.5)
    assert re.search("^timed out after 0.5 s$|unsupported|not HTTP", found.polls[server.url].feed.reason or "")
    assert max(found.seconds.values()) < 1.5


def test_h32_slow_servers_delay_no_other_feed(workers: Workers) -> None:
    with good_server() as good, saying(SLOW["H32 a body in drops"], BAD) as one, saying(silent, BAD) as other:
        slow = [feed(one.url), feed(f"http://news.example:{other.url.rpartition(':')[2]}")]
        found = look(workers, *slow, feed(good.url + "/feed"), deadline=4, resolve=Names([BAD]))
    assert found.seconds[good.url + "/feed"] < 3
    assert min(found.seconds[each.url] for each in slow) > 3.5


@pytest.mark.parametrize("half", [len(RSS) - 60, RSS.rindex(b"</title>"), RSS.rindex(b"<title>") + 3])
def test_h36_of_a_body_that_was_cut_without_a_sign_the_last_entry_is_dropped(half: int, workers: Workers) -> None:
    assert RSS.rindex(b"<item>") < half < RSS.rindex(b"</item>")
    with saying(answer("Content-Type: application/rss+xml", 'ETag: "1"', body=RSS[:half]), address=BAD) as server:
        poll = beside_a_good_one(workers, server.url)
    assert [entry.guid for entry in poll.entries] == [str(n) for n in range(10)]
    assert "the document ends inside its last item, which was dropped" in poll.feed.health[0]


def test_h36_after_a_body_that_was_cut_the_whole_one_is_asked_for(workers: Workers) -> None:
    cut = RSS[: RSS.rindex(b"</title>")]
    with serving({"/": (200, {"ETag": '"1"'}, [cut])}, address=BAD) as server:
        first = look(workers, feed(server.url + "/")).polls[server.url + "/"]
        server.routes["/"] = lambda asked: (
            (304, {}, b"") if "if-none-match" in asked.headers else (200, {"ETag": '"1"'}, RSS)
        )
        second = look(workers, first.feed, now=NOW + HOUR).polls[server.url + "/"]
    assert len(first.entries) == 10
    assert len(second.entries) == 11


def test_h39_a_304_with_a_body_is_a_304_and_its_body_no_answer_to_anything(workers: Workers) -> None:
    forged = answer("Content-Length: 200", status="304 Not Modified", body=answer("Content-Length: 6", body=b"forged"))
    turn = count()

    def script(connection: socket.socket) -> None:
        connection.sendall(answer('ETag: "1"', body=RSS) if next(turn) < 3 else forged)

    with saying(script, address=BAD) as server:
        first = look(workers, *(feed(f"{server.url}{n}") for n in range(3)))
        second = look(workers, *(poll.feed for poll in first.polls.values()), now=NOW + HOUR)
    assert [poll.feed.state for poll in second.polls.values()] == [FeedState.OK] * 3
    assert not any(poll.entries for poll in second.polls.values())
    assert [b"if-none-match" in head.lower() for head in server.heads] == [False] * 3 + [True] * 3


@pytest.mark.parametrize("lie", ["H39 304 to all", "H39 the same validator for other bytes"])
def test_a_server_that_lies_about_what_is_new_is_found_out_within_a_day(lie: str, workers: Workers) -> None:
    with serving({"/": (200, {"ETag": '"1"'}, rss(*ITEMS[:3]))}, address=BAD) as server:
        poll = look(workers, feed(server.url + "/")).polls[server.url + "/"]
        server.routes["/"] = lambda asked: (
            (304, {"ETag": '"1"'}, b"")
            if "304" in lie and "if-none-match" in asked.headers
            else (200, {"ETag": '"1"'}, RSS)
        )
        found, now = set[str | None](), NOW
        while now < NOW + timedelta(hours=25):
            now += HOUR
            poll = look(workers, poll.feed, now=now).polls[server.url + "/"]
            found |= {entry.guid for entry in poll.entries}
    assert found >= {str(n) for n in range(11)}


WAITS: dict[str, tuple[str, float | None]] = {
    "H40 negative": ("-1", None),
    "H40 1e9": ("1e9", None),
    "H40 a billion": ("1000000000", 86_400),
    "H40 a number without end": ("9" * 5000, 86_400),
    "H40 a fruit": ("banana", None),
    "H40 over": ("Thu, 01 Jan 1970 00:00:00 GMT", None),
    "H40 88 hours": (str(88 * 3600), 86_400),
    "H40 five hours": (str(5 * 3600), 5 * 3600),
    "H40 digits of another script": ("١٢٣٤٥", None),
}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("given", "seconds"), WAITS.values(), ids=WAITS.keys())
def test_what_a_server_says_of_waiting_is_kept_to_within_a_day(
    given: str, seconds: float | None, status: int, workers: Workers
) -> None:
    headers = {"Retry-After": given.encode().decode("latin-1")}
    with serving({"/": (status, headers, b"")}, address=BAD) as server:
        poll = beside_a_good_one(workers, server.url + "/")
    assert f"HTTP {status}" in failure(poll)
    wait = poll.feed.next_check_at - NOW
    assert timedelta(minutes=15) <= wait <= timedelta(hours=26)
    if seconds is not None:
        assert wait >= timedelta(seconds=seconds)
    else:
        assert wait < timedelta(hours=3)


def test_h41_a_host_that_is_asked_too_often_is_left_alone_and_delays_no_other(workers: Workers) -> None:
    busy: Answer = (429, {"Retry-After": "7200"}, b"")
    with serving({f"/{n}": busy for n in range(500)}, address=BAD) as server, good_server() as good:
        found = look(workers, *(feed(f"{server.url}/{n}") for n in range(500)), feed(good.url + "/feed"))
        assert len(server.requests) <= 2
    assert found.seconds[good.url + "/feed"] < 10
    there = [poll.feed for poll in found.polls.values() if poll.feed.url.startswith(server.url)]
    assert len(there) == 500
    assert sum(each.failures for each in there) <= 2
    assert min(each.next_check_at for each in there) >= NOW + timedelta(hours=2)
    assert len({each.next_check_at for each in there}) > 250, "they do not all come back at once"


def test_h43_no_cookie_is_kept_on_the_way_through_a_tracker(workers: Workers) -> None:
    cookie = {"Set-Cookie": f"id=1; Path=/; Domain={BAD}"}
    routes: Mapping[str, Answer] = {
        "/": (302, {"Location": "/tracked", **cookie}, b""),
        "/tracked": (302, {"Location": "/feed", **cookie}, b""),
        "/feed": (200, cookie, RSS),
    }
    with serving(routes, address=BAD) as server:
        again = feed(server.url + "/feed")
        look(workers, feed(server.url + "/"), again)
        look(workers, again)
        assert len(server.requests) == 5
        assert not any("cookie" in request.headers for request in server.requests)


def test_names_that_no_server_answers_for_delay_no_other_feed(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    real = socket.getaddrinfo

    def hanging(host: str, *more: object) -> object:
        if host.endswith(".example"):
            told.wait(20)
            raise OSError("no such name")
        return real(host, *more)  # type: ignore[call-overload]

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    try:
        with good_server() as server:
            bad = [feed(f"http://n{n}.example/") for n in range(30)]
            found = look(workers, *bad, feed(server.url + "/feed"), deadline=1)
    finally:
        told.set()
    assert len(found.polls[server.url + "/feed"].entries) == len(ITEMS)
    assert max(found.seconds.values()) < 10
