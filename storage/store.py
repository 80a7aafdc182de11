"""The Store: everything that is written, one transaction a method. Decides when the published snapshot is replaced.

Never holds the file or its lock across other work. Each method can be run again after a crash and changes nothing then.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.backups import Backups
from storage.boilerplate import Boilerplate
from storage.coverage import Coverage
from storage.database import column
from storage.decisions import Decisions
from storage.entries import Entries
from storage.feeds import Feeds
from storage.messages import Messages
from storage.outbox import Outboxes
from storage.outcomes import Outcomes
from storage.pages import Keeping, KeptPages
from storage.pruning import Pruning
from storage.recall import Recall
from storage.reembed import Reembedding
from storage.removal import Graves, Removal
from storage.rereading import Rereading
from storage.restoring import Restoring
from storage.revisions import Revisions
from storage.runs import Runs
from storage.snapshot import replace_snapshot, snapshot_path
from storage.texts import Texts
from storage.verdicts import Verdicts
from storage.watches import Watches
from storage.witness import log_of
from storage.wordindex import Stage, WordIndex, unseen

# A page is also kept under the address that an entry linked, which need not be the one that its article had.
_SILENT = "SELECT url FROM private.entry WHERE url IS NOT NULL GROUP BY url HAVING bool_and(state = 'deleted')"


class Store(
    Feeds,
    Entries,
    Texts,
    Boilerplate,
    Revisions,
    Rereading,
    Recall,
    Verdicts,
    Decisions,
    Reembedding,
    Watches,
    Outboxes,
    Messages,
    Coverage,
    Runs,
    Outcomes,
    Removal,
    Pruning,
    Backups,
    Restoring,
    WordIndex,
):
    """The writer's side of one installation; people query the snapshot that `publish` puts beside it."""

    def __init__(self, home: Path, wait: timedelta = timedelta(seconds=30), keeping: Keeping | None = None) -> None:
        """Opens nothing yet; `keeping` says which of the pages that are fetched are kept."""
        super().__init__(home, wait)
        self.pages = KeptPages(self.private / "pages", keeping)

    def prune_pages(self, now: datetime) -> None:
        """Once a run: removes the kept pages that are too many, too old, or of an article that a person removed."""
        with self.transaction() as con:
            removed = Graves.read(con).urls.union(column(con, _SILENT))
        self.pages.drop(removed)
        self.pages.prune(now)

    def published_at(self) -> datetime | None:
        """When the snapshot was made; None without one."""
        path = snapshot_path(self.home)
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None

    def behind(self) -> bool:
        """Whether anything was written since the snapshot was made. Opens nothing."""
        made = self.published_at()
        files = [path for path in (self.path, log_of(self.path)) if path.exists()]
        return made is None or any(datetime.fromtimestamp(path.stat().st_mtime, UTC) > made for path in files)

    def publish(self, stage: Stage = unseen) -> Path:
        """Swaps in a snapshot of all that is stored, and returns its path. Killed at any point it leaves the old one.

        Who has the old snapshot open reads on in it. What searches need is brought up to date first; after an update
        that may take minutes, of which `stage` is told.
        """
        self._bring_up(stage, lambda: replace_snapshot(self.path, snapshot_path(self.home)))
        return snapshot_path(self.home)
