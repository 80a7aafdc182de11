"""Feeds that are files of this machine: decides which files are opened at all.

Never reads what a document says.
"""

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from storywire.errors import FetchError
from tasks.fetch import MAX_BODY_BYTES, Response


def on_disk(url: str) -> bool:
    """Whether an address is that of a file."""
    return url.startswith("file:")


def read_file(url: str) -> Response:
    """The document at a file:// address, as a server would answer; raises FetchError."""
    path = Path(url2pathname(urlsplit(url).path))
    if path.exists() and not path.is_file():  # opening a pipe or a device may never end
        raise FetchError("the file cannot be read: it is no ordinary file")
    try:
        with path.open("rb") as file:
            body = file.read(MAX_BODY_BYTES + 1)
    except (OSError, ValueError) as error:
        raise FetchError(f"the file cannot be read: {getattr(error, 'strerror', None) or 'unusable name'}") from error
    if len(body) > MAX_BODY_BYTES:
        raise FetchError("too large")
    return Response(200, url, body)
