"""How a headline is read: decides which words it has, which of them name nothing, and where a phrase may be cut.

Never chooses what a label says (`labels` does), and never weighs a word.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, product, takewhile
from typing import NamedTuple

from storywire.language import language_of
from storywire.text import words

_PUBLISHER = 5  # words of a publisher's name behind a headline, at most
_TAIL = re.compile(r"\s(?:[|–—*-]|--|//)\s|_")
_MARKS = "!\"#%'()*+,-./:;<=>?@[\\]^_`{|}~¡¿«»‹›“”„‘’‚…–—·•،؛؟。，、！？：；「」『』（）《》【】"
_UNSPACED_MARK = re.compile("([，。：！？、；“”「」《》（）…·—])")
_PAUSE = re.compile(r"[^\w\s&'’%.]$|\w\w\w\.$|\.\.$|\w['’]$")
_AFFIXES = re.compile(r"(?i)((?:[cdjlmnst]|qu|dell|all|nell|dall|sull|un)['’](?=\w))?(.*?)(['’]s)?")
_CONTRACTED = re.compile(r"(?i)['’](?:t|re|ve|ll|d|m)$")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_FURNITURE_WORDS = """
live update updates latest video videos watch breaking opinion photo photos picture pictures gallery podcast
exclusive editorial explainer explained analysis factbox roundup recap highlights news report reports says say said
read follow blog stream online until despite amid among across toward towards ahead following million millions
billion billions trillion reuters afp ap dpa xinhua efe ansa tass lusa sta direct dernière minute vidéo vidéos
suivez regardez avis éditorial analyse actualité actualités dit milliards directo vivo última hora ultima tras ante
hasta apesar após malgré selon dès lors trotz wegen laut durch vídeo vídeos fotos opinión mira vea así noticias
minuto dice según millones ao veja opinião assista notícias confira diz segundo saiba milhões bilhões eilmeldung
bilder kommentar meinung nachrichten überblick sagt liveticker liveblog ticker newsblog interview millionen
milliarden diretta foto commento notizie guarda milioni miliardi видео фото онлайн прямая трансляция эфир новости
мнение обзор срочно сми млн млрд живо živo galerija komentar mnenje novice مباشر فيديو صور عاجل شاهد بث رأي أخبار
مليون مليار ảnh clip tin tỷ triệu 快讯 视频 直播 图片 组图 独家 评论
"""
_DAY_WORDS = """
monday tuesday wednesday thursday friday saturday sunday today yesterday tomorrow tonight weekend january february april
june july august september october november december jan feb apr aug sept oct nov dec lundi mardi mercredi jeudi
vendredi samedi dimanche janvier février avril juin juillet août septembre octobre novembre décembre aujourd hier demain
lunes martes miércoles jueves viernes sábado domingo enero febrero abril mayo junio julio agosto septiembre octubre
noviembre diciembre hoy ayer mañana janeiro fevereiro março maio junho julho setembro outubro novembro dezembro hoje
ontem amanhã montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober
dezember heute gestern morgen lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio aprile maggio
giugno luglio settembre ottobre dicembre oggi ieri domani понедельник вторник среду четверг пятницу субботу воскресенье
января февраля марта апреля мая июня июля августа сентября октября ноября декабря сегодня вчера завтра ponedeljek torek
sreda četrtek petek sobota nedelja januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra
decembra danes včeraj jutri الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد يناير فبراير مارس أبريل مايو يونيو يوليو
أغسطس سبتمبر أكتوبر نوفمبر ديسمبر اليوم أمس غدا
"""
_NEGATION_WORDS = """
not no nor never without cannot neither não nem nunca jamais sem sin ni nicht kein keine keinen keinem keiner keines nie
niemals ohne ne pas sans aucun aucune non senza не нет без ни никогда нельзя không chưa chẳng brez nikoli nima niso لا
لم لن ليس ليست بدون دون niet geen zonder inte ikke utan uden uten bez
"""
_AUXILIARY_WORDS = """
be been being have might shall cannot having doing let lets ought ser serão seria seriam eram estar estavam devem
deveria poderá poderão podia têm terá terão vão fica ficam ficou haver houve havia sejam sido se será serán sería serían
eran deben debería podrá podrán podría podrían tendrá tendrán haber habrá siendo sean être seront serait seraient
étaient fut étant avoir aura auront aurait avaient doivent devrait devra devront peuvent pourrait pourra pourront
pourraient vont soient sein werden worden würden hatten könnten konnte konnten müsste musste mussten sollen sollten
wollte wollten darf dürfen dürfte dürften durfte möchte bleibt essere saranno sarebbero furono avere avrà avranno
avrebbe avevano devono dovrà dovranno dovrebbe possono potrà potrebbe potrebbero vanno vuole vogliono siano быть мог
могла могли должен должна стала стали станет станут хочет хотят являются morajo morejo sme hoče želi سيكون ستكون سوف
"""
FURNITURE, _DAYS = frozenset(_FURNITURE_WORDS.split()), frozenset(_DAY_WORDS.split())
_NEGATIONS = frozenset(_NEGATION_WORDS.split())
WEAK = FURNITURE.union(_AUXILIARY_WORDS.split(), _NEGATIONS)  # neither begin nor end a label
_AFTER = frozenset(["nicht", "nie", "pas", "jamais", "niet", "inte", "ikke"])  # behind what they deny
_UNSPACED_NEGATIONS = frozenset("不没沒")
_REFUSED = re.compile(r"(?i)n['’]t$|^ n['’]")  # won't, n'ira
_INFINITIVE = re.compile(r"to [a-z]+|zu \w+n|para \w+[aei]r|(?:à|pour) \w+(?:[ei]r|re)|per \w+[aei]re")


class Word(NamedTuple):
    """A word of a headline, or a pair of characters that shares its first with the pair before it.

    `key` is the word folded, the first of its `parts` ("flag-bearer") that has letters; `lead` and `end` join it to
    its neighbours: a space, an article, a genitive. `capital` is 1 or -1 as it has one or not, 0 where that says
    nothing: at the start, or where the headline capitalises all words. `negates`: it says that the rest is not so.
    """

    key: str
    parts: tuple[str, ...]
    written: str
    capital: int = 0
    lead: str = " "
    end: str = ""
    shares: bool = False
    negates: bool = False


Run = tuple[Word, ...]


_language = lru_cache(maxsize=4096)(language_of)


@lru_cache(maxsize=4096)
def read(title: str) -> tuple[Run, ...]:
    """The runs of a headline; kept, since a group's headlines are read again with each report that joins it."""
    negations = _NEGATIONS - {"no"} if _language(title) in ("pt", "gl") else _NEGATIONS  # there it is "in the"
    return tuple(tuple(word._replace(negates=_negates(word, negations)) for word in run) for run in _runs(title))


