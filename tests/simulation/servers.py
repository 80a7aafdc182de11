"""The servers of the made-up world: decides how each request is answered, and keeps a record of all.

Never knows who asks: Storywire's own fetcher and a plain poller get the same answers for the same requests.
"""

from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from tasks.fetch import HttpFetcher
from tests.simulation.sources import START, Document, Source, date
from tests.simulation.world import CROWD, World

_PAGE = b"<!doctype html><html><head><title>Back soon</title></head><body><p>Back soon.</p></body></html>"
_WHILE = 1200  # seconds over which the crowd's host counts
_REST = 1800


@dataclass(frozen=True, slots=True)
class Record:
    """One request and its answer. `wait`: how long it asks to be left alone; `feed`: a feed came, or 304 for one."""

    at: datetime
    source: Source
    url: str
    headers: Mapping[str, str]
    what: str  # the status, or timeout or refused
    feed: bool = False
    document: Document | None = None  # what the body lists; None where there was no body, or no feed in it
    wait: timedelta = timedelta(0)
    retry_after: timedelta | None = None
    etag: str | None = None
    last_modified: str | None = None
    location: str = ""
    size: int = 0  # bytes of the body

    @property
    def conditional(self) -> bool:
        """Whether it carried a validator."""
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


@dataclass
class Servers:
    """All servers at the time `now`."""

    world: World
    now: datetime = START
    records: list[Record] = field(default_factory=list)
    _crowd: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        """Which feed is where."""
        self._at = {s.url: (s, True) for s in self.world.sources}
        self._at |= {s.moved_to: (s, False) for s in self.world.sources if s.moved_to}

    def answer(self, url: str, headers: Mapping[str, str]) -> tuple[Record, dict[str, str]]:
        """The record of a request, with the headers of its answer."""
        source, first_address = self._at[url]
        record, sent = self._answered(source, first_address, url, headers)
        self.records.append(record)
        return record, {"Date": date(self._seconds()), **sent}

    def _seconds(self) -> int:
        return int((self.now - START).total_seconds())

    def _answered(
        self, source: Source, first_address: bool, url: str, headers: Mapping[str, str]
    ) -> tuple[Record, dict[str, str]]:
        def record(what: str, **more: object) -> Record:
            return Record(self.now, source, url, headers, what, **more)  # type: ignore[arg-type]

        at = self._seconds()
        if CROWD in url and (rest := self._crowded(at)):
            return record("429", retry_after=timedelta(seconds=rest)), {"Retry-After": _either(source, at, rest)}
        trouble = source.trouble(at) if first_address else None
        match trouble and trouble.what:
            case "301" | "302" | "308":
                assert trouble
                return record(trouble.what, location=trouble.location), {"Location": trouble.location}
            case "html":
                return record("200", size=len(_PAGE)), {"Content-Type": "text/html"}
            case None | "empty":
                return self._document(source, at, headers, record)
        assert trouble
        if trouble.retry_after:
            rest = timedelta(seconds=trouble.retry_after)
            return record(trouble.what, retry_after=rest), {"Retry-After": _either(source, at, trouble.retry_after)}
        return record(trouble.what), {}

    def _document(self, source: Source, at: int, headers: Mapping[str, str], record) -> tuple[Record, dict[str, str]]:  # type: ignore[no-untyped-def]
        own, document = source.manners, source.document(at)
        sent = {"Cache-Control": f"public, max-age={own.max_age}"} if own.max_age else {}
        sent |= {"Expires": date(at + own.expires)} if own.expires else {}
        given = _validators(source, document, len(self.records))
        sent |= given
        said = {"feed": True, "wait": own.wait, "etag": given.get("ETag"), "last_modified": given.get("Last-Modified")}
        if _unchanged(own.validators, given, headers):
            return record("304", **said), sent
        size = len(source.body(document))
        return record("200", document=document, size=size, **said), {"Content-Type": "application/rss+xml", **sent}

    def _crowded(self, at: float) -> int:
        while self._crowd and self._crowd[0] <= at - _WHILE:
            self._crowd.popleft()
        if len(self._crowd) >= self.world.patience:
            return _REST
        self._crowd.append(at)
        return 0


def _either(source: Source, at: int, seconds: int) -> str:
    """Retry-After may be seconds or a date."""
    return str(seconds) if source.number % 2 else date(at + seconds)


def _validators(source: Source, document: Document, nonce: int) -> dict[str, str]:
    kind, number = source.manners.validators, source.number
    version = f"{number}-{document.version}" + (f"-{nonce}" if kind == "restless" else "")
    tag = (f'"{version}"', f'W/"{version}"', version, f'"{version}--gzip"')[number % 4]
    dated = date(document.changed)
    given = {"ETag": tag} if kind not in ("date", "none") else {}
    return given | ({"Last-Modified": dated} if kind in ("both", "date", "lying") else {})


def _unchanged(kind: str, given: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    tag, since = headers.get("if-none-match"), headers.get("if-modified-since")
    if kind == "lying":
        return bool(tag or since)
    if tag is not None and "ETag" in given:
        return tag == given["ETag"]
    return since is not None and since == given.get("Last-Modified")


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


class _Wire(httpx.AsyncBaseTransport):
    """Where the network would be."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        record, sent = self._servers.answer(str(request.url), {**request.headers, ":method": request.method})
        if record.what == "timeout":
            raise httpx.ReadTimeout("the server is silent")
        if record.what == "refused":
            raise httpx.ConnectError("Connection refused")
        body = record.source.body(record.document) if record.document else _PAGE if record.size else b""
        return httpx.Response(int(record.what), headers=sent, stream=_Body(body))


class WorldFetcher(HttpFetcher):
    """Storywire's own fetcher, with the made-up servers in the place of the network."""

    def __init__(self, servers: Servers) -> None:
        super().__init__("https://example.org/about")
        self._client = httpx.AsyncClient(transport=_Wire(servers), trust_env=False, follow_redirects=False)
