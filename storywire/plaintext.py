"""A plain-text document that was a web page: decides which of its lines are the report, by their shape and place.

Never knows a site: every rule is about how any page's navigation, appeals, players and teasers look once tags are gone.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storywire.dates import is_dateline, stated_date
from storywire.furniture import heads_a_list, is_appeal, is_credited, is_furniture, unglued, unwanted
from storywire.nouns import Published
from storywire.text import (
    clean,
    ends_sentence,
    join_paragraphs,
    one_line,
    paragraphs,
    sentences,
    unique_paragraphs,
    words,
)

_LIST_ITEM = re.compile(r"(?:[-*•‣▪◦–—]|\d{1,2}[.)])\s")
_CONTINUED = re.compile(r"(?!by\s)[^\W\d_A-Z]*[a-zà-ÿа-я]{2}|[,.;:!?)]")  # a line that begins in mid-sentence
_PARAGRAPH = 12  # words: fewer, and it may be a question in a headline, or a button
_RELATED = 0.15  # of a line's words of subject stood in the report before; in other reports' lines it is about 0.05
_SLACK, _GAP = 2.0, 4.0  # headings: so many may stand before a last paragraph, and between a first one and the others
_STANDFIRST = 8  # words: fewer, and a line below the title is a name, a place or a section


@dataclass(frozen=True, slots=True)
class Document:
    """A plain-text document: its title, its report in paragraphs, and the date that it states for itself, if any."""

    title: str
    text: str
    published: Published


def read_document(raw: str) -> Document:
    """The report in a plain-text document, as copied or scraped from a page, without what stood around it.

    What is only suspected stays: a clean document comes through whole. Never raises; a document of which nothing is
    left has an empty text.
    """
    lines = [part for line in _lines(clean(raw)) for part in unglued(line)]
    bad = unwanted(lines)
    start, end = _span(lines, bad)
    title, first = _title(lines[:end], start)
    published = stated_date(lines[max(first - 4, 0) : end]) or Published()
    if any(_is_paragraph(lines[i]) and not bad[i] for i in range(first, start)):  # notices below the title
        first = start
    told = [line for line, is_bad in zip(lines[first:end], bad[first:end], strict=True) if not is_bad]
    told = [line for line in told if not is_dateline(line) and words(line) != words(title)]
    kept = _without_captions(_without_labels(told), title)
    return Document(title, join_paragraphs(unique_paragraphs(kept)), published)


def _lines(text: str) -> list[str]:
    """The lines of a text; what was broken at a width, as in mail, or at a link, as by scrapers, is joined again."""
    found: list[str] = []
    for block in paragraphs(text):
        lines = block.split("\n")
        if _is_wrapped(lines):
            lines = [" ".join(lines)]
        for index, line in enumerate(lines):
            if index and len(found) > 1 and not ends_sentence(found[-1]) and _CONTINUED.match(line):
                found[-1] += ("" if line[0] in ",.;:!?)" else " ") + line
            else:
                found.append(line)
    return found


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether lines are one paragraph cut at a width: all but the last about as long, most of them in mid-sentence."""
    width, full = max(map(len, lines)), lines[:-1]
    if not full or not 40 <= width <= 100 or any(_LIST_ITEM.match(line) for line in lines):
        return False
    broken = sum(not ends_sentence(line) for line in full)
    continued = any(line[:1].islower() for line in lines[1:])
    return min(map(len, full)) >= 0.7 * width and 2 * broken > len(full) and continued


def _title(lines: Sequence[str], start: int) -> tuple[str, int]:
    """The title of the report that starts at a line, and at which line the rest begins.

    The title stands before the first paragraph, has four words or more (menus and labels have fewer), is neither
    furniture nor a date, and shares words with the paragraphs; a site's slogan does not. Where no line is such, the
    longest before the first paragraph; where none stands there, the first sentence, which then stays in the text.
    """
    body = (i for i in range(start, len(lines)) if _is_paragraph(lines[i]) and (i or len(sentences(lines[i])) > 1))
    first = next(body, len(lines))
    told = _subject(filter(_is_paragraph, lines[first:]))
    head = [i for i in range(first) if not (is_furniture(s := lines[i]) or is_appeal(s) or is_dateline(s))]
    long = [i for i in head if len(words(lines[i])) >= 4]
    chosen = [i for i in long if _shared(lines[i], told) >= 1 / 3] or long
    chosen = chosen or sorted(head, key=lambda i: -len(lines[i]))
    if chosen:
        return one_line(re.sub(r"\s\|\s[^|]{1,40}$", "", lines[chosen[0]]), 300), chosen[0] + 1
    return one_line(sentences(lines[first])[0], 120) if first < len(lines) else "", first


