"""A file that a person named, written beside its place and put there whole. Decides nothing about what is in it.

Never touches what was there before all is written.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from storage.database import sync
from storywire.errors import InputError


@contextmanager
def swapped(target: Path) -> Iterator[Path]:
    """Where to write what `target` shall be; it is put there when all went well, and else forgotten.

    A link is followed, so that what it leads to is replaced; its mode stays. InputError if no file can be there;
    OSError if the disk is full.
    """
    place = target.resolve()
    if target.exists() and not target.is_file():  # asked of the name: a pipe's own path leads nowhere
        raise InputError(f"{target} is not a file; name one, or leave it out for standard output")
    if not place.parent.is_dir():
        raise InputError(f"there is no folder {target.parent} for {target.name}; make it, or name another")
    try:
        # A folder of its own, that no other user of a shared one can prepare or look into.
        folder = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except PermissionError as error:
        raise InputError(f"{target} cannot be written ({error.strerror}); name another place") from error
    try:
        fresh = folder / place.name
        yield fresh
        if place.exists():
            fresh.chmod(place.stat().st_mode & 0o777)
        sync(fresh)
        os.replace(fresh, place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def opened(target: Path) -> Iterator[TextIO]:
    """Where to write the text that `target` shall have: a pipe or a device gets it as it comes, a file all at once.

    Raises as `swapped` does.
    """
    if target.exists() and not target.is_file() and not target.is_dir():
        with target.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    with swapped(target) as fresh, fresh.open("w", encoding="utf-8", newline="") as file:
        yield file
