"""Laws of pacing, without a network: asking is a function of the test's."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from itertools import pairwise

import pytest

from tasks.pacing import IN_FLIGHT, paced

LONG, NONE = timedelta(seconds=30), timedelta(0)


def test_hosts_go_side_by_side_and_the_pages_of_one_in_order_with_a_pause() -> None:
    starts: dict[str, list[float]] = {"a": [], "b": []}

    async def main() -> list[str]:
        async def ask(page: str) -> str:
            starts[page[0]].append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.01)
            return page

        pages = [(f"http://{page[0]}.example/", page) for page in ("a1", "a2", "b1", "a3", "b2")]
        async with aclosing(paced(pages, ask, LONG, timedelta(seconds=0.1))) as found:
            return [page async for page in found]

    told = asyncio.run(main())
    assert [page for page in told if page[0] == "a"] == ["a1", "a2", "a3"]
    assert [page for page in told if page[0] == "b"] == ["b1", "b2"]
    assert all(later - one >= 0.099 for host in starts.values() for one, later in pairwise(host))
    assert abs(starts["a"][0] - starts["b"][0]) < 0.05


def test_no_more_are_asked_for_than_someone_takes() -> None:
    asked = []

    async def main() -> None:
        async def ask(page: int) -> int:
            asked.append(page)
            return page

        pages = [(f"http://{n}.example/", n) for n in range(3 * IN_FLIGHT)]
        async with aclosing(paced(pages, ask, LONG, NONE)) as found:
            await anext(found)
            await asyncio.sleep(0.05)
            assert len(asked) == IN_FLIGHT
            assert len([page async for page in found]) == len(pages) - 1

    asyncio.run(main())


def test_nothing_is_under_way_once_it_is_closed() -> None:
    ended = []

    async def main() -> None:
        async def ask(page: int) -> int:
            try:
                await asyncio.sleep(0 if page == 0 else 30)
            finally:
                ended.append(page)
            return page

        async with aclosing(paced([(f"http://{n}.example/", n) for n in range(3)], ask, LONG, NONE)) as found:
            assert await anext(found) == 0
        assert sorted(ended) == [0, 1, 2]

    asyncio.run(main())


def test_what_asking_raises_is_raised() -> None:
    async def main() -> None:
        async def ask(page: str) -> str:
            raise ZeroDivisionError

        async with aclosing(paced([("http://a.example/", "a")], ask, LONG, NONE)) as found:
            async for _ in found:
                pass

    with pytest.raises(ZeroDivisionError):
        asyncio.run(main())
