"""`storywire alerts show`: decides how one watch is shown: its keys, what waits and what for, its last messages.

Never changes it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from flows import show
from flows.commands import alerts_desk
from flows.commands.alerts_desk import Desk
from flows.commands.alerts_list import state
from flows.commands.alerts_log import as_row, print_rows, rows
from flows.commands.alerts_waits import Wait, next_digest_at, waits
from flows.commands.alerts_words import what, when
from storywire.errors import InputError
from storywire.nouns import Precision
from storywire.watches import Watch
from storywire.watchfile import spec_of

LAST = 5  # messages


def show_watch(desk: Desk, named: str, as_json: bool) -> None:
    """Print one watch. InputError if there is none of that name or id."""
    store, now = desk.house.store, desk.house.clock()
    watch = store.watch(named)
    waiting = waits(watch, store.outbox(now), now)
    messages = rows(desk, LAST, watch.watch_id)
    digest = next_digest_at(watch, now)
    if as_json:
        more = {"waiting": [asdict(wait) for wait in waiting], "messages": [as_row(row) for row in messages]}
        show.as_json(alerts_desk.as_json(watch) | {"next_digest_at": digest} | more)
        return
    out, labels = show.console(), desk.labels()
    for heading, said in _heads(watch, labels):
        out.print(f"[dim]{heading:<9}[/dim] {show.text(said)}", soft_wrap=True)
    if digest is not None:
        out.print(f"[dim]digest[/dim]    {show.when(digest, Precision.MINUTE)} UTC")
    if not waiting:
        out.print("[dim]waiting[/dim]   nothing")
    for wait in waiting:
        out.print(f"[dim]waiting[/dim]   {show.text(_wait(desk, wait, watch.feed is not None))}", soft_wrap=True)
    out.print("\n[dim]In a file of watches:[/dim]")
    for line in toml(watch):
        out.print(f"  {show.text(line)}", soft_wrap=True)
    if messages:
        out.print("\n[dim]Its last messages:[/dim]")
        print_rows(out, messages)


def toml(watch: Watch) -> Iterator[str]:
    """The watch as a file of watches has it: a text or a number is written the same in JSON and in TOML."""
    named = {"name": watch.name, "target": watch.target, "storyline": watch.storyline_id, "feed": watch.feed}
    yield "[[watch]]"
    for key, said in (named | spec_of(watch)).items():
        if said is not None:
            yield f"{key} = {json.dumps(said, ensure_ascii=False)}"
    if watch.paused:
        yield "paused = true"


def _heads(watch: Watch, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield "watch", f"{watch.name} ({watch.watch_id})"
    yield "state", state(watch) + (f": {watch.reason}" if watch.reason else "")
    yield "tells of", what(watch, labels)
    yield "where", watch.target
    yield "when", when(watch)


def _wait(desk: Desk, wait: Wait, is_feed: bool) -> str:
    try:
        label = wait.subject_id if is_feed else f"“{desk.house.store.storyline(wait.subject_id).label}”"
    except InputError:  # its last report was removed meanwhile
        label = wait.subject_id
    counted = show.counted(wait.count, "fault" if is_feed else "report")
    return f"{label}: {counted} since {show.when(wait.since, Precision.MINUTE)} UTC, {wait.state}"
