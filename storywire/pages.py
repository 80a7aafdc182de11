"""What a web page says: decides which of its text, title, date, address and publisher are taken over.

Never fetches anything, and never raises on what a server sent: a page that cannot be read has a reason instead of text.
"""

import codecs
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tld import get_fld
from trafilatura import bare_extraction
from trafilatura.settings import Document
from trafilatura.utils import detect_encoding

from storywire.authors import authors
from storywire.language import UNKNOWN, language_of
from storywire.metadata import Metadata, metadata_of
from storywire.nouns import Precision, Published
from storywire.text import clean, ends_sentence, has_overloaded_tag, join_paragraphs, one_line, unique_paragraphs, words
from storywire.urls import canonical_url, host
from storywire.walls import Seen, Wall, WallKind, wall_of

MAX_BYTES = 15_000_000
MAX_TEXT = 200_000  # characters: some 35,000 words, more than any report; 15 MB of text would fill the memory
_NOT_A_PAGE = re.compile(
    r"(?:application/(?!xhtml)|image/|audio/|video/|font/|text/(?:css|csv|calendar|javascript|plain))", re.I
)
_MARKUP = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|main|article|section|div|h1|p)[\s/>]", re.IGNORECASE
)
_ABOUT_THE_REPORT = (WallKind.PAYWALL, WallKind.VIDEO, WallKind.TOO_SHORT)  # their title and date are the report's
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)
# The families of encodings that browsers know (encoding.spec.whatwg.org, 4.2); Python knows stranger ones, such as
# punycode, which are slow or not encodings of text at all.
_WEB_CHARSET = re.compile(
    r"(?:us-ascii|latin|iso[-_]?8859|windows-|cp\d|koi8|mac|gb|big5|euc|shift|sjis|iso-2022|utf-16|tis)", re.I
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page said. `text` has paragraphs, and is empty exactly where `reason` says why nothing could be had.

    A wall has no words here, and is `wall`; so is a page that is only too short, whose few words stay.
    """

    url: str | None
    title: str | None
    text: str
    published: Published
    publisher: str | None
    language: str | None
    reason: str | None
    author: str | None = None
    wall: Wall | None = None  # what the page is in the report's place
    given_up: bool = False  # it was not read to its end, as too hard; `fallback` may read it
    note: str | None = None  # how its text was had, where not in the usual way


def extract_page(body: bytes, url: str, content_type: str | None = None, asked: str | None = None) -> Page:
    """The article in the bytes that were served at `url`; `content_type` is the header's value, where there was one.

    `asked` is the address that was asked for, where that may have been another one.

    libxml2 is C code that hostile input can keep busy: run this where it can be killed.
    """
    try:
        return _extracted(body, url, content_type or "", asked)
    except Exception as error:  # libxml2 and trafilatura have no documented set of errors, and the input is anyone's
        return unread(url, f"cannot be read ({type(error).__name__})", given_up=True)


def unread(url: str, reason: str, given_up: bool = False) -> Page:
    """A page of which nothing is known, and why."""
    return Page(url, None, "", Published(), None, None, reason, given_up=given_up)


def source_of(body: bytes, content_type: str) -> tuple[str, str | None]:
    """The source of a page as text; else nothing, and why it is no page to read."""
    if len(body) > MAX_BYTES:
        return "", "too large"
    if _NOT_A_PAGE.match(content_type):
        return "", "not HTML"
    source = _decoded(body, content_type)
    return (source, None) if _is_html(source) else ("", "not HTML")


def _extracted(body: bytes, url: str, content_type: str, asked: str | None) -> Page:
    source, refusal = source_of(body, content_type)
    if refusal:
        return unread(url, refusal)
    if has_overloaded_tag(source):
        return unread(url, "too long a tag", given_up=True)
    found: Any = bare_extraction(
        source,
        url=url,
        include_comments=False,
        with_metadata=True,
        # Only what the page states: the extensive search takes any date in its text. The limit is fixed because the
        # default is today by the machine's clock; `dates.trusted` refuses the future.
        date_extraction_params={"original_date": True, "extensive_search": False, "max_date": "2100-01-01"},
    )
    return page_of(found or Document(), metadata_of(source), url, asked, source)


def page_of(found: Any, stated: Metadata, url: str, asked: str | None, source: str) -> Page:
    """The page from trafilatura's Document, or one filled by another reader, and what the source states."""
    title = _headline(stated.headline or "", one_line(found.title or "", 300)) or None
    lines = _told_once(clean(found.text or "").split("\n"))
    if len(lines) > 1 and words(lines[0]) in (words(title or ""), words(found.title or "")):
        del lines[0]
    text = join_paragraphs(lines)[:MAX_TEXT]
    wall = wall_of(Seen(source, title, text, url, asked, stated.types, stated.free))
    if wall and wall.kind not in _ABOUT_THE_REPORT:
        return replace(unread(url, str(wall)), url=None, wall=wall)
    reason = str(wall) if wall and wall.kind is not WallKind.TOO_SHORT else None if text else "no text found"
    text = "" if reason else text
    publisher = one_line(found.sitename or "", 100)
    publisher = publisher if publisher and not publisher.startswith("http") else host(url)
    language = language_of(text)
    sites = (publisher, host(url))
    return Page(
        url=_address(stated.canonical, url),
        title=title,
        text=text,
        published=_published(found.date, stated.published),
        publisher=publisher or None,
        language=stated.language if language == UNKNOWN else language,
        reason=reason,
        author=authors(stated.authors, sites) or authors([found.author] if found.author else [], sites),
        wall=wall,
    )


def _headline(stated: str, shown: str) -> str:
    """The headline that the report states, else what the library takes for it; without the site's name behind it.

    Of 258 news pages the stated one is exact in 212, the library's in 178 (docs/extraction.md).
    """
    if shown and re.match(r"\s+[|–—·•-]\s", stated.removeprefix(shown)) and stated.startswith(shown):
        return shown
    return stated or shown


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


def _published(day: str | None, stated: Published) -> Published:
    """The date that the page states; else the day that its visitors see."""
    if stated.at is not None:
        return stated
    try:
        return Published(datetime.strptime(day or "", "%Y-%m-%d").replace(tzinfo=UTC), Precision.DAY, "page")
    except ValueError:
        return Published()
