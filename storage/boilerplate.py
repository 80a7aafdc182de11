"""The paragraphs that publishers repeat, learnt from their pages. Decides which articles teach, and which are cleaned.

Never keeps a word of a paragraph, and never changes the text of an article that has a verdict, or of a seed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from storage.database import Connection, Database, column, insert
from storage.rows import naive
from storage.wordindex import forget
from storywire.boilerplate import MEMORY, MIN_SUBJECTS, Marks, Standing, counted, marks_of, site_of, without
from storywire.nouns import Article

_CHUNK = 1024  # texts in memory at a time
_GROUPS = 20_000  # paragraphs that stand on several pages, judged at a time

# A seed is what a person wrote, or chose: it is open, but has no source.
_OPEN = """
CREATE OR REPLACE TEMP TABLE open_article AS SELECT a.article_id, a.rowid AS place, a.learnt IS TRUE AS learnt
    FROM private.article a
    ANTI JOIN private.assignment v ON v.article_id = a.article_id
    ANTI JOIN private.duplicate d ON d.article_id = a.article_id;
CREATE OR REPLACE TEMP TABLE source AS SELECT o.article_id, min(e.feed_url) AS feed_url
    FROM temp.open_article o LEFT JOIN private.entry e ON e.article_id = o.article_id
    GROUP BY o.article_id HAVING NOT bool_or(e.entry_id IS NOT NULL AND e.feed_url IS NULL);
CREATE OR REPLACE TEMP TABLE marked
    (article_id VARCHAR, site VARCHAR, hashes UBIGINT[], telling UBIGINT[], words UINTEGER[]);
"""
_TEXTS = """
SELECT a.article_id, a.url, a.title, a.text, a.publisher, s.feed_url
FROM private.article a JOIN temp.source s USING (article_id) WHERE a.rowid >= $first AND a.rowid < $next
"""
_TO_CLEAN = """
SELECT article_id, a.text, hashes
FROM private.article a JOIN temp.repeats USING (article_id) WHERE a.rowid >= $first AND a.rowid < $next
"""
# Most paragraphs stand on one page only: those are written without a look at each.
_COUNT = f"""
CREATE OR REPLACE TEMP TABLE met AS SELECT site, hash, coalesce(list(words) FILTER (tells), []) AS headlines FROM (
    SELECT site, words, unnest(hashes) AS hash, list_contains(telling, hash) AS tells FROM temp.marked
    SEMI JOIN (FROM temp.open_article WHERE NOT learnt) USING (article_id)
) GROUP BY site, hash;
CREATE OR REPLACE TEMP TABLE several AS
    SELECT row_number() OVER () AS place, site, hash, headlines, coalesce(pages, 0) AS pages,
        coalesce(subjects, []) AS subjects
    FROM temp.met LEFT JOIN private.paragraph USING (site, hash)
    WHERE len(headlines) > 1 AND pages IS NULL OR len(headlines) > 0 AND pages < {MIN_SUBJECTS};
UPDATE private.paragraph SET seen_at = $now FROM temp.met
    WHERE (paragraph.site, paragraph.hash) = (met.site, met.hash);
INSERT INTO private.paragraph SELECT site, hash, 1, headlines[1], $now
    FROM temp.met ANTI JOIN private.paragraph USING (site, hash) WHERE len(headlines) = 1;
"""
_REPEATS = f"""
SELECT article_id, list(hash) AS hashes FROM (SELECT article_id, site, unnest(hashes) AS hash FROM temp.marked)
    SEMI JOIN (FROM private.paragraph WHERE pages >= {MIN_SUBJECTS}) USING (site, hash) GROUP BY article_id
"""
_PUT_AWAY = """
UPDATE private.article SET learnt = true FROM temp.open_article o
    WHERE article.article_id = o.article_id AND NOT o.learnt;
