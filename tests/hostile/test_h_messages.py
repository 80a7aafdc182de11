"""Other people's words in messages (H71 to H76, H82): text stays text, one line each, and never too long.

What a chat channel takes for a mention is disarmed by that channel; what a browser shows is its page's business.
"""

import csv
import io
import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from flows.answers import Format, write
from flows.cli import cli
from storage.asking import Answer
from storywire.letters import letter
from storywire.notices import Letter, Notice, Section, Told
from storywire.nouns import Precision, Published
from storywire.spreadsheet import undone
from storywire.targets import KINDS
from storywire.text import clean, html_to_text
from storywire.watches import AlertClass

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
REPORT = Told("a1", AlertClass.REPORT, "Ferry returns", "Northwire", "https://n.example/1", Published(), NOW)


def letter_of(*reports: Told, label: str = "Ferry line", **more: Any) -> Letter:
    counts = {AlertClass.REPORT: len(reports)}
    return letter(Notice("m1", "w1", "ferry", NOW, (Section("s1", label, reports, counts=counts),), **more))


def titled(title: str) -> Letter:
    return letter_of(replace(REPORT, title=title))


def linked(url: str) -> Letter:
    return letter_of(replace(REPORT, url=url))


def shown(made: Letter) -> dict[str, Any]:
    """The first report of the payload."""
    found: dict[str, Any] = json.loads(made.payload)["data"]["storylines"][0]["reports"][0]
    return found


SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title><svg onload=alert(1)>",
    "{{7*7}} ${7*7}",
]


@pytest.mark.parametrize("title", SCRIPTS)
def test_h71_code_in_a_title_is_text_and_stays_as_it_is(title: str) -> None:
    made = titled(title)
    assert f"\n- {title}\n" in made.text
    assert made.headline == f"Ferry line: {title}"
    assert shown(made)["title"] == title


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "\x01javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//n.example/1",
        "http://name:secret@n.example/",
        "",
    ],
)
def test_h71_a_link_that_is_no_address_of_the_web_is_left_out(url: str) -> None:
    made = linked(url)
    assert "script" not in made.text.casefold()
    assert "Ferry returns\n  Northwire, first seen 2026-11-01 12:00 UTC\n\n" in made.text
    assert shown(made)["url"] is None


def test_h72_what_was_escaped_twice_is_shown_unescaped_once() -> None:
    read = html_to_text("Talks &amp;lt;b&amp;gt;resume&amp;lt;/b&amp;gt;")  # as a feed's title is read
    assert read == "Talks &lt;b&gt;resume&lt;/b&gt;"
    made = titled(read)
    assert f"\n- {read}\n" in made.text
    assert shown(made)["title"] == read


@pytest.mark.parametrize(
    "title", ["<!channel> talks", "@everyone *talks* `now`", "[talks](http://evil.example)", "<@U1> & <b>"]
)
def test_h74_markup_of_chats_is_in_a_letter_as_text_for_the_channel_to_disarm(title: str) -> None:
    made = titled(title)
    assert f"\n- {title}\n" in made.text
    assert shown(made)["title"] == title


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("http://evil|bank.com", None),
        ("http://n.example/|bank.com", "http://n.example/%7Cbank.com"),
        ("http://n.example/><!channel>", "http://n.example/%3E%3C!channel%3E"),
        ("http://n.example/'\"`\\ x", "http://n.example/%27%22%60%5C%20x"),
        ("http://n.example/?q=<b>|'", "http://n.example/?q=%3Cb%3E%7C%27"),
        ("http://n.example/\x1b[31m\u202e\u2028\0", "http://n.example/%1B[31m%E2%80%AE%E2%80%A8%00"),
        ("http://n.example/" + "x" * 3000, None),
        ("http://n.example/" + "é" * 1000, None),  # longer than that once it is encoded
    ],
)
def test_h74_a_link_holds_nothing_that_could_end_it(url: str, safe: str | None) -> None:
    made = linked(url)
    assert shown(made)["url"] == safe
    links = [line for line in made.text.split("\n") if "http" in line]
    assert links == ([f"  {safe}"] if safe else [])


HEADERS = "Talks\r\nBcc: all@example.org\r\n\r\n<html>\x85Message forged\u2028Mute: rm\x0b\x0c-"
COLOURS = "\x1b[31mTalks\x1b[0m \x1b]0;owned\x07\x9b2J\u202eresume\u2066\u200b\ufeff"


@pytest.mark.parametrize("words", [HEADERS, COLOURS])
@pytest.mark.parametrize("field", ["title", "publisher", "label", "why", "watch", "fault"])
def test_h75_line_ends_and_escape_sequences_reach_neither_headline_nor_text_nor_payload(words: str, field: str) -> None:
    plain, hostile = _letters(field, "Talks resume"), _letters(field, words)
    for made in (plain, hostile):
        for line in (made.headline, made.watch, made.payload.decode(), *made.text.split("\n")):
            assert re.search("[\0-\x1f\x7f-\x9f\u2028\u2029\u200b\u2060-\u206f\u202a-\u202e\ufeff]", line) is None
    assert len(hostile.text.split("\n")) == len(plain.text.split("\n")), "no line more than with plain words"
    assert re.search(r"\[31m|owned|2J", hostile.text) is None


def _letters(field: str, words: str) -> Letter:
    """A letter with these words in one place."""
    report = replace(REPORT, **{field: words}) if field in ("title", "publisher") else REPORT
    faults = (words,) if field == "fault" else ()
    why = (words,) if field == "why" else ()
    section = Section("s1", words if field == "label" else "Ferry line", (report,), faults, why=why)
    return letter(Notice("m1", "w1", words if field == "watch" else "ferry", NOW, (section,)))


