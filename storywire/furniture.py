"""What stands on a page besides the report: decides which lines are a button, a player, an appeal or a menu.

Never knows a site: the words here are those with which any site speaks to its visitor instead of telling its report.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from storywire.text import ends_sentence, words

# Whole lines: labels of buttons, menus, players and boxes, in the languages of many feeds. A report's lines say more.
_LABEL = re.compile(
    r"""(?ix)
    (?:accessibility|skip|jump|back)\s(?:links|to)\b.{0,40}
    | \d+\s?-?(?:min|mins|minutes?)(?:\sread(?:ing\stime)?)? | (?:reading|read)\stime\b.{0,20}
    | (?:please\swait|loading|buffering)\b.{0,20} | no\s(?:compatible\s)?(?:media\s)?source\b.{0,60}
    | .{0,60}\bbrowser\b.{0,40}\bsupport.{0,60}
    | .{0,60}\bjavascript\b.{0,60}
    | play | watch | listen | pause | mute | embed | share | tweet | e-?mail | print | save | copy(?:\slink)?
    | follow | like | menu | search | home | close | next | previous | back | top | download | subscribe
    | sign\s(?:in|up)
    | log\s?in | register | donate | advertisement | advertising | ads? | (?:sponsored|promoted)(?:\scontent)?
    | cookies? | live | video | gallery | photos? | pictures? | newsletters? | topics? | tags? | credits? | caption
    | enlarge | expand | (?:show|load)\smore | (?:breaking|latest)(?:\snews)?
    | (?:privacy|cookie)\s(?:policy|notice|settings)
    | terms\s(?:of\s(?:use|service)|(?:and|&)\sconditions) | (?:contact|about|advertise\swith|follow|join|support)\sus
    | facebook | twitter | whatsapp | instagram | linkedin
    | (?:à\s)?(?:lire|voir)\s(?:aussi|la\ssuite).{0,160} | publicité | partager | leggi\sanche.{0,160} | pubblicità
    | lesen\ssie\s(?:auch|mehr).{0,160} | mehr\szum\sthema.{0,160} | anzeige | werbung | teilen
    | (?:lea\stambién|leer\smás|leia\s(?:também|mais)).{0,160} | publici(?:dad|dade) | compartir | compartilhar
    """
)
# How a line begins, or ends, that sends the visitor elsewhere. A beginning counts in a short line or no sentence.
_LEAD = re.compile(
    r"""(?ix)
    (?:click|tap|press|swipe)\s(?:here|on|to|the|below)\b | watch\s(?:the\s|more\s|this\s)?(?:video|live|more|now)\b
    | listen\s(?:now|live|to\sth(?:e|is)\s(?:podcast|story|article|episode))\b
    | read\s(?:more|next|also|the\sfull)\b | (?:see|find\sout|learn|get|discover)\smore\b
    | (?:see|read|also\sread|related|photos?|video|gallery|in\spictures|credits?|tags|topics?|source)\s?[:|]
    | filed\sunder\b
    | (?:image|photo|picture)\s(?:credit|source|caption)s?\b | photograph\s?:
    | follow\s(?:us|@) | share\s(?:on|this|via|with)\b | sign\sup\b | © | \(c\)\s | copyright\b
    | download\s(?:our|the)\b.{0,40}\bapp\b
    """
)
_TRAIL = re.compile(
    r"""(?ix)
    \b(?:read|find\sout|learn|see|show)\smore\W*$ | \b(?:continue\sreading|full\sstory|watch\snow|read\snow)\W*$
    | \ball\srights\sreserved\b.{0,60}$
    """
)
# Headings over lists of other reports, or over the comments.
_LIST_HEAD = re.compile(
    r"""(?ix)
    (?:most|top|related|recommended|popular|trending|other|similar|further|sponsored|promoted|more|also|featured)
      \s(?:read|viewed|popular|shared|watched|commented|stor(?:y|ies)|articles?|news|posts?|content|reading|topics?|links?
      |videos?|from|on|in|for|like\sthis|about|headlines|coverage)\b.{0,40}
    | you\s(?:may|might|could)\s(?:also\s)?(?:like|be\sinterested\sin)\b.{0,20}
    | (?:around|from)\s(?:the\sweb|our\spartners) | editor(?:'s|’s|s'|s’|s)\s(?:picks?|choice)
    | recommended | trending | related | what\sto\sread\snext | up\snext | our\sother\s(?:sites|titles)
    | (?:\d+\s)?comments?(?:\s?\(\d*\))? | leave\sa\s(?:reply|comment) | join\sthe\s(?:discussion|conversation)
    | (?:post|add|view)\s(?:a\s|all\s)?comments?
    """
)
# An appeal speaks to the reader about money, accounts, consent or the publisher's own work. The verbs count only at
# the start of a sentence: "subscribe now" is an appeal, "voters must register to receive a ballot" is news.
_APPEAL = re.compile(
    r"""(?ix)
    \byour\s(?:kind\s|generous\s|continued\s|financial\s)?(?:support|donations?|contributions?|subscription|gift|inbox)\b
    | (?:^|[.!?:]\s)(?:please\s)?(?:help|support|fund)\s(?-i:us|our)\b
    | (?:^|[.!?:]\s)(?:please\s)?(?:donate|subscribe|contribute|upgrade|sign\sup|register|log\s?in)\s
      (?:now|today|here|for\s(?:free|as\slittle|our|just)|to\s(?-i:our|us|the\snewsletter|continue|read|unlock|get|receive))\b
    | \bbecome\sa\s(?:supporter|subscriber|patron)\b | \bbecome\sa\smember\s(?:today|now|for)\b
    | \bour\s(?:free\s|daily\s|weekly\s|morning\s)*
      (?:newsletters?|subscribers|supporters|terms|privacy|cookies?|journalis\w+|newsroom|paywall)\b
    | \b(?:we|(?-i:us)|our)\b.{0,120}\b
      (?:paywalls?|quality\sjournalism|independent\sjournalism|use\scookies|ad\sblocker)\b
    | \b(?:reader|listener|viewer)-(?:funded|supported)\b | \bthank\syou\sfor\s(?:reading|subscribing|your)\b
    | \bby\s(?:clicking|subscribing|signing\sup|using\sthis|continuing\sto\s(?:use|browse))\b | \bunsubscribe\b
    | \bagree(?:ing)?\sto\s(?:our|the)\s(?:terms|privacy|use\sof\scookies)\b
    | \b(?:abonnez-vous|inscrivez-vous|faire\sun\sdon|suscríbete|assine\s(?:já|agora)|jetzt\s(?:abonnieren|anmelden))\b
    """
)
_ADDRESSED = re.compile(r"\b(?:[Ww]e|us|[Oo]urs?|[Yy]ou|[Yy]our)\b")  # "US" is a country
_QUOTED = re.compile(r"[“\"„«][^“”\"„«»]*(?:[”\"»]|$)")  # what people said is told, not said to the visitor
_GLUE = re.compile(r"(?<=[^\W\d_][.!?])(?=[“\"‘']?[A-ZÀ-ÞА-Я])")
_CREDITED = re.compile(
    r"""(?x)
    \[[^\[\]]{2,60}\]$ | \((?i:photo|picture|image|file|courtesy|via|ap|afp|epa|reuters|getty)\b[^()]{0,60}\)$
    | (?:\b(?:Getty\sImages|Anadolu|Shutterstock|Alamy|iStock)|/(?:AP|AFP|EPA|Reuters|REUTERS))$
    """
)
_MAX_GAP = 3  # paragraphs of an appeal between two that are known as such


def unwanted(lines: Sequence[str]) -> list[bool]:
    """Which lines are furniture: by their own words, or because they stand between two lines of an appeal or player.

    Between two lines of an appeal, those belong to it that speak to the reader; a report does so in quotations only.
    """
    appeal = [is_appeal(line) for line in lines]
    _fill(appeal, [bool(_ADDRESSED.search(_QUOTED.sub("", line))) for line in lines], _MAX_GAP)
    found = [a or is_furniture(line) for a, line in zip(appeal, lines, strict=True)]
    _fill(found, [not ends_sentence(line) for line in lines], 1)
    return found


def is_furniture(line: str) -> bool:
    """Whether a line has no letters (a player's clock, a page number), or the words of a button, link or label."""
    if not any(map(str.isalpha, line)) or _LABEL.fullmatch(line.rstrip(" :.")) or heads_a_list(line):
        return True
    length = len(words(line))
    leads = _LEAD.match(line) and (length <= 8 or not ends_sentence(line))
    return bool(leads or (length <= 30 and _TRAIL.search(line)))


def heads_a_list(line: str) -> bool:
    """Whether a line is the heading of a list of other reports, or of the comments."""
    return len(words(line)) <= 5 and not ends_sentence(line) and bool(_LIST_HEAD.fullmatch(line.rstrip(" :")))


def is_appeal(line: str) -> bool:
    """Whether a line, outside of its quotations, asks the reader for money, an account or consent."""
    return bool(_APPEAL.search(_QUOTED.sub("", line)))


def is_credited(line: str) -> bool:
    """Whether a line ends in the credit of a picture."""
    return bool(_CREDITED.search(line))


def unglued(line: str) -> list[str]:
    """The line, cut where a full stop without a space shows that two elements were joined, and one is furniture."""
    for glue in _GLUE.finditer(line):
        first, rest = line[: glue.start()], line[glue.start() :]
        if is_appeal(first) or is_furniture(first):
            return [first, *unglued(rest)]
    return [line]


def _fill(marked: list[bool], fillable: Sequence[bool], gap: int) -> None:
    """Marks what stands between two marked lines that are at most `gap` lines apart, if all of it may be filled."""
    places = [i for i, mark in enumerate(marked) if mark]
    for left, right in pairwise(places):
        if right - left - 1 <= gap and all(fillable[left + 1 : right]):
            marked[left:right] = [True] * (right - left)
