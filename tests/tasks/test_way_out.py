"""Nothing that a feed, a page, a server or a name server says leads a request where none may go.

The canary is a real server on this machine that must never be connected to. Only names are made up: their addresses
come from a resolver that is as malicious as the network can be. One other server, on 127.0.0.2, stands for the public
internet, by being the one address that is allowed.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from storywire import addresses
from storywire.addresses import Net, networks
from storywire.errors import AddressError, FetchError
from tasks.connect import look_up
from tasks.fetch import HttpFetcher, Response
from tasks.robots import PageFetcher
from tests.server import LOOPBACK, Answer, Request, Server, serving

PUBLIC = "127.0.0.2"
INTERNET = networks(f"{PUBLIC}/32")
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@dataclass
class Canary:
    """A server that notes the address of this machine at which it was reached, and answers."""

    port: int
    hits: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    """Listens on all addresses of this machine, IPv4 and IPv6; on PUBLIC it is a server of the internet."""
    with socket.create_server(("", 0)) as four:
        port = four.getsockname()[1]
        listening = [four]
        with suppress(OSError):
            listening.append(socket.create_server(("::", port), family=socket.AF_INET6))
        bird = Canary(port)

        def watch(server: socket.socket) -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                if (at := connection.getsockname()[0]) != PUBLIC:
                    bird.hits.append(at)
                with connection, suppress(OSError):
                    connection.settimeout(2)
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")

        for server in listening:
            threading.Thread(target=watch, args=(server,), daemon=True).start()
        yield bird
        for server in listening:
            server.close()


@pytest.fixture(autouse=True)
def unharmed(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The canary's port is one that may be asked, so that its address alone protects it."""
    monkeypatch.setattr(addresses, "PORTS", addresses.PORTS | {canary.port})
    canary.hits.clear()
    yield
    assert canary.hits == []


@pytest.fixture
def internet() -> Iterator[Server]:
    with serving({"/": (200, {"Connection": "close"}, b"public")}, address=PUBLIC) as server:
        yield server


Answers = Sequence[str] | Exception


