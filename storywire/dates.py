"""Dates of publication: decides which stated date is believed, and what a plain text states of itself.

Never guesses: no weekday, no day without its year, no date of another happening; nothing is better than a wrong date.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from storywire.nouns import Precision, Published
from storywire.text import ends_sentence, words

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # no news site is older; earlier dates are broken clocks (1970, year 1)
_AHEAD = timedelta(hours=24)  # a day's lead covers every zone and a publisher's clock that is a little fast

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = "(?P<month>" + "|".join(f"{m[:3]}(?:{m[3:]})?" if m[3:] else m for m in _MONTHS) + r"|sept)\b\.?"
_DAY, _YEAR = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?", r"(?P<year>(?:19|20)\d\d)\b"
_DATES = tuple(
    re.compile(rf"(?<![\w/]){shape}", re.IGNORECASE)
    for shape in (
        rf"{_DAY}(?:\s+of)?\s+{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        r"(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)(?!\d)",
        r"(?P<year>(?:19|20)\d\d)年(?P<number>\d{1,2})月(?P<day>\d{1,2})日",
    )
)
_TIME = re.compile(
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<zone>GMT|UTC|Z|[+-]\d\d:?\d\d)(?!\w)",
    re.IGNORECASE,
)
# What may stand beside a date in a line that is only a dateline: what it is the date of, weekday, time and zone.
_BESIDE = re.compile(
    rf"published|posted|issued|created|date|dated|on|at|the|first|{'|'.join(_WEEKDAYS)}|mon|tues?|wed|thur?s?|fri|sat|sun"
    r"|t|z|am|pm|a|p|m|gmt|utc|bst|ce[st]t?|e[ds]t|p[ds]t|et|\d+",
)
_CHANGED = re.compile(r"(?i)\b(updated|modified|edited|corrected|revised|accessed|retrieved)\b")
_CREDIT = r"\.?\s*(?:[(\[][^()\[\]]{1,60}[)\]]|(?:REUTERS|AP|AFP|EPA|Getty|Photo)\b.{0,40})?\.?$"
_ARCHIVE = re.compile(r"(?i)^(file\b|archive)|\b(file|archive|undated) (photo|picture|image)")
_HEAD = 12  # lines; a date lower down dates something else: a comment, another report, an entry of a timeline


def trusted(published: Published, first_seen_at: datetime) -> Published:
    """The date as far as it can be believed, which is never later than `first_seen_at`.

    What was seen is out, so a time up to a day ahead says that its clock is fast or its zone wrong, not when: then it
    was published by `first_seen_at`, on about that day, and that is what remains. A time further ahead, or before 1995,
    is none: so a date of the year 2099 never stands at the top of a list, and one of 1970 never at its end.
    """
    at = published.at
    if at is None or not EARLIEST <= at <= first_seen_at + _AHEAD:
        return Published()
    return published if at <= first_seen_at else Published(first_seen_at, Precision.DAY, published.source)


def iso_date(text: str, source: str) -> Published | None:
    """An ISO 8601 date, or time with zone, as `Published`; a time without zone says only the day. None for others."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if at.tzinfo is None or not re.search(r"\d[T ]\d", text):
        return Published(datetime(at.year, at.month, at.day, tzinfo=UTC), Precision.DAY, source)
    precision = Precision.SECOND if re.search(r"\d:?\d\d:?\d\d(\.\d+)?\s*(Z|[+-][\d:]+)$", text.strip()) else None
    try:
        return Published(at.astimezone(UTC), precision or Precision.MINUTE, source)
    except OverflowError:
        return None


def stated_date(lines: Sequence[str]) -> Published | None:
    """The date that a plain-text document states for itself, or None.

    `lines` are its lines from the top, empty ones left out. Two rules:

    1. A dateline: above the second paragraph stands a line that is a full date and nothing else but such words as
       "Published", a weekday, a time, or a byline before it. Where the first 30 lines have datelines of two days, as a
       timeline has, none is taken.
    2. A caption: a line before the first paragraph ends, after a comma, in a full date and maybe a credit, as agencies
       close a picture's caption ("…, Syria, Oct. 20, 2016. (AP)"); "signed on March 3, 2011." is not such. Since a
       picture may come from the archive, the weekday that the next paragraph names must be that day's or the one
       before or after, and no later year may stand in the text.
    """
    datelines = [p for line in lines[: _paragraph(lines, 2)] if (p := _dateline(line))]
    if datelines:
        days = {p.at.date() for line in lines[:30] if (p := _dateline(line)) and p.at}
        return max(datelines, key=lambda p: p.precision is not Precision.DAY) if len(days) == 1 else None
    for index, line in enumerate(lines[: _paragraph(lines, 1) + 1]):
        caption = _caption(line)
        if caption and caption.at and _fits(caption.at, lines[index + 1 :]):
            return caption
    return None


