"""Batches between machines as Arrow: decides which columns documents, pages, passages and vectors cross in.

Never sends anything, and nothing in a batch is a pickle. What carries it is not ours: the engine's envelope may be one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from storywire import __version__
from storywire.errors import FetchError, InputError, ModelError
from storywire.nouns import Precision, Published
from storywire.pages import Page
from storywire.walls import Wall, WallKind

# What makes a text out of a page; other releases make another one, and two machines would not agree on it.
_MADE_BY = f"storywire {__version__}, trafilatura {version('trafilatura')}, resiliparse {version('resiliparse')}"
_VERSIONS = b"storywire.versions"

_DOCUMENTS = pa.schema(
    {
        "reader": pa.string(),
        "body": pa.large_binary(),  # 2 GB are not too few for a column, but their offsets are for a binary one
        "url": pa.string(),
        "content_type": pa.string(),
        "asked": pa.string(),
        "why": pa.string(),
        "seconds": pa.float64(),
    }
)
_PAGES = pa.schema(
    {
        "failure": pa.string(),  # why it could not be read; then the rest is empty
        "url": pa.string(),
        "title": pa.string(),
        "text": pa.large_string(),
        "published_at": pa.timestamp("us", tz="UTC"),
        "published_precision": pa.string(),
        "published_source": pa.string(),
        "publisher": pa.string(),
        "language": pa.string(),
        "reason": pa.string(),
        "author": pa.string(),
        "wall": pa.string(),
        "wall_evidence": pa.string(),
        "given_up": pa.bool_(),
        "note": pa.string(),
    }
)
_PASSAGES = pa.schema({"passage": pa.large_string()})


class Undone(Exception):
    """No machine did a batch, or what came back cannot be used: says why, in one line. It is done here, then."""


@contextmanager
def _reading() -> Iterator[None]:
    """Whatever is not as it was packed is Undone; that another version or model made it is said as it is."""
    try:
        yield
    except (InputError, ModelError, Undone):
        raise
    except Exception as error:  # Arrow's own, and what its values provoke, of many kinds
        said = str(error).strip().partition("\n")[0][:200]
        raise Undone(f"a batch that cannot be read: {said or type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class Document:
    """A page to be read: by which reader, what it is told of it, and for how many seconds at most."""

    reader: str
    body: bytes
    url: str
    content_type: str | None
    asked: str | None
    why: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Vectors:
    """Unit vectors, float32, shape (passages, dimensions), and the name and digest of the model that made them."""

    model: tuple[str, str]
    rows: npt.NDArray[np.float32]


def pack_documents(documents: Sequence[Document]) -> bytes:
    """Documents to be read elsewhere."""
    return _packed([{name: getattr(d, name) for name in _DOCUMENTS.names} for d in documents], _DOCUMENTS)


@_reading()
def unpack_documents(raw: bytes) -> list[Document]:
    """What `pack_documents` was given. InputError where it was another version's, Undone where it is damaged."""
    return [Document(**row) for row in _opened(raw, _DOCUMENTS).to_pylist()]


def pack_pages(pages: Sequence[Page | FetchError]) -> bytes:
    """What reading came to, in order."""
    return _packed([_row(page) for page in pages], _PAGES)


@_reading()
def unpack_pages(raw: bytes) -> list[Page | FetchError]:
    """What `pack_pages` was given; of an error its reason. Raises as `unpack_documents` does."""
    return [_page(row) for row in _opened(raw, _PAGES).to_pylist()]


def pack_passages(passages: Sequence[str], model: str | None) -> bytes:
    """Passages to be embedded elsewhere, by the model that the settings name, None for the one that ships."""
    return _packed([{"passage": passage} for passage in passages], _PASSAGES, {b"model": model} if model else {})


@_reading()
def unpack_passages(raw: bytes) -> tuple[list[str], str | None]:
    """What `pack_passages` was given. Raises as `unpack_documents` does."""
    table = _opened(raw, _PASSAGES)
    model = table.schema.metadata.get(b"model")
    return table.column("passage").to_pylist(), model.decode() if model else None


def pack_vectors(vectors: Vectors) -> bytes:
    """Vectors with the model that they are of."""
    rows, (name, digest) = vectors.rows, vectors.model
    wide = rows.shape[1] if rows.ndim == 2 else 0
    column = pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1), pa.float32()), max(wide, 1))
    return _written(pa.table({"vector": column}), {b"model": name, b"digest": digest})


@_reading()
def unpack_vectors(raw: bytes) -> Vectors:
    """What `pack_vectors` was given. ModelError where it does not say whose vectors these are.

    Else raises as `unpack_documents` does.
    """
    table = _opened(raw)
    said = table.schema.metadata
    if b"model" not in said or b"digest" not in said:
        raise ModelError("a batch of vectors does not name its model; install the same Storywire on all machines")
    column = table.column("vector").combine_chunks()
    flat = np.array(column.flatten().to_numpy(zero_copy_only=False), dtype=np.float32)
    if not np.isfinite(flat).all():
        raise ValueError("a vector has what is no number")
    rows = flat.reshape(len(column), -1) if len(column) else np.empty((0, 0), np.float32)
    return Vectors((said[b"model"].decode(), said[b"digest"].decode()), rows)


def _row(page: Page | FetchError) -> dict[str, Any]:
    if isinstance(page, FetchError):
        return {"failure": page.reason}
    row = {name: getattr(page, name) for name in ("url", "title", "text", "publisher", "language", "reason", "author")}
    row |= {"given_up": page.given_up, "note": page.note}
    row |= {"published_at": page.published.at, "published_precision": str(page.published.precision)}
    row |= {"published_source": page.published.source}
    return row | ({"wall": str(page.wall.kind), "wall_evidence": page.wall.evidence} if page.wall else {})


def _page(row: dict[str, Any]) -> Page | FetchError:
    failure, wall, evidence = row.pop("failure"), row.pop("wall"), row.pop("wall_evidence")
    at, precision, source = (row.pop(f"published_{part}") for part in ("at", "precision", "source"))
    if failure is not None:
        return FetchError(failure)
    if row["text"] is None or row["given_up"] is None:
        raise ValueError("a page has no text")
    published = Published(at.astimezone(UTC) if at else None, Precision(precision), source)
    return Page(published=published, wall=Wall(WallKind(wall), evidence) if wall is not None else None, **row)


def _packed(rows: Sequence[Mapping[str, Any]], schema: pa.Schema, said: Mapping[bytes, str] | None = None) -> bytes:
    return _written(pa.Table.from_pylist(list(rows), schema=schema), said or {})


def _written(table: pa.Table, said: Mapping[bytes, str]) -> bytes:
    table = table.replace_schema_metadata({**said, _VERSIONS: _MADE_BY})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _opened(raw: bytes, schema: pa.Schema | None = None) -> pa.Table:
    """The table in a batch, of these columns. InputError where another version made it, Arrow's errors elsewhere."""
    table = pa.ipc.open_stream(raw).read_all()
    table.validate(full=True)  # else wrong offsets in it would be read as they are
    made_by = (table.schema.metadata or {}).get(_VERSIONS, b"an unknown version").decode()
    if made_by != _MADE_BY:
        raise InputError(
            f"a batch of {made_by} reached a machine that has {_MADE_BY}; install the same versions on all machines"
        )
    if schema is not None and not table.schema.equals(schema):
        raise ValueError("it has other columns")
    return table