def closes(run: Run, at: int) -> bool:
    """Whether a label may end with a word: no negation, nor right before one that stands behind what it denies."""
    return not run[at].negates and (at + 1 == len(run) or run[at + 1].key not in _AFTER)


def infinitive(run: Run, at: int) -> bool:
    """Whether a word seems a verb behind a "to", and so no phrase of its own. A name behind a "to" seems one too."""
    return at > 0 and _INFINITIVE.fullmatch(f"{run[at - 1].key} {run[at].key}") is not None


def denied(title: Sequence[Run]) -> Iterator[tuple[Word, Word]]:
    """Each word of a headline behind a negation with each that is not: side by side they would say the opposite."""
    for run in title:
        for at, negation in enumerate(run):
            if negation.negates:
                outside = chain(run[:at], *(other for other in title if other is not run))
                yield from product((word for word in run[at + 1 :] if not word.negates), outside)


def frequent_words(titles: Sequence[str], most: int) -> list[Sequence[str]]:
    """The most frequent words of each language that the headlines are in, the most frequent first."""
    languages = {*map(_language, titles), language_of("; ".join(sorted(titles)))}
    return [found for language in sorted(languages) if (found := _frequent(language, most))]


def forms(keys: Sequence[str]) -> dict[str, str]:
    """For each of the sorted `keys`, the first of those that seem forms of one word, such as Syria and Syrian.

    Those that share their first four letters or more, and over half of the longer one, but for at most three.
    """
    stems: dict[str, str] = {}
    stem = ""
    for key in keys:
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(stem, key, strict=False))))
        longer = max(len(stem), len(key))
        if same < 4 or longer - same > 3 or same <= 0.55 * longer:
            stem = key
        stems[key] = stem
    return stems


