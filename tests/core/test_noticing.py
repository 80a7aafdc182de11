"""What is news, and for whom: arrivals, what matches a watch, and the alerts that follow."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from storywire.alerts import FAILURES, alerts_for, alerts_for_feed
from storywire.arrivals import LATE, Arrival, Known, Listing, change, coverage
from storywire.identity import event_id
from storywire.matching import Meaning, Reading, terms
from storywire.nouns import (
    Article,
    Assignment,
    Definition,
    Duplicate,
    DuplicateKind,
    Feed,
    FeedState,
    Published,
    Revision,
    Storyline,
)
from storywire.past import Analysis, Past
from storywire.watches import Alert, AlertClass, AlertState, Match, Watch
from tests.core.makers import NOW

HOUR = timedelta(hours=1)
ALL = Watch("w-all", "all", "stdout", NOW)
FLOODS = Watch("w-floods", "floods", "stdout", NOW, "floods")
REPRINTS = replace(ALL, watch_id="w-reprints", classes=(AlertClass.REPRINT,))
FERRY = Arrival(
    *(
        "a1",
        "ferries",
        AlertClass.FOLLOW_UP,
        "Ferry sinks off Belm",
        "All were saved.\n\nThe ferries' owner is silent.",
    ),
    *("Belm Courier", "https://www.courier.example/ferry", "en"),
)


def article(n: int, **changes: object) -> Article:
    url = f"https://paper{n}.example/{n}"
    made = Article(f"a{n}", url, f"Title {n}", "Text.", "en", f"Paper {n}", Published(NOW - HOUR), NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


def batch(*assignments: tuple[int, str, str], copies: tuple[tuple[int, str], ...] = ()) -> Analysis:
    """Verdicts: article, event, storyline; and copies of another article."""
    return Analysis(
        tuple(Duplicate(f"a{n}", of, DuplicateKind.EXACT, 1.0, "") for n, of in copies),
        (),
        (Storyline("begun", "Begun", created_at=NOW), Storyline("named", "Named", pinned=True, created_at=NOW)),
        tuple(Assignment(f"a{n}", event, storyline, 0.5, 0.1) for n, event, storyline in assignments),
        (),
        (),
        (),
        {},
        {f"a{n}": storyline for n, _, storyline in assignments},
    )


def arrived(
    verdicts: Analysis,
    articles: list[Article],
    listings: dict[str, Listing] | None = None,
    known: dict[str, Known] | None = None,
    groups: dict[str, str] | None = None,
    definitions: tuple[Definition, ...] = (),
) -> list[Arrival]:
    past = Past((), np.zeros((0, 0), np.float32), (), definitions)
    vectors = np.eye(len(articles), 8, dtype=np.float32)
    usual = {a.article_id: Listing(seed=False, read_at=NOW - HOUR) for a in articles}
    return coverage(verdicts, articles, vectors, past, usual | (listings or {}), known or {}, groups or {})


def alerts(arrivals: list[Arrival], *watches: Watch, told: set[tuple[str, str]] | None = None) -> list[Alert]:
    return list(alerts_for(arrivals, watches, told or set(), {}, NOW))


def test_a_report_that_founds_an_event_is_a_follow_up_and_one_that_joins_is_a_report() -> None:
    found = arrived(batch((1, event_id("a1"), "floods"), (2, event_id("a1"), "floods")), [article(1), article(2)])
    assert [(a.article_id, a.kind) for a in found] == [("a1", AlertClass.FOLLOW_UP), ("a2", AlertClass.REPORT)]


def test_a_repeat_by_another_publisher_is_a_reprint_and_by_the_same_or_its_group_no_arrival() -> None:
    known = {"a9": Known("floods", "Paper 9", "https://paper9.example/9")}
    verdicts = batch(copies=((1, "a9"),))
    (found,) = arrived(verdicts, [article(1)], known=known)
    assert (found.kind, found.storyline_id) == (AlertClass.REPRINT, "floods")
    assert arrived(verdicts, [article(1, publisher="paper 9")], known=known) == []
    assert arrived(verdicts, [article(1, url="https://paper9.example/x")], known=known) == []
    assert arrived(verdicts, [article(1)], known=known, groups={"paper 1": "House", "paper9.example": "House"}) == []
    assert arrived(verdicts, [article(1)]) == []  # what it repeats is gone


@pytest.mark.parametrize(
    ("listing", "published", "silent"),
    [
        (Listing(seed=True), NOW, "a seed"),
        (Listing(seed=False), NOW, "the first look at its feed"),
        (Listing(seed=False, read_at=NOW - HOUR), NOW - HOUR - LATE - HOUR, "published long before"),
        (Listing(seed=False, read_at=NOW - 9 * LATE), NOW - 2 * LATE, None),  # Storywire was off for a while
        (Listing(seed=False, read_at=NOW - HOUR), NOW + 9 * LATE, None),
        (Listing(seed=False, read_at=NOW - HOUR), None, None),
    ],
)
def test_seeds_first_looks_and_old_reports_are_silent(listing: Listing, published: object, silent: str | None) -> None:
    one = article(1, published=Published(published))  # type: ignore[arg-type]
    (found,) = arrived(batch((1, "e", "floods")), [one], {"a1": listing})
    assert found.silent == silent
    (alert,) = alerts([found], FLOODS)
    assert (alert.state, alert.reason) == (AlertState.SILENT if silent else AlertState.WAITING, silent)


def test_what_a_person_made_a_seed_is_silent_also_if_a_feed_listed_it() -> None:
    definitions = (Definition("floods", "Floods", ("a1",)),)
    (found,) = arrived(batch((1, "e", "floods")), [article(1)], definitions=definitions)
    assert found.silent == "a seed"


def test_a_watch_is_told_of_its_storyline_and_one_alert_has_all_causes_of_a_class() -> None:
    verdicts = batch((1, "e", "floods"), (2, "e", "floods"), (3, "e", "chess"))
    found = alerts(arrived(verdicts, [article(n) for n in (1, 2, 3)]), FLOODS)
    assert [(a.watch_id, a.subject_id, a.kind, a.causes) for a in found] == [
        ("w-floods", "floods", AlertClass.REPORT, ("a1", "a2"))
    ]


def test_a_watch_of_all_storylines_gets_one_alert_for_each_and_reprints_only_if_it_asks() -> None:
    verdicts = batch((1, "e", "floods"), (2, "e", "chess"), copies=((3, "a1"),))
    found = alerts(arrived(verdicts, [article(n) for n in (1, 2, 3)]), ALL, REPRINTS)
    assert [(a.watch_id, a.subject_id, a.kind) for a in found] == [
        ("w-all", "floods", AlertClass.REPORT),
        ("w-all", "chess", AlertClass.REPORT),
        ("w-reprints", "floods", AlertClass.REPRINT),
    ]


def test_a_storyline_is_new_to_a_watch_until_something_of_it_was_told() -> None:
    arrivals = arrived(batch((1, event_id("a1"), "begun"), (2, "e", "begun")), [article(1), article(2)])
    assert [(a.kind, a.causes) for a in alerts(arrivals, ALL)] == [(AlertClass.NEW, ("a1", "a2"))]
    assert [a.kind for a in alerts(arrivals, ALL, told={("w-all", "begun")})] == [
        AlertClass.FOLLOW_UP,
        AlertClass.REPORT,
    ]
    assert AlertClass.NEW not in {a.kind for a in alerts(arrivals, replace(ALL, created_at=NOW + HOUR))}


def test_a_storyline_that_a_person_named_is_new_to_nobody() -> None:
    (found,) = alerts(arrived(batch((1, event_id("a1"), "named")), [article(1)]), ALL)
    assert found.kind is AlertClass.FOLLOW_UP


def test_a_paused_watch_and_one_for_feeds_hear_nothing_of_reports() -> None:
    arrivals = arrived(batch((1, "e", "floods")), [article(1)])
    assert alerts(arrivals, replace(ALL, paused=True), replace(ALL, feed="all")) == []


def test_each_change_of_a_report_is_an_alert_of_its_own() -> None:
    def changed(number: int, correction: bool) -> Arrival:
        revision = Revision("a1", number, NOW, "Old", "Old", (), (), correction)
        return change(article(1), revision, "floods", None)

    watch = replace(FLOODS, classes=(AlertClass.REVISION, AlertClass.CORRECTION))
    first, second, third = (alerts([changed(*each)], watch)[0] for each in ((1, False), (2, False), (3, True)))
    assert [a.kind for a in (first, second, third)] == [*[AlertClass.REVISION] * 2, AlertClass.CORRECTION]
    assert len({a.alert_id for a in (first, second, third)}) == 3
    assert {a.causes for a in (first, second, third)} == {("a1",)}
    assert alerts([changed(1, False)], FLOODS) == []


def test_an_alert_is_the_same_whatever_the_order_and_the_time() -> None:
    arrivals = arrived(batch((1, "e", "floods"), (2, "e", "floods")), [article(1), article(2)])
    (one,), (other,) = (alerts_for(given, [FLOODS], set(), {}, NOW + HOUR) for given in (arrivals, arrivals[::-1]))
    assert one == other
    assert one.alert_id == alerts(arrivals, FLOODS)[0].alert_id


@pytest.mark.parametrize(
    ("match", "why"),
    [
        (Match(), ""),
        (Match(("ferry belm",)), "it has ferry belm"),
        (Match(("storm", "FERRY saved")), "it has FERRY saved"),
        (Match(("ferry storm",)), None),
        (Match(('"off Belm"',)), 'it has "off Belm"'),
        (Match(("“Belm off”",)), None),
        (Match(("ferr* sink*",)), "it has ferr* sink*"),
        (Match(("fer",)), None),
        (Match(publishers=("belm courier",)), "by belm courier"),
        (Match(publishers=("courier.example",)), "by courier.example"),
        (Match(publishers=("rier.example", "Gazette")), None),
        (Match(languages=("de", "en")), "in en"),
        (Match(languages=("de",)), None),
        (Match(("ferry",), languages=("en",)), "in en, it has ferry"),
        (Match(("ferry",), languages=("de",)), None),
    ],
)
def test_a_report_matches_where_all_that_is_asked_holds_and_says_what(match: Match, why: str | None) -> None:
    assert Reading(FERRY).reason(match, None) == why


def test_a_sentence_matches_by_meaning_with_its_numbers_and_nothing_without_a_vector() -> None:
    vector = np.array([0.6, 0.8], np.float32)
    said, match = replace(FERRY, vector=vector), Match(like="boats in trouble")
    meaning = Meaning(np.array([1.0, 0.0], np.float32), 0.55)
    why = "it means something like “boats in trouble”: 0.60 where 0.55 is needed"
    assert Reading(said).reason(match, meaning) == why
    assert Reading(said).reason(match, replace(meaning, needed=0.61)) is None
    assert Reading(FERRY).reason(match, meaning) is None
    assert Reading(said).reason(match, None) is None
    assert Reading(said).reason(match, Meaning(np.ones(3, np.float32), 0.1)) is None  # of another model


def test_words_are_terms_and_phrases() -> None:
    assert terms('ferr* "off Belm"  –') == [" ferr", " off belm "]


FEED = Feed("https://courier.example/feed", NOW, NOW)
ILL = replace(ALL, watch_id="w-ill", feed="all", classes=(AlertClass.ILL,))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (FEED, replace(FEED, health=("empty: no items",)), ("empty: no items",)),
        (replace(FEED, health=("empty: no items",)), replace(FEED, health=("empty: none, still",)), None),
        (
            replace(FEED, failures=FAILURES - 1),
            replace(FEED, failures=FAILURES, state=FeedState.FAILING, reason="HTTP 500"),
            (f"failing: HTTP 500 ({FAILURES} times in a row)",),
        ),
        (replace(FEED, failures=FAILURES), replace(FEED, failures=FAILURES + 1, reason="HTTP 500"), None),
        (FEED, replace(FEED, failures=1, state=FeedState.FAILING, reason="HTTP 500"), None),
        (FEED, replace(FEED, state=FeedState.GONE, reason="HTTP 410"), ("gone: HTTP 410",)),
    ],
)
def test_a_feed_falls_ill_once(before: Feed, after: Feed, said: tuple[str, ...] | None) -> None:
    found = alerts_for_feed(before, after, [ILL, ALL, replace(ILL, feed="https://other.example/")], NOW)
    assert [(a.subject_id, a.kind, a.causes) for a in found] == ([(FEED.url, AlertClass.ILL, said)] if said else [])


def test_a_feed_that_falls_ill_again_later_is_another_alert() -> None:
    after = replace(FEED, health=("empty: no items",))
    ids = {alerts_for_feed(FEED, after, [ILL], at)[0].alert_id for at in (NOW, NOW + HOUR)}
    assert len(ids) == 2
