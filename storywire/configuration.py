"""The configuration: decides what is set, by a variable or else by the file, and says what is wrong with either.

Never reads them, and never repeats a value that may be a secret: those belong elsewhere.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from storywire.masking import masked
from storywire.options import NAMED, OPTIONS, PREFIX, Option, Whole

HOME, CONFIG = f"{PREFIX}HOME", f"{PREFIX}CONFIG"
_NAMES = {option.key: option for option in OPTIONS}
_PLACES = {"home": HOME, "config": CONFIG}
_SECRET = re.compile(r"target|secret|password|token|webhook", re.IGNORECASE)
_LONGEST = 60  # characters of a value that are shown
_ALL = "docs/configuration.md has all"


@dataclass(frozen=True, slots=True)
class Choice:
    """What holds for a setting, and who said so: `default`, `variable`, or `file`, there in `line` if it is known."""

    value: Any
    source: str = "default"
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with what was said, and how that is mended; as a text, one line for a person."""

    what: str
    mend: str

    def __str__(self) -> str:
        """As one line."""
        return f"{self.what}; {self.mend}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What holds, by key, and all that is wrong with what was said."""

    choices: Mapping[str, Choice]
    faults: tuple[Fault, ...] = ()

    def __getitem__(self, key: str) -> Any:
        """The value of a setting."""
        return self.choices[key].value


def decide(variables: Mapping[str, str], name: str, text: str | None, targets: str, passed: str) -> Configuration:
    """What the variables say and, below them, the file of that name with this text; None where there is none.

    Variables that begin with `passed` are somebody else's; an empty one counts as unset. `targets` is where secrets
    belong. What is wrong is left out, so that the default holds for it.
    """
    faults: list[Fault] = []
    choices = {option.key: Choice(option.default) for option in OPTIONS}
    choices |= _of_file(name, text or "", targets, faults)
    choices |= _of_variables({n: v for n, v in variables.items() if v and not n.startswith(passed)}, faults)
    choices |= _apart(choices, faults)
    return Configuration(choices, tuple(faults))


def _apart(choices: Mapping[str, Choice], faults: list[Fault]) -> Iterator[tuple[str, Choice]]:
    """What holds instead where two servers were told the same port."""
    prefect, metrics = choices["prefect_port"].value, choices["metrics_port"].value
    if prefect == metrics:
        faults.append(
            Fault(
                f"prefect_port and metrics_port are both {prefect}",
                f"give them two ports, by {NAMED['prefect_port']} or {NAMED['metrics_port']}",
            )
        )
        yield "metrics_port", Choice(None)


def _of_variables(said: Mapping[str, str], faults: list[Fault]) -> Iterator[tuple[str, Choice]]:
    known = {option.variable: option for option in OPTIONS}
    for name in sorted(said):
        if name.startswith(PREFIX) and name not in (*known, HOME, CONFIG):
            near = _near(name, [*known, HOME, CONFIG])
            faults.append(Fault(f"{_plain(name)} is no variable of Storywire", f"{near}unset it ({_ALL})"))
    for option in OPTIONS:
        if option.variable in said:
            yield from _read(option, _typed(option, said[option.variable]), "variable", option.variable, None, faults)


def _typed(option: Option, value: str) -> object:
    """What a variable says, as a file has it."""
    number = isinstance(option.kind, Whole) and value.isascii() and value.isdecimal() and len(value) < 10
    return int(value) if number else value


def _of_file(name: str, text: str, targets: str, faults: list[Fault]) -> Iterator[tuple[str, Choice]]:
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(f"{name} is no TOML: {' '.join(str(error).split())}", "correct that line"))
        return
    for key, value in said.items():
        line = _line(key, text)
        place = f"{name}, line {line}" if line else name
        if option := _NAMES.get(key):
            if value not in ("", []):
                yield from _read(option, value, "file", f"{place}: {key}", line, faults)
        elif key in _PLACES:
            faults.append(Fault(f"{place}: {key} cannot be set here", f"set the variable {_PLACES[key]}"))
        elif isinstance(value, (dict, list)) or _SECRET.search(key):
            faults.append(
                Fault(
                    f"{place}: {_plain(key)} looks like a target or a secret, and these belong in {targets}",
                    "move it there, or use `storywire alerts targets add`",
                )
            )
        else:
            faults.append(Fault(f"{place}: {_plain(key)} is no setting", f"{_near(key, _NAMES)}{_ALL}"))


def _read(
    option: Option, said: object, source: str, place: str, line: int | None, faults: list[Fault]
) -> Iterator[tuple[str, Choice]]:
    try:
        yield option.key, Choice(option.kind.read(said), source, line)
    except ValueError as error:
        shown = "wrong (it may hold a secret, and is not shown)" if option.secret else _shown(said)
        why = f": {masked(str(error))}" if str(error) else ""
        quotes = ", without quotes" if isinstance(option.kind, Whole) and source == "file" else ""
        faults.append(Fault(f"{place} is {shown}{why}", f"give {option.kind.allowed}{quotes}"))


def _shown(said: object) -> str:
    text = masked(repr(said)) if isinstance(said, (str, bool, int, float)) else f"a {type(said).__name__}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _plain(name: str) -> str:
    """A name that somebody wrote, so that it cannot turn a terminal upside down."""
    return masked(name if name.isprintable() else repr(name))


def _near(name: str, names: Collection[str]) -> str:
    found = get_close_matches(name, names, 1, 0.75)
    return f"did you mean {found[0]}?; " if found else ""


def _line(key: str, text: str) -> int | None:
    """Where a key, or the table of that name, is first written; None where it is written in another way."""
    written = re.search(rf"^\s*(?:\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*[=.\]]", text, flags=re.MULTILINE)
    return text.count("\n", 0, written.end()) + 1 if written else None
