"""The one way to dedup and group: decides, for a batch of articles and what is remembered, every verdict on them.

Never loads, stores, embeds or tells the time. Production, evaluation and tests use this same Analyst.
"""

from collections.abc import Collection, Sequence

from storywire.archive import Archive, Empty
from storywire.batch import Batch
from storywire.belonging import CORE_TERMS
from storywire.nouns import Article
from storywire.parameters import Parameters
from storywire.past import Analysis, Matrix, Past
from storywire.retelling import Encode
from storywire.settling import settle
from storywire.sketch import Sketch, sketch
from storywire.state import State


def analyse(
    articles: Sequence[Article], vectors: Matrix, past: Past, parameters: Parameters, archive: Archive | None = None
) -> Analysis:
    """Verdicts on one batch alone; an Analyst also remembers it for the next."""
    return Analyst(past, parameters, archive).analyse(articles, vectors)


class Analyst:
    """What is open, and the verdicts that follow from it, batch by batch."""

    def __init__(
        self, past: Past, parameters: Parameters, archive: Archive | None = None, encode: Encode | None = None
    ) -> None:
        """Without `encode`, which is for sentences, semantic copies are not sought."""
        self._state, self._unsettled = State(past, parameters, encode), past.unsettled
        self._archive = archive or Empty()

    def teach(self, sketches: Sequence[Sketch], languages: Collection[str]) -> None:
        """Learn from articles, known by their sketches, how common words are, and nothing else."""
        self._state.window.rarity.speak(languages)
        self._state.window.rarity.learn(sketches)

    def analyse(self, articles: Sequence[Article], vectors: Matrix) -> Analysis:
        """Verdicts: which articles repeat another, and to which event and storyline each of the others belongs.

        `vectors` is float32, shape (len(articles), dimensions), unit rows in the order of `articles`. That order does
        not matter: articles are taken by time, then id. A batch of none settles what still waits for seeds.
        """
        state, window = self._state, self._state.window
        order = sorted(range(len(articles)), key=lambda i: (articles[i].time, articles[i].article_id))
        batch = [articles[i] for i in order]
        sketches = [sketch(a.title, a.text) for a in batch]
        state.remember(self._archive.dormant(window.rarity.heaviest(sketches, CORE_TERMS), frozenset(state.cores)))
        rows = window.add(batch, sketches, vectors[order])
        state.events.reach(len(rows))
        log = settle(state, self._to_settle(last=not articles))
        state.repeats.expect(rows, {a.article_id: a.text for a in batch}, self._archive)
        analysis = Batch(state, batch, rows, log).verdicts()
        state.repeats.learn(rows)
        window.learn(rows[state.events.of[rows] >= 0])
        return analysis

    def _to_settle(self, *, last: bool) -> frozenset[str]:
        """The storylines still to be settled whose seeds are all here or, where no more come, some of them."""
        enough, here = any if last else all, self._state.window.row_of
        definitions = (d for d in self._state.definitions if d.storyline_id in self._unsettled)
        ready = frozenset(d.storyline_id for d in definitions if enough(m in here for m in d.member_ids))
        self._unsettled -= ready
        return ready
