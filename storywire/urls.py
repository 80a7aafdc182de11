"""Addresses: decides which two addresses are one, and which can be followed at all.

Never resolves a name and never opens anything.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import idna

from storywire.errors import InputError

MAX_LENGTH = 2048  # longer ones are traps or data; browsers and sitemaps.org stop at about the same length

# Parameters that say how a reader came, never what the page is. Each is in at least one of the lists that browsers and
# feed readers keep: github.com/AdguardTeam/AdguardFilters TrackParamFilter/sections/general_url.txt,
# github.com/brave/brave-core components/query_filter/utils.cc, Firefox's "query-stripping" collection,
# github.com/miniflux/v2 internal/reader/urlcleaner; the last names are what publishers add to the links of their feeds.
_TRACKING_PREFIXES = (
    "utm_",  # Google Analytics campaigns
    "mtm_",  # Matomo campaigns
    "pk_",  # Matomo under its old name, Piwik
    "hsa_",  # HubSpot advertising
    "at_",  # Piano Analytics campaigns (BBC: at_medium=RSS)
    "ns_",  # comScore campaigns (ns_mchannel=rss)
)
_TRACKING_NAMES = """
fbclid gclid gclsrc dclid gbraid wbraid srsltid msclkid twclid ttclid yclid ysclid igshid igsh li_fat_id
fb_action_ids fb_action_types fb_ref fb_source _openstat wickedid rb_clickid _branch_match_id _branch_referrer

mc_cid mc_eid mc_tc _hsenc _hsmi __hssc __hstc __hsfp hsctatracking mkt_tok vero_id vero_conv oly_anon_id oly_enc_id
_bhlid sc_cid

_ga _gl itm_campaign itm_medium itm_source

xtor maca cmp ito wprss
"""  # clicks numbered by networks; newsletters; sessions; what Le Monde, DW, CBC, Daily Mail and others add for feeds
_TRACKING = frozenset(_TRACKING_NAMES.split())
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_FEED_SCHEME = re.compile(r"^feed:(?=(https?:)|//)", re.IGNORECASE)  # as browsers hand feeds to readers
_URL_CHARACTERS = "%/:?@!$&'()*+,;=~[]"  # already encoded, or allowed to stand: RFC 3986, 2.2 (and % itself)


def canonical_url(url: str, base: str | None = None) -> str | None:
    """The one address of a page, absolute and without what only tracks; None for what is no web address.

    `base` resolves a relative address. Careful on purpose: path, its case and trailing slash, and all other parameters
    and their order stay, because merging two pages is worse than keeping one twice.
    """
    try:
        text = url.strip()
        scheme, host_and_port, path, query = _parts(urljoin(base, text) if base else text)
    except ValueError:  # also UnicodeError and idna.IDNAError
        return None
    kept = "&".join(p for p in query.split("&") if p and not _tracks(p))
    result = urlunsplit((scheme, host_and_port, path, kept, ""))
    return result if len(result) <= MAX_LENGTH else None


def feed_url(text: str) -> str:
    """The address of a feed from what a person typed; `https://` is added where no scheme stands.

    All parameters stay: a feed's may be its key. A `file://` address is returned as it is. Raises InputError.
    """
    typed = _FEED_SCHEME.sub(lambda found: "" if found[1] else "http:", text.strip())
    if typed.lower().startswith("file://"):
        return typed
    if "://" not in typed:
        if "." not in typed.split("/")[0] and ":" not in typed:
            raise InputError(f"{typed!r} is not an address of a feed; give one such as https://example.org/feed.xml.")
        typed = "https://" + typed
    try:
        if "@" in urlsplit(typed).netloc:
            raise InputError(f"The address at {host(typed)} holds a user name or password; give one without.")
        result = urlunsplit((*_parts(typed), ""))
    except ValueError:
        advice = "give one such as https://example.org/feed.xml."
        raise InputError(f"{text.strip()!r} is no web address; {advice}") from None
    if len(result) > MAX_LENGTH:
        raise InputError(f"The address at {host(typed)} is longer than {MAX_LENGTH} characters; give a shorter one.")
    return result


def request_url(url: str) -> str:
    """The one form in which an address is put into a request, so that all that is checked of it is what is asked.

    All parameters stay. Raises ValueError for what is no address of the web, and for one with a user name or password.
    """
    if "@" in urlsplit(url).netloc:
        raise ValueError("it holds a user name or password")
    return urlunsplit((*_parts(url), ""))


def linked_url(link: str | None, base: str) -> str | None:
    """The address that a document at `base` links, with all its parameters; None for what is no web address."""
    try:
        result = request_url(urljoin(base, link.strip())) if link else None
    except ValueError:
        return None
    return result if result and len(result) <= MAX_LENGTH else None


def host(url: str) -> str:
    """The host of an address, lower-cased, without port; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _parts(url: str) -> tuple[str, str, str, str]:
    """Scheme, host with any unusual port, path and query of a web address; raises ValueError for anything else."""
    split = urlsplit(url)
    scheme, port = split.scheme.lower(), split.port
    if scheme not in _DEFAULT_PORTS or not split.hostname or "\\" in split.netloc:  # browsers read \ as /
        raise ValueError("not an address of the web")
    name = _ascii_host(split.hostname)
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        name = f"{name}:{port}"
    return scheme, name, quote(split.path or "/", safe=_URL_CHARACTERS), quote(split.query, safe=_URL_CHARACTERS)


def _ascii_host(name: str) -> str:
    """The host as it is sent: lower case, no final dot, IDNA 2008 with the mapping of UTS 46; raises ValueError.

    Numbers are four decimal ones: 127.1, 0x7f000001, 2130706433 and 0177.0.0.1 are the same host to some programs and
    not to others, which only those use who have something to hide.
    """
    if ":" in name:
        return f"[{IPv6Address(name if '%' not in name else '')}]"  # a zone is of this machine only
    if not name.isascii():
        name = idna.encode(name, uts46=True).decode("ascii")
    name = name.lower().removesuffix(".")
    labels = name.split(".")
    if not _HOST.fullmatch(name) or len(name) > 253 or not all(0 < len(label) < 64 for label in labels):
        raise ValueError("not a host")
    if _NUMBER.fullmatch(labels[-1]):  # WHATWG URL, "ends in a number"
        return str(IPv4Address(name))
    return name


def _tracks(parameter: str) -> bool:
    name = unquote(parameter.partition("=")[0]).lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)
