"""The file of targets: decides where addresses and secrets lie, and who may read them.

Never shows one. Nothing is kept between two questions, so that what a person changes holds at once.
"""

import base64
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from storywire.errors import InputError
from storywire.targetfile import inline_table, tables, written
from storywire.targets import Target, is_name, kind_of, read_target

PREFIX = "STORYWIRE_TARGET_"
_HELP = "`storywire alerts targets add` adds one, and docs/targets.md says what each kind needs"
_OTHERS = 0o077  # what group and others may do with a file


class Targets:
    """The targets of an installation: those of the environment, which go first, and those of its file."""

    def __init__(self, private: Path, environment: Mapping[str, str]) -> None:
        """Reads nothing yet."""
        self.path = private / "targets.toml"
        self._environment = environment

    def find(self, name: str) -> Target:
        """The target of this name. Raises InputError where there is none, or where it cannot be used."""
        if not is_name(name):  # it may be an address that someone took for a name: it is not repeated
            raise InputError(f"a watch needs the name of a target, or file:PATH, or stdout; {_HELP}")
        if (given := self._environment.get(_variable(name))) is not None:
            return read_target(name, _of_environment(name, given))
        if name in (found := self._tables()):
            return read_target(name, found[name])
        there = ", ".join(self.names()) or "none yet"
        raise InputError(f"there is no target {name}; there are: {there}; {_HELP}")

    def names(self) -> dict[str, str]:
        """The kind of each target, by its name. Raises InputError where the file cannot be read."""
        kinds = {name: kind_of(table) for name, table in self._tables().items()}
        for variable, given in self._environment.items():
            name = variable.removeprefix(PREFIX).replace("_", "-").lower()
            if is_name(name) and variable == _variable(name):
                kinds[name] = kind_of(_of_environment(name, given))
        return dict(sorted(kinds.items()))

    def add(self, name: str, target: Target) -> None:
        """Add a target to the file. Raises InputError where one has its name, or the file cannot be written."""
        if name in self.names():
            raise InputError(f"there is a target {name}; remove it first, or take another name")
        if read_target(name, tables(table := written(name, target))[name]) != target:
            raise InputError(f"target {name} cannot be written; edit {self.path}")
        text = self._text()
        self._write(f"{text.rstrip()}\n\n{table}" if text.strip() else table)

    def remove(self, name: str) -> None:
        """Take a target out of the file. Raises InputError where that has none of this name."""
        if name not in (found := self._tables()):
            hint = f"; unset {_variable(name)}" if _variable(name) in self._environment else ""
            raise InputError(f"{self.path} has no target of that name{hint}")
        left = _without(name, self._text())
        if tables(left) != {other: table for other, table in found.items() if other != name}:
            raise InputError(f"target {name} is written in a way of its own; take it out of {self.path} by hand")
        self._write(left)

    def _tables(self) -> Mapping[str, Mapping[str, object]]:
        try:
            return tables(self._text())
        except InputError as error:
            raise InputError(f"{self.path}: {error}") from None

    def _text(self) -> str:
        try:
            with self.path.open("rb") as file:
                if os.name == "posix" and os.fstat(file.fileno()).st_mode & _OTHERS:
                    raise InputError(f"{self.path} has secrets and others can read it; run: chmod 600 {self.path}")
                return file.read().decode()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise InputError(f"{self.path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise InputError(f"{self.path} is not in UTF-8; save it as that") from None

    def _write(self, text: str) -> None:
        """Whole or not at all, also when the power goes; nobody else's at any moment."""
        aside = self.path.with_name(self.path.name + ".new")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside.unlink(missing_ok=True)
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                os.chmod(aside, 0o600)  # a umask can have taken more away
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, self.path)
            if os.name == "posix":
                folder = os.open(self.path.parent, os.O_RDONLY)
                try:
                    os.fsync(folder)
                finally:
                    os.close(folder)
        except OSError as error:
            raise InputError(f"{self.path} cannot be written: {error.strerror}") from None


def new_secret() -> str:
    """A secret for a webhook, as Standard Webhooks has it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _variable(name: str) -> str:
    return PREFIX + name.upper().replace("-", "_")


def _of_environment(name: str, given: str) -> Mapping[str, object]:
    try:
        return inline_table(given)
    except InputError as error:
        raise InputError(f"{_variable(name)}: {error}") from None


def _without(name: str, text: str) -> str:
    """The text without the lines from [name] up to the next table of another target, and the remarks above that."""
    kept: list[str] = []
    remarks: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        if header := re.match(r"\s*\[\s*\"?([\w-]+)\"?\s*[].]", line):
            inside, was_inside = header[1] == name, inside
            kept += remarks if was_inside and not inside else []
        if not inside:
            kept.append(line)
        remarks = [*remarks, line] if line.lstrip().startswith("#") else []
    return "".join(kept)
