"""A server on a free local port that says exactly the bytes that it is told to, however wrong they are as HTTP.

Never parses what it is asked, beyond finding where a request ends; `tests/server.py` is for servers that behave.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Script = bytes | Callable[[socket.socket], None]
"""What to send for each request: bytes, after which the connection ends, or a function that sends what it likes."""


@dataclass
class Raw:
    """A running server. `heads` has what arrived, up to the empty line; `failed` why handshakes failed."""

    url: str
    heads: list[bytes] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@contextmanager
def saying(script: Script, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    """A server that answers each connection with `script`, for the time of a `with` block."""
    with socket.create_server((address, 0)) as listening:
        raw = Raw(f"http{'s' if tls else ''}://{address}:{listening.getsockname()[1]}/")

        def listen() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        def serve(plain: socket.socket) -> None:
            plain.settimeout(20)
            with plain, suppress(OSError):
                connection = plain
                if tls is not None:
                    try:
                        connection = tls.wrap_socket(plain, server_side=True)
                    except ssl.SSLError as error:
                        raw.failed.append(str(error.reason))
                        return
                with connection:
                    raw.heads.append(_head(connection))
                    if callable(script):
                        script(connection)
                    else:
                        connection.sendall(script)

        threading.Thread(target=listen, daemon=True).start()
        try:
            yield raw
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)


def _head(connection: socket.socket) -> bytes:
    """All up to the empty line, or the first bytes of a handshake of TLS where none was expected."""
    found = b""
    while b"\r\n\r\n" not in found and not found.startswith(b"\x16") and (more := connection.recv(65536)):
        found += more
    return found


def answer(*headers: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    """The bytes of an answer with exactly these header lines."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1") + body


def chunked(*parts: bytes) -> bytes:
    """The parts as chunks, without the one that ends them."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
