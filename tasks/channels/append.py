"""Files and standard output: decides how a message is added to what is there.

Never rewrites anything. A file has the message, on disk, when `to_file` returns.
"""

import os
import sys
from pathlib import Path
from typing import IO

from storywire.notices import Letter
from tasks.channels import DeliveryError


def to_file(path: Path, letter: Letter) -> None:
    """Append a letter's payload as one line. Raises DeliveryError."""
    line = letter.payload + b"\n"
    try:
        with path.open("ab+") as file:
            # A kill or a full disk can leave half a line; joined to it, this one would be lost to who reads lines.
            file.write(line if _ends_a_line(file) else b"\n" + line)
            file.flush()
            os.fsync(file.fileno())
    except (OSError, ValueError) as error:
        raise DeliveryError(f"it cannot be written: {getattr(error, 'strerror', None) or 'no such file'}") from None


def to_stdout(letter: Letter) -> None:
    """Print a letter's text and an empty line. Raises DeliveryError."""
    try:
        print(letter.text, end="\n\n", file=sys.stdout, flush=True)
    except (OSError, ValueError):
        raise DeliveryError("the standard output cannot be written") from None


def _ends_a_line(file: IO[bytes]) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
