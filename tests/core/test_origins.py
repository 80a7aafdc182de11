"""Which copy of a report is the original."""

from datetime import timedelta

import pytest

from storywire.nouns import Precision, Published
from storywire.origins import Copy, origin
from tests.core.makers import NOW


def copy(name: str, publisher: str | None = None, hours: float = 0, head: str = "", tail: str = "") -> Copy:
    at = NOW + timedelta(hours=hours)
    return Copy(name, publisher, Published(at, Precision.SECOND, "feed"), NOW + timedelta(hours=30), head, tail)


def test_the_earliest_report_is_the_original() -> None:
    assert origin(copy("kept", hours=2), [copy("late", hours=3), copy("first", hours=1)]) == ("first", "the earliest")


def test_of_equally_early_ones_the_kept_one_is() -> None:
    assert origin(copy("kept"), [copy("a"), copy("b")])[0] == "kept"


@pytest.mark.parametrize(
    ("publisher", "head", "tail"),
    [
        ("Northwire", "PORTHAVEN (Northwire) - The river rose", ""),
        ("Northwire News", "PORTHAVEN, Nov 1 (Northwire) — The river rose", ""),
        ("Meridian Press", "Porthaven (MP) The river rose", ""),
        ("Agence du Nord", "The river rose", "It fell again. © AN"),
        ("Northwire", "Northwire - The river rose", ""),
        ("Northwire", "By Northwire\n\nThe river rose", ""),
        ("Eastlink", "The river rose", "Source: Eastlink"),
        ("TASK", "/TASK/. The river rose", ""),
    ],
)
def test_the_agency_that_the_text_names_is_the_original_though_it_came_later(
    publisher: str, head: str, tail: str
) -> None:
    found = origin(copy("kept", "Daily Mail of Isk", head=head, tail=tail), [copy("agency", publisher, hours=5)])
    assert found == ("agency", f"1 of the others name {publisher} as the source")


@pytest.mark.parametrize(
    "head", ["The office in the map of the town", "Northwire, a firm of Isk, was sold", "Amp (amp)"]
)
def test_a_publisher_that_is_only_spoken_of_is_no_source(head: str) -> None:
    others = [copy("b", "Northwire", hours=1), copy("c", "All Metal Post", hours=2)]
    assert origin(copy("kept", "Gazette", head=head), others)[0] == "kept"


def test_a_publisher_that_credits_itself_proves_nothing() -> None:
    assert origin(copy("kept"), [copy("b", "Northwire", hours=1, head="ISK (Northwire) - Rain")])[0] == "kept"


def test_a_day_without_an_hour_is_not_taken_for_midnight() -> None:
    day = Copy("day", None, Published(NOW.replace(hour=0), Precision.DAY, "page"), NOW + timedelta(hours=9), "", "")
    assert origin(copy("kept"), [day])[0] == "kept"
