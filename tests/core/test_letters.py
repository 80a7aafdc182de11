"""Laws of letters: what is new stands first, each fact as exactly as it is known, and what is left out is said."""

import json
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storywire.letters import letter
from storywire.notices import Letter, Notice, Section, Told
from storywire.nouns import Precision, Published
from storywire.watches import AlertClass

NOW = datetime(2026, 11, 1, 12, 5, tzinfo=UTC)
LABEL = "Aleppo siege diplomacy"


def told(n: int = 1, kind: AlertClass = AlertClass.REPORT, precision: Precision = Precision.MINUTE) -> Told:
    """Report `n`, published `n` hours ago."""
    when = Published(NOW - timedelta(hours=n), precision, "feed")
    seen = NOW - timedelta(minutes=n)
    return Told(f"a{n}", kind, f"Envoys meet, day {n}", "Northwire", f"https://northwire.example/{n}", when, seen, "en")


def section(*reports: Told, **more: Any) -> Section:
    return Section("aleppo-siege-diplomacy", more.pop("label", LABEL), reports, **more)


def notice(*sections: Section, **more: Any) -> Notice:
    given = {"watch": "aleppo", "alert_ids": ("x1", "x2"), "zone": "Europe/Berlin"} | more
    return Notice("m1", "w1", made_at=NOW, sections=sections, **given)


def data(made: Letter) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(made.payload)["data"]
    return found


REPORTS = (told(1), told(2, AlertClass.FOLLOW_UP), told(3, AlertClass.NEW), told(4, AlertClass.CORRECTION))


def test_a_letter_of_one_report_has_its_title_as_headline() -> None:
    made = letter(notice(section(told())))
    assert made.headline == "Aleppo siege diplomacy: Envoys meet, day 1"
    assert made.text.splitlines()[:2] == ["Aleppo siege diplomacy: 1 new report", "Latest: Envoys meet, day 1"]


@pytest.mark.parametrize("kind", [AlertClass.CORRECTION, AlertClass.REVISION, AlertClass.REPRINT])
def test_a_headline_says_of_one_report_that_it_is_no_new_one(kind: AlertClass) -> None:
    assert letter(notice(section(told(1, kind)))).headline == f"Aleppo siege diplomacy: {kind}: Envoys meet, day 1"


def test_a_letter_of_several_reports_begins_with_their_counts_and_the_latest() -> None:
    made = letter(notice(section(*REPORTS)))
    assert made.headline == "Aleppo siege diplomacy: 3 new reports, 1 correction"
    assert made.text.splitlines()[:3] == [made.headline, "Latest: Envoys meet, day 1", ""]
    assert data(made)["summary"] == made.text.splitlines()[:2]


def test_what_has_no_name_and_no_title_is_said_to_have_none() -> None:
    nameless = Told("a", AlertClass.REPORT, "\u200b", None, None, Published(), NOW)
    made = letter(notice(section(nameless, label="", counts=dict.fromkeys(AlertClass, 0))))
    assert made.headline == "(no name): (no title)"
    assert "\nStoryline: (no name)\n- (no title)\n" in made.text


def test_counts_are_those_of_all_reports_not_of_the_shown_ones() -> None:
    counts = {AlertClass.REPORT: 4000, AlertClass.REPRINT: 2, AlertClass.REVISION: 1}
    made = letter(notice(section(told(), counts=counts)))
    assert made.headline == "Aleppo siege diplomacy: 4,000 new reports, 1 revision, 2 reprints"
    assert "\nand 4,002 more\n" in made.text
    assert data(made)["storylines"][0]["more"] == 4002
    assert data(made)["truncated"] is True


def test_a_letter_of_several_storylines_counts_them_and_shows_each() -> None:
    sections = [section(*REPORTS[:2], label=f"Line {n}") for n in (1, 2, 3)]
    made = letter(notice(*sections))
    assert made.headline == "3 storylines: 6 new reports"
    assert made.text.count("\nStoryline: Line ") == 3
    assert made.text.count("\n2 new reports\n") == 3


def test_the_latest_headline_is_that_of_all_storylines() -> None:
    made = letter(notice(section(told(5)), section(told(2)), section(told(3))))
    assert made.text.splitlines()[1] == "Latest: Envoys meet, day 2"


def test_many_storylines_are_bounded_and_the_rest_is_counted() -> None:
    made = letter(notice(*[section(*REPORTS, label=f"Line {n}") for n in range(25)]))
    assert made.text.count("Storyline: ") == 10
    assert made.text.count("\nand 1 more\n") == 10
    assert "\nand 15 more storylines\n" in made.text


def test_a_letter_about_a_feed_says_what_is_wrong_with_it() -> None:
    ill = Section("https://a.org/feed", "Northwire world", faults=("HTTP 500", "empty"), counts={AlertClass.ILL: 2})
    made = letter(notice(ill))
    assert made.headline == "Feed Northwire world: HTTP 500"
    assert made.text.splitlines()[:2] == ["Feed Northwire world: 2 faults", "HTTP 500"]
    assert "- HTTP 500\n- empty\n" in made.text
    assert data(made)["feeds"] == [
        {"url": "https://a.org/feed", "label": "Northwire world", "faults": ["HTTP 500", "empty"], "more": 0}
    ]
    assert data(made)["storylines"] == []
    assert letter(notice(ill, ill)).headline == "2 feeds: 4 faults"


