"""Corrections: decides whether a changed text says that it corrects, or changed a number, a date or a name.

Never decides what changed; `storywire.revisions` does. Precision first: what is not surely a correction is none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from storywire.stamps import is_date_word

MIN_SHARED = 3  # words besides numbers, dates and names that two sentences must share to be the same statement

# What publishers write over and into a corrected report. Each pattern speaks of the report itself: "market correction",
# "the minister corrected her statement" and "an earlier version of the bill" are news. A bare heading needs its colon.
_KIND = r"(?:article|story|report|post|piece|headline|page|item|column|dispatch|despatch|review|caption)"
_STUECK = r"(?:Artikels?|Textes|Text|Beitrags?|Berichts?|Meldung)"
_PAPEL = (
    r"(?:art[íi]culo|artigo|articolo|texto|testo|noticia|not[íi]cia|notizia|nota|informaci[óo]n|reportagem|mat[ée]ria)"
)
_SAYS_SO = re.compile(
    rf"""(?ix)
    ^\W*(?:corrections?|corrected|korrektur(?:hinweis)?|rectification|correcci[óo]n|rectificaci[óo]n|correzione|rettifica
        |corre[çc][ãa]o|retifica[çc][ãa]o)\s*(?:[:|]|\s[–—-]\s|(?:,\s|\()[^():.]{{1,40}}\)?\s*(?:[:–—]|$)|\W*$)
    | ^\W*(?:errat(?:um|a)\b|berichtigung\b|richtigstellung\b|rectificatif\b|fe\s+de\s+err(?:atas|ores)\b
        |erramos\b\s*:)
    | ^\W*(?:this\s+{_KIND}\s+|this\s+version\s+)?corrects\s+(?!itself\b)
    | \b(?:an?|the)\s+(?:earlier|previous|prior|original)\s+version\s+of\s+this\s+{_KIND}\b
        (?!\s+(?:was\s+(?:first\s+|originally\s+)?published|(?:first\s+|originally\s+)?(?:appeared|ran)))
    | \bthis\s+{_KIND}\s+(?:was|has\s+been|had\s+been)\s+
        (?:corrected|amended|(?:updated|edited|revised|changed|modified)\s+to\s+correct)\b
    | \bthis\s+{_KIND}\s+(?:originally|previously|initially|earlier|incorrectly|wrongly|mistakenly|erroneously)\s+
        (?:said|stated|reported|gave|named|referred|described|identified|misstated|misidentified|misspelled|attributed)\b
    | \b(?:the|this)\s+(?:text|{_KIND})\s+(?:above|below)?\s*(?:was|has\s+been)\s+corrected\b
    | \bwe\s+(?:regret|apologi[sz]e\s+for)\s+(?:the|this|our|any)\s+(?:errors?|mistakes?)\b
    | \bin\s+einer\s+(?:fr[üu]heren|ersten|vorherigen|vorigen|[äa]lteren|urspr[üu]nglichen)\s+(?:Version|Fassung)\b
        .{{0,20}}\b(?:dieses|des|dieser|der)\s+{_STUECK}\b
    | \bin\s+der\s+urspr[üu]nglichen\s+(?:Version|Fassung)\s+(?:dieses|des|dieser|der)\s+{_STUECK}\b
    | \bdiese[rs]?\s+{_STUECK}\s+wurde\b.{{0,40}}\b(?:korrigiert|berichtigt)\b
    | \bwir\s+haben\s+(?:das|dies|den\s+Fehler|die\s+\w+|den\s+\w+)\b.{{0,40}}\b(?:korrigiert|berichtigt)\b
    | \bune\s+(?:premi[èe]re|pr[ée]c[ée]dente|ancienne)\s+version\s+de\s+(?:cet|ce)\s+(?:article|texte|reportage)\b
    | \bune\s+version\s+(?:pr[ée]c[ée]dente|ant[ée]rieure|initiale)\s+de\s+(?:cet|ce)\s+(?:article|texte|reportage)\b
    | \bcet\s+article\s+a\s+[ée]t[ée]\s+(?:corrig[ée]|rectifi[ée])\b
    | \b(?:una?\s+)?(?:versi[óo]n|versione|vers[ãa]o)\s+(?:anterior|previa|precedente|inicial|originale?)\s+
        (?:de\s+|di\s+|d)?(?:est[ea]|quest[oa]|quest['’])\s*{_PAPEL}\b
    | \buna\s+(?:prima|precedente)\s+versione\s+di\s+(?:quest[oa]\s+|quest['’])\s*{_PAPEL}\b
    | \best[ea]\s+{_PAPEL}\s+(?:ha\s+sido|fue|foi)\s+(?:corregid|rectificad|corrigid|retificad)[oa]\b
    | \bquest[oa]\s+{_PAPEL}\s+[èe]\s+stat[oa]\s+corrett[oa]\b
    """
)
_QUOTED = re.compile(r"„[^“”]*[“”]|[“\"«][^”\"»]*[”\"»]")  # who is quoted speaks of an error of their own
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?")
_NUMBER_WORDS = frozenset(
    """
    two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty fifty sixty seventy
    eighty ninety hundred thousand million billion dozen
    zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend millionen milliarden
    deux trois quatre cinq six sept huit neuf dix onze douze cent mille millions milliards
    dos tres cuatro cinco seis siete ocho nueve diez once doce cien mil millones
    due tre quattro cinque sei sette otto nove dieci undici dodici cento mila milioni miliardi
    dois duas três quatro sete oito dez onze doze cem milhões bilhões
    """.split()
)
_NOUNS_HAVE_CAPITALS = frozenset({"de", "lb", "gsw"})  # there a capital does not tell a name from a thing


def says_so(sentence: str) -> bool:
    """Whether a sentence says that the report in which it stands was corrected, outside of what it quotes."""
    return bool(_SAYS_SO.search(_QUOTED.sub("", sentence)))


def swaps_a_fact(removed: Sequence[str], added: Sequence[str], language: str) -> bool:
    """Whether one of the removed sentences came back with nothing but a number, a date or a name exchanged.

    `language` (ISO 639-1) is that of the sentences. A fact that was only added, or only left out, is not exchanged.
    """
    taken, put = [_tokens(s) for s in removed], [_tokens(s) for s in added]
    names: frozenset[str] = frozenset() if language in _NOUNS_HAVE_CAPITALS else _names([*taken, *put])
    before: defaultdict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for tokens in taken:
        skeleton, facts = _parted(tokens, names)
        before[skeleton].add(facts)
    for tokens in put:
        skeleton, facts = _parted(tokens, names)
        if len(skeleton) >= MIN_SHARED and any(_exchanged(old, facts) for old in before.get(skeleton, ())):
            return True
    return False


def _tokens(sentence: str) -> list[str]:
    return _TOKEN.findall(sentence)


def _parted(tokens: Sequence[str], names: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a sentence, and apart from them its numbers, dates and names, all folded."""
    said: list[str] = []
    facts: list[str] = []
    for token in tokens:
        folded = token.casefold()
        is_fact = token[0].isdigit() or folded in _NUMBER_WORDS or is_date_word(token) or folded in names
        (facts if is_fact else said).append(folded)
    return tuple(said), tuple(facts)


def _names(sentences: Iterable[Sequence[str]]) -> frozenset[str]:
    """Words that stand with a capital inside of a sentence, and nowhere without."""
    capital: set[str] = set()
    small: set[str] = set()
    for tokens in sentences:
        capital.update(t.casefold() for t in tokens[1:] if t[0].isupper())
        small.update(t for t in tokens if t[0].islower())
    return frozenset(capital - small)


def _exchanged(old: Sequence[str], new: Sequence[str]) -> bool:
    return not _within(old, new) and not _within(new, old)


def _within(few: Sequence[str], many: Sequence[str]) -> bool:
    """Whether all of `few` stand in `many`, in their order."""
    rest = iter(many)
    return all(token in rest for token in few)
