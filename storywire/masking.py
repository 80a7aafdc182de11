"""Secrets in what is logged: decides which parts of a line nobody may read.

Never decides what is logged. What an address has in its path stays: only its owner could know that it is a key.
"""

import re
from collections.abc import Iterable

MASK = "***"
_SHORTEST = 4  # characters of a word that is hidden wherever it stands; shorter ones are in other words too

_ADDRESS = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://[^\s\"'<>\\]+", re.IGNORECASE)
_USER = re.compile(r"(?<=://)[^/?#]*@")
# With / ? or # in the password, where what follows the colon can be no port.
_ODD_USER = re.compile(r"([^:]*://)[^/?#:@\[]*:(?!\d{1,5}(?:[/?#]|$)).*@", re.DOTALL)
_VALUE = re.compile(r"(?<=[?&;#])([^=&;#\s\"'<>\\]{1,100})=([^&;#\s\"'<>\\]+)")
_KEY = re.compile(r"key|token|sig|secret|pass|pwd|auth|session|cred|hmac|jwt|hash|code", re.IGNORECASE)
# RFC 6750 and 7617, which ignore case, though "basic" alone is also a word; Standard Webhooks.
_ALONE = re.compile(r"\b((?:(?i:bearer|authorization: *basic)|Basic) +|whsec_)[\w.~+/=-]+")


def masked(text: str, hidden: Iterable[str] = ()) -> str:
    """The text without user names and passwords of addresses, values that look like keys, and `hidden` words.

    An address that has a user name keeps none of the values of its query.
    """
    for word in sorted((word for word in hidden if len(word) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(word, MASK)
    text = _ADDRESS.sub(lambda found: _without_user(found[0]), text)
    return _ALONE.sub(rf"\1{MASK}", _VALUE.sub(_without_key, text))


def _without_user(address: str) -> str:
    odd = _ODD_USER.match(address)
    bare, count = _USER.subn(f"{MASK}@", f"{odd[1]}{MASK}@{address[odd.end() :]}" if odd else address)
    return _VALUE.sub(rf"\1={MASK}", bare) if count else address


def _without_key(found: re.Match[str]) -> str:
    return f"{found[1]}={MASK}" if _KEY.search(found[1]) else found[0]
