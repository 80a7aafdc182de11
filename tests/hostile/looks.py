"""One run's look at a feed that means harm, beside a good one."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from storywire.looks import Failed
from storywire.nouns import Feed, FeedState
from tasks.connect import Resolve, look_up
from tasks.fetch import HttpFetcher
from tasks.poll import Poll, poll_feeds
from tasks.workers import Workers
from tests.hostile.inputs import GOOD, INTERNET, ITEMS, RSS
from tests.server import Server, serving

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Look:
    """What came of one run: the polls by feed, and after how many seconds each was there."""

    polls: dict[str, Poll]
    seconds: dict[str, float]


def feed(url: str) -> Feed:
    """A feed that is due."""
    return Feed(url, added_at=NOW, next_check_at=NOW)


def look(
    workers: Workers,
    *feeds: Feed,
    deadline: float = 5,
    resolve: Resolve = look_up,
    now: datetime = NOW,
) -> Look:
    """One run over these feeds."""

    async def main() -> Look:
        clock, polls, seconds = asyncio.get_running_loop().time, {}, {}
        begun = clock()
        async with HttpFetcher(None, timedelta(seconds=deadline), INTERNET, resolve) as fetcher:
            polling = cast(AsyncGenerator[Poll, None], poll_feeds(feeds, fetcher, workers, now, spacing=timedelta(0)))
            async for poll in polling:
                polls[poll.feed.url] = poll
                seconds[poll.feed.url] = clock() - begun
        return Look(polls, seconds)

    return asyncio.run(main())


def beside_a_good_one(workers: Workers, url: str, **more: Any) -> Poll:
    """The look at a hostile feed, in a run in which a good one must be read in time whatever the other does."""
    with good_server() as server:
        found = look(workers, feed(url), feed(server.url + "/feed"), **more)
    good = found.polls[server.url + "/feed"]
    assert (good.feed.state, len(good.entries)) == (FeedState.OK, len(ITEMS))
    assert found.seconds[good.feed.url] < 10
    return found.polls[url]


def failure(poll: Poll) -> str:
    """The reason of a look that failed as it should: one line, one failure, and a later look."""
    assert isinstance(poll.outcome, Failed), poll.outcome
    assert poll.entries == ()
    assert (poll.feed.state, poll.feed.failures) == (FeedState.FAILING, 1)
    assert poll.feed.next_check_at > NOW
    reason = poll.feed.reason or ""
    assert reason
    assert reason.isprintable()
    assert len(reason) < 500
    return reason


@contextmanager
def good_server() -> Iterator[Server]:
    """A server of a good feed, at /feed."""
    with serving({"/feed": (200, {"Content-Type": "application/rss+xml"}, RSS)}, address=GOOD) as server:
        yield server


class Names:
    """A resolver: each look-up of a made-up name gives the next of its answers, and the last one for ever."""

    def __init__(self, *answers: Sequence[str] | Exception) -> None:
        self._answers = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of the host."""
        if not host.endswith(".example"):
            return await look_up(host, port)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer
