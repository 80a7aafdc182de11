"""Labelled articles as they are read from a file."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storywire.copyscores import read_pairs
from storywire.errors import InputError
from storywire.evaluation import read_labelled


def line(text: str, **more: object) -> str:
    return json.dumps({"id": "a", "title": "T", "text": text, "cluster": "c"} | more, ensure_ascii=False)


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(deadline=None)
def test_a_text_may_hold_any_character(text: str) -> None:
    (found,) = read_labelled(line(text), "f")
    assert found.article.text == text


@pytest.mark.parametrize("raw", [line("x") + "\n", f"\n{line('x')}\r\n\r\n", f"{line('x')}"])
def test_empty_lines_are_passed_over(raw: str) -> None:
    assert [one.article.text for one in read_labelled(raw, "f")] == ["x"]


@pytest.mark.parametrize(
    "bad",
    ["[]", "3", '{"id": "a"}', line("x", published="soon"), line("x", published=3), '{"id": '],
)
def test_a_line_that_is_no_article_is_named_by_its_number_with_what_a_line_is(bad: str) -> None:
    with pytest.raises(InputError, match=r"^f, line 3: .*a line is one article as JSON, see docs/quality.md$"):
        read_labelled(f"{line('x')}\n\n{bad}\n", "f")


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('{"id": ', "is not JSON"),
        ("[]", "is not an object"),
        ('{"id": "b"}', 'needs "cluster"'),
        (line("x", id=""), 'needs "id"'),
        (line("x", id="b", published="yesterday"), "published is 'yesterday': ISO 8601 or null"),
        (line("x", id="b", published=3), "published is 3: ISO 8601 or null"),
        (line("x", id="b", title=["T"]), "title is ['T']: a text or null"),
        (line("y"), "the id 'a' is that of line 1 too"),
    ],
)
def test_it_is_said_in_words_what_is_wrong_with_an_article(bad: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"^f, line 2: {re.escape(said)}"):
        read_labelled(f"{line('x')}\n{bad}", "f")


def test_the_cluster_may_be_missing_where_nothing_is_made_of_it() -> None:
    assert read_labelled('{"id": "a", "text": "x"}', "f", clusters=False)[0].article.article_id == "a"


def pair(**said: object) -> str:
    return json.dumps({"a": "a", "b": "b"} | said)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "is not JSON"),
        ("3", "is not an object"),
        (pair(), 'needs "duplicate" (true or false) and "kind", or "containment"'),
        (pair(duplicate="yes", kind="near"), 'needs "duplicate" (true or false) and "kind", or "containment"'),
        (pair(duplicate=True), 'needs "duplicate" (true or false) and "kind", or "containment"'),
        (pair(duplicate=True, kind="weird"), "kind is 'weird': one of exact, near, semantic"),
        (pair(containment=1.5), "containment is 1.5: a number from 0 to 1"),
        (pair(containment="0.5"), "containment is '0.5': a number from 0 to 1"),
        (pair(b="a", containment=1), "a and b are both 'a': a pair is of two articles"),
        (pair(b="c", containment=1), "there is no article c in the file of articles"),
    ],
)
def test_it_is_said_in_words_what_is_wrong_with_a_pair(bad: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"^f, line 2: {re.escape(said)}"):
        read_pairs(f"{pair(containment=1)}\n{bad}", "f", ["a", "b"])
