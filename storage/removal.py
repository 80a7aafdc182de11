"""Removing an article for good. Decides what goes with it, and how it is known again when it shows up once more.

Never decides which article: a person does.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage.consequences import prune
from storage.database import Connection, Database, atomic, column
from storage.exchange import EXPORTED
from storage.intake import IMPORTED
from storage.ledger import addresses
from storage.pages import KeptPages
from storage.restoring import RESTORED
from storage.rewriting import drop, rewrite
from storage.wordindex import forget
from storywire.errors import InputError
from storywire.nouns import Article, Entry

REMOVED = "a person removed the article"
_BEGUN = 8  # digits that lists show of an id: fewer are too easily typed by mistake for what cannot be undone


class Removal(Database):
    """The Store's way to forget."""

    def delete_article(self, url_or_id: str) -> int:
        """Removes the article of that id, or every article of that url, for good; returns how many there were.

        An id may be cut to its first digits, from eight on; InputError where several ids begin so.
        A url is that of the page or the one that its feed gave, with or without what only tracks. Where several
        articles share one url (a feed that links all its items to one page), to remove one by its id leaves the rest.
        When a removal was cut short, 0 is returned and the rest of it is done: `was_deleted` tells.

        Its text goes everywhere, with the page that it was read from, and it does not come back from a feed. A copy of
        it, under another url, loses its verdict: the next analysis takes it for a new article. The file is written
        anew, which takes seconds for 100,000 articles. The published snapshot has the article until the next `publish`.
        """
        with self.locked():
            with self.opened() as con:
                with atomic(con):
                    ids = _named(con, url_or_id)
                    if ids:
                        _bury(con, ids)
                buried = Graves.read(con)
                con.execute("CHECKPOINT")  # the write-ahead log has its text until then
            if ids or buried.name(url_or_id):  # also when killed before this was done
                KeptPages(self.private / "pages").drop(buried.urls)
                rewrite(self.path)
                for left in (EXPORTED, IMPORTED, RESTORED):  # by an export, import or restore that was killed
                    drop(self.private / left)
        return len(ids)

    def copies_of(self, url_or_id: str) -> int:
        """How many copies would lose their verdict if that article were removed; 0 where there is none."""
        sql = """SELECT count(*) FROM private.duplicate WHERE list_contains($1::VARCHAR[], canonical_id)
            AND NOT list_contains($1::VARCHAR[], article_id)"""
        with self.transaction() as con:
            return int(column(con, sql, _named(con, url_or_id))[0])

    def was_deleted(self, url_or_id: str) -> bool:
        """Whether an article of that url or id was removed, now or before."""
        with self.transaction() as con:
            return Graves.read(con).name(url_or_id)


@dataclass(frozen=True, slots=True)
class Graves:
    """By what the removed articles are known again."""

    article_ids: frozenset[str]
    urls: frozenset[str]
    guids: frozenset[tuple[str, str]]  # (feed, guid)

    @classmethod
    def read(cls, con: Connection) -> "Graves":
        """All of them: there are as few as people remove by hand."""
        rows = con.execute("SELECT article_id, url, feed_url, guid FROM private.deleted").fetchall()
        return cls(
            frozenset(row[0] for row in rows if row[0]),
            frozenset(row[1] for row in rows if row[1]),
            frozenset((row[2], row[3]) for row in rows if row[3]),
        )

    def name(self, url_or_id: str) -> bool:
        """Whether a removed article is named by this."""
        return (
            url_or_id in self.article_ids
            or not self.urls.isdisjoint(addresses(url_or_id))
            or (len(url_or_id) >= _BEGUN and any(i.startswith(url_or_id) for i in self.article_ids))
        )

    def hold(self, entry: Entry, article: Article | None = None) -> bool:
        """Whether this is, once more, what a person removed."""
        article_id, url = (article.article_id, article.url) if article else (entry.article_id, None)
        return (
            article_id in self.article_ids
            or entry.url in self.urls
            or url in self.urls
            or (entry.guid_trusted and (entry.feed_url, entry.guid) in self.guids)
        )


def _named(con: Connection, url_or_id: str) -> list[str]:
    found = column(con, "SELECT article_id FROM private.article WHERE article_id = ?", url_or_id) or column(
        con,
        """SELECT article_id FROM private.article WHERE list_contains($1::VARCHAR[], url) OR article_id IN (
            SELECT article_id FROM private.entry WHERE list_contains($1::VARCHAR[], url)
        ) ORDER BY article_id""",
        addresses(url_or_id),
    )
    if found or len(url_or_id) < _BEGUN:
        return found
    begun = column(con, "SELECT article_id FROM private.article WHERE starts_with(article_id, ?)", url_or_id)
    if len(begun) > 1:
        raise InputError(f"“{url_or_id}” may be {len(begun)} articles: give the whole id of one")
    return begun


