"""Which of a report's copies is the original. Decides when that is looked at again, and that a change is recorded.

Never decides which one it is; `storywire.origins` does.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from storage.database import Connection, column, insert
from storage.rows import aware
from storywire.nouns import Precision, Published
from storywire.origins import HEAD, TAIL, Copy, origin

_COPY = (
    "article_id, publisher, published_at, published_precision, first_seen_at, "
    f"left(text, {HEAD}) AS head, right(text, {TAIL}) AS tail"
)
_SO_FAR = "SELECT kept_id, last(origin_id ORDER BY made_at, rowid) FROM private.origin GROUP BY kept_id"


def note_origins(con: Connection, kept: Collection[str], run_id: str, now: datetime) -> None:
    """Records the original of each of these kept articles that have copies, where it is another than so far."""
    copies: dict[str, list[Copy]] = {}
    for canonical, *row in con.execute(
        f"""SELECT canonical_id, {_COPY} FROM private.duplicate JOIN private.article USING (article_id)
        WHERE canonical_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY first_seen_at, article_id""",
        [list(kept)],
    ).fetchall():
        copies.setdefault(canonical, []).append(_copy(row))
    for one in _pruned(con, copies):
        del copies[one]  # the words that name a source are gone: what they said stands
    known = {article.article_id: article for article in _articles(con, copies)}
    so_far = dict(con.execute(_SO_FAR).fetchall())
    found = {one: origin(known[one], copies[one]) for one in copies if one in known}
    changed = [(one, first, why, now, run_id) for one, (first, why) in found.items() if so_far.get(one, one) != first]
    insert(con, "private.origin", "kept_id, origin_id, reason, made_at, run_id", changed)


def _pruned(con: Connection, kept: Iterable[str]) -> list[str]:
    """Of these kept articles, those that have no text any more, or a copy that has none."""
    return column(
        con,
        """SELECT kept_id FROM (SELECT unnest(?::VARCHAR[]) AS kept_id) WHERE EXISTS (
            FROM private.article a LEFT JOIN private.duplicate d USING (article_id)
            WHERE a.pruned_at IS NOT NULL AND coalesce(d.canonical_id, a.article_id) = kept_id)""",
        list(kept),
    )


def _articles(con: Connection, ids: Iterable[str]) -> list[Copy]:
    sql = f"SELECT {_COPY} FROM private.article WHERE article_id IN (SELECT unnest(?::VARCHAR[]))"
    return [_copy(row) for row in con.execute(sql, [list(ids)]).fetchall()]


def _copy(row: Iterable[object]) -> Copy:
    article_id, publisher, at, precision, first_seen_at, head, tail = aware(list(row))
    return Copy(article_id, publisher, Published(at, Precision(precision)), first_seen_at, head, tail)
