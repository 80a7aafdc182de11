"""Entries and the articles they become. Decides which entries are new, and what a stored entry may still become.

Never fetches or extracts anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from storage.database import Connection, Database, column, insert
from storage.feeds import learn
from storage.outbox import put_alerts
from storage.removal import REMOVED, Graves
from storage.revisions import relist
from storage.rows import ARTICLE, ENTRY, article, article_row, aware, entry, entry_row, naive, storable
from storywire import identity
from storywire.nouns import Article, Entry, EntryState, Feed
from storywire.watches import Alert

_REPEAT = "the feed listed this before, with the same title, under another guid"


class Entries(Database):
    """The Store's entries and articles."""

    def save_polls(
        self, polls: Sequence[tuple[Feed, Sequence[Entry]]], run_id: str, alerts: Sequence[Alert] = ()
    ) -> int:
        """What polls found, in one transaction: what they learnt of their feeds, the entries that are new, the alerts.

        Returns how many are new. A feed that a person removed while it was polled stays removed: nothing is stored.
        """
        with self.transaction() as con:
            read_at = dict(map(aware, con.execute("SELECT feed_url, succeeded_at FROM private.feed").fetchall()))
            followed = learn(con, [feed for feed, _ in polls])
            put_alerts(con, [alert for alert in alerts if alert.subject_id in followed])
            entries = [entry for feed, entries in polls if feed.url in followed for entry in entries]
            return _add(con, entries, run_id, read_at)

    def add_entries(self, entries: Sequence[Entry], run_id: str, pushed_at: datetime | None = None) -> int:
        """Entries without a feed; returns how many are new. Seeds, or, if somebody `pushed` them in, news of then."""
        with self.transaction() as con:
            return _add(con, entries, run_id, {"": pushed_at})

    def pending_entries(self, now: datetime, limit: int | None = None) -> list[Entry]:
        """The entries to turn into articles now, in the order in which they were seen."""
        with self.transaction() as con:
            rows = con.execute(
                f"""SELECT {ENTRY} FROM private.entry
                WHERE state = 'pending' AND (next_attempt_at IS NULL OR next_attempt_at <= ?)
                ORDER BY first_seen_at, entry_id LIMIT ?""",
                [naive(now), limit],
            ).fetchall()
        return [entry(row) for row in rows]

    def not_stored(self, entry_ids: Sequence[str]) -> list[tuple[str, str, str | None]]:
        """Of these entries, those that did not become articles: title or url, state, and reason."""
        with self.transaction() as con:
            return con.execute(
                """SELECT coalesce(title, url, ''), state, reason FROM private.entry
                WHERE state <> 'stored' AND entry_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL""",
                [list(entry_ids)],
            ).fetchall()

    def articles_at(self, urls: Iterable[str]) -> dict[str, Article]:
        """The article stored for each of these canonical urls; the one seen first, where there are several."""
        with self.transaction() as con:
            rows = con.execute(
                f"""SELECT {ARTICLE} FROM private.article WHERE url IN (SELECT unnest(?::VARCHAR[]))
                ORDER BY first_seen_at DESC, article_id DESC""",
                [list(urls)],
            ).fetchall()
        return {found.url: found for found in map(article, rows) if found.url is not None}

    def save_collected(self, collected: Sequence[tuple[Entry, Article | None]], run_id: str) -> None:
        """What became of entries, each with its article if it became one, in one transaction.

        An article that is stored already is not overwritten. What a person removed, also a moment ago, stays removed.
        """
        with self.transaction() as con:
            graves = Graves.read(con)
            buried = set(column(con, "SELECT entry_id FROM private.entry WHERE state = 'deleted'"))
            settled: dict[str, Entry] = {}
            articles: dict[str, Article] = {}
            for entry, article in collected:
                if entry.entry_id in buried or graves.hold(entry, article):
                    settled[entry.entry_id] = deleted(entry)
                    continue
                settled[entry.entry_id] = entry
                if article is not None:
                    articles.setdefault(article.article_id, article)
            _put_articles(con, articles, run_id)
            _put_entries(con, settled.values(), run_id)


def deleted(entry: Entry) -> Entry:
    """What is left of an entry whose article a person removed: its identity, and no words."""
    return replace(
        entry,
        state=EntryState.DELETED,
        reason=REMOVED,
        title=None,
        summary=None,
        article_id=None,
        author=None,
        next_attempt_at=None,
    )


