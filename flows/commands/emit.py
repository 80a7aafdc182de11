"""`storywire emit`: decides how what is pushed in is read, and how what became of it is told. Stores nothing itself."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from flows.commands.options import as_json_option

_STDIN = "standard input"


@click.command("emit")
@click.argument("given", nargs=-1, required=True, metavar="FILE|URL...")
@as_json_option
def emit(given: tuple[str, ...], as_json: bool) -> None:
    """Push articles in at once, without a feed.

    A FILE is Markdown with front matter, plain text or a saved web page; - reads one from standard input. The page of a
    URL is fetched. The server of `storywire up` collects them within seconds; without one the next run does.
    """
    from flows import show
    from flows.pushing import push
    from flows.settings import Settings

    settings, now = Settings.from_environment(), datetime.now(UTC)
    done = push(settings, [_entry(word, now) for word in given], now)
    if as_json:
        items = zip(given, done.pushed, strict=True)
        show.as_json(
            {"entries": [_told(word, each) for word, each in items], "signalled": done.signalled, "silent": done.silent}
        )
        return
    out = show.console()
    for word, each in zip(given, done.pushed, strict=True):
        out.print(f"{show.text(word)}: {show.text(_became(each))}", soft_wrap=True)
    if done.signalled:
        out.print("collect was told.", style="dim")
    elif done.silent:
        out.print(f"{show.text(done.silent)}: the next run takes in what waits.", style="dim", soft_wrap=True)


def _entry(word: str, now: datetime) -> Any:
    """What a word on the command line stands for; all are read before any is stored."""
    from storywire.seeds import parse_seed
    from tasks.seed_files import entry_of, from_address, from_file

    if word == "-":
        raw = sys.stdin.buffer.read()
        page = raw.lstrip()[:9].lower().startswith((b"<!doctype", b"<html", b"<?xml"))
        return entry_of(parse_seed(f"{_STDIN}.html" if page else _STDIN, raw), now)
    return from_address(word, now) if "://" in word else from_file(Path(word), now)


def _told(word: str, each: Any) -> dict[str, Any]:
    return {
        "given": word,
        "entry_id": each.entry_id,
        "state": each.state,
        "new": each.new,
        "article_id": each.article_id,
        "reason": each.reason,
    }


def _became(each: Any) -> str:
    match each.state:
        case "pending":
            return f"{'new' if each.new else 'known, and still waits'} (entry {each.entry_id})"
        case "stored":
            return f"already stored as article {each.article_id}"
        case "deleted":
            return "a person removed it, and it stays removed"
        case state:
            return f"known, and {state}: {each.reason}"
