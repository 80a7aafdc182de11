"""`storywire alerts send` and `test`: decides what is said of what went out, and what a test message says.

Never decides what is due: `storywire.telling` does.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from datetime import datetime

    from flows.commands.alerts_desk import Desk
    from storywire.notices import Notice, Section
    from storywire.watches import Watch


@click.command()
@as_json_option
def send(as_json: bool) -> None:
    """Tell what is due now. No feed is polled."""
    import asyncio
    from dataclasses import asdict

    from flows import show
    from flows.commands import alerts_told
    from flows.commands.alerts_desk import desk
    from flows.telling import deliver

    at = desk()
    with _delivering(at, [watch.target for watch in at.house.store.watches()], as_json):
        done = asyncio.run(deliver(at.house, at.house.clock()))
    if as_json:
        show.as_json(asdict(done) | {"failed": dict(done.failed)})
        return
    out, said = show.console(), [*alerts_told.failures(done), *alerts_told.outcome(done)]
    if not said and out.is_terminal:  # each minute by cron, it would fill a log
        said = ["Nothing is due."]
    for number, line in enumerate(said):
        out.print(show.text(line), style="yellow" if number < len(done.failed) else None, soft_wrap=True)


@click.command()
@click.argument("watch")
@as_json_option
def test(watch: str, as_json: bool) -> None:
    """Send a message that is marked as a test, at once. Nothing is stored."""
    import asyncio

    from flows import show
    from flows.commands.alerts_desk import desk
    from storywire.letters import letter

    at = desk()
    found = at.house.store.watch(watch)
    told = letter(_made_up(found, at.house.clock()))
    with _delivering(at, [found.target], as_json):
        asyncio.run(at.house.notifier.send(found.target, told))
    if as_json:
        result = {"watch": found.name, "target": found.target, "message_id": told.message_id, "headline": told.headline}
        show.as_json(result)
    else:
        show.console().print(show.text(f"Sent to {found.target}: {told.headline}"), soft_wrap=True)


@contextmanager
def _delivering(desk: "Desk", targets: list[str], as_json: bool) -> Iterator[None]:
    """Within it, messages to standard output leave JSON alone, and Prefect is asked where a run would ask it."""
    from flows import show
    from storywire.errors import InputError

    with ExitStack() as held:
        held.enter_context(show.nothing_but_json(as_json))
        try:
            kinds = desk.targets.names()
        except InputError:  # each message says what is wrong with the file
            kinds = {}
        if any(kinds.get(target) == "prefect" for target in targets):
            from flows import prefect_settings

            held.enter_context(prefect_settings.server(desk.settings))
        yield


def _made_up(watch: "Watch", now: "datetime") -> "Notice":
    """A notice with nothing in it that is so. Its id is new each time: a receiver drops the ids that it knows."""
    from storywire.identity import message_id
    from storywire.notices import Notice

    return Notice(
        message_id(watch.watch_id, ("test", now.isoformat())),
        watch.watch_id,
        watch.name,
        now,
        (_ill(watch.feed) if watch.feed else _report(now),),
        zone=watch.timing.zone,
        test=True,
    )


def _ill(feed: str) -> "Section":
    from storywire.notices import Section
    from storywire.watches import EVERY_FEED, AlertClass

    label = "Example News" if feed == EVERY_FEED else feed
    return Section(feed, label, faults=("nothing is wrong with it",), counts={AlertClass.ILL: 1})


def _report(now: "datetime") -> "Section":
    from storywire.notices import Section, Told
    from storywire.nouns import Precision, Published
    from storywire.watches import AlertClass

    published = Published(now, Precision.MINUTE)
    words = "A headline that nobody wrote"
    told = Told("test", AlertClass.REPORT, words, "Example News", "https://example.org/", published, now, "en")
    return Section("test", "A storyline that is not there", (told,), counts={AlertClass.REPORT: 1}, sources=1)
