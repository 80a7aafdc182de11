"""Kept pages read again with the extractor of today. Decides the order of reading and of saving, and what is counted.

Never fetches anything and never takes a verdict back. Each batch is saved when it was read, and a text that is right
already is left alone: so one that was killed can be run again.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from flows.cycle import replace_texts, run_id, update_storylines
from flows.house import House
from storage.rereading import Told
from storywire.collecting import BY_FEED, MAX_ATTEMPTS, Collected, from_page
from storywire.errors import FetchError, InputError
from storywire.nouns import Article, EntryState
from storywire.pages import Page, extract_page
from storywire.text import words
from tasks.workers import Workers

_BATCH = 64  # pages read, and saved, at a time
_COMPARED = ("title", "text", "language", "author", "published")


class Outcome(StrEnum):
    """What another reading makes of an entry."""

    CHANGED = "changed"
    RECOVERED = "recovered"  # it was no article, and is one now
    UNCHANGED = "unchanged"
    UNREADABLE = "unreadable"  # there is too little on its page now; its article stays as it is
    WITHOUT_ARTICLE = "without_article"  # it is none, and still becomes none


_LEFT_ALONE = (Outcome.UNCHANGED, Outcome.WITHOUT_ARTICLE)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one entry: which fields of its article are others, and how many words the text has."""

    outcome: Outcome
    article_id: str | None
    url: str | None
    title: str
    fields: tuple[str, ...] = ()
    words_before: int = 0
    words_after: int = 0


@dataclass(frozen=True, slots=True)
class Reprocessed:
    """What reprocessing came to: pages that were read, what became of them, and all that is another now.

    A page that several entries link counts once for each of them.
    """

    pages: int
    counts: Mapping[Outcome, int]
    changes: tuple[Change, ...]

    @classmethod
    def nothing(cls) -> "Reprocessed":
        """What it comes to where no page is kept."""
        return cls(0, dict.fromkeys(Outcome, 0), ())


@dataclass(frozen=True, slots=True)
class _Read:
    """A kept page as it reads today; `page` is None where it could not be read in the time and memory of a worker."""

    url: str
    fetched_at: datetime
    page: Page | None


@dataclass(frozen=True, slots=True)
class _Intent:
    """What to do with one entry; `page` is the address under which its page is kept."""

    change: Change
    collected: Collected | None = None
    article: Article | None = None
    page: str = ""


def chosen(house: House, since: datetime | None, names: Sequence[str]) -> list[Path]:
    """The files of the kept pages to read, the oldest first; of `names`, ids or urls, each must have one."""
    files = house.store.pages.files(since)
    if not names:
        return files
    wanted: set[Path] = set()
    for name in names:
        found = house.store.pages.of([name, *house.store.links_of(name)])
        if not found:
            raise InputError(
                f"the page of {name} is not kept, or not any more; STORYWIRE_KEEP_PAGES_DAYS and _MB say which are"
            )
        wanted.update(found)
    return [path for path in files if path in wanted]


async def reprocess(house: House, now: datetime, files: Sequence[Path], dry_run: bool = False) -> Reprocessed:
    """Read kept pages again, put better texts in place, and give what was recovered a verdict; then publish.

    BusyError while another run is under way. With `dry_run` nothing is changed.
    """
    pages, counts, changes = 0, Counter[Outcome](), list[Change]()
    with house.store.running():
        if not dry_run:
            house.store.start_run(run_id(now), now)
        with house.workers() as workers, house.progress.stage("pages", len(files)) as advance:
            for start in range(0, len(files), _BATCH):
                reads = await _read_all(house, files[start : start + _BATCH], workers)
                intents = _intents(house, reads, now)
                if not dry_run:
                    await _save(house, intents, now)
                pages += len(reads)
                counts.update(intent.change.outcome for intent in intents)
                counts.update(_unlinked(house, reads, intents))
                changes += [i.change for i in intents if i.change.outcome not in _LEFT_ALONE]
                advance(len(files[start : start + _BATCH]))
        if not dry_run:
            await update_storylines(house, now)
            house.store.finish_run(run_id(now), house.clock())
            house.store.publish()
    return Reprocessed(pages, {outcome: counts[outcome] for outcome in Outcome}, tuple(changes))


