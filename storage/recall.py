"""What an analysis is given of what is stored. Decides which kept articles and storylines that is.

Never writes anything but tables that last as long as the transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from storage.database import Connection, Database, column
from storage.rows import CORE, LINK, SKETCH, STORYLINE, aware, core, link, naive, sketch, storyline
from storywire.memory import MIN_SHARED
from storywire.nouns import Definition, Link
from storywire.past import Core, Kept, Matrix, Past
from storywire.sketch import Hashes

# The article that speaks for a seed: itself, or the kept one that it repeats.
SEEDS = """(
    SELECT d.storyline_id, d.article_id AS seed_id, coalesce(c.canonical_id, d.article_id) AS article_id
    FROM private.definition d LEFT JOIN private.duplicate c USING (article_id)
)"""
_RECENT = "FROM private.assignment JOIN private.article USING (article_id) WHERE first_seen_at >= $since"
_ALIKE = """
    SELECT storyline_id FROM (SELECT storyline_id, unnest(terms) AS term FROM private.core)
    WHERE term IN (SELECT unnest($terms::UINTEGER[])) AND storyline_id NOT IN (SELECT unnest($known::VARCHAR[]))
    AND storyline_id NOT IN (SELECT storyline_id FROM private.definition)
    GROUP BY storyline_id HAVING count(*) >= $shared"""
_WANTED = """
    FROM temp.wanted JOIN private.assignment v USING (article_id) JOIN private.article a USING (article_id)
    JOIN private.feature f USING (article_id) ORDER BY a.first_seen_at, article_id"""


class Recall(Database):
    """The Store's memory for analyses."""

    def past(self, since: datetime) -> Past:
        """The kept articles first seen at or after `since`, and all that open storylines rest on, in order of coming.

        These are all kept seeds (one that repeats a kept article is named by that one), and the cores of the storylines
        that someone defined or that have an article of that time. With no kept article `vectors` has shape (0, 0).
        """
        at = {"since": naive(since)}
        with self.transaction() as con:
            cores = _cores(con, f"SELECT storyline_id {_RECENT} UNION SELECT storyline_id FROM private.definition", at)
            _want(con, cores, f"SELECT article_id {_RECENT} UNION SELECT article_id FROM {SEEDS}", at)
            past = _past(con, cores, "pinned")
            return replace(past, definitions=_definitions(con), unsettled=unsettled(con), links=_links(con))

    def dormant(self, terms: Hashes, known: Collection[str]) -> Past:
        """The open found storylines beside the known ones whose core shares enough of `terms` (uint32), with that core.

        It reads the terms of all cores, and of the articles only those that it returns.
        """
        about = {"terms": terms.tolist(), "known": list(known), "shared": MIN_SHARED}
        with self.transaction() as con:
            cores = _cores(con, _ALIKE, about)
            _want(con, cores)
            return _past(con, cores)

    def twins(self, urls: Collection[str], fingerprints: Collection[str]) -> tuple[Kept, ...]:
        """The kept articles that have one of these addresses, or one of these texts, however old they are."""
        alike = """SELECT article_id FROM private.article WHERE url IN (SELECT unnest($urls::VARCHAR[]))
            UNION SELECT article_id FROM private.feature WHERE fingerprint IN (SELECT unnest($prints::VARCHAR[]))"""
        with self.transaction() as con:
            _want(con, (), alike, {"urls": list(urls), "prints": list(fingerprints)})
            return _kept(con)

    def texts(self, ids: Collection[str]) -> dict[str, str]:
        """The texts of articles, by id."""
        sql = "SELECT article_id, text FROM private.article WHERE article_id IN (SELECT unnest(?::VARCHAR[]))"
        with self.transaction() as con:
            return dict(con.execute(sql, [list(ids)]).fetchall())


def unsettled(con: Connection) -> frozenset[str]:
    """Storylines with stored seeds that no analysis has seen yet. Seeds that are not stored could draw in nothing."""
    sql = "FROM private.definition SEMI JOIN private.article USING (article_id) WHERE NOT settled"
    return frozenset(column(con, f"SELECT storyline_id {sql}"))


def _cores(con: Connection, storylines: str, parameters: Mapping[str, Any]) -> list[Core]:
    """The cores of those of some storylines that are open."""
    rows = con.execute(
        f"""SELECT {CORE} FROM private.core WHERE storyline_id IN ({storylines})
        AND storyline_id IN (SELECT storyline_id FROM private.storyline WHERE merged_into IS NULL AND NOT closed)
        ORDER BY storyline_id""",
        dict(parameters),
    ).fetchall()
    return [core(row) for row in rows]


def _want(
    con: Connection, cores: Sequence[Core], others: str = "SELECT NULL", parameters: Mapping[str, Any] | None = None
) -> None:
    """Makes the table of the articles to be recalled: members of cores, as long as they are where the core is."""
    members = {
        "storylines": [core.storyline_id for core in cores for _ in core.member_ids],
        "members": [member for core in cores for member in core.member_ids],
    }
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE wanted AS
        SELECT article_id FROM private.assignment JOIN (
            SELECT unnest($storylines::VARCHAR[]) AS storyline_id, unnest($members::VARCHAR[]) AS article_id
        ) USING (storyline_id, article_id) UNION {others}""",
        members | dict(parameters or {}),
    )


def _past(con: Connection, cores: Sequence[Core], more_storylines: str = "false") -> Past:
    """The wanted articles, with their storylines and some others, and with the cores as far as these are there."""
    kept = _kept(con)
    vectors = _matrix(con.execute(f"SELECT f.vector AS vector {_WANTED}").fetchnumpy())
    rows = con.execute(
        f"""SELECT {STORYLINE} FROM private.storyline WHERE merged_into IS NULL
        AND ({more_storylines} OR storyline_id IN (SELECT unnest(?::VARCHAR[]))) ORDER BY storyline_id""",
        [sorted({one.storyline_id for one in kept})],
    ).fetchall()
    storyline_of = {one.article_id: one.storyline_id for one in kept}
    standing = (
        replace(core, member_ids=tuple(m for m in core.member_ids if storyline_of.get(m) == core.storyline_id))
        for core in cores
    )
    return Past(kept, vectors, tuple(map(storyline, rows)), (), cores=tuple(c for c in standing if c.member_ids))


def _kept(con: Connection) -> tuple[Kept, ...]:
    # least() leaves nulls out: this is Article.time
    rows = con.execute(
        f"""SELECT article_id, a.url, a.title, a.publisher, a.language, least(a.published_at, a.first_seen_at),
        v.event_id, v.storyline_id, {SKETCH} {_WANTED}"""
    ).fetchall()
    return tuple(Kept(*[*aware(row[:8]), sketch(row[8:])]) for row in rows)


def _matrix(columns: Mapping[str, Any]) -> Matrix:
    rows = columns["vector"]
    return np.stack(list(rows)).astype(np.float32, copy=False) if len(rows) else np.zeros((0, 0), np.float32)


def _definitions(con: Connection) -> tuple[Definition, ...]:
    rows = con.execute(
        f"""SELECT storyline_id, label, list(DISTINCT d.article_id ORDER BY d.article_id)
        FROM {SEEDS} d JOIN private.storyline USING (storyline_id) GROUP BY ALL ORDER BY storyline_id"""
    ).fetchall()
    return tuple(Definition(storyline_id, name, tuple(members)) for storyline_id, name, members in rows)


def _links(con: Connection) -> tuple[Link, ...]:
    return tuple(link(row) for row in con.execute(f"SELECT {LINK} FROM private.link ORDER BY ALL").fetchall())
