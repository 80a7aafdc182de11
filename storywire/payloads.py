"""Payloads: decides what a program is told of a notice, as JSON of at most 20,000 bytes, and what is left out of it.

Never decides what stands in the text for people; but other people's words and links are made harmless here for both.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storywire.notices import Notice, Section, Told
from storywire.nouns import Precision
from storywire.text import one_line
from storywire.urls import MAX_LENGTH, linked_url
from storywire.watches import AlertClass

MAX_BYTES = 20_000  # Standard Webhooks 1.0.0, "Payload size": below 20 kB
MAX_TITLE = 300  # characters; of what comes from elsewhere and is a sentence
MAX_NAME = 120
MAX_REASONS = 5
_READ = 4  # times the limit: so much of a text is looked at, as most of 1 MB would be cleaned in vain
_MOST = 100  # neither more reports nor more sections fit into 20,000 bytes
_MOST_IDS = 1000
# Joiners that Persian and Indic spelling and emoji need stay where they join something; elsewhere nobody sees them.
_JOINERS = re.compile(
    "(?<=[^\0-\x7f\u200c\u200d])([\u200c\u200d])[\u200c\u200d]*(?=[^\0-\x7f\u200c\u200d])|[\u200c\u200d]"
)


def said(words: str, limit: int = MAX_TITLE) -> str:
    """Other people's words as one line of at most `limit` visible characters, with an ellipsis where it was cut."""
    read = _READ * limit
    line = one_line(words[:read] + "…" if len(words) > read else words, limit)
    return _JOINERS.sub(r"\1", line).strip()


def link(url: str | None) -> str | None:
    """An address that can stand in any message, or None: of the web, without a password, and whole or not at all.

    In it are no spaces, quotes, angle brackets, pipes and controls: they are percent-encoded.
    """
    safe = linked_url(url, "") if url and len(url) <= MAX_LENGTH else None
    return safe.replace("'", "%27") if safe else None


def is_feed(section: Section) -> bool:
    """Whether a section is about a feed, not a storyline."""
    return bool(section.faults or section.counts.get(AlertClass.ILL))


def total(section: Section) -> int:
    """How many reports there are to tell, also those that are not in the section."""
    counted = sum(count for kind, count in section.counts.items() if kind is not AlertClass.ILL)
    return max(counted, len(section.reports))


