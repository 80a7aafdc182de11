"""What named storylines nearly accepted: decides which reports still wait for a person's word.

Never decides how near is near: the analysis noted that in its evidence.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage import lookup
from storage.database import Connection
from storage.rows import aware
from storage.snapshot import reading


@dataclass(frozen=True, slots=True)
class Borderline:
    """A report that a named storyline nearly accepted, and that no person has placed since."""

    article_id: str
    title: str
    publisher: str | None
    published_at: datetime | None  # None: not known
    score: float
    needed: float
    storyline_id: str
    label: str


def borderline(home: Path, named: str | None = None, limit: int | None = None) -> list[Borderline]:
    """What open named storylines, or the one of that id or name, nearly accepted, the newest first; InputError.

    What is in that storyline by now is left out, and what a person put where it is.
    """
    with reading(home) as con:
        return nearly(con, lookup.storyline_id(con, named) if named is not None else None, limit)


def nearly(con: Connection, storyline_id: str | None = None, limit: int | None = None) -> list[Borderline]:
    """The same on an open connection, for one storyline or for all."""
    # The words are those that json.dumps writes: to look for them is much quicker than to parse all evidence.
    rows = con.execute(
        """WITH near AS (
            SELECT article_id, event_id, storyline_id AS is_in, evidence->'borderline' AS said
            FROM private.assignment WHERE contains(evidence, '"borderline": {')
        )
        SELECT n.article_id, a.title, a.publisher, a.published_at, (said->>'score')::DOUBLE, (said->>'needed')::DOUBLE,
            s.storyline_id, s.label
        FROM near n JOIN private.article a USING (article_id)
        LEFT JOIN merged m ON m.old_id = said->>'storyline_id'
        JOIN private.storyline s ON s.storyline_id = coalesce(m.id, said->>'storyline_id')
        WHERE s.storyline_id = coalesce($storyline, s.storyline_id) AND s.storyline_id <> is_in AND NOT s.closed
        AND NOT EXISTS (FROM private.link l WHERE l.by_person AND l.kind = 'must' AND l.one_id = n.event_id)
        ORDER BY least(a.published_at, a.first_seen_at) DESC, n.article_id LIMIT $limit""",
        {"storyline": storyline_id, "limit": limit},
    ).fetchall()
    return [Borderline(*aware(row)) for row in rows]
