"""Laws of fetching, against a real local server."""

import asyncio
import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from storywire.errors import FetchError
from tasks.fetch import MAX_BODY_BYTES, MAX_WIRE_BYTES, HttpFetcher, Response
from tests.hostile.raw import answer, saying
from tests.server import LOOPBACK, Answer, Request, Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving({"/": (200, {"Content-Type": "text/xml"}, b"<rss/>")}) as server:
        yield server


def fetch(url: str, deadline: float = 5.0, contact: str | None = None, **conditions: str) -> Response:
    async def main() -> Response:
        async with HttpFetcher(contact, timedelta(seconds=deadline), LOOPBACK) as fetcher:
            return await fetcher.fetch(url, **conditions)

    return asyncio.run(main())


def refusal(url: str, deadline: float = 5.0, **conditions: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, deadline, **conditions)
    assert "\n" not in caught.value.reason
    return caught.value


def test_a_document_comes_with_what_the_server_said_of_it(server: Server) -> None:
    headers = {"Content-Type": "text/xml", "ETag": 'W/"a"', "Last-Modified": "x", "Cache-Control": "max-age=7200"}
    server.routes["/"] = (200, headers, b"<rss/>")
    expected = Response(200, server.url + "/", b"<rss/>", "text/xml", 'W/"a"', "x", timedelta(hours=2))
    assert fetch(server.url + "/") == expected


def test_a_request_says_who_asks_and_asks_for_gzip_only(server: Server) -> None:
    fetch(server.url + "/", contact="https://example.org/bot")
    headers = server.requests[0].headers
    assert headers["user-agent"].startswith("Storywire/")
    assert headers["user-agent"].endswith("(+https://example.org/bot)")
    assert headers["accept-encoding"] == "gzip"
    assert "application/atom+xml" in headers["accept"]
    assert not {"cookie", "referer", "if-none-match", "if-modified-since"} & headers.keys()


def test_validators_go_out_byte_for_byte_and_a_304_brings_no_body(server: Server) -> None:
    server.routes["/"] = (304, {"ETag": '"2"'}, b"")
    response = fetch(server.url + "/", etag='W/"é1"', last_modified="yesterday")
    assert (response.status, response.body, response.etag) == (304, b"", '"2"')
    assert server.requests[0].headers["if-none-match"] == 'W/"é1"'
    assert server.requests[0].headers["if-modified-since"] == "yesterday"


def test_validators_of_what_must_not_be_stored_are_not_kept(server: Server) -> None:
    server.routes["/"] = (200, {"ETag": '"1"', "Cache-Control": "private, no-store"}, b"x")
    assert fetch(server.url + "/").etag is None


def test_a_304_that_nobody_asked_for_is_an_error(server: Server) -> None:
    server.routes["/"] = (304, {}, b"")
    assert refusal(server.url + "/").status == 304


@pytest.mark.parametrize("status", [203, 204, 206, 302, 400, 404, 410, 500])
def test_only_a_200_is_a_document(server: Server, status: int) -> None:
    server.routes["/"] = (status, {}, b"")
    error = refusal(server.url + "/")
    assert error.reason == (f"HTTP {status}, which has no document" if status == 204 else f"HTTP {status}")
    assert (error.status, error.network_down) == (status, False)


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [("120", 120.0), ("-1", None), ("banana", None), ("Thu, 01 Jan 1970 00:00:00 GMT", None), ("", None)],
)
def test_retry_after_is_read_where_it_makes_sense(server: Server, given_value: str, expected: float | None) -> None:
    server.routes["/"] = (429, {"Retry-After": given_value}, b"")
    assert refusal(server.url + "/").retry_after == expected


def test_a_date_to_retry_after_is_read_against_the_servers_own_clock(server: Server) -> None:
    dates = {"Date": "Wed, 01 Jul 2026 10:00:00 GMT", "Retry-After": "Wed, 01 Jul 2026 11:00:00 GMT"}
    server.routes["/"] = (503, dates, b"")
    assert refusal(server.url + "/").retry_after == 3600


def test_a_gzipped_body_is_inflated(server: Server) -> None:
    server.routes["/"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 100_000))
    assert fetch(server.url + "/").body == b"x" * 100_000


