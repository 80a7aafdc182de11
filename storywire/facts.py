"""The facts of a sentence that survive retelling and translation: decides which numbers, days and names it holds.

Never decides that two sentences contradict each other; `paraphrase` does.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache

from text_to_num import alpha2digit
from wordfreq import zipf_frequency

from storywire.names import stem
from storywire.text import words

RARE = 4.8  # Zipf frequency (decimal logarithm per billion words) below which a word is a name rather than "Judge"
MIN_NAME = 4  # letters; shorter ones are titles and initials
_SPELT = frozenset({"en", "fr", "es", "pt", "de", "ca", "nl", "it"})  # languages whose number words text2num reads
_FIGURE = re.compile(r"\d+(?:[.,'’\u00a0\u202f]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+")
_TIMES = re.compile(
    r"\b(\d+(?:[.,]\d+)?)(?:\s(1000000000|1000000|1000)|\s?(k|m|mn|mio|bn|mrd|md|mld|млн|млрд|milyon|milyar))\b", re.I
)
_POWERS = {
    **dict.fromkeys(("1000", "k"), 10**3),
    **dict.fromkeys(("1000000", "m", "mn", "mio", "млн", "milyon"), 10**6),
    **dict.fromkeys(("1000000000", "bn", "mrd", "md", "mld", "млрд", "milyar"), 10**9),
}
_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles jueves viernes sábado domingo",
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    "понедельник вторник среду четверг пятницу субботу воскресенье",
    "pazartesi salı çarşamba perşembe cuma cumartesi pazar",
)
_DAY = {day: f"day {number}" for week in _DAYS for number, day in enumerate(week.split())}
_WORD = re.compile(r"[^\W\d_]+(?:-feira)?")


def spelt(text: str, language: str) -> str:
    """The text with its number words as figures, in the languages for which that is known."""
    return alpha2digit(text, language) if language in _SPELT else text


def is_number(word: str) -> bool:
    """Whether a folded word holds a digit, or is a day of the week."""
    return word in _DAY or any(map(str.isdigit, word))


def numbers(text: str, language: str) -> Iterator[str]:
    """The numbers of a text as plain figures, and its days of the week.

    "1,200", "1.200", "1'200" and "twelve hundred" are 1200, "2,5 million" is 2500000, "Tuesday" and "mardi" are one.
    """
    for match in _FIGURE.finditer(_TIMES.sub(_multiplied, spelt(text, language))):
        yield _plain(match[0])
    for match in _WORD.finditer(text.casefold()):
        if match[0] in _DAY:
            yield _DAY[match[0]]


def rare_names(names: Collection[str], language: str) -> frozenset[str]:
    """The stems of those words of names that are rare in a language: of persons and places, not "Judge" or "Friday"."""
    parts = {word for name in names for word in words(name) if len(word) >= MIN_NAME}
    return frozenset(stem(word) for word in parts if _rare(word, language))


@cache
def _rare(word: str, language: str) -> bool:
    try:
        return zipf_frequency(word, language) < RARE
    except LookupError:  # a language without a list
        return zipf_frequency(word, "en") < RARE


def _plain(figure: str) -> str:
    if _THOUSANDS.fullmatch(figure):
        return re.sub(r"\D", "", figure)
    return re.sub(r"[,'’\u00a0\u202f]", ".", figure).lstrip("0") or "0"


def _multiplied(match: re.Match[str]) -> str:
    value = float(match[1].replace(",", ".")) * _POWERS[(match[2] or match[3]).casefold()]
    return f"{value:.0f}"
