"""Letters: decides how a notice reads: its headline and its text, plain and short enough for a phone.

Never decides what is told, and never writes markup: what a channel needs escaped, the channel escapes.
"""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo

from storywire.enough import CHANGES
from storywire.errors import InputError
from storywire.hours import zone
from storywire.notices import Letter, Notice, Section, Told
from storywire.nouns import Precision
from storywire.payloads import MAX_NAME, MAX_REASONS, is_feed, link, payload, said, total
from storywire.watches import COVERAGE, AlertClass

MAX_HEADLINE = 120  # characters: what a phone shows of a subject line or a notification in two lines
_LABEL = 60  # of the name of a storyline in a headline: the rest is for what is new
_TITLE = 200
_SECTIONS = 10
_ID = 8  # digits of an article's id: enough to find it
_REPORTS = 10  # of the only storyline in a message; where there are others, each has fewer
_NOUNS = (
    (COVERAGE, "new report"),
    ((AlertClass.CORRECTION,), "correction"),
    ((AlertClass.REVISION,), "revision"),
    ((AlertClass.REPRINT,), "reprint"),
    ((AlertClass.ILL,), "fault"),
)
_MARKS = {kind: kind.value for kind in AlertClass} | {AlertClass.NEW: "new storyline", AlertClass.REPORT: ""}
_UNCHANGED = (*COVERAGE, AlertClass.ILL)


def letter(notice: Notice) -> Letter:
    """The notice in words. Other people's are one clean, bounded line each, and shown as they are stored."""
    summary = (_test(notice) + _what(notice), _latest(notice))
    return Letter(
        message_id=said(notice.message_id, MAX_NAME),
        watch=said(notice.watch, MAX_NAME),
        headline=_headline(notice),
        text="\n".join(_lines(notice, summary)),
        payload=payload(notice, summary, f"storywire alerts pause {_handle(notice)}"),
    )


def _headline(notice: Notice) -> str:
    """One line: of a single report its title, else the counts."""
    sections = notice.sections
    told = _what(notice)
    if len(sections) == 1 and is_feed(sections[0]):
        told = f"{_subject(sections[0])}: {_fault(sections[0])}"
    elif len(sections) == 1 and total(sections[0]) == len(sections[0].reports) == 1:
        (report,) = sections[0].reports
        mark = "" if report.kind in _UNCHANGED else f"{_MARKS[report.kind]}: "
        told = f"{_subject(sections[0])}: {mark}{_title(report)}"
    return said(_test(notice) + told, MAX_HEADLINE)


def _test(notice: Notice) -> str:
    return "[test] " if notice.test else ""


def _what(notice: Notice) -> str:
    """What a message is about, with its counts."""
    sections = notice.sections
    if not sections:
        return f"Watch {said(notice.watch, _LABEL)}: nothing new"
    if len(sections) == 1:
        return f"{_subject(sections[0])}: {_counts(sections)}"
    feeds = sum(map(is_feed, sections))
    kinds = [_counted(n, noun) for n, noun in ((len(sections) - feeds, "storyline"), (feeds, "feed")) if n]
    return f"{', '.join(kinds)}: {_counts(sections)}"


def _subject(section: Section) -> str:
    label = said(section.label, _LABEL) or "(no name)"
    return f"Feed {label}" if is_feed(section) else label


def _counts(sections: Sequence[Section]) -> str:
    """How much of what: "4 new reports, 1 correction"."""
    counts: Counter[AlertClass] = Counter()
    for section in sections:
        counts.update(section.counts or Counter(report.kind for report in section.reports))
        if not section.counts.get(AlertClass.ILL):
            counts[AlertClass.ILL] += len(section.faults)
    found = [(sum(counts[kind] for kind in kinds), noun) for kinds, noun in _NOUNS]
    return ", ".join(_counted(count, noun) for count, noun in found if count) or "nothing new"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _latest(notice: Notice) -> str:
    """The second line: the latest report's title, else what is wrong with a feed."""
    reports = [report for section in notice.sections for report in section.reports[:1]]
    if reports:
        return "Latest: " + _title(max(reports, key=lambda report: report.first_seen_at))
    faults = [section for section in notice.sections if section.faults]
    if faults:
        return _fault(faults[0])
    return "This message shows that it can be delivered." if notice.test else "It has no reports to show."


def _title(report: Told) -> str:
    return said(report.title, _TITLE) or "(no title)"


