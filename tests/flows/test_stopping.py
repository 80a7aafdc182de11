"""Laws of Ctrl-C, which a terminal sends to all processes of a command at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from tempfile import TemporaryFile
from threading import Event
from typing import Any

import psutil
import pytest

from flows.leaving import STOPPED
from storage.store import Store
from storywire.nouns import Feed
from tests.server import Request, serving

COMMAND = [sys.executable, "-m", "flows.cli", "run"]
posix = pytest.mark.skipif(sys.platform == "win32", reason="process groups")


def _as_on_a_terminal() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so does what that starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _group(pid: int) -> int | None:
    with suppress(OSError):
        return os.getpgid(pid)
    return None


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
        with TemporaryFile("w+") as said:  # a process that outlived it would keep a pipe open
            run = subprocess.Popen(
                COMMAND, env=here.environment(), stderr=said, start_new_session=True, preexec_fn=_as_on_a_terminal
            )
            assert asked.wait(100)
            begun = time.monotonic()
            os.killpg(run.pid, signal.SIGINT)
            status = run.wait(60)
            took = time.monotonic() - begun
            go_on.set()
            said.seek(0)
            assert (status, said.read().strip()) == (130, STOPPED)
    assert took < 15
    left = [process for process in psutil.process_iter() if _group(process.pid) == run.pid]
    assert not psutil.wait_procs(left, timeout=10)[1]
    [feed] = Store(here.home).feeds()
    assert feed.checked_at is None
