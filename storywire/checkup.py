"""A feed's check-up: decides what is wrong or odd about a feed that was looked at, and what to do about each.

Never fetches and never reads a document: it is given the answer's facts, and what an examination counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from storywire import waits
from storywire.errors import AddressError, FetchError
from storywire.examination import Examination

_STALE = timedelta(days=30)
_LARGE = 2**20  # bytes
_FEW = 0.1  # of the entries; fewer are an accident
_MANY_SITES = 3
_XML = ("xml", "rss", "atom", "rdf")


class Level(StrEnum):
    """How bad a finding is: entries are lost or wrong; it costs something; it is worth knowing."""

    PROBLEM = "problem"
    ODD = "odd"
    NOTE = "note"


class Again(StrEnum):
    """What a second look, with the validators of the first, came to."""

    UNCHANGED = "not changed"
    SAME = "the same document again"
    OTHER = "another document"
    FAILED = "nothing"
    NOT_ASKED = "not asked"  # a file, or there are no validators


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said beside the document; `size` is in bytes, as unpacked."""

    asked: str
    found_at: str
    size: int
    content_type: str | None = None
    moved: str | None = None  # where redirects led that are meant for good
    etag: str | None = None
    last_modified: str | None = None
    max_age: timedelta | None = None
    again: Again = Again.NOT_ASKED

    @property
    def on_disk(self) -> bool:
        """Whether it is a file, of which a server says nothing."""
        return self.asked.startswith("file:")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a feed that is not as it should be, and what to do."""

    level: Level
    what: str
    do: str


def findings(answer: Answer, seen: Examination, now: datetime) -> tuple[Finding, ...]:
    """All that is wrong or odd, the worst first."""
    found = [
        Finding(level, what, do)
        for about in (_of_entries(seen), _of_dates(seen, now), _of_document(answer, seen), _of_address(answer, seen))
        for level, what, do in about
    ]
    found += [] if answer.on_disk else [Finding(*finding) for finding in _of_server(answer, seen)]
    return tuple(sorted(found, key=lambda finding: list(Level).index(finding.level)))


def shortest_wait(answer: Answer, seen: Examination) -> tuple[timedelta, str | None]:
    """How long at least a poller leaves the feed alone, and who asks for that; None where nobody does."""
    document, server = seen.said.ttl or timedelta(0), answer.max_age or timedelta(0)
    longest, who = max((document, "the document"), (server, "its server"))
    if not (answer.on_disk or answer.etag or answer.last_modified) and longest < waits.UNVALIDATED_WAIT:
        return waits.UNVALIDATED_WAIT, "it sends no validators"
    return waits.within(longest), f"{who} asks for that" if longest > waits.SHORTEST_WAIT else None


def could_not_be_had(url: str, error: FetchError) -> str:
    """Why there is nothing to check, and what to do, in a line."""
    if isinstance(error, AddressError):
        return error.reason
    return f"{url} cannot be had: {error.reason}; {_what_next(error)}"


def _what_next(error: FetchError) -> str:
    if error.network_down:
        return "check the address and the network"
    if "bot check" in error.reason:
        return "its server lets only browsers in; ask its owner to let feed readers in, or look for another feed"
    match error.status:
        case 401 | 402 | 407:
            return "it is for people who log in or pay; feeds that need a password cannot be followed"
        case 451:
            return "it is withheld where you are, for legal reasons"
        case 403:
            return "its server does not give it to programs like this; set STORYWIRE_CONTACT, or ask its owner"
        case 404:
            return "check the address, or look for its feeds with `storywire feeds find`"
        case 410:
            return "it is gone for good; look for another with `storywire feeds find`"
        case 429 | 503:
            return "its server wants to be left alone for now; try again later"
        case status if status is not None and status >= 500:
            return "its server has a fault; try again later"
    return "try again later, or look at it in a browser"


_Found = Iterator[tuple[Level, str, str]]


def _of_entries(seen: Examination) -> _Found:
    count = len(seen.said.entries)
    if not seen.items:
        yield Level.PROBLEM, "it lists nothing", "look again later; an empty feed may be a broken one"
        return
    for note in seen.said.notes:
        yield Level.PROBLEM, note, "tell its owner, if it stays so"
    if seen.no_link == count:
        yield Level.ODD, "no entry has a link that can be followed", "only the feed's own words will be stored"
    elif seen.no_link:
        yield Level.ODD, f"{seen.no_link} of {count} entries have no link", "these go by the feed's own words"
    if seen.shared_guid:
        yield (
            Level.PROBLEM,
            f"{seen.shared_guid} of {seen.items} items share their guid with others",
            "such guids are not trusted, and links tell these apart",
        )
    if count < seen.items:
        yield Level.NOTE, f"{seen.items - count} of {seen.items} items are listed twice", "each is taken once"
    if seen.no_title:
        yield Level.ODD, f"{seen.no_title} of {seen.items} items have no title", "their pages' titles will do"
    if len(seen.sites) >= _MANY_SITES:
        named = ", ".join(site for site, _ in seen.sites[:_MANY_SITES])
        yield Level.NOTE, f"it links to {len(seen.sites)} sites ({named})", "name no --publisher: it has several"
    if not any(language != "unknown" for language, _ in seen.languages):
        yield Level.NOTE, "it does not say its language", "the language is found in the texts"


def _of_dates(seen: Examination, now: datetime) -> _Found:
    dates, items = seen.dates, seen.items
    if dates.all_now:
        yield (
            Level.PROBLEM,
            "it dates everything now",
            "do not trust its order; look for another feed of this site",
        )
    if dates.all_same:
        yield Level.ODD, "all entries have the same date", "do not trust its dates"
    if undated := dates.missing + dates.unreadable:
        level = Level.PROBLEM if undated > _FEW * items else Level.ODD
        how = "no date" if not dates.unreadable else "no date that can be read"
        yield level, f"{undated} of {items} items have {how}", "when they were first seen orders them"
    if dates.future:
        yield Level.PROBLEM, f"{dates.future} of {items} items are dated in the future", "these dates are not believed"
    if dates.ancient:
        yield Level.ODD, f"{dates.ancient} of {items} items are dated before 1995", "these dates are not believed"
    if dates.newest and now - dates.newest > _STALE:
        days = (now - dates.newest) // timedelta(days=1)
        yield Level.ODD, f"its newest entry is {days:,} days old", "it may be abandoned; look for another"


def _of_document(answer: Answer, seen: Examination) -> _Found:
    if seen.encoding_fault:
        yield Level.PROBLEM, f"its encoding is in doubt ({seen.encoding_fault})", "look whether its titles read well"
    if seen.fault:
        yield Level.ODD, f"it is not well-formed ({seen.fault})", "it is read as well as can be; tell its owner"
    if not answer.on_disk and (wrong := _wrong_type(answer.content_type, seen.said.format)):
        yield Level.NOTE, wrong, "the document itself is believed"
    if answer.size > _LARGE:
        yield (
            Level.NOTE,
            f"it is large: {answer.size / 2**20:.1f} MiB for {seen.items} items",
            "tell its owner, if there are many old items in it",
        )
    if seen.said.ttl and seen.said.ttl > waits.LONGEST_WAIT:
        yield (
            Level.NOTE,
            f"it asks to be left alone for {seen.said.ttl / timedelta(hours=1):.0f} h",
            "a day at most is kept to",
        )


def _of_address(answer: Answer, seen: Examination) -> _Found:
    """Hints that a document gives are for a person: anyone who can write it could lead a poller away."""
    if answer.moved and answer.moved != answer.asked:
        yield Level.ODD, f"it moved for good to {answer.moved}", "that is taken over when it lasts"
    elif answer.found_at != answer.asked:
        yield Level.NOTE, f"it redirects to {answer.found_at} for now", "that is followed each time"
    said = seen.said
    if said.moved_to and said.moved_to != answer.found_at:
        yield Level.ODD, f"it says that it moved to {said.moved_to}", "check that address; it is not followed by itself"
    if said.self_url and not _alike(said.self_url, answer):
        yield Level.NOTE, f"it calls itself {said.self_url}", "check that address; it may be the better one"
    if urlsplit(answer.found_at).scheme == "http":
        yield (
            Level.NOTE,
            "it comes without encryption (http)",
            "check the same address with https, and use that if it works",
        )
    if said.hub:
        yield Level.NOTE, f"it names a hub that pushes news ({said.hub})", "hubs are not used"


def _of_server(answer: Answer, seen: Examination) -> _Found:
    if not (answer.etag or answer.last_modified):
        yield (
            Level.ODD,
            "its server sends no validators (ETag, Last-Modified)",
            "each look takes all of it, so it is asked once an hour at most",
        )
    if answer.again is Again.SAME:
        yield (
            Level.ODD,
            "its validators do not work: asked with them, its server sent the same document again",
            "the bytes are compared instead",
        )
    if answer.again is Again.OTHER:
        yield (
            Level.ODD,
            "a second look a moment later brought another document",
            "look again; if it changes with each look, validators are of no use",
        )
    if answer.again is Again.FAILED:
        yield Level.ODD, "a second look a moment later failed", "look again later; its server may not like haste"


def _wrong_type(content_type: str | None, form: str) -> str | None:
    kind = (content_type or "").partition(";")[0].strip().lower()
    if not kind:
        return "its server does not say what it is (Content-Type)"
    fits = "json" in kind if form.startswith("JSON") else any(word in kind for word in (*_XML, "gzip"))
    return None if fits else f"its server calls it {kind}, and it is {form}"


def _alike(self_url: str, answer: Answer) -> bool:
    """Whether the link is one of the feed's addresses, but for the scheme and a slash: these differ everywhere."""
    return any(_bare(self_url) == _bare(url) for url in (answer.asked, answer.found_at))


def _bare(url: str) -> str:
    return url.partition("://")[2].removeprefix("www.").rstrip("/")
