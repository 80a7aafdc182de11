"""robots.txt: decides what a host's rules, or their absence, mean for a page (RFC 9309).

Never fetches anything and keeps no rules: it is given what the host said.
"""

import re
from datetime import timedelta

from protego import Protego

TOKEN = "Storywire"
MAX_RULES = 500 * 2**10  # bytes that are read of one robots.txt; RFC 9309, 2.5 asks for at least so many
MAX_CRAWL_DELAY = timedelta(seconds=120)
MAX_RULES_AGE = timedelta(hours=24)  # RFC 9309, 2.4
FORBIDDEN = "robots.txt forbids the page"
_MAX_LINE = 2048  # no address is longer
_AGENT = re.compile(r"\s*user[ -]?agent\s*[:\s]\s*([^#]*)", re.IGNORECASE)
_PRODUCT = re.compile(r"[a-z_-]+", re.IGNORECASE)


class Rules:
    """What one host asks of Storywire. An empty document allows everything."""

    def __init__(self, document: bytes) -> None:
        """Reads a robots.txt; what is no rule in it is passed over."""
        text = document[:MAX_RULES].decode("utf-8-sig", "replace")
        self._rules = Protego.parse("\n".join(map(_for_us, text.splitlines())))

    def allow(self, url: str) -> bool:
        """Whether a page may be asked for: the longest rule that fits its address decides."""
        return self._rules.can_fetch(url, TOKEN)

    @property
    def crawl_delay(self) -> timedelta:
        """The least time between two requests; zero where nothing is said, and never more than MAX_CRAWL_DELAY."""
        asked = self._rules.crawl_delay(TOKEN) or 0.0
        return min(timedelta(seconds=min(asked, 1e6)), MAX_CRAWL_DELAY)


def _for_us(line: str) -> str:
    """The line, with a user agent that is not ours as `other`.

    Protego keeps a copy of each rule for each agent of a group, so that a document of 500 kB can hold millions, and
    takes `User-agent: s` for ours, which begins with the same letter; by RFC 9309, 2.2.1 the whole name must be equal.
    """
    if len(line) > _MAX_LINE:
        return ""
    if not (agent := _AGENT.match(line)):
        return line
    name = agent[1].strip()
    product = _PRODUCT.match(name)
    ours = product is not None and product[0].casefold() == TOKEN.casefold()
    return f"User-agent: {TOKEN if ours else '*' if name == '*' else 'other'}"


def unruled(status: int | None) -> bool:
    """Whether an answer of this HTTP status, None for no answer, means that a host has no rules.

    RFC 9309, 2.3.1: so do a redirect without end and all of 400 to 499; after server errors, and where nothing comes,
    nothing may be asked for now. 429 says not now too, and is no word about rules.
    """
    return status is not None and (status == 204 or 300 <= status < 500) and status != 429
