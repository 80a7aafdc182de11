"""Laws of what the Store learns of paragraphs that publishers repeat."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from storage_makers import MODEL, NOTHING, NOW, RUN, analysis, article, dump, entry, rows_of, sql

from storage.store import Store
from storywire.boilerplate import MEMORY
from storywire.nouns import Article, Entry, EntryState

APPEAL = "Good reporting costs money: give what you can, and this newsroom stays free for all who read it."
TITLES = ("Dam breaks above villages", "Chess prodigy wins title", "Bakers strike over nights", "Comet seen from coast",
          "Parliament rejects quota", "Museum returns drum")  # fmt: skip


def report(n: int, site: str = "one.example", appeal: str = APPEAL) -> Article:
    text = (
        f"{TITLES[n % 6]}: {'what happened there is told at some length in report '} {n}, with all that is known of it."
    )
    return article(n, url=f"https://www.{site}/{n}", title=TITLES[n % 6], text=f"{text}\n\n{appeal}".strip())


def collected(made: Article, **changes: object) -> tuple[Entry, Article]:
    n = int(made.article_id[:6], 16)
    said = entry(n, url=made.url, state=EntryState.STORED, article_id=made.article_id)
    return replace(said, **changes), made  # type: ignore[arg-type]


def save(store: Store, articles: Sequence[Article]) -> None:
    store.save_collected([collected(a) for a in articles], RUN)


def judge(store: Store, articles: Sequence[Article]) -> None:
    store.save_analysis(analysis(articles), NOTHING, rows_of(articles), MODEL, [], RUN, NOW)


def texts(store: Store) -> str:
    return "\n".join(text for (text,) in sql(store, "SELECT text FROM private.article ORDER BY article_id"))


def test_the_first_articles_of_a_run_are_cleaned_as_the_last_are(store: Store) -> None:
    save(store, [report(n) for n in range(6)])
    assert store.learn_paragraphs(NOW) == 6
    assert APPEAL not in texts(store)
    assert all(f"report  {n}," in texts(store) for n in range(6))


def test_it_does_not_matter_in_which_order_they_came(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "one"), Store(tmp_path / "other")
    save(one, [report(n) for n in range(6)])
    for n in reversed(range(6)):
        save(other, [report(n)])
    one.learn_paragraphs(NOW)
    other.learn_paragraphs(NOW)
    assert (dump(one)["paragraph"], texts(one)) == (dump(other)["paragraph"], texts(other))


def test_what_was_learnt_in_one_run_is_dropped_in_the_next_and_verdicts_keep_their_texts(store: Store) -> None:
    early = [report(n) for n in range(3)]
    save(store, early)
    assert store.learn_paragraphs(NOW) == 0
    judge(store, early)
    save(store, [report(3)])
    assert store.learn_paragraphs(NOW + timedelta(days=1)) == 1
    assert texts(store).count(APPEAL) == 3


def test_another_sites_pages_teach_nothing(store: Store) -> None:
    save(store, [report(n, f"site{n}.example") for n in range(6)])
    assert store.learn_paragraphs(NOW) == 0


def test_nothing_is_counted_twice_and_a_killed_run_leaves_nothing_half_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(store, [report(n) for n in range(6)])
    before = dump(store)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("storage.boilerplate._clean", killed)
        with pytest.raises(KeyboardInterrupt):
            store.learn_paragraphs(NOW)
    assert dump(store) == before
    store.learn_paragraphs(NOW)
    after = dump(store)
    assert store.learn_paragraphs(NOW) == 0
    assert dump(store) == after


def test_seeds_are_left_alone_and_teach_nothing(store: Store) -> None:
    store.save_collected([collected(report(n), feed_url=None) for n in range(6)], RUN)
    assert store.learn_paragraphs(NOW) == 0
    assert dump(store)["paragraph"] == []
    save(store, [report(n) for n in range(6, 12)])
    store.learn_paragraphs(NOW)
    assert texts(store).count(APPEAL) == 6
    assert store.without_repeats([report(0)]) == [report(0)]


def test_a_text_that_is_read_anew_loses_what_is_known_to_repeat(store: Store) -> None:
    save(store, [report(n) for n in range(6)])
    before = store.without_repeats([report(0)])
    store.learn_paragraphs(NOW)
    assert before == [report(0)]
    again = [report(5), report(0), report(1, "other.example")]
    assert [APPEAL in a.text for a in store.without_repeats(again)] == [False, False, True]
    assert [a.article_id for a in store.without_repeats(again)] == [a.article_id for a in again]


def test_what_was_not_seen_for_long_is_forgotten(store: Store) -> None:
    save(store, [report(n) for n in range(6)])
    store.learn_paragraphs(NOW)
    save(store, [report(6)])
    store.learn_paragraphs(NOW + MEMORY)
    store.learn_paragraphs(NOW + 2 * MEMORY)
    assert len(dump(store)["paragraph"]) == 1
    store.learn_paragraphs(NOW + 2 * MEMORY + timedelta(days=1))
    assert dump(store)["paragraph"] == []


def test_no_word_of_a_paragraph_is_stored(store: Store) -> None:
    save(store, [report(n) for n in range(6)])
    store.learn_paragraphs(NOW)
    rows = " ".join(dump(store)["paragraph"])
    assert "newsroom" not in rows
    assert "villages" not in rows
