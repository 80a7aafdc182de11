"""Laws of revisions: what counts as a change of a text, what as a correction of it, and when to look again."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.corrections import says_so, swaps_a_fact
from storywire.nouns import Article, Entry, EntryState, Published, Revision
from storywire.pages import Page
from storywire.revisions import changed, key, revised, reworded
from storywire.stamps import is_stamp
from storywire.visits import (
    ASKED_AGAIN,
    FIRST_LOOK,
    LAST_LOOK,
    MAX_PAGES,
    NO_LOOK,
    SECOND_LOOK,
    Candidate,
    Kept,
    Outcome,
    asks_for_page,
    due_visits,
    seen_again,
)

SEEN = datetime(2026, 5, 3, 10, tzinfo=UTC)
LATER = SEEN + timedelta(hours=1)
REPORT = [
    "The ferry Ostra ran aground off Belm on Sunday night with 84 people on board. Nobody was hurt.",
    "Harbour master Ines Vold said the engine had failed in heavy seas. “We had no steering,” she said.",
    "Two tugs left Korrin at midnight. They reached the ferry at dawn.",
    "The company said all passengers would be taken to Belm by noon. It gave no reason for the failure.",
]
STATEMENTS = (
    "The harbour was closed to all traffic until the evening.",
    "Divers will look at the hull on Tuesday.",
    "A second ferry took the route over for the week.",
    "The mayor thanked the crews of both tugs.",
    "Ticket holders get their money back.",
    "The line has run since 1987 without an accident of this kind.",
    "Insurers put the damage at 3.5 million crowns.",
    "Fishing boats were told to keep away.",
)


def article(*paragraphs: str, title: str = "Ferry runs aground off Belm", language: str = "en") -> Article:
    text = "\n\n".join(paragraphs or REPORT)
    return Article("a", "https://news.example/ferry", title, text, language, "News", Published(), SEEN)


def after(*paragraphs: str, **more: str) -> Revision | None:
    return revised(article(), article(*paragraphs, **more), 1, LATER)


def test_a_sentence_that_came_and_one_that_went_are_told_in_order() -> None:
    told = after(*REPORT[:2], "Three tugs left Korrin at midnight, one turned back.", REPORT[3], STATEMENTS[0])
    assert told == Revision(
        "a",
        1,
        LATER,
        "Ferry runs aground off Belm",
        "\n\n".join(REPORT),
        ("Three tugs left Korrin at midnight, one turned back.", STATEMENTS[0]),
        ("Two tugs left Korrin at midnight.", "They reached the ferry at dawn."),
        correction=False,
    )


texts = st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=8, unique=True)


@given(texts, st.randoms())
def test_the_order_of_paragraphs_is_no_change(said: list[str], chance: random.Random) -> None:
    other = list(said)
    chance.shuffle(other)
    assert revised(article(*said), article(*other), 1, LATER) is None


TYPOGRAPHY = (
    lambda t: t.replace("“", '"').replace("”", '"').replace("'", "’"),
    lambda t: t.replace("-", "\u2011"),
    lambda t: t.replace(" ", "\u00a0"),
    lambda t: t.replace("\n\n", " "),
    lambda t: t.replace(". ", ".\n\n"),
    lambda t: t.replace("ferry", "fer\u00adry"),
    str.upper,
)


@given(texts, st.lists(st.sampled_from(TYPOGRAPHY), max_size=4))
def test_typography_and_breaks_are_no_change(said: list[str], dressings: list[object]) -> None:
    text = "\n\n".join([*REPORT, *said])
    for dress in dressings:
        text = dress(text)  # type: ignore[operator]
    assert revised(article(*REPORT, *said), article(text), 1, LATER) is None


@given(texts, texts)
def test_what_was_said_less_what_went_and_more_what_came_is_what_is_said_now(before: list[str], now: list[str]) -> None:
    change = changed("\n\n".join(before), " ".join(now))
    assert (set(before) - set(change.removed)) | set(change.added) == set(now)
    assert set(change.added).isdisjoint(before)
    assert set(change.removed).isdisjoint(now)


@given(st.text(), st.text())
def test_any_two_texts_can_be_compared_and_a_text_is_no_change_of_itself(one: str, other: str) -> None:
    revised(article(one), article(other), 1, LATER)
    assert revised(article(one), article(one), 1, LATER) is None
    assert swaps_a_fact([one], [one], "en") is False
    says_so(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("cease-fire", "ceasefire"), ("1,200 people", "1 200 people"), ("the U.S. envoy", "the US envoy"), ("1.5", "1,5")],
)
def test_hyphens_dots_and_the_marks_in_a_number_are_typography(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("1.5 million", "15 million"), ("won 5-0", "won 50"), ("Dall", "Dahl")])
def test_another_number_or_name_is_no_typography(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    "line",
    [
        "Updated 12:04 GMT",
        "Last updated: 3 May 2026, 14:05",
        "Stand: 3. Mai 2026, 14.05 Uhr",
        "Mis à jour le 3 mai 2026 à 14h05",
        "Actualizado el 3 de mayo de 2026 a las 12:04",
        "2 hours ago",
        "Share this on every network you can think of",
        "Subscribe now to read all that we know about the sea.",
    ],
)
def test_a_line_that_only_says_when_or_speaks_to_the_visitor_is_no_change(line: str) -> None:
    assert after(line, *REPORT) is None
    assert revised(article(*REPORT, line), article(), 1, LATER) is None


def test_a_line_that_tells_something_is_no_stamp() -> None:
    assert not is_stamp("The vote was on Monday.")
    assert not is_stamp("Updated figures show 12 hurt.")
    assert not is_stamp("")


def test_headings_captions_and_teasers_that_come_and_go_are_no_change() -> None:
    assert after(REPORT[0], "What we know", *REPORT[1:], "In pictures: the night off Belm") is None


def test_a_heading_that_runs_into_the_next_sentence_is_no_change() -> None:
    before = article(REPORT[0], "What we know", *REPORT[1:])
    assert revised(before, article(REPORT[0], f"What we know {REPORT[1]}", *REPORT[2:]), 1, LATER) is None


def test_another_headline_is_a_change_and_another_dash_in_it_is_none() -> None:
    told = after(title="Ferry freed off Belm")
    assert told is not None
    assert (told.title, told.added, told.removed) == ("Ferry runs aground off Belm", (), ())
    assert after(title="Ferry runs aground – off Belm") is None


def test_a_live_blog_that_grows_is_changed_and_not_corrected() -> None:
    told = after(*STATEMENTS, *REPORT)
    assert told is not None
    assert (told.added, told.removed, told.correction) == (STATEMENTS, (), False)


@pytest.mark.parametrize("kept", [0, 1])
def test_what_a_paywall_or_an_error_leaves_of_a_page_is_no_change(kept: int) -> None:
    assert after(*REPORT[:kept], "This report is for members of the harbour club and their families only.") is None
    assert after(*REPORT[: kept + 1]) is None


def test_a_page_that_lost_its_second_half_and_gained_nothing_is_no_change() -> None:
    assert after(*REPORT[:2]) is None


def test_a_paragraph_that_a_publisher_takes_out_is_a_change() -> None:
    told = after(REPORT[0], *REPORT[2:])
    assert told is not None
    assert len(told.removed) == 2


def test_another_report_at_the_address_is_no_change() -> None:
    assert after(*STATEMENTS, *(f"Prices of cod rose again in week {n} of the season." for n in range(9))) is None


def test_a_first_line_that_becomes_a_report_is_a_change() -> None:
    line = article("A ferry has run aground off Belm with people on board, the harbour master said.")
    assert revised(line, article(), 1, LATER) is not None


def test_one_sentence_with_another_number_is_a_correction_also_where_it_is_all_there_is() -> None:
    told = revised(article("The storm hurt 12 people in Belm."), article("The storm hurt 9 people in Belm."), 1, LATER)
    assert told is not None
    assert told.correction


SAID = [
    "Correction: the ferry is the Ostra.",
    "Corrections, May 3: the ferry is the Ostra.",
    "CORRECTION (3 May 2026): it was Monday.",
    "Erratum: it was Monday.",
    "An earlier version of this article said that nine people were on board.",
    "This article was amended on 3 May 2026 to add a date.",
    "This story corrects the spelling of the master's name.",
    "(Corrects day of accident in paragraph 3)",
    "This post previously stated that nine were hurt.",
    "The story has been corrected to say nine.",
    "We regret the error.",
    "In einer früheren Version dieses Artikels hieß es, neun Menschen seien verletzt.",
    "Korrektur: Es waren neun.",
    "Berichtigung",
    "Dieser Artikel wurde am 3. Mai korrigiert.",
    "Une première version de cet article indiquait neuf blessés.",
    "Rectificatif : il y a eu neuf blessés.",
    "Fe de erratas: eran nueve.",
    "Una versión anterior de este artículo decía nueve.",
    "Una precedente versione di questo articolo riportava nove.",
    "Errata corrige: erano nove.",
    "Uma versão anterior deste texto dizia nove.",
    "Correção: eram nove.",
    "Retificação: eram nove.",
]
NEWS = [
    "The market correction took nine days.",
    "Correction officers went on strike.",
    "Corrections officials said nine escaped.",
    "The minister corrected her statement on Monday.",
    "An earlier version of the bill named nine states.",
    "An earlier version of this article appeared in our weekly.",
    "This story begins in 1990.",
    "Die Korrektur der Zahlen kam spät.",
    "La correction des copies dure neuf jours.",
    "La corrección del texto lleva nueve días.",
    "A retificação do rio começou.",
    "We apologise for the delay, the operator said.",
]


@pytest.mark.parametrize("sentence", SAID)
def test_a_text_that_says_so_is_a_correction(sentence: str) -> None:
    told = after(*REPORT, sentence, STATEMENTS[0])
    assert told is not None
    assert told.correction


@pytest.mark.parametrize("sentence", NEWS)
def test_news_of_corrections_is_no_correction(sentence: str) -> None:
    told = after(*REPORT, sentence)
    assert told is not None
    assert not told.correction


@pytest.mark.parametrize(
    ("old", "new", "language"),
    [
        ("The council voted by 9 to 4 against the pier.", "The council voted by 8 to 4 against the pier.", "en"),
        ("The council votes on Monday about the pier.", "The council votes on Tuesday about the pier.", "en"),
        ("The talks began on 3 May in the town hall.", "The talks began on 12 June 2026 in the town hall.", "en"),
        ("The envoy met Omar Dall in the harbour.", "The envoy met Omar Dahl in the harbour.", "en"),
        ("The envoy met four men in the harbour.", "The envoy met five men in the harbour.", "en"),
        ("Der Rat stimmte mit neun Stimmen dagegen.", "Der Rat stimmte mit acht Stimmen dagegen.", "de"),
        ("Le conseil vote lundi sur la jetée du port.", "Le conseil vote mardi sur la jetée du port.", "fr"),
    ],
)
def test_an_exchanged_number_date_or_name_is_a_correction(old: str, new: str, language: str) -> None:
    assert swaps_a_fact([STATEMENTS[0], old], [new, STATEMENTS[1]], language)


@pytest.mark.parametrize(
    ("old", "new", "language"),
    [
        ("The envoy left the harbour early.", "The envoy left the market early.", "en"),
        ("The envoy met Dall in the harbour.", "The envoy met Omar Dall in the harbour.", "en"),  # added
        ("The envoy met 4 men in the harbour.", "The envoy met men in the harbour.", "en"),  # left out
        ("Der Hund lief durch die Stadt.", "Der Mann lief durch die Stadt.", "de"),  # all nouns have capitals
        ("Belm 3, Korrin 1", "Belm 4, Korrin 1", "en"),  # too few words to be a statement
        ("She said no to the plan.", "He said no to the plan.", "en"),
    ],
)
def test_another_wording_is_no_exchanged_fact(old: str, new: str, language: str) -> None:
    assert not swaps_a_fact([old], [new], language)


def test_a_feed_that_words_an_item_otherwise_is_told_from_another_item() -> None:
    item = "Ferry runs aground off Belm\n\nThe ferry ran aground on Sunday with 84 people on board."
    assert reworded(item, item.replace("84", "86"))
    assert not reworded(item, item.replace("Ferry runs", "FERRY  RUNS"))
    assert not reworded(item, f"{item}\n\nUpdated 12:04 GMT")
    assert not reworded(item, "Cod prices rise\n\nPrices of cod rose again in the first week of the season.")


def candidate(hours: float = 0, visited: float | None = None, **more: object) -> Candidate:
    """One seen at SEEN, and looked at after so many hours."""
    at = None if visited is None else SEEN + timedelta(hours=visited)
    return replace(Candidate("a", SEEN, at, watched=True), **more)  # type: ignore[arg-type]


def test_a_watched_article_is_looked_at_three_times_in_eight_days_of_hourly_runs() -> None:
    visited, looks = None, []
    for hour in range(24 * 9):
        now = SEEN + timedelta(hours=hour)
        if due_visits([Candidate("a", SEEN, visited, watched=True)], now):
            visited = now
            looks.append(hour)
    assert looks == [1, 24, 168]


def test_what_was_missed_is_skipped_to_the_latest_that_is_due() -> None:
    two_days = SEEN + timedelta(days=2)
    assert due_visits([candidate()], two_days) == ["a"]
    assert due_visits([candidate(visited=48)], two_days + timedelta(hours=1)) == []
    assert due_visits([candidate()], SEEN + NO_LOOK + timedelta(hours=1)) == []


def test_a_run_that_is_a_little_early_does_not_miss_its_look() -> None:
    for look in (FIRST_LOOK, SECOND_LOOK, LAST_LOOK):
        assert due_visits([candidate(visited=look / timedelta(hours=2))], SEEN + look - timedelta(minutes=1)) == ["a"]
        assert due_visits([candidate(visited=look / timedelta(hours=1))], SEEN + look + timedelta(minutes=1)) == []


def test_what_is_not_watched_is_not_looked_at_unless_its_feed_says_otherwise() -> None:
    now = SEEN + timedelta(days=3)
    assert due_visits([candidate(watched=False)], now) == []
    assert due_visits([candidate(watched=False, listed_at=now)], now) == ["a"]


def test_a_feed_that_keeps_changing_an_item_brings_one_look_a_day() -> None:
    listed = candidate(visited=50, watched=False, listed_at=SEEN + timedelta(hours=51))
    assert due_visits([listed], SEEN + timedelta(hours=51)) == []
    assert due_visits([listed], SEEN + timedelta(hours=50) + ASKED_AGAIN) == ["a"]


def test_a_feed_with_the_whole_text_is_believed_once_a_day_and_its_page_is_not_asked_for() -> None:
    whole = candidate(watched=True, whole=True)
    assert due_visits([whole], LATER) == []
    reworded = replace(whole, listed_at=LATER)
    assert due_visits([reworded], LATER) == ["a"]
    again = replace(reworded, visited_at=LATER)
    assert due_visits([again], LATER + ASKED_AGAIN / 2) == []
    assert due_visits([again], LATER + ASKED_AGAIN) == ["a"]


def test_an_entry_whose_feed_changed_it_late_is_due_and_its_page_is_not_asked_for() -> None:
    late = SEEN + NO_LOOK + timedelta(hours=1)
    assert due_visits([candidate(watched=False, listed_at=late)], late) == ["a"]
    assert not asks_for_page(kept(), late)
    assert asks_for_page(kept(), SEEN + NO_LOOK)
    assert not asks_for_page(kept(full_text=True), LATER)


def test_a_run_looks_at_so_many_pages_and_those_due_for_longest_go_first() -> None:
    many = [Candidate(f"{n:03}", SEEN - timedelta(minutes=n), None, watched=True) for n in range(MAX_PAGES + 9)]
    due = due_visits(many, LATER)
    assert due == sorted(due, reverse=True)
    assert (len(due), due[0]) == (MAX_PAGES, "208")


def page(*paragraphs: str, reason: str | None = None) -> Page:
    return Page("https://news.example/ferry", "Another title", "\n\n".join(paragraphs), Published(), None, "en", reason)


def kept(*paragraphs: str, summary: str | None = "A ferry ran aground.", **more: object) -> Kept:
    made = article(*paragraphs)
    told = Entry("e", "https://news.example/feed", "g", made.url, made.title, summary, Published(), SEEN)
    told = replace(told, state=EntryState.STORED, article_id="a")
    return Kept(made, replace(told, **more))  # type: ignore[arg-type]


def test_a_look_at_a_changed_page_gives_the_text_of_the_page_and_the_headline_of_the_feed() -> None:
    seen = seen_again(kept(), page(*REPORT, STATEMENTS[0]), LATER)
    assert seen.article == replace(article(), text="\n\n".join([*REPORT, STATEMENTS[0]]))
    assert seen.revision is not None
    assert (seen.revision.number, seen.revision.added) == (1, (STATEMENTS[0],))
    third = seen_again(replace(kept(), revisions=2), page(*REPORT, STATEMENTS[0]), LATER).revision
    assert third is not None
    assert third.number == 3


@pytest.mark.parametrize("found", [None, page(), page(*REPORT), page(STATEMENTS[0], reason="paywall")])
def test_a_look_that_brought_nothing_new_changes_nothing(found: Page | None) -> None:
    assert seen_again(kept(), found, LATER) == Outcome()


def test_a_page_that_could_not_be_read_before_gives_its_text_without_a_revision() -> None:
    words_of_feed = kept(REPORT[0], summary=REPORT[0])
    seen = seen_again(words_of_feed, page(*REPORT), LATER)
    assert seen.revision is None
    assert seen.article is not None
    assert seen.article.text == "\n\n".join(REPORT)
    assert seen_again(words_of_feed, page("Too little."), LATER) == Outcome()


def test_a_page_that_tells_of_something_else_is_not_taken_at_a_look() -> None:
    told = " ".join(REPORT)
    seeds = "Gardeners exchanged seeds, bulbs and cuttings under the lime tree in week"
    strange = page(*(f"{seeds} {n}." for n in range(9)))
    assert seen_again(kept(told, summary=told), strange, LATER) == Outcome()


def test_a_feed_with_the_whole_text_is_the_text_and_its_page_is_not() -> None:
    text = "\n\n".join([*REPORT, STATEMENTS[0]])
    seen = seen_again(kept(summary=text, full_text=True), page(STATEMENTS[3]), LATER)
    assert seen.article == replace(article(), text=text)


def test_a_headline_that_the_feed_changed_is_a_revision_also_where_the_page_says_the_same() -> None:
    seen = seen_again(kept(title="Ferry freed off Belm"), None, LATER)
    assert seen.article == article(title="Ferry freed off Belm")
    assert seen.revision is not None
    assert seen.revision.title == "Ferry runs aground off Belm"


@pytest.mark.parametrize(
    "sentence", ['"We regret the error," the ministry said.', "„Wir haben den Fehler korrigiert“, sagte der Minister."]
)
def test_an_error_that_somebody_quoted_speaks_of_is_no_correction(sentence: str) -> None:
    assert not says_so(sentence)