def test_what_is_wrong_with_a_feed_is_bounded_and_the_rest_is_counted() -> None:
    ill = Section("https://a.org/feed", "Northwire", faults=tuple(f"fault {n}" for n in range(12)))
    made = letter(notice(ill))
    assert "- fault 9\nand 2 more\n" in made.text
    assert len(data(made)["feeds"][0]["faults"]) + data(made)["feeds"][0]["more"] == 12
    assert data(made)["truncated"] is True


@pytest.mark.parametrize(
    ("at", "zone", "shown"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York", "0001-01-01 00:00 UTC"),
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "Asia/Kathmandu", "9999-12-31 23:59 UTC"),
    ],
)
def test_the_first_and_the_last_time_of_all_can_be_shown_in_any_zone(at: datetime, zone: str, shown: str) -> None:
    odd = Told("a", AlertClass.REPORT, "T", None, None, Published(at, Precision.SECOND, "feed"), NOW)
    assert f"\n  {shown}\n" in letter(notice(section(odd), zone=zone)).text


def test_each_report_has_its_publisher_its_time_with_the_zone_its_class_and_its_link_on_a_line_of_its_own() -> None:
    text = letter(notice(section(*REPORTS))).text
    assert "- Envoys meet, day 1\n  Northwire, 2026-11-01 12:05 CET\n  https://northwire.example/1\n" in text
    assert "  Northwire, 2026-11-01 11:05 CET (follow-up)\n" in text
    assert "  Northwire, 2026-11-01 10:05 CET (new storyline)\n" in text
    assert "  Northwire, 2026-11-01 09:05 CET (correction)\n" in text


def test_a_time_is_shown_in_the_zone_of_the_watch_and_on_both_sides_of_a_change_of_clocks() -> None:
    before = Published(datetime(2026, 10, 24, 12, tzinfo=UTC), Precision.SECOND, "feed")
    reports = (told(1), Told("a", AlertClass.REPORT, "T", None, None, before, NOW))
    assert "2026-10-24 14:00 CEST" in letter(notice(section(*reports))).text
    assert "2026-11-01 16:50 UTC+0545" in letter(notice(section(*reports), zone="Asia/Kathmandu")).text
    assert "2026-11-01 11:05 UTC" in letter(notice(section(*reports), zone="No/Where")).text


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
def test_a_day_is_shown_as_that_day_in_every_zone_and_never_as_a_moment(zone: str) -> None:
    midnight = Published(datetime(2026, 10, 30, tzinfo=UTC), Precision.DAY, "meta")
    made = letter(notice(section(Told("a", AlertClass.REPORT, "T", "P", None, midnight, NOW)), zone=zone))
    assert "\n  P, 2026-10-30\n" in made.text
    report = data(made)["storylines"][0]["reports"][0]
    assert (report["published_at"], report["published_precision"]) == ("2026-10-30", "day")


@pytest.mark.parametrize("published", [Published(), Published(NOW - timedelta(days=9), Precision.NONE, "page")])
def test_an_unknown_time_is_the_time_when_it_was_first_seen_and_says_so(published: Published) -> None:
    made = letter(notice(section(Told("a", AlertClass.REPORT, "T", None, None, published, NOW))))
    assert "\n  first seen 2026-11-01 13:05 CET\n" in made.text
    report = data(made)["storylines"][0]["reports"][0]
    assert (report["published_at"], report["published_precision"]) == (None, "none")


def test_what_was_held_back_is_counted_with_the_time_since_when() -> None:
    counts = {AlertClass.REPORT: 10_000}
    held = {"counts": counts, "held": 9744}
    made = letter(notice(section(told(), since=NOW - timedelta(hours=1), **held)))
    assert "\n9,744 of them waited since 12:05.\n" in made.text
    made = letter(notice(section(told(), since=NOW - timedelta(days=1), **held)))
    assert " since 2026-10-31 13:05 CET.\n" in made.text
    assert (data(made)["storylines"][0]["held"], data(made)["storylines"][0]["since"]) == (
        9744,
        "2026-10-31T12:05:00+00:00",
    )


def test_a_letter_says_why_it_came_how_to_mute_it_and_its_id_last() -> None:
    made = letter(notice(section(told(), why=("the words: siege", "5 reports in 24 h; usually 0.4"), sources=2)))
    assert made.text.splitlines()[-6:] == [
        "Why: the words: siege",
        "Why: 5 reports in 24 h; usually 0.4",
        "",
        "To mute it: storywire alerts pause aleppo",
        "To end it: storywire alerts remove aleppo",
        "Message m1",
    ]
    assert "\n2 independent sources\n" in made.text
    assert (made.message_id, made.watch) == ("m1", "aleppo")
    assert data(made)["mute"] == "storywire alerts pause aleppo"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Siege of Aleppo", "'Siege of Aleppo'"),
        ("it's", "'it'\"'\"'s'"),
        ("$(reboot)", "'$(reboot)'"),
        ("-x", "w1"),
        ("a\nb", "w1"),
        ("long " * 100, "w1"),
    ],
)
def test_the_command_names_the_watch_as_a_shell_takes_it_else_by_its_id(name: str, typed: str) -> None:
    assert data(letter(notice(section(told()), watch=name)))["mute"] == f"storywire alerts pause {typed}"


