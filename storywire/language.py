"""The language of a text: decides which of 97 languages it is written in, or that one cannot say.

Never reads anything but the model that py3langid brings along (BSD, 97 % right on single short sentences).
"""

from functools import cache
from typing import TYPE_CHECKING

from storywire.text import words

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"  # ISO 639-2 for "undetermined"
_MIN_WORDS, _MIN_LETTERS = 5, 15
_MIN_PROBABILITY = 0.5
_ENOUGH = 600  # characters, about five sentences; more make it slower, not surer


@cache
def _identifier() -> "LanguageIdentifier":
    """The model, loaded at first use: 0.5 s, which a command that reads no text need not wait."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str) -> str:
    """ISO 639-1 of the language; "und" where the text has under five words or 15 letters, or the model is not sure."""
    text = text[:_ENOUGH]
    if len(words(text)) < _MIN_WORDS or sum(map(str.isalpha, text)) < _MIN_LETTERS:
        return UNKNOWN
    language, probability = _identifier().classify(text)
    return str(language) if probability >= _MIN_PROBABILITY else UNKNOWN
