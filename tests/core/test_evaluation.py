"""How groupings are scored, and how a labelled stream is played."""

import json
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.cluster import pair_confusion_matrix

from storywire.errors import InputError
from storywire.evaluation import batches, play, read_labelled, scores, seeded
from storywire.parameters import Parameters
from storywire.scores import bcubed, pairwise
from tests.core.makers import vectors
from tests.core.test_analyse import CHESS, FLOOD, FLOOD_AGAIN

LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40)


def line(name: str, text: str, cluster: str, published: str | None) -> str:
    return json.dumps(
        {"id": name, "title": None, "text": text, "lang": "en", "published": published, "cluster": cluster}
    )


FILE = "\n".join(
    [
        line("a", FLOOD, "flood", "2026-01-01T10:05:00"),
        line("b", CHESS, "chess", "2026-01-01T10:55:00Z"),
        line("c", FLOOD_AGAIN, "flood", "2026-01-01T11:00:00+00:00"),
    ]
)


def test_bcubed_of_a_hand_worked_example() -> None:
    # Found {a b c} {d e}, true {a b} {c d e}.
    # Precision (2/3 + 2/3 + 1/3 + 1 + 1) / 5, recall (1 + 1 + 1/3 + 2/3 + 2/3) / 5.
    found, true = [0, 0, 0, 1, 1], ["x", "x", "y", "y", "y"]
    score = bcubed(found, true)
    assert score.precision == pytest.approx(11 / 15)
    assert score.recall == pytest.approx(11 / 15)
    assert score.f1 == pytest.approx(11 / 15)


@given(LABELS)
def test_bcubed_is_the_mean_over_items_as_defined(labels: list[tuple[int, int]]) -> None:
    found, true = zip(*labels, strict=True)
    n = len(labels)
    same_found, same_true = np.equal.outer(found, found), np.equal.outer(true, true)
    both = (same_found & same_true).sum(axis=1)
    score = bcubed(found, true)
    assert score.precision == pytest.approx(float((both / same_found.sum(axis=1)).sum() / n))
    assert score.recall == pytest.approx(float((both / same_true.sum(axis=1)).sum() / n))


@given(LABELS)
def test_pairwise_counts_pairs_as_scikit_learn_does(labels: list[tuple[int, int]]) -> None:
    found, true = zip(*labels, strict=True)
    (_, false_pairs), (missed_pairs, right_pairs) = pair_confusion_matrix(true, found)
    score = pairwise(found, true)
    assert score.precision == pytest.approx(
        right_pairs / (right_pairs + false_pairs) if right_pairs + false_pairs else 1
    )
    assert score.recall == pytest.approx(
        right_pairs / (right_pairs + missed_pairs) if right_pairs + missed_pairs else 1
    )


def test_a_batch_is_one_clock_hour_and_twenty_articles_where_there_is_no_time() -> None:
    assert list(batches(read_labelled(FILE, "f"))) == [[0, 1], [2]]
    undated = "\n".join([line(str(i), FLOOD, "flood", None) for i in range(45)])
    assert [len(batch) for batch in batches(read_labelled(undated, "f"))] == [20, 20, 5]


def test_no_time_drops_all_times_and_speed_draws_them_together() -> None:
    assert not any(one.dated for one in read_labelled(FILE, "f", no_time=True))
    first, _, last = read_labelled(FILE, "f", speed=11)
    assert last.article.time - first.article.time == timedelta(minutes=5)


def test_a_stream_is_grouped_by_analyse_and_scored() -> None:
    stream = read_labelled(FILE, "f")
    grouping = play(stream, vectors([one.article for one in stream]), Parameters(), timedelta(days=30))
    assert scores(stream, grouping.events, 0)["b3_f1"] == 1.0


def test_seeded_scores_leave_the_seeds_out() -> None:
    stream = read_labelled(FILE, "f")
    assert {d.storyline_id: d.member_ids for d in seeded(stream, 1)} == {"flood": ("a",)}
    perfect = scores(stream, ["flood", "chess", "flood"], 1)
    assert (perfect["seeded_precision"], perfect["seeded_recall"], perfect["seeded_false"]) == (1.0, 1.0, 0)
    assert scores(stream, ["flood", "chess", "chess"], 1)["seeded_recall"] == 0.0
    assert scores(stream, ["flood", "flood", "flood"], 1)["seeded_false"] == 1


@pytest.mark.parametrize(("raw", "said"), [("", "no articles"), ('{"id": "a"}\n', "line 1"), ("not json", "line 1")])
def test_a_file_that_cannot_be_used_is_named_with_its_line(raw: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_labelled(raw, "f")
