"""What became of events and storylines, entry by entry: decides what each entry of the log means for memberships.

Never makes an entry: `analyse` does for the machine, `decisions` for people.
"""

from collections.abc import Iterable, Mapping

from storywire.nouns import LogEntry, LogKind


class Groups:
    """Memberships as the log tells them; a merged id resolves to its survivor for ever."""

    def __init__(self, entries: Iterable[LogEntry] = ()) -> None:
        self._event_of: dict[str, str] = {}  # as joined
        self._storyline_of: dict[str, str] = {}  # as joined
        self._into: dict[str, str] = {}  # a merged event or storyline, and what it directly became part of
        for entry in entries:
            self.apply(entry)

    def apply(self, entry: LogEntry) -> None:
        """Take in the next entry. Renaming, closing and reopening change no membership."""
        if entry.kind is LogKind.MERGED_INTO:
            if entry.other_id is None:
                raise ValueError(f"a merge into nothing: {entry}")
            self._into[entry.event_id or entry.storyline_id] = entry.other_id
        elif entry.event_id is not None:  # created, joined or split off
            self._storyline_of[entry.event_id] = entry.storyline_id
            if entry.article_id is not None:
                self._event_of[entry.article_id] = entry.event_id

    def resolved(self, group_id: str) -> str:
        """The event or storyline that an id stands for now."""
        while group_id in self._into:
            group_id = self._into[group_id]
        return group_id

    def event_of(self, article_id: str) -> str:
        """The event of an article. KeyError if the log does not know it."""
        return self.resolved(self._event_of[article_id])

    def storyline_of(self, article_id: str) -> str:
        """The storyline of an article. KeyError if the log does not know it."""
        return self.resolved(self._storyline_of[self.event_of(article_id)])

    def memberships(self) -> Mapping[str, tuple[str, str]]:
        """The event and the storyline of each article."""
        return {article: (self.event_of(article), self.storyline_of(article)) for article in self._event_of}
