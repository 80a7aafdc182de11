"""What watches need to know of stored reports. Decides how an article came to be known, and what it repeats.

Never decides whether something is news.
"""

from collections.abc import Collection, Sequence

from storage.database import Database
from storage.outbox import OUTBOX
from storage.rows import aware
from storywire.arrivals import Known, Listing


class Coverage(Database):
    """The Store's knowledge of how reports came."""

    def listings(self, article_ids: Sequence[str]) -> dict[str, Listing]:
        """How these articles came to be known; of several entries of one, the one that makes it news goes first."""
        with self.transaction() as con:
            rows = con.execute(
                """SELECT article_id, bool_and(feed_url IS NULL AND read_before IS NULL), max(read_before)
                FROM private.entry WHERE article_id IN (SELECT unnest(?::VARCHAR[])) GROUP BY article_id""",
                [list(article_ids)],
            ).fetchall()
        return {article_id: Listing(*rest) for article_id, *rest in map(aware, rows)}

    def known(self, article_ids: Collection[str]) -> dict[str, Known]:
        """In which storyline these kept articles are, and who published them."""
        with self.transaction() as con:
            rows = con.execute(
                """SELECT article_id, v.storyline_id, a.publisher, a.url
                FROM private.assignment v JOIN private.article a USING (article_id)
                WHERE article_id IN (SELECT unnest(?::VARCHAR[]))""",
                [list(article_ids)],
            ).fetchall()
        return {article_id: Known(*rest) for article_id, *rest in rows}

    def told(self, storyline_ids: Collection[str]) -> set[tuple[str, str]]:
        """The pairs of watch and storyline, of these, of which something was told."""
        with self.transaction() as con:
            return set(
                con.execute(
                    f"""SELECT DISTINCT watch_id, subject_id FROM {OUTBOX}
                    WHERE state = 'told' AND subject_id IN (SELECT unnest(?::VARCHAR[]))""",
                    [list(storyline_ids)],
                ).fetchall()
            )
