"""What a reader who follows a storyline gets of the published snapshot. Decides which reports, and since when it is so.

Never writes, and never decides how a feed looks.
"""

from pathlib import Path

from storage import lookup
from storage.database import column
from storage.rows import ARTICLE, article, aware
from storage.snapshot import reading
from storywire.outfeeds import Outfeed, Outgoing

_REPORTS = f"""
SELECT {", ".join(f"a.{name}" for name in ARTICLE.split(", "))},
    (SELECT max(replaced_at) FROM private.revision r WHERE r.article_id = a.article_id) AS revised_at
FROM private.article a JOIN private.assignment v USING (article_id) WHERE v.storyline_id = $1
ORDER BY least(a.published_at, a.first_seen_at) DESC, a.article_id LIMIT $2
"""
_NAMED_AT = """
SELECT max(made_at) FROM private.log
WHERE storyline_id = ? AND event_id IS NULL AND kind IN ('created', 'split_from', 'renamed')
"""


def followed(home: Path, named: str, limit: int) -> Outfeed:
    """The latest kept reports of the storyline of this id, name, or beginning of either; InputError as in `lookup`."""
    with reading(home) as con:
        storyline_id = lookup.storyline_id(con, named)
        [label] = column(con, "SELECT label FROM storylines WHERE storyline_id = ?", storyline_id)
        rows = [aware(row) for row in con.execute(_REPORTS, [storyline_id, limit]).fetchall()]
        [named_at] = aware(column(con, _NAMED_AT, storyline_id))
    reports = tuple(Outgoing(article(row[:-1]), row[-1]) for row in rows)
    return Outfeed(storyline_id, label, reports, named_at)
