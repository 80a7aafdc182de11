"""What analyses decided, kept in this process: decides what of it the next one is given, as storage does elsewhere.

Never analyses anything. Evaluation and tests stream articles through it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from storywire.log import Groups
from storywire.nouns import Article, Definition, Link, Storyline
from storywire.past import Analysis, Core, Kept, Matrix, Past
from storywire.sketch import Hashes

MIN_SHARED = 3  # terms of a dormant storyline's core that a batch must hold


class Memory:
    """All verdicts so far, with the named storylines that were defined at the start."""

    def __init__(self, definitions: Sequence[Definition] = ()) -> None:
        self._definitions = tuple(definitions)
        self._storylines = {d.storyline_id: Storyline(d.storyline_id, d.name, pinned=True) for d in definitions}
        self._articles: dict[str, Article] = {}
        self._kept: dict[str, Kept] = {}
        self._rows: dict[str, Matrix] = {}
        self._canonical: dict[str, str] = {}
        self._cores: dict[str, Core] = {}
        self._links: list[Link] = []
        self.groups = Groups()

    def past(self, since: datetime) -> Past:
        """The kept articles first seen at or after `since`, and all that storylines rest on."""
        named = {d.storyline_id for d in self._definitions}
        seeds = {member for d in self._definitions for member in d.member_ids}
        recent = {i for i in self._kept if i in seeds or self._articles[i].first_seen_at >= since}
        lines = {self.groups.storyline_of(i) for i in recent}
        past = self._about(recent, [s for s in self._cores if s in lines | named])
        return replace(past, definitions=self._definitions, links=self._links_now())

    def dormant(self, terms: Hashes, known: Collection[str]) -> Past:
        """The found storylines that are not among the known ones and whose core shares enough of `terms`."""
        named = {d.storyline_id for d in self._definitions}
        alike = [
            core.storyline_id
            for core in self._cores.values()
            if core.storyline_id not in named.union(known) and np.isin(core.terms, terms).sum() >= MIN_SHARED
        ]
        return self._about(set(), alike)

    def twins(self, urls: Collection[str], fingerprints: Collection[str]) -> list[Kept]:
        """The kept articles that have one of these addresses, or one of these texts."""
        return [k for k in self._kept.values() if k.url in urls or k.sketch.fingerprint in fingerprints]

    def texts(self, ids: Collection[str]) -> dict[str, str]:
        """The texts of kept articles, by id."""
        return {i: self._articles[i].text for i in ids if i in self._articles}

    def _about(self, ids: set[str], lines: Collection[str]) -> Past:
        """Some kept articles, in the order in which they came, with the cores of some storylines."""
        cores = tuple(core for core in map(self._standing, lines) if core.member_ids)
        ids = ids | {member for core in cores for member in core.member_ids}
        kept = tuple(self._now(self._kept[i]) for i in self._kept if i in ids)
        vectors = np.stack([self._rows[k.article_id] for k in kept]) if kept else np.zeros((0, 0), np.float32)
        stand = {k.storyline_id for k in kept} | {d.storyline_id for d in self._definitions}
        storylines = tuple(s for s in self._storylines.values() if s.storyline_id in stand)
        return Past(kept, vectors, storylines, (), cores=cores)

    def _standing(self, storyline_id: str) -> Core:
        """A storyline's core without those of its reports that went elsewhere."""
        core = self._cores[storyline_id]
        stay = tuple(m for m in core.member_ids if self.groups.storyline_of(m) == storyline_id)
        return replace(core, member_ids=stay)

    def _now(self, kept: Kept) -> Kept:
        where = (self.groups.event_of(kept.article_id), self.groups.storyline_of(kept.article_id))
        return replace(kept, event_id=where[0], storyline_id=where[1])

    def _links_now(self) -> tuple[Link, ...]:
        resolved = self.groups.resolved
        found = [replace(link, one_id=resolved(link.one_id), other_id=resolved(link.other_id)) for link in self._links]
        return tuple(dict.fromkeys(link for link in found if link.one_id != link.other_id))

    def learn(self, articles: Sequence[Article], vectors: Matrix, analysis: Analysis) -> None:
        """Keep the verdicts on a batch; `vectors` is float32, shape (len(articles), dimensions)."""
        by_id = {a.article_id: (a, row) for a, row in zip(articles, vectors, strict=True)}
        for entry in analysis.log:
            self.groups.apply(entry)
        for verdict in analysis.assignments:
            article, row = by_id[verdict.article_id]
            self._articles[article.article_id] = article
            self._rows[article.article_id] = row
            said = (article.article_id, article.url, article.title, article.publisher, article.language, article.time)
            where = (verdict.event_id, verdict.storyline_id)
            self._kept[article.article_id] = Kept(*said, *where, analysis.sketches[article.article_id])
        self._canonical.update({d.article_id: d.canonical_id for d in analysis.duplicates})
        self._storylines.update({s.storyline_id: s for s in analysis.storylines})
        self._cores.update({core.storyline_id: core for core in analysis.cores})
        self._cores = {s: core for s, core in self._cores.items() if self.groups.resolved(s) == s}
        self._links += analysis.links

    def event_of(self, article_id: str) -> str:
        """The event of an article, or of the one that it repeats."""
        return self.groups.event_of(self._canonical.get(article_id, article_id))

    def storyline_of(self, article_id: str) -> str:
        """The storyline of an article, or of the one that it repeats."""
        return self.groups.storyline_of(self._canonical.get(article_id, article_id))