class Names:
    """A resolver: each look-up of a made-up name gives the next of its answers, and the last one for ever."""

    def __init__(self, **names: Sequence[Answers]) -> None:
        self._names = {f"{name}.example": list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self._names:
            return await look_up(host, port)
        answers = self._names[host]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def fetch(*urls: str, names: Names | None = None, nets: Sequence[Net] = INTERNET) -> list[Response | FetchError]:
    """What comes of asking for one address after the other, with one fetcher."""

    async def main() -> list[Response | FetchError]:
        found: list[Response | FetchError] = []
        async with HttpFetcher(None, timedelta(seconds=5), nets, names or Names()) as fetcher:
            for url in urls:
                try:
                    found.append(await fetcher.fetch(url))
                except FetchError as error:
                    found.append(error)
        return found

    return asyncio.run(main())


def refused(found: Response | FetchError) -> bool:
    """Whether nothing came, and not because of the port or of a slow network."""
    return isinstance(found, FetchError) and (
        found.reason.startswith("not a web address") or (isinstance(found, AddressError) and "port" not in found.reason)
    )


# Forms in which an address of this machine can be written; P is the canary's port.
FORMS = {
    "plain": "127.0.0.1",
    "another loopback address": "127.127.127.127",
    "the last loopback address": "127.255.255.254",
    "by name": "localhost",
    "by name with capitals and a dot": "LOCALHOST.",
    "zero": "0",
    "four zeros": "0.0.0.0",
    "two parts": "127.1",
    "three parts": "127.0.1",
    "decimal": "2130706433",
    "decimal, wrapped round": "6425673729",
    "hexadecimal": "0x7f000001",
    "hexadecimal in capitals": "0X7F000001",
    "hexadecimal parts": "0x7f.0x0.0x0.0x1",
    "mixed parts": "0x7f.1",
    "octal": "017700000001",
    "octal parts": "0177.0.0.01",
    "zeros before": "127.0.0.001",
    "many zeros before": "0000000127.0.0.1",
    "a final dot": "127.0.0.1.",
    "two final dots": "127.0.0.1..",
    "octal with a final dot": "0177.1.",
    "IPv6": "[::1]",
    "IPv6 in full": "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "IPv6 unspecified": "[::]",
    "mapped": "[::ffff:127.0.0.1]",
    "mapped in hexadecimal": "[::FFFF:7F00:1]",
    "mapped unspecified": "[::ffff:0.0.0.0]",
    "compatible": "[::127.0.0.1]",
    "translated": "[::ffff:0:127.0.0.1]",
    "NAT64": "[64:ff9b::127.0.0.1]",
    "NAT64 of one's own": "[64:ff9b:1::7f00:1]",
    "6to4": "[2002:7f00:1::]",
    "Teredo": "[2001:0:7f00:1::80ff:fffe]",
    "ISATAP": "[2606:4700::5efe:7f00:1]",
    "link-local": "[fe80::1]",
    "a zone": "[::1%25lo]",
    "a bare zone": "[::1%lo]",
    "a future version": "[v1.127.0.0.1]",
    "circled digits": "①②⑦.⓪.⓪.①",
    "wide digits": "１２７.０.０.１",
    "ideographic dots": "127。0。0。1",
    "halfwidth dots": "127｡0｡0｡1",
    "circled letters": "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "mathematical letters": "𝐥𝐨𝐜𝐚𝐥𝐡𝐨𝐬𝐭",
    "a soft hyphen": "loc\u00adalhost",
    "a zero-width space": "local\u200bhost",
    "Arabic digits": "١٢٧.٠.٠.١",
    "percent signs": "%31%32%37.0.0.1",
    "a percent sign for a dot": "127.0.0%2e1",
    "a zero byte": "127.0.0.1%00.public.example",
    "a user name": "public.example@127.0.0.1",
    "a user name and password": "public.example:80@127.0.0.1",
    "two user names": "a@public.example@127.0.0.1",
    "a backslash": "public.example\\@127.0.0.1",
    "a fragment": "127.0.0.1:P#@public.example",
    "a question mark": "127.0.0.1:P?@public.example",
    "a space": "127.0.0.1 .public.example",
    "a comma": "127.0.0.1,public.example",
    "brackets": "[127.0.0.1]",
    "a metadata service": "169.254.169.254",
    "a metadata service, decimal": "2852039166",
    "a metadata service by IPv6": "[fd00:ec2::254]",
    "a metadata service by NAT64": "[64:ff9b::a9fe:a9fe]",
    "Azure's": "168.63.129.16",
    "Alibaba's": "100.100.100.200",
    "private 10": "10.0.0.5",
    "private 172": "172.16.0.1",
    "private 192": "192.168.0.1",
    "broadcast": "255.255.255.255",
    "multicast": "224.0.0.1",
    "multicast by IPv6": "[ff02::1]",
    "old private IPv6": "[fec0::1]",
}


def written(form: str, port: int) -> str:
    """The form as an address of the canary."""
    return f"http://{form.replace('P', str(port))}/" if "P" in form else f"http://{form}:{port}/"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_no_way_of_writing_it_leads_to_what_is_not_public(form: str, canary: Canary) -> None:
    [found] = fetch(written(form, canary.port), names=Names(public=[["127.0.0.1"]]))
    assert refused(found), found


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_no_redirect_leads_to_what_is_not_public(form: str, canary: Canary, internet: Server) -> None:
    url = written(form, canary.port)
    location = url if url.isascii() else url.encode().decode("latin-1")  # as bytes of UTF-8
    internet.routes["/"] = (302, {"Location": location}, b"")
    [found] = fetch(internet.url, names=Names(public=[["127.0.0.1"]]))
    assert isinstance(found, FetchError)
    assert len(internet.requests) == 1


# What the name "evil.example" resolves to, look-up after look-up; the fetch is repeated for each.
TRICKS: dict[str, list[Answers]] = {
    "loopback": [["127.0.0.1"]],
    "IPv6 loopback": [["::1"]],
    "mapped loopback": [["::ffff:127.0.0.1"]],
    "this host": [["0.0.0.0"]],
    "a zone": [["fe80::1%lo"]],
    "NAT64 of loopback": [["64:ff9b::7f00:1"]],
    "public, then loopback": [[PUBLIC, "127.0.0.1"]],
    "loopback, then public": [["127.0.0.1", PUBLIC]],
    "public, then IPv6 loopback": [[PUBLIC, "::1"]],
    "many public, then loopback": [[*[PUBLIC] * 30, "127.0.0.1"]],
    "junk, then loopback": [["localhost", "127.0.0.1"]],
    "another notation": [["127.1"], ["0x7f000001"]],
    "rebinding to loopback": [[PUBLIC], ["127.0.0.1"]],
    "rebinding to IPv6": [[PUBLIC], ["::1"]],
    "rebinding to both": [[PUBLIC], [PUBLIC, "127.0.0.1"]],
    "rebinding there and back": [["127.0.0.1"], [PUBLIC], ["127.0.0.1"], [PUBLIC], ["::1"]],
    "an error, then loopback": [OSError("no such name"), ["127.0.0.1"]],
    "nothing, then loopback": [[], ["127.0.0.1"]],
    "what cannot be encoded, then loopback": [UnicodeError("label empty or too long"), ["127.0.0.1"]],
}


@pytest.mark.parametrize("answers", TRICKS.values(), ids=TRICKS.keys())
def test_no_name_leads_to_what_is_not_public(answers: list[Answers], canary: Canary) -> None:
    names = Names(evil=answers)
    found = fetch(*[f"http://evil.example:{canary.port}/"] * (len(answers) + 1), names=names)
    assert [isinstance(each, Response) for each in found] == [all_of == [PUBLIC] for all_of in (*answers, answers[-1])]
    assert names.asked == ["evil.example"] * len(found), "a name is resolved once for a connection"


def test_a_name_that_is_rebound_between_two_hops_is_checked_again(canary: Canary, internet: Server) -> None:
    port = internet.url.rpartition(":")[2]
    internet.routes["/"] = (302, {"Location": f"http://evil.example:{canary.port}/", "Connection": "close"}, b"")
    names = Names(evil=[[PUBLIC], ["127.0.0.1"]])
    [found] = fetch(f"http://evil.example:{port}/", names=names)
    assert refused(found)
    assert names.asked == ["evil.example"] * 2
    assert len(internet.requests) == 1


def test_the_host_is_still_asked_by_its_name(internet: Server) -> None:
    port = internet.url.rpartition(":")[2]
    [found] = fetch(f"http://news.example:{port}/", names=Names(news=[[PUBLIC]]))
    assert isinstance(found, Response)
    assert (found.body, found.url) == (b"public", f"http://news.example:{port}/")
    assert internet.requests[0].headers["host"] == f"news.example:{port}"


def test_tls_is_made_with_the_hosts_name_not_with_its_address() -> None:
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda connection, name, _: asked.append(name)
    with socket.create_server((PUBLIC, 0)) as server:

        def shake() -> None:
            connection, _ = server.accept()
            with suppress(OSError), context.wrap_socket(connection, server_side=True):
                pass

        thread = threading.Thread(target=shake)
        thread.start()
        [found] = fetch(f"https://news.example:{server.getsockname()[1]}/", names=Names(news=[[PUBLIC]]))
        thread.join()
    assert asked == ["news.example"]
    assert isinstance(found, FetchError)
    assert "no safe connection" in found.reason


def test_an_address_that_does_not_answer_is_followed_by_the_next(internet: Server) -> None:
    port = internet.url.rpartition(":")[2]
    names = Names(news=[["127.0.0.3", "127.0.0.4", PUBLIC]])
    [found] = fetch(f"http://news.example:{port}/", names=names, nets=LOOPBACK)
    assert isinstance(found, Response)
    assert names.asked == ["news.example"]


Lead = Callable[[int], Answer]
LEADS: dict[str, Lead] = {
    **{
        f"status {status}": lambda port, status=status: (status, {"Location": f"http://127.0.0.1:{port}/"}, b"")  # type: ignore[misc]
        for status in (201, 300, 301, 303, 305, 307, 308)
    },
    "no scheme": lambda port: (302, {"Location": f"//127.0.0.1:{port}/"}, b""),
    "backslashes": lambda port: (302, {"Location": f"\\\\127.0.0.1:{port}\\"}, b""),
    "a slash and a backslash": lambda port: (302, {"Location": f"/\\127.0.0.1:{port}/"}, b""),
    "a scheme with backslashes": lambda port: (302, {"Location": f"http:\\\\127.0.0.1:{port}/"}, b""),
    "a scheme without slashes": lambda port: (302, {"Location": f"http:127.0.0.1:{port}/"}, b""),
    "three slashes": lambda port: (302, {"Location": f"http:///127.0.0.1:{port}/"}, b""),
    "https": lambda port: (302, {"Location": f"https://127.0.0.1:{port}/"}, b""),
    "a tab in it": lambda port: (302, {"Location": f"http://127.0.\t0.1:{port}/"}, b""),
    "a socket": lambda port: (302, {"Location": "http+unix://%2Frun%2Fdocker.sock/info"}, b""),
    "a websocket": lambda port: (302, {"Location": f"ws://127.0.0.1:{port}/"}, b""),
    "gopher": lambda port: (302, {"Location": f"gopher://127.0.0.1:{port}/_GET"}, b""),
    "dict": lambda port: (302, {"Location": f"dict://127.0.0.1:{port}/info"}, b""),
    "ftp": lambda port: (302, {"Location": f"ftp://127.0.0.1:{port}/"}, b""),
    "a file": lambda port: (302, {"Location": "file:///etc/passwd"}, b""),
    "two locations": lambda port: (302, {"Location": "/", "location": f"http://127.0.0.1:{port}/"}, b""),
}


@pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS.keys())
def test_no_kind_of_redirect_leads_to_what_is_not_public(lead: Lead, canary: Canary, internet: Server) -> None:
    internet.routes["/a"] = lead(canary.port)
    [found] = fetch(internet.url + "/a")
    assert isinstance(found, FetchError)


