"""The Store: everything that is written, one transaction a method. Decides when the published snapshot is replaced.

Never holds the file or its lock across other work. Each method can be run again after a crash and changes nothing then.
"""

from pathlib import Path

from storage.decisions import Decisions
from storage.entries import Entries
from storage.feeds import Feeds
from storage.recall import Recall
from storage.reembed import Reembedding
from storage.removal import Removal
from storage.runs import Runs
from storage.snapshot import replace_snapshot, snapshot_path
from storage.texts import Texts
from storage.verdicts import Verdicts
from storage.watches import Watches


class Store(Feeds, Entries, Texts, Recall, Verdicts, Decisions, Reembedding, Watches, Runs, Removal):
    """The writer's side of one installation; people query the snapshot that `publish` puts beside it."""

    def publish(self) -> Path:
        """Swaps in a snapshot of all that is stored, and returns its path. Killed at any point it leaves the old one.

        Who has the old snapshot open reads on in it.
        """
        with self.locked():
            with self.opened() as con:
                con.execute("CHECKPOINT")
            replace_snapshot(self.path, snapshot_path(self.home))
        return snapshot_path(self.home)
