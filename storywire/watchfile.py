"""Watches as people write them: decides what each key of a watch means, and which are refused.

One table of keys for the command line, a file of watches and the database. Never reads a file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from storywire.durations import written
from storywire.errors import InputError
from storywire.hours import zone
from storywire.identity import watch_id
from storywire.matching import terms
from storywire.text import one_line
from storywire.watches import (
    COVERAGE,
    DEFAULT_CLASSES,
    AfterQuiet,
    AlertClass,
    Digest,
    Enough,
    Match,
    Timing,
    Watch,
)
from storywire.watchvalues import (
    choice,
    clock,
    count,
    flag,
    language,
    length,
    listed,
    publisher,
    table,
    text,
    texts,
    time_range,
)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_IDENTITY = ("name", "target", "storyline", "feed", "paused")
_SPEC = (
    *("words", "like", "publishers", "languages", "classes", "min_reports", "min_publishers", "within", "burst"),
    *("cool_down", "quiet", "after_quiet", "digest", "at", "day", "zone"),
)
_FEED_COOL_DOWN = timedelta(days=1)  # a feed that is ill often is ill still
_NAME = 80  # characters


@dataclass(frozen=True, slots=True)
class Written:
    """A file of watches: each as its keys say, and which publishers are one, by name or domain."""

    watches: tuple[Mapping[str, Any], ...]
    groups: Mapping[str, str] | None  # None: the file does not say


def read_watches(toml: str) -> Written:
    """The watches of a TOML file, `[[watch]]` each, and its `[groups]`. InputError says what is wrong."""
    try:
        found = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"it is not TOML: {error}") from error
    if unknown := sorted(found.keys() - {"watch", "groups"}):
        raise InputError(f"it has “{unknown[0]}”; a file of watches has [[watch]] and [groups]")
    watches = found.get("watch", [])
    if not isinstance(watches, list) or not all(isinstance(each, dict) for each in watches):
        raise InputError("a watch is written [[watch]], with its keys below")
    groups = None
    if "groups" in found:
        groups = {
            str(member).casefold(): str(group)
            for group, members in table(found["groups"]).items()
            for member in listed("groups", members)
        }
    return Written(tuple(watches), groups)


def watch_of(given: Mapping[str, Any], now: datetime) -> Watch:
    """The watch that keys describe; its `storyline_id` is what the key `storyline` says, a name or an id.

    InputError names the watch, the key, and what can stand there.
    """
    name = one_line(str(given.get("name") or ""), _NAME)
    if not name:
        raise InputError("a watch needs a name")
    try:
        return _watch(name, {key: value for key, value in given.items() if value is not None}, now)
    except InputError as error:
        raise InputError(f"watch “{name}”: {error}") from error


def _watch(name: str, given: Mapping[str, Any], now: datetime) -> Watch:
    if unknown := sorted(given.keys() - {*_IDENTITY, *_SPEC}):
        raise InputError(f"there is no key “{unknown[0]}”; there are {', '.join((*_IDENTITY, *_SPEC))}")
    target = text("target", given.get("target", ""))
    if not target:
        raise InputError("it needs a target: the name of one, file:PATH or stdout")
    feed = text("feed", given["feed"]) if "feed" in given else None
    watch = Watch(
        watch_id(name),
        name,
        target,
        now,
        storyline_id=text("storyline", given["storyline"]) if "storyline" in given else None,
        feed=feed,
        classes=_classes(given, feed),
        match=_match(given),
        enough=_enough(given),
        timing=_timing(given, feed),
        paused=flag("paused", given.get("paused", False)),
    )
    return _sensible(watch)


def _sensible(watch: Watch) -> Watch:
    about_reports = watch.storyline_id is not None or watch.match != Match() or watch.enough.waits
    if watch.feed is not None and about_reports:
        raise InputError("a watch for a feed that falls ill takes no storyline, match or condition")
    if watch.enough.waits and not set(COVERAGE) & set(watch.classes):
        raise InputError("min_reports, min_publishers and burst count new reports, and its classes have none")
    if watch.storyline_id is not None and watch.classes == (AlertClass.NEW,):
        raise InputError("a storyline that is known is never new; ask for follow-up and report")
    return watch


def spec_of(watch: Watch) -> dict[str, Any]:
    """The keys of a watch that are not as they are where nobody gives them, as JSON and TOML have them."""
    plain = _watch("plain", {"target": "stdout", **({"feed": watch.feed} if watch.feed else {})}, watch.created_at)
    usual = _written(plain)
    return {key: said for key, said in _written(watch).items() if said != usual[key]}


def _written(watch: Watch) -> dict[str, Any]:
    match, enough, timing = watch.match, watch.enough, watch.timing
    return {
        "words": list(match.words),
        "like": match.like,
        "publishers": list(match.publishers),
        "languages": list(match.languages),
        "classes": [each.value for each in watch.classes],
        "min_reports": enough.reports,
        "min_publishers": enough.publishers,
        "within": written(enough.within),
        "burst": enough.burst,
        "cool_down": written(timing.cool_down),
        "quiet": "-".join(f"{at:%H:%M}" for at in timing.quiet) if timing.quiet else None,
        "after_quiet": timing.after_quiet.value,
        "digest": timing.digest.value if timing.digest else None,
        "at": f"{timing.at:%H:%M}",
        "day": DAYS[timing.weekday],
        "zone": timing.zone,
    }


def _match(given: Mapping[str, Any]) -> Match:
    words = texts("words", given)
    for said in words:
        if not terms(said) or said.replace("“", '"').replace("”", '"').count('"') % 2:
            raise InputError(f"words “{said}” has no word in it, or a quote that does not end")
    like = text("like", given["like"]) if "like" in given else None
    languages = tuple(language(each) for each in texts("languages", given))
    return Match(words, like, tuple(publisher(each) for each in texts("publishers", given)), languages)


def _enough(given: Mapping[str, Any]) -> Enough:
    burst = given.get("burst")
    if burst is not None and (isinstance(burst, bool) or not isinstance(burst, (int, float)) or not 1 < burst < 1e6):
        raise InputError("burst is a number over 1: reports in 24 h as a multiple of what is usual")
    within = length("within", given, Enough().within)
    if not within:
        raise InputError("within must be longer than nothing")
    return Enough(count("min_reports", given), count("min_publishers", given), within, float(burst) if burst else None)


def _timing(given: Mapping[str, Any], feed: str | None) -> Timing:
    usual = Timing(cool_down=_FEED_COOL_DOWN) if feed else Timing()
    day = text("day", given.get("day", DAYS[0])).lower()
    if day not in DAYS:
        raise InputError(f"day is one of {', '.join(DAYS)}, not “{day}”")
    name = text("zone", given.get("zone", usual.zone))
    zone(name)
    digest = choice("digest", Digest, given["digest"]) if "digest" in given else None
    if digest is None and ("at" in given or "day" in given):
        raise InputError("at and day are those of a digest: give digest too")
    after = choice("after_quiet", AfterQuiet, given.get("after_quiet", usual.after_quiet.value))
    return replace(
        usual,
        cool_down=length("cool_down", given, usual.cool_down),
        quiet=time_range(given["quiet"]) if "quiet" in given else None,
        after_quiet=after,
        digest=digest,
        at=clock("at", given.get("at", f"{usual.at:%H:%M}")),
        weekday=DAYS.index(day),
        zone=name,
    )


def _classes(given: Mapping[str, Any], feed: str | None) -> tuple[AlertClass, ...]:
    if feed is not None:
        if "classes" in given and texts("classes", given) != (AlertClass.ILL.value,):
            raise InputError("a watch for a feed has no other class than ill")
        return (AlertClass.ILL,)
    found = {choice("classes", AlertClass, each) for each in texts("classes", given)} or set(DEFAULT_CLASSES)
    if AlertClass.ILL in found:
        raise InputError("ill is the class of a watch with a feed")
    return tuple(each for each in AlertClass if each in found)
