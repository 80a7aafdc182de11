"""What people decide of groups: decides how a decision is kept, all of it or nothing, and what it is made on.

Never makes one. It reads the writer's file, not the snapshot: what was decided a moment ago counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage import lookup
from storage.consequences import prune, settle
from storage.database import Connection, Database
from storage.log import FOUNDING, Standing, add_links
from storage.rows import ASSIGNMENT, STORYLINE, assignment, storyline
from storywire.errors import InputError
from storywire.nouns import Assignment, Event, Link, LogEntry, Storyline


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a storyline, as the public view `events` has it."""

    event_id: str
    title: str
    article_count: int


class Decisions(Database):
    """The Store's storylines and events as people see and change them."""

    def decide(
        self, entries: Sequence[LogEntry], links: Sequence[Link], now: datetime, unlink: Sequence[Link] = ()
    ) -> None:
        """A person's decision: its entries are logged and done, and its links added, in one transaction.

        `unlink` are links that it takes back. An entry that changes nothing is not logged. InputError, and nothing
        done, if it names an event, storyline or article that is not there, or that became part of another meanwhile.
        """
        made = {entry.event_id or entry.storyline_id for entry in entries if entry.kind in FOUNDING}
        with self.transaction() as con:
            standing = Standing(con, entries, (*links, *unlink), by_person=True)
            standing.require(*(i for link in links for i in (link.one_id, link.other_id) if i not in made))
            _unlink(con, [(link.kind.value, standing.now(link.one_id), standing.now(link.other_id)) for link in unlink])
            standing.record(con, entries, now)
            add_links(con, links, now, by_person=True)
            settle(con)
            prune(con)

    def storyline(self, named: str) -> Storyline:
        """The storyline of this id, name, or beginning of either; InputError unless it is just one."""
        with self.transaction() as con:
            sql = f"SELECT {STORYLINE} FROM private.storyline WHERE storyline_id = ?"
            return storyline(con.execute(sql, [lookup.storyline_id(con, named)]).fetchall()[0])

    def event(self, named: str) -> Event:
        """The event of this id or beginning of one; InputError unless it is just one."""
        with self.transaction() as con:
            rows = con.execute(
                """SELECT event_id, storyline_id, founder_id, coalesce(label, ''), central_id
                FROM private.event WHERE event_id = ?""",
                [lookup.event_id(con, named)],
            ).fetchall()
        return Event(*rows[0])

    def event_ids(self, storyline_id: str) -> tuple[EventRow, ...]:
        """The events of a storyline, in order of time."""
        with self.transaction() as con:
            rows = con.execute(
                """SELECT event_id, title, article_count FROM events WHERE storyline_id = ?
                ORDER BY first_published_at NULLS LAST, event_id""",
                [storyline_id],
            ).fetchall()
        return tuple(EventRow(*row) for row in rows)

    def place_of(self, article: str) -> Assignment:
        """Where the article of this id, beginning of one, or url is; for a copy, where the one is that it repeats.

        InputError if there is not just one such article, or if it has no verdict yet.
        """
        with self.transaction() as con:
            found = lookup.one_article(con, article)
            rows = con.execute(
                f"""SELECT {ASSIGNMENT} FROM private.assignment WHERE article_id = coalesce(
                    (SELECT canonical_id FROM private.duplicate WHERE article_id = $1), $1
                )""",
                [found.article_id],
            ).fetchall()
        if not rows:
            raise InputError(f"{found.article_id} ({found.title}) has no verdict yet: run `storywire run` first")
        return assignment(rows[0])


def _unlink(con: Connection, links: Sequence[tuple[str, str, str]]) -> None:
    for link in links:
        con.execute("DELETE FROM private.link WHERE (kind, one_id, other_id) = (?, ?, ?)", list(link))
