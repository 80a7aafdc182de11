"""`storywire doctor`: decides how what was found is shown, and that what is broken is exit status 1. Finds nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click

from flows.commands.options import as_json_option

_COLOURS = {"ok": "green", "warning": "yellow", "broken": "red"}


@click.command("doctor")
@as_json_option
def doctor(as_json: bool) -> int:
    """Check the set-up, and say how to mend what is wrong.

    A few of the feeds are asked whether they can be reached. Exit status 1 if something is broken.
    """
    import os

    from flows import show
    from flows.doctor import CHECKS, Case, findings
    from flows.settings import Said, Settings

    said = Said.of(os.environ)
    case = Case(said, Settings.of(said), datetime.now(UTC))
    with show.Bars().stage("checks", len(CHECKS)) as done:
        found = findings(case, done)
    if as_json:
        rows = [dict(zip(("setting", "value", "from"), row, strict=True)) for row in _settings(said, os.environ)]
        show.as_json({"findings": [_told(each) for each in found], "settings": rows})
    else:
        _print(show.console(), found, list(_settings(said, os.environ)))
    return int(any(each.level == "broken" for each in found))


def _told(found: Any) -> dict[str, str]:
    return {"check": found.check, "level": str(found.level), "what": found.what, "mend": found.mend}


def _print(out: Any, found: list[Any], settings: list[tuple[str, str, str]]) -> None:
    from flows import show

    rows = show.table("", "", "", fold="")
    rows.show_header = False
    for column, width in zip(rows.columns, (9, 7, None), strict=True):
        column.overflow, column.no_wrap, column.min_width = ("fold", width is not None, width)
    for each in found:
        colour = _COLOURS[each.level]
        mend = f"\n→ {show.text(each.mend)}" if each.mend else ""
        rows.add_row(f"[dim]{each.check}[/dim]", f"[{colour}]{each.level}[/{colour}]", show.text(each.what) + mend)
    out.print(rows)
    out.print()
    table = show.table("setting", "value", "from", fold="value")
    for name, value, source in settings:
        table.add_row(name, show.text(value), show.text(source))
    out.print(table)
    faults = sum(each.level == "broken" for each in found)
    warnings = sum(each.level == "warning" for each in found)
    out.print()
    out.print(f"{faults} broken, {show.counted(warnings, 'warning')}.")


def _settings(said: Any, variables: Any) -> Iterator[tuple[str, str, str]]:
    """Each setting, what holds, and who said so. Of a target only the variable's name, of an address no password."""
    from storywire.configuration import CONFIG, HOME
    from storywire.masking import masked
    from storywire.options import OPTIONS
    from tasks.targets import PREFIX

    yield "home", str(said.home), HOME if variables.get(HOME) else "default"
    yield "config", str(said.file), CONFIG if variables.get(CONFIG) else "default"
    for option in OPTIONS:
        choice = said.configuration.choices[option.key]
        value = ", ".join(map(str, choice.value)) if isinstance(choice.value, tuple) else str(choice.value)
        source = {
            "default": "default",
            "variable": option.variable,
            "file": f"{said.file.name}, line {choice.line}" if choice.line else said.file.name,
        }[choice.source]
        yield option.key, option.otherwise() if choice.source == "default" else masked(value), source
    yield from ((name, "(not shown)", "variable") for name in sorted(variables) if name.startswith(PREFIX))
