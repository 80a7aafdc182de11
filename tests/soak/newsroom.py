"""An installation that `storywire up` keeps running: starts it, makes feeds due, finds its processes, asks what it has.

Never decides what must hold.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

import psutil

from storage.store import Store
from storywire.nouns import Feed
from storywire.watchfile import watch_of
from tests.kill.receiver import SECRET
from tests.soak.newsweb import NewsWeb

COMMAND = Path(sys.executable).with_name("storywire")
ROLES = {
    "server": ("flows.lifeline",),
    "runner": ("flows.serving",),
    "flow run": ("flow_run", "flow-run", "prefect.engine"),
}
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Newsroom:
    """One installation under `home`. `up` is its supervisor, from `start` to `stop`."""

    home: Path
    web: NewsWeb
    hook: str
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    up: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.store = Store(self.home)
        self.store.add_feeds([Feed(self.web.address(n), BEGAN, BEGAN) for n in range(self.web.feeds)])
        every = ["new", "follow-up", "report", "reprint", "revision", "correction"]
        self.store.add_watch(
            watch_of({"name": "everything", "target": "hook", "classes": every, "cool_down": "0m"}, BEGAN)
        )

    def environment(self) -> dict[str, str]:
        """That of its commands."""
        own = {
            "STORYWIRE_HOME": str(self.home),
            "STORYWIRE_ALLOW_NETS": "127.0.0.0/8",
            "STORYWIRE_PREFECT_PORT": str(self.port),
            "STORYWIRE_TARGET_HOOK": f'kind = "webhook", url = "{self.hook}", secret = "{SECRET}"',
        }
        kept = {name: said for name, said in os.environ.items() if not name.startswith(("STORYWIRE_", "PREFECT_"))}
        return kept | own | dict(self.settings)

    def start(self) -> None:
        """`storywire up`, its log beside the home; returns at once."""
        with (self.home.parent / "up.log").open("ab") as log:
            self.up = subprocess.Popen(
                [COMMAND, "up"], env=self.environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        assert self.up is not None
        self.up.send_signal(signal.SIGTERM)
        return self.up.wait(60)

    def command(self, *words: str) -> Any:
        """What a command prints as JSON."""
        done = subprocess.run(
            [COMMAND, *words, "--json"], env=self.environment(), capture_output=True, text=True, timeout=60
        )
        return json.loads(done.stdout)

    def processes(self) -> dict[str, list[psutil.Process]]:
        """The living processes of `up`, by their role."""
        assert self.up is not None
        found: dict[str, list[psutil.Process]] = {"up": [], "server": [], "runner": [], "flow run": []}
        try:
            parent = psutil.Process(self.up.pid)
            found["up"].append(parent)
            for process in parent.children(recursive=True):
                said = " ".join(_command(process))
                for role, words in ROLES.items():
                    if any(word in said for word in words) and "multiprocessing" not in said:
                        found[role].append(process)
                        break
        except psutil.NoSuchProcess:
            pass
        return found

    def make_due(self, count: int, random: Random) -> None:
        """Lets so many feeds be asked with the next look, as `storywire feeds resume` does."""
        chosen = random.sample(range(self.web.feeds), min(count, self.web.feeds))
        urls = [self.web.address(feed) for feed in chosen]
        with self.store.transaction() as con:
            con.execute(
                "UPDATE private.feed SET next_check_at = added_at WHERE feed_url IN (SELECT unnest($1::VARCHAR[]))",
                [urls],
            )

    def standing(self) -> dict[str, int]:
        """How much there is of what, and how much waits."""
        with self.store.transaction() as con:
            row = con.execute(
                """SELECT (SELECT count(*) FROM private.entry), (SELECT count(*) FROM private.article),
                (SELECT count(*) FROM private.entry WHERE state = 'pending'),
                (SELECT count(*) FROM private.article ANTI JOIN private.assignment USING (article_id)
                    ANTI JOIN private.duplicate USING (article_id)),
                (SELECT count(*) FROM private.alert WHERE state = 'waiting'),
                (SELECT count(*) FROM private.message WHERE state <> 'sent')"""
            ).fetchone()
        assert row is not None
        return dict(zip(("entries", "articles", "pending", "unjudged", "untold", "unsent"), row, strict=True))

    def settle(self, within: float) -> bool:
        """Waits until all that the feeds list is stored, judged and told; whether it was in time."""
        began = monotonic()
        while monotonic() - began < within:
            self.make_due(self.web.feeds, Random(0))
            sleep(3)
            now = self.standing()
            if now["entries"] >= len(self.web.reports) and not any(
                now[k] for k in ("pending", "unjudged", "untold", "unsent")
            ):
                return True
        return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