def _is_sentence(line: str) -> bool:
    """Whether a line is of sentences: it ends as one, or has three within, whatever was left at its end."""
    return ends_sentence(line) or len(sentences(line)) > 3


def _is_paragraph(line: str) -> bool:
    return _is_sentence(line) and len(words(line)) >= _PARAGRAPH


def _span(lines: Sequence[str], bad: Sequence[bool]) -> tuple[int, int]:
    """Where the report starts and ends between menus, lists of other reports, adverts and footers.

    Each line speaks for the report or against it, and the report is the stretch with the highest sum: around an article
    nearly all lines are headings without a full stop, about other things, so the sum falls for good; a list or a box in
    mid-article is outweighed by the paragraphs after it. A paragraph that comes close to the highest sum still belongs
    to the report, since a line too much does less harm than a paragraph lost.
    """
    told: set[str] = set()
    total, peak, since = 0.0, 0.0, 0  # of the stretch that is being read
    best, start, end = 0.0, 0, 0
    for index, line in enumerate(lines):
        if not (bad[index] and index and bad[index - 1]):  # the lines of one player or appeal count once
            total += _weight(line, bad[index], _shared(line, told))
        if total <= (-_GAP if peak else 0):
            total, peak, since = 0.0, 0.0, index + 1
        elif total >= best or (since == start and total >= best - _SLACK and _is_paragraph(line) and not bad[index]):
            best, start, end = max(best, total), since, index + 1
        peak = max(peak, total)
        if _is_paragraph(line) and not bad[index]:
            told |= _subject([line])
    return (start, end) if best else (0, len(lines))


def _weight(line: str, bad: bool, shared: float) -> float:
    """What a line says about whether the report still goes on: sentences are for it, by their length, headings against.

    A sentence on the report's subject weighs twice as much as another: teasers have sentences too, a heading to each.
    """
    related = shared >= _RELATED
    if bad:
        return -3.0 if heads_a_list(line) else -1.0
    if _is_sentence(line):
        return min(4.0, len(words(line)) / 10) if related else min(0.75, len(words(line)) / 20)
    if _LIST_ITEM.match(line):
        return 0.0
    return -0.25 if related else -1.0


def _without_labels(lines: Sequence[str]) -> list[str]:
    """The lines without those above the first paragraph that are no sentences: names, places, sections.

    The one at the top stays where it is long enough for a standfirst.
    """
    first = next((i for i, line in enumerate(lines) if _is_paragraph(line)), 0)
    standfirst = [line for line in lines[:1] if len(words(line)) >= _STANDFIRST]
    return [
        s for i, s in enumerate(lines) if i >= first or _is_sentence(s) or _LIST_ITEM.match(s) or (not i and standfirst)
    ]


def _without_captions(lines: Sequence[str], title: str) -> list[str]:
    """The lines without captions and boxes, which are known by three signs, none of which a subheading has.

    A line that is not a sentence and stands twice in a row is a picture's description and its caption. One that ends
    in a credit is a caption. Three and more such lines in a row, not marked as a list and of other words than the
    report, are a box of links.
    """
    told = _subject([title, *filter(_is_sentence, lines)])
    loose = [not _is_sentence(line) and not _LIST_ITEM.match(line) for line in lines]
    kept: list[str] = []
    for index, line in enumerate(lines):
        twin = line in (*lines[max(index - 1, 0) : index], *lines[index + 1 : index + 2])
        box = _shared(line, told) < _RELATED and _run_length(loose, index) >= 3
        if not (loose[index] and (twin or box or is_credited(line))):
            kept.append(line)
    return kept


def _subject(lines: Iterable[str]) -> set[str]:
    """The words that carry the subject: those of five letters and more, and pairs of unspaced characters."""
    return {word for line in lines for word in words(line) if len(word) >= 5 or (len(word) == 2 and word[0] > "\u0dff")}


def _shared(line: str, told: set[str]) -> float:
    """Which part of a line's words of subject, 0 to 1, stands in `told`; 0 for a line without such words."""
    own = _subject([line])
    return len(own & told) / len(own) if own else 0.0


def _run_length(flags: Sequence[bool], index: int) -> int:
    """How many flags in a row are true around an index."""
    start, end = index, index
    while start > 0 and flags[start - 1]:
        start -= 1
    while end < len(flags) and flags[end]:
        end += 1
    return end - start