def test_a_test_is_marked_as_one_everywhere() -> None:
    for sections in ([], [section(told())]):
        made = letter(notice(*sections, test=True))
        assert made.headline.startswith("[test] ")
        assert made.text.startswith("[test] ")
        assert json.loads(made.payload)["type"] == "storywire.test"


def test_a_payload_has_all_fields_by_name() -> None:
    document = json.loads(letter(notice(section(*REPORTS, sources=2, why=("w", "enough")))).payload)
    assert {key: document[key] for key in ("type", "timestamp")} == {
        "type": "storywire.alert",
        "timestamp": "2026-11-01T12:05:00+00:00",
    }
    storyline = document["data"].pop("storylines")[0]
    report = storyline.pop("reports")[1]
    assert document["data"] == {
        "message_id": "m1",
        "alert_ids": ["x1", "x2"],
        "alert_count": 2,
        "watch": {"id": "w1", "name": "aleppo"},
        "summary": ["Aleppo siege diplomacy: 3 new reports, 1 correction", "Latest: Envoys meet, day 1"],
        "mute": "storywire alerts pause aleppo",
        "feeds": [],
        "more": 0,
        "truncated": False,
    }
    assert storyline == {
        "storyline_id": "aleppo-siege-diplomacy",
        "label": LABEL,
        "counts": {},
        "sources": 2,
        "held": 0,
        "since": None,
        "why": ["w", "enough"],
        "more": 0,
    }
    assert report == {
        "article_id": "a2",
        "class": "follow-up",
        "title": "Envoys meet, day 2",
        "publisher": "Northwire",
        "url": "https://northwire.example/2",
        "language": "en",
        "published_at": "2026-11-01T10:05:00+00:00",
        "published_precision": "minute",
        "first_seen_at": "2026-11-01T12:03:00+00:00",
    }


def test_the_same_notice_gives_the_same_letter() -> None:
    assert letter(notice(section(*REPORTS))) == letter(notice(section(*REPORTS)))


@pytest.mark.parametrize("words", ["🧨" * 3000, '"' * 3000, "\\" * 3000, "'" * 3000])
def test_a_payload_is_small_though_every_text_in_it_is_as_long_as_it_may_be(words: str) -> None:
    report = Told(words, AlertClass.NEW, words, words, "http://a.org/" + "x" * 2000, Published(), NOW, words)
    sections = [Section(words, words, (report,) * 9, faults, why=(words,) * 9) for faults in ((), (words,) * 9)]
    made = letter(Notice(words, words, words, NOW, (*sections * 20,), (words,) * 99, words))
    found = data(made)
    assert len(made.payload) <= 20_000
    assert found["more"] + len(found["storylines"]) + len(found["feeds"]) == 40
    assert (found["alert_count"], found["truncated"]) == (99, True)


_words = st.text(max_size=40) | st.sampled_from(
    ["x" * 3000, "🧨" * 3000, '"' * 3000, "\\" * 3000, "\u202e\u2028\0\ud800"]
)
_times = st.datetimes(timezones=st.just(UTC))
_published = st.builds(Published, st.none() | _times, st.sampled_from(Precision))
_told = st.builds(
    Told,
    _words,
    st.sampled_from(AlertClass),
    _words,
    st.none() | _words,
    st.none() | _words,
    _published,
    _times,
    _words,
)
_sections = st.builds(
    Section,
    _words,
    _words,
    st.lists(_told, max_size=6).map(tuple),
    st.lists(_words, max_size=8).map(tuple),
    st.dictionaries(st.sampled_from(AlertClass), st.integers(0, 10_000)),
    st.integers(0, 100),
    st.integers(0, 100),
    st.none() | _times,
    st.lists(_words, max_size=8).map(tuple),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_sections, max_size=6).map(tuple),
    _words,
    st.lists(_words, max_size=20).map(tuple),
    st.sampled_from(["UTC", "America/New_York", "Pacific/Apia", "x"]),
    st.booleans(),
    _times,
)
def test_whatever_a_notice_holds_its_letter_is_clean_and_its_payload_is_small_and_valid(
    sections: tuple[Section, ...],
    words: str,
    ids: tuple[str, ...],
    zone: str,
    test: bool,
    at: datetime,
) -> None:
    made = letter(Notice(words, words, words, at, sections, ids, zone, test))
    assert len(made.headline) <= 120
    assert len(made.payload) <= 20_000
    document = made.payload.decode()
    json.loads(document, parse_constant=lambda _: pytest.fail("NaN"))
    for line in (made.headline, document, *made.text.split("\n")):
        assert not {unicodedata.category(c) for c in line} & {"Cc", "Zl", "Zp", "Cs"}
        assert not {"\u202e", "\u200b", "\ufeff"} & set(line)
