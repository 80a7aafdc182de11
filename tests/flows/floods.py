"""Many reports of one storyline at once, as an analysis would store them. Not real: nobody compared them."""

from datetime import datetime

import numpy as np

from storage.store import Store
from storywire.alerts import alerts_for
from storywire.arrivals import Arrival
from storywire.nouns import Article, Assignment, Entry, EntryState, Event, LogEntry, LogKind, Published, Storyline
from storywire.past import Analysis, Past
from storywire.sketch import sketch
from storywire.watches import AlertClass

_PAST = Past((), np.zeros((0, 0), np.float32), (), ())


def arrive(store: Store, numbers: range, now: datetime) -> None:
    """Store these reports of the storyline "flood", with the alerts that they cause."""
    articles = [
        Article(f"flood{n}", f"https://p{n}.example/", f"Flood {n}", "Water.", "en", f"P{n}", Published(now), now)
        for n in numbers
    ]
    run = now.isoformat()
    store.save_collected([(_entry(a), a) for a in articles], run)
    first = not store.known(["flood0"])
    log = [LogEntry(LogKind.CREATED, "flood", label="Flood"), LogEntry(LogKind.CREATED, "flood", "e-flood")]
    log = log if first else []
    log += [LogEntry(LogKind.JOINED, "flood", "e-flood", a.article_id) for a in articles]
    analysis = Analysis(
        (),
        (Event("e-flood", "flood", "flood0"),) if first else (),
        (Storyline("flood", "Flood", created_at=now),) if first else (),
        tuple(Assignment(a.article_id, "e-flood", "flood", 0.5, 0.1) for a in articles),
        tuple(log),
        (),
        (),
        {a.article_id: sketch(a.title, a.text) for a in articles},
        {a.article_id: "flood" for a in articles},
    )
    arrivals = [
        Arrival(a.article_id, "flood", AlertClass.REPORT, a.title, a.text, a.publisher, a.url, "en") for a in articles
    ]
    alerts = alerts_for(arrivals, store.watches(), store.told(["flood"]), {}, now)
    model = store.model() or ("fake-words", "")
    vector = np.zeros(64, np.float32)
    store.save_analysis(analysis, _PAST, {a.article_id: vector for a in articles}, model, alerts, run, now)


def _entry(article: Article) -> Entry:
    return Entry(
        *(f"entry-{article.article_id}", None, None, article.url, article.title, None, article.published),
        article.first_seen_at,
        state=EntryState.STORED,
        article_id=article.article_id,
    )