def test_a_bomb_is_stopped_before_it_opens(server: Server) -> None:
    bomb = gzip.compress(b"\0" * (MAX_BODY_BYTES * 4), 9)
    server.routes["/"] = (200, {"Content-Encoding": "gzip"}, bomb)
    assert refusal(server.url + "/").reason == "too large"


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "deflate", "x-evil"])
def test_an_encoding_that_was_not_asked_for_is_refused(server: Server, coding: str) -> None:
    server.routes["/"] = (200, {"Content-Encoding": coding}, zlib.compress(b"x"))
    assert "unsupported encoding" in refusal(server.url + "/").reason


def test_text_that_says_it_is_gzip_is_refused(server: Server) -> None:
    server.routes["/"] = (200, {"Content-Encoding": "gzip"}, b"<rss/>")
    assert "unsupported encoding" in refusal(server.url + "/").reason


def test_a_body_of_several_parts_is_refused_and_not_cut_after_the_first(server: Server) -> None:
    parts = gzip.compress(b"<rss>") + gzip.compress(b"</rss>")
    server.routes["/"] = (200, {"Content-Encoding": "gzip"}, parts)
    assert refusal(server.url + "/").reason == "unsupported encoding: gzip in several parts"
    server.routes["/"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"<rss/>") + bytes(100))
    assert fetch(server.url + "/").body == b"<rss/>", "padding is no part"


def test_a_body_without_end_is_stopped(server: Server) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    server.routes["/"] = lambda _: (200, {}, endless())
    assert refusal(server.url + "/").reason == "too large"
    assert MAX_WIRE_BYTES < MAX_BODY_BYTES


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Encoding": "gzip"}, gzip.compress(b"<rss>" * 1000)[:-20]),
        ({"Content-Length": "100"}, [b"<rss>"]),
        ({"Transfer-Encoding": "chunked"}, [b"5\r\n<rss>\r\n"]),
    ],
    ids=["gzip", "length", "chunked"],  # gzip writes the time: each process would collect another name
)
def test_a_body_that_was_cut_is_told_from_a_whole_one(
    server: Server, headers: dict[str, str], body: bytes | list[bytes]
) -> None:
    server.routes["/"] = (200, headers, body)
    assert refusal(server.url + "/").reason == "truncated"


def test_one_deadline_bounds_a_server_that_drips_its_body(server: Server) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(50):
            time.sleep(0.1)
            yield b"x"

    server.routes["/"] = lambda _: (200, {}, drip())
    begun = time.monotonic()
    assert refusal(server.url + "/", deadline=0.5).reason == "timed out after 0.5 s"
    assert time.monotonic() - begun < 2


def test_one_deadline_bounds_a_server_that_does_not_answer(server: Server) -> None:
    def silent(_: Request) -> Answer:
        time.sleep(2)
        return 200, {}, b""

    server.routes["/"] = silent
    assert "timed out" in refusal(server.url + "/", deadline=0.3).reason


def test_a_host_that_cannot_be_reached_is_told_from_one_that_fails() -> None:
    with serving() as closed:
        url = closed.url
    assert refusal(url + "/").network_down
    assert refusal("http://no-such-host.invalid/").network_down


def test_what_does_not_speak_http_is_an_error_in_words(server: Server) -> None:
    reason = refusal(server.url.replace("http:", "https:") + "/").reason
    assert reason == "no safe connection: it does not speak TLS"


def test_redirects_are_followed_and_the_last_address_is_told(server: Server) -> None:
    server.routes |= {"/a": (301, {"Location": "/b#part"}, b""), "/b": (302, {"Location": server.url + "/"}, b"")}
    response = fetch(server.url + "/a", etag='"1"')
    assert (response.url, response.body) == (server.url + "/", b"<rss/>")
    assert [r.headers.get("if-none-match") for r in server.requests] == ['"1"'] * 3


def test_validators_are_not_sent_to_another_origin(server: Server) -> None:
    with serving({"/": (200, {}, b"x")}) as other:
        server.routes["/a"] = (302, {"Location": other.url + "/"}, b"")
        fetch(server.url + "/a", etag='"1"')
        assert "if-none-match" not in other.requests[0].headers


def test_cookies_are_neither_kept_nor_sent(server: Server) -> None:
    server.routes["/a"] = (302, {"Location": "/", "Set-Cookie": "id=1; Path=/"}, b"")
    fetch(server.url + "/a")
    assert "cookie" not in server.requests[1].headers


