"""Character references in a document that name no character: decides what stands in their place.

Never touches one that does, and never reads the document.
"""

import re

_RUN = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]+|[0-9]+);?)+")
_ONE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+))")
_END = 0x110000  # of Unicode
_DIGITS = 8  # more than any character has


def mended(document: bytes) -> bytes:
    """The document with U+FFFD for references beyond Unicode and for lone surrogates, and one for each pair of these.

    Systems that count in UTF-16 write an emoji as two references, such as `&#55357;&#56832;`.
    """
    return _RUN.sub(_mended, document)


def _mended(run: re.Match[bytes]) -> bytes:
    numbers = [_number(one) for one in _ONE.finditer(run[0])]
    if all(number < 0xD800 or 0xE000 <= number < _END for number in numbers):
        return run[0]
    text = "".join(chr(number) if number < _END else "\ufffd" for number in numbers)
    paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return b"".join(b"&#%d;" % ord(character) for character in paired)


def _number(reference: re.Match[bytes]) -> int:
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    return int(digits.lstrip(b"0")[:_DIGITS] or b"0", base)
