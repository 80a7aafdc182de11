"""Subscriptions. Decides which feeds are due, and what of a feed a poll may change.

Never polls, and never touches the entries of a feed.
"""

from collections.abc import Sequence
from datetime import datetime

from storage.database import Connection, Database, column, insert
from storage.rows import FEED, feed, feed_row, naive
from storywire.nouns import Feed

_LEARNT = (
    "feed_url, next_check_at, state, reason, failures, check_interval, etag, last_modified, body_digest, checked_at, "
    "succeeded_at"
)


class Feeds(Database):
    """The Store's feeds."""

    def feeds(self) -> list[Feed]:
        """All subscriptions, by url."""
        with self.transaction() as con:
            rows = con.execute(f"SELECT {FEED} FROM private.feed ORDER BY feed_url").fetchall()
        return [feed(row) for row in rows]

    def due_feeds(self, now: datetime) -> list[Feed]:
        """The feeds to poll now, the longest due first: not paused, not gone, next check not in the future."""
        with self.transaction() as con:
            rows = con.execute(
                f"""SELECT {FEED} FROM private.feed WHERE NOT paused AND state <> 'gone' AND next_check_at <= ?
                ORDER BY next_check_at, feed_url""",
                [naive(now)],
            ).fetchall()
        return [feed(row) for row in rows]

    def add_feeds(self, feeds: Sequence[Feed]) -> int:
        """Subscribes; a url that is there already stays as it is. Returns how many are new."""
        with self.transaction() as con:
            there = set(column(con, "SELECT feed_url FROM private.feed"))
            new = {feed.url: feed for feed in reversed(feeds) if feed.url not in there}
            insert(con, "private.feed", FEED, [feed_row(feed) for feed in reversed(new.values())])
        return len(new)

    def pause_feed(self, url: str, paused: bool, now: datetime) -> bool:
        """Pauses a feed, or ends its pause; False if there is none. All else that a poll learnt stays.

        When the pause ends it is due at once; one that was gone is tried as if it were new: a person asked for it.
        """
        sql = """UPDATE private.feed SET paused = $paused,
            next_check_at = if($paused, next_check_at, $now),
            reason = if(NOT $paused AND state = 'gone', NULL, reason),
            failures = if(NOT $paused AND state = 'gone', 0, failures),
            state = if(NOT $paused AND state = 'gone', 'new', state)
            WHERE feed_url = $url RETURNING feed_url"""
        with self.transaction() as con:
            return bool(con.execute(sql, {"url": url, "paused": paused, "now": naive(now)}).fetchall())

    def remove_feed(self, url: str) -> bool:
        """Ends a subscription; its entries and articles stay. False if there was none."""
        with self.transaction() as con:
            return bool(column(con, "DELETE FROM private.feed WHERE feed_url = ? RETURNING feed_url", url))


def learn(con: Connection, feed: Feed) -> bool:
    """Stores what a poll learnt. False, and nothing stored, if a person removed the feed meanwhile.

    What a person gives (names, folder, paused) stays theirs, also when they changed it while the poll ran; a name
    that nobody gave is taken from the feed.
    """
    there = column(
        con,
        """UPDATE private.feed SET title = coalesce(title, ?), publisher = coalesce(publisher, ?),
        language = coalesce(language, ?) WHERE feed_url = ? RETURNING feed_url""",
        *(feed.title, feed.publisher, feed.language, feed.url),
    )
    if there:
        values = dict(zip(FEED.split(", "), feed_row(feed), strict=True))
        insert(con, "private.feed", _LEARNT, [[values[name] for name in _LEARNT.split(", ")]], "update", "feed_url")
    return bool(there)