def test_h75_joiners_stay_where_spelling_and_emoji_need_them_and_go_elsewhere() -> None:
    made = titled("می\u200cخواهم 👩\u200d🚒 pay\u200dpal\u200c \u200d\u200d")
    assert shown(made)["title"] == "می\u200cخواهم 👩\u200d🚒 paypal"


LONG = ["x" * 1_000_000, "word " * 200_000, "🧨" * 250_000, '"\\' * 500_000, "\u0301" * 500_000, "\u200b" * 1_000_000]


@pytest.mark.parametrize("title", LONG, ids=["letters", "words", "emoji", "quotes", "marks", "invisible"])
def test_h76_a_title_of_a_megabyte_is_cut_with_a_mark(title: str) -> None:
    begun = time.monotonic()
    made = letter_of(replace(REPORT, title=title, publisher=title), label=title, alert_ids=("x1",))
    assert time.monotonic() - begun < 5
    assert len(made.payload) <= 20_000
    assert len(made.headline) <= 120
    assert len(made.text) <= 2_000
    assert shown(made)["title"].endswith("…")
    assert json.loads(made.payload)["data"]["truncated"] is True


def test_h76_ten_thousand_ids_of_alerts_are_counted_and_as_many_given_as_fit() -> None:
    ids = tuple(f"a{n:016x}" for n in range(10_000))
    made = letter_of(*[replace(REPORT, article_id=f"a{n}") for n in range(20)], alert_ids=ids)
    data = json.loads(made.payload)["data"]
    assert len(made.payload) <= 20_000
    assert data["alert_count"] == 10_000
    assert tuple(data["alert_ids"]) == ids[: len(data["alert_ids"])]
    assert len(data["alert_ids"]) >= 100
    assert len(data["storylines"][0]["reports"]) >= 3
    assert data["truncated"] is True


@pytest.mark.parametrize("storylines", [1, 7, 60, 500])
def test_h76_five_thousand_reports_are_cut_to_what_fits_and_each_cut_is_said(storylines: int) -> None:
    each = 5000 // storylines
    reports = tuple(replace(REPORT, article_id=f"a{n}", title="🧨 Ferry " * 20) for n in range(each))
    counts = {AlertClass.REPORT: each}
    sections = tuple(Section(f"s{n}", f"Line {n}", reports, counts=counts) for n in range(storylines))
    begun = time.monotonic()
    made = letter(Notice("m1", "w1", "ferry", NOW, sections, tuple(f"x{n}" for n in range(5000))))
    assert time.monotonic() - begun < 5
    assert len(made.payload) <= 20_000
    data = json.loads(made.payload)["data"]
    assert data["more"] + len(data["storylines"]) == storylines
    assert all(line["more"] + len(line["reports"]) == each for line in data["storylines"])
    assert all(line["reports"] for line in data["storylines"])
    assert data["truncated"] is True
    assert len(made.text) < 10_000


def test_h76_ids_alone_that_do_not_fit_are_a_cut_that_is_said() -> None:
    data = json.loads(letter_of(REPORT, alert_ids=("a" * 17,) * 1200).payload)["data"]
    assert (data["more"], data["storylines"][0]["more"]) == (0, 0)
    assert len(data["alert_ids"]) < data["alert_count"] == 1200
    assert data["truncated"] is True


def test_h76_a_small_payload_is_not_cut_and_says_so() -> None:
    data = json.loads(letter_of(REPORT, alert_ids=("x1",)).payload)["data"]
    assert (data["truncated"], data["more"], data["storylines"][0]["more"]) == (False, 0, 0)


def test_h82_five_thousand_reports_in_a_minute_are_ten_and_4990_more() -> None:
    seen = [NOW + timedelta(milliseconds=12 * n) for n in reversed(range(5000))]
    at = [Published(when, Precision.SECOND, "feed") for when in seen]
    reports = [replace(REPORT, article_id=f"a{n}", published=at[n], first_seen_at=seen[n]) for n in range(5000)]
    made = letter_of(*reports)
    assert made.headline == "Ferry line: 5,000 new reports"
    assert made.text.count("\n- Ferry returns\n") == 10
    assert "\nand 4,990 more\n" in made.text
    assert len(made.text.split("\n")) < 50


FORMULAS = [
    "=1+cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    '@SUM(1,"a")',
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    " =1+1",
    "\u00a0\ufeff=1+1",
    '"=1+1',
    "'=1+1",
    '","=1+1',
    '"\r\n=1+1',
    'a",=1+1,"',
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_h73_no_cell_of_csv_is_computed_by_a_spreadsheet(formula: str) -> None:
    written = io.StringIO(newline="")
    write(Answer((formula, "n"), iter([(formula, -5)])), Format.CSV, written)
    written.seek(0)
    (name, _), (cell, number) = csv.reader(written)
    for text in (name, cell):
        assert undone(text) == formula
        assert text.lstrip('"“ \u00a0\ufeff')[0] not in "=+-@＝＋－＠\t\r\n"
    assert number == "-5"
    made = titled(formula)  # a message is no spreadsheet: there it stays as it is
    assert json.loads(made.payload)["data"]["storylines"][0]["reports"][0]["title"] == " ".join(clean(formula).split())


def test_h73_two_commands_write_csv_and_no_target_does() -> None:
    """Both by `spreadsheet.csv_line`. What writes cells in another way needs its quotes, too, and a test."""
    found = {kind for kind in KINDS if "csv" in kind or "xls" in kind}
    commands: list[click.Command] = [cli]
    while commands:
        command = commands.pop()
        commands += getattr(command, "commands", {}).values()
        options = [option for each in command.params for option in each.opts]
        found |= {command.name or "" for option in options if "csv" in option or "xls" in option}
    assert found == {"sql", "export"}
