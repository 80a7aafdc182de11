"""The far side of a batch: decides how a process of another machine reads pages and embeds passages for this one.

Never fetches or stores anything, and knows nothing of the engine that brought the batch.
"""

import asyncio
from datetime import timedelta
from functools import cache

from storywire.errors import FetchError
from storywire.fallback import read_simply
from storywire.pages import Page, extract_page
from tasks.batches import (
    Document,
    Vectors,
    pack_pages,
    pack_vectors,
    unpack_documents,
    unpack_passages,
)
from tasks.embed import SentenceEncoder
from tasks.workers import Workers

EXTRACT, SIMPLY = extract_page.__name__, read_simply.__name__
"""The readers of pages, as a batch names them."""


def read(raw: bytes) -> bytes:
    """The pages in a batch of documents, read in a worker of this process; one that hangs costs that page alone."""
    documents = unpack_documents(raw)
    return pack_pages(asyncio.run(_read_all(documents)))


def embed(raw: bytes) -> bytes:
    """The vectors of a batch of passages; of none, which model it is. ModelError as SentenceEncoder raises it."""
    passages, model = unpack_passages(raw)
    encoder = _encoder(model)
    return pack_vectors(Vectors(encoder.model(), encoder.encode(passages)))


async def _read_all(documents: list[Document]) -> list[Page | FetchError]:
    return [await _read(document) for document in documents]


async def _read(document: Document) -> Page | FetchError:
    told = (document.body, document.url, document.content_type, document.asked)
    limit = timedelta(seconds=document.seconds)
    try:
        if document.reader == SIMPLY:
            return await _workers().run(read_simply, *told, document.why or "", timeout=limit)
        return await _workers().run(extract_page, *told, timeout=limit)
    except FetchError as error:
        return error


@cache
def _workers() -> Workers:
    """One worker, as the engine gives a batch one core. It ends with this process."""
    return Workers(processes=1)


@cache
def _encoder(model: str | None) -> SentenceEncoder:
    """Loaded once a process."""
    return SentenceEncoder(model)
