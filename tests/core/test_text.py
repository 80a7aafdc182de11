"""What is kept of a text, what a word is, which paragraphs repeat, and what HTML says in plain words."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.text import (
    clean,
    ends_sentence,
    fingerprint,
    has_overloaded_tag,
    html_to_text,
    join_paragraphs,
    one_line,
    paragraphs,
    unique_paragraphs,
    words,
)

ANY_TEXT = st.text(st.characters(), max_size=200)  # lone surrogates too


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("nul\0 bell\a", "nul bell"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07end", "red end"),
        ("half \ud800 pair", "half pair"),
        ("\ud83d\ude00", "😀"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("turned \u202eround\u2066", "turned round"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"),
        ("  wide \u00a0\t space  \n  next ", "wide space\nnext"),
        ("one\n\n\n\ntwo", "one\n\ntwo"),
        ("e\u0301", "é"),
    ],
)
def test_clean_text_holds_nothing_that_a_terminal_or_a_table_would_obey(raw: str, safe: str) -> None:
    assert clean(raw) == safe


@given(ANY_TEXT)
def test_cleaning_twice_is_cleaning_once_and_can_always_be_stored(raw: str) -> None:
    once = clean(raw)
    assert clean(once) == once
    once.encode()
    assert not any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in once)


def test_a_flood_of_combining_marks_does_not_stop_the_house() -> None:
    started = time.perf_counter()
    flood = "a" + "\u0316\u0300" * 200_000
    assert len(clean(flood)) < 50
    assert len(words(flood)) == 1
    assert time.perf_counter() - started < 5


def test_one_line_is_cut_at_a_word_with_an_ellipsis() -> None:
    assert one_line("Talks\nin  Geneva") == "Talks in Geneva"
    assert one_line("Talks resume in Geneva", 16) == "Talks resume in…"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


@given(ANY_TEXT, st.integers(1, 60))
def test_one_line_is_never_longer_than_its_limit(raw: str, limit: int) -> None:
    line = one_line(raw, limit)
    assert len(line) <= limit
    assert "\n" not in line


def test_paragraphs_and_their_text_are_one_another() -> None:
    parts = ["First.", "Second\nwith a break.", "Third."]
    assert paragraphs(join_paragraphs(parts)) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Syria’s “Aleppo”", ["syria", "s", "aleppo"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("中国政府", ["中国", "国政", "政府"]),
        ("東京でG7", ["東京", "京で", "g7"]),
        ("U.N. 1,000 a_b", ["u", "n", "1", "000", "a", "b"]),
        ("", []),
    ],
)
def test_words_are_found_in_any_script(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_fingerprint_sees_the_words_and_nothing_of_their_dress() -> None:
    plain = fingerprint('The UN said: "Stop the war" - now.')
    assert fingerprint("The UN said: “Stop\u200b the\nwar” — now") == plain
    assert fingerprint("Ｔｈｅ UN said stop the war now") == plain
    assert fingerprint("The UN said: stop the war") != plain
    assert len(plain) == 16


def test_a_paragraph_that_stands_twice_is_kept_once() -> None:
    first, other = "The council met on Friday in Oslo.", "No vote was taken that day."
    again = "The council met  on Friday, in Oslo"
    assert unique_paragraphs([first, other, again]) == [first, other]


def test_a_short_paragraph_may_stand_twice() -> None:
    assert unique_paragraphs(["He refused.", "Asked again later, he was silent.", "He refused."]) == [
        "He refused.",
        "Asked again later, he was silent.",
        "He refused.",
    ]


def test_a_text_that_stands_once_more_as_one_line_is_kept_in_its_paragraphs() -> None:
    parts = [
        "Engineers reopened the northern bridge on Monday after a month of repairs to its cables.",
        "The mayor thanked them and promised that tolls would stay as they are until the spring.",
        "Lorries above forty tonnes must still take the southern route, the port authority said.",
    ]
    giant = " ".join(parts).replace(",", " ,") + " Topics  Bridges   Transport   Ports"
    assert unique_paragraphs([giant, *parts]) == parts
    assert unique_paragraphs([*parts, giant]) == parts


def test_two_reports_of_like_wording_are_both_kept() -> None:
    parts = [
        "The first team scored twice in the opening half and then defended its lead until the whistle went at nine.",
        "The second team scored once in the closing half but could not defend its lead when the rain came at eight.",
    ]
    assert unique_paragraphs(parts) == parts


@pytest.mark.parametrize(
    ("line", "is_sentence"),
    [
        ("He left.", True),
        ("“We must act now,” she said.", True),
        ("“We must act now.”", True),
        ("会议于周五结束。", True),
        ("बैठक समाप्त हुई।", True),
        ("What next?", True),
        ("Most read", False),
        ("Our client seeks a...", False),
        ("A harbour at dawn [Agency]", False),
    ],
)
def test_a_sentence_is_told_from_a_heading_by_its_end(line: str, is_sentence: bool) -> None:
    assert ends_sentence(line) is is_sentence


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("plain", "plain"),
        ("AT&amp;T", "AT&T"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("<p>One</p><p>Two &amp; <b>th</b>ree</p>", "One\n\nTwo & three"),
        ("line<br>break<br/><br/>gap", "line\nbreak\n\ngap"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<p>kept</p><script>alert('x')</script><style>p{}</style>", "kept"),
        ("<?xml version='1.0' encoding='latin-1'?><p>caf\u00e9</p>", "café"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<!-- hidden -->seen", "seen"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("", ""),
    ],
)
def test_html_is_read_as_plain_text(source: str, text: str) -> None:
    assert html_to_text(source) == text


@given(st.text(st.sampled_from("<>/&;!-=\"' apbrdiv\0\ud800"), max_size=80))
def test_no_fragment_makes_reading_html_fail(source: str) -> None:
    assert html_to_text(source) == clean(html_to_text(source))


@pytest.mark.parametrize(
    "source",
    [
        "<a " + " ".join(f'a{i}="x"' for i in range(60_000)) + ">told</a>",
        "<div>" * 20_000 + "told",
        "<a b='" * 100_000 + "told",
        "<!--" * 100_000,
        "<script>" * 50_000,
        ("<a " * 4_999 + ">") * 30 + "told",
    ],
    ids=["attributes", "depth", "quotes", "comments", "scripts", "nested tags"],
)
def test_hostile_html_costs_less_than_two_seconds(source: str) -> None:
    started = time.perf_counter()
    html_to_text(source)
    assert time.perf_counter() - started < 2


def test_many_attributes_are_counted_and_long_ones_and_code_are_not() -> None:
    many = " ".join(f'a{i}=">"' for i in range(6_000))
    assert has_overloaded_tag(f"<p {many}>")
    assert not has_overloaded_tag('<div data-state="' + "x " * 100_000 + '">')
    assert not has_overloaded_tag("<script>if (a<b" + " c=d" * 6_000 + ")</script>")
