"""A receiver of webhooks in a process of its own, which outlives the runs that are killed: what it answered, it has.

`python -m tests.kill.receiver ROOT` prints its address, and ends with its standard input. Never drops a message.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

SECRET = "whsec_QW4gZXhhbXBsZSBvZiBhIHNlY3JldCBmb3IgcnVucyB0aGF0IGRpZS4="
NAME = "hook.jsonl"  # in the folder that a POST's path names


@dataclass(frozen=True)
class Receiver:
    """A running receiver. It serves one request after the other, in the order in which they came."""

    host: str
    root: Path

    def address(self, folder: Path) -> str:
        """Where to post what `folder`, below the root, is to have."""
        return f"http://{self.host}/{folder.resolve().relative_to(self.root.resolve())}"

    def settle(self) -> None:
        """Returns when all that was sent before, also by processes that died since, is written or refused."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()


@contextmanager
def receiving(root: Path) -> Iterator[Receiver]:
    """A receiver for the time of a `with` block."""
    command = [sys.executable, "-m", "tests.kill.receiver", str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Receiver(process.stdout.readline().strip(), root)
        process.kill()


class _Handler(BaseHTTPRequestHandler):
    """One request a connection, so that who holds one open keeps nobody waiting."""

    root: Path
    timeout = 60

    def do_GET(self) -> None:
        self._answer(204)

    def do_POST(self) -> None:
        length = int(self.headers["content-length"] or 0)
        body = self.rfile.read(length)
        if not body or len(body) < length:
            return  # its sender died: nobody to answer, and nothing to keep
        line = json.dumps({"id": self.headers["webhook-id"], "body": body.decode()}) + "\n"
        with (self.root / self.path.strip("/") / NAME).open("a") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(HTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a sender that was killed
            super().handle_error(request, client_address)


def main() -> None:
    """Serve until whoever started this is gone."""
    _Handler.root = Path(sys.argv[1])
    server = _Server(("127.0.0.1", 0), _Handler)
    print(f"127.0.0.1:{server.server_address[1]}", flush=True)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
