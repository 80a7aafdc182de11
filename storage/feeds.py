"""Subscriptions. Decides which feeds are due, and what of a feed a poll may change.

Never polls, and never touches the entries of a feed.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from storage.database import Connection, Database, column, insert
from storage.rows import FEED, feed, feed_row, naive
from storywire.nouns import Feed, FeedState

_PERSONS = frozenset({"added_at", "folder", "paused"})
_NAMES = ("title", "publisher", "language")
_LEARNT = [name for name in FEED.split(", ") if name not in _PERSONS]


class Feeds(Database):
    """The Store's feeds."""

    def feeds(self) -> list[Feed]:
        """All subscriptions, by url."""
        with self.transaction() as con:
            rows = con.execute(f"SELECT {FEED} FROM private.feed ORDER BY feed_url").fetchall()
        return [feed(row) for row in rows]

    def postpone_feeds(self, feeds: Sequence[Feed]) -> None:
        """Puts off the next look at feeds to theirs, where that is later, and says why; all else stays as it is."""
        with self.transaction() as con:
            con.executemany(
                "UPDATE private.feed SET next_check_at = greatest(next_check_at, ?), health = ? WHERE feed_url = ?",
                [(naive(feed.next_check_at), list(feed.health), feed.url) for feed in feeds],
            )

    def due_feeds(self, now: datetime) -> list[Feed]:
        """The feeds to poll now, the longest due first: not paused, not gone, next check not in the future.

        One that was checked in the future is due too: then the clock was wrong, and so is when it is due.
        """
        with self.transaction() as con:
            rows = con.execute(
                f"""SELECT {FEED} FROM private.feed
                WHERE NOT paused AND state <> 'gone' AND (next_check_at <= $now OR checked_at > $now)
                ORDER BY next_check_at, feed_url""",
                {"now": naive(now)},
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

        When the pause ends it is due at once, and its server is believed again; one that was gone is tried as if it
        were new: a person asked for it.
        """
        sql = """UPDATE private.feed SET paused = $paused,
            next_check_at = if($paused, next_check_at, $now),
            reason = if(NOT $paused AND state = 'gone', NULL, reason),
            failures = if(NOT $paused AND state = 'gone', 0, failures),
            state = if(NOT $paused AND state = 'gone', 'new', state),
            url_asked_at = NULL, lies = 0, setback = 0
            WHERE feed_url = $url RETURNING feed_url"""
        with self.transaction() as con:
            return bool(con.execute(sql, {"url": url, "paused": paused, "now": naive(now)}).fetchall())

    def remove_feed(self, url: str) -> bool:
        """Ends a subscription; its entries and articles stay. False if there was none."""
        with self.transaction() as con:
            return bool(column(con, "DELETE FROM private.feed WHERE feed_url = ? RETURNING feed_url", url))


def learn(con: Connection, feeds: Iterable[Feed]) -> set[str]:
    """Stores what polls learnt; returns the urls of those whose feed a person did not remove meanwhile.

    What a person gives (names, folder, paused) stays theirs, also when they changed it while the poll ran; a name
    that nobody gave is taken from the feed. One that has moved to the address of another feed is asked no more.
    """
    rows = con.execute(
        f"SELECT feed_url, NOT paused AND state <> 'gone', {', '.join(_NAMES)} FROM private.feed"
    ).fetchall()
    names = {url: dict(zip(_NAMES, given, strict=True)) for url, _, *given in rows}
    asked = {url for url, is_asked, *_ in rows if is_asked}
    learnt = [_merged(feed, asked) for feed in feeds if feed.url in names]
    rows = []
    for one in learnt:
        values = dict(zip(FEED.split(", "), feed_row(one), strict=True))
        values |= {name: given for name, given in names[one.url].items() if given is not None}
        rows.append(tuple(values[name] for name in _LEARNT))
    insert(con, "private.feed", ", ".join(_LEARNT), rows, "update", "feed_url")
    return {feed.url for feed in learnt}


def _merged(feed: Feed, urls: Collection[str]) -> Feed:
    if feed.move.address is None or feed.move.address == feed.url or feed.move.address not in urls:
        return feed
    return replace(feed, state=FeedState.GONE, reason=f"it has moved to {feed.move.address}, which is followed already")
