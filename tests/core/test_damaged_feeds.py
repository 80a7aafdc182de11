"""Feeds that were damaged at random: each is read or refused in words, in bounded time, and what is read is safe."""

import asyncio
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storywire.errors import FeedError, FetchError
from storywire.feeds import MAX_ENTRIES, MAX_SUMMARY, MAX_TITLE, ParsedFeed, parse_feed
from tasks.workers import FEED_DEADLINE, Workers
from tests.mutations import mutations

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
URL = "https://example.org/feed"
_AT_ONCE = 100
_OWN = [
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour News</title><item><guid>1</guid>'
    b"<title>Ferry &amp; crew return</title><link>/ferry?a=1&amp;b=2</link><pubDate>Wed, 01 Jul 2026 10:00:05 GMT"
    b"</pubDate><description>&lt;p&gt;All &lt;b&gt;safe&lt;/b&gt;.&lt;/p&gt;</description></item></channel></rss>",
    b'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Hafen</title><entry><id>urn:1</id>'
    b'<title>F\xc3\xa4hre</title><link href="a.html"/><updated>2026-07-01T10:00:00Z</updated>'
    b'<content type="xhtml"><div>x</div></content></entry></feed>',
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 7, "url": "/a",'
    b' "content_html": "<p>Body</p>"}]}',
]


def reading(body: bytes) -> tuple[str, list[str], float]:
    """How it ended, which laws it broke, and seconds of it. Runs in a worker."""
    begun = time.perf_counter()
    try:
        feed = parse_feed(body, URL, NOW)
    except FeedError as error:
        return "refused", [] if str(error).isprintable() else ["a refusal in odd characters"], _since(begun)
    except Exception as error:
        return "raised", [f"raised {type(error).__name__}: {error}"], _since(begun)
    return "read", sorted(set(broken(feed))), _since(begun)


def _since(begun: float) -> float:
    return time.perf_counter() - begun


def broken(feed: ParsedFeed) -> Iterator[str]:
    """The laws that what was read breaks."""
    if len(feed.entries) > MAX_ENTRIES or len({e.entry_id for e in feed.entries}) < len(feed.entries):
        yield "entries beyond the limit, or twice"
    texts = [("title of the feed", feed.title), *(("note", note) for note in feed.notes)]
    for entry in feed.entries:
        if len(entry.title or "") > MAX_TITLE or len(entry.summary or "") > MAX_SUMMARY:
            yield "a text beyond its limit"
        if entry.url is not None and not re.fullmatch(r"https?://[^\s<>\"]{1,8000}", entry.url):
            yield "a link that is none of the web"
        if entry.published.at is not None and entry.published.at.tzinfo is None:
            yield "a time in no zone"
        texts += [("title", entry.title), ("summary", entry.summary), ("url", entry.url)]  # a guid is kept as it is
        texts += [("publisher", entry.publisher), ("author", entry.author), ("language", entry.language)]
    for name, text in texts:
        if any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in text or ""):
            yield f"a {name} with characters that do harm in a terminal"


async def judged(
    bodies: Iterator[bytes], workers: Workers
) -> tuple[Counter[str], list[tuple[str, bytes]], list[float]]:
    """How documents ended, which broke a law, and seconds of each."""
    ends, faults, took = Counter[str](), list[tuple[str, bytes]](), list[float]()
    while batch := [body for _, body in zip(range(_AT_ONCE), bodies, strict=False)]:
        found = await asyncio.gather(
            *(workers.run(reading, body, timeout=FEED_DEADLINE) for body in batch), return_exceptions=True
        )
        for body, end in zip(batch, found, strict=True):
            if isinstance(end, FetchError):
                ends[end.reason] += 1
                continue
            if isinstance(end, BaseException):
                raise end
            ends[end[0]] += 1
            faults += [(fault, body) for fault in end[1]]
            took.append(end[2])
    return ends, faults, took


def told(faults: list[tuple[str, bytes]]) -> str:
    """Each kind of fault with one document."""
    return "\n".join(f"{fault}: {body[:500]!r}" for fault, body in dict(faults).items())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#55357;&#56832;", "\U0001f600"),
        ("&#xD83D;&#xDE00;", "\U0001f600"),
        ("&#xD800;", "\ufffd"),
        ("&#x110000;", "\ufffd"),
        ("&#99999999999;", "\ufffd"),
        ("&#xD800;&#60;&#0232;", "\ufffd<è"),
        ("&#" + "9" * 10_000 + ";", "\ufffd"),
    ],
)
def test_a_reference_to_what_is_no_character_does_not_take_its_feed_down(written: str, read: str) -> None:
    body = f'<rss version="2.0"><channel><item><title>A {written} b</title></item></channel></rss>'
    [entry] = parse_feed(body.encode(), URL, NOW).entries
    assert entry.title == f"A {read} b"


def test_no_damage_to_a_document_makes_reading_it_fail_or_let_anything_odd_through() -> None:
    for body in mutations(_OWN, 500, seed=5):
        end, faults, _ = reading(body)
        assert end in ("read", "refused"), (faults, body[:500])
        assert faults == [], body[:500]


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])])
def test_no_damage_to_other_peoples_documents_does_either(shared: Path, count: int) -> None:
    documents = [p.read_bytes() for p in sorted((shared / "data/feeds").rglob("*.*")) if p.is_file()]
    with Workers() as workers:
        ends, faults, took = asyncio.run(judged(mutations(documents, count, seed=count), workers))
    took.sort()
    print(dict(ends), f"median {1000 * took[len(took) // 2]:.1f} ms, slowest {took[-1]:.2f} s")
    assert not faults, told(faults)
    ended = ends[f"reading it took more than {FEED_DEADLINE.total_seconds():g} s"]
    assert ends["read"] + ends["refused"] + ended == count
    assert ended <= count / 1000  # 20,000 elements in each other may take feedparser longer
    assert ends["read"] > count / 4
