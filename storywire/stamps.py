"""Stamps: decides which lines say only when a page was changed, and which words are of a date.

Never reads a date's value; `storywire.dates` does.
"""

import re

from storywire.text import words

_MONTHS_AND_DAYS = frozenset(
    """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
    janvier février mars avril juin juillet août septembre octobre novembre décembre
    lundi mardi mercredi jeudi vendredi samedi dimanche
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    lunes martes miércoles jueves viernes sábado domingo
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro
    segunda terça quarta quinta sexta feira
    """.split()
)
# Besides digits and dates, all that may stand in such a line, in the languages of many feeds.
_BESIDE = frozenset(
    """
    last first updated update modified edited revised published posted created reviewed changed on at the of and by date
    time today yesterday ago hour hours hr hrs minute minutes min mins second seconds sec day days week weeks just now
    am pm a p m h s st nd rd th gmt utc bst cet cest eet est edt et cst cdt pst pdt pt ist msk
    aktualisiert aktualisierung zuletzt geändert veröffentlicht stand am um uhr vor stunden stunde minuten tag tagen den
    vom
    mis mise à jour le la publié publiée modifié modifiée il y heure heures dernière de du et
    actualizado actualizada actualización publicado publicada modificado hace hora horas el las los minutos última del
    aggiornato aggiornata aggiornamento pubblicato pubblicata modificato ultimo ultima alle ore il del fa
    atualizado atualizada atualização publicada às há em do e última os
    обновлено опубликовано в
    """.split()
)
_NUMBERED = re.compile(r"\d+(?:st|nd|rd|th|[hapmtz\d])*")  # 3rd, 14h05, 2pm, 03t12
_MAX_WORDS = 24  # "Published 3 May 2026 at 10:00 GMT, last updated 4 May 2026 at 12:04 GMT" has 16
_VERB_TOO = frozenset({"may", "march", "mars", "sat", "sun", "mar", "dec", "feira", "segunda", "quarta", "quinta"})


def is_stamp(line: str) -> bool:
    """Whether a line says only when the page was published or changed ("Updated 12:04 GMT", "Stand: 3. Mai")."""
    said = words(line)
    return bool(said) and len(said) <= _MAX_WORDS and all(map(_beside, said))


def is_date_word(word: str) -> bool:
    """Whether a word, as it is written, names a month or a day of the week; "may" and the like only with a capital."""
    folded = word.casefold()
    return folded in _MONTHS_AND_DAYS and (folded not in _VERB_TOO or word[0].isupper())


def _beside(word: str) -> bool:
    return word in _BESIDE or word in _MONTHS_AND_DAYS or _NUMBERED.fullmatch(word) is not None
