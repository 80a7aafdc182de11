"""Whose vectors are stored. Decides whether vectors by another model may be compared with them: never.

Never loads a model, and never touches a vector.
"""

from storage.database import Connection, insert
from storywire.errors import ModelError

Model = tuple[str, str]
"""Name and digest of an embedding model."""


def stored_model(con: Connection) -> Model | None:
    """The model whose vectors are stored; None while there are none."""
    meta = dict(con.execute("SELECT key, value FROM private.meta").fetchall())
    return (meta["model_name"], meta["model_digest"]) if "model_name" in meta else None


def put_model(con: Connection, model: Model, prefix: str = "model") -> None:
    """Notes whose vectors these are."""
    rows = zip((f"{prefix}_name", f"{prefix}_digest"), model, strict=True)
    insert(con, "private.meta", "key, value", rows, "upsert")


def require(con: Connection, model: Model) -> Model | None:
    """ModelError if the stored vectors are by another model; else the stored model."""
    stored = stored_model(con)
    if stored is not None and stored != model:
        raise ModelError(
            f"the stored vectors are by {stored[0]} ({stored[1][:12]}), these by {model[0]} ({model[1][:12]}), and "
            "cannot be compared; run `storywire reembed`, or set STORYWIRE_MODEL back to the stored model"
        )
    return stored


def agree(con: Connection, model: Model) -> None:
    """As `require`; the first model to come is noted."""
    if require(con, model) is None:
        put_model(con, model)
