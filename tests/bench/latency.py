"""From an item's appearance in a feed that is polled to the alert that a receiver has, through real signals.

Decides what is timed: an installation that `storywire up` keeps running, a webhook, the model that ships, no kills.
`python -m tests.bench.latency`
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, sleep

from tests.kill.receiver import receiving
from tests.soak.__main__ import _free_port
from tests.soak.newsroom import Newsroom
from tests.soak.newsweb import NewsWeb, serving

_TIMES = """
SELECT e.guid, c.started_at, u.started_at, m.made_at, m.sent_at, u.finished_at
FROM private.entry e
JOIN private.run c ON c.run_id = e.settled_run_id
JOIN private.article a USING (article_id)
JOIN private.assignment v USING (article_id)
JOIN private.run u ON u.run_id = v.run_id
JOIN private.alert x ON list_contains(x.causes, a.article_id)
JOIN private.message m USING (message_id)
WHERE m.sent_at IS NOT NULL
"""


def measure(room: Newsroom, seconds: float, pause: float) -> Iterator[dict[str, float]]:
    """One report at a time, in a feed that is then due; for each, when each stage was over, in seconds."""
    began = monotonic()
    while monotonic() - began < seconds:
        room.web.publish(1, copies=0)
        room.make_due(room.web.feeds, Random(0))
        sleep(pause)
    room.settle(120)
    with room.store.transaction() as con:
        rows = con.execute(_TIMES).fetchall()
    for guid, collect, update, made, sent, finished in rows:
        shown = room.web.shown[int(guid.partition("-")[2])]
        since = {
            "collect began": collect,
            "update began": update,
            "update ended": finished,
            "delivery": made,
            "sent": sent,
        }
        yield {name: at.replace(tzinfo=UTC).timestamp() - shown for name, at in since.items()}


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.latency", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--feeds", type=int, default=20)
    parser.add_argument("--every", type=int, default=10, help="seconds between looks for what is due")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with TemporaryDirectory() as temporary:
        root = Path(temporary)
        (root / "home").mkdir()
        settings = {"STORYWIRE_EVERY_SECONDS": str(given.every)}
        with receiving(root) as receiver, serving(NewsWeb(given.feeds, 1)) as web:
            room = Newsroom(root / "home", web, receiver.address(root / "home"), _free_port(), settings)
            web.publish(given.feeds, copies=0)  # what a feed lists at its first look is no news
            room.start()
            room.settle(180)
            found = list(measure(room, given.minutes * 60, 8))
            room.stop()
    print(f"{len(found)} reports, {datetime.now(UTC):%Y-%m-%d}")
    for name in found[0]:
        values = [each[name] for each in found]
        p50, p95 = quantile(values, 0.5), quantile(values, 0.95)
        print(f"{name:>14}: p50 {p50:5.1f} s, p95 {p95:5.1f} s, max {max(values):5.1f} s")
    if given.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
