"""What a Ray costs and gains on this machine: decides which batches are sent, and what is held against it.

    python -m tests.bench.scale [--pages 192] [--corpus FOLDER] [--json]

All far processes are on the same machine as this one, so nothing is gained here but what one core gains from another:
the figures are the price of a batch. Never asserts anything.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from flows import prefect_settings
from flows.settings import Settings
from storywire.pages import Page, extract_page
from storywire.passages import passages
from tasks.batches import (
    Document,
    Vectors,
    pack_documents,
    pack_pages,
    pack_passages,
    pack_vectors,
    unpack_documents,
    unpack_pages,
)
from tasks.embed import SentenceEncoder
from tasks.faraway import PAGES, FarEncoder, FarWorkers, Work
from tasks.farside import EXTRACT
from tasks.workers import Workers
from tests.bench import report
from tests.bench.corpus import REAL, Corpus, corpus, variant

ROUND_TRIPS = 20
Figures = dict[str, float]


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description="Time batches on a Ray of here.")
    parser.add_argument("--pages", type=int, default=192, help="pages (default 192)")
    parser.add_argument("--corpus", type=Path, default=REAL, help="a folder of .html or .html.gz pages")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    on, served = report.machine(), corpus(options.corpus)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home", ray_address="local")
        with prefect_settings.server(settings):
            figures = asyncio.run(_in_a_flow(settings, served, options.pages))
        prefect_settings.end_server()
    found = {"machine": on, "corpus": served.name, "pages": options.pages, **figures}
    print(json.dumps(found, indent=2) if options.json else table(found))


async def _in_a_flow(settings: Settings, served: Corpus, count: int) -> Figures:
    from prefect import flow

    @flow(name="scale")
    async def scale() -> Figures:
        return await _measured(settings, served, count)

    return await scale()


async def _measured(settings: Settings, served: Corpus, count: int) -> Figures:
    from flows import fanout

    bodies = [variant(served.pages[n % len(served.pages)], n // len(served.pages)).encode() for n in range(count)]
    send = fanout.fleet(settings).send
    begun = time.perf_counter()
    await _empty(send)
    figures = {"join_s": time.perf_counter() - begun}
    trips = [await _timed(lambda: _empty(send)) for _ in range(ROUND_TRIPS)]
    figures["round_trip_ms"] = 1000 * median(trips)
    with Workers() as here, FarWorkers(send) as far:
        for name, workers in (("here", here), ("far", far)):
            await _read(workers, bodies[: 4 * PAGES])  # processes start
            cpu = time.process_time()
            took = await _timed(lambda workers=workers: _read(workers, bodies))  # type: ignore[misc]
            figures[f"read_{name}_ms"] = 1000 * took / count
            figures[f"read_{name}_own_cpu_ms"] = 1000 * (time.process_time() - cpu) / count
        pages = await _read(here, bodies)
    figures |= _wire(bodies, pages)
    texts = [said for page in pages if page.text for said in passages(page.title or "", page.text)]
    figures |= {"passages": len(texts), "articles": sum(bool(page.text) for page in pages)}
    encoder = FarEncoder(None, send)
    await asyncio.to_thread(encoder.encode, texts[:256])  # models load
    cpu = time.process_time()
    took = await _timed(lambda: asyncio.to_thread(encoder.encode, texts))
    figures["embed_far_ms"] = 1000 * took / len(texts)
    figures["embed_far_own_cpu_ms"] = 1000 * (time.process_time() - cpu) / len(texts)
    made = encoder.encode(texts[:64])
    figures["passage_kB"] = len(pack_passages(texts, None)) / len(texts) / 1e3
    figures["vector_kB"] = len(pack_vectors(Vectors(("", ""), made))) / len(made) / 1e3
    figures["far_process_MB"] = max(_memory("ray::"))
    fanout.fleet(settings).leave()
    here_encoder = SentenceEncoder(None)
    await asyncio.to_thread(here_encoder.encode, texts[:64])
    cpu = time.process_time()
    took = await _timed(lambda: asyncio.to_thread(here_encoder.encode, texts))
    figures["embed_here_ms"] = 1000 * took / len(texts)
    figures["embed_here_cpu_ms"] = 1000 * (time.process_time() - cpu) / len(texts)
    return figures


async def _empty(send: Any) -> None:
    answer = await asyncio.to_thread(send, Work.READ, pack_documents([]))
    await asyncio.wrap_future(answer)


async def _read(workers: Workers | FarWorkers, bodies: Sequence[bytes]) -> list[Page]:
    asked = [workers.run(extract_page, body, f"https://{n}.example/a", None, None) for n, body in enumerate(bodies)]
    return list(await asyncio.gather(*asked))


def _wire(bodies: Sequence[bytes], pages: Sequence[Page]) -> Figures:
    """What crosses for a page and a passage, and what packing and unpacking both ways take."""
    documents = [Document(EXTRACT, b, "https://a.example/1", "text/html", None, None, 10.0) for b in bodies]
    begun, out, back = time.perf_counter(), 0, 0
    for start in range(0, len(bodies), PAGES):
        sent, returned = pack_documents(documents[start : start + PAGES]), pack_pages(pages[start : start + PAGES])
        unpack_documents(sent), unpack_pages(returned)
        out, back = out + len(sent), back + len(returned)
    took = time.perf_counter() - begun
    return {
        "out_kB": out / len(bodies) / 1e3,
        "back_kB": back / len(bodies) / 1e3,
        "pack_ms": 1000 * took / len(bodies),
    }


async def _timed(work: Callable[[], Awaitable[Any]]) -> float:
    begun = time.perf_counter()
    await work()
    return time.perf_counter() - begun


def _memory(title: str) -> list[float]:
    """MB of the processes of ours with this title, as they hold them alone."""
    found = psutil.Process().children(recursive=True)
    return [p.memory_full_info().uss / 1e6 for p in found if " ".join(p.cmdline()).startswith(title)]


def table(found: dict[str, Any]) -> str:
    """All of it in 80 columns."""
    on = found["machine"]
    lines = [
        f"{on['cpu']}, {on['cores']} cores, load {on['load']} at the start, Python {on['Python']}",
        f"{found['pages']} pages of {found['corpus']}; {found['passages']} passages of {found['articles']} articles",
        "",
        f"joining a Ray that starts here                {found['join_s']:8.1f} s",
        f"an empty batch, there and back                {found['round_trip_ms']:8.0f} ms",
        f"a far process with model and reader           {found['far_process_MB']:8.0f} MB",
        "",
        "a page                                            here      far",
        f"wall                                      {found['read_here_ms']:9.1f} {found['read_far_ms']:8.1f} ms",
        f"CPU of the process that asks              {found['read_here_own_cpu_ms']:9.1f} "
        f"{found['read_far_own_cpu_ms']:8.1f} ms",
        f"there and back                                    - {found['out_kB']:6.0f} + {found['back_kB']:.1f} kB",
        f"packing and unpacking, all four times             - {found['pack_ms']:8.2f} ms",
        "",
        "a passage",
        f"wall                                      {found['embed_here_ms']:9.1f} {found['embed_far_ms']:8.1f} ms",
        f"CPU of the process that asks              {found['embed_here_cpu_ms']:9.1f} "
        f"{found['embed_far_own_cpu_ms']:8.1f} ms",
        f"there and back                                    - {found['passage_kB']:6.1f} + {found['vector_kB']:.1f} kB",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
