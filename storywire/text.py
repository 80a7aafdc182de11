"""Text as people read it: decides which characters are kept, what a word is, and which paragraphs repeat.

Never decides what an article is about, and never raises, whatever it is given.
"""

import html
import re
import sys
import unicodedata
from collections import Counter
from itertools import pairwise

from lxml import etree

from storywire.identity import digest

_ALL_MARKS = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c))[0] == "M"]
# One class of both planes is ten times slower: the engine keeps a bitmap for the basic plane only.
_BASIC = re.escape("".join(c for c in _ALL_MARKS if c <= "\uffff"))
_OTHER = re.escape("".join(c for c in _ALL_MARKS if c > "\uffff"))
_MARK = f"(?:[{_BASIC}]|(?=[\U00010000-\U0010ffff])[{_OTHER}])"
# Scripts written without spaces: Thai to Lao, Myanmar, Khmer, kana, Han. Their runs are cut into pairs of characters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTERS = rf"[^\W_{_UNSPACED}]+"
_SPACED = re.compile(rf"{_LETTERS}(?:{_MARK}+(?:{_LETTERS})?)*")
_ANY_UNSPACED = re.compile(f"[{_UNSPACED}]")
_MARKED = re.compile("[\u0300-\u1fff\u20d0-\u20ff\u2c80-\U0010ffff]")  # no combining mark lies outside: a quick no
_TOKEN = re.compile(rf"{_LETTERS}(?:{_MARK}+(?:{_LETTERS})?)*|(?P<unspaced>[{_UNSPACED}]+)")

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPE = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]")
_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls but tab and newline; soft hyphen; marks, overrides and isolates of direction; zero width (but not ZWNJ and
# ZWJ, which Persian and Indic spelling needs); interlinear and tag characters; what Unicode calls no character.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
# Normalising is quadratic in a run of combining marks (measured: 20,000 marks 0.2 s, 400,000 marks 84 s). Unicode's
# Stream-Safe Text Format (UAX 15, section 13) allows 30 in a row, more than any language has.
_MARK_RUN = re.compile(rf"({_MARK}{{30}}){_MARK}+")

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|<!\[CDATA\[")
# libxml2's cost is quadratic in the attributes of one tag (measured with lxml 6.1: 5,000 of them 15 ms, 10,000 0.25 s,
# 100,000 27 s). Their number counts, not the length: one attribute of 3 MB takes 8 ms, and real pages have such.
_ATTRIBUTE = r"""[\s/]*+[^\s/>"'=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']++)?+)?+|[\s/]*+["'=]"""
_START_TAG = re.compile(rf"""<[a-zA-Z][^\s/>"'=]*+((?:{_ATTRIBUTE})*+)""")
_MAX_ATTRIBUTES = 5000
_RAW = re.compile(  # code and comments, where what looks like tags is none
    r"(?i)(<(script|style)\b[^<>]*>)[^<]*+(?:<(?!/\2)[^<]*+)*+|<!--[^-]*+(?:-(?!->)[^-]*+)*+"
)
_DROPPED = (
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "svg",
    "head",
    "textarea",
    "select",
    "button",
)
_BLOCK_NAMES = """
address article aside blockquote center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
header hr li main nav ol p pre section summary table tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_SENTENCE_END = re.compile(r"[.!?。！？।؟۔။។][\"'”’»›)\]」』]*$|[,，][\"”’»」』]$")
_CUT_OFF = re.compile(r"(?:\.\.\.|…)[\"'”’»)]*$")
_THAI = re.compile("[\u0e00-\u0eff]$")  # Thai and Lao have no full stop: there, a long line is a sentence
_SENTENCES = re.compile(r"(?<=[.!?。！？।؟۔])[\"'”’»›)\]」』]*\s+|(?<=[。！？])")


def clean(text: str) -> str:
    """Text that is safe in a database, a log, a terminal and a table: visible characters, in NFC, and newlines.

    Escape sequences, controls, invisible and direction-turning characters go; all line ends become newlines; runs of
    spaces become one, and more than one empty line becomes one.
    """
    if text.isascii() and text.isprintable() and "  " not in text:  # most are, and need nothing of this
        return text.strip()
    if _SURROGATE.search(text):  # pairs become the character that they stand for, lone ones go
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    text = _HIDDEN.sub("", _ESCAPE.sub("", _BREAK.sub("\n", text)))
    text = unicodedata.normalize("NFC", _MARK_RUN.sub(r"\1", text) if _MARKED.search(text) else text)
    lines = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def one_line(text: str, limit: int = 1000) -> str:
    """The text as one clean line of at most `limit` characters, cut at a word where it is longer."""
    line = " ".join(clean(text).split())
    if len(line) <= limit:
        return line
    cut = line[: max(limit - 1, 0)]
    if not line[len(cut)].isspace() and cut.rfind(" ") > limit // 2:  # a script without spaces is cut anywhere
        cut = cut[: cut.rfind(" ")]
    return cut.rstrip(" ,;:–—-") + "…" if limit > 0 else ""


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text that `join_paragraphs` made, or of any other where empty lines separate them."""
    return [p.strip() for p in re.split(r"\n\s*\n", text) if p.strip()]


def join_paragraphs(parts: list[str]) -> str:
    """One text of paragraphs, one blank line between them."""
    return "\n\n".join(parts)


def words(text: str) -> list[str]:
    """The words of a text, NFKC and casefolded, in any script; where words are not spaced, pairs of characters."""
    text = _ESCAPE.sub("", _BREAK.sub("\n", text))
    if _MARKED.search(text):
        text = _MARK_RUN.sub(r"\1", text)
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = unicodedata.normalize("NFC", _HIDDEN.sub("", folded).replace("\u200c", "").replace("\u200d", ""))
    if not _ANY_UNSPACED.search(folded):
        return _SPACED.findall(folded)
    found: list[str] = []
    for match in _TOKEN.finditer(folded):
        run = match[0]
        pairs = match["unspaced"] is not None and len(run) > 1
        found += [a + b for a, b in pairwise(run)] if pairs else [run]
    return found


def fingerprint(text: str) -> str:
    """16 hex digits that two texts share when their words are the same, whatever the typography and layout."""
    return digest("words", " ".join(words(text)))


def ends_sentence(line: str) -> bool:
    """Whether a line ends as a sentence does, not as a heading, a caption, a link or a text cut off ("…")."""
    if _CUT_OFF.search(line):
        return False
    return bool(_SENTENCE_END.search(line)) or (len(line) >= 40 and bool(_THAI.search(line)))


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, roughly: an abbreviation followed by a space ends one too."""
    return [s for s in _SENTENCES.split(paragraph) if s]


def unique_paragraphs(parts: list[str]) -> list[str]:
    """The paragraphs without those that stand twice, compared by their words; order is kept.

    A paragraph of fewer than five words may repeat ("He refused."). A long one whose wording stands elsewhere, as when
    a page carries its text once more as one line, goes too: the longest first, so that the paragraphed text stays.
    """
    seen: set[tuple[str, ...]] = set()
    kept: dict[int, list[str]] = {}
    for index, part in enumerate(parts):
        key = tuple(words(part))
        if len(key) < 5 or key not in seen:
            kept[index] = list(key)
        seen.add(key)
    for index in _restated(kept):
        del kept[index]
    return [parts[index] for index in kept]


def _restated(tokens: dict[int, list[str]]) -> list[int]:
    """Which paragraphs of 20 words and more have four fifths of their runs of three words in other paragraphs.

    Not all of them: the runs across the joints between two sentences are lost where the other text has paragraphs.
    """
    runs = {i: Counter(zip(t, t[1:], t[2:], strict=False)) for i, t in tokens.items()}
    total: Counter[tuple[str, ...]] = Counter()
    for counts in runs.values():
        total.update(counts.keys())
    dropped = []
    for index in sorted((i for i, t in tokens.items() if len(t) >= 20), key=lambda i: -len(tokens[i])):
        own = runs[index]
        if sum(n for run, n in own.items() if total[run] > 1) >= 0.8 * own.total():
            dropped.append(index)
            total.subtract(own.keys())
    return dropped


def has_overloaded_tag(source: str) -> bool:
    """Whether a start tag has so many attributes that parsing it could take seconds. Linear in the source's length."""
    return _has_overloaded_tag(source) and _has_overloaded_tag(_RAW.sub(r"\1", source))


def _has_overloaded_tag(source: str) -> bool:
    return any(
        len(tag[1]) > 2 * _MAX_ATTRIBUTES and len(re.findall(_ATTRIBUTE, tag[1])) > _MAX_ATTRIBUTES
        for tag in _START_TAG.finditer(source)
    )


def html_to_text(source: str) -> str:
    """The plain text of an HTML fragment as feeds carry it; text without tags passes, its entities resolved once.

    Blocks become paragraphs, a line break a newline; scripts, styles and forms' controls go. Never raises.
    """
    if not _TAG.search(source):
        return clean(html.unescape(source))
    if not has_overloaded_tag(source):
        text = _parsed_text(source)
        if text:
            return text
    bare = _RAW.sub(" ", source)
    return clean(html.unescape(re.sub(r"<[^<>]*>", "\n\n", bare)))


def _parsed_text(source: str) -> str:
    """The text as libxml2 reads it; empty where it gives up (on a depth of 256, or a text of 10 MB)."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(f"<div>{clean(source)}</div>".encode(), parser)
    except (etree.LxmlError, ValueError):
        return ""
    if root is None:
        return ""
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    for element in root.iter():
        gap = "\n" if element.tag == "br" else "\n\n" if element.tag in _BLOCKS else " " if element.tag == "td" else ""
        if gap:
            element.text = gap + (element.text or "")
            element.tail = gap + (element.tail or "")
    for br in root.iter("br"):
        br.text = None
    return clean("".join(root.itertext()))
