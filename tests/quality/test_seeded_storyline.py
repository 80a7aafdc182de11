"""The first storyline with the real model: what joins "Aleppo siege diplomacy" and what does not.

The thresholds were set on tests/data/calibration.toml; tests/data/reports.toml was kept apart from that.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from storywire.analyse import analyse
from storywire.nouns import Article, Definition, Precision, Published, Storyline
from storywire.parameters import Parameters
from storywire.passages import passages, pool
from storywire.past import Analysis, Matrix, Past
from storywire.seeds import parse_seed
from tasks.embed import SentenceEncoder

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests" / "data"
SEEN = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Texts:
    """Articles with whether each is about the storyline, by the name of the set."""

    articles: list[Article]
    about: list[bool]


def reports(name: str) -> Texts:
    tables = tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))["report"]
    found = [
        Article(
            f"{name}/{t['slug']}",
            None,
            t["title"],
            t["text"],
            "en",
            t["publisher"],
            Published(datetime.fromisoformat(t["published"].replace("Z", "+00:00")), Precision.SECOND, "feed"),
            SEEN,
        )
        for t in tables
    ]
    return Texts(found, [t["about"] == "aleppo" for t in tables])


def seeds(folder: Path) -> Iterator[Article]:
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".md", ".txt")):
        seed = parse_seed(path.name, path.read_bytes())
        yield Article(f"{folder.name}/{path.name}", None, seed.title, seed.text, "en", None, seed.published, SEEN)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder()


def embed(encoder: SentenceEncoder, articles: list[Article]) -> Matrix:
    cut = [passages(a.title, a.text) for a in articles]
    return pool(encoder.encode([p for each in cut for p in each]), [len(each) for each in cut])


def analysed(encoder: SentenceEncoder, own: list[Article], others: list[Article], *, defined: bool) -> Analysis:
    definition = Definition("aleppo", "Aleppo siege diplomacy", tuple(a.article_id for a in own))
    past = Past(
        (),
        np.zeros((0, 384), np.float32),
        (Storyline("aleppo", "Aleppo siege diplomacy", True),) if defined else (),
        (definition,) if defined else (),
        frozenset({"aleppo"}) if defined else frozenset(),
    )
    everything = [*own, *others]
    return analyse(everything, embed(encoder, everything), past, Parameters())


@pytest.mark.parametrize(("name", "precision", "recall"), [("calibration", 1.0, 1.0), ("reports", 1.0, 1.0)])
def test_the_seeded_storyline_attracts_its_coverage_and_nothing_else(
    encoder: SentenceEncoder, name: str, precision: float, recall: float
) -> None:
    texts = reports(name)
    found = analysed(encoder, list(seeds(ROOT / "seeds" / "aleppo-siege-diplomacy")), texts.articles, defined=True)
    joined = {a.article_id for a in found.assignments if a.storyline_id == "aleppo"}
    hits = [a.article_id in joined for a in texts.articles]
    right = sum(hit and about for hit, about in zip(hits, texts.about, strict=True))
    assert right / max(sum(hits), 1) >= precision
    assert right / sum(texts.about) >= recall
    assert not found.duplicates


def test_five_independent_accounts_and_their_originals_are_no_duplicates(
    encoder: SentenceEncoder, shared: Path
) -> None:
    own, originals = list(seeds(ROOT / "seeds" / "aleppo-siege-diplomacy")), list(seeds(shared / "seeds"))
    assert not analysed(encoder, own, originals, defined=False).duplicates


def test_the_original_documents_form_one_storyline_that_names_aleppo(encoder: SentenceEncoder, shared: Path) -> None:
    found = analysed(encoder, list(seeds(shared / "seeds")), [], defined=False)
    assert len({a.storyline_id for a in found.assignments}) == 1
    assert "Aleppo" in found.storylines[0].label
