"""Thresholds that were tuned in a home are kept there, and a file that cannot be used is one clear error."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from flows.thresholds import FILE, keep, parameters_for
from storywire.errors import InputError
from storywire.parameters import SHIPPED, EventParameters, Parameters, StorylineParameters

TUNED = Parameters("mine", EventParameters(short=0.5, tau_days=9.0), StorylineParameters(accept=0.4, doubt=0.35))


def test_thresholds_that_are_kept_are_read_back_for_their_model_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    assert keep(home, TUNED) == home / FILE
    assert parameters_for(home, "mine") == TUNED
    assert parameters_for(home, "other") == Parameters().of("other")
    assert [path.name for path in home.iterdir()] == [FILE]


def test_those_of_one_model_are_kept_beside_those_of_others_and_the_last_ones_count(tmp_path: Path) -> None:
    keep(tmp_path, TUNED)
    keep(tmp_path, TUNED.of("other"))
    keep(tmp_path, replace(TUNED, events=EventParameters(short=0.6)))
    assert parameters_for(tmp_path, "other") == TUNED.of("other")
    assert parameters_for(tmp_path, "mine").events.short == 0.6


def test_a_model_that_nobody_tuned_gets_the_thresholds_of_the_default_one_under_its_own_name(tmp_path: Path) -> None:
    assert parameters_for(tmp_path, "unheard-of") == Parameters(model="unheard-of")
    for model, shipped in SHIPPED.items():
        assert parameters_for(tmp_path, model) == shipped
        assert shipped.model == model


def test_tuned_thresholds_come_before_those_that_ship(tmp_path: Path) -> None:
    model = Parameters().model
    keep(tmp_path, TUNED.of(model))
    assert parameters_for(tmp_path, model) == TUNED.of(model)


def test_a_threshold_that_an_older_file_lacks_is_the_default(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"mine": {"events": {"short": 1}, "storylines": {}}}), "utf-8")
    assert parameters_for(tmp_path, "mine") == Parameters("mine", EventParameters(short=1.0))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "[]",
        "3",
        b"\xff\xfe",
        {"mine": 3},
        {"mine": []},
        {"mine": {"events": {}}},
        {"mine": {"events": [], "storylines": {}}},
        {"mine": {"events": {"short": "low"}, "storylines": {}}},
        {"mine": {"events": {"short": None}, "storylines": {}}},
        {"mine": {"events": {"unheard_of": 1}, "storylines": {}}},
    ],
    ids=str,
)
def test_a_file_that_cannot_be_used_is_one_error_with_what_to_do(tmp_path: Path, said: object) -> None:
    path = tmp_path / FILE
    path.write_bytes(
        said if isinstance(said, bytes) else (said if isinstance(said, str) else json.dumps(said)).encode()
    )
    with pytest.raises(InputError, match=r"thresholds\.json .*delete (it|the file), then tune again$"):
        parameters_for(tmp_path, "mine")


def test_a_folder_in_the_files_place_is_the_same_error(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(InputError, match="delete it, then tune again"):
        parameters_for(tmp_path, "mine")


def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{", "utf-8")
    with pytest.raises(InputError):
        keep(tmp_path, TUNED)
    assert (tmp_path / FILE).read_text("utf-8") == "{"
