"""Laws of looks and revisions in the database: what is due, what is saved together, what is never left."""

from dataclasses import replace
from datetime import timedelta

import pytest
from storage_makers import MODEL, NOW, RUN, analysis, article, dump, entry, feed, keep, rows_of, sql, stored

from storage.explanations import explanation
from storage.store import Store
from storywire.nouns import Article, Entry, EntryState, Revision, Storyline
from storywire.visits import Candidate, Kept, Outcome, Visit
from storywire.watches import Watch

LATER = NOW + timedelta(hours=1)
SINCE = NOW - timedelta(days=1)
WORD = "Unmistakableword"


def watch(storyline_id: str | None = None) -> Watch:
    return Watch(f"w-{storyline_id}", f"w-{storyline_id}", "file:alerts.jsonl", NOW, storyline_id)


def kept_in(store: Store, *numbers: int, storyline: str = "s1", text: str = "") -> list[Article]:
    """Articles that became what they are from entries of their own, all in one storyline."""
    store.save_polls([(feed(), [entry(n) for n in numbers])], RUN)
    made = [stored(n) for n in numbers]
    made = [(e, replace(a, text=text or a.text)) for e, a in made]
    store.save_collected(made, RUN)
    articles = [a for _, a in made]
    verdicts = analysis(articles, storyline=Storyline(storyline, storyline, False, NOW))
    store.save_analysis(verdicts, store.past(NOW), rows_of(articles), MODEL, [], RUN, NOW)
    return articles


@pytest.fixture
def home(store: Store) -> Store:
    store.add_feeds([feed()])
    return store


def changed(before: Article, text: str, number: int = 1) -> Outcome:
    came, went = (text,), (before.text,)
    made = Revision(before.article_id, number, LATER, before.title, before.text, came, went, correction=True)
    return Outcome(replace(before, text=text), made)


def look(store: Store, before: Article, outcome: Outcome, at: object = LATER, **more: object) -> None:
    [known] = store.kept([before.article_id])
    visit = Visit(before.article_id, at, **more)  # type: ignore[arg-type]
    store.save_look(known, visit, outcome, rows_of([before], seed=9), MODEL, RUN)


def test_candidates_are_the_kept_articles_of_watched_storylines(home: Store) -> None:
    [one], [other] = kept_in(home, 1), kept_in(home, 2, storyline="s2")
    assert home.candidates(SINCE) == []
    home.add_watch(watch("s2"))
    assert home.candidates(SINCE) == [Candidate(other.article_id, other.first_seen_at, None, watched=True)]
    home.add_watch(watch())
    assert {c.article_id for c in home.candidates(SINCE)} == {one.article_id, other.article_id}
    assert home.candidates(NOW + timedelta(minutes=1)) == []


def test_a_copy_a_seed_and_what_has_no_address_or_no_verdict_are_no_candidates(home: Store) -> None:
    home.add_watch(watch())
    [kept] = kept_in(home, 1)
    seed, bare = entry(3, None, full_text=True), entry(4, url=None)
    home.add_entries([seed, bare], RUN)
    made = [stored(2), (replace(seed, state=EntryState.STORED, article_id=article(3).article_id), article(3))]
    made += [(replace(bare, state=EntryState.STORED, article_id="bare"), article(4, article_id="bare", url=None))]
    home.save_collected([*made, stored(5)], RUN)
    rest = analysis([article(3), article(4, article_id="bare", url=None)], [(article(2), kept)])
    home.save_analysis(rest, home.past(NOW), rows_of([article(3), article(4, article_id="bare")]), MODEL, [], RUN, NOW)
    assert [c.article_id for c in home.candidates(SINCE)] == [kept.article_id]


def test_what_is_known_before_a_look_is_the_article_its_entry_and_the_last_look(home: Store) -> None:
    [first, second] = kept_in(home, 1, 2)
    assert home.kept([second.article_id, "none", first.article_id]) == [
        Kept(second, stored(2)[0]),
        Kept(first, stored(1)[0]),
    ]
    look(home, first, changed(first, "Another text."), etag='W/"1"', last_modified="Sun, 03 May 2026 10:00:00 GMT")
    [known] = home.kept([first.article_id])
    assert known.visit == Visit(first.article_id, LATER, 'W/"1"', "Sun, 03 May 2026 10:00:00 GMT")
    assert (known.revisions, known.article.text) == (1, "Another text.")


def test_a_look_saves_the_visit_the_version_the_text_and_what_it_is_compared_by(home: Store) -> None:
    [before] = kept_in(home, 1)
    home.add_watch(watch())
    look(home, before, changed(before, "Another text about the ferry."))
    [candidate] = home.candidates(SINCE)
    assert candidate.visited_at == LATER
    assert home.articles_of([before.article_id]) == [replace(before, text="Another text about the ferry.")]
    [past] = home.past(NOW).kept
    assert past.article_id == before.article_id
    assert home.past(NOW).vectors[0] == pytest.approx(rows_of([before], seed=9)[before.article_id])
    look(home, home.articles_of([before.article_id])[0], Outcome(), LATER + timedelta(days=1))
    assert sql(home, "SELECT visits FROM private.visit") == [(2,)]
    assert [c.visited_at for c in home.candidates(SINCE)] == [LATER + timedelta(days=1)]
    home.publish()
    assert explanation(home.home, before.article_id).revisions == (
        changed(before, "Another text about the ferry.").revision,
    )


