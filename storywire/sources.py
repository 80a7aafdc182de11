"""Independent sources: decides how many separate voices speak in a number of reports.

Never decides what is a copy of what, or which publishers belong together: it is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tld import get_fld

from storywire.urls import host

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Who says a report, and of which article its text is a copy, if of any."""

    article_id: str
    publisher: str | None
    url: str | None
    copy_of: str | None = None


def independent(reports: Sequence[Source], groups: Mapping[str, str]) -> int:
    """How many independent sources the reports have.

    Those are one that share a publisher, a site, a group or a text, also through others: A and B share a site, B and C
    a text, so all three are one. `groups` has the name of a group by publisher's name, casefolded, or by site
    ("bbc.co.uk"). A report of which neither publisher nor address is known is a source of its own.
    """
    parents: dict[_Key, _Key] = {}
    for report in reports:
        itself = _root(parents, ("text", report.article_id))
        for key in _keys(report, groups):
            parents[_root(parents, key)] = itself
    return len({_root(parents, ("text", report.article_id)) for report in reports})


def _keys(report: Source, groups: Mapping[str, str]) -> Iterator[_Key]:
    """What a report shares with others of the same source."""
    name = " ".join((report.publisher or "").split()).casefold()
    site = (get_fld(report.url, fail_silently=True) or host(report.url)) if report.url else ""
    if report.copy_of:
        yield "text", report.copy_of
    for kind, value in (("publisher", name), ("site", site)):
        if value:
            yield kind, value
            if value in groups:
                yield "group", groups[value]


def _root(parents: dict[_Key, _Key], key: _Key) -> _Key:
    """What stands for all that is one with a key; the way there is halved for the next one who asks."""
    while (parent := parents.setdefault(key, key)) != key:
        parents[key] = key = parents[parent]
    return key
