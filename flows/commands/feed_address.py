"""What a person types for a feed: decides whether it is a file or an address. Never opens an address."""

import os
import re
from contextlib import suppress
from pathlib import Path

_FILE = re.compile(r"[^/\\]+\.(?:xml|json|rss|atom|rdf|opml|gz)", re.IGNORECASE)
_PATH = (".", "/", "~", "\\")


def typed_address(where: str) -> str:
    """The address of a feed, file:// for a file; raises InputError where it is neither, and for a list of feeds."""
    from storywire.errors import InputError
    from storywire.urls import feed_url

    if "://" in where:
        return feed_url(where)
    path = Path(os.path.expanduser(where))  # Path.expanduser raises where there is no such user
    with suppress(OSError):  # a name that is too long for one
        if path.is_file():
            if _is_opml(path):
                raise InputError(f"{where} is a list of feeds (OPML); subscribe with `storywire feeds import {where}`")
            return path.resolve().as_uri()
    if _FILE.fullmatch(where) or where.startswith(_PATH):  # none of these endings is one of a host
        raise InputError(f"there is no file {where}; check its name, or give a web address with https://")
    return feed_url(where)


def _is_opml(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return b"<opml" in file.read(1024).lower()
    return False