# A copy gets a new verdict, and is no news then, unless the removed one still waited to be told.
# Of its urls, those go along that no other article has: else a feed that links all its items to one page would lose
# all of them with one. A repeat has the words of the item that it repeats.
_BURIAL = f"""
CREATE OR REPLACE TEMP TABLE home AS SELECT article_id, url, NULL AS feed_url, NULL AS title FROM private.article
    UNION ALL SELECT article_id, url, feed_url, title FROM private.entry WHERE article_id IS NOT NULL;
CREATE OR REPLACE TEMP TABLE lost AS
    SELECT DISTINCT url FROM home SEMI JOIN gone USING (article_id) WHERE url IS NOT NULL
    AND url NOT IN (SELECT url FROM home ANTI JOIN gone USING (article_id) WHERE url IS NOT NULL);
CREATE OR REPLACE TEMP TABLE silenced AS SELECT entry_id, url, feed_url, guid, guid_trusted FROM private.entry
    WHERE state <> 'deleted' AND (
        article_id IN (SELECT article_id FROM gone) OR url IN (FROM lost)
        OR (state = 'repeat' AND (feed_url, url, title) IN (
            SELECT (feed_url, url, title) FROM home SEMI JOIN gone USING (article_id) WHERE feed_url IS NOT NULL
        ))
    );
INSERT INTO private.deleted (article_id) SELECT article_id FROM gone;
INSERT INTO private.deleted (url) FROM lost;
INSERT INTO private.deleted (feed_url, guid) SELECT feed_url, guid FROM silenced WHERE guid_trusted;
UPDATE private.entry SET state = 'deleted', reason = '{REMOVED}', title = NULL, summary = NULL, author = NULL,
    article_id = NULL, next_attempt_at = NULL WHERE entry_id IN (SELECT entry_id FROM silenced);
UPDATE private.entry SET read_before = NULL WHERE article_id IN (
    SELECT article_id FROM private.duplicate SEMI JOIN gone ON canonical_id = gone.article_id
    WHERE canonical_id NOT IN (SELECT unnest(causes) FROM private.alert WHERE state = 'waiting')
);
DELETE FROM private.duplicate
    WHERE article_id IN (SELECT article_id FROM gone) OR canonical_id IN (SELECT article_id FROM gone);
DELETE FROM private.assignment WHERE article_id IN (SELECT article_id FROM gone);
DELETE FROM private.definition WHERE article_id IN (SELECT article_id FROM gone);
DELETE FROM private.feature WHERE article_id IN (SELECT article_id FROM gone);
DELETE FROM private.reembedded WHERE article_id IN (SELECT article_id FROM gone);
DELETE FROM private.revision WHERE article_id IN (SELECT article_id FROM gone);
DELETE FROM private.visit WHERE article_id IN (SELECT article_id FROM gone);
DELETE FROM private.origin
    WHERE kept_id IN (SELECT article_id FROM gone) OR origin_id IN (SELECT article_id FROM gone);
DELETE FROM private.article WHERE article_id IN (SELECT article_id FROM gone);
"""


def _bury(con: Connection, ids: list[str]) -> None:
    forget(con, ids)
    con.execute(
        """CREATE OR REPLACE TEMP TABLE gone AS SELECT article_id, url, title FROM private.article
        WHERE article_id IN (SELECT unnest(?::VARCHAR[]))""",
        [ids],
    )
    con.execute(_BURIAL)
    con.execute("DELETE FROM private.alert WHERE list_has_all($ids::VARCHAR[], causes)", {"ids": ids})
    con.execute(
        """UPDATE private.alert
        SET causes = list_filter(causes, lambda cause: NOT list_contains($ids::VARCHAR[], cause))
        WHERE list_has_any(causes, $ids::VARCHAR[])""",
        {"ids": ids},
    )
    con.execute(
        """UPDATE private.core
        SET member_ids = list_filter(member_ids, lambda member: NOT list_contains($ids::VARCHAR[], member))
        WHERE list_has_any(member_ids, $ids::VARCHAR[])""",
        {"ids": ids},
    )
    con.execute("DELETE FROM private.core WHERE len(member_ids) = 0")
    prune(con)
    _unquote(con, [title for title in column(con, "SELECT DISTINCT title FROM gone") if title], ids)
    con.execute("DROP TABLE gone; DROP TABLE home; DROP TABLE lost; DROP TABLE silenced")


def _unquote(con: Connection, titles: list[str], ids: list[str]) -> None:
    """Takes its words out of what is said of others: evidence, and labels made of its title; where none is left, an id.

    The log keeps that the article came and went, without a word of it. What a person wrote stays.
    """
    quoted = [json.dumps(title, ensure_ascii=False)[1:-1] for title in titles]
    names_it = "EXISTS (SELECT 1 FROM unnest(?::VARCHAR[]) AS n(needle) WHERE contains({}, needle))"
    sql = f"SELECT article_id, evidence FROM private.assignment WHERE {names_it.format('evidence')}"
    for article_id, evidence in con.execute(sql, [[*quoted, *ids]]).fetchall():
        rest = json.dumps(_without(json.loads(evidence), [*quoted, *ids]), ensure_ascii=False)
        con.execute("UPDATE private.assignment SET evidence = ? WHERE article_id = ?", [rest, article_id])
    con.execute(
        f"UPDATE private.duplicate SET evidence = ? WHERE {names_it.format('evidence')}", [REMOVED, [*titles, *ids]]
    )
    for table in ("event", "storyline"):
        con.execute(
            f"""UPDATE private.{table} SET label = coalesce((
                SELECT first(a.title ORDER BY a.first_seen_at, a.article_id)
                FROM private.assignment v JOIN private.article a USING (article_id)
                WHERE v.{table}_id = {table}.{table}_id
            ), {table}_id) WHERE {"NOT pinned" if table == "storyline" else "true"} AND {names_it.format("label")}""",
            [titles],
        )
    con.execute(f"UPDATE private.log SET label = NULL WHERE NOT by_person AND {names_it.format('label')}", [titles])
    con.execute(f"UPDATE private.log SET evidence = '{{}}' WHERE {names_it.format('evidence')}", [[*quoted, *ids]])


def _without(value: Any, needles: Sequence[str]) -> Any:
    """JSON without the list items, and the words, that name what was removed; all keys stay."""
    if isinstance(value, dict):
        return {key: _without(item, needles) for key, item in value.items()}
    said = json.dumps(value, ensure_ascii=False)
    if not any(needle in said for needle in needles):
        return value
    if isinstance(value, list):
        return [item for item in value if not any(needle in json.dumps(item, ensure_ascii=False) for needle in needles)]
    return REMOVED
