"""Watches as people write them."""

from datetime import time, timedelta
from typing import Any

import pytest

from storywire.durations import duration, written
from storywire.errors import InputError
from storywire.watches import DEFAULT_CLASSES, AfterQuiet, AlertClass, Digest, Enough, Match, Timing, Watch
from storywire.watchfile import read_watches, spec_of, watch_of
from tests.core.makers import NOW

PLAIN = {"name": "floods", "target": "desk"}
FULL: dict[str, Any] = {
    **PLAIN,
    "words": ["flood* dam", '"burst its banks"'],
    "like": "rivers burst their banks",
    "publishers": ["Courier", "gazette.example"],
    "languages": ["en", "DE"],
    "classes": ["reprint", "new"],
    "min_reports": 3,
    "min_publishers": 2,
    "within": "36h",
    "burst": 3,
    "cool_down": "90m",
    "quiet": "22:00-07:00",
    "after_quiet": "drop",
    "digest": "weekly",
    "at": "09:30",
    "day": "Friday",
    "zone": "Europe/Berlin",
    "paused": True,
}


def test_a_name_and_a_target_are_a_watch_of_everything_new() -> None:
    watch = watch_of(PLAIN, NOW)
    assert (watch.name, watch.target, watch.storyline_id, watch.feed) == ("floods", "desk", None, None)
    assert watch.classes == DEFAULT_CLASSES
    assert AlertClass.REPRINT not in watch.classes
    assert spec_of(watch) == {}


def test_every_key_arrives_and_comes_back() -> None:
    watch = watch_of(FULL, NOW)
    assert watch.match == Match(
        ("flood* dam", '"burst its banks"'), "rivers burst their banks", ("Courier", "gazette.example"), ("en", "de")
    )
    assert watch.classes == (AlertClass.NEW, AlertClass.REPRINT)
    assert watch.enough == Enough(3, 2, timedelta(hours=36), 3.0)
    assert watch.timing == Timing(
        timedelta(minutes=90), (time(22), time(7)), AfterQuiet.DROP, Digest.WEEKLY, time(9, 30), 4, "Europe/Berlin"
    )
    assert watch_of({**PLAIN, "paused": True, **spec_of(watch)}, NOW) == watch


def test_a_watch_of_feeds_tells_of_illness_once_a_day() -> None:
    watch = watch_of({**PLAIN, "feed": "all"}, NOW)
    assert watch.classes == (AlertClass.ILL,)
    assert watch.timing.cool_down == timedelta(days=1)
    assert spec_of(watch) == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "a watch needs a name"),
        ({"target": ""}, "it needs a target"),
        ({"wrods": ["x"]}, "there is no key “wrods”"),
        ({"words": [" - "]}, "has no word in it"),
        ({"words": ['"unclosed']}, "a quote that does not end"),
        ({"quiet": "10:00-10:00"}, "a range of local times"),
        ({"words": [3]}, "words is a text, not 3"),
        ({"classes": ["fresh"]}, "classes is one of new, follow-up"),
        ({"classes": ["ill"]}, "ill is the class of a watch with a feed"),
        ({"feed": "all", "words": ["x"]}, "takes no storyline, match or condition"),
        ({"feed": "all", "classes": ["new"]}, "no other class than ill"),
        ({"storyline": "x", "classes": ["new"]}, "is never new"),
        ({"classes": ["reprint"], "min_reports": 2}, "its classes have none"),
        ({"min_reports": 0}, "from 1 to 10,000"),
        ({"min_publishers": True}, "from 1 to 10,000"),
        ({"burst": 1}, "burst is a number over 1"),
        ({"within": "0"}, "longer than nothing"),
        ({"cool_down": "an hour"}, "no length of time"),
        ({"quiet": "22:00"}, "a range of local times"),
        ({"quiet": "22:00-25:00"}, "a range of local times such as 22:00-07:00, not “22:00-25:00”"),
        ({"digest": "monthly"}, "digest is one of hourly, daily, weekly"),
        ({"at": "08:00"}, "give digest too"),
        ({"digest": "daily", "at": "8"}, "at is a local time"),
        ({"digest": "weekly", "day": "someday"}, "day is one of monday"),
        ({"zone": "Berlin"}, "no time zone"),
        ({"paused": "yes"}, "paused is true or false"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_watch_and_the_key(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as refused:
        watch_of({**PLAIN, **changes}, NOW)
    assert "name" in changes or str(refused.value).startswith("watch “floods”: ")


def test_a_file_has_watches_and_groups() -> None:
    found = read_watches(
        """
        [[watch]]
        name = "floods"
        target = "desk"
        [[watch]]
        name = "fires"
        target = "stdout"
        [groups]
        "Example Media" = ["Belm Courier", "gazette.example"]
        """
    )
    assert [each["name"] for each in found.watches] == ["floods", "fires"]
    assert found.groups == {"belm courier": "Example Media", "gazette.example": "Example Media"}
    assert read_watches("").groups is None


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[[watch]\n", "it is not TOML"),
        ("[watches]\n", "it has “watches”"),
        ("watch = 3\n", r"a watch is written \[\[watch\]\]"),
        ("groups = 3\n", r"\[groups\] has lines such as"),
        ("[groups]\nx = [3]\n", "groups is a text"),
    ],
)
def test_a_file_that_says_something_else_is_refused(toml: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_watches(toml)


def test_lengths_of_time_are_read_and_written() -> None:
    assert duration("90m") == timedelta(minutes=90)
    assert [written(duration(said)) for said in ("90m", "60m", "48h", "14d", "45s", "0")] == [
        *("90m", "1h", "2d", "2w", "45s", "0s"),
    ]
    for said in ("", "1", "1.5h", "-3h", "9999999h", "900000w", "٣h"):
        with pytest.raises(InputError, match="no length of time"):
            duration(said)


def test_a_watch_is_a_frozen_value() -> None:
    with pytest.raises(AttributeError):
        watch_of(PLAIN, NOW).name = "other"  # type: ignore[misc]
    assert isinstance(watch_of(PLAIN, NOW), Watch)
