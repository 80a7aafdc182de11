"""Numbers in a text, however they are written: decides which figure a string of digits or a word stands for.

Never reads what is counted, and knows no ordinals: "first" and "second" say an order.
"""

import re
from collections.abc import Iterator

_FIGURE = re.compile(r"\d+(?:[.,'’\u00a0\u202f]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+")
_LETTERS = re.compile(r"[^\W\d_]+")
# From two on, then the tens from thirty on; "one" is an article or a pronoun in most languages. "-" is a word that
# mostly means something else, such as the Portuguese "sei" and the Turkish "on".
_WORDS = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty | thirty forty fifty sixty seventy eighty ninety",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig | dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize - - - vingt | "
    "trente quarante cinquante soixante",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte | treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "pt": "dois três quatro cinco seis sete oito nove dez onze - treze catorze quinze dezesseis dezessete dezoito "
    "dezenove vinte | trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "it": "due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici "
    "diciassette diciotto diciannove venti | trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "nl": "twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
    "achttien negentien twintig | dertig veertig vijftig zestig zeventig tachtig negentig",
    "tr": "iki üç dört beş altı yedi sekiz dokuz - - - - - - - - - - yirmi | "
    "otuz kırk elli altmış yetmiş seksen doksan",
    "ru": "два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать "
    "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать | тридцать сорок пятьдесят шестьдесят",
}
_MORE = {
    "en": {"dozen": "12"},
    "de": {"dutzend": "12"},
    "fr": {"douzaine": "12"},
    "es": {"docena": "12"},
    "pt": {"duas": "2", "dúzia": "12"},
    "it": {"dozzina": "12"},
    "ru": {"две": "2", "двух": "2", "трех": "3", "трёх": "3", "четырех": "4", "четырёх": "4"},
}


def _values(language: str) -> dict[str, str]:
    units, tens = (part.split() for part in _WORDS[language].split("|"))
    found = {word: str(n) for n, word in enumerate(units, 2)} | {word: f"{n}0" for n, word in enumerate(tens, 3)}
    return found | _MORE.get(language, {})


_VALUES = {language: _values(language) for language in _WORDS}


def numbers(text: str, language: str) -> Iterator[str]:
    """The numbers of a text as plain figures: "1,200", "1.200" and "1'200" are 1200, "three" is 3, "2,5" is 2.5."""
    for match in _FIGURE.finditer(text):
        figure = match[0]
        if _THOUSANDS.fullmatch(figure):
            yield re.sub(r"\D", "", figure)
        else:
            yield re.sub(r"[,'’\u00a0\u202f]", ".", figure).lstrip("0") or "0"
    values = _VALUES.get(language, {})
    for match in _LETTERS.finditer(text.casefold() if values else ""):
        if match[0] in values:
            yield values[match[0]]
