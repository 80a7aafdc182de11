"""Laws of Ctrl-C, which a terminal sends to all processes of a command at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from storage.store import Store
from storywire.nouns import Feed
from tests.server import Request, serving

COMMAND = [sys.executable, "-m", "flows.cli", "run"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="process groups")


@posix
def test_a_run_that_is_stopped_ends_within_seconds_and_goes_on_later(new_installation: Callable[[], Any]) -> None:
    here, asked, go_on = new_installation(), Event(), Event()

    def slow(_: Request) -> tuple[int, dict[str, str], bytes]:
        asked.set()
        go_on.wait(60)
        return 200, {}, b""

    now = datetime.now(UTC)
    with serving({"/feed": slow}) as server:
        Store(here.home).add_feeds([Feed(server.url + "/feed", added_at=now, next_check_at=now)])
        run = subprocess.Popen(
            COMMAND, env=here.environment(), stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert asked.wait(100)
        begun = time.monotonic()
        os.killpg(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=60)
        took = time.monotonic() - begun
        go_on.set()
    assert (run.returncode, said) == (
        130,
        "storywire: stopped; what was stored stays, and the next run goes on from there\n",
    )
    assert took < 15
    [feed] = Store(here.home).feeds()
    assert feed.checked_at is None
