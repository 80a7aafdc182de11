"""Sums, weights and look-ups that are kept from batch to batch are what they would be if they were made anew."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from storywire import rarity, sums
from storywire.analyse import analyse
from storywire.centres import likeness
from storywire.dedup import Repeats
from storywire.nouns import Article
from storywire.parameters import Parameters
from storywire.sketch import sketch
from storywire.sums import Sums
from storywire.window import Rows, Window
from tests.core.makers import article, nothing, vectors

WORDS = ["harbour", "minister", "flood", "river", "vote", "strike", "court", "bridge", "glacier", "festival", "ferry"]


def reports(count: int, seed: int) -> list[Article]:
    """Articles of words drawn from a few, so that any two share some."""
    random = Random(seed)
    return [article(f"{seed}-{i}", " ".join(random.choices(WORDS, k=12))) for i in range(count)]


def add(window: Window, articles: list[Article]) -> Rows:
    return window.add(articles, [sketch(a.title, a.text) for a in articles], vectors(articles))


def agrees(window: Window, kept: Sums, groups: list[list[int]]) -> None:
    """Whether all products and cosines are those of sums that are made here, plainly."""
    mean, words = window.mean(), window.words.toarray().astype(np.float64)
    whole = np.stack([(window.vectors[rows] - mean).sum(axis=0) for rows in groups])
    by_words = np.stack([words[rows].sum(axis=0) for rows in groups])
    few = [0, 3]
    found = list(kept.products(window.vectors[few] - mean, window.words[few], mean))
    assert np.allclose(np.hstack([dense for _, dense, _ in found]), (window.vectors[few] - mean) @ whole.T, atol=1e-5)
    assert np.allclose(np.hstack([sparse for *_, sparse in found]), words[few] @ by_words.T, atol=1e-5)
    assert [start for start, *_ in found] == list(range(0, len(groups), sums.BLOCK))
    full = [i for i, rows in enumerate(groups) if rows]
    lengths = np.linalg.norm(by_words, axis=1)[full]
    expected = (by_words[full] @ by_words[full].T) / np.outer(lengths, lengths)
    alike = np.hstack([sparse for *_, sparse in likeness(kept, full, mean)])[:, full]
    assert np.allclose(alike, expected, atol=1e-5)


@pytest.mark.parametrize("exact", [0, rarity.EXACT])
@pytest.mark.parametrize(("block", "moved"), [(8192, 16), (4, 3), (4, 1), (3, 1000)])
def test_sums_are_those_of_the_rows_however_groups_change(
    monkeypatch: pytest.MonkeyPatch, block: int, moved: int, exact: int
) -> None:
    monkeypatch.setattr(sums, "BLOCK", block)
    monkeypatch.setattr(sums, "MOVED", moved)
    monkeypatch.setattr(rarity, "EXACT", exact)
    random, window, groups = Random(block + moved), Window(), list[list[int]]()
    kept = Sums(window)
    for step in range(8):
        rows = add(window, reports(3 if step else 60, step))
        for row in map(int, rows):
            if not groups or random.random() < 0.4:
                kept.found(f"g{len(groups)}")
                groups.append([])
            group = random.randrange(len(groups))
            kept.add(group, row)
            groups[group].append(row)
        one, other = random.sample(range(len(groups)), 2)
        kept.put(one, groups[one] + groups[other])
        kept.put(other, ())
        groups[one], groups[other] = groups[one] + groups[other], []
        agrees(window, kept, groups)
        if exact or not step:  # else weights stay, and sums too
            window.learn(rows)
    assert [kept.rows(i).tolist() for i in range(len(groups))] == [sorted(rows) for rows in groups]


def test_sums_that_follow_groups_have_their_rows_and_leave_those_that_are_gone_empty() -> None:
    window = Window()
    add(window, reports(6, 1))
    kept = Sums(window)
    kept.follow({"a": [0, 1], "b": [2]})
    agrees(window, kept, [[0, 1], [2]])
    kept.follow({"c": [4, 5], "a": [0, 3]})
    assert [kept.rows(kept.number[group]).tolist() for group in "abc"] == [[0, 3], [], [4, 5]]
    agrees(window, kept, [[0, 3], [], [4, 5]])


def test_sums_of_nothing_have_no_products() -> None:
    window = Window()
    add(window, reports(1, 1))
    kept = Sums(window)
    assert list(kept.products(window.vectors, window.words, window.mean())) == []


def test_a_rows_words_in_common_with_others_are_those_of_the_matrix() -> None:
    window = Window()
    rows = add(window, reports(7, 1))
    expected = (window.words[rows] @ window.words[3].T).toarray().ravel()
    assert np.allclose(window.words_in_common(3, rows), expected)


@pytest.mark.parametrize(("exact", "again"), [(rarity.EXACT, [1, 1, 1, 1]), (0, [1, 0, 1, 1])])
def test_what_was_learnt_counts_at_once_while_it_is_little_and_later_once_it_is_much(
    monkeypatch: pytest.MonkeyPatch, exact: int, again: list[int]
) -> None:
    monkeypatch.setattr(rarity, "EXACT", exact)
    window, done = Window(), []
    add(window, [])
    for step, count in enumerate((40, 1, 1, 40)):
        window.learn(add(window, reports(count, step)))
        before = window.weighings
        add(window, [])
        done.append(window.weighings - before)
    assert done == again


def test_a_language_that_is_new_weighs_all_words_anew() -> None:
    window = Window()
    window.learn(add(window, reports(3, 1)))
    add(window, [])
    before, after = window.weighings, replace(reports(1, 2)[0], language="de")
    add(window, [after])
    assert window.weighings == before + 1


def test_rows_that_come_between_two_weighings_are_weighed_as_the_others_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rarity, "EXACT", 0)
    window = Window()
    window.learn(add(window, reports(64, 1)))
    same, new = reports(1, 2)[0], article("new", "zeppelin " * 3 + "glacier")
    first = add(window, [same])
    window.learn(first)
    second = add(window, [article("other", same.text, title=same.title), new])
    rows = window.words.toarray()
    assert np.array_equal(rows[first[0]], rows[second[0]])
    assert np.allclose(np.linalg.norm(rows[[first[0], *second]], axis=1), 1)


def test_a_copy_is_found_whichever_batch_it_repeats() -> None:
    window, random = Window(), Random(1)
    found, texts = Repeats(window), list[str]()
    for batch in range(12):
        texts.append(" ".join(f"{random.choice(WORDS)}{random.randrange(1000)}" for _ in range(60)))
        copies = [article(f"{batch}-{i}", f"{text} more {batch}") for i, text in enumerate(texts)]
        rows = add(window, copies)
        if batch == 0:
            found.remember(rows)
            continue
        found.expect(rows)
        told = [found.verdict(int(row)) for row in rows]
        assert [d.canonical_id if d else None for d in told] == [*(f"{i}-{i}" for i in range(batch)), None]


def test_of_two_reports_the_first_is_the_central_one() -> None:
    texts = ("The ferry Aurora left the harbour of Porthaven late.", "The ferry Aurora left the harbour of Porthaven.")
    told = [article(f"r{i}", text, hours=i) for i, text in enumerate(texts)]
    found = analyse(told, vectors(told), nothing(), Parameters())
    assert [event.central_id for event in found.events] == ["r0"]
