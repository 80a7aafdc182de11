import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from storage_makers import MODEL, NOTHING, NOW, RUN, analysis, article, dump, entry, feed, rows_of, sql

from storage.explanations import explanation
from storage.pruning import Pruned
from storage.store import Store
from storywire import identity
from storywire.analyse import Analyst
from storywire.fetched import Fetched
from storywire.nouns import Article, Definition, DuplicateKind, Entry, EntryState, Revision
from storywire.parameters import Parameters
from storywire.past import Core
from storywire.visits import Outcome, Visit
from tests.published import query

OLD, RECENT = NOW - timedelta(days=200), NOW - timedelta(days=5)
KEEP, WINDOW = timedelta(days=180), timedelta(days=30)
SYLLABLES = [f"{a}{b}" for a in "bdfgklmnprst" for b in ("ara", "eno", "ilu", "omi", "uke")]


def report(n: int, at: datetime = OLD, **changes: object) -> Article:
    """A report of some 200 words of its own."""
    words = " ".join(random.Random(n).choices(SYLLABLES, k=200))
    return article(n, first_seen_at=at + timedelta(seconds=n), text=f"Report {n}. {words}.", **changes)


def entry_of(made: Article, n: int, **changes: object) -> Entry:
    values = {
        "state": EntryState.STORED,
        "article_id": made.article_id,
        "first_seen_at": made.first_seen_at,
        "url": made.url,
    } | changes
    return replace(entry(n), **values)  # type: ignore[arg-type]


def keep(store: Store, kept: list[Article], copies: Sequence[tuple[Article, Article]] = (), **options: object) -> None:
    every = [*kept, *(copy for copy, _ in copies)]
    store.add_feeds([feed()])
    store.save_collected([(entry_of(a, n), a) for n, a in enumerate(every)], RUN)
    made = analysis(kept, copies, **options)  # type: ignore[arg-type]
    store.save_analysis(made, NOTHING, rows_of(every), MODEL, [], RUN, NOW)


def pruned(store: Store, dry_run: bool = False) -> Pruned:
    return store.prune(NOW - KEEP, NOW - WINDOW, NOW, dry_run=dry_run)


def texts(store: Store) -> dict[str, str]:
    return dict(sql(store, "SELECT article_id, text FROM private.article"))


def test_texts_go_and_all_else_of_an_old_article_stays(store: Store) -> None:
    old, copy, young = report(1), report(2), report(3, RECENT)
    keep(store, [old, young], [(copy, old)])
    before = dump(store)
    done = pruned(store)
    assert (done.articles, done.revisions, done.summaries) == (2, 0, 2)
    assert texts(store) == {old.article_id: "", copy.article_id: "", young.article_id: young.text}
    rest = "article_id, url, title, publisher, published_at, first_seen_at, language, author, doc"
    for table in set(before) - {"article", "entry"}:
        assert dump(store)[table] == before[table], table
    assert sql(store, f"SELECT {rest} FROM private.article ORDER BY 1")
    assert sql(store, "SELECT count(*) FROM private.article WHERE pruned_at = ?", NOW.replace(tzinfo=None)) == [(2,)]


def test_pruning_twice_is_pruning_once(store: Store) -> None:
    keep(store, [report(1), report(2)])
    pruned(store)
    before = dump(store)
    again = store.prune(NOW - KEEP, NOW - WINDOW, NOW + timedelta(hours=1))
    assert (again.articles, again.summaries, again.words) == (0, 0, 0)
    assert dump(store) == before


def test_a_dry_run_counts_the_same_and_changes_nothing(store: Store) -> None:
    keep(store, [report(1), report(2)])
    before = dump(store)
    said = pruned(store, dry_run=True)
    assert dump(store) == before
    done = pruned(store)
    assert (said.articles, said.summaries, said.words) == (done.articles, done.summaries, done.words)
    assert (said.articles, said.summaries) == (2, 2)
    assert said.words > 2000


def test_seeds_and_what_speaks_for_them_keep_their_texts(store: Store) -> None:
    seed, speaker, repeated, other = report(1), report(2), report(3), report(4)
    store.define([Definition("aleppo", "Aleppo", (seed.article_id, repeated.article_id))], OLD)
    keep(store, [seed, speaker, other], [(repeated, speaker)])
    assert pruned(store).articles == 1
    assert [i for i, text in texts(store).items() if not text] == [other.article_id]


def test_the_core_of_a_storyline_that_is_alive_keeps_its_texts_and_that_of_a_dormant_one_does_not(store: Store) -> None:
    old, young = report(1), report(2, RECENT)
    line = identity.automatic_storyline_id(old.article_id)
    keep(store, [old, young], cores=[Core(line, (old.article_id,), np.zeros(0, np.uint32))])
    assert pruned(store).articles == 0
    later = NOW + timedelta(days=60)
    assert store.prune(later - KEEP, later - WINDOW, later).articles == 1


def test_an_article_without_a_verdict_and_a_pending_entry_are_left_alone(store: Store) -> None:
    made, waiting = report(1), replace(entry(7), first_seen_at=OLD)
    store.add_feeds([feed()])
    store.save_polls([(feed(), [waiting])], RUN)
    store.save_collected([(entry_of(made, 1), made)], RUN)
    before = dump(store)
    assert pruned(store).articles == 0
    assert dump(store) == before
    assert [a.text for a in store.unanalysed(9)] == [made.text]
    assert store.pending_entries(NOW)[0].summary == waiting.summary


