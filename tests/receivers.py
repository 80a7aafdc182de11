"""Real receivers on this machine, for tests: an HTTP server that takes webhooks, and an SMTP server.

They check what they get as a good receiver does, and fail on demand. Servers that break HTTP itself are in
tests/hostile/raw.py.
"""

import asyncio
import json
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from standardwebhooks import Webhook, WebhookVerificationError

from tests.server import Answer, Request, serving

SECRET = "whsec_RXhhbXBsZSBvZiBhIHNlY3JldCwgbm90IG9uZSB0byB1c2Uh"
OTHER_SECRET = "whsec_QW5vdGhlciBleGFtcGxlLCBub3Qgb25lIHRvIHVzZSE="
TAKEN: Answer = (204, {}, b"")
REFUSED: Answer = (401, {}, b"")


@dataclass
class Receiver:
    """A running receiver of webhooks.

    `requests` has every POST, `taken` the payload of each message that it took, once, by its id. `answers` is asked for
    the answer to the n-th POST, from 0 on; a message counts as taken where that is a 2xx. `secret` None checks nothing.
    """

    url: str = ""
    secret: str | None = SECRET
    answers: Callable[[int], Answer] = lambda _: TAKEN
    requests: list[Request] = field(default_factory=list)
    taken: dict[str, Any] = field(default_factory=dict)

    def receive(self, request: Request) -> Answer:
        """The answer to one POST."""
        self.requests.append(request)
        if self.secret is not None:
            try:
                Webhook(self.secret).verify(request.body, dict(request.headers))
            except (WebhookVerificationError, ValueError):
                return REFUSED
        answer = self.answers(len(self.requests) - 1)
        if 200 <= answer[0] < 300:
            self.taken.setdefault(request.headers["webhook-id"], json.loads(request.body))
        return answer


@contextmanager
def receiving(
    answers: Callable[[int], Answer] = lambda _: TAKEN, secret: str | None = SECRET, address: str = "127.0.0.1"
) -> Iterator[Receiver]:
    """A receiver for the time of a `with` block; its `url` ends in a path that is as good as a password."""
    receiver = Receiver(secret=secret, answers=answers)
    with serving({"/hooks/T0KEN": receiver.receive}, address) as server:
        receiver.url = f"{server.url}/hooks/T0KEN"
        yield receiver


@dataclass(frozen=True)
class Mail:
    """One mail as it was taken: who it is from and to by the envelope, and the mail itself."""

    sender: str
    to: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed as mail programs do."""
        return message_from_bytes(self.raw, policy=policy.default)  # type: ignore[return-value]


@dataclass
class MailServer:
    """A running mail server: which mailboxes and mails it refuses, and with which reply; what it took.

    `hangs` is for how many seconds it says nothing to RCPT, `lingers` the same for QUIT; `drops` ends the connection
    when it has a whole mail. Who logs in needs the `password`.
    """

    port: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)  # mailbox: reply
    reply: str = "250 OK"
    hangs: float = 0.0
    lingers: float = 0.0
    drops: bool = False
    password: str = ""
    mails: list[Mail] = field(default_factory=list)

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, how: str, given: Any) -> AuthResult:
        """Whether someone may log in."""
        return AuthResult(success=given.password == self.password.encode(), handled=False)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Iterable[str]
    ) -> str:
        """The reply to one mailbox."""
        await asyncio.sleep(self.hangs)
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The reply to a goodbye."""
        await asyncio.sleep(self.lingers)
        return "221 Bye"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The reply to one mail."""
        if self.reply.startswith("2"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.mails.append(Mail(str(envelope.mail_from), tuple(envelope.rcpt_tos), content))
        if self.drops:
            server.transport.abort()
        return self.reply


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """Connects once, as the library wants it, to the free port that was found."""
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        socket.create_connection((self.hostname, self.port)).close()


@contextmanager
def mailing(tls: ssl.SSLContext | None = None, implicit: bool = False, **behaviour: Any) -> Iterator[MailServer]:
    """A mail server for the time of a `with` block. With `tls` it offers STARTTLS; with `implicit`, TLS at once."""
    server = MailServer(**behaviour)
    starttls = None if implicit else tls
    controller = _Controller(
        server,
        hostname="127.0.0.1",
        port=0,
        ssl_context=tls if implicit else None,
        tls_context=starttls,
        authenticator=server.authenticate,
    )
    controller.start()
    try:
        server.port = controller.port
        yield server
    finally:
        controller.stop()
