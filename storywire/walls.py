"""Pages that stand in a report's place: decides that a page is a wall and of which kind, by its own words.

Never looks at a page that has a report: precision goes first, since a report that is taken for a wall is lost.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from urllib.parse import urlsplit

from tld import get_fld

from storywire import wallwords as said
from storywire.text import ends_sentence, one_line, paragraphs, words
from storywire.urls import host

MIN_WORDS = 20  # of title and text; less says too little to be compared with other reports
LINE_WORDS = 25  # so many at most are in a paragraph that is a wall speaking; a report tells in longer ones
REPORT_WORDS = 40  # so many besides the words of a wall are a report, if a brief one
LEDE_WORDS = 60  # so many may stand above a pay wall and still be only how the report begins
_ERROR_WORDS = 250  # on a page that says twice that nothing is there: teasers of other reports
_SPARSE = 400  # words on all of a page that is nothing but a wall; an article's page has menus and teasers too
_UNTOLD = 12  # words of text; less tell nothing, so that a title alone says what the page is
_MARKED = 150  # and of one that only a vendor's mark tells
_NEAR = 60  # characters
_LOOKED_AT = 1_000_000  # characters of source
_READ = 60_000  # characters of what a visitor sees

_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|svg|head)\b.*?(?:</\1|\Z)|<[^<>]*>", re.IGNORECASE | re.DOTALL
)
_QUOTED = re.compile(r"[“„«][^“”„«»]{0,500}[”»“]|\"[^\"]{0,500}\"")  # what people said is told, not said to the visitor
_TITLE = re.compile(r"<title\b[^<>]*>([^<]{0,1000})", re.IGNORECASE)
_HEADING = re.compile(r"<h1\b[^<>]*>", re.IGNORECASE)
_BETWEEN = re.compile(r"\s[|–—·•:/-]+\s|[|•]|:\s")  # a title's parts: what the page is, and whose
_SIGNED = re.compile(r"[.!?][\"')»]*\s+\(?[\w/-]{2,12}\)?$")  # "... he said. (AP)": an agency's name closes it
_CUT = re.compile(r"(?:\.\.\.|…|\[…\])\W*$")


class WallKind(StrEnum):
    """What stands in a report's place."""

    CONSENT = "a consent wall"
    PAYWALL = "a paywall stub"
    BOT_CHECK = "a bot check"
    NOT_FOUND = "a soft 404"  # nothing is there, though the server says 200
    LOGIN = "a login"
    VIDEO = "a video stub"
    TOO_SHORT = "too short"

    @property
    def may_pass(self) -> bool:
        """Whether another try may find the report."""
        return self in (WallKind.CONSENT, WallKind.BOT_CHECK, WallKind.TOO_SHORT)


