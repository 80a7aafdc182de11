import logging
import os
import stat
from pathlib import Path, PurePath

import pytest

from storywire.errors import InputError
from storywire.targets import Chat, Email, File, Stdout, Target, Webhook
from tasks.targets import Targets, new_secret

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
HOOK = Webhook("https://receiver.example/T0KEN", (new_secret(),))
MAIL = Email(("ann@example.org",), "us@example.org", "mail.example.org", user="us", password="s3cr3t")


@pytest.fixture
def targets(tmp_path: Path) -> Targets:
    return Targets(tmp_path / "private", {})


def test_what_is_added_is_found(targets: Targets) -> None:
    given: dict[str, Target] = {
        "newsroom": HOOK,
        "desk": MAIL,
        "log": File(PurePath("/tmp/x")),
        "team": Chat("ntfy://t"),
    }
    for name, target in given.items():
        targets.add(name, target)
    assert {name: targets.find(name) for name in given} == given
    assert targets.names() == {"desk": "email", "log": "file", "newsroom": "webhook", "team": "chat"}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_the_file_is_nobody_elses_from_its_first_byte_on(
    targets: Targets, umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    real = os.open

    def watched(path: Path, flags: int, mode: int = 0o777) -> int:
        descriptor = real(path, flags, mode)
        made.append(os.fstat(descriptor).st_mode & 0o077)
        return descriptor

    targets.path.parent.mkdir()
    monkeypatch.setattr(os, "open", watched)
    before = os.umask(umask)
    try:
        targets.add("newsroom", HOOK)
        targets.add("desk", MAIL)
    finally:
        os.umask(before)
    assert made[0] == made[2] == 0
    assert stat.S_IMODE(targets.path.stat().st_mode) == 0o600
    assert list(targets.path.parent.iterdir()) == [targets.path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o660])
def test_a_file_that_others_can_read_or_write_is_refused_with_the_command_that_helps(
    targets: Targets, mode: int
) -> None:
    targets.add("newsroom", HOOK)
    targets.path.chmod(mode)
    with pytest.raises(InputError, match=f"chmod 600 {targets.path}"):
        targets.find("newsroom")
    with pytest.raises(InputError, match="chmod 600"):
        targets.add("desk", MAIL)
    targets.path.chmod(0o600)
    assert targets.find("newsroom") == HOOK


def test_the_environment_goes_before_the_file(targets: Targets) -> None:
    targets.add("news-room", HOOK)
    both = Targets(
        targets.path.parent, {"STORYWIRE_TARGET_NEWS_ROOM": 'kind = "stdout"', "STORYWIRE_TARGET_B": 'kind="file"'}
    )
    assert both.find("news-room") == Stdout()
    assert both.names() == {"b": "file", "news-room": "stdout"}
    with pytest.raises(InputError, match="target b: path is missing"):
        both.find("b")
    with pytest.raises(InputError, match="unset STORYWIRE_TARGET_B"):
        both.remove("b")


def test_a_target_that_is_not_there_is_answered_with_those_that_are(targets: Targets) -> None:
    with pytest.raises(InputError, match=r"none yet.*alerts targets add"):
        targets.find("desk")
    targets.add("newsroom", HOOK)
    with pytest.raises(InputError, match=r"no target desk; there are: newsroom; .*alerts targets add"):
        targets.find("desk")


def test_an_address_that_someone_took_for_a_name_is_not_repeated(targets: Targets) -> None:
    with pytest.raises(InputError) as raised:
        targets.find("slack://T0KEN/B/C")
    assert "T0KEN" not in str(raised.value)


def test_a_name_is_given_once(targets: Targets) -> None:
    targets.add("newsroom", HOOK)
    with pytest.raises(InputError, match="there is a target newsroom"):
        targets.add("newsroom", MAIL)
    assert targets.find("newsroom") == HOOK


def test_a_target_that_cannot_be_used_is_not_added_and_spoils_no_other(targets: Targets) -> None:
    targets.add("newsroom", HOOK)
    with pytest.raises(InputError, match="secret"):
        targets.add("bad", Webhook("https://receiver.example/", ("whsec_short",)))
    with pytest.raises(InputError):
        targets.add("Bad_Name", HOOK)
    targets.path.write_text(targets.path.read_text() + '\n[broken]\nkind = "email"\n')
    assert targets.find("newsroom") == HOOK
    assert targets.names() == {"broken": "email", "newsroom": "webhook"}


def test_what_is_removed_is_gone_and_all_else_stays_as_it_was_written(targets: Targets) -> None:
    targets.add("newsroom", HOOK)
    of_watches = f'[two] # mine\nkind = "webhook"\nurl = "https://r.example/"\n[two.secrets]\nw = "{new_secret()}"\n\n'
    rest = '# by hand\n[ "last" ]\nkind = "stdout"\n'
    targets.path.write_text(first := targets.path.read_text() + "\n" + of_watches + rest)
    assert set(targets.names()) == {"newsroom", "two", "last"}
    targets.remove("two")
    assert targets.path.read_text() == first.replace(of_watches, "")
    targets.remove("last")
    targets.remove("newsroom")
    assert targets.names() == {}
    with pytest.raises(InputError, match="no target of that name"):
        targets.remove("newsroom")


def test_a_target_that_is_written_oddly_is_left_to_a_person(targets: Targets) -> None:
    targets.add("newsroom", HOOK)
    targets.path.write_text(text := 'odd = { kind = "stdout" }\n' + targets.path.read_text())
    with pytest.raises(InputError, match="by hand"):
        targets.remove("odd")
    assert targets.path.read_text() == text


def test_a_write_that_was_cut_short_leaves_the_old_file(targets: Targets, monkeypatch: pytest.MonkeyPatch) -> None:
    targets.add("newsroom", HOOK)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(InputError, match="No space left"):
            targets.add("desk", MAIL)
    assert targets.names() == {"newsroom": "webhook"}
    targets.add("desk", MAIL)  # what the first attempt left is in nobody's way
    assert targets.find("desk") == MAIL


@pytest.mark.parametrize("content", [b"[newsroom]\nurl = s3cr3t", b"\xff\xfes3cr3t", b'x = "s3cr3t"'])
def test_a_file_that_cannot_be_read_is_named_and_not_quoted(targets: Targets, content: bytes) -> None:
    targets.add("newsroom", HOOK)
    targets.path.write_bytes(content)
    with pytest.raises(InputError, match=r"targets\.toml") as raised:
        targets.find("newsroom")
    assert "s3cr3t" not in str(raised.value)


def test_nothing_is_logged_or_shown(targets: Targets, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    targets.add("newsroom", HOOK)
    shown = f"{targets.find('newsroom')!r} {vars(targets)} {targets.names()} {caplog.text}"
    assert "receiver" not in shown
    assert "whsec" not in shown


def test_secrets_are_random_and_long_enough() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(secret) == len("whsec_") + 44 for secret in made)
