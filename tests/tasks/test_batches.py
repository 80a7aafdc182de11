"""Laws of batches between machines, without an engine: what crosses, who is refused, and what happens to a lost one."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from storywire.errors import FetchError, InputError, ModelError
from storywire.fallback import read_simply
from storywire.nouns import Precision, Published
from storywire.pages import Page, extract_page
from storywire.walls import Wall, WallKind
from tasks import farside
from tasks.batches import (
    Document,
    Undone,
    Vectors,
    pack_documents,
    pack_pages,
    pack_passages,
    pack_vectors,
    unpack_documents,
    unpack_pages,
    unpack_passages,
    unpack_vectors,
)
from tasks.embed import SentenceEncoder, cuts, identity_of
from tasks.faraway import PAGES, FarEncoder, FarWorkers, Losses, Work

AT = datetime(2026, 5, 4, 8, 15, 30, 123456, tzinfo=UTC)
FULL = Page(
    url="https://a.example/1",
    title="Ärger um die Mühle",
    text="Eins.\n\nZwei 你好.",
    published=Published(AT, Precision.SECOND, "json-ld"),
    publisher="A",
    language="de",
    reason=None,
    author="B",
    wall=Wall(WallKind.TOO_SHORT, ""),
    given_up=True,
    note="read by the simpler reader",
)
BARE = Page(None, None, "", Published(), None, None, "not HTML")
DOCUMENT = Document("extract_page", b"\x00\xff<p>", "https://a.example/1", "text/html", None, None, 10.0)
ONE = ("m", "1" * 64)
TEXT = " ".join(f"The {n}th mill of Karsby stands on the river." for n in range(40))


def html(n: int) -> bytes:
    return f"<html><head><title>Mill {n}</title></head><body><article><p>{TEXT}</p></article></body></html>".encode()


class Line:
    """A Send to this process; `lost` batches come back from no machine, and `damage` is done to all others."""

    def __init__(
        self, lost: Callable[[int], bool] = lambda number: False, damage: Callable[[bytes], bytes] = lambda raw: raw
    ) -> None:
        self.sizes: list[int] = []
        self._lost = lost
        self._damage = damage

    def __call__(self, work: Work, batch: bytes) -> Future[bytes]:
        self.sizes.append(pa.ipc.open_stream(batch).read_all().num_rows)
        answer: Future[bytes] = Future()
        assert work is Work.READ
        if self._lost(len(self.sizes)):
            answer.set_exception(Undone("the connection is lost"))
        else:
            answer.set_result(self._damage(self._read(batch)))
        return answer

    def _read(self, batch: bytes) -> bytes:
        read = {"extract_page": extract_page, "read_simply": read_simply}
        documents = unpack_documents(batch)
        return pack_pages([read[d.reader](d.body, d.url, d.content_type, d.asked) for d in documents])  # type: ignore[operator]


def fewer(raw: bytes) -> bytes:
    return pack_pages(unpack_pages(raw)[1:])


def textless(raw: bytes) -> bytes:
    return pack_pages([replace(BARE, text=None)] * PAGES)  # type: ignore[type-var]


def of_a_wrong_offset() -> bytes:
    """Passages of which the one ends far behind the end of all that there is."""
    raw = pack_passages(["xyz" * 20], None)
    offsets = (0).to_bytes(8, "little") + (60).to_bytes(8, "little")
    assert raw.count(offsets) == 1
    return raw.replace(offsets, (0).to_bytes(8, "little") + (60_000_000).to_bytes(8, "little"))


def test_pages_documents_and_errors_come_out_as_they_went_in() -> None:
    plain = replace(FULL, published=Published(AT.replace(microsecond=0), Precision.DAY, "page"), wall=None)
    walled = replace(BARE, wall=Wall(WallKind.PAYWALL, "“subscribe”"))
    assert unpack_pages(pack_pages([FULL, BARE, plain, walled])) == [FULL, BARE, plain, walled]
    [error] = unpack_pages(pack_pages([FetchError("reading it took too much memory")]))
    assert isinstance(error, FetchError)
    assert error.reason == "reading it took too much memory"
    assert unpack_documents(pack_documents([DOCUMENT, replace(DOCUMENT, why="too long a tag")]))[0] == DOCUMENT


def test_passages_and_vectors_come_out_as_they_went_in() -> None:
    rows = np.arange(12, dtype=np.float32).reshape(3, 4)
    made = unpack_vectors(pack_vectors(Vectors(ONE, rows)))
    assert made.model == ONE
    assert np.array_equal(made.rows, rows)
    made.rows[0] = 0  # it can be written to, as what the model gives
    assert unpack_vectors(pack_vectors(Vectors(ONE, np.empty((0, 0), np.float32)))).rows.shape == (0, 0)
    assert unpack_passages(pack_passages(["a", "ß"], None)) == (["a", "ß"], None)
    assert unpack_passages(pack_passages([], "multilingual")) == ([], "multilingual")


def test_a_batch_of_another_version_is_refused_by_name() -> None:
    table = pa.ipc.open_stream(pack_documents([DOCUMENT])).read_all()
    sink = pa.BufferOutputStream()
    table = table.replace_schema_metadata({b"storywire.versions": b"storywire 9.9"})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(InputError, match=r"storywire 9\.9 .* install the same versions"):
        unpack_documents(sink.getvalue().to_pybytes())


def test_pages_of_a_moment_go_together_and_each_gets_its_own_answer() -> None:
    line = Line()
    assert [page.title for page in read(line, 40)] == [f"Mill {n}" for n in range(40)]
    assert line.sizes == [PAGES, PAGES, 40 - 2 * PAGES]


def test_pages_of_a_batch_that_no_machine_read_are_read_here() -> None:
    line = Line(lost=lambda number: number == 2)
    assert [page.title for page in read(line, 20)] == [f"Mill {n}" for n in range(20)]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (fewer, r"of 16 that were sent 15 came back"),
        (lambda raw: b"garbage", r"cannot be read: .+"),
        (lambda raw: raw[: len(raw) // 2], r"cannot be read: .+"),
        (lambda raw: pack_passages(["a"] * PAGES, None), r"other columns"),
        (textless, r"no text"),
    ],
)
def test_what_comes_back_damaged_was_done_by_no_machine_and_is_told_of(
    damage: Callable[[bytes], bytes], why: str
) -> None:
    losses = Losses()
    assert [page.title for page in read(Line(damage=damage), PAGES, losses)] == [f"Mill {n}" for n in range(PAGES)]
    [reason] = losses.taken()
    assert re.search(why, reason)
    assert losses.taken() == []


def test_what_lies_outside_a_batch_is_not_read() -> None:
    with pytest.raises(Undone, match="cannot be read"):
        unpack_passages(of_a_wrong_offset())


def test_a_batch_that_reached_a_machine_damaged_says_so() -> None:
    for read_there in (farside.read, farside.embed):
        with pytest.raises(Undone, match="cannot be read"):
            read_there(b"garbage")


def test_what_is_no_page_is_read_here() -> None:
    async def main() -> int:
        with FarWorkers(line) as workers:
            return await workers.run(abs, -3)

    line = Line()
    assert asyncio.run(main()) == 3
    assert line.sizes == []


def read(line: Line, count: int, losses: Losses | None = None) -> list[Page]:
    async def main() -> list[Page]:
        with FarWorkers(line, losses) as workers:
            asked = [workers.run(extract_page, html(n), f"https://{n}.example/", None, None) for n in range(count)]
            return await asyncio.wait_for(asyncio.gather(*asked), 60)

    return asyncio.run(main())


def test_a_page_that_is_given_up_on_the_far_side_costs_no_other_one() -> None:
    pages = [replace(DOCUMENT, body=html(n)) for n in range(3)]
    menu = b"<div><ul><li><a href='/'>Section</a></li></ul></div>" * 20_000
    pages[1] = replace(pages[1], body=menu + html(1), seconds=0.2)  # reading it takes seconds
    first, second, third = unpack_pages(farside.read(pack_documents(pages)))
    assert isinstance(second, FetchError)
    assert isinstance(first, Page)
    assert isinstance(third, Page)
    assert (first.title, third.title) == ("Mill 0", "Mill 2")


def test_vectors_are_put_in_the_order_of_the_texts_and_each_machine_gets_what_a_model_would_get() -> None:
    asked: list[list[str]] = []

    def send(work: Work, batch: bytes) -> Future[bytes]:
        passages, model = unpack_passages(batch)
        assert (work, model) == (Work.EMBED, None)
        asked.append(passages)
        return done(Vectors(identity_of(None), np.array([[len(p), 0] for p in passages], np.float32)))

    passages = ["x" * (n * 37 % 150) for n in range(150)]
    steps: list[int] = []
    rows = FarEncoder(None, send).encode(passages, steps.append)
    assert rows[:, 0].tolist() == [len(p) for p in passages]
    assert asked == [[passages[i] for i in cut] for cut in cuts(passages)]
    assert sum(steps) == 150


def test_vectors_of_another_model_than_the_one_here_are_refused() -> None:
    name, digest = identity_of(None)
    encoder = FarEncoder(None, lambda work, batch: done(Vectors((name, digest[::-1]), np.ones((9, 2), np.float32))))
    with pytest.raises(ModelError, match="install the same one on all of them"):
        encoder.encode(["a"] * 9)


@pytest.mark.parametrize(
    "back",
    [
        lambda: pack_vectors(Vectors(identity_of(None), np.ones((8, 384), np.float32))),
        lambda: pack_vectors(Vectors(identity_of(None), np.full((9, 384), np.nan, np.float32))),
        lambda: b"garbage",
    ],
)
def test_damaged_vectors_are_made_here(back: Callable[[], bytes]) -> None:
    losses, passages = Losses(), [f"The {n}th mill." for n in range(9)]
    answer: Future[bytes] = Future()
    answer.set_result(back())
    rows = FarEncoder(None, lambda work, batch: answer, losses).encode(passages)
    assert np.array_equal(rows, SentenceEncoder(None).encode(passages))
    assert len(losses.taken()) == 1


def test_vectors_of_two_widths_are_refused() -> None:
    answers = (done(Vectors(identity_of(None), np.ones((size, wide), np.float32))) for size, wide in ((64, 2), (16, 3)))
    encoder = FarEncoder(None, lambda work, batch: next(answers))
    with pytest.raises(ModelError, match="vectors of 2 and of 3 numbers"):
        encoder.encode(["a"] * 80)


def done(vectors: Vectors) -> Future[bytes]:
    answer: Future[bytes] = Future()
    answer.set_result(pack_vectors(vectors))
    return answer
