"""Answers to searches: decides which articles are found by words and by meaning, on the published snapshot.

Never writes, and never puts a person's words into SQL: they are parameters.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from storage import lookup
from storage.database import Connection, column
from storage.rows import aware, naive
from storage.snapshot import reading
from storage.wordindex import SIGNS, term, words
from storywire.errors import ModelError
from storywire.nouns import Precision
from storywire.searching import Filters, Question
from storywire.signs import signs

TERMS = 64  # words of a question that count
LOOKED_AT = 1000  # texts that have all words, of which it is asked whether they have the phrase
NEAREST = 1000  # texts whose signs are nearest, of which the cosine is asked

Vector = npt.NDArray[np.float32]


def ranked(asked: str) -> str:
    """SQL for common table expressions that end with `scored`: texts by number, with BM25's score for a question.

    How rare a word is: ln(1 + (N - n + 0.5) / (n + 0.5)), by all texts, whatever is asked of them besides.
    """
    return f"""
    asked AS (SELECT DISTINCT {term("word")} AS term FROM (SELECT unnest({words(asked)}) AS word) LIMIT {TERMS}),
    hit AS MATERIALIZED (SELECT term, doc, weight FROM private.posting WHERE term IN (SELECT term FROM asked)),
    rare AS (
        SELECT term, ln(1 + ((SELECT count(doc) FROM private.article) - count(*) + 0.5) / (count(*) + 0.5)) AS idf
        FROM hit GROUP BY term
    ),
    scored AS (SELECT doc, sum(weight * idf) / 255 AS score FROM hit JOIN rare USING (term) GROUP BY doc)"""


def differing(others: Sequence[str]) -> str:
    """SQL for the number of signs in which an article's vector differs from others, four expressions of SQL."""
    pairs = zip(SIGNS.split(", "), others, strict=True)
    return " + ".join(f"bit_count(xor({mine}, {other}))::INTEGER" for mine, other in pairs)


def _plain(text: str) -> str:
    """SQL for the words of a text as one text, in which a phrase can be looked for."""
    return f"' ' || array_to_string({words(text)}, ' ') || ' '"


