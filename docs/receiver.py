"""A small receiver of Storywire's webhooks: checks who sent a message, takes each once, and prints it.

    pip install standardwebhooks
    RECEIVER_SECRETS="whsec_..." python receiver.py 8765 known-ids.txt

RECEIVER_SECRETS is the target's secret; while you change it, give the old and the new one, with a space between.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

from standardwebhooks import Webhook, WebhookVerificationError

MAX_BYTES = 65_536  # Storywire's are at most 20,000


class Known:
    """Ids of the messages that were taken, also those before a restart: one a line in a file."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self._ids = set(path.read_text().split()) if path.exists() else set()

    def take(self, message_id: str, body: bytes) -> None:
        """Do what a message is for, unless it was done before."""
        with self._lock:
            if message_id in self._ids:
                return
            print(body.decode(), flush=True)  # put your own work here; if it fails, the message comes again
            with self._path.open("a") as file:
                file.write(message_id + "\n")
                file.flush()
                os.fsync(file.fileno())
            self._ids.add(message_id)


def verified(secrets: list[str], headers: dict[str, str], body: bytes) -> bool:
    """Whether one of the secrets signed exactly this, within the last five minutes."""
    for secret in secrets:
        try:
            Webhook(secret).verify(body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError):  # ValueError: a signature that is not even base64
            continue
        return True
    return False


def serving(port: int, secrets: list[str], known: Known) -> ThreadingHTTPServer:
    """The receiver; `serve_forever` starts it."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > MAX_BYTES:
                return self.answer(413)
            body, headers = self.rfile.read(int(length)), {name.lower(): value for name, value in self.headers.items()}
            if not verified(secrets, headers, body):
                return self.answer(401)
            known.take(headers["webhook-id"], body)
            return self.answer(204)  # only now: what is not answered with 2xx comes again

        def answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    server = serving(int(sys.argv[1]), os.environ["RECEIVER_SECRETS"].split(), Known(Path(sys.argv[2])))
    print(f"listening on http://127.0.0.1:{server.server_port}/", file=sys.stderr, flush=True)
    server.serve_forever()
