"""The page of metrics that `storywire up` serves: decides what it answers. Never counts: flows leave the figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from storywire.errors import InputError

FILE = "metrics.prom"
"""In the home."""
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@contextmanager
def served(home: Path, port: int | None) -> Iterator[None]:
    """Within it, GET /metrics on 127.0.0.1 answers what flows wrote last. Without a port nothing is served.

    InputError where the port is in use.
    """
    if port is None:
        yield
        return
    try:
        pages = ThreadingHTTPServer(("127.0.0.1", port), _handler(home / FILE))
    except OSError as error:
        raise InputError(
            f"port {port} of this machine cannot be used for metrics ({error.strerror}); "
            "end what uses it, or set another metrics_port"
        ) from None
    pages.daemon_threads = True
    Thread(target=pages.serve_forever, name="metrics", daemon=True).start()
    try:
        yield
    finally:
        pages.shutdown()
        pages.server_close()


def _handler(path: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self._answer(404, b"The metrics are at /metrics.\n", "text/plain")
                return
            try:
                self._answer(200, path.read_bytes(), _TYPE)
            except FileNotFoundError:
                self._answer(503, b"No flow has run yet: the first one leaves the metrics here.\n", "text/plain")
            except OSError as error:  # not what the caller wants to read, but no broken connection
                self._answer(500, f"{FILE} cannot be read: {error.strerror}\n".encode(), "text/plain")

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a scrape is no news."""

    return Handler
