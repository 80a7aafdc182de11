"""How good the verdicts on copies are; docs/quality.md has the same figures, and says what they are worth."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from flows.cycle import WINDOW
from storywire.archive import Empty
from storywire.copyscores import LabelledPair, pair_scores
from storywire.dedup import Repeats
from storywire.evaluation import Labelled, play
from storywire.nouns import Article, DuplicateKind, Precision, Published
from storywire.parameters import SHIPPED
from storywire.passages import passages, pool
from storywire.scores import bcubed
from storywire.seeds import parse_seed
from storywire.sketch import sketch
from storywire.urls import canonical_url
from storywire.window import Window
from tasks.embed import SentenceEncoder
from tests.copies import EDITS, Report, copies
from tests.templates import templates

PAGE = Path("docs/quality.md").read_text("utf-8")
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
FAR = [name for name in EDITS if name.endswith("40%")]


def said_of_copies(edit: str) -> float:
    """The recall that docs/quality.md says an edit has."""
    row = re.search(rf"^\| {re.escape(edit)} \| ([\d.]+) \|", PAGE, re.MULTILINE)
    assert row, f"docs/quality.md does not speak of {edit}"
    return float(row[1])


class Texts(Empty):
    def __init__(self, articles: Sequence[Article]) -> None:
        self._texts = {a.article_id: a.text for a in articles}

    def texts(self, ids: object) -> dict[str, str]:
        return self._texts


def article(name: str, report: Report, url: str | None = None) -> Article:
    published = Published(NOW, Precision.SECOND, "feed")
    return Article(name, url, report.title, report.text, "en", None, published, NOW)


def own_reports() -> list[Report]:
    lines = Path("tests/data/storylines.jsonl").read_text(encoding="utf-8").splitlines()
    return [Report(row["title"], row["text"]) for row in map(json.loads, lines)]


def judged(reports: Sequence[Report], later: Sequence[Report]) -> list[str | None]:
    """For each of the later ones, which all come in one batch, the number of the report that it is said to repeat.

    What is not recognised is kept, and may be repeated by the next: then the answer is "later" and its number.
    """
    originals = [article(str(i), one) for i, one in enumerate(reports)]
    return repeated(originals, [article(f"later{i}", one) for i, one in enumerate(later)])


def repeated(originals: Sequence[Article], others: Sequence[Article]) -> list[str | None]:
    """What each of the others repeats, by its id, after the originals were kept."""
    window, nothing = Window(), np.zeros((len(originals) + len(others), 1), np.float32)
    sketches = [sketch(a.title, a.text) for a in (*originals, *others)]
    repeats = Repeats(window)
    repeats.remember(window.add(originals, sketches[: len(originals)], nothing[: len(originals)]))
    rows = window.add(others, sketches[len(originals) :], nothing[len(originals) :])
    repeats.expect(rows, {a.article_id: a.text for a in others}, Texts(originals))
    return [found and found.canonical_id for found in (repeats.verdict(int(row)) for row in rows)]


def measured(reports: Sequence[Report], seed: int) -> dict[str, tuple[int, int, int]]:
    """For each edit: copies recognised, copies, and copies that were taken for one of another report."""
    made = copies(reports, seed)
    number = {one: i for i, one in enumerate(reports)}
    found: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for place, said in enumerate(judged(reports, [copy for _, _, copy in made])):
        name, one, copy = made[place]
        source = made[int(said.removeprefix("later"))][1] if said and said.startswith("later") else None
        repeated = source or (reports[int(said)] if said else None)
        right = repeated is not None and (repeated is one or repeated.text in copy.text)
        found[name][0] += right
        found[name][1] += 1
        found[name][2] += repeated is not None and not right
    assert len(number) == len(reports)
    return {name: (a, b, c) for name, (a, b, c) in found.items()}


def recall(seeds: Sequence[int], reports: Sequence[Report]) -> tuple[dict[str, float], int]:
    """For each edit the share of copies that were recognised; and how many were taken for one of another report."""
    total: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for seed in seeds:
        for name, counts in measured(reports, seed).items():
            total[name] = [a + b for a, b in zip(total[name], counts, strict=True)]
    return {name: found / made for name, (found, made, _) in total.items()}, sum(wrong for *_, wrong in total.values())


@pytest.mark.parametrize("seeds", [(0,), pytest.param(range(10), marks=pytest.mark.slow)], ids=["one", "ten"])
def test_copies_are_recognised_as_often_as_the_page_says_and_never_taken_for_copies_of_another(
    seeds: Sequence[int],
) -> None:
    found, wrong = recall(seeds, own_reports())
    assert wrong == 0
    made = len(seeds) * len(own_reports())
    for name, share in found.items():
        said = said_of_copies(name)
        assert share >= said - 3 * sqrt(said * (1 - said) / made) - 0.006, name  # one copy, and three deviations
    assert fmean(share for name, share in found.items() if name not in FAR) >= 0.95


@pytest.mark.parametrize("seeds", [range(5), pytest.param(range(60), marks=pytest.mark.slow)], ids=["few", "many"])
def test_no_two_reports_of_one_form_are_taken_for_copies(seeds: Sequence[int]) -> None:
    for seed in seeds:
        group = [one for form in templates(seed) for one in form]
        assert [said for said in judged([], group) if said] == []


def test_own_reports_of_the_same_happenings_are_no_copies() -> None:
    assert [said for said in judged([], own_reports()) if said] == []


@pytest.mark.parametrize("model", [None, pytest.param("multilingual", marks=pytest.mark.slow)])
def test_retellings_are_found_as_often_as_the_page_says_and_no_other_account_is_taken_for_one(
    model: str | None,
) -> None:
    rows = [json.loads(line) for line in Path("tests/data/semantic.jsonl").read_text("utf-8").splitlines()]
    stream = sorted((told(row, side) for row in rows for side in "ab"), key=lambda one: one.article.time)
    encoder = SentenceEncoder(model)
    cut = [passages(one.article.title, one.article.text) for one in stream]
    vectors = pool(encoder.encode([p for each in cut for p in each]), [len(each) for each in cut])
    found = play(stream, vectors, SHIPPED[encoder.model()[0]], WINDOW, encode=encoder.encode).copies
    pairs = [
        LabelledPair(row["id"] + "a", row["id"] + "b", DuplicateKind.SEMANTIC, row["label"] == "duplicate")
        for row in rows
    ]
    scores = pair_scores(pairs, found)["all"]
    name = f"`{model}`" if model else "default"
    said = re.search(rf"^\| {name} \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)
    assert said
    assert (scores["found"], scores["false"]) == (pytest.approx(int(said[1]), abs=2), int(said[2]))


def told(row: dict[str, Any], side: str) -> Labelled:
    said, at = row[side], datetime.fromisoformat(row[side]["published"])
    published = Published(at, Precision.MINUTE, "feed")
    name = row["id"] + side
    return Labelled(
        Article(name, None, said["title"], said["text"], said["language"], said["publisher"], published, at),
        name,
        dated=True,
    )


def test_the_seeds_that_ship_and_other_accounts_of_the_same_facts_are_no_copies(shared: Path) -> None:
    files = [*Path("seeds/aleppo-siege-diplomacy").iterdir(), *(shared / "seeds").iterdir()]
    seeds = [parse_seed(path.name, path.read_bytes()) for path in sorted(files)]
    assert len(seeds) == 10
    articles = [article(seed.title, Report(seed.title, seed.text)) for seed in seeds]
    for order in (articles, articles[::-1]):
        assert repeated([], order) == [None] * 10


def test_what_arrives_again_is_grouped_no_worse_than_by_its_address_alone(shared: Path) -> None:
    lines = (shared / "data/dedup/scoop.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    arrivals = [
        article(f"{i}", Report(row["title"], row["text"]), canonical_url(row["url"])) for i, row in enumerate(rows)
    ]
    found = [said or one.article_id for said, one in zip(repeated([], arrivals), arrivals, strict=True)]
    assert bcubed(found, [row["cluster"] for row in rows]).f1 >= 0.990  # docs/quality.md