def is_dateline(line: str) -> bool:
    """Whether a line is a date, or a caption that ends in one, and no part of what is told."""
    return _dateline(line) is not None or _caption(line) is not None


def _paragraph(lines: Sequence[str], number: int) -> int:
    """Where the first (second) line stands that is long enough for a paragraph and ends as one, within the head."""
    long = [i for i, line in enumerate(lines[:_HEAD]) if ends_sentence(line) and len(words(line)) >= 12]
    return long[number - 1] if len(long) >= number else min(_HEAD, len(lines))


def _dateline(line: str) -> Published | None:
    """The date of a line that is (nearly) only a date."""
    found = _date_in(line) if len(line) <= 100 and not _CHANGED.search(line) else None
    if found is None:
        return None
    match, _ = found
    *names, label = re.split(r"[|•·]", line[: match.start()])  # "Agency | Published 1 May 2016"
    if re.match(r"(?i)\s*by\b", label):  # "By A. Writer, 1 May 2016"
        names, label = [*names, label], ""
    beside = words(_TIME.sub("", f"{label} ; {line[match.end() :]}"))
    plain = len(words(" ".join(names))) <= 7 and all(_BESIDE.fullmatch(word) for word in beside)
    return _published(*found, line) if plain else None


def _caption(line: str) -> Published | None:
    """The date at the end of a picture's caption."""
    found = _date_in(line, last=True)
    if found is None or _ARCHIVE.search(line):
        return None
    match, _ = found
    closes = re.fullmatch(_CREDIT, line[match.end() :])
    return _published(*found, "") if closes and line[: match.start()].rstrip().endswith(",") else None


def _fits(at: datetime, following: Sequence[str]) -> bool:
    """Whether the text below a caption does not speak against its date."""
    years = [int(y) for line in following for y in re.findall(r"\b(?:19|20)\d\d\b", line)]
    named = [_WEEKDAYS.index(w) for w in words(following[0] if following else "") if w in _WEEKDAYS]
    near = all((day - at.weekday()) % 7 in (6, 0, 1) for day in named)
    return bool(following) and near and all(year <= at.year for year in years)


def _date_in(line: str, last: bool = False) -> tuple[re.Match[str], datetime] | None:
    """The first (or last) full date of a line, with where it stands; None where there is none, or no such day."""
    matches = sorted((m for shape in _DATES for m in shape.finditer(line)), key=lambda m: m.start())
    if not matches:
        return None
    match = matches[-1 if last else 0]
    groups = match.groupdict()
    month = groups.get("number") or 1 + [m[:3] for m in _MONTHS].index(groups["month"][:3].lower())
    try:
        return match, datetime(int(groups["year"]), int(month), int(groups["day"]), tzinfo=UTC)
    except ValueError:
        return None


def _published(match: re.Match[str], day: datetime, line: str) -> Published:
    """The date with the time of day that stands in the line, if its zone does too."""
    time = _TIME.search(line, match.end()) or _TIME.search(line)
    if time is None:
        return Published(day, Precision.DAY, "text")
    hour = int(time["hour"]) % 12 + (12 if time["half"].lower()[0] == "p" else 0) if time["half"] else int(time["hour"])
    zone = "+0000" if time["zone"].upper() in ("GMT", "UTC", "Z") else time["zone"]
    stated = f"{day:%Y-%m-%d}T{hour:02}:{time['minute']}:{time['second'] or '00'}{zone}"
    precise = iso_date(stated, "text")
    if precise is None:
        return Published(day, Precision.DAY, "text")
    return precise if time["second"] else Published(precise.at, Precision.MINUTE, "text")
