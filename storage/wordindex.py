"""The index of words and of meanings: decides what is in it, and in which order its rows lie.

Never answers a question: `searching` does. Never made anew as a whole: what is stored since is added, piece by piece.

A posting says that a text has a word, and how much that counts. Texts are numbered as they come. Rows of 4,096 texts
are sorted by word when these are complete, and those of 65,536 once more; then they stay as they are. DuckDB knows the
smallest and largest word of each group of 122,880 rows, so a look-up reads one or two groups of each piece, and skips
the rest. It is the idea of Lucene's segments, merged by size (O'Neil et al., "The Log-Structured Merge-Tree", 1996),
without files of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import numpy as np

from storage.database import Connection, Database, atomic, column, insert
from storage.wordsql import SIGNS, term, words
from storywire.signs import signs

PIECE, WHOLE = 4096, 65_536  # texts
_UNSIGN = ", ".join(f"{name} = NULL" for name in SIGNS.split(", "))

# BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) in all but the rarity of a word, which is
# known when it is asked for. k1 = 1.2 and b = 0.75, as usual; a word of the headline counts for three. The length that
# is usual is a constant, not a mean: else each new text would change all weights.
_ADD = f"""
INSERT INTO private.posting
WITH said AS (
    SELECT doc, unnest({words("concat_ws(' ', title, title, title, text)")}) AS word FROM temp.fresh
), counted AS (
    SELECT doc, word, count(*) AS n FROM said GROUP BY doc, word
), long AS (
    SELECT doc, sum(n) AS length FROM counted GROUP BY doc
)
SELECT {term("word")} AS term, doc, greatest(1, round(255 * n / (n + 1.2 * (0.25 + 0.75 * length / 400))))::UTINYINT
FROM counted JOIN long USING (doc) ORDER BY term, doc
"""
# Which ones first, without their texts or vectors: those are then read of few rows, which mostly lie side by side.
_FRESH = """
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT article_id, title, text, ($next - 1 + row_number() OVER (ORDER BY first_seen_at, article_id))::UINTEGER AS doc
FROM private.article WHERE article_id IN (
    SELECT article_id FROM private.article WHERE doc IS NULL ORDER BY first_seen_at, article_id LIMIT $room
)
"""
_UNSIGNED = """
WITH unsigned AS (
    SELECT a.article_id, coalesce(d.canonical_id, a.article_id) AS judged_id
    FROM private.article a LEFT JOIN private.duplicate d USING (article_id)
    SEMI JOIN private.feature f ON f.article_id = coalesce(d.canonical_id, a.article_id)
    WHERE a.signs0 IS NULL ORDER BY a.rowid LIMIT $room
)
SELECT u.article_id, f.vector FROM unsigned u JOIN private.feature f ON f.article_id = u.judged_id
"""


Stage = Callable[[str, int], AbstractContextManager[Callable[[float], None]]]
"""Begins a stage of so many steps, and gives what is told of steps done; `flows.house.Progress` has one."""


@contextmanager
def unseen(name: str, total: int) -> Iterator[Callable[[float], None]]:
    """A Stage that shows nothing."""
    yield lambda _: None


class WordIndex(Database):
    """The Store's index."""

    def index(self) -> int:
        """Takes in what was stored or changed since; how many texts that was."""
        return self._bring_up(unseen, lambda: None)

    def _bring_up(self, stage: Stage, then: Callable[[], object]) -> int:
        """Takes in a piece a transaction, letting go of the lock in between; with the last, still under it, `then`."""
        done, more, advance = 0, True, None
        with ExitStack() as stack:
            while more:
                with self.locked():
                    with self.opened() as con:
                        advance = advance or stack.enter_context(stage("index", _missing(con)))
                        with atomic(con):
                            taken, more = take_in(con)
                        if not more:
                            con.execute("CHECKPOINT")
                    if not more:
                        then()
                advance(taken)
                done += taken
        return done


def forget(con: Connection, article_ids: Sequence[str]) -> None:
    """Lets articles whose words or vectors change be taken in anew, and the copies of them with their vectors."""
    ids = {"ids": list(article_ids)}
    # At once, not when they are sorted next: rows without a text would count when it is asked how rare a word is.
    con.execute(
        """DELETE FROM private.posting WHERE doc IN (
            SELECT doc FROM private.article WHERE article_id IN (SELECT unnest($ids::VARCHAR[])) AND doc IS NOT NULL
        )""",
        ids,
    )
    con.execute(
        """UPDATE private.article SET doc = NULL
        WHERE article_id IN (SELECT unnest($ids::VARCHAR[])) AND doc IS NOT NULL""",
        ids,
    )
    con.execute(
        f"""UPDATE private.article SET {_UNSIGN} WHERE signs0 IS NOT NULL AND article_id IN (
            SELECT unnest($ids::VARCHAR[])
            UNION ALL
            SELECT article_id FROM private.duplicate WHERE canonical_id IN (SELECT unnest($ids::VARCHAR[]))
        )""",
        ids,
    )


def forget_vectors(con: Connection) -> None:
    """Lets all meanings be taken in anew, as by another model."""
    con.execute(f"UPDATE private.article SET {_UNSIGN}")


def _missing(con: Connection) -> int:
    return int(column(con, "SELECT count(*) FROM private.article WHERE doc IS NULL")[0])


def take_in(con: Connection) -> tuple[int, bool]:
    """Takes in a piece of what is missing, words and meanings; how many texts, and whether there may be more."""
    taken, more = _index(con)
    return taken, _sign(con) or more


def _index(con: Connection) -> tuple[int, bool]:
    """Indexes texts up to the end of a piece; how many, and whether that end was reached."""
    if not _missing(con):
        return 0, False
    following = int(next(iter(column(con, "SELECT value FROM private.meta WHERE key = 'next_doc'")), 0))
    con.execute(_FRESH, {"next": following, "room": PIECE - following % PIECE})
    con.execute(_ADD)
    con.execute("UPDATE private.article SET doc = f.doc FROM temp.fresh f WHERE f.article_id = article.article_id")
    taken = int(column(con, "SELECT count(*) FROM temp.fresh")[0])
    con.execute("DROP TABLE temp.fresh")
    end = following + taken
    con.execute("INSERT OR REPLACE INTO private.meta VALUES ('next_doc', ?)", [str(end)])
    size = next((size for size in (WHOLE, PIECE) if end % size == 0), 0)
    if size:
        _sort(con, end - size, end)
    return taken, bool(size)


def _sort(con: Connection, first: int, end: int) -> None:
    """Puts the rows of these texts in order."""
    span: dict[str, Any] = {"first": first, "end": end}
    con.execute(
        """CREATE OR REPLACE TEMP TABLE piece AS FROM private.posting
        WHERE doc >= $first AND doc < $end ORDER BY term, doc""",
        span,
    )
    con.execute("DELETE FROM private.posting WHERE doc >= $first AND doc < $end", span)
    con.execute("INSERT INTO private.posting FROM temp.piece")
    con.execute("DROP TABLE temp.piece")


def _sign(con: Connection) -> bool:
    """Takes in the meanings of as many texts; whether there may be more."""
    rows = con.execute(_UNSIGNED, {"room": PIECE}).fetchall()
    if rows:
        found = signs(np.array([vector for _, vector in rows], np.float32))
        signed = [(row[0], *each) for row, each in zip(rows, found, strict=True)]
        insert(con, "private.article", f"article_id, {SIGNS}", signed, "update", "article_id")
    return len(rows) == PIECE
