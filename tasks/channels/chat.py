"""Chats, by the library apprise: decides what of other people's words a chat may not take for its own signs.

Never logs: apprise, and what it sends with, write addresses into their logs, which are the secrets of a chat.
"""

import asyncio
import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from storywire import __version__
from storywire.errors import InputError
from storywire.notices import Letter
from storywire.targets import Chat
from tasks.channels import DeliveryError

if TYPE_CHECKING:
    from apprise import NotifyBase

DEADLINE = timedelta(seconds=60)  # a long letter becomes several messages, one a second
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 20.0
_REFUSED = {
    **dict.fromkeys(("json", "jsons", "xml", "xmls", "form", "forms"), "webhook, which is signed"),
    **dict.fromkeys(("mailto", "mailtos"), "email"),
}
_LINK = re.compile(r"https?://[^\s<>\"`|]+")
_EDGE = r"(?<!\w)_+|_+(?!\w)"  # within a word it marks nothing
_IN_LINKS = re.compile(rf"[@*\[\]\\]|~~+|{_EDGE}")
# Signs of Slack, Discord, Telegram, Teams and Markdown, and what looks like them and means nothing.
_SIGNS = str.maketrans({"<": "‹", ">": "›", "`": "'", "*": "∗", "~": "∼", "|": "∣", "@": "@\u200b"})
_RULES = (
    (re.compile(_EDGE), lambda found: "＿" * len(found[0])),
    (re.compile(r"\](?=[(\[:])"), lambda _: "] "),  # [text](address)
    (re.compile(r"&(?=#?\w+;)"), lambda _: "＆"),  # &lt; and the like
    (re.compile(r"^(\s*)(#+|-#)(?= )", re.MULTILINE), lambda found: found[1] + "＃" * len(found[2])),  # a heading
    (re.compile(r"\\"), lambda _: "∖"),
)


async def send(target: Chat, letter: Letter, deadline: timedelta = DEADLINE) -> None:
    """Say a letter's text in a chat. Raises DeliveryError."""
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            said = await asyncio.to_thread(_say, target, disarmed(letter.text))
    except TimeoutError:  # the thread's own limits, one a request, end it soon after
        raise DeliveryError(f"no answer within {deadline.total_seconds():g} s") from None
    except InputError as error:
        raise DeliveryError(str(error)) from None
    if not said:
        raise DeliveryError("the chat did not take it")


def disarmed(text: str) -> str:
    """The text without anything that a chat would read as a mention, a link under other words, or markup.

    Addresses still lead where they did.
    """
    parts, end = [], 0
    for link in _LINK.finditer(text):
        parts += [_plain(text[end : link.start()]), _IN_LINKS.sub(_encoded, link[0])]
        end = link.end()
    return "".join([*parts, _plain(text[end:])])


def check(target: Chat) -> None:
    """Raises InputError where apprise cannot use an address; asks nobody."""
    _service(target)


def _plain(text: str) -> str:
    for sign, instead in _RULES:
        text = sign.sub(instead, text)
    return text.translate(_SIGNS)


def _encoded(signs: re.Match[str]) -> str:
    return "".join(f"%{ord(sign):02X}" for sign in signs[0])


def _say(target: Chat, text: str) -> bool:
    service = _service(target)
    from apprise import Apprise, NotifyFormat

    sender = Apprise(asset=service.asset)
    return bool(
        sender.add(service) and sender.notify(body=text, body_format=NotifyFormat.TEXT, interpret_escapes=False)
    )


def _service(target: Chat) -> "NotifyBase":
    """What speaks to the chat. Raises InputError."""
    scheme = target.url.partition(":")[0].lower()
    if scheme in _REFUSED:
        raise InputError(f"an address of this kind is no chat's; use a target of kind {_REFUSED[scheme]}")
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # also for those below it
    from apprise import Apprise, AppriseAsset, NotifyBase, OverflowMode  # half a second, for those who use it

    asset = AppriseAsset(
        app_id="Storywire",
        app_desc=f"Storywire {__version__}",
        app_url="",
        image_url_mask="",  # else chats load pictures from a third party
        image_url_logo="",
        http_redirects=False,  # what is redirected is asked for anew without its body, and looks delivered
        interpret_emojis=False,
        pgp_autogen=False,
        pem_autogen=False,
    )
    service = Apprise.instantiate(target.url, asset=asset, suppress_exceptions=True)
    if not isinstance(service, NotifyBase):
        raise InputError("apprise cannot use this address; see docs/targets.md")
    service.socket_connect_timeout, service.socket_read_timeout = _CONNECT_SECONDS, _READ_SECONDS
    if service.overflow_mode == OverflowMode.UPSTREAM:  # Discord takes 2,000 characters, Telegram 4,096
        service.overflow_mode = OverflowMode.SPLIT
    return service
