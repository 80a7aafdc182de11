"""What a search asks for, and how two rankings become one: decides the language of questions and the order of answers.

Never finds anything itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import combining, normalize

from storywire.errors import InputError
from storywire.text import clean, one_line, sentences, words

LONGEST = 1000  # characters of a question
_EXCLUDED = 16  # words, and phrases: each is looked up by itself
_EXTRACT = 240  # characters
_RANK = 60  # Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion", 2009: their k
_NOT_QUOTED = re.compile(r'(?<!\S)-["“”„]')
_QUOTED = re.compile(r'["“”„]([^"“”„]*)["“”„]')


@dataclass(frozen=True, slots=True)
class Question:
    """Words of which the more and the rarer the better, phrases that must be there, and words that must not be."""

    words: str
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """What it means, as far as that can be said: all but what must not be there."""
        return " ".join((self.words, *self.phrases)).strip()


@dataclass(frozen=True, slots=True)
class Filters:
    """What an answer must be besides; None asks for nothing.

    Its time is when it was published, where that is known, else when it was first seen: from `since` to before `until`.
    `publisher` is a part of the name, `language` an ISO 639-1 code, `storyline_id` a storyline of which it, or what it
    repeats, is part.
    """

    since: datetime | None = None
    until: datetime | None = None
    publisher: str | None = None
    language: str | None = None
    storyline_id: str | None = None


def question(said: str) -> Question:
    """The question of what a person typed: words, "a phrase", -without.

    InputError if nothing is asked for, too much, or in another language.
    """
    said = clean(said)
    if len(said) > LONGEST:
        raise InputError(f"a search may have {LONGEST} characters, and this has {len(said):,}: make it shorter")
    if _NOT_QUOTED.search(said):
        raise InputError('what must not be there is asked for word by word, as in -word; -"several words" is not')
    phrases = tuple(phrase.strip() for phrase in _QUOTED.findall(said) if words(phrase))
    rest = _QUOTED.sub(" ", said).split()
    without = [word for word in rest if word[0] == "-" and words(word)]
    if len(without) > _EXCLUDED or len(phrases) > _EXCLUDED:
        raise InputError(f"a search may have {_EXCLUDED} phrases, and {_EXCLUDED} words that must not be there")
    asked = Question(" ".join(word for word in rest if word not in without), phrases, tuple(without))
    if not words(asked.sentence):
        raise InputError("there is nothing to search for: give words, or a sentence")
    return asked


def fused(*rankings: Sequence[str]) -> dict[str, float]:
    """The score of each id by its places in all rankings, best first; where these are equal, the first ranking's order.

    Places alone count, as scores of different kinds cannot be compared.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    for ranking in rankings:
        for place, each in enumerate(ranking, 1):
            scores[each] += 1 / (_RANK + place)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def summed(scores: Iterable[tuple[str, float]], best: int = 3) -> dict[str, float]:
    """Storylines by the best few of their reports' scores: neither one lucky hit nor mere size makes a good one."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for storyline_id, score in scores:
        found[storyline_id].append(score)
    totals = {each: sum(sorted(of, reverse=True)[:best]) for each, of in found.items()}
    return dict(sorted(totals.items(), key=lambda item: -item[1]))


def folded(text: str) -> list[str]:
    """The words of a name, by which it is found: without accents, in small letters."""
    return words("".join(each for each in normalize("NFD", text) if not combining(each)))


def extract(text: str, sought: str) -> str:
    """The sentence of a text that has most of the words sought, cut to 240 characters; the first if none has any.

    Words are taken to be the same if one begins with the other, so that plurals are found.
    """
    wanted = {word for word in words(sought) if len(word) > 2} or set(words(sought))
    said = [sentence for paragraph in text.split("\n\n") for sentence in sentences(paragraph)]

    def worth(sentence: str) -> int:
        there = set(words(sentence))
        return sum(
            any(one.startswith(word) or word.startswith(one) for one in there if len(one) > 2) for word in wanted
        )

    return one_line(max(said, key=worth, default=""), _EXTRACT)
