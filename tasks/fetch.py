"""Documents over HTTP: decides the manners and the limits of every request that Storywire makes for feeds and pages.

Never reads what a document says, keeps no cookies, and never follows anything but http and https. The one way out:
nothing else asks for an address that a document or a server chose.
"""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import NamedTuple, Protocol, Self
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx

from storywire import __version__
from storywire.addresses import Gate, Net
from storywire.errors import AddressError, FetchError
from storywire.headers import max_age, must_not_be_kept, retry_after, served_at
from storywire.urls import host, request_url
from tasks.connect import GuardedTransport, Resolve, as_fetch_error, look_up

FEED_TYPES = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
PAGE_TYPES = "text/html, application/xhtml+xml, */*;q=0.1"
MAX_HOPS = 5
MAX_WIRE_BYTES = 5 * 2**20
MAX_BODY_BYTES = 15 * 2**20
DEADLINE = timedelta(seconds=30)
_CONNECT_SECONDS = 10.0
_PER_HOST = 2
_IN_ALL = 16
_FOR_GOOD = frozenset({301, 308})
_SHOWN = 200  # characters of an address in an error


@dataclass(frozen=True, slots=True)
class Response:
    """A document (200), or the word that it has not changed (304, empty body). `url` is where it was found.

    `moved` is where redirects led that are meant for good (301, 308), from the first one on; None where the first was
    not. `max_age` is for how long the server says that nothing will change, by `Cache-Control` or else `Expires`.
    `served_at` is what its clock said.
    """

    status: int
    url: str
    body: bytes = b""
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None
    moved: str | None = None
    served_at: datetime | None = field(default=None, compare=False)


Permit = Callable[[str], Awaitable[None]]
"""Is called with each address before it is asked, redirects included; the FetchError that it raises ends the fetch."""


class Fetcher(Protocol):
    """Whatever can bring a document."""

    async def fetch(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEED_TYPES,
        permit: Permit | None = None,
        served_by: str | None = None,
    ) -> Response:
        """The document at `url`; raises FetchError."""
        ...


class _Redirect(NamedTuple):
    status: int
    url: str


