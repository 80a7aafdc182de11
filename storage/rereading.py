"""What is stored of the pages that are kept. Decides which entries another reading of a page may change.

Never reads a page, and never changes anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.rows import ARTICLE, ENTRY, article, aware, entry
from storywire.nouns import Article, Entry
from storywire.urls import canonical_url

# Of several entries of one article, the one that it was made of. An entry that its feed has worded otherwise since is
# looked at again by the next run, and waits for that.
_TOLD = f"""
SELECT {", ".join(f"e.{name}" for name in ENTRY.split(", "))}, {", ".join(f"a.{name}" for name in ARTICLE.split(", "))},
    (SELECT max(r.replaced_at) FROM private.revision r WHERE r.article_id = a.article_id)
FROM private.entry e LEFT JOIN private.article a USING (article_id)
WHERE e.url IN (SELECT unnest(?::VARCHAR[])) AND NOT e.full_text
AND (e.state IN ('unusable', 'failed') OR (e.state = 'stored' AND e.next_attempt_at IS NULL))
QUALIFY row_number() OVER (
    PARTITION BY coalesce(e.article_id, e.entry_id)
    ORDER BY e.title IS DISTINCT FROM a.title, e.first_seen_at <> a.first_seen_at, e.first_seen_at, e.entry_id
) = 1 ORDER BY e.first_seen_at, e.entry_id
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
        """The entries that link these pages and go by them, but for those that still wait for an attempt."""
        with self.transaction() as con:
            rows = con.execute(_TOLD, [list(urls)]).fetchall()
        first = len(ENTRY.split(", "))
        return [
            Told(entry(row[:first]), article(row[first:-1]) if row[first] else None, aware(row[-1:])[0]) for row in rows
        ]

    def links_of(self, url_or_id: str) -> list[str]:
        """The addresses under which an article's page was asked for; the article by its id, or any of its addresses."""
        with self.transaction() as con:
            rows = con.execute(
                """SELECT DISTINCT e.url FROM private.entry e LEFT JOIN private.article a USING (article_id)
                WHERE e.url IS NOT NULL AND (
                    e.article_id = $name OR list_contains($urls::VARCHAR[], e.url)
                    OR list_contains($urls::VARCHAR[], a.url)
                ) ORDER BY e.url""",
                {"name": url_or_id, "urls": [url_or_id, canonical_url(url_or_id) or url_or_id]},
            ).fetchall()
        return [row[0] for row in rows]
