"""The processes of `storywire up`: decides how each is started, ended with all that it started, and heard.

Never decides whether one should run.
"""

import json
import logging
import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Thread
from time import monotonic

_SHORTEST, _LONGEST = 1.0, 30.0  # seconds between two starts of one that does not stay
_STEADY = 60.0  # seconds; who lived so long is started anew at once
_BANNER = 60  # lines
_TOLD = re.compile(r"[\d:.]+ \| (?P<level>[A-Z]+) +\| (?P<words>.*)")  # as Prefect writes on a console
_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}


@dataclass
class Child:
    """A process in a group of its own, which ends when this one does, however it ends. What it writes is logged.

    `folder` is where it runs; None: here.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path | None = None
    starts: int = 0
    _process: "subprocess.Popen[bytes] | None" = None
    _started: float = field(default=0.0)
    _pause: float = field(default=0.0)

    def start(self) -> None:
        """Start it; whatever is left of the one before is ended."""
        self.kill()
        self._process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            cwd=self.folder,
            stdin=subprocess.PIPE,  # never written to: it ends with this process, and so does the child: `lifeline`
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.starts, self._started = self.starts + 1, monotonic()
        Thread(target=_relay, args=(self.name, self._process), daemon=True).start()

    @property
    def pid(self) -> int | None:
        """The id of its process; None before its first start."""
        return self._process.pid if self._process else None

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return monotonic() - self._started

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def ended_as(self) -> str | None:
        """How it ended, in words; None where it did not end by itself."""
        status = self._process.poll() if self._process else None
        if status is None:
            return None
        return f"signal {-status}" if status < 0 else f"status {status}"

    def wait_before_restart(self) -> float:
        """Seconds to wait before it is started again: longer each time that it did not stay."""
        steady = self.age >= _STEADY
        self._pause = 0.0 if steady else min(_LONGEST, max(_SHORTEST, 2 * self._pause))
        return self._pause

    def end(self, patience: float) -> None:
        """Ask it to end, wait so many seconds, then end it and all that it started."""
        if self._process is not None and self.alive():
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        self.kill()

    def kill(self) -> None:
        """End it and all of its group at once."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS says the latter of a group of the dead
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._process = None


def _relay(name: str, process: "subprocess.Popen[bytes]") -> None:
    """What it writes before its first line with a level is a banner, and shown only if it failed."""
    banner: deque[logging.LogRecord] | None = deque(maxlen=_BANNER)
    for line in process.stdout or ():
        if text := line.decode("utf-8", "replace").rstrip():
            record = _ours(text) or _others(name, text)
            if banner is not None and record.levelno == logging.NOTSET:
                banner.append(record)
            else:
                banner = None
                _log(record)
    if process.wait() not in (0, -signal.SIGTERM, -signal.SIGKILL):
        for record in banner or ():
            _log(record)


def _log(record: logging.LogRecord) -> None:
    if record.levelno == logging.NOTSET:
        record.levelno, record.levelname = logging.INFO, "INFO"
    logging.getLogger(record.name).handle(record)


def _ours(text: str) -> logging.LogRecord | None:
    """A line that `logs` wrote, as it was before."""
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        said = json.loads(text)
        level, at = said.pop("level").upper(), datetime.fromisoformat(said.pop("time"))
        named, event, trace = said.pop("logger"), said.pop("message"), said.pop("exception", None)
        return logging.makeLogRecord(
            {
                **{"name": named, "msg": event, "event": event, "fields": said, "exc_text": trace},
                **{"levelname": level, "levelno": getattr(logging, level), "created": at.timestamp()},
            }
        )
    return None


def _others(name: str, text: str) -> logging.LogRecord:
    """A line of somebody else; NOTSET where it does not say its level."""
    told = _TOLD.fullmatch(text)
    level = told["level"] if told and told["level"] in _LEVELS else "NOTSET"
    said = {"name": f"storywire.{name}", "msg": told["words"] if told else text, "levelname": level}
    return logging.makeLogRecord({**said, "levelno": getattr(logging, level)})
