"""What a person's words mean: decides which storyline, event or article is meant by an id, a name or their beginning.

Never guesses: where it is not just one, the error lists what it may be.
"""

from collections.abc import Sequence
from difflib import get_close_matches

from storage.database import Connection
from storage.ledger import addresses, without_article
from storage.rows import ARTICLE, article
from storywire.errors import InputError
from storywire.identity import slug
from storywire.nouns import Article

_NEAR = 8  # how many candidates an error lists
_AT = """list_contains($1::VARCHAR[], url) OR article_id IN (
    SELECT article_id FROM private.entry WHERE list_contains($1::VARCHAR[], url)
)"""


def storyline_id(con: Connection, named: str) -> str:
    """The storyline of this id, name, or beginning of either; InputError, with what is near, unless it is just one.

    The id of a storyline that was merged, or its beginning, means the one that it is part of now.
    """
    rows = con.execute(
        """SELECT s.storyline_id, s.label, list(old.storyline_id) FILTER (old.storyline_id IS NOT NULL)
        FROM private.storyline s LEFT JOIN private.storyline old ON old.merged_into = s.storyline_id
        WHERE s.merged_into IS NULL
            AND (s.pinned OR s.closed OR s.storyline_id IN (SELECT storyline_id FROM private.assignment))
        GROUP BY ALL ORDER BY s.storyline_id"""
    ).fetchall()
    wanted = slug(named)
    names: dict[str, tuple[str, ...]] = {row[0]: (row[0], slug(row[1]), *(row[2] or ())) for row in rows}
    current = [found for found in names if wanted in names[found][:2]]  # a name of today goes before an id of the past
    exact = [found for found in names if wanted in names[found]]
    begun = [found for found in names if wanted and any(name.startswith(wanted) for name in names[found])]
    for found in ([wanted] if wanted in names else [], current, exact, begun):
        if len(found) == 1:
            return found[0]
    labels = {row[0]: row[1] for row in rows}
    if exact or begun:
        raise InputError(_several(named, "storylines", [f"{i} ({labels[i]})" for i in exact or begun]))
    near = get_close_matches(wanted, [name for each in names.values() for name in each], n=_NEAR, cutoff=0.5)
    hint = f"near it: {_listed(near)}" if near else "`storywire storylines` lists them"
    raise InputError(f"there is no storyline “{named}”; {hint}")


def event_id(con: Connection, named: str) -> str:
    """The event of this id or beginning of one; for one that was merged, the one that it is part of now. InputError."""
    rows = con.execute(
        """SELECT e.event_id, v.event_id, title
        FROM private.event e JOIN events v ON v.event_id = coalesce(e.merged_into, e.event_id)
        WHERE starts_with(e.event_id, ?) AND ? <> '' ORDER BY e.event_id""",
        [named, named],
    ).fetchall()
    exact = [row for row in rows if row[0] == named]
    found: dict[str, str] = dict(row[1:] for row in exact or rows)
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise InputError(_several(named, "events", [f"{i} ({title})" for i, title in found.items()]))
    raise InputError(f"there is no event “{named}”: `storywire explain ARTICLE` says of which event an article is")


def one_article(con: Connection, named: str) -> Article:
    """The article of this id, beginning of an id, or url; InputError if there is not just one.

    A url is that of the page or the one that its feed gave, with or without what only tracks. Where there is none, the
    error says what became of the entry of that url.
    """
    found = (
        articles(con, "article_id = $1 OR url = $1", named)
        or articles(con, _AT, addresses(named))
        or (articles(con, "starts_with(article_id, ?)", named) if named else [])
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(_several(named, "articles", [f"{a.article_id} ({a.title})" for a in found]))
    if why := without_article(con, named):
        raise InputError(f"No article: {why}")
    raise InputError(f"there is no article “{named}”: give its id, the first digits of its id, or its url")


def articles(con: Connection, condition: str, parameter: object) -> list[Article]:
    """The articles that a condition with one parameter holds for."""
    sql = f"SELECT {ARTICLE} FROM private.article WHERE {condition} ORDER BY first_seen_at, article_id"
    return [article(row) for row in con.execute(sql, [parameter]).fetchall()]


def _several(named: str, nouns: str, candidates: Sequence[str]) -> str:
    return f"“{named}” may be {len(candidates)} {nouns}: {_listed(candidates)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NEAR} more" if len(names) > _NEAR else ""
    return ", ".join(names[:_NEAR]) + more
