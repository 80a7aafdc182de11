"""The file of settings and the variables beside it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from storywire.configuration import Configuration, decide
from storywire.options import OPTIONS, Option, Whole

PAGE = Path(__file__).resolve().parent.parent.parent / "docs/configuration.md"


def said(text: str | None = None, **variables: str) -> Configuration:
    return decide(variables, "storywire.toml", text, "private/targets.toml", "STORYWIRE_TARGET_")


def fault(text: str | None = None, **variables: str) -> str:
    (one,) = said(text, **variables).faults
    assert one.what
    assert one.mend
    return str(one)


def test_without_a_word_each_setting_has_its_default() -> None:
    configuration = said()
    assert configuration.faults == ()
    assert {key: choice.value for key, choice in configuration.choices.items()} == {o.key: o.default for o in OPTIONS}
    assert {choice.source for choice in configuration.choices.values()} == {"default"}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_the_example_of_each_setting_is_taken_from_the_file_and_not_for_its_default(option: Option) -> None:
    configuration = said(f"{option.key} = {option.example}")
    assert configuration.faults == ()
    assert configuration[option.key] != option.default
    assert (configuration.choices[option.key].source, configuration.choices[option.key].line) == ("file", 1)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.key)
def test_a_variable_goes_before_the_file_and_means_the_same(option: Option) -> None:
    words = re.sub(r'[\[\]"]', "", option.example)
    configuration = said(f"{option.key} = {option.example}\n", **{option.variable: words})
    assert configuration.faults == ()
    assert configuration[option.key] == said(f"{option.key} = {option.example}")[option.key]
    assert configuration.choices[option.key].source == "variable"


def test_what_is_empty_counts_as_unset() -> None:
    configuration = said('contact = ""\nallow_nets = []\n', STORYWIRE_MODEL="", STORYWIRE_NONSENSE="")
    assert configuration.faults == ()
    assert {choice.source for choice in configuration.choices.values()} == {"default"}


def test_an_unknown_key_is_named_with_its_line_and_a_near_name() -> None:
    assert fault("# mine\n\nkeep_page_mb = 5\n") == (
        "storywire.toml, line 3: keep_page_mb is no setting; did you mean keep_pages_mb?; docs/configuration.md has all"
    )
    assert "did you mean" not in fault("xyz = 5\n")


def test_an_unknown_variable_is_named_with_a_near_name() -> None:
    found = fault(STORYWIRE_KEEP_PAGE_MB="5", STORYWIRE_TARGET_DESK="anything", PATH="/bin")
    assert found.startswith("STORYWIRE_KEEP_PAGE_MB is no variable of Storywire; did you mean STORYWIRE_KEEP_PAGES_MB?")


def test_a_fault_is_apart_from_how_it_is_mended() -> None:
    (unknown,) = said("keep_page_mb = 5\n").faults
    assert unknown.what == "storywire.toml, line 1: keep_page_mb is no setting"
    assert unknown.mend == "did you mean keep_pages_mb?; docs/configuration.md has all"
    (secret,) = said('smtp_password = "hush"').faults
    assert secret.what.startswith("storywire.toml, line 1: smtp_password looks like a target or a secret")


def test_a_name_that_would_turn_a_terminal_upside_down_is_shown_in_escapes() -> None:
    assert r"'\x1b[2Jkey' is no setting" in fault('"\\u001b[2Jkey" = 5')
    assert r"'STORYWIRE_\x1b[2J' is no variable" in fault(**{"STORYWIRE_\x1b[2J": "5"})


@pytest.mark.parametrize("key", ["prefect_api_url", "ray_address"])
@pytest.mark.parametrize("value", ["me:hush@prefect.example/api", "https://me:hush@x.example/\x1b", "hush\n"])
def test_a_wrong_address_is_never_repeated(key: str, value: str) -> None:
    for found in (fault(f"{key} = {json.dumps(value)}"), fault(**{f"STORYWIRE_{key.upper()}": f"{value}\x07"})):
        assert "hush" not in found
        assert key in found.lower()


def test_an_address_where_none_belongs_keeps_its_password_to_itself() -> None:
    assert "hush" not in fault('allow_nets = ["https://me:hush@x.example"]\n')
    assert "hush" not in fault('keep_pages_mb = "https://me:hush@x.example"\n')


def test_two_servers_cannot_have_one_port() -> None:
    configuration = said("metrics_port = 4300\n", STORYWIRE_PREFECT_PORT="4300")
    (one,) = configuration.faults
    assert one.what == "prefect_port and metrics_port are both 4300"
    assert "metrics_port (STORYWIRE_METRICS_PORT)" in one.mend
    assert (configuration["prefect_port"], configuration["metrics_port"]) == (4300, None)
    assert "both 4200" in fault("metrics_port = 4200\n")


WRONG = [
    ("keep_pages_mb = '5'", "'5'; give a whole number from 0 to 999999, without quotes"),
    ("keep_pages_mb = true", "True; give a whole number"),
    ("keep_pages_mb = -1", "-1; give a whole number from 0"),
    ("prefect_port = 70000", "70000; give a whole number from 1 to 65535"),
    ("every_seconds = 0", "0; give a whole number from 1"),
    ("model = 5", "5; give multilingual, or"),
    ('log = "loud"', "'loud'; give debug, info, warning or error"),
    ('contact = "a\\nb"', r"'a\nb'; give one address"),
    ('prefect_api_url = "127.0.0.1:4200"', "not shown); give the address of a Prefect server"),
    ('allow_nets = ["10.0.0.0/8", "intranet"]', "a list: 'intranet' is no network; give networks such as"),
    ("allow_nets = [5]", "a list; give networks"),
    ("model = 2026-01-01", "a date; give"),
    ("[model]\nname = 1", "a dict; give"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_a_wrong_value_is_shown_with_its_place_and_what_is_allowed(text: str, told: str) -> None:
    found = fault(f"\n{text}\n")
    key = re.findall(r"\w+", text)[0]
    assert found.startswith(f"storywire.toml, line 2: {key} is ")
    assert told in found


@pytest.mark.parametrize("value", ["5.5", "-1", "ten", "1 000", "²", "1e3", "99999999999999999999"])
def test_a_variable_that_must_be_a_whole_number_and_is_none_is_shown(value: str) -> None:
    assert fault(STORYWIRE_KEEP_PAGES_DAYS=value) == (
        f"STORYWIRE_KEEP_PAGES_DAYS is {value!r}; give a whole number from 0 to 999999"
    )


def test_what_is_wrong_leaves_the_default_and_all_else_as_it_was_said() -> None:
    configuration = said("prefect_port = 0\nkeep_pages_mb = 7\n", STORYWIRE_METRICS_PORT="x", STORYWIRE_MODEL="m")
    assert len(configuration.faults) == 2
    assert (configuration["prefect_port"], configuration["keep_pages_mb"]) == (4200, 7)
    assert (configuration["metrics_port"], configuration["model"]) == (None, "m")


def test_toml_that_does_not_parse_is_told_with_its_line() -> None:
    assert re.search(r"storywire\.toml is no TOML: .*line 2, .*correct that line", fault("model = 'x'\nport 4200\n"))
    assert "line 2" in fault("model = 'x'\nmodel = 'y'\n")


SECRETS = [
    '[desk]\nkind = "webhook"\nurl = "https://hush.example"',
    'target_desk = "hush"',
    'webhook_secret = "hush"',
    'desk = { kind = "chat", url = "hush" }',
    '[[desk]]\nurl = "hush"',
    'smtp_password = "hush"',
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_target_or_a_secret_is_sent_where_it_belongs_and_never_repeated(text: str) -> None:
    found = fault(text)
    assert "line 1" in found
    assert "belong in private/targets.toml" in found
    assert "hush" not in found


def test_where_the_installation_lies_cannot_be_said_in_its_own_file() -> None:
    assert "set the variable STORYWIRE_HOME" in fault('home = "/srv/news"')


def test_the_page_has_a_row_for_each_setting_with_what_the_table_says_of_it() -> None:
    rows = re.findall(r"^\| `(\w+ = .+?)` \| (.+?) \| (.+) \|$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    assert rows == [(f"{o.key} = {o.example}", o.otherwise(), purpose(o)) for o in OPTIONS]


def purpose(option: Option) -> str:
    kind: Any = option.kind
    bounds = f" ({kind.least} to {kind.most})" if isinstance(kind, Whole) else ""
    return option.purpose[:-1] + bounds + "." if bounds else option.purpose
