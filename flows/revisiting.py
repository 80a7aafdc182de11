"""Looking again at stored articles: decides the order of asking, reading and saving of one look.

Never decides what is due or what changed; `storywire.visits` and `storywire.revisions` do. Each look is saved when it
was made, so that a kill costs no more than the looks under way.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta

from flows.house import House
from flows.logs import logger
from flows.telling import Listener
from storage.models import Model
from storywire.nouns import Article
from storywire.past import Matrix
from storywire.visits import NO_LOOK, Outcome, asks_for_page, due_visits, seen_again
from tasks.revisit import Look, revisit_pages
from tasks.robots import PageFetcher
from tasks.workers import Workers

_LOG = logger("storywire.pages")

Embed = Callable[[House, Sequence[Article], Callable[[float], None]], Matrix]


def due(house: House, now: datetime) -> list[str]:
    """The ids of the articles to look at now."""
    return due_visits(house.store.candidates(now - NO_LOOK), now)


async def revisit(
    house: House,
    ids: Sequence[str],
    fetcher: PageFetcher,
    workers: Workers,
    now: datetime,
    run: str,
    embed: Embed,
    budget: timedelta,
    reached: bool,
) -> None:
    """Look again at the articles of these ids. No page is begun after `budget`; where a feed's words do, none is.

    `reached`: this run has had an answer already, so that a host that gives none is at fault itself.
    """
    articles, listener = house.store.kept(ids), Listener(house, now)
    pages = [kept for kept in articles if asks_for_page(kept, now)]
    with house.progress.stage("revisits", len(articles)) as advance:
        for kept in articles:
            if not asks_for_page(kept, now):
                await _save(house, Look(kept, kept.visited(now)), seen_again(kept, None, now), run, embed, listener)
                advance(1)
        asking = revisit_pages(pages, fetcher, workers, now, budget, house.host_spacing, reached, fetcher.delay)
        async with aclosing(asking) as looks:
            async for look in looks:
                if why := "no host answered" if look.network_down else look.page and look.page.reason:
                    _LOG.debug("page failed", page=look.before.entry.url, run=run, reason=why)
                outcome = await asyncio.to_thread(_read, house, look, now)
                await _save(house, look, outcome, run, embed, listener)
                advance(1)


def _read(house: House, look: Look, now: datetime) -> Outcome:
    """What a look came to. What the publisher repeats on its pages is no part of a text, once that is known."""
    before, page = look.before, look.page
    if page is not None and page.text:
        [article] = house.store.without_repeats([before.article])
        [read] = house.store.without_repeats([replace(before.article, text=page.text)])
        before, page = replace(before, article=article), replace(page, text=read.text)
    return seen_again(before, page, now)


async def _save(house: House, look: Look, outcome: Outcome, run: str, embed: Embed, listener: Listener) -> None:
    """A document is kept if its text is taken: else a wall would take the place of the page that the text is from."""
    vectors, model = await asyncio.to_thread(_compared, house, outcome, embed)
    article, revision = outcome.article, outcome.revision
    alerts = listener.change(article, revision, vectors.get(article.article_id)) if article and revision else ()
    taken = house.store.save_look(look.before, look.visit, outcome, vectors, model, run, alerts)
    if taken and look.fetched is not None:
        await asyncio.to_thread(house.store.pages.keep, look.fetched)


def _compared(house: House, outcome: Outcome, embed: Embed) -> tuple[dict[str, Matrix], Model | None]:
    """What later articles are compared with instead: the vector of the new text, where they were with the old."""
    article = outcome.article
    if article is None:
        return {}, None
    there = house.store.judged([article.article_id])
    vectors = {article.article_id: embed(house, [article], lambda _: None)[0]} if there else {}
    return vectors, house.encoder.model()
