"""Rows as CSV that a spreadsheet may open: decides how a cell is written, and that none is ever computed.

Never reads a file, and never changes a number.

A cell that begins with = + - @ is a formula to a spreadsheet, and news may begin so on purpose (OWASP, CSV injection;
CVE-2021-41270). One ' in front makes it text. Where a comma is the decimal sign, spreadsheets split lines at
semicolons instead and take the quotes for letters, so a line break, a tab or a semicolon inside a text may begin a
cell too, and what follows gets the same '.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

# Unicode's control and format characters (Cc, Cf), those that it lets a program ignore (DerivedCoreProperties.txt:
# Default_Ignorable_Code_Point, with the unassigned that are kept for more) and letters and signs that are blank.
_INVISIBLE = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
# What a spreadsheet may skip before a formula: blanks, what is invisible, and marks of quotation.
_SKIPPED = f"(?:(?![\t\r\n])[\\s{_INVISIBLE}\"'`´\u2018-\u201f«»‹›\uff02\uff07])*+"
# What begins one, in its wide and small forms too, and the minus of typographers.
_LIVE = "=+\\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b"
_FORMULA = f"^(?={_SKIPPED}[{_LIVE}\t\r\n])|(?<=[\t\r\n;])(?={_SKIPPED}[{_LIVE}])"
_LIVING = re.compile(_FORMULA)
_QUOTED = re.compile(_FORMULA.replace("(?=", "'(?="))


def dead(text: str) -> str:
    """The text as a spreadsheet takes it for text: with a ' before whatever could begin a formula."""
    return _LIVING.sub("'", text)


def undone(cell: str) -> str:
    """The text that `dead` was given."""
    return _QUOTED.sub("", cell)


def csv_line(cells: Sequence[object], raw: bool = False) -> str:
    """One record as RFC 4180 has it, its end included, each text in quotes. `raw`: texts as they are, formulas too.

    Nothing is an empty cell without quotes, and an empty text one with them.
    """
    return ",".join(_cell(cell, raw) for cell in cells) + "\r\n"


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]], raw: bool = False) -> Iterable[str]:
    """A heading of the columns' names, then the rows."""
    yield csv_line(columns, raw)
    for row in rows:
        yield csv_line(row, raw)


def _cell(value: object, raw: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal, date, datetime)) or (isinstance(value, float) and isfinite(value)):
        return str(value)
    text = str(value)
    return '"' + (text if raw else dead(text)).replace('"', '""') + '"'