@dataclass(frozen=True, slots=True)
class Wall:
    """What kind of wall a page is, and the words on it that say so."""

    kind: WallKind
    evidence: str

    def __str__(self) -> str:
        """As a reason has it."""
        return f"{self.kind} (“{self.evidence}”)" if self.evidence else str(self.kind)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a page. `asked` is the address that was asked for, where `url` may be another one."""

    source: str
    title: str | None
    text: str  # as extracted: paragraphs
    url: str
    asked: str | None = None
    types: frozenset[str] = frozenset()  # as `metadata.Metadata`
    free: bool | None = None


def wall_of(seen: Seen) -> Wall | None:
    """The wall that a page is, or None for one with a report on it."""
    if led_home(seen.asked, seen.url):
        return Wall(WallKind.NOT_FOUND, "led to the front page")
    if len(words(seen.text)) >= _ERROR_WORDS:
        return None
    page = _Page.read(seen)
    tests = (_bot_check, _not_found, _paywall, _login, _consent, _video)
    found = next((wall for test in tests if (wall := test(seen, page))), None)
    if found is None and len(words(seen.title or "")) + len(words(seen.text)) < MIN_WORDS:
        return Wall(WallKind.TOO_SHORT, "")
    return found


def led_home(asked: str | None, url: str) -> bool:
    """Whether a site answered with its front page when another one was asked for."""
    if not asked or not url or _site(asked) != _site(url):
        return False
    return _is_front(url) and not _is_front(asked)


def _is_front(url: str) -> bool:
    split = urlsplit(url)
    return split.path in ("", "/") and not split.query


def _site(url: str) -> str:
    return get_fld(url, fail_silently=True) or host(url)


@dataclass(frozen=True, slots=True)
class _Page:
    """A short page as a visitor sees it."""

    titles: tuple[str, ...]  # the parts of what stands in its title and its heading
    told: tuple[str, ...]  # paragraphs of its text, without quotations
    visible: str  # all of it, without quotations
    size: int  # words of all of it
    scope: str  # where a wall's words count: in the text, or where there is hardly any, on all of the page

    @classmethod
    def read(cls, seen: Seen) -> "_Page":
        source = seen.source[:_LOOKED_AT]
        titles = [seen.title or "", *(match[1] for match in [_TITLE.search(source)] if match), _heading(source)]
        visible = _plain(_UNSEEN.sub(" ", source))
        told = tuple(_QUOTED.sub(" ", _straight(part)) for part in paragraphs(seen.text))
        bare = _QUOTED.sub(" ", visible[:_READ])
        # A sentence in a site's frame is on all of its pages: where there is text, only its own words count.
        lines = (part for part in told if len(words(part)) <= LINE_WORDS)
        scope = "\n".join(lines) if len(words(seen.text)) >= MIN_WORDS else bare
        return cls(tuple(_parts(titles)), told, bare, len(words(visible)), scope)

    def left(self, *phrases: re.Pattern[str]) -> int:
        """The words of the text outside of paragraphs that hold one of these phrases."""
        return sum(len(words(part)) for part in self.told if not any(p.search(part) for p in phrases))

    def titled(self, pattern: re.Pattern[str]) -> str | None:
        """The part of a title that is all of what a pattern says."""
        return next((part for part in self.titles if pattern.fullmatch(part)), None)


def _bot_check(seen: Seen, page: _Page) -> Wall | None:
    phrase = said.BOT_CHECK.search(page.scope)
    if page.left(said.BOT_CHECK) >= REPORT_WORDS or page.size >= _SPARSE:
        return None
    vendor = said.BOT_VENDOR.search(seen.source[:_LOOKED_AT]) if page.size < _MARKED else None
    if phrase:
        return _wall(WallKind.BOT_CHECK, phrase[0])
    left = page.left()
    if page.size >= _MARKED or left >= MIN_WORDS:
        return None
    title = page.titled(said.BOT_TITLE) if vendor or left < _UNTOLD else None  # it may be a brief's headline
    return _wall(WallKind.BOT_CHECK, title or (vendor[0] if vendor else None))


def _not_found(_: Seen, page: _Page) -> Wall | None:
    title, phrase = page.titled(said.NOT_FOUND_TITLE), said.NOT_FOUND.search(page.visible)
    left = page.left(said.NOT_FOUND)
    if title and left < (_ERROR_WORDS if phrase else MIN_WORDS):
        return _wall(WallKind.NOT_FOUND, phrase[0] if phrase else title)
    own = said.NOT_FOUND.search(page.scope)
    return _wall(WallKind.NOT_FOUND, own[0]) if own and left < MIN_WORDS and page.size < _SPARSE else None


def _paywall(seen: Seen, page: _Page) -> Wall | None:
    if page.left(said.PAYWALL) >= LEDE_WORDS:
        return None
    own, anywhere = said.PAYWALL.search(page.scope), said.PAYWALL.search(page.visible)
    last = next((part for part in reversed(page.told) if not said.PAYWALL.search(part)), "")
    breaks_off = bool(last) and (bool(_CUT.search(last)) or not (ends_sentence(last) or _SIGNED.search(last)))
    if own or (anywhere and (breaks_off or seen.free is False)):
        return _wall(WallKind.PAYWALL, (own or anywhere or [""])[0])
    return _wall(WallKind.PAYWALL, "isAccessibleForFree: false") if seen.free is False and breaks_off else None


def _login(seen: Seen, page: _Page) -> Wall | None:
    if page.left(said.LOGIN) >= REPORT_WORDS or page.size >= _SPARSE:
        return None
    asks = bool(said.PASSWORD.search(seen.source[:_LOOKED_AT]))
    title, phrase = page.titled(said.LOGIN_TITLE), _asked_in(page.scope)
    led = bool(said.LOGIN_PATH.search(urlsplit(seen.url).path)) and seen.url != seen.asked
    evidence = phrase[0] if phrase else title or ("a password is asked for" if asks else None)
    return _wall(WallKind.LOGIN, evidence) if asks + bool(title) + bool(phrase) + led >= 2 else None


def _asked_in(scope: str) -> re.Match[str] | None:
    """Where a visitor is asked to log in, for more than to write a comment below a report."""
    found = said.LOGIN.finditer(scope)
    return next((m for m in found if not said.COMMENT.search(scope, m.start(), m.end() + _NEAR)), None)


def _consent(seen: Seen, page: _Page) -> Wall | None:
    if page.left(*said.CONSENT, said.CONSENT_TALK) >= REPORT_WORDS or page.size >= 2 * _SPARSE:
        return None
    found = [match for pattern in said.CONSENT if (match := pattern.search(page.scope))]
    vendor = bool(said.CONSENT_VENDOR.search(seen.source[:_LOOKED_AT])) and page.size < _MARKED
    short = page.size < _SPARSE or len(words(seen.text)) >= MIN_WORDS
    # News of banners names their buttons; a wall with a text also says who it is, or why it asks.
    speaks = vendor or not page.told or any(pattern.search(page.scope) for pattern in said.CONSENT[:2])
    return _wall(WallKind.CONSENT, found[0][0]) if found and short and speaks and len(found) + vendor >= 2 else None


def _video(seen: Seen, page: _Page) -> Wall | None:
    if len(words(seen.text)) >= MIN_WORDS:
        return None
    kind = next((k for k in sorted(seen.types) if k == "videoobject" or k.startswith("video.")), None)
    path = said.VIDEO_PATH.search(urlsplit(seen.url).path)
    player = said.VIDEO_PLAYER.search(seen.source[:_LOOKED_AT])
    title = page.titled(said.VIDEO_TITLE) or next((t for t in page.titles if said.VIDEO_TITLE.fullmatch(t)), None)
    evidence = kind or (path[0] if path else None) or title
    return _wall(WallKind.VIDEO, evidence or "a player") if evidence or player else None


def _wall(kind: WallKind, evidence: str | None) -> Wall | None:
    return Wall(kind, one_line(evidence, 60).strip(" .,:") or "?") if evidence else None


def _heading(source: str) -> str:
    """What stands in the first main heading."""
    start = _HEADING.search(source)
    end = source.find("</", start.end(), start.end() + 1000) if start else -1
    return source[start.end() : end] if start and end >= 0 else ""


def _parts(titles: list[str]) -> list[str]:
    """The titles, whole and in their parts, without doubles."""
    whole = [one_line(_plain(_UNSEEN.sub(" ", title)), 300) for title in titles]
    parts = [part.strip() for title in whole for part in (title, *_BETWEEN.split(title))]
    return [part for part in dict.fromkeys(parts) if part]


def _plain(text: str) -> str:
    return _straight(re.sub(r"\s+", " ", unescape(text)))


def _straight(text: str) -> str:
    return text.replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")
