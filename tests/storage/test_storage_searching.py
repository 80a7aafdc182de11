"""The index of words and meanings: what is found is what the stored texts say, however they came to be stored."""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage_makers import MODEL, NOTHING, NOW, RUN, analysis, article, entry, keep, rows_of, sql, stored, vectors

from storage import wordindex
from storage.searching import Searcher, searching
from storage.snapshot import snapshot_path
from storage.store import Store
from storage.wordsql import words
from storywire.errors import InputError, ModelError
from storywire.nouns import Definition, Published, Storyline
from storywire.searching import Filters, Question, question

ANY = Filters()
TITLES = (
    "Dockers strike at Rotterdam",
    "Truce talks in Aleppo",
    "Strikes hit Aleppo’s hospitals",
    "阿勒颇停火谈判",
    "Grèves à São Paulo",
    "Der Haushalt steht",
    "U.S. envoy meets al-Qaeda’s rivals",
)


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few texts fill several pieces, and pieces become a whole."""
    monkeypatch.setattr(wordindex, "PIECE", 4)
    monkeypatch.setattr(wordindex, "WHOLE", 8)


@pytest.fixture
def library(store: Store) -> Iterator[Searcher]:
    keep(store, [article(n, title=title, text="No more is known.") for n, title in enumerate(TITLES)])
    store.publish()
    with searching(store.home) as searcher:
        yield searcher


def titles(searcher: Searcher, said: str, filters: Filters = ANY) -> list[str]:
    return [hit.title for hit in searcher.hits(list(searcher.by_words(question(said), filters, 50)))]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("strike", {TITLES[0], TITLES[2]}),
        ("STRIKES", {TITLES[0], TITLES[2]}),
        ("greve", {TITLES[4]}),
        ("sao", {TITLES[4]}),
        ("停火", {TITLES[3]}),
        ("haushalt", {TITLES[5]}),
        ("aleppo -strike", {TITLES[1]}),
        ('"talks in aleppo"', {TITLES[1]}),
        ('"aleppo talks"', set()),
        ('"ruce talks"', set()),
        ('"勒颇停火"', {TITLES[3]}),
        ('"strikes hit" "aleppo s hospitals"', {TITLES[2]}),
        ("US envoy", {TITLES[6]}),
        ("u.s.", {TITLES[6]}),
        ("at envoy hit -al-aleppo", {TITLES[0], TITLES[2], TITLES[6]}),
        ("at envoy hit -al-qaeda", {TITLES[0], TITLES[2]}),
        ("ale\u00adppo", {TITLES[1], TITLES[2]}),
        ('"rivals no more"', set()),
        ("xyzzy", set()),
    ],
)
def test_words_are_found_in_any_script_case_accent_and_number(library: Searcher, said: str, found: set[str]) -> None:
    assert set(titles(library, said)) == found


def test_the_more_and_rarer_words_a_text_has_the_better_it_is(library: Searcher) -> None:
    assert titles(library, "aleppo strikes")[0] == TITLES[2]
    assert titles(library, "known rotterdam")[0] == TITLES[0]


HOSTILE = [
    "'; DROP TABLE private.article; --",
    "%",
    "_",
    "a%' OR '1'='1",
    "\\' OR 1=1 --",
    "$1 $sentence ?",
    "FILTERS",
    "{} {0} %s",
    "aleppo\x00talks",
    '"" "*"',
    "((((((",
    "[\\p{L}",
    "\u202ealeppo\u202c",
    "x'||(select 1)||'",
]


@pytest.mark.parametrize("said", HOSTILE)
def test_h79_words_are_never_sql_patterns_or_templates(library: Searcher, said: str) -> None:
    try:
        asked = question(said)
    except InputError:
        return
    for filters in (ANY, Filters(publisher=said, language=said, storyline_id=said)):
        assert set(library.by_words(asked, filters, 9)) <= set(library.by_words(question("known " + said), ANY, 9))
        library.by_meaning(vectors(1)[0], asked, filters, 9, -1.0)
    library.named(said, 9)
    library.hits([said])
    assert titles(library, "aleppo")


def test_h79_a_percent_sign_or_underscore_stands_for_nothing_else(library: Searcher) -> None:
    assert not library.by_words(question("known"), Filters(publisher="P%"), 9)
    assert not library.by_words(question("known"), Filters(publisher="Publishe_ 1"), 9)
    assert library.by_words(question("known"), Filters(publisher="publisher 1"), 9)


def test_h79_ten_thousand_words_are_too_many_and_many_count_in_part(library: Searcher) -> None:
    with pytest.raises(InputError, match=r"may have 1000 characters, and this has"):
        question(" OR ".join(f"w{n}" for n in range(10_000)))
    assert titles(library, "aleppo " + " ".join(f"w{n}" for n in range(200)))


def test_filters_are_by_time_publisher_language_and_storyline(store: Store) -> None:
    old = Published(datetime(2020, 1, 1, tzinfo=UTC))
    made = [article(0, publisher="Agence Libre"), article(1, published=old), article(2, language="fr")]
    keep(store, made)
    store.publish()
    day = timedelta(days=1)
    with searching(store.home) as searcher:

        def found(**asked: object) -> set[int]:
            ids = searcher.by_words(question("aleppo"), Filters(**asked), 9)  # type: ignore[arg-type]
            near = searcher.by_meaning(vectors(1)[0], question("x"), Filters(**asked), 9, -1.0)  # type: ignore[arg-type]
            assert set(ids) == set(near)
            return {n for n, each in enumerate(made) if each.article_id in ids}

        assert found() == {0, 1, 2}
        assert found(publisher="AGENCE") == {0}
        assert found(language="FR") == {2}
        assert found(until=old.at + day) == {1}  # type: ignore[operator]
        assert found(since=old.at + day) == {0, 2}  # type: ignore[operator]
        assert found(since=old.at, until=old.at) == set()
        assert found(storyline_id=searcher.storyline_id("aleppo")) == {0, 1, 2}
        assert found(storyline_id="other") == set()


def test_a_copy_is_found_by_its_own_words_and_by_what_it_repeats(store: Store) -> None:
    kept, copy = article(1), article(2, publisher="Copyist", title="Zeppelin")
    store.save_collected([stored(1), (stored(2)[0], copy)], RUN)
    judged = analysis([kept], [(copy, kept)])
    store.save_analysis(judged, NOTHING, rows_of([kept]), MODEL, [], RUN, NOW)
    store.publish()
    with searching(store.home) as searcher:
        assert [*searcher.by_words(question("zeppelin"), ANY, 9)] == [copy.article_id]
        near = searcher.by_meaning(
            rows_of([kept])[kept.article_id], question("x"), Filters(publisher="copyist"), 9, 0.9
        )
        assert [*near] == [copy.article_id]
        [hit] = searcher.hits([copy.article_id])
        assert (hit.kept_id, hit.copies, hit.storyline) == (kept.article_id, 1, "Aleppo")


def test_copies_never_take_the_place_of_other_reports(store: Store) -> None:
    kept, other, copies = article(1), article(2), [article(n) for n in range(10, 40)]
    store.save_collected([(entry(n), each) for n, each in enumerate([kept, other, *copies])], RUN)
    judged = analysis([kept, other], [(copy, kept) for copy in copies])
    store.save_analysis(judged, NOTHING, rows_of([kept, other]), MODEL, [], RUN, NOW)
    store.publish()
    with searching(store.home) as searcher:
        assert {*searcher.by_words(question("aleppo"), ANY, 2)} == {kept.article_id, other.article_id}
        assert {*searcher.by_meaning(vectors(1)[0], question("x"), ANY, 2, -1.0)} == {kept.article_id, other.article_id}
        assert len(searcher.by_words(question("aleppo"), Filters(publisher="publisher 0"), 9)) == 1


def test_meaning_finds_the_nearest_vectors_with_their_cosines_and_none_too_far(store: Store) -> None:
    made = [article(n) for n in range(60)]
    rows = vectors(60, dimensions=384, seed=3)
    store.save_collected([(entry(n), each) for n, each in enumerate(made)], RUN)
    by_id = {each.article_id: row for each, row in zip(made, rows, strict=True)}
    store.save_analysis(analysis(made), NOTHING, by_id, MODEL, [], RUN, NOW)
    store.publish()
    asked = vectors(1, dimensions=384, seed=9)[0]
    cosines = {each: float(row @ asked) for each, row in by_id.items()}
    best = sorted((i for i in cosines if cosines[i] >= 0.02), key=lambda i: -cosines[i])
    with searching(store.home) as searcher:
        found = searcher.by_meaning(asked, question("x"), ANY, 100, 0.02)
        assert [*found] == best
        assert found == pytest.approx({i: cosines[i] for i in best}, abs=1e-5)
        searcher.require_model(MODEL)
        with pytest.raises(ModelError, match=r"by mini, and this is other.*--by words"):
            searcher.require_model(("other", "abc"))


def bm25(texts: Sequence[tuple[str, str]], asked: str, con: duckdb.DuckDBPyConnection) -> dict[int, float]:
    """The formula, word by word, in plain Python."""

    def taken(text: str) -> list[str]:
        found: list[str] = con.execute(f"SELECT {words('?')}", [text]).fetchall()[0][0]
        return found

    counts = [Counter(taken(f"{title} {title} {title} {text}")) for title, text in texts]
    scores: Counter[int] = Counter()
    for word in set(taken(asked)):
        having = [n for n, count in enumerate(counts) if count[word]]
        idf = math.log(1 + (len(texts) - len(having) + 0.5) / (len(having) + 0.5))
        for n in having:
            tf, length = counts[n][word], counts[n].total()
            weight = max(1, math.floor(255 * tf / (tf + 1.2 * (0.25 + 0.75 * length / 400)) + 0.5))
            scores[n] += weight * idf / 255
    return scores


VOCABULARY = ["aleppo", "truce", "bus", "Strikes", "strike", "停火谈判", "São", "2012", "a"]
TEXTS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=30).map(" ".join)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20), asked=TEXTS, seed=st.integers(0, 99))
def test_scores_are_those_of_bm25_in_whatever_pieces_texts_came(
    texts: list[tuple[str, str]], asked: str, seed: int, tmp_path_factory: pytest.TempPathFactory, small_pieces: None
) -> None:
    store, rng = Store(tmp_path_factory.mktemp("home")), random.Random(seed)
    made = [article(n, title=title, text=text) for n, (title, text) in enumerate(texts)]
    for n, each in enumerate(made):
        store.save_collected([(entry(n), each)], RUN)
        if rng.random() < 0.5:
            store.index()
    store.publish()
    with searching(store.home) as searcher, duckdb.connect() as con:
        found = searcher.by_words(Question(asked), ANY, 100)
        expected = bm25(texts, asked, con)
        assert found == pytest.approx({made[n].article_id: score for n, score in expected.items()})
        assert [*found.values()] == sorted(found.values(), reverse=True)


def postings(store: Store) -> list[tuple[object, ...]]:
    query = "SELECT article_id, term, weight FROM private.posting JOIN private.article USING (doc) ORDER BY ALL"
    return sql(store, query)


def test_a_changed_text_is_found_by_what_it_says_now_and_by_nothing_else(store: Store, small_pieces: None) -> None:
    made = [article(n) for n in range(6)]
    keep(store, made)
    store.publish()
    changed = replace(made[2], title="Zeppelin", text="Nothing else.")
    store.replace_texts([changed], rows_of([changed], seed=5), MODEL)
    store.publish()
    with searching(store.home) as searcher:
        assert titles(searcher, "zeppelin") == ["Zeppelin"]
        assert len(titles(searcher, "aleppo")) == 5
        near = searcher.by_meaning(rows_of([changed], seed=5)[changed.article_id], question("x"), ANY, 1, 0.99)
        assert [*near] == [changed.article_id]
    anew = Store(store.home.with_name("anew"))
    keep(anew, [changed if each.article_id == changed.article_id else each for each in made])
    anew.publish()
    assert postings(anew) == postings(store)


def test_texts_that_were_rewritten_often_count_once(store: Store, small_pieces: None) -> None:
    made = [article(n, title=title, text="") for n, title in enumerate(TITLES)]
    keep(store, made)
    store.publish()
    with searching(store.home) as searcher:
        before = searcher.by_words(question("aleppo talks strikes"), ANY, 9)
    for _ in range(3):
        store.replace_texts(made, rows_of(made), MODEL)
        store.publish()
    with searching(store.home) as searcher:
        assert searcher.by_words(question("aleppo talks strikes"), ANY, 9) == before
    assert sql(store, "SELECT count(*) FROM private.posting ANTI JOIN private.article USING (doc)") == [(0,)]


def test_a_removed_article_leaves_no_word_in_the_index(store: Store, small_pieces: None) -> None:
    made = [article(n) for n in range(6)]
    keep(store, made)
    store.publish()
    assert store.delete_article(made[1].article_id) == 1
    store.publish()
    assert sql(store, "SELECT count(*) FROM private.posting ANTI JOIN private.article USING (doc)") == [(0,)]
    with searching(store.home) as searcher:
        assert made[1].title not in titles(searcher, "title")
    with duckdb.connect(str(snapshot_path(store.home)), read_only=True) as con:
        assert len(con.execute("FROM search('aleppo')").fetchall()) == 5


def test_numbers_are_never_given_twice(store: Store, small_pieces: None) -> None:
    keep(store, [article(n) for n in range(3)])
    store.index()
    store.delete_article(article(2).article_id)
    store.save_collected([stored(7)], RUN)
    store.index()
    assert sql(store, "SELECT doc FROM private.article ORDER BY doc") == [(0,), (1,), (3,)]


def test_complete_pieces_lie_in_order_of_words(store: Store, small_pieces: None) -> None:
    for n in range(13):
        store.save_collected([stored(n)], RUN)
        store.index()
    for first, end in ((0, 8), (8, 12)):
        rows = sql(store, f"SELECT term, doc FROM private.posting WHERE doc >= {first} AND doc < {end} ORDER BY rowid")
        assert rows == sorted(rows)


def test_what_is_indexed_is_not_indexed_again_and_progress_is_told(store: Store, small_pieces: None) -> None:
    keep(store, [article(n) for n in range(9)])
    told: list[float] = []

    @contextmanager
    def stage(name: str, total: int) -> Iterator[Callable[[float], None]]:
        told.append(-total)
        yield told.append

    store.publish(stage)
    assert told == [-9, 4, 4, 1]
    assert store.index() == 0


def test_a_new_model_gives_all_meanings_anew(store: Store) -> None:
    made = [article(n) for n in range(3)]
    keep(store, made)
    store.publish()
    before = sql(store, "SELECT signs0 FROM private.article ORDER BY article_id")
    new = vectors(3, dimensions=12, seed=8)
    model = ("other", "def")
    ids = [each.article_id for each in store.to_reembed(model, 9)]
    store.save_reembedded(model, ids, new)
    assert store.swap_vectors(model)
    store.publish()
    assert sql(store, "SELECT signs0 FROM private.article ORDER BY article_id") != before
    with searching(store.home) as searcher:
        assert [*searcher.by_meaning(new[1], question("x"), ANY, 1, 0.99)] == [ids[1]]


def test_plain_sql_finds_what_the_command_finds(store: Store) -> None:
    keep(store, [article(n, title=title, text="No more is known.") for n, title in enumerate(TITLES)])
    store.publish()
    with searching(store.home) as searcher:
        ids = [*searcher.by_words(question("aleppo strikes"), ANY, 9)]
    with duckdb.connect(str(snapshot_path(store.home)), read_only=True) as con:
        rows = con.execute("SELECT article_id, storyline FROM search('aleppo strikes')").fetchall()
        assert rows == [(each, "Aleppo") for each in ids]
        alike = con.execute("SELECT article_id, cosine FROM more_like(?)", [ids[0][:8]]).fetchall()
        assert con.execute("FROM search(?)", [HOSTILE[0]]).fetchall() == []
    by_id = rows_of([article(n) for n in range(len(TITLES))])
    own = by_id.pop(ids[0])
    assert dict(alike) == pytest.approx({each: float(np.dot(row, own)) for each, row in by_id.items()}, abs=1e-5)
    assert [cosine for _, cosine in alike] == sorted((cosine for _, cosine in alike), reverse=True)


def test_a_snapshot_of_nothing_answers_with_nothing(store: Store) -> None:
    store.publish()
    with searching(store.home) as searcher:
        assert titles(searcher, "aleppo") == []
        assert searcher.by_meaning(vectors(1)[0], question("x"), ANY, 9, 0.0) == {}
        assert (searcher.named("x", 5), searcher.hits([]), searcher.places([])) == ({}, [], {})


def test_without_a_snapshot_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="run `storywire run` first"), searching(tmp_path):
        pass


def test_a_storyline_is_found_by_the_name_that_a_person_gave_it(store: Store) -> None:
    keep(store, [article(1)], storyline=Storyline("aleppo", "Aleppo", False, NOW))
    store.define([Definition("aleppo", "Aleppo", ())], NOW)
    keep(store, [article(2)], storyline=Storyline("s2", "Aleppo buses", False, NOW))
    store.publish()
    with searching(store.home) as searcher:
        assert [*searcher.named("ALEPPO", 5).values()] == ["Aleppo"]
        assert searcher.named("aleppo siege", 5) == {}
