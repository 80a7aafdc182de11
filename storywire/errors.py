"""The one exception tree. A message says what happened, to what, and what to do next.

    StorywireError
    ├── InputError            what a person gave cannot be used: a file, a folder, a name, an OPML
    │   └── FeedError         a document that is not a feed
    ├── ModelError            the model cannot be loaded, or is not the one whose vectors are stored
    ├── StorageError          the database cannot be used
    │   ├── BusyError         another process held the writer's lock for longer than the wait
    │   │   └── UnderWay      another process does the same step
    │   ├── NewerSchemaError  the file was written by a newer Storywire
    │   └── DiskError         the disk is full or cannot be written
    └── FetchError            a document could not be had; `reason` is a short word for the ledger
        ├── AddressError      it lies where no request may go: a private address, an odd port
        └── RobotsError       the host's robots.txt, or its absence, says no

A failure of one feed, page or delivery becomes a value (state, reason, next attempt) in the flow that met it.
Anything that is not a StorywireError is a bug, and is shown as one.
"""


class StorywireError(Exception):
    """Base of all errors that are shown to a person as one clear line."""


class InputError(StorywireError):
    """What a person gave cannot be used."""


class FeedError(InputError):
    """The document is not a feed."""


class ModelError(StorywireError):
    """The model cannot be loaded, or is not the one whose vectors are stored."""


class StorageError(StorywireError):
    """The database cannot be used."""


class BusyError(StorageError):
    """Another process held the writer's lock for longer than the wait."""


class UnderWay(BusyError):
    """Another process does the same step, and sees to all that there is to do."""


class NewerSchemaError(StorageError):
    """The database was written by a newer Storywire."""


class DiskError(StorageError):
    """The disk is full or cannot be written."""


class FetchError(StorywireError):
    """A document could not be had.

    `reason` is a short phrase for the ledger ("HTTP 404", "timed out"); `network_down` says that the host could not
    be reached at all (name resolution, connection refused), as when the network is down; `status` is the HTTP status
    where there was one; `retry_after` is in seconds, where the server gave it; `url` is who said so, after redirects.
    """

    def __init__(
        self, reason: str, *, network_down: bool = False, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.network_down = network_down
        self.status = status
        self.retry_after = retry_after
        self.url: str | None = None


class AddressError(FetchError):
    """A document lies where no request may go; nothing was sent there."""


class RobotsError(FetchError):
    """A host does not want a page to be asked for; `forbidden` for good, else only for now: its rules cannot be had."""

    def __init__(self, reason: str, *, forbidden: bool) -> None:
        super().__init__(reason)
        self.forbidden = forbidden
