"""Answers to searches: decides which articles are found by words and by meaning, on the published snapshot.

Never writes, and never puts a person's words into SQL: they are parameters.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from storage import lookup
from storage.database import Connection
from storage.rows import aware, storable
from storage.snapshot import reading
from storage.wordsql import differing, phrase, ranked, spaced, terms
from storywire.errors import ModelError
from storywire.searching import Filters, Question, folded
from storywire.signs import signs

BEST = 1000  # texts: by score, of which it is asked whether they have a phrase; by signs, of which the cosine is asked
READ = 200  # texts read at once for a phrase

Vector = npt.NDArray[np.float32]
Found = tuple[str, str, float]
"""An article, what it repeats (else itself), and its score."""


_KEPT_TOO = """SELECT best.article_id, coalesce(d.canonical_id, best.article_id), score
FROM best LEFT JOIN private.duplicate d USING (article_id)"""
_BY_WORDS = f"""
WITH {ranked("$sentence")},
best AS (
    SELECT a.article_id, score, a.first_seen_at FROM scored JOIN private.article a USING (doc) WHERE FILTERS
    ORDER BY score DESC, a.first_seen_at DESC, a.article_id LIMIT {BEST}
)
{_KEPT_TOO} ORDER BY score DESC, first_seen_at DESC, best.article_id
"""
_BY_MEANING = f"""
WITH best AS (
    SELECT a.article_id, 0 AS score FROM private.article a WHERE signs0 IS NOT NULL AND FILTERS
    ORDER BY {differing(["$s0", "$s1", "$s2", "$s3"], "a")}, a.article_id LIMIT {BEST}
)
{_KEPT_TOO}
"""
_HAS_ALL = f"""(
    SELECT doc FROM private.posting WHERE term IN ({terms("$ASKED")})
    GROUP BY doc HAVING count(*) = (SELECT count(*) FROM ({terms("$ASKED")})))"""
_FILTERS = {
    "since": "least(a.published_at, a.first_seen_at) >= $since",
    "until": "least(a.published_at, a.first_seen_at) < $until",
    "publisher": "contains(strip_accents(lower(a.publisher)), strip_accents(lower($publisher)))",
    "language": "a.language = lower($language)",
    "storyline_id": """a.article_id IN (
        SELECT article_id FROM private.assignment WHERE storyline_id = $storyline_id UNION ALL
        SELECT d.article_id FROM private.duplicate d JOIN private.assignment v ON v.article_id = d.canonical_id
        WHERE v.storyline_id = $storyline_id)""",
}
_ARTICLE = """SELECT article_id, title, url, publisher, language, published_at, published_precision, first_seen_at, text
    FROM private.article WHERE article_id IN"""
_PLACE = "SELECT article_id, event_id, storyline_id FROM private.assignment WHERE article_id IN"
_LABEL = "SELECT storyline_id, label FROM private.storyline WHERE storyline_id IN"
_KEPT = "SELECT article_id, canonical_id FROM private.duplicate WHERE article_id IN"
_COPIES = "SELECT canonical_id, count(*) FROM private.duplicate GROUP BY canonical_id HAVING canonical_id IN"
_COSINE = "SELECT article_id, list_dot_product(vector, $vector::FLOAT[]) FROM private.feature WHERE article_id IN"


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found, and where it belongs. `kept_id` is itself, or what it repeats."""

    article_id: str
    kept_id: str
    title: str
    url: str | None
    publisher: str | None
    language: str
    published_at: datetime | None
    published_precision: str
    first_seen_at: datetime
    text: str
    event_id: str | None
    storyline_id: str | None
    storyline: str | None
    copies: int  # of the kept one

    @property
    def time(self) -> datetime:
        """When it was published, where that is known, else when it was first seen."""
        return min(self.published_at, self.first_seen_at) if self.published_at else self.first_seen_at


