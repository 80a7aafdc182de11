"""Labelled articles as they are read from a file."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