def test_an_entry_that_its_feed_words_otherwise_after_pruning_makes_no_revision(store: Store) -> None:
    made = report(1)
    keep(store, [made])
    pruned(store)
    before = dump(store)
    said = "Quite other words than those before, many of them, in full sentences, as feeds do."
    again = replace(entry_of(made, 0), state=EntryState.PENDING, article_id=None, summary=said)
    assert store.save_polls([(feed(), [again])], RUN) == 0
    assert store.candidates(NOW - timedelta(days=9999)) == []
    assert {t: r for t, r in dump(store).items() if t != "feed"} == {t: r for t, r in before.items() if t != "feed"}


def test_a_look_or_a_reading_under_way_does_not_bring_the_text_back(store: Store) -> None:
    made = report(1)
    keep(store, [made])
    [kept] = store.kept([made.article_id])
    pruned(store)
    now = replace(made, text="Something new was said. " * 20)
    change = Revision(made.article_id, 1, NOW, made.title, made.text, ("new",), ("old",), False)
    vectors = rows_of([made])
    assert not store.save_look(kept, Visit(made.article_id, NOW), Outcome(now, change), vectors, MODEL, RUN)
    store.replace_texts([now], vectors, MODEL)
    assert texts(store) == {made.article_id: ""}
    assert sql(store, "SELECT count(*) FROM private.revision") == [(0,)]
    assert store.told_by([made.url or ""]) == []


def test_old_versions_lose_their_words_and_keep_their_place(store: Store) -> None:
    made = report(1)
    keep(store, [made])
    [kept] = store.kept([made.article_id])
    change = Revision(made.article_id, 1, OLD, made.title, made.text, ("1.",), ("2.",), True)
    now = replace(made, text=f"{made.text} More.")
    store.save_look(kept, Visit(made.article_id, OLD), Outcome(now, change), rows_of([made]), MODEL, RUN)
    assert pruned(store).revisions == 1
    assert sql(store, "SELECT number, text, added, removed, correction FROM private.revision") == [
        (1, "", [], [], True)
    ]


def test_an_explanation_says_when_the_text_was_removed(store: Store) -> None:
    made, copy = report(1), report(2)
    keep(store, [made], [(copy, made)])
    pruned(store)
    store.publish()
    found = explanation(store.home, made.article_id)
    assert (found.pruned_at, found.page, found.article.text, len(found.copies)) == (NOW, None, "", 1)
    assert found.assignment is not None
    assert query(store.home, "SELECT DISTINCT text, pruned_at FROM articles") == ((None, NOW.replace(tzinfo=None)),)


def test_pages_kept_since_before_go_but_for_those_of_seeds(store: Store) -> None:
    old, seed = report(1), report(2)
    store.define([Definition("aleppo", "Aleppo", (seed.article_id,))], OLD)
    keep(store, [old, seed])
    for url, at in ((old.url, OLD), (seed.url, OLD), ("https://news.example/new", RECENT)):
        store.pages.keep(Fetched(url or "", url or "", "text/html", b"<p>page", at))
    assert pruned(store, dry_run=True).pages == 1
    assert len(store.pages.files()) == 3
    assert pruned(store).pages == 1
    assert store.pages.of([old.url or ""]) == []
    assert len(store.pages.files()) == 2


def test_who_the_original_is_stays_when_the_words_that_said_so_are_gone(store: Store) -> None:
    kept, copy = report(1, publisher="The Copyist"), report(2, publisher="Northwire")
    kept = replace(kept, text=f"ALEPPO (Northwire) - {kept.text}")
    keep(store, [kept], [(copy, kept)])
    before = sql(store, "FROM private.origin")
    assert len(before) == 1
    pruned(store)
    new = report(3, RECENT, publisher="Another")
    store.save_collected([(entry_of(new, 3), new)], RUN)
    made = replace(analysis([], [(new, kept)]), sketches={})
    store.save_analysis(made, NOTHING, {}, MODEL, [], RUN, NOW)
    assert sql(store, "FROM private.origin") == before


@pytest.mark.parametrize("seed", range(6))
def test_what_comes_back_after_pruning_gets_the_verdict_that_it_would_get_without(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    every = [report(n + 100 * seed) for n in range(8)]
    back = []
    for n, made in enumerate(chance.sample(every, 5)):
        other = {"article_id": f"back{n}", "first_seen_at": NOW, "publisher": "Another"}
        same_url = chance.random() < 0.5
        where = {} if same_url else {"url": f"https://other.example/{n}"}
        back.append(replace(made, **(other | where)))  # type: ignore[arg-type]
    verdicts = []
    for name in ("plain", "pruned"):
        store = Store(tmp_path / name)
        keep(store, every)
        if name == "pruned":
            assert pruned(store).articles == len(every)
        analyst = Analyst(store.past(NOW - WINDOW), Parameters("mini"), store)
        found = analyst.analyse(back, np.stack([rows_of(back)[a.article_id] for a in back]))
        verdicts.append((found.duplicates, found.assignments))
    assert verdicts[0] == verdicts[1]
    assert len(verdicts[0][0]) == len(back)
    assert {d.kind for d in verdicts[0][0]} == {DuplicateKind.EXACT}


def test_the_file_becomes_smaller(store: Store) -> None:
    many = [replace(report(n), text=random.Random(n).randbytes(9000).hex()) for n in range(600)]
    keep(store, many)
    store.publish()
    done = pruned(store)
    assert done.articles == 600
    assert done.size_after < done.size_before / 2
