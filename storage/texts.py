"""Texts that change after an article was stored. Decides what goes along with them.

Never decides that a text has changed, and takes no verdict back: who joined what, and when, stays as it was.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from storage.database import Connection, Database, column, insert
from storage.models import Model, agree
from storage.rows import ARTICLE, SKETCH, article, article_row, sketch_row
from storage.wordindex import forget
from storywire.nouns import Article
from storywire.sketch import sketch


class Texts(Database):
    """The Store's articles whose words change."""

    def articles_of(self, ids: Sequence[str]) -> list[Article]:
        """The stored articles of these ids, by id."""
        with self.transaction() as con:
            return list(map(article, _rows(con, ids)))

    def judged(self, ids: Sequence[str]) -> frozenset[str]:
        """Of these articles, those that later ones are compared with: they need a vector when their text changes."""
        with self.transaction() as con:
            return _judged(con, ids)

    def replace_texts(
        self, articles: Sequence[Article], vectors: Mapping[str, npt.NDArray[np.float32]], model: Model
    ) -> None:
        """Puts what these articles say now in the place of what they said, in one transaction; see `put_texts`.

        Another text is by the page: what was wrong with that is forgotten.
        """
        with self.transaction() as con:
            told = {said.article_id: said.text for said in map(article, _rows(con, [a.article_id for a in articles]))}
            by_page(con, [a.article_id for a in articles if told.get(a.article_id) != a.text])
            put_texts(con, articles, vectors, model)


def by_page(con: Connection, article_ids: Sequence[str]) -> None:
    """Of articles that have their pages' words from now on: forgets why they had only their feeds'."""
    con.execute(
        """UPDATE private.entry SET reason = NULL WHERE state = 'stored' AND reason IS NOT NULL
        AND article_id IN (SELECT unnest(?::VARCHAR[]))""",
        [list(article_ids)],
    )


def put_texts(
    con: Connection, articles: Sequence[Article], vectors: Mapping[str, npt.NDArray[np.float32]], model: Model
) -> None:
    """Changes stored articles, all but their ids and when they were first seen; what is not stored is passed over.

    So is what was pruned: its text was removed on purpose, and what it is known by is of that text.

    Those that later articles are compared with need a unit row in `vectors`, by `model`. ModelError if the stored
    vectors are by another.
    """
    there = set(
        column(
            con,
            "SELECT article_id FROM private.article "
            "WHERE pruned_at IS NULL AND article_id IN (SELECT unnest(?::VARCHAR[]))",
            [a.article_id for a in articles],
        )
    )
    stored = [a for a in articles if a.article_id in there]
    insert(con, "private.article", ARTICLE, map(article_row, stored), "update", "article_id")
    forget(con, [a.article_id for a in stored])
    compared = _judged(con, [a.article_id for a in stored])
    if compared:
        agree(con, model)
    features = [
        (a.article_id, *sketch_row(sketch(a.title, a.text)), vectors[a.article_id].astype(np.float32, copy=False))
        for a in stored
        if a.article_id in compared
    ]
    insert(con, "private.feature", f"article_id, {SKETCH}, vector", features, "update", "article_id")


def _rows(con: Connection, ids: Sequence[str]) -> list[tuple[Any, ...]]:
    return con.execute(
        f"""SELECT {ARTICLE} FROM private.article WHERE article_id IN (SELECT unnest(?::VARCHAR[]))
        ORDER BY article_id""",
        [list(ids)],
    ).fetchall()


def _judged(con: Connection, ids: Sequence[str]) -> frozenset[str]:
    sql = "SELECT article_id FROM private.feature WHERE article_id IN (SELECT unnest(?::VARCHAR[]))"
    return frozenset(column(con, sql, list(ids)))
