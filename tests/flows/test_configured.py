"""An installation with a file of settings, as its owner meets it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.settings import Settings
from storywire.errors import InputError


@pytest.fixture
def here(new_installation: Callable[[], Any]) -> Any:
    made = new_installation()
    made.home.mkdir()
    return made


def test_the_file_in_the_home_is_used_and_variables_go_before_it(here: Any) -> None:
    (here.home / "storywire.toml").write_text('contact = "mailto:a@example.org"\nkeep_pages_mb = 7\nmetrics_port = 0\n')
    settings = Settings.from_environment({"STORYWIRE_HOME": str(here.home), "STORYWIRE_KEEP_PAGES_MB": "8"})
    assert (settings.contact, settings.keeping.size, settings.metrics_port) == ("mailto:a@example.org", 8_000_000, None)


def test_another_file_can_be_named_and_must_then_be_there(here: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    variables = {"STORYWIRE_HOME": str(here.home), "STORYWIRE_CONFIG": str(other)}
    with pytest.raises(InputError, match=f"STORYWIRE_CONFIG names {other}, which is not there"):
        Settings.from_environment(variables)
    other.write_bytes(b'\xef\xbb\xbfcontact = "mailto:b@example.org"\n')  # as editors on Windows save it
    (here.home / "storywire.toml").write_text("nonsense = 1\n")
    assert Settings.from_environment(variables).contact == "mailto:b@example.org"


def test_a_command_does_not_run_with_settings_that_are_wrong_and_says_in_one_line_what_is(here: Any) -> None:
    file = here.home / "storywire.toml"
    file.write_text("keep_page_mb = 7\nprefect_port = 0\n")
    done = here.ask("feeds", "list")
    assert (done.status, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert f"{file}, line 1: keep_page_mb is no setting; did you mean keep_pages_mb?" in done.err
    assert "and 1 more: `storywire doctor` has all" in done.err
    assert list(here.home.iterdir()) == [file]


@pytest.mark.parametrize("raw", [b"contact = '\xff'", None])
def test_a_file_that_cannot_be_read_is_named(here: Any, raw: bytes | None) -> None:
    file = here.home / "storywire.toml"
    if raw is None:
        file.mkdir()
    else:
        file.write_bytes(raw)
    done = here.ask("feeds", "list")
    assert done.status == 1
    assert str(file) in done.err


def test_a_wrong_address_is_repeated_by_no_command(here: Any) -> None:
    (here.home / "storywire.toml").write_text('prefect_api_url = "me:hush@prefect.example/api"\n')
    for words in (("status",), ("status", "--json"), ("feeds", "list")):
        done = here.ask(*words)
        assert "hush" not in done.out + done.err
        assert "not shown" in " ".join((done.out + done.err).split())


def test_a_secret_in_the_file_is_never_repeated(here: Any) -> None:
    (here.home / "storywire.toml").write_text(
        'prefect_api_url = "me:hush@prefect.example/api"\n[desk]\nkind = "webhook"\nsecret = "whsec_hush"\n'
    )
    done = here.ask("doctor", "--json")
    assert done.status == 1
    assert "targets.toml" in done.out
    address, found = [f for f in done.json["findings"] if f["check"] == "settings" and f["level"] == "broken"]
    assert address["mend"].startswith("give the address of a Prefect server")
    assert found["what"].endswith(f"belong in {here.home}/private/targets.toml")
    assert found["mend"].startswith("move it there")
    assert "hush" not in done.out + done.err