_BY_WORDS = f"""
WITH {ranked("$sentence")}
SELECT a.article_id, score FROM scored JOIN private.article a USING (doc) WHERE FILTERS
ORDER BY score DESC, a.first_seen_at DESC, a.article_id LIMIT $most
"""
_BY_MEANING = f"""
SELECT a.article_id, 0.0 FROM private.article a WHERE signs0 IS NOT NULL AND FILTERS
ORDER BY {differing(["$s0", "$s1", "$s2", "$s3"])}, a.article_id LIMIT $most
"""
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
_HITS = """
SELECT a.article_id, coalesce(d.canonical_id, a.article_id), a.title, a.url, a.publisher, a.language, a.published_at,
    a.published_precision, a.first_seen_at, a.text, v.event_id, v.storyline_id, s.label,
    (SELECT count(*) FROM private.duplicate c WHERE c.canonical_id = coalesce(d.canonical_id, a.article_id))
FROM private.article a LEFT JOIN private.duplicate d USING (article_id)
LEFT JOIN private.assignment v ON v.article_id = coalesce(d.canonical_id, a.article_id)
LEFT JOIN private.storyline s USING (storyline_id)
WHERE a.article_id IN (SELECT unnest(?::VARCHAR[]))
"""


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
    precision: Precision
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
        self._con = con

    def storyline_id(self, named: str) -> str:
        """The storyline of this id, name or beginning; InputError, with what is near, unless it is just one."""
        return lookup.storyline_id(self._con, named)

    def by_words(self, question: Question, filters: Filters, most: int) -> dict[str, float]:
        """The articles that have the rarest words most often, by id with their scores, best first."""
        given: dict[str, Any] = {"sentence": question.sentence, "most": most}
        if not question.phrases and not question.without:
            return self._found(_BY_WORDS, given, filters)
        best = self._found(_BY_WORDS, {**given, "most": LOOKED_AT}, filters)
        return dict([*self._fitting(best, question).items()][:most])

    def by_meaning(
        self, vector: Vector, question: Question, filters: Filters, most: int, needed: float
    ) -> dict[str, float]:
        """The articles whose vectors lie nearest to a unit vector, float32 of shape (dimensions,), with their cosines.

        None below `needed`. A copy is as near as what it repeats.
        """
        near = dict(zip(("s0", "s1", "s2", "s3"), signs(vector[np.newaxis])[0], strict=True))
        nearest = self._found(_BY_MEANING, {**near, "most": NEAREST}, filters)
        cosines = self._cosines(list(nearest), vector)
        best = sorted(((i, c) for i, c in cosines.items() if c >= needed), key=lambda each: (-each[1], each[0]))
        found = dict(best[: LOOKED_AT if question.phrases or question.without else most])
        return dict([*self._fitting(found, question).items()][:most])

    def hits(self, article_ids: Sequence[str]) -> list[Hit]:
        """What there is to tell of these articles, in their order."""
        rows = [aware(row) for row in self._con.execute(_HITS, [list(article_ids)]).fetchall()]
        found = {row[0]: Hit(*row[:7], Precision(row[7]), *row[8:]) for row in rows}
        return [found[each] for each in article_ids if each in found]

    def kept(self, article_ids: Sequence[str]) -> dict[str, str]:
        """Of copies: what they repeat."""
        sql = """SELECT article_id, canonical_id FROM private.duplicate
            WHERE article_id IN (SELECT unnest(?::VARCHAR[]))"""
        return dict(self._con.execute(sql, [list(article_ids)]).fetchall())

    def named(self, said: str, most: int) -> list[str]:
        """The storylines whose names have all these words, those of the latest coverage first."""
        sql = f"""SELECT storyline_id FROM storylines
            WHERE list_has_all({words("label")}, list_distinct({words("?")})) AND len({words("?")}) > 0
            ORDER BY last_published_at DESC NULLS LAST, storyline_id LIMIT ?"""
        return column(self._con, sql, said, said, most)

    def require_model(self, model: tuple[str, str]) -> None:
        """ModelError if the vectors of this snapshot are by another model."""
        meta = dict(self._con.execute("SELECT key, value FROM private.meta").fetchall())
        stored = meta.get("model_name"), meta.get("model_digest")
        if stored[0] is not None and stored != model:
            raise ModelError(
                f"the stored vectors are by {stored[0]}, and this is {model[0]}: set STORYWIRE_MODEL as it was, or run "
                f"`storywire reembed`, or search by words alone with --words"
            )

    def _found(self, sql: str, given: dict[str, Any], filters: Filters) -> dict[str, float]:
        asked = {name: value for name in _FILTERS if (value := getattr(filters, name)) is not None}
        values = {k: naive(v) if isinstance(v, datetime) else v for k, v in asked.items()}
        condition = " AND ".join(["true", *(_FILTERS[name] for name in asked)])
        return dict(self._con.execute(sql.replace("FILTERS", condition), given | values).fetchall())

    def _fitting(self, found: dict[str, float], question: Question) -> dict[str, float]:
        """Those that have all phrases, and nothing of what must not be there."""
        if not question.phrases and not question.without:
            return found
        plain = _plain("concat_ws(' ', title, text)")
        has = f"(SELECT count(*) FROM (SELECT unnest($%s::VARCHAR[]) AS p) WHERE contains(plain, {_plain('p')}))"
        sql = f"""SELECT article_id FROM (
            SELECT article_id, {plain} AS plain FROM private.article WHERE article_id IN (SELECT unnest($ids::VARCHAR[]))
        ) WHERE {has % "phrases"} = len($phrases::VARCHAR[]) AND {has % "without"} = 0"""
        asked = {"ids": list(found), "phrases": list(question.phrases), "without": list(question.without)}
        fitting = {row[0] for row in self._con.execute(sql, asked).fetchall()}
        return {each: score for each, score in found.items() if each in fitting}

    def _cosines(self, article_ids: Sequence[str], vector: Vector) -> dict[str, float]:
        """Each as a parameter of its own: so DuckDB reads these rows by the key's index, and not all vectors."""
        kept = self.kept(article_ids)
        speakers = sorted({kept.get(each, each) for each in article_ids})
        sql = f"""SELECT article_id, list_dot_product(vector, ?::FLOAT[]) FROM private.feature
            WHERE article_id IN ({", ".join("?" * len(speakers))})"""
        if not speakers:
            return {}
        cosines = dict(self._con.execute(sql, [vector.tolist(), *speakers]).fetchall())
        return {each: cosines[kept.get(each, each)] for each in article_ids if kept.get(each, each) in cosines}


@contextmanager
def searching(home: Path) -> Iterator[Searcher]:
    """The published snapshot of an installation, open for searches; errors as those of `reading`."""
    with reading(home) as con:
        yield Searcher(con)
