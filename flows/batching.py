"""Batches of what comes in one at a time: decides when a batch is handed on.

Never loses what came: where the source fails, or whoever asks stops, what was handed on was whole batches.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TypeVar

T = TypeVar("T")


async def batches(source: AsyncGenerator[T], size: int, after: float) -> AsyncGenerator[list[T]]:
    """What `source` gives, up to `size` at a time; none waits longer than `after` seconds for those behind it."""
    clock = asyncio.get_running_loop().time
    batch, began = list[T](), clock()
    async with aclosing(source):
        coming = asyncio.ensure_future(anext(source))
        try:
            while True:
                done, _ = await asyncio.wait({coming}, timeout=began + after - clock() if batch else None)
                if done:
                    batch, began = [*batch, coming.result()], began if batch else clock()
                    coming = asyncio.ensure_future(anext(source))
                if len(batch) >= size or (batch and clock() - began >= after):
                    yield batch
                    batch = []
        except StopAsyncIteration:
            pass
        finally:
            coming.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration, Exception):
                await coming
    if batch:
        yield batch
