"""What a web page says: decides which of its text, title, date, address and publisher are taken over.

Never fetches anything, and never raises on what a server sent: a page that cannot be read has a reason instead of text.
"""

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tld import get_fld
from trafilatura import bare_extraction
from trafilatura.utils import detect_encoding

from storywire.dates import iso_date
from storywire.language import UNKNOWN, language_of
from storywire.nouns import Precision, Published
from storywire.text import clean, ends_sentence, has_overloaded_tag, join_paragraphs, one_line, unique_paragraphs, words
from storywire.urls import canonical_url, host

MAX_BYTES = 15_000_000
MAX_TEXT = 200_000  # characters: some 35,000 words, more than any report; 15 MB of text would fill the memory
_NOT_A_PAGE = re.compile(
    r"(?:application/(?!xhtml)|image/|audio/|video/|font/|text/(?:css|csv|calendar|javascript|plain))", re.I
)
_MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|main|article|section|div|h1|p)[\s/>]", re.IGNORECASE
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)
# The families of encodings that browsers know (encoding.spec.whatwg.org, 4.2); Python knows stranger ones, such as
# punycode, which are slow or not encodings of text at all.
_WEB_CHARSET = re.compile(
    r"(?:us-ascii|latin|iso[-_]?8859|windows-|cp\d|koi8|mac|gb|big5|euc|shift|sjis|iso-2022|utf-16|tis)", re.I
)
_META_TIME = re.compile(
    r"<meta\b(?=[^<>]*\bproperty=[\"']article:published_time[\"'])[^<>]*\bcontent=[\"']([^\"'<>]{10,40})[\"']", re.I
)
_JSON_TIME = re.compile(r"\"datePublished\"\s*:\s*\"([^\"<>]{10,40})\"")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page said. `text` has paragraphs, and is empty exactly where `reason` says why nothing could be had."""

    url: str | None
    title: str | None
    text: str
    published: Published
    publisher: str | None
    language: str | None
    reason: str | None


def extract_page(body: bytes, url: str, content_type: str | None = None) -> Page:
    """The article in the bytes that were served at `url`; `content_type` is the header's value, where there was one.

    libxml2 is C code that hostile input can keep busy: run this where it can be killed.
    """
    try:
        return _extracted(body, url, content_type or "")
    except Exception as error:  # libxml2 and trafilatura have no documented set of errors, and the input is anyone's
        return _refused(url, f"cannot be read ({type(error).__name__})")


def _refused(url: str, reason: str) -> Page:
    return Page(url, None, "", Published(), None, None, reason)


def _extracted(body: bytes, url: str, content_type: str) -> Page:
    if len(body) > MAX_BYTES:
        return _refused(url, "too large")
    if _NOT_A_PAGE.match(content_type):
        return _refused(url, "not HTML")
    source = _decoded(body, content_type)
    if not _is_html(source):
        return _refused(url, "not HTML")
    if has_overloaded_tag(source):
        return _refused(url, "too long a tag")
    found: Any = bare_extraction(
        source,
        url=url,
        include_comments=False,
        with_metadata=True,
        # Only what the page states: the extensive search takes any date in its text. The limit is fixed because the
        # default is today by the machine's clock; `dates.trusted` refuses the future.
        date_extraction_params={"original_date": True, "extensive_search": False, "max_date": "2100-01-01"},
    )
    lines = _told_once(clean(found.text or "").split("\n")) if found else []
    if len(lines) > 1 and words(lines[0]) == words(found.title or ""):
        del lines[0]
    return _page(found, join_paragraphs(lines)[:MAX_TEXT], url, source) if lines else _refused(url, "no text found")


def _told_once(lines: list[str]) -> list[str]:
    """The lines without paragraphs that stand twice. Rows of tables and items of lists repeat with good reason."""
    prose = [line for line in lines if ends_sentence(line) or len(line) > 500]
    extra = Counter(prose) - Counter(unique_paragraphs(prose))
    kept: list[str] = []
    for line in reversed(lines):  # of a repeat, the first stays
        if extra[line] > 0:
            extra[line] -= 1
        elif line:
            kept.append(line)
    return kept[::-1]


def _page(found: Any, text: str, url: str, source: str) -> Page:
    """The page from trafilatura's Document."""
    language = language_of(text)
    return Page(
        url=_address(found.url, url),
        title=one_line(found.title, 300) if found.title else None,
        text=text,
        published=_published(found.date, source),
        publisher=one_line(found.sitename, 100) if found.sitename else host(url) or None,
        language=None if language == UNKNOWN else language,
        reason=None,
    )


def _decoded(body: bytes, content_type: str) -> str:
    """The page as text: by its byte order mark, as UTF-8, or by the charset that the header or the page names.

    UTF-8 goes before the names because text in another encoding is hardly ever valid UTF-8, while servers that send
    ISO-8859-1 for everything are common.
    """
    marks = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
    named = [*_CHARSET.findall(content_type), *_CHARSET.findall(body[:2048].decode("latin-1"))]
    candidates = [encoding for mark, encoding in marks.items() if body.startswith(mark)]
    candidates += ["utf-8", *(name for name in named if _WEB_CHARSET.match(name))]
    for encoding in candidates:
        try:
            return body.decode("cp1252" if encoding.lower() in ("iso-8859-1", "us-ascii", "latin1") else encoding)
        except (LookupError, UnicodeError):
            continue
    guesses = detect_encoding(body)
    return body.decode(guesses[0] if guesses else "cp1252", "replace")


def _is_html(source: str) -> bool:
    """Whether a text is a page: it has markup of HTML, and is not a feed, image, document or data with some in it."""
    start = source[:2000].lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[", "%PDF", "GIF8", "PK\x03", "<rss", "<feed", "<svg")) or "\0" in start:
        return False
    if start.startswith("<?xml") and "<html" not in start.lower():
        return False
    return bool(_MARKUP.search(source))


def _address(stated: str | None, url: str) -> str | None:
    """The canonical address that the page states, if it is of the same site; else the one that was asked.

    A page without an address of its own, such as a saved file, has the one it states.

    A page that names another site's address as its own would take that site's place. Sites are told apart by their
    registrable domain (publicsuffix.org, the list that the library brings along).
    """
    address = canonical_url(stated, url or None) if stated else None
    if not url:
        return address
    if address is None or _path(address) == "/" != _path(url):  # some sites name their front page on every page
        return url
    site = get_fld(url, fail_silently=True) or host(url)
    return address if (get_fld(address, fail_silently=True) or host(address)) == site else url


def _path(url: str) -> str:
    return re.sub(r"^[a-z]+://[^/?#]*", "", url) or "/"


def _published(day: str | None, source: str) -> Published:
    """The page's date, to the second where its metadata states one time, with zone, on that day."""
    try:
        at = datetime.strptime(day or "", "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return Published()
    for pattern in (_META_TIME, _JSON_TIME):
        times = {time for time in pattern.findall(source) if time.startswith(f"{at:%Y-%m-%d}")}
        stated = [p for time in times if (p := iso_date(time, "page")) and p.precision is not Precision.DAY]
        if len(times) == 1 and stated:
            return stated[0]
    return Published(at, Precision.DAY, "page")
