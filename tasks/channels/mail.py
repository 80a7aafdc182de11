"""Mail: decides how a letter becomes one, and which replies of a mail server mean that it was taken.

Never writes HTML, never lets a word of the letter become a header, and never sends to some of its mailboxes only.
"""

import asyncio
import smtplib
import ssl
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from threading import Timer

from storywire.notices import Letter
from storywire.targets import Email, Security
from storywire.text import one_line
from tasks.channels import DeliveryError

DEADLINE = timedelta(seconds=20)
_POLICY = SMTP.clone(cte_type="7bit")


async def send(target: Email, letter: Letter, now: datetime, deadline: timedelta = DEADLINE) -> None:
    """Hand a letter to the mail server of a target. Raises DeliveryError."""
    mail = as_mail(target, letter, now)
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            await asyncio.to_thread(_hand_over, target, mail, deadline)
    except TimeoutError:  # the thread's own limits, one a reply, end it soon after
        raise DeliveryError(f"no answer within {deadline.total_seconds():g} s") from None


def as_mail(target: Email, letter: Letter, now: datetime) -> bytes:
    """The letter as a mail, plain text alone; whenever it is made, it has the same Message-ID."""
    mail = EmailMessage(_POLICY)
    mail["From"] = f"Storywire <{target.sender}>"
    mail["To"] = ", ".join(target.to)
    # The library reads "=?utf-8?q?=0A...?=" as what it stands for, line breaks too (CVE-2024-6923).
    mail["Subject"] = one_line(letter.headline, 200).replace("=?", "= ?")
    mail["Date"] = format_datetime(now.astimezone(UTC))
    mail["Message-ID"] = f"<{letter.message_id}@storywire>"
    mail["X-Storywire-Message"] = letter.message_id
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday reply comes back
    mail.set_content(letter.text)
    return mail.as_bytes()


def _hand_over(target: Email, mail: bytes, deadline: timedelta) -> None:
    seconds = deadline.total_seconds()
    try:
        with closing(_connected(target, seconds)) as server:
            cut = Timer(seconds, _cut, [server])  # smtplib's own limit is one for each reply
            cut.start()
            try:
                _submit(server, target, mail)
            finally:
                cut.cancel()
            with suppress(OSError, smtplib.SMTPException):
                server.putcmd("quit")  # it has the mail: whatever it says now, or does not say, changes nothing
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise _failed(error) from None


def _connected(target: Email, seconds: float) -> smtplib.SMTP:
    if target.security == Security.TLS:
        return smtplib.SMTP_SSL(target.host, target.port, timeout=seconds, context=ssl.create_default_context())
    return smtplib.SMTP(target.host, target.port, timeout=seconds)


def _cut(server: smtplib.SMTP) -> None:
    with suppress(OSError):
        if server.sock is not None:
            server.sock.shutdown(2)  # both ways; closing it would not wake who waits for a reply


def _submit(server: smtplib.SMTP, target: Email, mail: bytes) -> None:
    if target.security == Security.STARTTLS:
        server.starttls(context=ssl.create_default_context())  # raises where it is not offered: nothing goes in clear
    server.ehlo_or_helo_if_needed()
    if target.user is not None and target.password is not None:
        server.login(target.user, target.password)
    _expect(250, server.mail(target.sender), "the sender")
    for number, mailbox in enumerate(target.to, 1):
        # one that is refused stops all: else the others would get the mail once more with each new attempt
        _expect(250, server.rcpt(mailbox), f"mailbox {number} of {len(target.to)}")
    _expect(250, server.data(mail), "the mail")


def _expect(code: int, reply: tuple[int, bytes], what: str) -> None:
    if reply[0] not in (code, 251):  # 251: it will forward
        raise DeliveryError(f"the mail server refused {what} ({reply[0]})")


def _failed(error: Exception) -> DeliveryError:
    """What happened, without the server's own words, which can quote an address."""
    match error:
        case ssl.SSLError():  # before ValueError: that of a certificate is both
            return DeliveryError("no safe connection to the mail server: its certificate or TLS is not good")
        case smtplib.SMTPAuthenticationError():
            return DeliveryError(f"the mail server refused user and password ({error.smtp_code})")
        case smtplib.SMTPResponseException():
            return DeliveryError(f"the mail server said {error.smtp_code}")
        case smtplib.SMTPServerDisconnected():
            return DeliveryError("the mail server closed the connection")
        case smtplib.SMTPNotSupportedError():
            return DeliveryError("the mail server does not offer what the target asks for (STARTTLS, or a login)")
        case smtplib.SMTPException() | ValueError():
            return DeliveryError("what the mail server said is not SMTP")
        case TimeoutError():
            return DeliveryError("no answer in time")
    return DeliveryError(f"the mail server cannot be reached: {getattr(error, 'strerror', None) or 'no connection'}")
