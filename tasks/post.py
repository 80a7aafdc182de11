"""Messages over HTTP: decides the limits of a POST to an address that a person gave.

Never follows a redirect, keeps no cookie, asks no proxy, logs no address, and reads nothing of an answer but its head.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

import httpx

from storywire import __version__
from storywire.addresses import Gate, Net
from storywire.errors import AddressError, FetchError
from storywire.urls import request_url
from tasks.connect import GuardedTransport, Resolve, as_fetch_error, look_up

DEADLINE = timedelta(seconds=20)
_CONNECT_SECONDS = 10.0
HttpError = httpx.HTTPError
"""What a client of httpx raises, for those who use one that is not made here."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer."""

    status: int
    headers: Mapping[str, str]


class Poster:
    """Posts to the public internet and to `allow_nets`; use it in an `async with`.

    `contact` is shown in the User-Agent, as HttpFetcher shows it. `deadline` is for one whole exchange.
    """

    def __init__(
        self,
        contact: str | None = None,
        deadline: timedelta = DEADLINE,
        allow_nets: Iterable[Net] = (),
        resolve: Resolve = look_up,
    ) -> None:
        """Opens nothing yet."""
        self._agent = f"Storywire/{__version__}" + (f" (+{contact})" if contact else "")
        self._deadline = deadline
        # the transport alone: a client of httpx would log the address, which may hold a secret
        self._transport = GuardedTransport(Gate(tuple(allow_nets)), resolve)

    async def __aenter__(self) -> Self:
        """The poster itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes all connections."""
        await self._transport.aclose()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What the server at `url` says to `body`, whatever its status. Raises FetchError where it says nothing.

        Its reasons name no address.
        """
        try:
            sent = httpx.Headers([("User-Agent", self._agent), *headers.items()], encoding="utf-8")
            limits = {"connect": _CONNECT_SECONDS}
            request = httpx.Request(
                "POST", request_url(url), headers=sent, content=body, extensions={"timeout": limits}
            )  # fmt: skip
            async with asyncio.timeout(self._deadline.total_seconds()):
                response = await self._transport.handle_async_request(request)
        except TimeoutError:
            raise FetchError(f"no answer within {self._deadline.total_seconds():g} s") from None
        except AddressError:
            raise AddressError(
                "its address is a private one or its port an odd one, and nothing was sent; "
                "STORYWIRE_ALLOW_NETS opens networks, see docs/feeds.md"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            failed = as_fetch_error(error)  # what follows the colon can name the host
            raise FetchError(failed.reason.partition(":")[0], network_down=failed.network_down) from None
        with suppress(httpx.HTTPError):
            await response.aclose()
        return Answer(response.status_code, response.headers)
