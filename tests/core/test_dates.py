"""Which dates are believed, and which date a plain text states for itself."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from storywire.dates import iso_date, stated_date, trusted
from storywire.nouns import Precision, Published

SEEN = datetime(2024, 5, 10, 12, tzinfo=UTC)
LEAD = "The council agreed on Thursday to send a delegation of twelve members to the border region."


def day(*ymd: int) -> Published:
    return Published(datetime(*ymd, tzinfo=UTC), Precision.DAY, "text")  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("at", "believed"),
    [
        (SEEN, True),
        (SEEN + timedelta(hours=24), True),
        (SEEN + timedelta(hours=25), False),
        (datetime(2099, 1, 1, tzinfo=UTC), False),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (datetime(1995, 1, 1, tzinfo=UTC), True),
        (datetime(1994, 12, 31, 23, tzinfo=UTC), False),
        (datetime(2024, 5, 10, 9, tzinfo=timezone(timedelta(hours=-5))), True),
    ],
)
def test_a_date_is_believed_from_1995_to_a_day_ahead(at: datetime, believed: bool) -> None:
    published = Published(at, Precision.SECOND, "feed")
    assert (trusted(published, SEEN) != Published()) is believed


@pytest.mark.parametrize(
    ("at", "precision"),
    [
        (SEEN + timedelta(minutes=2), Precision.SECOND),
        (SEEN + timedelta(hours=9), Precision.MINUTE),
        (datetime(2024, 5, 11, tzinfo=UTC), Precision.DAY),
    ],
)
def test_a_time_after_it_was_first_seen_leaves_only_the_day(at: datetime, precision: Precision) -> None:
    assert trusted(Published(at, precision, "feed"), SEEN) == Published(SEEN, Precision.DAY, "feed")


def test_a_time_before_it_was_first_seen_stays_as_it_is() -> None:
    published = Published(SEEN, Precision.SECOND, "feed")
    assert trusted(published, SEEN) is published
    assert trusted(trusted(published, SEEN), SEEN) is published


def test_no_date_stays_none() -> None:
    assert trusted(Published(), SEEN) == Published()


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("2016-12-10", datetime(2016, 12, 10, tzinfo=UTC), Precision.DAY),
        ("2016-12-10T14:00", datetime(2016, 12, 10, tzinfo=UTC), Precision.DAY),
        ("2016-12-10T14:00+02:00", datetime(2016, 12, 10, 12, tzinfo=UTC), Precision.MINUTE),
        ("2016-12-10T14:00:05Z", datetime(2016, 12, 10, 14, 0, 5, tzinfo=UTC), Precision.SECOND),
    ],
)
def test_an_iso_date_is_as_precise_as_it_is_written(text: str, at: datetime, precision: Precision) -> None:
    assert iso_date(text, "seed") == Published(at, precision, "seed")


@pytest.mark.parametrize("text", ["", "yesterday", "2016-13-01", "10/12/2016", "0001-01-01T00:00+14:00"])
def test_what_is_no_iso_date_is_none(text: str) -> None:
    assert iso_date(text, "seed") is None


@pytest.mark.parametrize(
    "line",
    [
        "01 May, 2016",
        "1 May 2016",
        "May 1, 2016",
        "Sunday, May 1st, 2016",
        "Published: 1 May 2016",
        "Posted on 2016-05-01",
        "By A. Writer, 1 May 2016",
        "Harbour News | 1 May 2016",
        "1 May 2016 14:30",
        "1 May 2016, 2.30 p.m. EDT",
        "2016年5月1日",
    ],
)
def test_a_line_that_is_only_a_date_dates_the_document(line: str) -> None:
    assert stated_date(["Council sends delegation", line, LEAD]) == day(2016, 5, 1)


def test_a_time_of_day_counts_when_its_zone_is_stated() -> None:
    minute = Published(datetime(2016, 5, 1, 14, 30, tzinfo=UTC), Precision.MINUTE, "text")
    assert stated_date(["Title", "1 May 2016 14:30 GMT", LEAD]) == minute
    assert stated_date(["Title", "1 May 2016, 2:30 pm UTC", LEAD]) == minute
    second = Published(datetime(2016, 5, 1, 14, 30, 9, tzinfo=UTC), Precision.SECOND, "text")
    assert stated_date(["Title", "2016-05-01T16:30:09+02:00", LEAD]) == second


@pytest.mark.parametrize(
    "lines",
    [
        ["Title", LEAD, "The siege has lasted since July 7, and on October 8 a veto was cast."],
        ["Remembering the flood of 3 March 2011", LEAD],
        ["Title", "The treaty, after long talks in the capital of the republic, was signed on 3 March 2011."],
        ["Title", "Sunday", LEAD],
        ["Title", "Updated 1 May 2016", LEAD],
        ["Title", "05/01/2016", LEAD],
        ["Title", "31 February 2016", LEAD],
        ["Title", LEAD, LEAD, "3 March 2011"],
        ["A timeline", "3 March 2011", LEAD, "5 April 2012", LEAD],
        [],
    ],
    ids=[
        "no year",
        "in the title",
        "in prose",
        "weekday",
        "update",
        "numeric",
        "no such day",
        "below",
        "timeline",
        "none",
    ],
)
def test_no_date_is_guessed(lines: list[str]) -> None:
    assert stated_date(lines) is None


CAPTION = "People queue for water beside a broken main in the old town of Port Sound, Oct. 20, 2016."


@pytest.mark.parametrize("credit", ["", " (AP Photo/A. Person)", " REUTERS/A. Person"])
def test_an_agency_caption_above_the_text_dates_the_document(credit: str) -> None:
    assert stated_date(["Title", CAPTION + credit, LEAD]) == day(2016, 10, 20)


@pytest.mark.parametrize(
    "lines",
    [
        ["Title", f"FILE - {CAPTION}", LEAD],
        ["Title", CAPTION, LEAD.replace("Thursday", "Monday")],
        ["Title", CAPTION, LEAD, "The election of 2018 changed little."],
        ["Title", LEAD, CAPTION],
        ["Title", CAPTION],
    ],
    ids=["from the archive", "other weekday", "later year", "below the lead", "nothing below"],
)
def test_a_caption_that_may_be_from_the_archive_dates_nothing(lines: list[str]) -> None:
    assert stated_date(lines) is None