HINTS: dict[str, Mapping[str, str]] = {
    "refresh": {"Refresh": "0; url=http://127.0.0.1:P/"},
    "an alternative service": {"Alt-Svc": 'http/1.1="127.0.0.1:P"; ma=86400'},
    "a content location": {"Content-Location": "http://127.0.0.1:P/"},
    "links": {"Link": "<http://127.0.0.1:P/>; rel=preload, <http://127.0.0.1:P/>; rel=canonical"},
    "a location on a document": {"Location": "http://127.0.0.1:P/"},
}


@pytest.mark.parametrize("hint", HINTS.values(), ids=HINTS.keys())
def test_no_hint_of_a_server_is_followed(hint: Mapping[str, str], canary: Canary, internet: Server) -> None:
    headers = {name: value.replace("P", str(canary.port)) for name, value in hint.items()}
    internet.routes["/a"] = (
        200,
        headers,
        f'<meta http-equiv=refresh content="0;url=http://127.0.0.1:{canary.port}/">'.encode(),
    )
    assert all(isinstance(found, Response) for found in fetch(*[internet.url + "/a"] * 2))


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_no_proxy_of_the_environment_is_asked(
    name: str, canary: Canary, internet: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    [found] = fetch(internet.url)
    assert isinstance(found, Response)


def test_a_chain_of_public_redirects_does_not_end_elsewhere(canary: Canary, internet: Server) -> None:
    internet.routes |= {f"/{n}": (302, {"Location": f"/{n + 1}"}, b"") for n in range(3)}
    internet.routes["/3"] = (302, {"Location": f"http://127.0.0.1:{canary.port}/"}, b"")
    [found] = fetch(internet.url + "/0")
    assert refused(found)


def test_a_robots_txt_does_not_lead_elsewhere(canary: Canary, internet: Server) -> None:
    internet.routes["/robots.txt"] = (302, {"Location": f"http://127.0.0.1:{canary.port}/"}, b"")

    async def main() -> None:
        async with HttpFetcher(None, timedelta(seconds=5), INTERNET, Names()) as fetcher:
            await PageFetcher(fetcher, NOW).fetch(internet.url)

    with pytest.raises(AddressError):
        asyncio.run(main())


def test_a_refusal_is_one_clear_line(canary: Canary) -> None:
    [found] = fetch("http://10.0.0.5/feed.xml")
    assert isinstance(found, AddressError)
    assert not found.network_down
    assert found.reason == (
        "http://10.0.0.5/feed.xml resolves to 10.0.0.5, a private address; "
        "set STORYWIRE_ALLOW_NETS=10.0.0.0/8 if you mean it"
    )
    [long] = fetch(f"http://10.0.0.5/{'a' * 3000}")
    assert isinstance(long, AddressError)
    assert len(long.reason) < 400


@pytest.mark.parametrize("port", [22, 25, 6379])
def test_a_port_where_no_web_server_is_expected_is_not_asked(port: int) -> None:
    [found] = fetch(f"http://news.example:{port}/", names=Names(news=[["8.8.8.8"]]))
    assert isinstance(found, AddressError)
    assert f"asks for port {port}" in found.reason


def test_an_opened_network_is_asked(internet: Server) -> None:
    def who(request: Request) -> Answer:
        return 200, {}, request.path.encode()

    internet.routes["/a"] = who
    [found] = fetch(internet.url + "/a", nets=LOOPBACK)
    assert isinstance(found, Response)
    assert found.body == b"/a"
