"""What people label, as lines of JSON: decides what a line and an id in it may be.

Never reads a file. What is wrong with a line is a ValueError in words, to which its reader adds where it stands.
"""

import json
from collections.abc import Mapping
from typing import Any


def json_object(line: str) -> Mapping[str, Any]:
    """The object that a line is; ValueError for any other line."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    if not isinstance(row, dict):
        raise ValueError("is not an object")
    return row


def identifier(row: Mapping[str, Any], key: str) -> str:
    """An id or a name, which may be written as a number; ValueError where it is missing or is something else."""
    said = row.get(key)
    if isinstance(said, bool) or not isinstance(said, str | int | float) or said == "":
        raise ValueError(
            f'needs "{key}", a text that is not empty' if said in (None, "") else f"{key} is {said!r}: a text"
        )
    return str(said)