def payload(notice: Notice, summary: Sequence[str], mute: str) -> bytes:
    """A notice as JSON, as UTF-8 in one line. What does not fit is left out, and `more` says how much of it was."""
    whole = _Whole.of(notice, summary, mute)
    for cut in _cuts():
        document = json.dumps(whole.cut(cut), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        if len(document) <= MAX_BYTES:
            break
    return document


@dataclass(frozen=True, slots=True)
class _Cut:
    """How much is kept: reports in each storyline, storylines and feeds, ids of alerts."""

    reports: int = _MOST
    sections: int = _MOST
    ids: int = _MOST_IDS


def _cuts() -> Iterator[_Cut]:
    """From all that may fit to what always does: reports first, then storylines, then ids.

    Three reports of each of ten storylines are worth more than ids by the hundred: a repeat has the same message's id.
    """
    yield from (_Cut(reports=n) for n in (_MOST, 50, 30, 20, 10, 5, 3))
    yield from (_Cut(3, sections=n) for n in (50, 20, 10))
    yield from (_Cut(3, 10, ids=n) for n in (500, 300, 100, 50, 20, 10))
    yield from (_Cut(1, 10, 10), _Cut(1, 3, 10), _Cut(1, 1, 10), _Cut(0, 0, 0))


@dataclass(frozen=True, slots=True)
class _Whole:
    """A notice as JSON before anything but single texts is cut."""

    head: Mapping[str, Any]
    data: Mapping[str, Any]
    sections: Sequence[tuple[bool, dict[str, Any]]]  # whether it is about a feed, and what it says
    section_count: int
    shortened: bool

    @classmethod
    def of(cls, notice: Notice, summary: Sequence[str], mute: str) -> "_Whole":
        texts = _Texts()
        shown = notice.sections[:_MOST]
        each = max(_MOST // max(len(shown), 1), 1)
        sections = [(is_feed(s), texts.feed(s) if is_feed(s) else texts.storyline(s, each)) for s in shown]
        data = {
            "message_id": said(notice.message_id, MAX_NAME),
            "alert_ids": [said(one, MAX_NAME) for one in notice.alert_ids[:_MOST_IDS]],
            "alert_count": len(notice.alert_ids),
            "watch": {"id": said(notice.watch_id, MAX_NAME), "name": texts.text(notice.watch, MAX_NAME)},
            "summary": list(summary),
            "mute": mute,
        }
        head = {
            "type": "storywire.test" if notice.test else "storywire.alert",
            "timestamp": notice.made_at.isoformat(),
        }
        return cls(head, data, sections, len(notice.sections), texts.shortened)

    def cut(self, cut: _Cut) -> dict[str, Any]:
        """The document with no more in it than `cut` says."""
        kept = self.sections[: cut.sections]
        storylines = [_with_reports(section, cut.reports) for feed, section in kept if not feed]
        feeds = [section for feed, section in kept if feed]
        ids = self.data["alert_ids"][: cut.ids]
        more = self.section_count - len(kept)
        left_out = more or len(ids) < self.data["alert_count"] or any(one["more"] for one in (*storylines, *feeds))
        return {
            **self.head,
            "data": {
                **self.data,
                "alert_ids": ids,
                "storylines": storylines,
                "feeds": feeds,
                "more": more,
                "truncated": bool(left_out or self.shortened),
            },
        }


def _with_reports(section: dict[str, Any], limit: int) -> dict[str, Any]:
    reports = section["reports"][:limit]
    return {**section, "reports": reports, "more": section["more"] + len(section["reports"]) - len(reports)}


class _Texts:
    """Puts sections into plain values, and notes whether a text had to be shortened."""

    def __init__(self) -> None:
        self.shortened = False

    def text(self, words: str, limit: int = MAX_TITLE) -> str:
        """The words, clean and bounded."""
        line = said(words, limit)
        self.shortened |= line.endswith("…") and not words.rstrip().endswith("…")
        return line

    def storyline(self, section: Section, limit: int) -> dict[str, Any]:
        """A storyline with its latest reports; `more` are those that are not in it."""
        reports = [self._report(report) for report in section.reports[:limit]]
        return {
            "storyline_id": said(section.subject_id, MAX_NAME),
            "label": self.text(section.label, MAX_NAME),
            "counts": {kind.value: count for kind, count in section.counts.items()},
            "sources": section.sources,
            "held": section.held,
            "since": _iso(section.since),
            "why": self._some(section.why),
            "reports": reports,
            "more": total(section) - len(reports),
        }

    def feed(self, section: Section) -> dict[str, Any]:
        """A feed with what is wrong with it."""
        faults = self._some(section.faults)
        return {
            "url": link(section.subject_id),
            "label": self.text(section.label, MAX_NAME),
            "faults": faults,
            "more": len(section.faults) - len(faults),
        }

    def _report(self, report: Told) -> dict[str, Any]:
        at, precision = report.published.at, report.published.precision
        known = at is not None and precision is not Precision.NONE
        return {
            "article_id": said(report.article_id, MAX_NAME),
            "class": report.kind.value,
            "title": self.text(report.title),
            "publisher": self.text(report.publisher, MAX_NAME) if report.publisher else None,
            "url": link(report.url),
            "language": said(report.language, 20),
            # a day is no moment: as midnight it would be one
            "published_at": (str(at.date()) if precision is Precision.DAY else _iso(at)) if at and known else None,
            "published_precision": precision.value if known else Precision.NONE.value,
            "first_seen_at": _iso(report.first_seen_at),
        }

    def _some(self, texts: Sequence[str]) -> list[str]:
        self.shortened |= len(texts) > MAX_REASONS
        return [self.text(one) for one in texts[:MAX_REASONS]]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