class Searcher:
    """A snapshot that is open for searches."""

    def __init__(self, con: Connection) -> None:
        self.connection = con

    def storyline_id(self, named: str) -> str:
        """The storyline of this id, name or beginning; InputError, with what is near, unless it is just one."""
        return lookup.storyline_id(self.connection, named)

    def by_words(self, question: Question, filters: Filters, most: int) -> dict[str, float]:
        """The reports that have the rarest words most often, by id with their scores, best first.

        Of a report and its copies one: itself, or else the best copy that is asked for.
        """
        found = self._found(_BY_WORDS, {"sentence": question.sentence}, question, filters)
        return _one_each(self._having(found, question.phrases, most), most)

    def by_meaning(
        self, vector: Vector, question: Question, filters: Filters, most: int, needed: float
    ) -> dict[str, float]:
        """The reports whose vectors lie nearest to a unit vector, float32 of shape (dimensions,), with their cosines.

        None below `needed`. A copy is as near as what it repeats; of both, there is one, as by words.
        """
        near = dict(zip(("s0", "s1", "s2", "s3"), signs(vector[np.newaxis])[0], strict=True))
        found = self._found(_BY_MEANING, near, question, filters)
        speakers = [*{kept_id for _, kept_id, _ in found}]
        cosines: dict[str, float] = dict(self._of(_COSINE, speakers, vector=vector.tolist()))
        said = [(i, kept_id, cosines.get(kept_id, -1.0)) for i, kept_id, _ in found]
        best = sorted((each for each in said if each[2] >= needed), key=lambda each: (-each[2], each[0]))
        return _one_each(self._having(best, question.phrases, most), most)

    def hits(self, article_ids: Sequence[str]) -> list[Hit]:
        """What there is to tell of these articles, in their order."""
        articles = {row[0]: aware(row) for row in self._of(_ARTICLE, article_ids)}
        kept = {each: each for each in articles} | self.kept(article_ids)
        places, copies = self.places([*kept.values()]), dict(self._of(_COPIES, [*kept.values()]))
        found = []
        for article_id in filter(articles.__contains__, article_ids):
            kept_id = kept[article_id]
            place = places.get(kept_id, (None, None, None))
            said: Any = (article_id, kept_id, *articles[article_id][1:], *place, copies.get(kept_id, 0))
            found.append(Hit(*said))
        return found

    def places(self, kept_ids: Sequence[str]) -> dict[str, tuple[str, str, str]]:
        """Of kept articles: the event, the storyline, and what that is called."""
        places = self._of(_PLACE, kept_ids)
        labels = dict(self._of(_LABEL, sorted({storyline_id for _, _, storyline_id in places})))
        return {article_id: (event_id, line, labels[line]) for article_id, event_id, line in places}

    def kept(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Of copies: what they repeat."""
        return dict(self._of(_KEPT, article_ids))

    def named(self, said: str, most: int) -> dict[str, str]:
        """The storylines that a person named so: by id, with their names, which have all these words, or longer ones.

        The others have names made of words of their reports, by which they are found anyway.
        """
        asked = folded(said)
        rows = self.connection.execute(
            """SELECT storyline_id, label FROM private.storyline WHERE pinned AND merged_into IS NULL
            ORDER BY created_at DESC NULLS LAST, storyline_id"""
        ).fetchall()
        found = ((i, label) for i, label in rows if all(any(n.startswith(w) for n in folded(label)) for w in asked))
        return dict(islice(found, most)) if asked else {}

    def require_model(self, model: tuple[str, str]) -> None:
        """ModelError if the vectors of this snapshot are by another model."""
        meta = dict(self.connection.execute("SELECT key, value FROM private.meta").fetchall())
        stored = meta.get("model_name"), meta.get("model_digest")
        if stored[0] is not None and stored != model:
            raise ModelError(
                f"the stored vectors are by {stored[0]}, and this is {model[0]}: set STORYWIRE_MODEL as it was, or run "
                f"`storywire reembed`, or search by words alone, with --by words"
            )

    def _found(self, sql: str, given: dict[str, Any], question: Question, filters: Filters) -> list[Found]:
        """Articles, with what they repeat, else themselves, and their scores."""
        asked = {name: value for name in _FILTERS if (value := getattr(filters, name)) is not None}
        conditions = ["true", *(_FILTERS[name] for name in asked)]
        for kind, said in (("NOT IN", question.without), ("IN", question.phrases)):
            for number, words_of_it in enumerate(said):
                name = f"{'without' if kind == 'NOT IN' else 'phrase'}{number}"
                conditions.append(f"a.doc {kind} {_HAS_ALL.replace('ASKED', name)}")
                asked[name] = words_of_it
        values = {name: storable(value) for name, value in (given | asked).items()}
        return self.connection.execute(sql.replace("FILTERS", " AND ".join(conditions)), values).fetchall()

    def _having(self, found: Sequence[Found], phrases: Sequence[str], most: int) -> list[Found]:
        """Of articles, best first, those that have each phrase in headline or text, until there are enough."""
        if not phrases:
            return list(found)
        asked = {f"phrase{number}": said for number, said in enumerate(phrases)}
        has = " AND ".join(
            f"(contains({spaced('title')}, {phrase(f'${name}')}) OR contains({spaced('text')}, {phrase(f'${name}')}))"
            for name in asked
        )
        sql = f"SELECT article_id FROM private.article WHERE {has} AND article_id IN"
        having: list[Found] = []
        for first in range(0, len(found), READ):
            read = found[first : first + READ]
            ids = {row[0] for row in self._of(sql, [each[0] for each in read], **asked)}
            having += [each for each in read if each[0] in ids]
            if len(having) >= most:
                break
        return having

    def _of(self, sql: str, article_ids: Sequence[str], **given: Any) -> list[tuple[Any, ...]]:
        """The rows of these ids, each a parameter of its own: so DuckDB finds them by the key, and reads no others."""
        if not article_ids:
            return []
        ids = {f"id{n}": each for n, each in enumerate(article_ids)}
        return self.connection.execute(f"{sql} ({', '.join(f'${name}' for name in ids)})", given | ids).fetchall()


def _one_each(found: Sequence[Found], most: int) -> dict[str, float]:
    """Of each report and its copies, which have the same second id, the report if it is there, with the best score."""
    ids = {article_id for article_id, _, _ in found}
    scores: dict[str, float] = {}
    shown: dict[str, str] = {}
    for article_id, kept_id, score in found:
        scores.setdefault(shown.setdefault(kept_id, kept_id if kept_id in ids else article_id), score)
    return dict([*scores.items()][:most])


@contextmanager
def searching(home: Path) -> Iterator[Searcher]:
    """The published snapshot of an installation, open for searches; errors as those of `reading`."""
    with reading(home) as con:
        yield Searcher(con)