DROP TABLE open_article; DROP TABLE source; DROP TABLE marked;
"""


class Boilerplate(Database):
    """The Store's memory of what publishers repeat."""

    def learn_paragraphs(self, now: datetime) -> int:
        """Counts the paragraphs of new articles, then drops what is known to repeat from all without a verdict.

        One transaction, so that the first of a run's articles is cleaned as the last is, and a killed run counts none
        twice. Returns how many texts became shorter.
        """
        with self.transaction() as con:
            con.execute("DELETE FROM private.paragraph WHERE seen_at < ?", [naive(now - MEMORY)])
            con.execute(_OPEN)
            if not column(con, "SELECT 1 FROM temp.open_article LIMIT 1"):
                return 0
            _mark(con)
            _count(con, now)
            cleaned = _clean(con)
            con.execute(_PUT_AWAY)
        return cleaned

    def without_repeats(self, articles: Sequence[Article]) -> list[Article]:
        """Stored articles as given, in the same order, their texts without what is known to repeat; seeds as they are.

        For texts that are read anew: nothing is counted here.
        """
        with self.transaction() as con:
            feeds = _feeds(con, [a.article_id for a in articles])
            marks = {a.article_id: _marks(a.url, a.title, a.text, a.publisher, feeds[a.article_id]) for a in articles}
            con.execute("CREATE OR REPLACE TEMP TABLE marked (article_id VARCHAR, site VARCHAR, hashes UBIGINT[])")
            rows = [(i, site, sorted(m.paragraphs)) for i, (site, m) in marks.items() if feeds[i] is not None]
            insert(con, "temp.marked", "article_id, site, hashes", rows)
            known = dict(con.execute(_REPEATS).fetchall())
            con.execute("DROP TABLE marked")
        return [replace(a, text=without(a.text, known[a.article_id])) if a.article_id in known else a for a in articles]


def _mark(con: Connection) -> None:
    """Fills `marked`."""
    for rows in _by_place(con, "open_article", _TEXTS, _CHUNK):
        marked = []
        for article_id, url, title, text, publisher, feed_url in rows:
            site, marks = _marks(url, title, text, publisher, feed_url)
            if site:
                marked.append((article_id, site, *map(sorted, (marks.paragraphs, marks.telling, marks.subject))))
        insert(con, "temp.marked", "article_id, site, hashes, telling, words", marked)


def _marks(url: str | None, title: str, text: str, publisher: str | None, feed_url: str | None) -> tuple[str, Marks]:
    return site_of(url, feed_url, publisher), marks_of(title, text, publisher)


def _count(con: Connection, now: datetime) -> None:
    for statement in _COUNT.split(";")[:-1]:
        con.execute(statement, {"now": naive(now)} if "$now" in statement else None)
    several = "SELECT * EXCLUDE (place) FROM temp.several WHERE place >= $first AND place < $next"
    for groups in _by_place(con, "several", several, _GROUPS):
        judged = []
        for site, hash_, headlines, pages, subjects in groups:
            standing = counted(Standing(pages, frozenset(subjects)), map(frozenset, headlines))
            judged.append((site, hash_, standing.pages, sorted(standing.subjects), now))
        insert(con, "private.paragraph", "site, hash, pages, subjects, seen_at", judged, "upsert")
    con.execute("DROP TABLE met; DROP TABLE several")


def _clean(con: Connection) -> int:
    """Drops what repeats from the articles in `marked`; how many lost something."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE repeats AS {_REPEATS}")
    cleaned = 0
    for rows in _by_place(con, "open_article", _TO_CLEAN, _CHUNK):
        shorter = [(i, new) for i, text, hashes in rows if (new := without(text, frozenset(hashes))) != text]
        insert(con, "private.article", "article_id, text", shorter, "update", "article_id")
        forget(con, [article_id for article_id, _ in shorter])
        cleaned += len(shorter)
    con.execute("DROP TABLE repeats")
    return cleaned


def _by_place(con: Connection, table: str, sql: str, size: int) -> Iterator[list[Any]]:
    """The rows of a query by the places of a temporary table, so many at a time, while others are written.

    Rows of `private.article` are found by their place in the file: by their ids, each look would read all texts.
    """
    for block in column(con, f"SELECT DISTINCT place // {size} AS block FROM temp.{table} ORDER BY block"):
        yield con.execute(sql, {"first": block * size, "next": (block + 1) * size}).fetchall()


def _feeds(con: Connection, ids: Sequence[str]) -> dict[str, str | None]:
    """The feed of each article, empty where it has no entry; None for a seed."""
    rows = con.execute(
        """SELECT article_id, if(bool_or(feed_url IS NULL), NULL, min(feed_url)) FROM private.entry
        WHERE article_id IN (SELECT unnest(?::VARCHAR[])) GROUP BY article_id""",
        [list(ids)],
    ).fetchall()
    feeds: dict[str, str | None] = dict.fromkeys(ids, "")
    return feeds | dict(rows)
