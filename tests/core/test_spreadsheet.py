"""A spreadsheet computes no cell of ours, and whoever reads the CSV as data gets each text back."""

import csv
import io
import re
import sys
import time
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.spreadsheet import csv_line, csv_lines, dead, undone

LIVE = "=+-@＝＋－＠−﹢﹣﹦﹫"
BLANK = " \u00a0\u3000\u200b\ufeff\u061c\u2800\u3164\u115f\u034f\ufe0f\ufffa\U000e0041\"'`“”«»"
texts = st.text() | st.text(st.sampled_from(LIVE + BLANK + "\t\r\n;,a1"), max_size=12)
cells = texts | st.none() | st.booleans() | st.integers() | st.floats() | st.decimals(allow_nan=False)


def read(lines: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(lines, newline="")))


@given(st.lists(texts, min_size=1, max_size=5))
def test_each_text_comes_back_exactly_once_its_quotes_are_undone(row: list[str]) -> None:
    assert [[undone(cell) for cell in found] for found in read(csv_line(row))] == [row]


@given(texts)
def test_no_text_begins_with_what_a_spreadsheet_computes(text: str) -> None:
    ((cell,),) = read(csv_line([text]))
    assert cell.lstrip(BLANK.replace("'", ""))[:1] not in {*LIVE, "\t", "\r", "\n"}
    for begun in re.split("[\r\n\t;]", cell):  # what a spreadsheet that splits elsewhere takes for a cell
        assert begun.lstrip(BLANK.replace("'", ""))[:1] not in {*LIVE}


def test_no_character_that_is_invisible_or_blank_hides_a_formula() -> None:
    kinds = {"Cc", "Cf", "Zs", "Zl", "Zp"}
    unseen = [letter for letter in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(letter) in kinds]
    unseen += "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180f\u2065\u2800\u3164\ufe00\ufe0f\uffa0\ufff0\U000e0000\U000e0fff"
    assert [letter for letter in unseen if letter not in "\t\r\n" and dead(f"{letter}=1+1")[0] != "'"] == []
    assert undone(dead("".join(unseen) + "=1+1")) == "".join(unseen) + "=1+1"


@given(st.lists(st.lists(cells, min_size=2, max_size=2)), st.tuples(texts, texts))
def test_names_and_rows_keep_their_number_whatever_they_hold(rows: list[list[object]], names: tuple[str, str]) -> None:
    found = read("".join(csv_lines(names, rows)))
    assert [len(record) for record in found] == [2] * (len(rows) + 1)
    assert tuple(map(undone, found[0])) == names


@given(st.lists(texts, min_size=1, max_size=3))
def test_raw_texts_stay_as_they_are(row: list[str]) -> None:
    assert read(csv_line(row, raw=True)) == [row]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-5, "-5"),
        (Decimal("-1.50"), "-1.50"),
        (-0.25, "-0.25"),
        (float("-inf"), '"\'-inf"'),
        ("-5", '"\'-5"'),
        (True, "true"),
        (None, ""),
        ("", '""'),
        (date(2026, 11, 2), "2026-11-02"),
        (datetime(2026, 11, 2, 9, 30, tzinfo=UTC).replace(tzinfo=None), "2026-11-02 09:30:00"),
        ('He said "go"', '"He said ""go"""'),
        ("Ferry line reopens", '"Ferry line reopens"'),
        ("a = b, c - d", '"a = b, c - d"'),
        ("two; -three", '"two;\' -three"'),
        ("first\n- second", '"first\n\'- second"'),
    ],
)
def test_numbers_and_times_stay_bare_and_texts_are_quoted(value: object, written: str) -> None:
    assert csv_line([value]) == f"{written}\r\n"


@pytest.mark.parametrize("text", ["\n" * 10**6, "'" * 10**6, "\n=" * 10**6, " " * 10**6 + "=", ";'" * 10**6])
def test_a_long_text_takes_time_in_proportion_to_its_length(text: str) -> None:
    begun = time.monotonic()
    assert undone(dead(text)) == text
    assert time.monotonic() - begun < 20  # quadratic it would be hours
