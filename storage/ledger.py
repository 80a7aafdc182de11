"""What became of entries that are no article. Decides what is said to a person who asks for one by its address.

Never changes an entry.
"""

from storage.database import Connection, column
from storage.rows import ENTRY, entry
from storywire.nouns import Entry, EntryState
from storywire.urls import canonical_url


def addresses(url: str) -> list[str]:
    """An address as it was given, and as articles and entries have it."""
    return list(dict.fromkeys([url, canonical_url(url) or url]))


def without_article(con: Connection, url_or_id: str) -> str | None:
    """Why there is no article of this address or whole id, in words; None where nothing is known of it."""
    rows = con.execute(
        f"""SELECT {ENTRY} FROM private.entry WHERE list_contains($1::VARCHAR[], url)
        ORDER BY state <> 'pending', first_seen_at DESC, entry_id LIMIT 1""",
        [addresses(url_or_id)],
    ).fetchall()
    if rows:
        return _said(entry(rows[0]))
    removed = "SELECT 1 FROM private.deleted WHERE article_id = ? OR list_contains(?::VARCHAR[], url) LIMIT 1"
    return "a person removed it" if column(con, removed, url_or_id, addresses(url_or_id)) else None


def _said(found: Entry) -> str:
    if found.state is EntryState.DELETED:
        return "a person removed it"
    if found.state is not EntryState.PENDING:
        return f"{found.state}; {found.reason}" if found.reason else str(found.state)
    if found.reason is None:
        return "pending; its page is read with the next run: storywire run"
    from storywire.collecting import MAX_ATTEMPTS  # only now: it brings all that reads pages

    tried = f"tried {found.attempts} of {MAX_ATTEMPTS} times, again" if found.attempts else "again"
    after = f" after {found.next_attempt_at:%Y-%m-%d %H:%M} UTC" if found.next_attempt_at else ""
    return f"pending; {found.reason}; {tried} with the next run{after}"
