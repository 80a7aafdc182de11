"""Connections: decides which address a request is sent to, and what a failure is called.

Never resolves a name twice: the address that was checked is the one that is connected to.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from storywire.addresses import Gate, plain
from storywire.errors import AddressError, FetchError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
_TRIES = 4  # addresses of one host; they share the time for connecting
# Threads of its own: asyncio's few are soon all taken by names that no server answers for, and good ones would wait.
_LOOK_UPS = ThreadPoolExecutor(64, "look-up")
_OLD_TLS = "its TLS is older than 1.2"
_TLS = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS",
    "UNSUPPORTED_PROTOCOL": _OLD_TLS,
    "TLSV1_ALERT_PROTOCOL_VERSION": _OLD_TLS,
}
# httpx maps httpcore's errors to its own in a private function; their names are the same
_ERRORS: dict[type[Exception], type[Exception]] = {
    getattr(httpcore, name): getattr(httpx, name)
    for name in (
        *("ConnectError", "ConnectTimeout", "PoolTimeout", "ReadError", "ReadTimeout", "WriteError", "WriteTimeout"),
        *("LocalProtocolError", "RemoteProtocolError", "ProxyError", "UnsupportedProtocol"),
    )
}


async def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, the best first, as the system knows them. Raises OSError where there is none."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_LOOK_UPS, socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """A transport of httpx that asks a Gate about each connection that it makes."""

    def __init__(self, gate: Gate, resolve: Resolve = look_up) -> None:
        """Opens nothing yet."""
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=None,  # by default 10, and who waits for one of them does so on its own deadline
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=_Guard(gate, resolve),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange, without redirects."""
        url, body = request.url, request.stream
        if not isinstance(body, httpx.AsyncByteStream):
            raise TypeError("a request of an asynchronous client has an asynchronous body")
        with _as_httpx():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=body,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._pool.aclose()


class _Guard(httpcore.AsyncNetworkBackend):
    """Makes the connections. TLS is checked against the host's name, which httpcore gives it, not the address."""

    def __init__(self, gate: Gate, resolve: Resolve) -> None:
        self._gate, self._resolve, self._plain = gate, resolve, httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        end = loop.time() + (timeout or 0.0)
        answers = await self._answers(host, port, timeout)
        if (refusal := self._gate.refusal(port, answers)) is not None:
            raise AddressError(refusal)
        chosen = _both_kinds([str(plain(answer)) for answer in answers])[:_TRIES]
        for left, address in zip(range(len(chosen), 0, -1), chosen, strict=True):
            share = max(end - loop.time(), 0.1) / left if timeout else None
            try:
                return await self._plain.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise httpcore.ConnectError("it has no address")

    async def _answers(self, host: str, port: int, timeout: float | None) -> Sequence[str]:
        try:
            async with asyncio.timeout(timeout):
                return await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("its name was not resolved in time") from None
        except OSError as error:
            raise httpcore.ConnectError(error.strerror or str(error)) from error

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise AddressError("is not on the network")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Body(httpx.AsyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._stream:
                yield part

    async def aclose(self) -> None:
        with _as_httpx():
            await self._stream.aclose()


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except tuple(_ERRORS) as error:
        raise _ERRORS[type(error)](str(error)) from error


def _both_kinds(addresses: Sequence[str]) -> list[str]:
    """The first address of each version before all others: where one does not work, the other does."""
    firsts = list({":" in address: address for address in reversed(addresses)}.values())
    return sorted(addresses, key=lambda address: address not in firsts)


def as_fetch_error(error: Exception) -> FetchError:
    """What httpx met, in a few words."""
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
        if (cause := _ssl_cause(error)) is not None:
            why = getattr(cause, "verify_message", "") or _TLS.get(cause.reason or "", cause.reason) or "TLS"
            return FetchError(f"no safe connection: {why}")
        return FetchError(f"cannot be reached: {error or 'no answer'}", network_down=True)
    if isinstance(error, httpx.RemoteProtocolError):
        if "Invalid URL in location" in str(error):  # httpx reads where a redirect leads, also if it is not to follow
            return FetchError("not a web address")
        cut = "without sending complete message body" in str(error) or "incomplete chunked" in str(error)
        return FetchError("truncated" if cut else "the answer is not HTTP")
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError)):
        return FetchError("not a web address")
    return FetchError("the connection was lost")


def _ssl_cause(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error
