"""Delivery of alerts: carries a message to where a watch points. Never decides what is due.

Delivery is at least once: a crash after the message went out and before that was noted repeats it, with the same id.
"""

import json
import os
from pathlib import Path
from typing import IO, Any, Protocol

from storywire.errors import InputError, StorywireError
from storywire.nouns import Watch


class DeliveryError(StorywireError):
    """A message could not be delivered; it stays in the outbox for the next run."""


class Notifier(Protocol):
    """Whatever can carry a message, a JSON-able mapping, to a watch's target. Raises DeliveryError."""

    def notify(self, watch: Watch, message: dict[str, Any]) -> None:
        """Deliver one message."""
        ...


class FileNotifier:
    """Appends messages to a file, one line of JSON each; on disk when `notify` returns."""

    def notify(self, watch: Watch, message: dict[str, Any]) -> None:
        """Append one message to the watch's file."""
        line = json.dumps(message, ensure_ascii=False).encode() + b"\n"
        try:
            with target_file(watch.target).open("ab+") as file:
                # A kill or a full disk can leave half a line; joined to it, this one would be lost to who reads lines.
                file.write(line if _ends_a_line(file) else b"\n" + line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise DeliveryError(f"{watch.target} cannot be written: {error.strerror}") from error


def _ends_a_line(file: IO[bytes]) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def target_file(target: str) -> Path:
    """The file of a `file:PATH` target; InputError for any other."""
    kind, _, path = target.partition(":")
    if kind != "file" or not path:
        raise InputError(f"{target!r} is no target; write file:PATH, for one line of JSON an alert")
    return Path(path)
