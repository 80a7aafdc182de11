"""The near side of a batch: decides which pages and passages go away together, and what is done when none comes back.

Never knows which engine carries a batch; it is given one `Send`. What another machine did not do is done here.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from storywire.errors import FetchError, ModelError
from storywire.fallback import read_simply
from storywire.pages import Page, extract_page
from tasks.batches import (
    Document,
    Undone,
    pack_documents,
    pack_passages,
    unpack_pages,
    unpack_vectors,
)
from tasks.embed import BATCH, SentenceEncoder, cuts, identity_of
from tasks.workers import READING_DEADLINE, Result, Workers

PAGES = 16  # in a batch; one process reads them one after the other, and a hundredth of a second each goes to the way
BYTES = 16_000_000  # of bodies in a batch
MOMENT = 0.2  # seconds that a page waits for others to go with


class Work(StrEnum):
    """What another machine can do with a batch."""

    READ = "read-pages"
    EMBED = "embed-passages"


class Send(Protocol):
    """Has a batch worked on elsewhere."""

    def __call__(self, work: Work, batch: bytes) -> Future[bytes]:
        """What came of it; Undone where no machine did it, also not the second that was tried.

        What the work itself raised is raised. It may take seconds to return: the engine may have to start.
        """
        ...


class Losses:
    """The batches that were done here because no machine did them, until somebody tells of them."""

    def __init__(self) -> None:
        self._reasons: list[str] = []

    def note(self, error: Undone) -> None:
        """One more, and why."""
        self._reasons.append(str(error))

    def taken(self) -> list[str]:
        """Why, of each that was noted since this was asked last."""
        taken, self._reasons = self._reasons, []
        return taken


class FarWorkers(Workers):
    """Workers that have pages read on other machines, some at a time, and all else, such as feeds, here."""

    at_once = 4 * PAGES

    def __init__(self, send: Send, losses: Losses | None = None) -> None:
        super().__init__()
        self._send = send
        self._losses = losses or Losses()
        self._waiting: list[tuple[Document, asyncio.Future[Page | FetchError | None]]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends all processes here; what is under way elsewhere ends there, and nobody waits for it."""
        for task in self._under_way:
            task.cancel()
        super().__exit__(kind, error, trace)

    async def run(self, function: Callable[..., Result], *args: Any, timeout: timedelta = READING_DEADLINE) -> Result:
        """As Workers. A page of a batch that no machine read is read here."""
        if function not in (extract_page, read_simply):
            return await super().run(function, *args, timeout=timeout)
        body, url, content_type, asked, why = (*args, None, None, None)[:5]
        told = Document(function.__name__, body, url, content_type, asked, why, timeout.total_seconds())
        found = await self._read(told)
        if found is None:
            return await super().run(function, *args, timeout=timeout)
        if isinstance(found, FetchError):
            raise found
        return cast(Result, found)

    async def _read(self, document: Document) -> Page | FetchError | None:
        loop = asyncio.get_running_loop()
        page: asyncio.Future[Page | FetchError | None] = loop.create_future()
        if not self._waiting:
            self._departure = loop.call_later(MOMENT, self._leave)
        self._waiting.append((document, page))
        if len(self._waiting) >= PAGES or sum(len(d.body) for d, _ in self._waiting) >= BYTES:
            self._leave()
        return await page

    def _leave(self) -> None:
        """Send those that wait."""
        self._departure.cancel()
        batch, self._waiting = self._waiting, []
        task = asyncio.get_running_loop().create_task(self._travel(batch))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _travel(self, batch: Sequence[tuple[Document, asyncio.Future[Page | FetchError | None]]]) -> None:
        pages: Sequence[Page | FetchError | None]
        try:
            raw = pack_documents([document for document, _ in batch])
            sent = await asyncio.to_thread(self._send, Work.READ, raw)
            pages = unpack_pages(await asyncio.wrap_future(sent))
            _require_all(len(pages), len(batch))
        except Undone as error:
            self._losses.note(error)
            pages = [None] * len(batch)
        except Exception as error:  # each that waits is told
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
            return
        for (_, waiting), page in zip(batch, pages, strict=True):
            if not waiting.done():
                waiting.set_result(page)


class FarEncoder:
    """An Encoder whose model is loaded on other machines; here only for a few passages, or when none of them answers.

    It gives each machine the same batches that SentenceEncoder gives its model, so that the vectors are the same.
    Raises ModelError where a machine has another model than this one, or cannot load it.
    """

    def __init__(self, model: str | None, send: Send, losses: Losses | None = None) -> None:
        self._name = model
        self._send = send
        self._losses = losses or Losses()
        self._here = SentenceEncoder(model)
        self._identity: tuple[str, str] | None = None

    def start(self) -> None:
        """Nothing: the machines load it with their first batch, and keep it."""

    def model(self) -> tuple[str, str]:
        """The model's name and the digest of its weights, which the vectors of all machines must be of."""
        if self._identity is None:
            self._identity = identity_of(self._name)
        return self._identity

    def encode(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> npt.NDArray[np.float32]:
        """Unit vectors, float32, shape (len(passages), dimensions), in the order given."""
        if len(passages) <= BATCH:  # a question, or one report that was changed, is not worth the way
            return self._here.encode(passages, progress)
        away = [(cut, [passages[i] for i in cut]) for cut in cuts(passages)]
        sent = [self._send(Work.EMBED, pack_passages(said, self._name)) for _, said in away]
        out: npt.NDArray[np.float32] | None = None
        for (cut, said), answer in zip(away, sent, strict=True):
            rows = self._rows(said, answer)
            if out is None:
                out = np.empty((len(passages), rows.shape[1]), dtype=np.float32)
            if rows.shape[1] != out.shape[1]:
                raise ModelError(
                    f"of {self.model()[0]}, machines gave vectors of {out.shape[1]} and of {rows.shape[1]} numbers; "
                    "install the same versions on all of them"
                )
            out[cut] = rows
            if progress:
                progress(len(cut))
        assert out is not None
        return out

    def _rows(self, passages: Sequence[str], answer: Future[bytes]) -> npt.NDArray[np.float32]:
        try:
            made = unpack_vectors(answer.result())
            _require_all(len(made.rows), len(passages))
        except Undone as error:
            self._losses.note(error)
            return self._here.encode(passages)
        if made.model != self.model():
            (theirs, weights), (ours, expected) = made.model, self.model()
            raise ModelError(
                f"a machine has the model {theirs} ({weights[:12]}...), this one {ours} ({expected[:12]}...); install "
                "the same one on all of them"
            )
        return made.rows


def _require_all(back: int, sent: int) -> None:
    if back != sent:
        raise Undone(f"of {sent} that were sent {back} came back")
