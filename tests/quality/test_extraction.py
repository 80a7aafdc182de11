"""Extraction finds what people read on pages: `storywire eval extraction`, its measure, and the floor that is kept."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flows.cli import cli
from storywire.errors import InputError
from storywire.extraction_scores import overlap, read_expected, scores

FLOOR = 0.957  # trafilatura 2.3.1 alone, on the same pages by the same measure
TEXT = (
    "The ferry line between the two islands will run again from Monday, the harbour authority said on Friday.\n"
    "It was closed for nine weeks after a storm tore away part of the northern pier and damaged two ships."
)
HTML = "<html><head><title>Ferry</title></head><body><article>{}</article></body></html>"


def measured(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["eval", "extraction", str(folder), *options])


def said(folder: Path, *options: str) -> Any:
    result = measured(folder, "--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pages that are read in full, one as it is and one compressed, and one that cannot be read."""
    (tmp_path / "html").mkdir()
    body = HTML.format("".join(f"<p>{line}</p>" for line in TEXT.split("\n"))).encode()
    (tmp_path / "html" / "plain.html").write_bytes(body)
    (tmp_path / "html" / "packed.html.gz").write_bytes(gzip.compress(body))
    (tmp_path / "html" / "trap.html").write_bytes(b"<html><p " + b"a=1 " * 100_000 + b">")
    truth = {
        "plain": {"articleBody": TEXT, "url": "https://www.harbour.example.org/ferry"},
        "packed": {"articleBody": TEXT},
        "trap": {"articleBody": TEXT, "url": None},
    }
    (tmp_path / "ground-truth.json").write_text(json.dumps(truth), "utf-8")
    return tmp_path


def test_the_pages_of_a_folder_are_read_and_scored(folder: Path) -> None:
    found = said(folder)
    assert set(found) == {"f1", "precision", "recall", "pages", "seconds"}
    assert (found["pages"], found["precision"]) == (3, 1.0)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["f1"] == pytest.approx(0.8)


def test_the_worst_pages_are_named_with_the_reason(folder: Path) -> None:
    [worst] = said(folder, "--worst", "1")["worst"]
    assert worst == {"page": "trap", "f1": 0.0, "reason": "too long a tag"}
    shown = measured(folder, "--worst", "2").stdout
    assert "trap" in shown
    assert "too long a tag" in shown


def test_in_a_pipe_it_prints_nothing_but_the_result(folder: Path) -> None:
    result = measured(folder)
    assert result.stderr == ""
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        *("measure", "f1", "precision", "recall", "pages", "seconds")
    ]


def test_a_folder_that_is_none_of_pages_is_refused_in_a_sentence(tmp_path: Path) -> None:
    result = measured(tmp_path)
    assert result.exit_code != 0
    assert f"{tmp_path} has no ground-truth.json" in str(result.exception or result.output)


def test_a_missing_page_is_named(folder: Path) -> None:
    (folder / "html" / "plain.html").unlink()
    result = measured(folder)
    assert isinstance(result.exception, InputError) or result.exit_code
    assert "plain.html is missing" in str(result.exception) + result.output


def test_a_page_that_cannot_be_unpacked_is_named(folder: Path) -> None:
    (folder / "html" / "packed.html.gz").write_bytes(b"no gzip")
    assert "packed.html.gz cannot be read" in str((result := measured(folder)).exception) + result.output


@pytest.mark.parametrize(
    "truth",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"a": "text"}',
        '{"a": {"articleBody": 1}}',
        '{"a": {"articleBody": "x", "url": 1}}',
        '{"../a": {"articleBody": "x"}}',
        '{"": {"articleBody": "x"}}',
        '{".": {"articleBody": "x"}}',
    ],
)
def test_a_list_of_pages_that_is_none_is_refused(truth: str) -> None:
    with pytest.raises(InputError, match=r"truth\.json"):
        read_expected(truth, "truth.json")


@pytest.mark.parametrize("told", ["{}", '{"articleBody": " "}', '{"text": "x"}'])
def test_a_page_without_the_text_that_a_person_found_is_named_with_the_key(told: str) -> None:
    with pytest.raises(InputError, match=r"truth\.json: page 'ferry' needs a text \"articleBody\""):
        read_expected(f'{{"ferry": {told}}}', "truth.json")


def test_the_measure_counts_runs_of_four_words_and_each_page_the_same() -> None:
    half = overlap("one two three four five", "two three four five six")
    assert (half.both, half.extra, half.missed) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    assert half.f1 == pytest.approx(0.5)
    assert overlap("", "").f1 == 1.0
    assert overlap("one", "one").f1 == 1.0
    assert overlap("", "one two").f1 == 0.0
    assert overlap("one two, three: FOUR", "one two three FOUR").f1 == 1.0
    whole, none = overlap("a b c d", "a b c d"), overlap("", "a b c d")
    assert scores([whole, none]) == pytest.approx({"precision": 1.0, "recall": 0.5, "f1": 2 / 3})
    assert scores([none]) == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert scores([]) == {"precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_real_pages_are_read_no_worse_than_the_floor(shared: Path) -> None:
    found = said(shared / "data" / "pages" / "article_extraction_benchmark")
    assert found["pages"] == 181
    assert found["f1"] >= FLOOR
