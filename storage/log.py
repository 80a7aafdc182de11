"""The log of what became of groups: decides what each entry changes, so that the tables always stand as the log says.

Never makes an entry, and never opens a transaction: all of it happens in its caller's.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from storage.database import Connection, column, insert, upsert
from storage.rows import LINK, LOG, log_row
from storywire.errors import InputError
from storywire.nouns import Link, LogEntry, LogKind

FOUNDING = (LogKind.CREATED, LogKind.SPLIT_FROM)
"""Kinds of entries that tell of a new group."""

_GROUPS = """
SELECT event_id AS id, storyline_id, merged_into, '' AS label, false AS pinned, false AS closed FROM private.event
UNION ALL SELECT storyline_id, NULL, merged_into, label, pinned, closed FROM private.storyline"""


@dataclass(slots=True)
class _Group:
    """An event, then with `storyline_id`, or a storyline, as it stands after the entries so far."""

    storyline_id: str | None
    merged_into: str | None = None
    label: str = ""
    pinned: bool = False
    closed: bool = False
    founder_id: str | None = None  # of a new event: the first article that joined it


class Standing:
    """The groups and articles that some entries and links name, and what becomes of them entry by entry.

    Make it before anything of what the entries tell is stored, then `record` once that is done.
    """

    def __init__(
        self, con: Connection, entries: Iterable[LogEntry], links: Iterable[Link] = (), *, by_person: bool = False
    ) -> None:
        entries = tuple(entries)
        named = {i for e in entries for i in (e.storyline_id, e.event_id, e.other_id)}
        ids = sorted((named | {i for link in links for i in (link.one_id, link.other_id)}) - {None}, key=str)
        rows = con.execute(
            f"""WITH grouped AS ({_GROUPS}), named AS (SELECT unnest(?::VARCHAR[]) AS id)
            FROM grouped WHERE id IN (FROM named)
            OR id IN (SELECT merged_into FROM grouped WHERE id IN (FROM named) AND merged_into IS NOT NULL)""",
            [ids],
        ).fetchall()
        self._groups = {row[0]: _Group(*row[1:]) for row in rows}
        sql = "SELECT article_id, event_id FROM private.assignment WHERE article_id IN (SELECT unnest(?::VARCHAR[]))"
        self._event_of = dict(con.execute(sql, [[e.article_id for e in entries if e.article_id]]).fetchall())
        self._by_person = by_person
        self._changed: dict[str, None] = {}  # groups, in order
        self._renamed: dict[str, str] = {}
        self._moved: dict[str, str] = {}  # articles, and the event to which they came

    def now(self, group_id: str) -> str:
        """The event or storyline that an id stands for."""
        while (group := self._groups.get(group_id)) is not None and group.merged_into is not None:
            group_id = group.merged_into
        return group_id

    def require(self, *group_ids: str | None) -> None:
        """InputError for an id of no event or storyline, or of one that is merged."""
        for group_id in group_ids:
            if group_id is not None and group_id not in self._groups:
                raise InputError(f"there is no event or storyline {group_id} (any more): look again, then decide")
            if group_id is not None and self.now(group_id) != group_id:
                raise InputError(f"{group_id} is part of {self.now(group_id)} now: look again, then decide")

    def record(
        self,
        con: Connection,
        entries: Iterable[LogEntry],
        now: datetime,
        run_id: str | None = None,
        new: Collection[str] = (),
    ) -> None:
        """Append the entries that change something to the log, with ids as they stand now, and do what they say.

        `new` are articles that were just stored. InputError if a person's entry names what is not there. What follows
        for others than those named is for `settle`.
        """
        self._event_of.update(dict.fromkeys(new, ""))
        told = []
        for entry in entries:
            if self._by_person:
                self._require_named(entry)
            taken = self._take(entry)
            told += [] if taken is None else [taken]
        last: int = column(con, "SELECT coalesce(max(seq), 0) FROM private.log")[0]
        insert(
            con, "private.log", LOG, [log_row(e, last + n, now, run_id, self._by_person) for n, e in enumerate(told, 1)]
        )
        self._write(con, now)

    def _require_named(self, entry: LogEntry) -> None:
        new = (entry.event_id or entry.storyline_id) if entry.kind in FOUNDING else None
        storyline = None if entry.kind is LogKind.MERGED_INTO and entry.event_id else entry.storyline_id
        self.require(*(i for i in (storyline, entry.event_id, entry.other_id) if i != new))
        if entry.article_id is not None and entry.article_id not in self._event_of:
            raise InputError(f"there is no kept article {entry.article_id} (any more): look again, then decide")

    def _take(self, entry: LogEntry) -> LogEntry | None:
        """The entry with ids as they stand now; None if it changes nothing, or is about what is no more."""
        entry = replace(entry, other_id=self.now(entry.other_id) if entry.other_id else None)
        if entry.kind in FOUNDING:
            return self._found(entry)
        if entry.kind is LogKind.MERGED_INTO:
            return self._merge(entry)
        if entry.kind is LogKind.JOINED:
            return self._join_event(entry) if entry.article_id else self._join_storyline(entry)
        entry = replace(entry, storyline_id=self.now(entry.storyline_id))
        storyline = self._groups.get(entry.storyline_id)
        if storyline is None or not self._alter(storyline, entry):
            return None
        self._changed[entry.storyline_id] = None
        return entry

    def _found(self, entry: LogEntry) -> LogEntry | None:
        new = entry.event_id or entry.storyline_id
        if new in self._groups:
            return None
        entry = replace(entry, storyline_id=self.now(entry.storyline_id))
        self._groups[new] = _Group(entry.storyline_id if entry.event_id else None, label=entry.label or "")
        self._changed[new] = None
        return entry

    def _merge(self, entry: LogEntry) -> LogEntry | None:
        """A pinned storyline is merged by a person only; it leaves its pin to the survivor."""
        gone, into = entry.event_id or entry.storyline_id, entry.other_id or ""
        one, other = self._groups.get(gone), self._groups.get(into)
        if one is None or other is None or gone == into or one.merged_into or (one.pinned and not self._by_person):
            return None
        one.merged_into, other.pinned = into, other.pinned or one.pinned
        self._changed |= {gone: None, into: None}
        return replace(entry, storyline_id=self.now(other.storyline_id or gone)) if entry.event_id else entry

    def _join_event(self, entry: LogEntry) -> LogEntry | None:
        """The storyline is that of the event, whatever it was when the entry was made."""
        event_id, article_id = self.now(entry.event_id or ""), entry.article_id or ""
        event, before = self._groups.get(event_id), self._event_of.get(article_id)
        if event is None or before is None or before == event_id:
            return None
        self._event_of[article_id] = self._moved[article_id] = event_id
        event.founder_id = event.founder_id or article_id
        return replace(entry, event_id=event_id, storyline_id=self.now(event.storyline_id or ""))

    def _join_storyline(self, entry: LogEntry) -> LogEntry | None:
        event_id, storyline_id = entry.event_id or "", self.now(entry.storyline_id)
        event = self._groups.get(event_id)
        if event is None or event.merged_into or self.now(event.storyline_id or "") == storyline_id:
            return None
        event.storyline_id = storyline_id
        self._changed[event_id] = None
        return replace(entry, storyline_id=storyline_id)

    def _alter(self, storyline: _Group, entry: LogEntry) -> bool:
        """Rename, close or reopen a storyline; False if that changes nothing. A person's name is never changed back."""
        if entry.kind is not LogKind.RENAMED:
            before, storyline.closed = storyline.closed, entry.kind is LogKind.CLOSED
            return storyline.closed != before
        said, pinned = entry.label or storyline.label, storyline.pinned or self._by_person
        if (said, pinned) == (storyline.label, storyline.pinned) or (storyline.pinned and not self._by_person):
            return False
        storyline.label, storyline.pinned = said, pinned
        self._renamed[entry.storyline_id] = said
        return True

    def _write(self, con: Connection, now: datetime) -> None:
        events, storylines = [], []
        for i in self._changed:
            group = self._groups[i]
            merged_into = self.now(i) if group.merged_into else None
            if group.storyline_id is not None:
                events.append((i, self.now(group.storyline_id), group.founder_id or i, merged_into))
            else:
                storylines.append((i, group.label or i, group.pinned, now, merged_into, group.closed))
        columns = "event_id, storyline_id, founder_id, merged_into"
        upsert(con, "event", columns, events, "storyline_id, merged_into")
        columns = "storyline_id, label, pinned, created_at, merged_into, closed"
        upsert(con, "storyline", columns, storylines, "pinned, merged_into, closed")
        _set(con, "storyline", "label", self._renamed)
        _set(con, "assignment", "event_id", self._moved)


def add_links(con: Connection, links: Iterable[Link], now: datetime, *, by_person: bool) -> None:
    """Adds constraints; one that is there already stays as it is."""
    upsert(con, "link", LINK, [(link.kind.value, link.one_id, link.other_id, now, by_person) for link in links])


def _set(con: Connection, table: str, name: str, values: dict[str, str]) -> None:
    """Sets one column of the rows with these keys."""
    sql = f"""UPDATE private.{table} SET {name} = said.value
        FROM (SELECT unnest($keys::VARCHAR[]) AS key, unnest($values::VARCHAR[]) AS value) said
        WHERE {"article_id" if table == "assignment" else "storyline_id"} = said.key"""
    if values:
        con.execute(sql, {"keys": list(values), "values": list(values.values())})
