"""What is stored of the pages that are kept. Decides which entries another reading of a page may change.

Never reads a page, and never changes anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage import lookup
from storage.database import Connection, Database, column
from storage.ledger import addresses
from storage.rows import ARTICLE, ENTRY, article, aware, entry
from storywire.errors import InputError
from storywire.nouns import Article, Entry

# Of several entries of one article, the one that it was made of. An entry that its feed has worded otherwise since is
# looked at again by the next run, and waits for that.
_TOLD = f"""
SELECT {", ".join(f"e.{name}" for name in ENTRY.split(", "))}, {", ".join(f"a.{name}" for name in ARTICLE.split(", "))},
    (SELECT max(r.replaced_at) FROM private.revision r WHERE r.article_id = a.article_id)
FROM private.entry e LEFT JOIN private.article a USING (article_id)
WHERE e.url IN (SELECT unnest(?::VARCHAR[])) AND NOT e.full_text AND a.pruned_at IS NULL
AND (e.state IN ('unusable', 'failed') OR (e.state = 'stored' AND e.next_attempt_at IS NULL))
QUALIFY row_number() OVER (
    PARTITION BY coalesce(e.article_id, e.entry_id)
    ORDER BY e.title IS DISTINCT FROM a.title, e.first_seen_at <> a.first_seen_at, e.first_seen_at, e.entry_id
) = 1 ORDER BY e.first_seen_at, e.entry_id
"""

_LINKS = """
SELECT DISTINCT e.url FROM private.entry e LEFT JOIN private.article a USING (article_id)
WHERE e.url IS NOT NULL AND (
    e.article_id = $1 OR list_contains($2::VARCHAR[], e.url) OR list_contains($2::VARCHAR[], a.url)
) AND e.state <> 'deleted' ORDER BY e.url
"""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry that ended, its article if it became one, and when that got another text than its first."""

    entry: Entry
    article: Article | None
    replaced_at: datetime | None


class Rereading(Database):
    """The Store's entries, by the pages that they link."""

    def told_by(self, urls: Iterable[str]) -> list[Told]:
        """The entries that link these pages and go by them, but for those that still wait for an attempt.

        What was pruned is left out: a text that was removed on purpose does not come back.
        """
        with self.transaction() as con:
            rows = con.execute(_TOLD, [list(urls)]).fetchall()
        first = len(ENTRY.split(", "))
        return [
            Told(entry(row[:first]), article(row[first:-1]) if row[first] else None, aware(row[-1:])[0]) for row in rows
        ]

    def has_article(self, urls: Iterable[str]) -> frozenset[str]:
        """Of these addresses, those under which the page of an article was asked for."""
        sql = """SELECT DISTINCT url FROM private.entry
            WHERE url IN (SELECT unnest(?::VARCHAR[])) AND article_id IS NOT NULL"""
        with self.transaction() as con:
            return frozenset(column(con, sql, list(urls)))

    def links_of(self, named: str) -> list[str]:
        """The addresses under which a page was asked for: that of an entry, or of the article that is named.

        An article is named by its id, the beginning of that, or any of its addresses. InputError, with the reason,
        where there is not just one, or it has no page.
        """
        with self.transaction() as con:
            links = column(con, _LINKS, named, addresses(named))
            if not links:
                found = lookup.one_article(con, named)
                links = column(con, _LINKS, found.article_id, [])
                if not links:
                    raise InputError(f"{named} is {_pageless(con, found.article_id)}")
        return links


def _pageless(con: Connection, article_id: str) -> str:
    sql = "SELECT feed_url FROM private.entry WHERE article_id = ? AND feed_url IS NOT NULL"
    if column(con, sql, article_id):
        return "an entry without a link in its feed, so it has no page to read again"
    return "a seed from a file, so it has no page to read again"
