"""The soak: feeds bring reports while the server, the runner and flow runs are killed. Decides when, and what is said.

Exit status 0: nothing lost, nothing doubled, and it healed without a hand. `--minutes 30 --feeds 200` is the full form.
"""

import argparse
import json
import signal
import socket
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import psutil

from storage.database import Database
from tests.kill import checks
from tests.kill.receiver import NAME, receiving
from tests.soak.newsroom import Newsroom
from tests.soak.newsweb import NewsWeb, serving

TICK = 2.0  # seconds
HEALING = 300.0  # seconds, at the end, for all that is still under way


@dataclass
class Soak:
    """One soak: what was killed, and how much memory and how many open files each role had over time."""

    room: Newsroom
    random: Random
    kills: Counter[str] = field(default_factory=Counter)
    memory: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    files: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def run(self, seconds: float, per_minute: float, between: tuple[float, float]) -> None:
        """Publish and kill for so long; the first kill waits until the first articles are there."""
        began, next_kill, published = monotonic(), 0.0, 0.0
        while (passed := monotonic() - began) < seconds:
            wanted = passed / 60 * per_minute
            self.room.web.publish(int(wanted - published))
            published += int(wanted - published)
            self.room.make_due(max(1, self.room.web.feeds // 20), self.random)
            self._sample()
            if not next_kill and self.room.standing()["articles"]:
                next_kill = passed + self.random.uniform(*between)
            if next_kill and passed >= next_kill:
                self._kill()
                next_kill = passed + self.random.uniform(*between)
            sleep(TICK)

    def _kill(self) -> None:
        """Each role is as likely; of several processes of one, any."""
        living = {role: found for role, found in self.room.processes().items() if found and role != "up"}
        if living:
            role = self.random.choice(sorted(living))
            with suppress(psutil.NoSuchProcess):
                self.random.choice(living[role]).send_signal(signal.SIGKILL)
                self.kills[role] += 1

    def _sample(self) -> None:
        for role, found in self.room.processes().items():
            for process in found[:1]:
                with suppress(psutil.Error):
                    self.memory[role].append(process.memory_info().rss / 1e6)
                    self.files[role].append(process.num_fds())


def problems(room: Newsroom) -> Iterator[str]:
    """What is lost, doubled, or against the laws of an installation at rest."""
    yield from checks.laws(room.home)
    with Database(room.home).transaction() as con:
        entries = con.execute(
            "SELECT guid, count(*) FROM private.entry WHERE guid IS NOT NULL GROUP BY guid"
        ).fetchall()
        stored = dict(con.execute("SELECT url, article_id FROM private.article").fetchall())
        kept = {row[0] for row in con.execute("SELECT article_id FROM private.assignment").fetchall()}
    listed = {f"report-{report.number}" for report in room.web.reports if report.number in room.web.shown}
    came = dict(entries)
    yield from (f"an item that is lost: {guid}" for guid in sorted(listed - came.keys()))
    yield from (f"an item that is {count} entries: {guid}" for guid, count in came.items() if count > 1)
    texts = Counter[int]()
    for report in room.web.reports:
        article = stored.get(room.web.url(report))
        if article is None and report.number in room.web.shown:
            yield f"a report without its article: {room.web.url(report)}"
        texts[report.original] += article in kept
    yield from (f"a text that is kept {count} times: {number}" for number, count in texts.items() if count > 1)


def growth(samples: Sequence[float]) -> str:
    """The medians of the first and of the last third, and the largest."""
    third = max(1, len(samples) // 3)
    return (
        f"{median(samples[:third]):.0f} -> {median(samples[-third:]):.0f}, at most {max(samples):.0f}"
        if samples
        else "-"
    )


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--per-minute", type=float, default=30, help="reports that feeds bring")
    parser.add_argument("--between", type=float, nargs=2, default=(20.0, 60.0), help="seconds between kills")
    parser.add_argument("--every", type=int, default=15, help="seconds between looks for what is due")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="an empty folder for the installation, which then stays")
    given = parser.parse_args()
    with TemporaryDirectory() as temporary:
        root = given.keep or Path(temporary)
        (root / "home").mkdir(parents=True)
        return _soak(root, given)


def _soak(root: Path, given: argparse.Namespace) -> int:
    settings = {"STORYWIRE_EVERY_SECONDS": str(given.every), "STORYWIRE_SWEEP_SECONDS": "60"}
    with receiving(root) as receiver, serving(NewsWeb(given.feeds, given.seed)) as web:
        room = Newsroom(root / "home", web, receiver.address(root / "home"), _free_port(), settings)
        soak = Soak(room, Random(given.seed))
        room.start()
        soak.run(given.minutes * 60, given.per_minute, tuple(given.between))
        healed, began = room.settle(HEALING), monotonic()
        standing, status = room.standing(), room.stop()
        receiver.settle()
        wrong = [] if healed else [f"not at rest after {HEALING:g} s: {standing}"]
        wrong += [f"`storywire up` ended with {status}"] if status else []
        wrong += problems(room)
        print(json.dumps({"kills": soak.kills, "healed": healed, **standing, "reports": len(web.reports)}))
        for role in soak.memory:
            print(f"{role:>9}: MB {growth(soak.memory[role])}; open files {growth(soak.files[role])}")
        came = (room.home / NAME).read_text().splitlines() if (room.home / NAME).exists() else []
        print(f"{len(came)} messages came, {len(set(came))} of them different; stopped in {monotonic() - began:.0f} s")
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