def test_a_chain_of_redirects_ends_after_five(server: Server) -> None:
    server.routes["/a"] = (302, {"Location": "/a"}, b"")
    assert "redirected more than" in refusal(server.url + "/a").reason
    assert len(server.requests) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/", "javascript:alert(1)"])
def test_a_redirect_to_what_is_not_the_web_is_refused(server: Server, target: str) -> None:
    server.routes["/a"] = (302, {"Location": target}, b"")
    assert "not a web address" in refusal(server.url + "/a").reason


@pytest.mark.parametrize("target", ["http://[", "http://exa%00mple.org/", "http://a b/", "http://" + "a" * 300 + "/"])
def test_a_redirect_to_an_impossible_address_is_an_error_in_words(server: Server, target: str) -> None:
    server.routes["/a"] = (302, {"Location": target}, b"")
    refusal(server.url + "/a")


def test_the_environments_proxies_are_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetch(server.url + "/").status == 200


def test_no_more_than_two_requests_run_against_one_host(server: Server) -> None:
    running, most = 0, 0

    def slow(_: Request) -> Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.05)
        running -= 1
        return 200, {}, b"x"

    server.routes["/"] = slow

    async def main() -> None:
        async with HttpFetcher(allow_nets=LOOPBACK) as fetcher:
            await asyncio.gather(*(fetcher.fetch(server.url + "/") for _ in range(8)))

    asyncio.run(main())
    assert most == 2


def test_who_waits_for_others_to_be_answered_does_not_wait_on_the_own_deadline() -> None:
    def slow(connection: socket.socket) -> None:
        time.sleep(0.6)
        connection.sendall(answer("Content-Length: 1", body=b"x"))

    async def main(urls: list[str]) -> list[Response]:
        async with HttpFetcher(None, timedelta(seconds=1), LOOPBACK) as fetcher:
            return await asyncio.gather(*map(fetcher.fetch, urls))

    with saying(slow, address="0.0.0.0") as everywhere:
        urls = [everywhere.url.replace("0.0.0.0", f"127.0.0.{n}") for n in range(1, 31)]
        assert len(asyncio.run(main(urls))) == 30


@pytest.mark.parametrize("headers", [{"X": "a" * 5_000_000}, {f"X-{n}": "a" * 20 for n in range(10_000)}], ids=len)
def test_headers_are_bounded_too(server: Server, headers: dict[str, str]) -> None:
    server.routes["/"] = (200, headers, b"<rss/>")
    assert refusal(server.url + "/").reason == "the answer is not HTTP"


def test_one_deadline_bounds_a_server_that_only_ever_begins_to_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def flood() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                while True:
                    connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)

        thread = threading.Thread(target=flood)
        thread.start()
        begun = time.monotonic()
        assert "timed out" in refusal(f"http://127.0.0.1:{listening.getsockname()[1]}/", deadline=0.5).reason
        assert time.monotonic() - begun < 2
        thread.join()


def test_a_redirect_in_letters_of_another_script_is_followed(server: Server) -> None:
    server.routes |= {"/a": (302, {"Location": "/caf\u00e9".encode().decode("latin-1")}, b"")}
    server.routes["/caf%C3%A9"] = (200, {}, b"found")
    assert fetch(server.url + "/a").body == b"found"


@pytest.mark.parametrize("url", ["http://user@{}/", "http://user:secret@{}/", "http://127.1:80/", "http://0x7f.1/"])
def test_an_address_with_a_user_name_or_in_odd_numbers_is_not_asked(server: Server, url: str) -> None:
    assert refusal(url.format(server.url.removeprefix("http://"))).reason == "not a web address"
    assert server.requests == []


def test_no_more_than_two_requests_run_against_the_host_that_others_redirect_to(server: Server) -> None:
    running, most = 0, 0

    def slow(_: Request) -> Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.05)
        running -= 1
        return 200, {}, b"x"

    with serving({"/": slow}, address="127.0.0.2") as target:
        server.routes["/a"] = (302, {"Location": target.url + "/"}, b"")

        async def main() -> None:
            async with HttpFetcher(allow_nets=LOOPBACK) as fetcher:
                hosts = (server.url.replace("127.0.0.1", name) for name in ("127.0.0.1", "localhost"))
                await asyncio.gather(*(fetcher.fetch(f"{host}/a") for host in hosts for _ in range(4)))

        asyncio.run(main())
    assert most == 2
