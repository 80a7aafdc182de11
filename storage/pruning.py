"""Old texts that are removed. Decides which, and that all by which their articles are known and grouped stays.

Never removes an article, a headline, a verdict or a line of the log. What is removed on a person's word for good, with
every trace of it, is in `removal`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.database import Connection, Database, atomic, column
from storage.pages import KeptPages
from storage.recall import SEEDS
from storage.rewriting import rewrite
from storage.rows import naive

_WORTH_IT = 5  # a file of which one part in so many is free is written anew

# Each analysis is given these, so it reads their texts beside new ones: seeds, the articles that speak for them, and
# the cores of the storylines that are defined or alive. An article whose feed words it otherwise waits for a look.
_SPARED = f"""
CREATE OR REPLACE TEMP TABLE spared AS
    SELECT seed_id AS article_id FROM {SEEDS} UNION SELECT article_id FROM {SEEDS}
    UNION SELECT unnest(member_ids) FROM private.core WHERE storyline_id IN (
        SELECT storyline_id FROM private.definition
        UNION SELECT v.storyline_id FROM private.assignment v JOIN private.article USING (article_id)
        WHERE first_seen_at >= $since
    )
    UNION SELECT article_id FROM private.entry WHERE state = 'stored' AND next_attempt_at IS NOT NULL;
"""
_OLD = """
CREATE OR REPLACE TEMP TABLE old AS SELECT article_id, strlen(text) AS size FROM private.article
    ANTI JOIN temp.spared USING (article_id)
    SEMI JOIN (SELECT article_id FROM private.assignment UNION ALL SELECT article_id FROM private.duplicate)
        USING (article_id)
    WHERE first_seen_at < $before AND pruned_at IS NULL;
"""
# The summary of an entry without a link is part of what its item is known by, so it stays.
_WORDY = """
CREATE OR REPLACE TEMP TABLE wordy AS SELECT entry_id, strlen(summary) AS size FROM private.entry e
    LEFT JOIN private.article a USING (article_id)
    WHERE e.first_seen_at < $before AND e.state <> 'pending' AND e.url IS NOT NULL AND e.summary IS NOT NULL
    AND (a.article_id IS NULL OR a.pruned_at IS NOT NULL OR article_id IN (SELECT article_id FROM temp.old));
"""
_REVISIONS = "FROM private.revision SEMI JOIN temp.old USING (article_id)"
_PRUNE = """
UPDATE private.revision SET text = '', added = [], removed = []
    WHERE article_id IN (SELECT article_id FROM temp.old);
UPDATE private.entry SET summary = NULL WHERE entry_id IN (SELECT entry_id FROM temp.wordy);
UPDATE private.article SET text = '', pruned_at = $now WHERE article_id IN (SELECT article_id FROM temp.old);
"""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, or would be: texts of articles, of what they said before, summaries of entries, and pages.

    `words` is the size of all that as text, in bytes; the others are the sizes of the database's file.
    """

    articles: int
    revisions: int
    summaries: int
    pages: int
    words: int
    size_before: int
    size_after: int


class Pruning(Database):
    """The Store's way to become smaller."""

    def prune(self, before: datetime, since: datetime, now: datetime, *, dry_run: bool = False) -> Pruned:
        """Removes the texts of articles first seen before `before`; `since` is from when on analyses compare.

        All in one transaction; then the file is written anew where that pays. One that was cut short is completed by
        the next. The caller holds the run's lock, and publishes.
        """
        with self.locked():
            size = self.path.stat().st_size if self.path.exists() else 0
            with self.opened() as con:
                with atomic(con):
                    _choose(con, before, since)
                    pages = self._old_pages(con, before)
                    counts = _counts(con)
                    if not dry_run:
                        for page in pages:
                            page.unlink(missing_ok=True)
                        for statement in _PRUNE.split(";")[:-1]:
                            con.execute(statement, {"now": naive(now)} if "$now" in statement else None)
                    con.execute("DROP TABLE temp.old; DROP TABLE temp.spared; DROP TABLE temp.wordy")
                pays = False if dry_run else _pays(con)
            if pays:
                rewrite(self.path)
            return Pruned(*counts[:3], len(pages), counts[3], size, self.path.stat().st_size)

    def _old_pages(self, con: Connection, before: datetime) -> list[Path]:
        """The pages that were kept before then, but for those of articles that keep their text."""
        spared = """SELECT url FROM private.article SEMI JOIN temp.spared USING (article_id) WHERE url IS NOT NULL
            UNION SELECT url FROM private.entry SEMI JOIN temp.spared USING (article_id) WHERE url IS NOT NULL"""
        kept = KeptPages(self.private / "pages")
        stay, young = set(kept.of(column(con, spared))), set(kept.files(before))
        return [path for path in kept.files() if path not in stay and path not in young]


def _choose(con: Connection, before: datetime, since: datetime) -> None:
    con.execute(_SPARED, {"since": naive(since)})
    con.execute(_OLD, {"before": naive(before)})
    con.execute(_WORDY, {"before": naive(before)})


def _counts(con: Connection) -> tuple[int, int, int, int]:
    """Texts, revisions and summaries that are chosen, and their bytes."""
    texts, size = con.execute("SELECT count(*), coalesce(sum(size), 0) FROM temp.old").fetchall()[0]
    revisions, more = con.execute(
        f"""SELECT count(*), coalesce(sum(strlen(text) + strlen(array_to_string(added || removed, ''))), 0)
        {_REVISIONS}"""
    ).fetchall()[0]
    summaries, rest = con.execute("SELECT count(*), coalesce(sum(size), 0) FROM temp.wordy").fetchall()[0]
    return texts, revisions, summaries, int(size + more + rest)


def _pays(con: Connection) -> bool:
    """Whether so much of the file is free that it is worth writing it anew."""
    con.execute("CHECKPOINT")
    total, free = con.execute("SELECT total_blocks, free_blocks FROM pragma_database_size()").fetchall()[0]
    return bool(free * _WORTH_IT >= total > 0 and free)