@lru_cache(maxsize=128)
def _frequent(language: str, most: int) -> tuple[str, ...]:
    from wordfreq import available_languages, top_n_list

    return tuple(top_n_list(language, most, wordlist="small")) if language in available_languages("small") else ()


def _runs(title: str) -> Iterator[Run]:
    """The runs of words of a headline between marks of punctuation, days and dates, without the publisher's name."""
    pieces = _TAIL.split(title)
    while len(pieces) > 1 and len(words(pieces[-1])) <= _PUBLISHER and len(words(" ".join(pieces[:-1]))) >= 4:
        pieces.pop()
    for piece in pieces:
        run: list[Word] = []
        chunks = _UNSPACED_MARK.sub(r"\1 ", piece).split()
        shows = any(len(chunk) > 3 and chunk.islower() for chunk in chunks)
        for chunk in [*chunks, "."]:
            found = _split(chunk, shows and bool(run), piece.isupper())
            if not found or chunk[0] in _MARKS or found[0].key in _DAYS:
                yield from _trimmed(run)
                run = []
            run += [word for word in found if word.key not in _DAYS]
            if _PAUSE.search(chunk):
                yield from _trimmed(run)
                run = []


def _trimmed(run: list[Word]) -> Iterator[Run]:
    """The run without furniture at its ends, if anything is left."""
    kept = [i for i, word in enumerate(run) if word.key not in FURNITURE]
    if kept:
        yield tuple(run[kept[0] : kept[-1] + 1])


def _split(chunk: str, shows: bool, shouted: bool) -> list[Word]:
    """The words of what stands between two spaces: one, or where words are not spaced, its pairs of characters."""
    core = chunk if chunk == "&" else chunk.strip(_MARKS)
    if chunk == "&" or _CONTRACTED.search(core):
        return [Word("&", (), core)]
    if _DOTTED.fullmatch(core):
        key = core.replace(".", "").casefold()
        return [Word(key, (key,), core + ".", 1)]
    lead, core, end = (part or "" for part in _AFFIXES.fullmatch(core).groups())  # type: ignore[union-attr]
    found = words(core)
    if pairs := _pairs(core, found):
        return pairs
    if not found:
        return []
    key = next((key for key in found if len(key) > 1 and key.isalpha()), found[0])
    if shouted:
        return [Word(key, tuple(found), core.capitalize(), 0, " " + lead, end)]
    capital = 1 if core.isupper() and len(core) > 1 else -1 if core[0].islower() else int(shows and core[0].isupper())
    return [Word(key, tuple(found), core, capital, " " + lead, end)]


def _pairs(core: str, found: Sequence[str]) -> list[Word]:
    """The pairs of characters that `words` found, with what stands between them; none where words are spaced."""
    pairs, start, stop = list[Word](), -1, -1
    plain = unicodedata.normalize("NFKC", core)  # as `words` reads it
    for key in found:
        last, start = start, plain.casefold().find(key, start + 1)
        shares = 0 <= last == start - 1 and len(key) == 2
        joint, parts = "" if shares or start == stop else " ", (key[1],) if shares else tuple(key)
        stop = start + len(key)
        pairs.append(Word(key, parts, plain[start:stop], 0, joint, "", shares))
    return [word for word in pairs if word.written.casefold() == word.key] if any(w.shares for w in pairs) else []


def _negates(word: Word, negations: frozenset[str]) -> bool:
    if (word.parts == (word.key,) and word.key in negations) or _REFUSED.search(word.lead + word.written):
        return True
    return not _UNSPACED_NEGATIONS.isdisjoint(word.key)