def _add(
    con: Connection, entries: Sequence[Entry], run_id: str, read_at: Mapping[str, datetime | None] | None = None
) -> int:
    """Stores new entries; `read_at` says when each feed had been read before."""
    if not entries:
        return 0
    known = _known(con, [said.entry_id for said in entries])
    read = [_alone(said) if _reused(known.get(said.entry_id), said) else said for said in entries]
    known |= _known(con, [one.entry_id for one in read if one.entry_id not in known])
    listed: set[_Item] = set(
        con.execute(
            """SELECT feed_url, url, title, NULL FROM private.entry
            WHERE state <> 'deleted' AND url IN (SELECT unnest($urls::VARCHAR[]))
            UNION ALL
            SELECT feed_url, NULL, title, coalesce(summary, '') FROM private.entry
            WHERE state <> 'deleted' AND url IS NULL AND title IN (SELECT unnest($titles::VARCHAR[]))""",
            {
                "urls": [said.url for said in entries if said.url],
                "titles": [storable(said.title) for said in entries if not said.url and said.title],
            },
        ).fetchall()
    )
    graves = Graves.read(con)
    new: dict[str, Entry] = {}
    for one in read:
        if one.entry_id not in known and one.entry_id not in new:
            item = _item(one)
            new[one.entry_id] = deleted(one) if graves.hold(one) else _repeat(one) if item in listed else one
            listed.add(item)
    _put_entries(con, new.values(), run_id, read_at)
    relist(con, [said for said, one in zip(entries, read, strict=True) if said.entry_id not in new and one is said])
    return len(new)


_Item = tuple[str | None, str | None, str | None, str | None]  # feed, url, title and, without a url, summary


def _item(entry: Entry) -> _Item:
    """What an item says, whatever its guid. Some feeds link all their items to one page, and some link none."""
    summary = None if entry.url else storable(entry.summary or "")
    return entry.feed_url, entry.url, storable(entry.title), summary


_Said = tuple[str | None, str | None, str | None]  # url, title and summary


def _known(con: Connection, ids: Sequence[str]) -> dict[str, _Said | None]:
    """What is stored of the entries of these ids; None for one whose words went with its article."""
    rows = con.execute(
        """SELECT entry_id, state, url, title, summary FROM private.entry
        WHERE entry_id IN (SELECT unnest(?::VARCHAR[]))""",
        [list(ids)],
    ).fetchall()
    return {row[0]: None if row[1] == "deleted" else row[2:] for row in rows}


def _reused(stored: _Said | None, entry: Entry) -> bool:
    """Whether the feed gave the guid of an old item to another one, as feeds do that number their items by place.

    An item that only moved, or was only given another title, is still the same.
    """
    if stored is None:
        return False
    url, title, summary = stored
    if title == storable(entry.title):
        return False
    return bool(url != storable(entry.url) if url and entry.url else summary != storable(entry.summary))


def _alone(entry: Entry) -> Entry:
    """The entry as it is known without its guid."""
    entry_id = identity.entry_id(entry.feed_url, None, entry.url, entry.title, entry.summary)
    return replace(entry, entry_id=entry_id, guid_trusted=False)


def _repeat(entry: Entry) -> Entry:
    """An entry that is unusable anyway stays that."""
    return replace(entry, state=EntryState.REPEAT, reason=_REPEAT) if entry.state is EntryState.PENDING else entry


def _put_entries(
    con: Connection, entries: Iterable[Entry], run_id: str, read_at: Mapping[str, datetime | None] | None = None
) -> None:
    """Adds or changes entries; how and when one was first seen, and the run that settled it, are never changed."""
    before = read_at or {}
    rows = [
        (*entry_row(e), run_id, None if e.state is EntryState.PENDING else run_id, before.get(e.feed_url or ""))
        for e in entries
    ]
    columns = f"{ENTRY}, run_id, settled_run_id, read_before"
    con.execute("CREATE OR REPLACE TEMP TABLE said AS FROM private.entry LIMIT 0")
    insert(con, "temp.said", columns, rows)
    con.execute(
        f"""INSERT INTO private.entry ({columns}) SELECT {columns} FROM temp.said
        ON CONFLICT DO UPDATE SET state = excluded.state, reason = excluded.reason, title = excluded.title,
        summary = excluded.summary, author = excluded.author, attempts = excluded.attempts,
        next_attempt_at = excluded.next_attempt_at, article_id = excluded.article_id,
        settled_run_id = coalesce(settled_run_id, excluded.settled_run_id)"""
    )


def _put_articles(con: Connection, articles: dict[str, Article], run_id: str) -> None:
    there = column(
        con, "SELECT article_id FROM private.article WHERE article_id IN (SELECT unnest(?::VARCHAR[]))", list(articles)
    )
    for article_id in there:
        del articles[article_id]
    insert(con, "private.article", f"{ARTICLE}, run_id", [(*article_row(a), run_id) for a in articles.values()])
