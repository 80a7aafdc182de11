import re
import tomllib
from pathlib import Path, PurePath

import pytest

from storywire.errors import InputError
from storywire.targetfile import inline_table, tables, written
from storywire.targets import (
    KINDS,
    Automation,
    Chat,
    Email,
    File,
    Security,
    Stdout,
    Target,
    Webhook,
    kind_of,
    read_target,
    without_secrets,
)

DOCS = Path(__file__).resolve().parents[2] / "docs"
SECRET = "whsec_RXhhbXBsZSBvZiBhIHNlY3JldCwgbm90IG9uZSB0byB1c2Uh"
HIDDEN = "s3cr3t-value"
EMAIL = {"kind": "email", "to": "ann@example.org", "from": "us@example.org", "host": "mail.example.org"}
EACH: dict[str, Target] = {
    "hook": Webhook("https://receiver.example/x?key=1", (SECRET,)),
    "rotating": Webhook("https://r.example/", (SECRET, SECRET), {"port strike é": (SECRET,), 'a "b"': (SECRET,) * 2}),
    "mail": Email(("ann@example.org",), "us@example.org", "mail.example.org"),
    "more-mail": Email(("a@x.org", "b@x.org"), "us@x.org", "x.org", 2525, Security.TLS, "us", 'pass "word" \\'),
    "chat": Chat("slack://A/B/C/#general"),
    "file": File(PurePath("/var/log/alerts.jsonl")),
    "out": Stdout(),
    "events": Automation(),
}  # fmt: skip


def test_what_is_written_is_read_as_the_same_target() -> None:
    text = "\n".join(written(name, target) for name, target in EACH.items())
    assert {name: read_target(name, table) for name, table in tables(text).items()} == EACH


def test_every_kind_can_be_written_and_listed() -> None:
    assert {kind_of(tables(written("x", target))["x"]) for target in EACH.values()} == set(KINDS)
    assert kind_of({"kind": HIDDEN}) == kind_of({}) == "unknown"


def test_no_repr_shows_an_address_or_a_secret() -> None:
    shown = " ".join(map(repr, EACH.values()))
    assert not re.search(r"whsec|example|slack|x\.org|pass|ann@", shown), shown


def test_the_targets_of_the_documentation_are_targets() -> None:
    blocks = re.findall(r"```toml targets\.toml\n(.*?)```", (DOCS / "targets.md").read_text(), re.DOTALL)
    found = [read_target(name, table) for block in blocks for name, table in tables(block).items()]
    assert {type(target) for target in found} == {Webhook, Email, Chat, File, Stdout, Automation}
    example = re.search(r"STORYWIRE_TARGET_\w+='(.*)'", (DOCS / "targets.md").read_text())
    assert example is not None
    assert inline_table(example[1])["kind"] == "webhook"


def test_a_watch_of_its_own_secret_is_signed_with_that_alone() -> None:
    hook = Webhook("https://receiver.example/", ("for all",), {"strike": ("old", "new")})
    assert (hook.secrets_for("strike"), hook.secrets_for("other")) == (("old", "new"), ("for all",))


def test_files_and_standard_output_need_no_name() -> None:
    assert without_secrets("stdout") == Stdout()
    assert without_secrets("file:/tmp/a:b.jsonl") == File(PurePath("/tmp/a:b.jsonl"))
    assert without_secrets("newsroom") is None
    with pytest.raises(InputError, match="file:PATH"):
        without_secrets("file:")


