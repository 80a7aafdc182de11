"""`storywire alerts backtest`: how often a watch would have told something. Decides how that is shown."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import click

from flows.commands.options import as_json_option

_SHOWN = 20


@click.command()
@click.argument("name")
@click.option("--since", default="30d", show_default=True, help="How far back: 12h, 30d, 8w.")
@as_json_option
def backtest(name: str, since: str, as_json: bool) -> None:
    """Try a watch on what is stored: how often it would have told, and of what.

    NAME is that of a watch, which may be paused. Nothing is sent, and nothing stored.
    """
    from dataclasses import asdict

    from flows import show
    from flows.house import build
    from flows.settings import Settings
    from flows.trying import labels_of, tried
    from storywire.durations import duration

    settings = Settings.from_environment()
    house = build(settings, show.Bars())
    watch, length = house.store.watch(name), duration(since)
    found = tried(house, watch, length)
    labels = labels_of(house, found)
    if as_json:
        show.as_json({"watch": watch.name, "since": house.clock() - length, "labels": labels} | asdict(found))
        return
    out = show.console()
    for line in _said(found, watch.name, since):
        out.print(line, soft_wrap=True)
    if found.fired:
        rows = show.table("when", "storyline", "what", fold="storyline")
        for fired in found.fired[-_SHOWN:]:
            what = _counts(fired.counts)
            named = [labels.get(i, i) for i in fired.subject_ids]
            subject = named[0] if len(named) == 1 else f"{named[0]} and {len(named) - 1} more"
            rows.add_row(f"{fired.at:%Y-%m-%d %H:%M}", show.text(subject), what)
        out.print(rows)
        if len(found.fired) > _SHOWN:
            out.print(f"and {len(found.fired) - _SHOWN:,} before; --json has all", style="dim")


def _counts(counts: Mapping[Any, int]) -> str:
    """How many reports of each class."""
    from flows.show import counted

    return ", ".join(f"{count:,} new" if kind == "new" else counted(count, kind) for kind, count in counts.items())


def _said(found: Any, name: str, since: str) -> list[str]:
    from flows.show import counted, text

    counts = sum((Counter(fired.counts) for fired in found.fired), Counter())
    subjects = len({i for fired in found.fired for i in fired.subject_ids})
    told = _counts(counts) or "nothing"
    lines = [
        f"In the last {since}, “{text(name)}” would have sent {counted(len(found.fired), 'message')} on "
        f"{counted(subjects, 'storyline')}: {told}."
    ]
    reprints = counts.get("reprint", 0)
    if found.reprints:
        lines.append(f"{counted(found.reprints, 'reprint')} matched; {reprints:,} of them would have been told.")
    ended = {state.value: count for state, count in found.ended.items()}
    rest = {**ended, "still waiting": found.waiting} if found.waiting else ended
    if rest:
        lines.append(
            "Reports that were not told: " + ", ".join(f"{count:,} {what}" for what, count in rest.items()) + "."
        )
    if found.silent:
        said = ", ".join(f"{why} ({count:,})" for why, count in found.silent.items())
        lines.append(f"Not news when they came, so never told: {said}.")
    return lines
