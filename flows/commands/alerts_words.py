"""Watches in words: decides how what one tells, and when, is said in a line. Never decides either."""

import shlex
from collections.abc import Iterator, Mapping, Sequence

from storywire.durations import written
from storywire.watches import DEFAULT_CLASSES, EVERY_FEED, AfterQuiet, AlertClass, Digest, Watch
from storywire.watchfile import DAYS

_CLASSES = {
    AlertClass.NEW: "new storylines",
    AlertClass.FOLLOW_UP: "follow-ups",
    AlertClass.REPORT: "further reports",
    AlertClass.REPRINT: "reprints",
    AlertClass.REVISION: "revisions",
    AlertClass.CORRECTION: "corrections",
}


def what(watch: Watch, labels: Mapping[str, str]) -> str:
    """What a watch is about; `labels` are names of storylines, by id."""
    if watch.feed is not None:
        return "any feed that falls ill" if watch.feed == EVERY_FEED else f"{watch.feed} when it falls ill"
    if watch.storyline_id is None:
        about = "all storylines"
    else:
        about = f"“{labels.get(watch.storyline_id, watch.storyline_id)}”"
    if watch.classes != DEFAULT_CLASSES:
        about = f"{listed([_CLASSES[each] for each in watch.classes], 'and')} in {about}"
    return ", ".join((about, *_match(watch), *_enough(watch)))


def when(watch: Watch) -> str:
    """When a watch speaks."""
    timing = watch.timing
    clock = f" {timing.zone}"
    at = f"at {timing.at:%H:%M}{clock}"
    said = {
        None: f"at once{_cool_down(watch)}",
        Digest.HOURLY: "each hour what there is",
        Digest.DAILY: f"daily {at}",
        Digest.WEEKLY: f"each {DAYS[timing.weekday].capitalize()} {at}",
    }[timing.digest]
    if timing.quiet is not None:
        dropped = ", nor of what comes then" if timing.after_quiet is AfterQuiet.DROP else ""
        said += f", not from {timing.quiet[0]:%H:%M} to {timing.quiet[1]:%H:%M}{clock}{dropped}"
    return said


def quoted(watch: Watch) -> str:
    """A watch as it is typed in a shell; what begins like an option is typed by its id."""
    return shlex.quote(watch.watch_id if watch.name.startswith("-") else watch.name)


def listed(words: Sequence[str], word: str) -> str:
    """Words with commas, and `word` before the last one."""
    return f"{', '.join(words[:-1])} {word} {words[-1]}" if len(words) > 1 else "".join(words)


def _cool_down(watch: Watch) -> str:
    subject = "storyline" if watch.feed is None else "feed"
    length = watch.timing.cool_down
    return f", but at most once in {written(length)} for each {subject}" if length else ""


def _match(watch: Watch) -> Iterator[str]:
    match = watch.match
    if match.words:
        yield f"with {listed([f'“{each}”' for each in match.words], 'or')}"
    if match.like:
        yield f"like “{match.like}”"
    if match.publishers:
        yield f"of {listed(match.publishers, 'or')}"
    if match.languages:
        yield f"in {listed(match.languages, 'or')}"


def _enough(watch: Watch) -> Iterator[str]:
    enough = watch.enough
    if enough.reports > 1 or enough.publishers > 1:
        reports = f"{enough.reports} reports" if enough.reports > 1 else "reports"
        publishers = f" of {enough.publishers} publishers" if enough.publishers > 1 else ""
        yield f"once there are {reports}{publishers} within {written(enough.within)}"
    if enough.burst is not None:
        yield f"in a burst of {enough.burst:g} times the usual"
