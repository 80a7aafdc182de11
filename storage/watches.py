"""Watches, and which publishers are one house. Decides which watch a name means.

Never decides what a watch wants.
"""

import dataclasses
from collections.abc import Mapping

from storage.alertrows import WATCH, watch, watch_row
from storage.database import Connection, Database, column, insert
from storage.rows import Row, aware
from storywire.errors import InputError
from storywire.watches import Watch


class Watches(Database):
    """The Store's watches."""

    def watches(self) -> list[Watch]:
        """All watches, the oldest first."""
        with self.transaction() as con:
            return all_watches(con)

    def watch(self, name_or_id: str) -> Watch:
        """The watch of that name or id; InputError if there is none."""
        with self.transaction() as con:
            return _named(con, name_or_id)

    def add_watch(self, new: Watch, *, replace: bool = False) -> bool:
        """False if it is there already, as it is. InputError if another one has its name, unless that is replaced.

        Its storyline is resolved: what was merged is watched as what it is part of now.
        """
        with self.transaction() as con:
            sql = "SELECT merged_into FROM private.storyline WHERE storyline_id = ? AND merged_into IS NOT NULL"
            subject = next(iter(column(con, sql, new.storyline_id)), new.storyline_id)
            row = watch_row(dataclasses.replace(new, storyline_id=subject))
            watch(row)  # what could not be read again must not be stored: no run would start any more
            said = "target, storyline_id, feed, spec"
            stored = con.execute(
                f"SELECT watch_id, {said} FROM private.watch WHERE $it IN (watch_id, name)", {"it": new.name}
            ).fetchone()
            if stored is None:
                insert(con, "private.watch", WATCH, [row])
                return True
            values = dict(zip(WATCH.split(", "), row, strict=True))
            asked = tuple(values[name] for name in said.split(", "))
            if stored[1:] == asked:
                return False
            if not replace:
                raise InputError(f"there is a watch “{new.name}” already; remove it first, or give another name")
            changes = ", ".join(f"{name} = ?" for name in said.split(", "))
            con.execute(f"UPDATE private.watch SET {changes} WHERE watch_id = ?", [*asked, stored[0]])
            con.execute(
                "UPDATE private.message SET target = ? WHERE watch_id = ? AND state <> 'sent'", [new.target, stored[0]]
            )
        return True

    def pause_watch(self, watch_id: str, paused: bool, reason: str | None = None) -> None:
        """Pauses a watch, or ends its pause; `reason` is for a pause that no person asked for."""
        with self.transaction() as con:
            con.execute(
                "UPDATE private.watch SET paused = ?, reason = ? WHERE watch_id = ?", [paused, reason, watch_id]
            )

    def remove_watch(self, watch_id: str) -> None:
        """Removes it, with its alerts that are not told yet and its messages that are not sent."""
        with self.transaction() as con:
            con.execute(
                """DELETE FROM private.alert WHERE watch_id = $id AND (state = 'waiting'
                OR message_id IN (SELECT message_id FROM private.message WHERE watch_id = $id AND state <> 'sent'))""",
                {"id": watch_id},
            )
            con.execute("DELETE FROM private.message WHERE watch_id = ? AND state <> 'sent'", [watch_id])
            con.execute("DELETE FROM private.watch WHERE watch_id = ?", [watch_id])

    def groups(self) -> dict[str, str]:
        """Which publishers are one: the group of each name or domain, casefolded."""
        with self.transaction() as con:
            return groups(con)

    def set_groups(self, said: Mapping[str, str]) -> None:
        """Which publishers are one, from now on; all that was said before is forgotten."""
        with self.transaction() as con:
            con.execute("DELETE FROM private.publisher_group")
            insert(con, "private.publisher_group", "member, name", sorted(said.items()))


def all_watches(con: Connection) -> list[Watch]:
    """All watches, the oldest first."""
    rows = con.execute(f"SELECT {WATCH} FROM private.watch ORDER BY created_at, watch_id").fetchall()
    return [readable(row) for row in rows]


def groups(con: Connection) -> dict[str, str]:
    """The group of each publisher's name or domain that has one."""
    return dict(con.execute("SELECT member, name FROM private.publisher_group").fetchall())


def readable(row: Row) -> Watch:
    """The watch of a row; paused where this version cannot read it, as with a zone that is no more: others go on."""
    try:
        return watch(row)
    except InputError as error:
        watch_id, name, target, created_at, storyline_id, feed, *_ = aware(row)
        return Watch(watch_id, name, target, created_at, storyline_id, feed, paused=True, reason=str(error))


def _named(con: Connection, name_or_id: str) -> Watch:
    rows = con.execute(
        f"SELECT {WATCH} FROM private.watch WHERE name = $it OR watch_id = $it ORDER BY name = $it DESC",
        {"it": name_or_id},
    ).fetchall()
    if not rows:
        raise InputError(f"there is no watch “{name_or_id}”; `storywire alerts list` shows all")
    return readable(rows[0])
