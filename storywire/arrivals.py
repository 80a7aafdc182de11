"""What a batch, or a look at a known article, brought, as watches see it: decides its class, and whether it is news.

Never decides which watch wants it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from storywire.identity import event_id
from storywire.nouns import Article, Revision
from storywire.past import Analysis, Matrix, Past
from storywire.sources import Source, independent
from storywire.watches import AlertClass

LATE = timedelta(days=7)
"""What a feed lists for the first time, so long after its publication, is its archive: our own choice."""


Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """One report, or one change of it. `vector` is a unit row, float32; None where it has none."""

    article_id: str
    storyline_id: str
    kind: AlertClass  # as it is for a watch that knows the storyline
    title: str
    text: str
    publisher: str | None
    url: str | None
    language: str
    vector: Vector | None = None
    began_at: datetime | None = None  # of its storyline, where Storywire found that
    silent: str | None = None  # why nobody is told
    change: int = 0  # of a changed report: which text was replaced
    time: datetime | None = None  # when it was published or seen; None for a change

    @property
    def cause(self) -> str:
        """What an alert's id is derived from: a report comes once, and may change several times."""
        return f"{self.article_id}#{self.change}" if self.change else self.article_id


@dataclass(frozen=True, slots=True)
class Listing:
    """How an article came to be known. `read_at` is when its feed had been read before, or when somebody pushed
    it in; None: never, or a seed.
    """

    seed: bool
    read_at: datetime | None = None

    def silent(self, article: Article) -> str | None:
        """Why nobody is told of an article that came this way; None where it is news.

        Dates are data, so one that is far too early costs an alert, never more: the report is stored all the same.
        """
        if self.seed:
            return "a seed"
        if self.read_at is None:
            return "the first look at its feed"
        published = article.published.at
        read_at = min(self.read_at, article.first_seen_at)  # later only by a clock that was wrong
        return "published long before" if published is not None and published < read_at - LATE else None


@dataclass(frozen=True, slots=True)
class Known:
    """A stored report that a new one repeats."""

    storyline_id: str
    publisher: str | None
    url: str | None


def coverage(
    analysis: Analysis,
    articles: Sequence[Article],
    vectors: Matrix,
    past: Past,
    listings: Mapping[str, Listing],
    known: Mapping[str, Known],
    groups: Mapping[str, str],
) -> list[Arrival]:
    """What a batch brought. `vectors` has a row for each of `articles`; `known` what is stored of those repeated.

    A report that its own publisher gives once more, under another address or date, is no arrival at all.
    """
    by_id = {article.article_id: (article, row) for article, row in zip(articles, vectors, strict=True)}
    known = {**known, **{i: Known(s, by_id[i][0].publisher, by_id[i][0].url) for i, s in analysis.ends.items()}}
    began = {s.storyline_id: s.created_at for s in (*past.storylines, *analysis.storylines) if not s.pinned}
    members = {member for definition in past.definitions for member in definition.member_ids}

    def came(article_id: str, storyline_id: str, kind: AlertClass) -> Arrival:
        article, vector = by_id[article_id]
        listing = Listing(seed=True) if article_id in members else listings.get(article_id, Listing(seed=True))
        return arrival(article, storyline_id, kind, listing, vector, began.get(storyline_id))

    found = [
        came(a.article_id, analysis.ends[a.article_id], AlertClass.FOLLOW_UP if founded else AlertClass.REPORT)
        for a in analysis.assignments
        for founded in [a.event_id == event_id(a.article_id)]
    ]
    return found + [
        came(d.article_id, known[d.canonical_id].storyline_id, AlertClass.REPRINT)
        for d in analysis.duplicates
        if d.canonical_id in known and by_another(by_id[d.article_id][0], known[d.canonical_id], groups)
    ]


def arrival(
    article: Article,
    storyline_id: str,
    kind: AlertClass,
    listing: Listing,
    vector: Vector | None,
    began_at: datetime | None,
) -> Arrival:
    """A report that came; `began_at` is when its storyline was found, None for one that a person named."""
    words = (article.title, article.text, article.publisher, article.url, article.language)
    came = (vector, began_at, listing.silent(article))
    return Arrival(article.article_id, storyline_id, kind, *words, *came, time=article.time)


def by_another(copy: Article, kept: Known, groups: Mapping[str, str]) -> bool:
    """Whether a report that repeats a kept one is of another publisher. Its own, once more, is no news to anyone."""
    sources = [Source("copy", copy.publisher, copy.url), Source("kept", kept.publisher, kept.url)]
    return independent(sources, groups) == 2


def change(article: Article, revision: Revision, storyline_id: str, vector: Vector | None) -> Arrival:
    """A known report that says something else now; `article` has the new text."""
    kind = AlertClass.CORRECTION if revision.correction else AlertClass.REVISION
    words = (article.title, article.text, article.publisher, article.url, article.language)
    return Arrival(article.article_id, storyline_id, kind, *words, vector=vector, change=revision.number)
