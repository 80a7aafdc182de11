"""Authors: decides which of the names that a feed or page gives are those of people or agencies, and how they stand.

Never invents one: a site's own name, an account of its software or a role is no author.
"""

import re
from collections.abc import Iterable

from storywire.text import one_line, words

SEPARATOR = "; "  # a comma stands within names too ("Holm, Ines")
_MAX_NAMES, _MAX_LENGTH = 20, 80
_MAILBOX = re.compile(r"\S+@\S+\.\S+\s*\((?P<name>[^()]+)\)|(?P<other>[^<>]+?)\s*<[^<>]*@[^<>]*>")  # RSS 2.0; RFC 5322
_BY = re.compile(
    r"(?i)(?:(?:written|words|text|story|article|report)\s+by|by|von|text\s*:|par|por|di|da|door|przez|yazan|af|av)"
    r"[\s:]+(?=\S)|(?:autore?|auteur|autor(?:en|es|a)?|author|автор|yazar)\s*:\s*"
)
_TAIL = re.compile(r"\s*(?:[(\[][^()\[\]]*[)\]]|[|•·–—].*)$")  # initials, what the author is, the site
_COMMA = re.compile(r"\s*,\s*(?:(?:and|und|et|y|e|en|i|och|og|ve|и|та)\s+)?")
_AND = re.compile(r"\s+(?:&|\+|and|und|et|y|e|en|i|och|og|ve|и|та)\s+")
_NO_NAME = re.compile(r"(?i)https?:|www\.|^@|\S@\S|\.(?:com|org|net|html?|php)\b|^[\W\d_]*$|[<>{}=]")
_ACCOUNTS = frozenset(
    """
    admin administrator administrador administrateur wordpress root user web webmaster unknown anonymous anonym anonyme
    guest author autor auteur none null nil undefined default test editor editors editorial redaktion redaktionen
    redaction rédaction redacción redacao redação redazione redactie redacja redakcja редакция редакція redaksi staff
    newsroom newsdesk news desk online team site feed bot
    """.split()
)
# Words that go with one of those and name nobody either: "Staff writer", "La rédaction", "Our web desk".
_WITH = frozenset("the our a la le die der il l de da do of writer writers reporter reporters our by web".split())


def authors(names: Iterable[str], sites: Iterable[str | None] = ()) -> str | None:
    """The authors among `names`, each once, separated by "; "; None where none is left.

    One of `names` may hold several ("Ines Holm and Jon Berg"). `sites` are the names and hosts of who publishes: an
    author of the same letters is none.
    """
    own = {letters for site in sites if site for letters in _letters_of_site(site)}
    found: dict[str, str] = {}
    for name in (part for given in names for part in _parts(given)):
        letters = _squeezed(name)
        if _is_name(name) and letters not in own:
            found.setdefault(letters, name)
    return SEPARATOR.join(list(found.values())[:_MAX_NAMES]) or None


def _parts(given: str) -> list[str]:
    """The single names in what one field gives."""
    mailbox = _MAILBOX.fullmatch(given.strip())
    plain = one_line((mailbox["name"] or mailbox["other"]) if mailbox else given, 1000)
    found = []
    for part in re.split(r"\s*;\s*", _BY.sub("", plain, count=1) if _BY.match(plain) else plain):
        first, *others = _COMMA.split(part)
        several = [first, *others] if len(words(first)) > 1 else [part]  # not "Holm, Ines"
        found += [name for piece in several for name in _joined(piece)]
    return [_TAIL.sub("", name).strip(" .,:-") for name in found]


def _joined(part: str) -> list[str]:
    """Names between which an "and" stands, if each is of two words: "Ortega y Gasset" is one."""
    pieces = [piece for piece in _AND.split(part) if piece]
    return pieces if all(len(words(piece)) > 1 for piece in pieces) else [part]


def _is_name(name: str) -> bool:
    told = words(name)
    accounts = bool(told) and all(w in _ACCOUNTS or w in _WITH for w in told) and any(w in _ACCOUNTS for w in told)
    return 1 < len(name) <= _MAX_LENGTH and not accounts and not _NO_NAME.search(name)


def _letters_of_site(site: str) -> set[str]:
    """The letters of a site's name, of its host, and of the host's first parts: "Harbour News" of harbournews.org."""
    found = {_squeezed(site)}
    if " " not in site and "." in site:
        parts = site.casefold().removeprefix("www.").split(".")
        found |= {_squeezed("".join(parts[:end])) for end in range(1, len(parts) + 1) if len("".join(parts[:end])) > 3}
    return found - {""}


def _squeezed(name: str) -> str:
    """The letters and digits of a name."""
    return re.sub(r"[\W_]", "", name.casefold().removeprefix("the "))