@pytest.mark.parametrize(
    ("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)]
)  # fmt: skip
def test_the_port_of_mail_follows_its_security(security: str, port: int) -> None:
    found = read_target("mail", {**EMAIL, "security": security})
    assert isinstance(found, Email)
    assert (found.security, found.port) == (security, port)


BAD = {
    "no kind": ({}, "kind"),
    "a kind that is none": ({"kind": HIDDEN}, "kind"),
    "a key that is none": ({"kind": "stdout", "s3cr3t": HIDDEN}, "s3cr3t"),
    "a webhook without url": ({"kind": "webhook", "secret": SECRET}, "url"),
    "a webhook without secret": ({"kind": "webhook", "url": f"https://{HIDDEN}.example/"}, "alerts targets add"),
    "a secret without its mark": ({"kind": "webhook", "url": "https://r.example/", "secret": HIDDEN}, "secret"),
    "a secret of 23 bytes": ({"kind": "webhook", "url": "https://r.example/", "secret": "whsec_" + "A" * 31}, "secret"),
    "a secret of 65 bytes": ({"kind": "webhook", "url": "https://r.example/", "secret": "whsec_" + "A" * 87}, "secret"),
    "a secret cut short": ({"kind": "webhook", "url": "https://r.example/", "secret": "whsec_" + "A" * 41}, "secret"),
    "one bad secret of two": ({"kind": "webhook", "url": "https://r.example/", "secret": [SECRET, HIDDEN]}, "secret"),
    "a watch's bad secret": ({"kind": "webhook", "url": "https://r.example/", "secrets": {"w": HIDDEN}}, "secrets"),
    "secrets that are no table": ({"kind": "webhook", "url": "https://r.example/", "secrets": HIDDEN}, "secrets"),
    "a password in a url": ({"kind": "webhook", "url": f"https://a:{HIDDEN}@r.example/", "secret": SECRET}, "url"),
    "a url of another scheme": ({"kind": "webhook", "url": f"ftp://{HIDDEN}/", "secret": SECRET}, "url"),
    "a url of two lines": ({"kind": "webhook", "url": f"https://r/\n{HIDDEN}", "secret": SECRET}, "url"),
    "a url that is a number": ({"kind": "webhook", "url": 7, "secret": SECRET}, "url"),
    "no mailbox": ({**EMAIL, "to": []}, "to"),
    "a mailbox with a header": ({**EMAIL, "to": f"a@x.org\r\nBcc: {HIDDEN}"}, "to"),
    "a mailbox with a comma": ({**EMAIL, "to": f"a@x.org,{HIDDEN}@x.org"}, "to"),
    "no sender": ({k: v for k, v in EMAIL.items() if k != "from"}, "from"),
    "a port that is none": ({**EMAIL, "port": "25"}, "port"),
    "a port that is yes": ({**EMAIL, "port": True}, "port"),
    "a security that is none": ({**EMAIL, "security": HIDDEN}, "security"),
    "a user without password": ({**EMAIL, "user": HIDDEN}, "password"),
    "a password in other letters": ({**EMAIL, "user": "u", "password": f"é{HIDDEN}"}, "ASCII"),
    "a password in clear": ({**EMAIL, "user": "u", "password": HIDDEN, "security": "none"}, "clear"),
    "a chat without scheme": ({"kind": "chat", "url": HIDDEN}, "apprise"),
    "a path from somewhere": ({"kind": "file", "path": HIDDEN}, "absolute"),
}


@pytest.mark.parametrize(("table", "named"), BAD.values(), ids=BAD.keys())
def test_an_error_names_the_target_and_the_key_and_shows_no_value(table: dict[str, object], named: str) -> None:
    with pytest.raises(InputError) as raised:
        read_target("newsroom", table)
    assert "newsroom" in str(raised.value)
    assert named in str(raised.value)
    assert HIDDEN not in str(raised.value)


@pytest.mark.parametrize(
    "name", ["", "News", "a_b", "-a", "a-", "a b", "a.b", "x" * 65, "stdout", "file:x", "https://h/"]
)
def test_what_cannot_be_a_name_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(InputError, match="no name of a target") as raised:
        read_target(name, {"kind": "stdout"})
    assert name not in str(raised.value) or len(name) < 3


@pytest.mark.parametrize(
    "text",
    [f'[a]\nurl = "{HIDDEN}', f"[a]\nurl = {HIDDEN}", f'[a]\nurl = "{HIDDEN}\\q"', f'secret = "{HIDDEN}"', "[a]\n[a]"],
)
def test_a_file_that_cannot_be_read_is_not_quoted(text: str) -> None:
    with pytest.raises(InputError) as raised:
        tables(text)
    assert HIDDEN not in str(raised.value)


@pytest.mark.parametrize("text", ["kind", "}\n[x", f'kind = "{HIDDEN}', 'a = 1}\nb = {c = "d"'])
def test_a_variable_that_is_not_the_inside_of_one_table_is_refused(text: str) -> None:
    with pytest.raises(InputError) as raised:
        inline_table(text)
    assert HIDDEN not in str(raised.value)


def test_written_is_toml_that_others_read_too() -> None:
    found = tomllib.loads(written("more-mail", EACH["more-mail"]))
    assert found["more-mail"]["password"] == 'pass "word" \\'
