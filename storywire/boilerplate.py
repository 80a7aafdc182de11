"""What a publisher repeats on its other pages: decides which paragraphs are appeals and disclaimers, not reports.

Never looks at what a paragraph says or where it stands: only at how different the subjects are under which it stood.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tld import get_fld

from storywire.identity import digest
from storywire.sketch import hashes
from storywire.text import join_paragraphs, paragraphs, words
from storywire.urls import host
from storywire.walls import MIN_WORDS

MIN_SUBJECTS = 4  # two reports of one affair may have headlines without a common word; four of them hardly do
MIN_PARAGRAPH = 5  # different words with letters; fewer repeat by chance ("He refused."), or are a row of a table
MIN_LETTERS = 4  # of a headline's word; shorter ones say little of its subject
MIN_LEFT = 1 / 3  # of the words of a text: a page that would lose more is not a report with an appeal under it
MEMORY = timedelta(days=60)  # a paragraph that was not seen for so long is forgotten
_MAX_SUBJECT = 40  # words; a headline has fewer, and what is stored of it stays small
_LONG = 2000  # characters; whatever is so long has words enough


@dataclass(frozen=True, slots=True)
class Standing:
    """Under how many different subjects a paragraph stood, and the hashed words of the headlines that say so."""

    pages: int = 0
    subjects: frozenset[int] = frozenset()

    @property
    def repeats(self) -> bool:
        """Whether the publisher repeats it, whatever the report is about."""
        return self.pages >= MIN_SUBJECTS


@dataclass(frozen=True, slots=True)
class Marks:
    """One article, reduced to what is counted: its headline's hashed words, and the hashes of its paragraphs.

    `telling` are those of its paragraphs that share no word with the headline: the others are about its subject.
    """

    subject: frozenset[int]
    paragraphs: frozenset[int]
    telling: frozenset[int]


def site_of(url: str | None, feed_url: str | None = None, publisher: str | None = None) -> str:
    """Whose page it is: the registrable domain of its address, else the host of its feed, else its publisher's name."""
    if url and host(url):
        return get_fld(url, fail_silently=True) or host(url)
    return host(feed_url or "") or publisher or ""


def marks_of(title: str, text: str, publisher: str | None = None) -> Marks:
    """What is counted of an article. Its publisher's name in a headline is no word of its subject."""
    said = dict.fromkeys(word for word in words(title) if len(word) >= MIN_LETTERS or _is_pair(word))
    for word in words(publisher or ""):
        said.pop(word, None)
    subject, found, telling = list(said)[:_MAX_SUBJECT], set(), set()
    for paragraph in paragraphs(text):
        if (key := _key(paragraph)) is not None:
            found.add(key)
            if subject and not _shares(paragraph, said):
                telling.add(key)
    return Marks(frozenset(hashes(subject).tolist()), frozenset(found), frozenset(telling))


def counted(standing: Standing, subjects: Iterable[frozenset[int]]) -> Standing:
    """The standing of a paragraph after pages of these subjects; their order does not matter.

    A page counts only if its headline shares no word with those that count already: so the background that follow-ups
    of one affair repeat is not taken for an appeal. Short headlines go first, since they exclude the fewest others.
    """
    for subject in sorted(subjects, key=lambda words: (len(words), sorted(words))):
        if standing.repeats:
            break
        if subject and standing.subjects.isdisjoint(subject):
            standing = Standing(standing.pages + 1, standing.subjects | subject)
    return standing


def without(text: str, known: Collection[int]) -> str:
    """The text without the paragraphs of these hashes; all of it, where too little would be left."""
    parts = paragraphs(text)
    kept = join_paragraphs([part for part in parts if _key(part) not in known])
    if len(kept) < MIN_LEFT * len(text) or not _has_words(kept, MIN_WORDS):
        return text
    return kept if len(kept) < len(join_paragraphs(parts)) else text


def _key(paragraph: str) -> int | None:
    """64 bits of a paragraph's words; None for what is too little to be told again.

    One publisher sets its own words the same each time, so they are cut at spaces, which is quick.
    """
    tokens = paragraph.casefold().split()
    if not _enough(token for token in tokens if any(map(str.isalpha, token))) and not _enough(
        pair for pair in words(paragraph) if _is_pair(pair)
    ):
        return None
    return int(digest("paragraph", *tokens), 16)


def _shares(paragraph: str, said: Mapping[str, object]) -> bool:
    """Whether one of these words stands in it; the quick look finds parts of words too."""
    folded = paragraph.casefold()
    return any(word in folded for word in said) and not said.keys().isdisjoint(words(paragraph))


def _has_words(text: str, least: int) -> bool:
    return len(words(text[:_LONG])) >= least


def _enough(tokens: Iterable[str]) -> bool:
    """Whether enough of them are different; reads no further than it must."""
    different: set[str] = set()
    for token in tokens:
        different.add(token)
        if len(different) >= MIN_PARAGRAPH:
            return True
    return False


def _is_pair(word: str) -> bool:
    """Whether it is one of the pairs of characters into which scripts without spaces are cut."""
    return len(word) == 2 and word > "\u0e00" and word.isalpha()
