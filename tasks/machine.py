"""What the machine says of an installation: room on its disk, locks that are held, who may read what.

Never changes anything: a lock that was tried, even for a moment, would turn a run away.
"""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_LOCKS = Path("/proc/locks")


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes: what each part of a folder takes, what all of them take, and what is free."""

    parts: Mapping[str, int]
    used: int
    free: int


def disk(folder: Path) -> Disk:
    """What a folder takes, and how much room is left where it is, or will be."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    parts = {path.name: sum(_sizes(path)) for path in _below(folder)}
    return Disk(dict(sorted(parts.items())), sum(parts.values()), shutil.disk_usage(there).free)


def _sizes(path: Path) -> Iterator[int]:
    """Bytes on the disk, of a file or of all below a folder; what goes meanwhile counts as nothing."""
    for below in (path, *path.rglob("*")) if path.is_dir() and not path.is_symlink() else (path,):
        try:
            yield below.lstat().st_blocks * 512
        except OSError:
            continue


def held(folder: Path) -> dict[str, int] | None:
    """The locks of a folder that are held, by name, each with the id of the process; None where that cannot be known.

    Linux lists all locks; elsewhere, or in another user's folder, there is no way to look without taking one.
    """
    if folder.exists() and not os.access(folder, os.R_OK | os.X_OK):
        return None
    try:
        listed = [line.split() for line in _LOCKS.read_text().splitlines()]
    except OSError:
        return None
    holders = {words[5]: int(words[4]) for words in listed if len(words) > 5 and words[1] != "->"}
    found = {}
    for path in sorted(folder.glob("*.lock")):
        seen = path.stat()
        key = f"{os.major(seen.st_dev):02x}:{os.minor(seen.st_dev):02x}:{seen.st_ino}"
        if key in holders:
            found[path.stem] = holders[key]
    return found


def strangers(folder: Path) -> list[Path]:
    """Files and folders at the top of a folder and of its `private` that belong to another user."""
    mine = os.geteuid()
    looked = [folder, *_below(folder), *_below(folder / "private")]
    return [path for path in looked if (seen := _stat(path)) and seen.st_uid != mine]


def _below(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def writable(folder: Path) -> bool:
    """Whether files can be made in a folder, or it can be made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def open_to_others(path: Path) -> bool:
    """Whether somebody else than its owner may read a file or look into a folder."""
    seen = _stat(path)
    return bool(seen and stat.S_IMODE(seen.st_mode) & 0o077)


def size(path: Path) -> int:
    """Bytes of a file; 0 where there is none, or it cannot be seen."""
    seen = _stat(path)
    return seen.st_size if seen else 0


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