class HttpFetcher:
    """A Fetcher over one pool of connections; use it in an `async with`.

    `contact` is an address (https or mailto) at which a server's owner finds out who asks, shown in the User-Agent.
    The environment's proxies are not used, and no more than two requests run against one host, sixteen in all. Requests
    go to the public internet, and to `allow_nets`. `resolve` is how a host's addresses are found.
    """

    def __init__(
        self,
        contact: str | None = None,
        deadline: timedelta = DEADLINE,
        allow_nets: Iterable[Net] = (),
        resolve: Resolve = look_up,
    ) -> None:
        """Opens nothing yet. `deadline` is for one whole exchange, redirects included."""
        self._deadline = deadline
        self._agent = f"Storywire/{__version__}" + (f" (+{contact})" if contact else "")
        self._in_all = asyncio.Semaphore(_IN_ALL)
        self._per_host: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_PER_HOST))
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(Gate(tuple(allow_nets)), resolve),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # takes none
            timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),  # httpx's are per read; `deadline` bounds the whole
        )

    async def __aenter__(self) -> Self:
        """The fetcher itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes all connections."""
        await self._client.aclose()

    async def fetch(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEED_TYPES,
        permit: Permit | None = None,
        served_by: str | None = None,
    ) -> Response:
        """The document at `url`, or the word that it still is what `etag` and `last_modified` came with.

        These are sent to no other address than `served_by`, wherever redirects lead; without it, to the host of `url`.
        Raises FetchError, with a short reason, for everything else: any other status, and all that is cut or too large.
        Waiting for other requests and for `permit` does not count against the deadline.
        """
        validators, clock = _validators(etag, last_modified), asyncio.get_running_loop().time
        left, status = self._deadline.total_seconds(), 0
        moved, for_good = None, True
        for _ in range(MAX_HOPS + 1):
            url = _askable(url)
            if permit is not None:
                await permit(url)
            async with self._per_host[host(url)], self._in_all:
                begun = clock()
                bound = validators if served_by is None or httpx.URL(url) == httpx.URL(served_by) else {}
                try:
                    found = await self._exchange(url, accept, bound, left)
                except FetchError as error:
                    raise _told_by(error, url, redirected=bool(status)) from error
                left -= clock() - begun
            if isinstance(found, Response):
                return replace(found, moved=moved)
            status, target = found
            for_good = for_good and status in _FOR_GOOD
            moved = target if for_good else moved
            if served_by is None and _origin(target) != _origin(url):
                validators = {}  # they belong to the server that gave them
            url = target
        raise FetchError(f"redirected more than {MAX_HOPS} times", status=status)

    async def _exchange(
        self, url: str, accept: str, validators: Mapping[str, str], seconds: float
    ) -> Response | _Redirect:
        try:
            async with asyncio.timeout(seconds), self._get(url, {"Accept": accept, **validators}) as response:
                if response.has_redirect_location:
                    return _Redirect(response.status_code, urldefrag(urljoin(url, _location(response))).url)
                return await _answer(response, conditional=bool(validators))
        except TimeoutError:
            raise FetchError(f"timed out after {self._deadline.total_seconds():g} s") from None
        except AddressError as error:
            raise AddressError(f"{url[:_SHOWN]} {error.reason}") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise as_fetch_error(error) from error

    @asynccontextmanager
    async def _get(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        # gzip alone: httpx inflates a bomb as one chunk before anyone can count, so inflating is done here, bounded
        sent = {"User-Agent": self._agent, "Accept-Encoding": "gzip", **headers}
        as_bytes = [(name.encode(), value.encode("latin-1", "replace")) for name, value in sent.items()]
        async with self._client.stream("GET", url, headers=as_bytes) as response:
            response.headers.encoding = "latin-1"  # with the line above: validators travel byte for byte
            yield response


async def _answer(response: httpx.Response, conditional: bool) -> Response:
    status, headers = response.status_code, response.headers
    if status == 304 and not conditional:
        raise FetchError("HTTP 304 to a request without conditions", status=status)
    if status not in (200, 304):
        challenge = headers.get("cf-mitigated", "").strip().lower() == "challenge"
        more = ", a bot check that only browsers pass" if challenge else ", which has no document" * (status == 204)
        raise FetchError(f"HTTP {status}{more}", status=status, retry_after=retry_after(headers))
    # of a 304 nothing is read, so that its connection is closed: what a server sends after it is no answer to anything
    body = await _body(response) if status == 200 else b""
    no_store = must_not_be_kept(headers)
    return Response(
        status=status,
        url=str(response.url),
        body=body,
        content_type=headers.get("content-type"),
        etag=None if no_store else headers.get("etag"),
        last_modified=None if no_store else headers.get("last-modified"),
        max_age=max_age(headers),
        served_at=served_at(headers),
    )


async def _body(response: httpx.Response) -> bytes:
    """The decoded body, read no further than the limits. Raises FetchError where it is larger, cut or oddly encoded."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise FetchError(f"unsupported encoding {coding[:40]!r}")
    inflater = zlib.decompressobj(31) if "gzip" in coding else None  # 31: gzip, largest window
    body, on_wire = bytearray(), 0
    async for chunk in response.aiter_raw():
        on_wire += len(chunk)
        try:
            body += inflater.decompress(chunk, MAX_BODY_BYTES + 1 - len(body)) if inflater else chunk
        except zlib.error:
            raise FetchError("unsupported encoding: it says gzip and is not") from None
        if on_wire > MAX_WIRE_BYTES or len(body) > MAX_BODY_BYTES:
            raise FetchError("too large")
    if inflater and on_wire and not inflater.eof:
        raise FetchError("truncated")
    if inflater and inflater.unused_data.startswith(b"\x1f"):  # a second member; anything else there is padding
        raise FetchError("unsupported encoding: gzip in several parts")
    return bytes(body)


def _told_by(error: FetchError, url: str, redirected: bool) -> FetchError:
    """The error with who said so. Nobody who followed a public feed meant what that redirects to."""
    told = AddressError(f"it redirects: {error.reason}") if redirected and isinstance(error, AddressError) else error
    told.url = url
    return told


def _location(response: httpx.Response) -> str:
    """Where a redirect leads. Bytes that are not ASCII are UTF-8, as browsers have it, where they can be."""
    given: str = response.headers["location"]
    try:
        return given.encode("latin-1").decode("utf-8")
    except ValueError:
        return given


def _askable(url: str) -> str:
    try:
        return request_url(url)
    except ValueError as error:
        raise FetchError("not a web address") from error


def _validators(etag: str | None, last_modified: str | None) -> dict[str, str]:
    given = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in given.items() if value}


def _origin(url: str) -> tuple[str, str]:
    split = urlsplit(url)
    return split.scheme, split.netloc
