"""Revisions: decides whether an article's text changed, what sentences came and went, and whether that corrects it.

Never fetches a page, and takes no page that could not be read for a change: a miss is better than a made-up change.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from storywire.corrections import says_so, swaps_a_fact
from storywire.furniture import is_appeal, is_furniture
from storywire.nouns import Article, Revision
from storywire.stamps import is_stamp
from storywire.text import ends_sentence, paragraphs, sentences, words

MAX_LOST = 0.67  # share of the sentences that a change may take away without further proof
MAX_TAIL = 0.34  # the same where all of them stood at the end, and less came in their place
MIN_LENGTH = 0.67  # share of its letters that a text told anew has at least
SAME_REPORT = 0.5  # share of its longer words that it has at least
MIN_WORDS = 12  # of a line that does not end as a sentence; shorter ones are headings, captions and teasers
_JOINED = 4  # sentences; so many are tried as one, since a heading without a full stop runs into what follows
_NUMBER = re.compile(r"\d+(?:[., '’]\d{3}(?!\d))*(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"[., '’](?=\d{3}(?!\d))")

Key = tuple[str, tuple[str, ...]]
"""A sentence without its typography: its letters and digits, and its numbers."""


@dataclass(frozen=True, slots=True)
class Change:
    """What sentences came and went between two texts, each in the order of its text. A moved one is in neither."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    lines: tuple[str, ...] = ()  # all that came, with what is no sentence


def revised(before: Article, now: Article, number: int, at: datetime) -> Revision | None:
    """The version that `now` replaces at `at`, as the `number`th; None where nothing that matters changed.

    What matters is a sentence, or the headline. What does not: typography, spaces, the order and the breaks of
    paragraphs, hyphens, headings and captions, lines that only say when the page was changed, and furniture.
    """
    change = changed(before.text, now.text)
    headline = key(before.title) != key(now.title)
    if change.added or change.removed:
        if not _credible(before.text, now.text, change):
            return None
    elif not headline:
        return None
    return Revision(
        article_id=before.article_id,
        number=number,
        replaced_at=at,
        title=before.title,
        text=before.text,
        added=change.added,
        removed=change.removed,
        correction=_says_so(change.lines) or swaps_a_fact(change.removed, change.added, before.language),
    )


def changed(before: str, now: str) -> Change:
    """What sentences came and went between two texts of paragraphs."""
    old, new = _told(before), _told(now)
    removed, added = _less(old, new), _less(new, old)
    removed, added = _unjoined(removed, added), _unjoined(added, removed)
    return Change(tuple(filter(_is_sentence, added)), tuple(filter(_is_sentence, removed)), tuple(added))


def lost(before: str, now: str) -> float:
    """The share, 0 to 1, of the sentences of a text that another one does not have; of a text without any, 1."""
    return _lost(before, changed(before, now))


def reworded(before: str, now: str) -> bool:
    """Whether a feed says the same item in other words: something that matters changed, and most of it stayed.

    Both are an item's title and summary. What has few words in common is another item under the old one's id.
    """
    return set(map(key, _told(before))) != set(map(key, _told(now))) and _keeps_words(before, now)


def key(sentence: str) -> Key:
    """What two sentences share that differ in typography alone: "cease-fire" is "ceasefire", 1,200 is 1 200.

    Numbers stand apart, because "1.5" is not "15" and "5-0" is not "50".
    """
    folded = unicodedata.normalize("NFKC", sentence).casefold()
    letters = "".join(c for c in folded if c.isalnum() or unicodedata.category(c).startswith("M"))
    return letters, tuple(_THOUSANDS.sub("", number).replace(",", ".") for number in _NUMBER.findall(folded))


def _told(text: str) -> list[str]:
    """The sentences of a text that tell something, in order."""
    said = (s for p in paragraphs(text) for line in p.split("\n") for s in sentences(line))
    return [s for s in said if key(s)[0] and not (is_stamp(s) or is_furniture(s) or is_appeal(s))]


def _is_sentence(line: str) -> bool:
    return ends_sentence(line) or len(words(line)) >= MIN_WORDS


def _less(these: Iterable[str], others: Iterable[str]) -> list[str]:
    """These sentences without those that stand, anywhere, among the others."""
    known = set(map(key, others))
    return [sentence for sentence in these if key(sentence) not in known]


def _unjoined(these: Sequence[str], others: Sequence[str]) -> list[str]:
    """These sentences without those that the others have as well, only cut at other places."""
    known = {key(" ".join(run)) for _, run in _runs(others)}
    same = {i for start, run in _runs(these) if key(" ".join(run)) in known for i in range(start, start + len(run))}
    return [sentence for i, sentence in enumerate(these) if i not in same]


def _runs(lines: Sequence[str]) -> Iterable[tuple[int, Sequence[str]]]:
    """All runs of up to four lines that follow each other, with where each starts."""
    return ((i, lines[i : i + n]) for i in range(len(lines)) for n in range(1, min(_JOINED, len(lines) - i) + 1))


def _says_so(lines: Sequence[str]) -> bool:
    """Two in a row are read as one too: "am 3. Mai" is cut in two by its full stop."""
    return any(map(says_so, (*lines, *map(" ".join, pairwise(lines)))))


def _credible(before: str, now: str, change: Change) -> bool:
    """Whether a changed text is the same report told anew, and not what a wall or an error left of its page.

    A paywall that came down or a page that was cut leaves the head of a report, and maybe a line of its own; a consent
    wall, a soft error or another report at the address leaves nothing. So a text that lost its end with little in its
    place, or lost most of its sentences, counts only if it is about as long as it was, or longer (a first line became
    a report), and still has the words that carried it. A publisher who shortens a report by so much is missed.
    """
    if _lost(before, change) <= (MAX_TAIL if _is_cut(before, now, change) else MAX_LOST):
        return True
    return len(key(now)[0]) >= MIN_LENGTH * len(key(before)[0]) and _keeps_words(before, now)


def _lost(before: str, change: Change) -> float:
    told = sum(map(_is_sentence, _told(before)))
    return min(len(change.removed) / told, 1.0) if told else 1.0


def _is_cut(before: str, now: str, change: Change) -> bool:
    """Whether all that went stood at the end, and all that came, if anything, stands there now and is less."""
    return (
        len(change.added) < len(change.removed)
        and _ends(before, change.removed)
        and (not change.added or _ends(now, change.added))
    )


def _ends(text: str, last: Sequence[str]) -> bool:
    told = [s for s in _told(text) if _is_sentence(s)]
    return told[len(told) - len(last) :] == list(last)


def _keeps_words(before: str, now: str) -> bool:
    carrying = {w for w in words(before) if len(w) > 3 or not w.isascii()}  # not "the", "und"; in other scripts, all
    return bool(carrying) and len(carrying.intersection(words(now))) >= SAME_REPORT * len(carrying)