async def _read_all(house: House, files: Sequence[Path], workers: Workers) -> list[_Read]:
    slots = asyncio.Semaphore(workers.at_once)  # of bodies in memory; one is at most 15 MB

    async def read(path: Path) -> _Read | None:
        async with slots:
            kept = await asyncio.to_thread(house.store.pages.read, path)
            if kept is None:
                return None
            page: Page | None = None
            with suppress(FetchError):  # too slow or too large for the reader, which says nothing of the stored text
                page = await workers.run(extract_page, kept.body, kept.final_url, kept.content_type, kept.url)
            return _Read(kept.url, kept.fetched_at, page)

    return [found for found in await asyncio.gather(*map(read, files)) if found]


def _intents(house: House, reads: Sequence[_Read], now: datetime) -> list[_Intent]:
    """What to do with each entry that links one of these pages.

    An entry that links a page's own address, under which it was not fetched, was given the text of that page.
    """
    stated = {read.page.url: read for read in reads if read.page and read.page.url}
    by_url = {url: read for url, read in stated.items() if not house.store.pages.of([url])}
    by_url |= {read.url: read for read in reads}
    asked = [(told, by_url[told.entry.url or ""]) for told in house.store.told_by(by_url)]
    intents = [replace(_intent(told, read, now), page=read.url) for told, read in asked]
    shorter = house.store.without_repeats([intent.article for intent in intents if intent.article])
    clean = {article.article_id: article for article in shorter}
    old = {a.article_id: a for a in house.store.articles_of(list(clean))}
    return [_compared(i, old[i.article.article_id], clean[i.article.article_id]) if i.article else i for i in intents]


def _unlinked(house: House, reads: Sequence[_Read], intents: Sequence[_Intent]) -> list[Outcome]:
    """What to count for the pages of no intent: their entries wait for another attempt, or for a look, or are gone."""
    linked = {intent.page for intent in intents}
    rest = [read.url for read in reads if read.url not in linked]
    known = house.store.has_article(rest)
    return [Outcome.UNCHANGED if url in known else Outcome.WITHOUT_ARTICLE for url in rest]


def _intent(told: Told, read: _Read, now: datetime) -> _Intent:
    """What an entry becomes with its page as it reads today; whether its article changes is not known yet."""
    entry, stored = told.entry, told.article
    title = entry.title or (stored.title if stored else "") or entry.url or ""
    as_it_is = Change(Outcome.UNCHANGED, entry.article_id, entry.url, title)
    if read.page is None:
        return _Intent(replace(as_it_is, outcome=Outcome.UNREADABLE))
    if stored and told.replaced_at and read.fetched_at < told.replaced_at:
        return _Intent(as_it_is)  # the page is older than the text
    # on its last attempt, so that a page that is a wall does not wait for another
    asked = replace(entry, state=EntryState.PENDING, reason=None, article_id=None, attempts=MAX_ATTEMPTS - 1)
    made = from_page(asked, read.page, now)
    if stored is None:
        if made.article is None:
            return _Intent(replace(as_it_is, outcome=Outcome.WITHOUT_ARTICLE))
        found = replace(as_it_is, outcome=Outcome.RECOVERED, article_id=made.article.article_id)
        found = replace(found, fields=("text",), words_after=len(words(made.article.text)))
        return _Intent(found, Collected(replace(made.entry, attempts=entry.attempts), made.article))
    by_feed, was_by_feed = (bool(e.reason and e.reason.startswith(BY_FEED)) for e in (made.entry, entry))
    if made.article is None or (by_feed and not was_by_feed and made.article.text != stored.text):
        return _Intent(replace(as_it_is, outcome=Outcome.UNREADABLE))  # the feed's words are no better reading
    fresh = replace(stored, **{name: getattr(made.article, name) for name in _COMPARED})
    return _Intent(as_it_is, article=fresh)


def _compared(intent: _Intent, old: Article, new: Article) -> _Intent:
    fields = tuple(name for name in _COMPARED if getattr(old, name) != getattr(new, name))
    if not fields:
        return replace(intent, article=None)
    before, after = len(words(old.text)), len(words(new.text))
    change = replace(intent.change, outcome=Outcome.CHANGED, fields=fields, words_before=before, words_after=after)
    return replace(intent, change=change, article=new)


async def _save(house: House, intents: Sequence[_Intent], now: datetime) -> None:
    changed = [intent.article for intent in intents if intent.article]
    if changed:
        await replace_texts(house, changed)
    recovered = [(i.collected.entry, i.collected.article) for i in intents if i.collected]
    if recovered:
        house.store.save_collected(recovered, run_id(now))
