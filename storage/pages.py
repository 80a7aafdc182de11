"""Pages as they were fetched, kept so that a better extractor can read them again. Decides which ones are kept.

Never puts one into the database, and never reads what it says. One file a page: a newer body takes the older's place.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from storywire.errors import DiskError
from storywire.fetched import Fetched, packed, unpacked
from storywire.identity import digest


@dataclass(frozen=True, slots=True)
class Keeping:
    """How much is kept, in bytes as compressed, and for how long. Nothing of either: no page is kept."""

    size: int = 1_000_000_000
    age: timedelta = timedelta(days=30)

    def __bool__(self) -> bool:
        """Whether anything is kept at all."""
        return self.size > 0 and self.age > timedelta(0)


class KeptPages:
    """The kept pages of one installation, in a folder that only its owner can read.

    Each is `<first two digits>/<digest of the address>.gz`. The limits hold after each `prune`, so once a run.
    """

    def __init__(self, folder: Path, keeping: Keeping | None = None) -> None:
        """Makes nothing yet."""
        self.folder = folder
        self.keeping = Keeping() if keeping is None else keeping

    def keep(self, page: Fetched) -> None:
        """Keeps a page, in the place of what was kept of its address. Killed at any point it leaves a whole one.

        It takes 3 ms for a page of 170 kB. DiskError where it cannot be written.
        """
        if not self.keeping:
            return
        target = self._path(page.url)
        fresh = target.with_suffix(".new")  # one name, so that what a killed run left is written over
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            fresh.write_bytes(packed(page))
            seconds = page.fetched_at.timestamp()
            os.utime(fresh, (seconds, seconds))  # so that pruning need not open it
            os.replace(fresh, target)
        except OSError as error:
            raise DiskError(
                f"{target} cannot be written; make room or give access, then try again ({error})"
            ) from error

    def read(self, path: Path) -> Fetched | None:
        """The page in one of `files`; None where it is gone by now, or damaged."""
        try:
            return unpacked(path.read_bytes())
        except OSError:
            return None

    def files(self, since: datetime | None = None) -> list[Path]:
        """The files of all kept pages that were fetched at `since` or later, the oldest first."""
        least = since.timestamp() if since else 0.0
        return [path for at, _, path in sorted(self._scan()) if at >= least]

    def of(self, urls: Iterable[str]) -> list[Path]:
        """The files of the pages that are kept of these addresses."""
        return [path for path in map(self._path, dict.fromkeys(urls)) if path.exists()]

    def drop(self, urls: Iterable[str]) -> None:
        """Removes what is kept of these addresses."""
        for path in map(self._path, urls):
            for file in (path, path.with_suffix(".new")):
                file.unlink(missing_ok=True)

    def prune(self, now: datetime) -> None:
        """Removes what is too old and then, the oldest first, what is too much. One look at each file's size and age.

        Only while no page is being kept: what a killed run left half written goes too.
        """
        least = now.timestamp() - self.keeping.age.total_seconds()
        room = self.keeping.size if self.keeping else 0
        for at, size, path in sorted(self._scan(halves=True), reverse=True):
            room -= size
            if room < 0 or at < least or path.suffix != ".gz":
                path.unlink(missing_ok=True)

    def _path(self, url: str) -> Path:
        name = digest("page", url)
        return self.folder / name[:2] / f"{name}.gz"

    def _scan(self, halves: bool = False) -> Iterator[tuple[float, int, Path]]:
        """When each file was fetched, in seconds, its size and its path."""
        with suppress(FileNotFoundError), os.scandir(self.folder) as folders:
            for folder in folders:
                with os.scandir(folder) as files:
                    for file in files:
                        if halves or file.name.endswith(".gz"):
                            with suppress(FileNotFoundError):  # a person removed the article meanwhile
                                said = file.stat()
                                yield said.st_mtime, said.st_size, Path(file.path)