def _fault(section: Section) -> str:
    return said(section.faults[0], _TITLE) if section.faults else "it cannot be read as it should"


def _lines(notice: Notice, summary: Sequence[str]) -> Iterator[str]:
    """The text, line by line."""
    yield from summary
    shown = notice.sections[:_SECTIONS]
    clock = _Clock(notice)
    for section in shown:
        yield ""
        yield from _head(section, several=len(shown) > 1)
        yield from _section(section, clock, max(_REPORTS // len(shown), 3))
    if left := len(notice.sections) - len(shown):
        yield from ("", f"and {left:,} more {'feed' if is_feed(notice.sections[-1]) else 'storyline'}s")
    yield ""
    if notice.test:
        yield "This is a test; nothing in it is news."
    handle = _handle(notice)
    yield f"To mute it: storywire alerts pause {handle}"
    yield f"To end it: storywire alerts remove {handle}"
    yield f"Message {said(notice.message_id, MAX_NAME)}"


def _head(section: Section, several: bool) -> Iterator[str]:
    """What a section is about; how much of what, where the first line did not say it."""
    kind = "Feed" if is_feed(section) else "Storyline"
    yield f"{kind}: {said(section.label, MAX_NAME) or '(no name)'}"
    counts = _counts([section]) if several else ""
    sources = _counted(section.sources, "independent source") if section.sources else ""
    if counts or sources:
        yield ", ".join(filter(None, (counts, sources)))


def _section(section: Section, clock: "_Clock", limit: int) -> Iterator[str]:
    """The latest reports of a storyline, or what is wrong with a feed, and why it is told."""
    yield from (f"- {said(fault)}" for fault in section.faults[:limit])
    for report in section.reports[:limit]:
        yield from _report(report, clock)
    left = total(section) + len(section.faults) - min(len(section.reports), limit) - min(len(section.faults), limit)
    if left:
        yield f"and {left:,} more"
    if section.held:
        since = f" since {clock.short(section.since)}" if section.since else ""
        yield f"{section.held:,} of them waited{since}."  # for what is not known here: it may be more than one thing
    yield from (f"Why: {said(why)}" for why in section.why[:MAX_REASONS])
    if left := len(section.why[MAX_REASONS:]):
        yield f"and {_counted(left, 'reason')} more"


def _report(report: Told, clock: "_Clock") -> Iterator[str]:
    mark = f" ({_MARKS[report.kind]})" if _MARKS[report.kind] else ""
    publisher = said(report.publisher or "", MAX_NAME)
    yield f"- {_title(report)}"
    yield "  " + ", ".join(filter(None, (publisher, clock.published(report)))) + mark
    if report.kind in CHANGES:
        yield f"  what changed: storywire explain {said(report.article_id, MAX_NAME)[:_ID]}"
    if (url := link(report.url)) is not None:
        yield f"  {url}"


def _handle(notice: Notice) -> str:
    """The watch as it is typed in a shell: by its name, or by its id where that cannot be typed."""
    shown = said(notice.watch, MAX_NAME)
    plain = shown and shown == notice.watch and not shown.startswith("-")
    return shlex.quote(shown if plain else said(notice.watch_id, MAX_NAME))


class _Clock:
    """Shows times on the clock of the watch's zone."""

    def __init__(self, notice: Notice) -> None:
        self._now = notice.made_at
        self._zone: tzinfo = UTC
        with suppress(InputError):  # known when the watch was made; in UTC times are as true, and this must go out
            self._zone = zone(notice.zone)

    def published(self, report: Told) -> str:
        """When a report was published, as far as that is known, else when it was first seen."""
        at, precision = report.published.at, report.published.precision
        if at is None or precision is Precision.NONE:
            return f"first seen {self._long(report.first_seen_at)}"
        return str(at.date()) if precision is Precision.DAY else self._long(at)

    def short(self, at: datetime) -> str:
        """A time of today as 12:03, another with its day."""
        local = self._local(at)
        return f"{local:%H:%M}" if local.date() == self._local(self._now).date() else self._long(at)

    def _long(self, at: datetime) -> str:
        local = self._local(at)
        name = f"{local:%Z}"  # some zones have no letters: "+0545"
        return f"{local.date()} {local:%H:%M} {name if name[:1].isalpha() else 'UTC' + name}"

    def _local(self, at: datetime) -> datetime:
        try:
            return at.astimezone(self._zone)
        except OverflowError:  # the first or the last day that a datetime can hold
            return at
