"""How long a search takes in a large installation that is open: decides what is asked. Never asserts anything.

    python -m tests.bench.searching [HOME] [--articles 100000] [--rounds 200]

Without HOME an invented installation of so many articles is made (`archive`). Questions are words of stored headlines;
what a question means is invented too: the vector of a stored article, moved by about 30 degrees. The model is left out:
a question takes it some 15 ms, after 5 s of loading, whatever the size.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np

from flows.searching import Meant, answer_in
from storage.searching import Searcher, searching
from storywire.searching import Filters, question
from tests.bench import archive
from tests.bench.report import machine

ANY = Filters()
ASIDE = np.tan(np.radians(30))  # length of what is added to a unit vector


class Stored:
    """An Encoder whose answer is near a stored vector, and that costs nothing."""

    def __init__(self, vectors: list[np.ndarray], rng: np.random.Generator, model: tuple[str, str]) -> None:
        self._vectors, self._rng, self._model = vectors, rng, model
        self.last = vectors[0]

    def encode(self, passages: object, progress: object = None) -> np.ndarray:
        """One unit vector, whatever is asked."""
        near = self._vectors[self._rng.integers(len(self._vectors))]
        aside = self._rng.standard_normal(len(near)).astype(np.float32)
        moved = near + ASIDE * aside / np.linalg.norm(aside)
        self.last = (moved / np.linalg.norm(moved)).astype(np.float32)
        return self.last[np.newaxis]

    def model(self) -> tuple[str, str]:
        """That of the stored vectors."""
        return self._model

    def start(self) -> None:
        """It is always ready."""


def main() -> None:
    """Open an installation, and time each kind of search."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.searching", description="Time searches.")
    parser.add_argument("home", type=Path, nargs="?", help="an installation that is there")
    parser.add_argument("--articles", type=int, default=100_000, help="articles of the one that is made otherwise")
    parser.add_argument("--rounds", type=int, default=200, help="questions of each kind")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        if options.home is None:
            archive.make(home, options.articles)
        said = machine()
        begun = time.perf_counter()
        with searching(home) as searcher:
            opened = time.perf_counter() - begun
            for line in _measured(searcher, options.rounds):
                print(line)
        print(f"{said['cpu']}, {said['cores']} cores, load {said['load']}; opened in {1000 * opened:.0f} ms")


def _measured(searcher: Searcher, rounds: int) -> Iterator[str]:
    rng, con = np.random.default_rng(0), searcher.connection
    size = con.execute("SELECT count(*) FROM private.article").fetchall()[0][0]
    rows = con.execute(
        "SELECT title, publisher, first_seen_at FROM private.article USING SAMPLE reservoir(500) REPEATABLE (1)"
    )
    known = [(title.split(), publisher, at) for title, publisher, at in rows.fetchall()]
    sampled = "SELECT vector FROM private.feature USING SAMPLE reservoir(200) REPEATABLE (1)"
    vectors = [np.array(v, np.float32) for (v,) in con.execute(sampled).fetchall()]
    meta = dict(con.execute("SELECT key, value FROM private.meta").fetchall())
    encoder = Stored(vectors, rng, (meta["model_name"], meta["model_digest"]))
    meant = Meant(encoder, lambda _: 0.3)

    def some() -> tuple[list[str], str, object]:
        return known[rng.integers(len(known))]

    def words() -> str:
        title = some()[0]
        return " ".join(rng.choice(title, min(len(title), rng.integers(1, 6)), replace=False))

    def filters() -> Filters:
        _, publisher, at = some()
        return Filters(since=at.astimezone() - timedelta(days=30), publisher=publisher)  # type: ignore[attr-defined]

    kinds: dict[str, Callable[[], object]] = {
        "one to five words": lambda: searcher.by_words(question(words()), ANY, 100),
        "a whole headline": lambda: searcher.by_words(question(" ".join(some()[0])), ANY, 100),
        "a phrase of two words": lambda: searcher.by_words(question(f'"{" ".join(some()[0][:2])}"'), ANY, 100),
        "words, month, publisher": lambda: searcher.by_words(question(words()), filters(), 100),
        "meaning": lambda: searcher.by_meaning(encoder.encode(())[0], question("x"), ANY, 100, 0.3),
        "both, with all it shows": lambda: answer_in(searcher, question(words()), ANY, 10, meant),
        "search() in SQL": lambda: con.execute("FROM search(?) LIMIT 10", [words()]).fetchall(),
    }
    yield f"{size:,} articles; {rounds} questions of each kind, in ms {'median':>12} {'p95':>8}"
    for name, ask in kinds.items():
        times = [_seconds(ask) for _ in range(rounds)]
        yield f"{name:<52} {1000 * np.median(times):>8.1f} {1000 * np.quantile(times, 0.95):>8.1f}"
    yield f"of the ten nearest, found by meaning: {_recall(searcher, encoder):.1%}"


def _seconds(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return time.perf_counter() - begun


def _recall(searcher: Searcher, encoder: Stored, times: int = 20) -> float:
    """Of the ten reports with the highest cosine, how many a search by meaning has among its first ten."""
    exact = "SELECT article_id FROM private.feature ORDER BY list_dot_product(vector, ?::FLOAT[]) DESC LIMIT 10"
    shares = []
    for _ in range(times):
        vector = encoder.encode(())[0]
        ids = list(searcher.by_meaning(vector, question("x"), ANY, 100, -1.0))
        found = list(dict.fromkeys(searcher.kept(ids).get(each, each) for each in ids))[:10]
        best = {row[0] for row in searcher.connection.execute(exact, [vector.tolist()]).fetchall()}
        shares.append(len(best & set(found)) / 10)
    return float(np.mean(shares))


if __name__ == "__main__":
    main()
