"""The one way to dedup and group: decides, for a batch of articles and what is remembered, every verdict on them.

Never loads, stores, embeds or tells the time. Production, evaluation and tests call this same function.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from storywire import identity
from storywire.belonging import Fit, Found, Named
from storywire.dedup import Repeats
from storywire.evidence import Evidence
from storywire.grouping import Events
from storywire.labels import label
from storywire.nouns import Article, Assignment, Event, Storyline
from storywire.parameters import Parameters
from storywire.past import Analysis, Matrix, Past
from storywire.sketch import sketch
from storywire.window import Rows, Window


def analyse(articles: Sequence[Article], vectors: Matrix, past: Past, parameters: Parameters) -> Analysis:
    """Verdicts on a batch: which articles repeat another, and to which event and storyline each of the others belongs.

    `vectors` is float32, shape (len(articles), dimensions), unit rows in the order of `articles`. That order does not
    matter: articles are taken by time, then id.
    """
    order = sorted(range(len(articles)), key=lambda i: (articles[i].time, articles[i].article_id))
    return _Analyst([articles[i] for i in order], vectors[order], past, parameters).verdicts()


class _Analyst:
    """One analysis under way: what is compared, and the verdicts so far."""

    def __init__(self, batch: Sequence[Article], vectors: Matrix, past: Past, parameters: Parameters) -> None:
        self.batch, self.past, self.parameters = batch, past, parameters
        self.sketches = [sketch(a.title, a.text) for a in batch]
        self.window = Window(past, batch, self.sketches, vectors)
        self.events = Events(self.window, past, parameters.events)
        self.named = Named(self.window, past.definitions, parameters.storylines)
        self.moved_events, self.moved = self._settle()
        self.found = Found(self.window, self.events, frozenset(self.named.ids), parameters.storylines)
        self.evidence = Evidence(self.window, self.events, parameters)
        self.founded: list[Event] = []

    def verdicts(self) -> Analysis:
        repeats = Repeats(self.past.kept, self.batch, self.sketches)
        duplicates, assignments = [], []
        for place, article in enumerate(self.batch):
            seed = self.named.seed_of(article.article_id)
            duplicate = repeats.verdict(place, article, may_repeat=seed is None)
            if duplicate is not None:
                duplicates.append(duplicate)
            else:
                assignments.append(self._assign(place, article))
        return Analysis(
            duplicates=tuple(duplicates),
            events=(*self.moved_events, *self.founded),
            storylines=self._labels({a.storyline_id for a in assignments}),
            assignments=tuple(assignments),
            moved=self.moved,
            sketches={a.article_id: s for a, s in zip(self.batch, self.sketches, strict=True)},
        )

    def _assign(self, place: int, article: Article) -> Assignment:
        """Give a kept article the named storyline that accepts it, if any, and its event among those open to it."""
        fit = self._named_fit(place, article)
        scores = self.events.scores(place)
        storyline_open = self._open_to(fit)
        score = np.where(storyline_open, scores.score, 0.0)
        event = int(np.argmax(score)) if len(score) else -1
        if event >= 0 and score[event] >= self.parameters.events.threshold:
            self.events.join(place, event)
            joined = scores
        else:
            fit = fit or self._found_fit(place)
            storyline = fit.storyline_id if fit else identity.automatic_storyline_id(article.article_id)
            event = self.events.found(place, identity.event_id(article.article_id), storyline)
            self.founded.append(Event(self.events.ids[event], storyline, article.article_id))
            joined = None
        storyline = self.events.storylines[event]
        if not self.events.named[event]:
            self.found.add(place, storyline)
        return self.evidence.assignment(place, article, event, fit, score, joined)

    def _named_fit(self, place: int, article: Article) -> Fit | None:
        row = self.window.row(place)
        seed = self.named.seed_of(article.article_id)
        if seed is not None:
            return self.named.seeded(row, seed)
        fit = self.named.best(row)
        return fit if self.named.accepts(fit) else None

    def _open_to(self, fit: Fit | None) -> npt.NDArray[np.bool_]:
        """Which events an article may join: those of the named storyline that it fits, else those of found ones."""
        return ~self.events.named if fit is None else np.equal(self.events.storylines, fit.storyline_id)

    def _found_fit(self, place: int) -> Fit | None:
        fit = self.found.best(place)
        return fit if self.found.accepts(fit) else None

    def _settle(self) -> tuple[tuple[Event, ...], tuple[Assignment, ...]]:
        """Draw stored reports into storylines defined since the last analysis: whole events, by their mean fit."""
        events, moved = [], []
        founder = {k.event_id: k.article_id for k in reversed(self.past.kept)}
        unsettled = sorted(self.past.unsettled & set(self.named.ids))
        for number, event_id in enumerate(self.events.ids if unsettled else []):
            rows = np.flatnonzero(self.events.of == number)
            storyline_id, score = self._drawn_to(rows, unsettled, named=bool(self.events.named[number]))
            if storyline_id is None:
                continue
            self.events.move(number, storyline_id)
            events.append(Event(event_id, storyline_id, founder[event_id]))
            evidence = {"decision": "drawn in, with its event, when the storyline was defined", "mean_score": score}
            moved += [Assignment(self.window.ids[r], event_id, storyline_id, score, 0.0, evidence) for r in rows]
        return tuple(events), tuple(moved)

    def _drawn_to(self, rows: Rows, unsettled: Sequence[str], *, named: bool) -> tuple[str | None, float]:
        """The newly defined storyline that an event's reports belong to, if any, with the mean score.

        What a person said goes first: an event with a seed goes where the seed belongs, and an event of a named
        storyline leaves it for nothing else. An event with seeds of several stays where it is.
        """
        seeds = {self.named.seed_of(self.window.ids[row]) for row in rows} - {None}
        scores = {s: self.named.mean_score(rows, s) for s in unsettled}
        fitting = [s for s in unsettled if scores[s] >= self.parameters.storylines.accept and not (named or seeds)]
        candidates = seeds & set(unsettled) if len(seeds) == 1 else fitting
        best = max(candidates, key=lambda s: (scores[s], s), default=None)
        return (best, round(scores[best], 4)) if best is not None else (None, 0.0)

    def _labels(self, touched: set[str]) -> tuple[Storyline, ...]:
        """The found storylines of `touched` that are new, or whose reports now say another label."""
        known = {s.storyline_id: s for s in self.past.storylines}
        rows: dict[str, list[int]] = defaultdict(list)
        for row in np.argsort(self.window.days, kind="stable"):
            event = self.events.of[row]
            if event >= 0 and self.events.storylines[event] in touched:
                rows[self.events.storylines[event]].append(int(row))
        found = []
        for storyline_id in sorted(touched):
            before = known.get(storyline_id)
            if before is None or not before.pinned:
                titles = [self.window.titles[r] for r in rows[storyline_id]]
                name = label(titles, [self.window.sketches[r] for r in rows[storyline_id]], self.window.rarity)
                after = replace(before, label=name) if before else Storyline(storyline_id, name)
                found += [after] if after != before else []
        return tuple(found)
