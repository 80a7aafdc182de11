"""What a run changed. Decides which storylines and reports are told of, and in which order.

Never reads the published snapshot: a run that did not publish has an outcome, too.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.database import Database
from storage.reads import StorylineRow, storyline_rows
from storage.rows import naive


@dataclass(frozen=True, slots=True)
class Change:
    """A storyline that a run changed, as it stands now: how many kept reports and events came with that run."""

    storyline: StorylineRow
    new: int
    events: int = 0


@dataclass(frozen=True, slots=True)
class Revised:
    """An article of which a run found another text, by the headline that it has now."""

    article_id: str
    title: str
    correction: bool


_NEWS = """
SELECT 1 FROM private.run WHERE coalesce(finished_at, started_at) >= $since
    AND (finished_at IS NULL OR articles_new + kept_new + copies_new > 0)
UNION ALL SELECT 1 FROM private.revision WHERE replaced_at >= $since LIMIT 1
"""


class Outcomes(Database):
    """The Store's account of what a run changed."""

    def news(self, since: datetime) -> bool:
        """Whether a run since then stored, judged or revised an article, or was killed. A look at a feed is no news."""
        with self.transaction() as con:
            return bool(con.execute(_NEWS, {"since": naive(since)}).fetchall())

    def changes(self, run_id: str) -> list[Change]:
        """The storylines to which a run added reports: named ones first, then those with most new ones."""
        with self.transaction() as con:
            rows = con.execute(
                """SELECT a.storyline_id, count(*), count(*) FILTER (WHERE e.founder_id = a.article_id)
                FROM private.assignment a LEFT JOIN private.event e USING (event_id) WHERE a.run_id = ? GROUP BY ALL""",
                [run_id],
            ).fetchall()
            new = {storyline: counts for storyline, *counts in rows}
            lines = storyline_rows(con, "WHERE storyline_id IN (SELECT unnest(?::VARCHAR[]))", sorted(new))
        found = [Change(line, *new[line.storyline_id]) for line in lines]
        return sorted(
            found, key=lambda c: (not c.storyline.pinned, -c.new, -c.storyline.article_count, c.storyline.label)
        )

    def revised(self, run_id: str) -> list[Revised]:
        """The articles of which a run found another text, corrected ones first, then by headline."""
        with self.transaction() as con:
            rows = con.execute(
                """SELECT article_id, a.title, bool_or(correction) FROM private.revision r
                JOIN private.article a USING (article_id) WHERE r.run_id = ? GROUP BY ALL""",
                [run_id],
            ).fetchall()
        found = [Revised(*row) for row in rows]
        return sorted(found, key=lambda each: (not each.correction, each.title, each.article_id))
