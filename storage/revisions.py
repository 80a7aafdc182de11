"""What is looked at again, and the texts that articles had before. Decides what is stored of a look, all or nothing.

Never decides when to look or what a change is. An entry that is stored has a `next_attempt_at` only while its feed has
listed it with other words and nobody has looked since.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from storage.database import Connection, Database, insert
from storage.models import Model
from storage.outbox import put_alerts
from storage.rows import ARTICLE, ENTRY, REVISION, VISIT, article, aware, entry, naive, revision_row, storable, visit
from storage.texts import by_page, put_texts
from storywire.nouns import Entry
from storywire.revisions import reworded
from storywire.visits import Candidate, Kept, Outcome, Visit
from storywire.watches import Alert

_CANDIDATES = """
WITH listening AS (
    SELECT watch_id, storyline_id,
        list_has_any(json_keys(spec), ['words', 'like', 'publishers', 'languages']) AS choosy
    FROM private.watch WHERE feed IS NULL AND (NOT paused OR reason IS NOT NULL)
), watched AS (
    SELECT DISTINCT article_id FROM private.assignment v
    WHERE v.storyline_id IN (SELECT storyline_id FROM listening)
    OR EXISTS (FROM listening WHERE storyline_id IS NULL AND NOT choosy)
    OR v.storyline_id IN (SELECT subject_id FROM private.alert JOIN listening USING (watch_id) WHERE choosy)
), listed AS (
    SELECT article_id, min(next_attempt_at) AS listed_at, bool_or(full_text) AS whole
    FROM private.entry WHERE state = 'stored' GROUP BY article_id HAVING count(url) > 0 OR bool_or(full_text)
)
SELECT a.article_id, a.first_seen_at, s.visited_at, w.article_id IS NOT NULL, l.listed_at, l.whole
FROM private.article a JOIN listed l USING (article_id)
LEFT JOIN watched w USING (article_id) LEFT JOIN private.visit s USING (article_id)
WHERE a.pruned_at IS NULL
AND (l.listed_at IS NOT NULL OR (w.article_id IS NOT NULL AND NOT l.whole AND a.first_seen_at >= ?))
"""
# Of several entries of one article: the one that changed, else the one whose headline the article has.
_KEPT = f"""
SELECT {", ".join(f"a.{name}" for name in ARTICLE.split(", "))}, {", ".join(f"e.{name}" for name in ENTRY.split(", "))},
    (SELECT count(*) FROM private.revision r WHERE r.article_id = a.article_id),
    s.visited_at, s.etag, s.last_modified
FROM private.article a JOIN private.entry e ON e.article_id = a.article_id AND e.state = 'stored'
LEFT JOIN private.visit s ON s.article_id = a.article_id
WHERE a.article_id IN (SELECT unnest(?::VARCHAR[]))
QUALIFY row_number() OVER (
    PARTITION BY a.article_id ORDER BY e.next_attempt_at IS NULL, NOT e.full_text AND e.url IS NULL,
    e.title IS DISTINCT FROM a.title, e.first_seen_at, e.entry_id
) = 1
"""


class Revisions(Database):
    """The Store's looks at articles that it has."""

    def candidates(self, since: datetime) -> list[Candidate]:
        """The articles that may be looked at again: in watched storylines if first seen since then, or listed anew."""
        with self.transaction() as con:
            rows = con.execute(_CANDIDATES, [naive(since)]).fetchall()
        return [Candidate(*aware(row)) for row in rows]

    def kept(self, article_ids: Sequence[str]) -> list[Kept]:
        """What is known of these articles before a look, in the order given; what is no more is left out."""
        with self.transaction() as con:
            rows = con.execute(_KEPT, [list(article_ids)]).fetchall()
        first, then = len(ARTICLE.split(", ")), len(ARTICLE.split(", ")) + len(ENTRY.split(", "))
        found = {
            row[0]: Kept(
                article(row[:first]),
                entry(row[first:then]),
                row[then],
                visit((row[0], *row[then + 1 :])) if row[then + 1] else None,
            )
            for row in rows
        }
        return [found[article_id] for article_id in article_ids if article_id in found]

    def save_look(
        self,
        before: Kept,
        made: Visit,
        outcome: Outcome,
        vectors: Mapping[str, npt.NDArray[np.float32]],
        model: Model | None,
        run_id: str,
        alerts: Sequence[Alert] = (),
    ) -> bool:
        """What a look came to, in one transaction: the look itself, the new text with the version that it replaced, and
        the alerts that the change causes.

        Returns whether the text was taken. Of an article that a person removed meanwhile, or whose text was pruned,
        nothing is stored; a text that was replaced meanwhile stays. `model` is needed where the text is new and the
        article is compared with later ones, with its unit row in `vectors`; ModelError as in `put_texts`.
        """
        said, here = before.article, [before.article.article_id]
        with self.transaction() as con:
            sql = "SELECT title, text FROM private.article WHERE article_id = ? AND pruned_at IS NULL"
            stored = con.execute(sql, here).fetchone()
            if stored is None:
                return False
            _count(con, made)
            con.execute(
                "UPDATE private.entry SET next_attempt_at = NULL WHERE state = 'stored' AND article_id = ?", here
            )
            if outcome.article is None or model is None or stored != (said.title, said.text):
                return False
            put_texts(con, [outcome.article], vectors, model)
            if outcome.revision is None:
                by_page(con, here)
            else:
                row = (*revision_row(outcome.revision), run_id)
                insert(con, "private.revision", f"{REVISION}, run_id", [row])
                put_alerts(con, alerts)
            return True


def relist(con: Connection, entries: Sequence[Entry]) -> None:
    """Of entries that are stored already, and that their feed words otherwise now: takes the new words, for a look.

    Not of those whose article has no text any more to be compared with.
    """
    rows = con.execute(
        """SELECT entry_id, coalesce(title, ''), coalesce(summary, '') FROM private.entry
        ANTI JOIN (FROM private.article WHERE pruned_at IS NOT NULL) USING (article_id)
        WHERE state = 'stored' AND entry_id IN (SELECT unnest(?::VARCHAR[]))""",
        [[said.entry_id for said in entries]],
    ).fetchall()
    stored = {entry_id: (title, summary) for entry_id, title, summary in rows}
    for said in entries:
        if said.entry_id not in stored:
            continue
        before = stored[said.entry_id]
        now = (storable(said.title) or before[0], storable(said.summary) or before[1])
        if now != before and reworded("\n\n".join(before), "\n\n".join(now)):
            con.execute(
                "UPDATE private.entry SET title = nullif(?, ''), summary = nullif(?, ''), next_attempt_at = ? "
                "WHERE entry_id = ?",
                [*now, naive(said.first_seen_at), said.entry_id],
            )


def _count(con: Connection, made: Visit) -> None:
    row = [storable(value) for value in (made.article_id, made.visited_at, made.etag, made.last_modified)]
    con.execute(
        f"""INSERT INTO private.visit ({VISIT}, visits) VALUES (?, ?, ?, ?, 1)
        ON CONFLICT DO UPDATE SET visits = visits + 1, visited_at = excluded.visited_at, etag = excluded.etag,
        last_modified = excluded.last_modified""",
        row,
    )
