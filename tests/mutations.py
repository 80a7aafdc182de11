"""Seeded damage to documents: decides how a document is broken. The same seed gives the same documents, in order.

Never reads a file and never judges what a reader makes of the result.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from random import Random

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}\?>")
_ENCODINGS = (
    *b"utf-8 utf-16 utf-16-le utf-32 us-ascii iso-8859-1 windows-1251 shift_jis gb18030 big5 euc-kr".split(),
    *b"iso-2022-jp koi8-r utf-7 punycode idna rot13 zlib_codec base64 hex unicode_escape x-evil".split(),
    *(b"", b"\xff", b"a" * 300),
)
_ENTITIES = (
    *(b"&lt;", b"&amp;lt;script&amp;gt;", b"&nbsp;", b"&x;", b"&#0;", b"&#xD800;", b"&#x110000;", b"&#99999999999;"),
    *(b"&", b"&#", b"&#x1b;[31m", b"\x1b[2J", b"\xe2\x80\xae", b"\xed\xa0\x80", b"\xef\xbf\xbf", b"\xe2\x80\xa8"),
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"<?x", b"<svg onload=x>"),
)
_NESTED = (
    b"<div>",
    b"<item>",
    b"<a:b xmlns:a='http://example.org/'>",
    b"<content type='xhtml'>",
    b"[",
    b'{"a":',
    b"<b ",
)

Damage = Callable[[bytes, Random], bytes]


def mutations(documents: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """`count` damaged documents, each one of `documents` with one to four things done to it."""
    random = Random(seed)
    for _ in range(count):
        document = random.choice(documents)
        for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
            document = random.choice(_ALL)(document, random)
        yield document


def _span(document: bytes, random: Random, longest: int = 2000) -> tuple[int, int]:
    start = random.randrange(len(document) + 1)
    return start, min(start + random.randrange(1, longest), len(document))


def _cut(document: bytes, random: Random) -> bytes:
    return document[: random.randrange(len(document) + 1)]


def _beheaded(document: bytes, random: Random) -> bytes:
    return document[random.randrange(min(len(document), 500) + 1) :]


def _flipped(document: bytes, random: Random) -> bytes:
    flipped = bytearray(document)
    for _ in range(random.choice((1, 5, 50)) if document else 0):
        flipped[random.randrange(len(flipped))] = random.randrange(256)
    return bytes(flipped)


def _deleted(document: bytes, random: Random) -> bytes:
    start, end = _span(document, random)
    return document[:start] + document[end:]


def _repeated(document: bytes, random: Random) -> bytes:
    start, end = _span(document, random)
    return document[:end] + document[start:end] * random.choice((1, 3, 40)) + document[end:]


def _moved(document: bytes, random: Random) -> bytes:
    start, end = _span(document, random)
    rest = document[:start] + document[end:]
    place = random.randrange(len(rest) + 1)
    return rest[:place] + document[start:end] + rest[place:]


def _declared(document: bytes, random: Random) -> bytes:
    """Under another encoding's name."""
    line = b'<?xml version="1.0" encoding="' + random.choice(_ENCODINGS) + b'"?>'
    return line + _DECLARED.sub(b"", document, count=1)


def _recoded(document: bytes, random: Random) -> bytes:
    """In another encoding, under the name of the old one."""
    name = random.choice(("utf-16", "utf-16-be", "utf-32", "cp037", "cp1251", "utf-7"))
    return document.decode("utf-8", "replace").encode(name, "replace")


def _inserted(document: bytes, random: Random, what: bytes) -> bytes:
    place = random.randrange(len(document) + 1)
    return document[:place] + what + document[place:]


def _zeros(document: bytes, random: Random) -> bytes:
    return _inserted(document, random, b"\0" * random.choice((1, 7, 5000)))


def _entities(document: bytes, random: Random) -> bytes:
    for _ in range(random.choice((1, 3, 30))):
        document = _inserted(document, random, random.choice(_ENTITIES))
    return document


def _nested(document: bytes, random: Random) -> bytes:
    return _inserted(document, random, random.choice(_NESTED) * random.choice((10, 300, 20_000)))


_ALL: tuple[Damage, ...] = (
    *(_cut, _beheaded, _flipped, _deleted, _repeated, _moved),
    *(_declared, _recoded, _zeros, _entities, _nested),
)