def test_the_public_view_has_each_version_that_was_replaced(home: Store) -> None:
    [before] = kept_in(home, 1)
    look(home, before, changed(before, "Another text."))
    [now] = home.articles_of([before.article_id])
    look(home, now, changed(now, "A third text.", 2))
    found = sql(
        home, "SELECT article_id, number, title, text, added, removed, correction FROM revisions ORDER BY number"
    )
    assert found == [
        (before.article_id, 1, before.title, before.text, ["Another text."], [before.text], True),
        (before.article_id, 2, before.title, "Another text.", ["A third text."], ["Another text."], True),
    ]
    assert sql(home, "SELECT text FROM articles") == [("A third text.",)]


def test_a_look_that_is_saved_twice_leaves_one_version(home: Store) -> None:
    [before] = kept_in(home, 1)
    [known] = home.kept([before.article_id])
    visit, outcome = Visit(before.article_id, LATER), changed(before, "Another text.")
    home.save_look(known, visit, outcome, rows_of([before]), MODEL, RUN)
    home.save_look(known, visit, outcome, rows_of([before]), MODEL, RUN)
    assert sql(home, "SELECT number, text FROM revisions") == [(1, before.text)]


def test_nothing_of_a_look_is_saved_if_a_part_of_it_cannot_be(home: Store) -> None:
    [before] = kept_in(home, 1)
    [known] = home.kept([before.article_id])
    there = dump(home)
    with pytest.raises(KeyError):
        home.save_look(known, Visit(before.article_id, LATER), changed(before, "Another text."), {}, MODEL, RUN)
    assert dump(home) == there


def test_a_look_at_an_article_that_a_person_removed_meanwhile_leaves_nothing(home: Store) -> None:
    [before] = kept_in(home, 1)
    [known] = home.kept([before.article_id])
    home.delete_article(before.article_id)
    there = dump(home)
    home.save_look(known, Visit(before.article_id, LATER), changed(before, WORD), rows_of([before]), MODEL, RUN)
    assert dump(home) == there


def test_no_word_of_an_old_text_is_left_when_its_article_is_removed(home: Store) -> None:
    [before] = kept_in(home, 1, text=f"{WORD} " * 50)
    look(home, before, changed(before, "Another text about the ferry."))
    home.publish()
    assert WORD in str(dump(home)["revision"])
    home.delete_article(before.article_id)
    home.publish()
    assert WORD not in str(dump(home))
    assert dump(home)["visit"] == dump(home)["revision"] == []
    for path in home.home.rglob("*"):
        assert not path.is_file() or WORD.encode() not in path.read_bytes()


SUMMARY = "The ferry Ostra ran aground off Belm on Sunday night with 84 people on board."


def listed(n: int, at: object = NOW, **changes: object) -> Entry:
    values = {"title": f"Ferry aground off Belm, part {n}", "summary": SUMMARY, "first_seen_at": at} | changes
    return entry(n, **values)


@pytest.fixture
def told(home: Store) -> Article:
    """An unwatched article whose entry is in the feed."""
    home.save_polls([(feed(), [listed(1)])], RUN)
    made = article(1, title="Ferry aground off Belm, part 1")
    home.save_collected([(replace(listed(1), state=EntryState.STORED, article_id=made.article_id), made)], RUN)
    return made


def test_an_entry_that_is_listed_with_other_words_makes_its_article_a_candidate(home: Store, told: Article) -> None:
    assert home.save_polls([(feed(), [listed(1, LATER, summary=SUMMARY.replace("84", "86"))])], RUN) == 0
    assert home.candidates(SINCE) == [
        Candidate(told.article_id, told.first_seen_at, None, watched=False, listed_at=LATER, whole=False)
    ]
    [known] = home.kept([told.article_id])
    assert known.entry.summary == SUMMARY.replace("84", "86")
    look(home, told, Outcome())
    assert home.candidates(SINCE) == []


def test_an_entry_with_a_whole_text_that_changed_says_so(home: Store) -> None:
    home.save_polls([(feed(), [listed(1, full_text=True)])], RUN)
    settled = replace(listed(1, full_text=True), state=EntryState.STORED, article_id=article(1).article_id)
    home.save_collected([(settled, article(1))], RUN)
    home.save_polls([(feed(), [listed(1, LATER, full_text=True, summary=SUMMARY.replace("84", "86"))])], RUN)
    [candidate] = home.candidates(SINCE)
    assert (candidate.whole, candidate.listed_at) == (True, LATER)


@pytest.mark.parametrize(
    "again",
    [
        listed(1, LATER),
        listed(1, LATER, summary=SUMMARY.replace(" ", "  ").upper()),
        listed(1, LATER, summary=None, title=None),
        listed(1, LATER, summary="Prices of cod rose again in the first week of the season.", title="Cod rises"),
    ],
    ids=["the same", "typography", "nothing", "another item under the same id"],
)
def test_an_entry_that_says_the_same_or_something_else_altogether_stays(
    home: Store, told: Article, again: Entry
) -> None:
    there = dump(home)
    home.save_polls([(feed(), [again])], RUN)
    assert dump(home)["entry"] == there["entry"]
    assert home.candidates(SINCE) == []


def test_a_removed_article_is_not_listed_anew(home: Store, told: Article) -> None:
    home.delete_article(told.article_id)
    home.save_polls([(feed(), [listed(1, LATER, summary=SUMMARY.replace("84", WORD))])], RUN)
    assert home.candidates(SINCE) == []
    assert WORD not in str(dump(home))


def test_articles_without_an_entry_are_not_looked_at(home: Store) -> None:
    home.add_watch(watch())
    keep(home, [article(7)])
    assert home.candidates(SINCE) == []
