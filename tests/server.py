"""A small real web server on a free local port, for tests: `routes` say what it serves, `requests` what was asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from storywire.addresses import networks

LOOPBACK = networks("127.0.0.0/8")
"""Where these servers are: what a fetcher must be allowed to ask."""

# Status, headers, body. A body that is not bytes is sent piece by piece, without a length; then the connection ends.
Answer = tuple[int, Mapping[str, str], bytes | Iterable[bytes]]


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    method: str = "GET"


Route = Answer | Callable[[Request], Answer]


@dataclass
class Server:
    """A running server. Change `routes` at any time; `requests` has all requests in the order in which they came."""

    url: str
    routes: dict[str, Route] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [r.path for r in self.requests]


@contextmanager
def serving(routes: Mapping[str, Route] | None = None, address: str = "127.0.0.1") -> Iterator[Server]:
    """A server for the time of a `with` block. A Content-Length is added where a route's headers have none."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {k.lower(): v for k, v in self.headers.items()}
            request = Request(self.path, headers, self.rfile.read(length), self.command)
            server.requests.append(request)
            route = server.routes.get(self.path, (404, {}, b"not found"))
            self.answer(*(route(request) if callable(route) else route))

        do_POST = do_GET

        def answer(self, status: int, headers: Mapping[str, str], body: bytes | Iterable[bytes]) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if isinstance(body, bytes) and "content-length" not in {name.lower() for name in headers}:
                self.send_header("Content-Length", str(len(body)))
            self.close_connection |= not isinstance(body, bytes)
            self.end_headers()
            for piece in [body] if isinstance(body, bytes) else body:
                self.wfile.write(piece)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that hangs up, as tests make it do

    http = Quiet((address, 0), Handler)
    server = Server(f"http://{address}:{http.server_address[1]}", dict(routes or {}))
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
