"""What an export says of itself: decides what a manifest holds, and refuses one that says anything else.

Never opens a file. What it names is compared with what is there by whoever reads that.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from storywire.errors import InputError

FORMAT, VERSION = "storywire export", 1
MANIFEST = "manifest.json"
MAX_BYTES = 4 * 2**20
"""Of a manifest; one of all tables has some 10 kB."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_TYPE = re.compile(r"[A-Z][A-Z0-9_ ]{0,40}(?:\[\])?", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MAX_ROWS = 2**40


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view, and the file that has its rows. `columns` are its names with their types in the database."""

    name: str
    file: str
    rows: int
    sha256: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """An export. `what` is `tables` (all that is stored: it can be imported) or `views` (the public ones)."""

    what: str
    storywire: str  # the version that wrote it
    schema: int
    made_at: str  # ISO 8601, UTC
    model: Mapping[str, str] | None  # name and digest; None while there are no vectors
    tables: tuple[Table, ...]

    @property
    def rows(self) -> int:
        """How many rows it has in all."""
        return sum(table.rows for table in self.tables)


def written(manifest: Manifest) -> str:
    """The manifest as its file has it."""
    return json.dumps({"format": FORMAT, "version": VERSION} | asdict(manifest), ensure_ascii=False, indent=2) + "\n"


def read(body: bytes, where: str) -> Manifest:
    """The manifest of a file; InputError, which names `where`, for anything that is not exactly one."""
    try:
        said = json.loads(body.decode("utf-8")) if len(body) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise InputError(f"{where} is not the manifest of an export; give a folder that `storywire export` made")
    if said.get("version") != VERSION:
        raise InputError(f"{where} is of a form that this Storywire does not know: update Storywire")
    try:
        return _manifest(said)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where} is damaged or was changed ({error}); export again") from None


def _manifest(said: Mapping[str, Any]) -> Manifest:
    made_at = _text(said, "made_at")
    if datetime.fromisoformat(made_at).tzinfo is None:
        raise ValueError("made_at has no zone")
    tables = tuple(_table(each) for each in _list(said["tables"]))
    if len({table.name for table in tables}) < len(tables):
        raise ValueError("a table stands there twice")
    what, model = _text(said, "what"), said["model"]
    if what not in ("tables", "views"):
        raise ValueError("what it holds is neither tables nor views")
    model = None if model is None else {key: _text(model, key) for key in ("name", "digest")}
    return Manifest(what, _text(said, "storywire"), _whole(said, "schema", 10**6), made_at, model, tables)


def _table(said: Any) -> Table:
    name = _matching(_NAME, said["name"], "a table's name")
    # The name decides the file: so none can lie elsewhere, whatever a manifest says.
    if said["file"] not in (f"{name}.parquet", f"{name}.csv"):
        raise ValueError(f"the file of {name} has another name")
    columns = {
        _matching(_NAME, column, "a column's name"): _matching(_TYPE, kind, "a column's type")
        for column, kind in dict(said["columns"]).items()
    }
    digest = _matching(_DIGEST, said["sha256"], "a digest")
    return Table(name, said["file"], _whole(said, "rows", _MAX_ROWS), digest, columns)


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("tables is not a list")
    return value


def _text(said: Mapping[str, Any], key: str) -> str:
    if not isinstance(said[key], str) or len(said[key]) > 200:
        raise ValueError(f"{key} is not a short text")
    return str(said[key])


def _whole(said: Mapping[str, Any], key: str, most: int) -> int:
    value = said[key]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{key} is not a number that can be")
    return value


def _matching(pattern: re.Pattern[str], value: Any, what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{what} is none")
    return value
