"""`storywire feeds`: the list of subscriptions."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flows.commands.options import as_json_option

if TYPE_CHECKING:
    from datetime import datetime

    from storage.store import Store
    from storywire.nouns import Feed

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def feeds() -> None:
    """Find, check, add, list and remove feeds; import and export OPML."""


@feeds.command()
@click.argument("where", metavar="URL|FILE")
@click.option("--publisher", help="Who publishes it; the feed's own title otherwise.")
@click.option("--folder", help="A folder to list it under.")
@as_json_option
def add(where: str, publisher: str | None, folder: str | None, as_json: bool) -> None:
    """Subscribe to a feed: its address, or a file. It is polled with the next run."""
    from flows.commands.feed_address import typed_address

    url = typed_address(where)
    store = _store()
    added = store.add_feeds([_new(url, publisher=publisher or None, folder=folder or None)])
    said = f"Added {url}" if added else f"{url} was there already, and stays as it is"
    _publish_and_say(store, {"added": added, "url": url}, said, as_json)


@feeds.command()
@click.argument("where", metavar="URL|FILE")
@as_json_option
def check(where: str, as_json: bool) -> None:
    """Look at a feed as a poller does, and say all that is wrong. Nothing is stored."""
    from flows.commands.feeds_check import check as check_feed

    check_feed(where, as_json)


@feeds.command()
@click.argument("site")
@as_json_option
def find(site: str, as_json: bool) -> None:
    """Find the feeds of a site, by its address. Nothing is stored."""
    from flows.commands.feeds_find import find as find_feeds

    find_feeds(site, as_json)


@feeds.command("list")
@as_json_option
def list_(as_json: bool) -> None:
    """Show all feeds and how they are."""
    from flows.commands.feeds_list import list_feeds

    list_feeds(_store().feeds(), _now(), as_json)


@feeds.command()
@click.argument("url")
@as_json_option
def remove(url: str, as_json: bool) -> None:
    """Unsubscribe from a feed; what it brought stays."""
    store = _store()
    feed = _known(store, url)
    store.remove_feed(feed.url)
    _publish_and_say(store, {"removed": feed.url}, f"Removed {feed.url}", as_json)


@feeds.command()
@click.argument("url")
@as_json_option
def pause(url: str, as_json: bool) -> None:
    """Stop polling a feed until it is resumed."""
    store = _store()
    feed = _known(store, url)
    store.pause_feed(feed.url, True, _now())
    _publish_and_say(store, {"paused": feed.url}, f"Paused {feed.url}", as_json)


@feeds.command()
@click.argument("url")
@as_json_option
def resume(url: str, as_json: bool) -> None:
    """Poll a paused feed again, with the next run."""
    store = _store()
    feed = _known(store, url)
    store.pause_feed(feed.url, False, _now())
    _publish_and_say(store, {"resumed": feed.url}, f"Resumed {feed.url}", as_json)


@feeds.command("import")
@click.argument("file", type=FILE)
@click.option("--if-none", is_flag=True, help="Only where there is no feed yet.")
@as_json_option
def import_(file: Path, if_none: bool, as_json: bool) -> None:
    """Subscribe to all feeds of an OPML file."""
    from flows import show
    from storywire.opml import read_opml
    from storywire.urls import canonical_url

    listed = read_opml(file.read_bytes())
    # Someone else's list must not make this machine's files into feeds: only a person's own command does that.
    usable = [s for s in listed if canonical_url(s.url)]
    found = [_new(s.url, title=s.title, folder=s.folder) for s in usable]
    store = _store()
    added = 0 if if_none and store.feeds() else store.add_feeds(found)
    left_out = [s.url for s in listed if s not in usable]
    said = f"{show.counted(added, 'feed')} added of {len(listed)} in {file}"
    said += f"; {len(usable) - added} there before and left as it was" if added < len(usable) else ""
    if left_out:
        named = ", ".join(left_out[:3]) + (", ..." if len(left_out) > 3 else "")
        said += f"; {len(left_out)} left out, being no web address: {named}"
    _publish_and_say(store, {"added": added, "in_file": len(listed), "left_out": left_out}, said, as_json)


@feeds.command()
def export() -> None:
    """Print all feeds as OPML."""
    from storywire.opml import write_opml

    click.echo(write_opml(_store().feeds(), "Storywire").decode(), nl=False)


def _new(url: str, **given: str | None) -> "Feed":
    from storywire.nouns import Feed

    now = _now()
    return Feed(url=url, added_at=now, next_check_at=now, **given)  # type: ignore[arg-type]


def _now() -> "datetime":
    from datetime import UTC, datetime

    return datetime.now(UTC)


def _store() -> "Store":
    from flows.settings import Settings
    from storage.store import Store

    return Store(Settings.from_environment().home)


def _known(store: "Store", url: str) -> "Feed":
    from storywire.errors import InputError
    from storywire.urls import feed_url

    given = {url, url.rstrip("/"), url + "/"}
    with suppress(InputError):
        given.add(feed_url(url))
    if "://" not in url:
        given |= {f"https://{url}", f"http://{url}", Path(url).resolve().as_uri()}
    for feed in store.feeds():
        if feed.url in given:
            return feed
    raise InputError(f"there is no feed {url}; `storywire feeds list` shows all")


def _publish_and_say(store: "Store", result: dict[str, object], said: str, as_json: bool) -> None:
    from flows import show

    store.publish()
    if as_json:
        show.as_json(result)
    else:
        show.console().print(show.text(said), soft_wrap=True)
