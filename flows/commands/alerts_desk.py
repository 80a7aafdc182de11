"""Where a person decides on watches: decides whether what a watch names is there.

Never decides what a key of a watch means: `storywire.watchfile` does.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from flows import house, show
from flows.house import House
from flows.settings import Settings
from storywire.errors import InputError
from storywire.targets import File, without_secrets
from storywire.urls import feed_url
from storywire.watches import EVERY_FEED, Watch
from storywire.watchfile import spec_of, watch_of
from tasks.targets import Targets


@dataclass(frozen=True, slots=True)
class Desk:
    """An installation, and the addresses that it may tell."""

    settings: Settings
    house: House
    targets: Targets

    def checked(self, given: Mapping[str, Any]) -> Watch:
        """The watch that keys describe; what it names is there. Raises InputError, which says of which watch."""
        watch = watch_of(given, self.house.clock())
        try:
            target = self._target(watch.target)
            subject = self.house.store.storyline(watch.storyline_id).storyline_id if watch.storyline_id else None
            return replace(watch, target=target, storyline_id=subject, feed=self._feed(watch.feed))
        except InputError as error:
            raise InputError(f"watch “{watch.name}”: {error}") from error

    def labels(self) -> dict[str, str]:
        """What the storylines are called that watches are about, by id."""
        found = {}
        for watch in self.house.store.watches():
            if watch.storyline_id is not None:
                with suppress(InputError):  # its last report was removed
                    found[watch.storyline_id] = self.house.store.storyline(watch.storyline_id).label
        return found

    def say(self, result: Mapping[str, Any], said: str, as_json: bool) -> None:
        """Let queries see what was changed, and print that."""
        self.house.store.publish()
        if as_json:
            show.as_json(result)
        else:
            show.console().print(show.text(said), soft_wrap=True)

    def _target(self, given: str) -> str:
        known = without_secrets(given)
        if isinstance(known, File):
            return f"file:{usable_file(known.path, 'the watch')}"
        if known is None:
            self.targets.find(given)
        return given

    def _feed(self, given: str | None) -> str | None:
        if given in (None, EVERY_FEED):
            return given
        wanted = {given}
        with suppress(InputError):
            wanted.add(feed_url(given))
        for feed in self.house.store.feeds():
            if feed.url in wanted:
                return feed.url
        raise InputError(f"{given} is no feed that is followed; `storywire feeds list` shows all")


def desk() -> Desk:
    """The desk of the installation that the environment names."""
    settings = Settings.from_environment()
    return Desk(settings, house.build(settings), house.targets(settings))


def as_json(watch: Watch) -> dict[str, Any]:
    """A watch as the database's view has it."""
    names = ("watch_id", "name", "target", "storyline_id", "feed", "paused", "reason", "created_at")
    return {name: getattr(watch, name) for name in names} | {"spec": spec_of(watch)}


def usable_file(given: PurePath, needs: str) -> Path:
    """The whole path of a file that can be made; `needs` is what is added again. Raises InputError."""
    path = Path(os.path.expanduser(given)).resolve()  # Path.expanduser raises where there is no such user
    if path.is_dir():
        raise InputError(f"{path} is a folder: give a file in it, such as file:{path / 'alerts.jsonl'}")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent} to write {path.name} in: make it, then add {needs} again")
    return path
