"""Changing the embedding model. Decides when the new vectors take the place of the old ones: all at once.

Never embeds anything. The new vectors wait in a table of their own, so a re-embedding that is cut short leaves the old
ones in use, and goes on where it stopped.
"""

from collections.abc import Sequence

import numpy as np

from storage.database import Connection, Database, column, insert
from storage.models import Model, put_model
from storage.rows import ARTICLE, article
from storage.wordindex import forget_vectors
from storywire.errors import StorageError
from storywire.nouns import Article
from storywire.past import Matrix

_MISSING = (
    "FROM private.article SEMI JOIN private.feature USING (article_id) ANTI JOIN private.reembedded USING (article_id)"
)


class Reembedding(Database):
    """The Store's change of model: `to_reembed` and `save_reembedded` until there is none, then `swap_vectors`."""

    def to_reembed(self, model: Model, limit: int) -> list[Article]:
        """Kept articles that have no vector by this model yet. Vectors begun by yet another model are dropped."""
        with self.transaction() as con:
            if _begun(con) != model:
                con.execute("DELETE FROM private.reembedded")
                put_model(con, model, "reembed")
            rows = con.execute(f"SELECT {ARTICLE} {_MISSING} ORDER BY article_id LIMIT ?", [limit]).fetchall()
        return [article(row) for row in rows]

    def to_reembed_count(self) -> int:
        """How many kept articles have no new vector yet."""
        with self.transaction() as con:
            count: int = column(con, f"SELECT count(*) {_MISSING}")[0]
        return count

    def pruned_count(self) -> int:
        """How many kept articles have no text any more: what is embedded of them is their headline alone."""
        sql = """SELECT count(*) FROM private.article SEMI JOIN private.feature USING (article_id)
            WHERE pruned_at IS NOT NULL"""
        with self.transaction() as con:
            return int(column(con, sql)[0])

    def save_reembedded(self, model: Model, ids: Sequence[str], vectors: Matrix) -> None:
        """New vectors, float32 of shape (len(ids), dimensions), beside the old ones."""
        with self.transaction() as con:
            _require(con, model)
            rows = zip(ids, vectors.astype(np.float32, copy=False), strict=True)
            insert(con, "private.reembedded", "article_id, vector", rows, "upsert")

    def swap_vectors(self, model: Model) -> bool:
        """Puts the new vectors in the place of the old ones. False, and nothing done, while an article lacks one."""
        with self.transaction() as con:
            _require(con, model)
            if column(con, f"SELECT article_id {_MISSING} LIMIT 1"):
                return False
            con.execute(
                """UPDATE private.feature SET vector = new.vector FROM private.reembedded new
                WHERE new.article_id = feature.article_id"""
            )
            forget_vectors(con)
            con.execute("DELETE FROM private.reembedded")
            con.execute("DELETE FROM private.meta WHERE key LIKE 'reembed%'")
            put_model(con, model)
        return True


def _begun(con: Connection) -> Model | None:
    meta = dict(con.execute("SELECT key, value FROM private.meta").fetchall())
    return (meta["reembed_name"], meta["reembed_digest"]) if "reembed_name" in meta else None


def _require(con: Connection, model: Model) -> None:
    begun = _begun(con)
    if begun != model:
        raise StorageError(
            f"no re-embedding by {model[0]} is under way; another may have begun since: run `storywire reembed` again"
        )
