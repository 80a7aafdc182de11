"""An installation with a little of everything, as three days of a newsroom leave it; always the same.

Two storylines with copies, an original, a correction, publishers that are one house, feeds well, quiet, failing and
gone, entries that came to nothing, an alert that was told and one that waits. Texts are those of tests/data.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from storage_makers import MODEL, NOTHING, founded, places, rows_of

from storage.store import Store
from storywire import identity
from storywire.learnt import Habits
from storywire.nouns import (
    Article,
    Assignment,
    Definition,
    Duplicate,
    DuplicateKind,
    Entry,
    EntryState,
    Event,
    Feed,
    FeedState,
    LogEntry,
    LogKind,
    Precision,
    Published,
    Revision,
    Storyline,
)
from storywire.past import Analysis
from storywire.sketch import sketch
from storywire.telling import Decision
from storywire.visits import Outcome, Visit
from storywire.watches import Alert, AlertClass, Message, Watch

DATA = Path(__file__).resolve().parents[1] / "data" / "storylines.jsonl"
START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUNS = tuple(f"{START + n * 12 * HOUR:%Y%m%dT%H%M%SZ}" for n in range(6))
METRO = Storyline("zagreb-metro", "Zagreb metro", True, START)
DAM = Storyline(identity.automatic_storyline_id("mbuto-01"), "Mbuto, dam, turbines", False, START)
FEEDS = {
    "Northwire": FeedState.OK,
    "Harbour Post": FeedState.OK,
    "Lakeland Courier": FeedState.OK,
    "Adriatic Chronicle": FeedState.OK,
    "Daily Gull": FeedState.OK,
    "Wire South": FeedState.FAILING,
    "Evening Signal": FeedState.GONE,
}


@dataclass(frozen=True)
class Said:
    """A report: which text of the data, who published it, hours after START, and what it is."""

    text: str
    publisher: str
    hours: float
    event: str
    copy_of: "Said | None" = None
    precision: Precision = Precision.MINUTE
    seen: float = 0.5  # hours after

    @property
    def url(self) -> str:
        return f"https://{identity.slug(self.publisher)}.example/{self.text}"


AGENCY = Said("metro-16", "Northwire", 1, "opening", seen=6)
FIRST_KEPT = Said("metro-16", "Harbour Post", 2, "opening")
REPORTS = [
    FIRST_KEPT,
    Said("metro-17", "Adriatic Chronicle", 3, "opening"),
    replace(AGENCY, copy_of=FIRST_KEPT),
    Said("metro-16", "Lakeland Courier", 4, "opening", copy_of=FIRST_KEPT),
    Said("metro-13", "Adriatic Chronicle", 26, "walking-pace"),
    Said("metro-12", "Tribune of the Loire", 24, "walking-pace", precision=Precision.DAY, seen=30),
    Said("metro-14", "Lakeland Courier", 49, "alarm"),
    Said("mbuto-01", "Northwire", 5, "dam"),
    Said("mbuto-02", "Harbour Post", 29, "dam"),
    Said("mbuto-03", "Daily Gull", 50, "turbines", precision=Precision.NONE),
]


@cache
def texts() -> dict[str, dict[str, str]]:
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    return {row["id"]: row for row in rows} | {
        f"mbuto-{n:02}": row for n, row in enumerate((r for r in rows if r["cluster"] == "mbuto-dam-dispute"), 1)
    }


def article(said: Said) -> Article:
    row, at = texts()[said.text], START + said.hours * HOUR
    at = at.replace(hour=0, minute=0) if said.precision is Precision.DAY else at
    published = Published(at, said.precision, "feed") if said.precision is not Precision.NONE else Published()
    seen = START + (said.hours + said.seen) * HOUR
    values = (said.url, row["title"], row["text"], row["lang"], said.publisher, published, seen)
    return Article(identity.article_id(None, None, said.url, "", ""), *values, author=None)


def entry(said: Said, **changes: object) -> Entry:
    made, feed = article(said), feed_url(said.publisher)
    values = (feed, said.url, said.url, made.title, None, made.published, made.first_seen_at)
    found = Entry(identity.entry_id(feed, said.url, None, None, None), *values, said.publisher, guid_trusted=True)
    return replace(found, state=EntryState.STORED, article_id=made.article_id, **changes)  # type: ignore[arg-type]


def feed_url(publisher: str) -> str:
    return f"https://{identity.slug(publisher)}.example/feed.xml"


def run_of(said: Said) -> str:
    return RUNS[int((said.hours + said.seen) // 12)]


def newsroom(home: Path) -> Store:
    """The installation, published."""
    store = Store(home)
    store.add_feeds([_feed(name, state) for name, state in FEEDS.items()])
    store.define([Definition(METRO.storyline_id, METRO.label, ())], START)
    store.add_watch(Watch("w1", "metro desk", "stdout", START, METRO.storyline_id))
    store.set_groups({"harbour post": "Lake Press", "lakeland-courier.example": "Lake Press"})
    for n, run_id in enumerate(RUNS):
        now = START + n * 12 * HOUR
        store.start_run(run_id, now)
        _collect(store, [said for said in REPORTS if run_of(said) == run_id], run_id, first=n == 0)
        store.finish_run(run_id, now + timedelta(minutes=2), feeds_polled=len(FEEDS), feeds_failed=2)
    _correct(store)
    _tell(store)
    store.publish()
    return store


def _feed(name: str, state: FeedState) -> Feed:
    quiet = ("quiet: nothing new for 9 days; before, never for more than 2 days",) if name == "Daily Gull" else ()
    reason = {FeedState.FAILING: "HTTP 503", FeedState.GONE: "HTTP 410"}.get(state)
    habits = Habits(rate=2.5, brought_at=START - timedelta(9 if quiet else 0), arrivals=9, silence=timedelta(2))
    return Feed(
        *(feed_url(name), START - timedelta(30), START + timedelta(3), name, name, "en", "Papers"),
        **{"state": state, "reason": reason, "failures": 12 if reason else 0, "checked_at": START},
        **{"succeeded_at": START - timedelta(1), "habits": habits, "health": quiet},
    )


def _collect(store: Store, reports: list[Said], run_id: str, first: bool) -> None:
    found = [(entry(said), article(said)) for said in reports]
    pending = [replace(one, state=EntryState.PENDING, article_id=None) for one, _ in found]
    if first:
        refused = replace(REPORTS[1], text="metro-05", publisher="Wire South")
        pending += [replace(entry(refused), state=EntryState.PENDING, article_id=None, attempts=1)]
        lost = replace(REPORTS[1], text="metro-04", publisher="Evening Signal")
        pending += [replace(entry(lost), state=EntryState.FAILED, article_id=None, reason="HTTP 404", attempts=5)]
    by_feed: dict[str, list[Entry]] = {}
    for one in pending:
        by_feed.setdefault(str(one.feed_url), []).append(one)
    feeds = {feed.url: feed for feed in store.feeds()}
    known = {url: feeds.get(url) or _feed("Tribune of the Loire", FeedState.OK) for url in by_feed}
    store.add_feeds([feed for url, feed in known.items() if url not in feeds])
    store.save_polls([(known[url], entries) for url, entries in by_feed.items()], run_id)
    store.save_collected(found, run_id)
    kept = [said for said in reports if said.copy_of is None]
    if kept:
        now = max(made.first_seen_at for _, made in found)
        vectors, alerts = rows_of([article(said) for said in kept]), [alert for alert in ALERTS if _is_of(alert, kept)]
        store.save_analysis(_analysis(store, reports, kept), NOTHING, vectors, MODEL, alerts, run_id, now)


def _is_of(alert: Alert, reports: list[Said]) -> bool:
    return bool({article(said).article_id for said in reports} & set(alert.causes))


def _analysis(store: Store, reports: list[Said], kept: list[Said]) -> Analysis:
    lines = {said.event: METRO if said.text.startswith("metro") else DAM for said in kept}
    events, assignments, log = {}, [], []
    there = {line for _, line in places(store).values()}
    known = {event for event, _ in places(store).values()}
    for said in kept:
        line, made = lines[said.event], article(said)
        founder = next(article(other) for other in REPORTS if other.event == said.event and other.copy_of is None)
        event = Event(identity.event_id(founder.article_id), line.storyline_id, founder.article_id, said.event)
        if event.event_id not in known | set(events):
            first, then = founded(line, event)
            log += [then] if line.storyline_id in there else [first, then]
            there.add(line.storyline_id)
        events[event.event_id] = event
        log.append(LogEntry(LogKind.JOINED, line.storyline_id, event.event_id, made.article_id))
        assignments.append(Assignment(made.article_id, event.event_id, line.storyline_id, 0.75, 0.25))
    copies = [
        Duplicate(article(said).article_id, article(said.copy_of).article_id, DuplicateKind.NEAR, 0.97, "same wording")
        for said in reports
        if said.copy_of is not None
    ]
    return Analysis(
        **{"duplicates": tuple(copies), "events": tuple(events.values()), "assignments": tuple(assignments)},
        **{"storylines": tuple(dict.fromkeys(lines.values())), "log": tuple(log), "cores": (), "links": ()},
        sketches={a.article_id: sketch(a.title, a.text) for a in map(article, reports)},
    )


def _correct(store: Store) -> None:
    before = article(REPORTS[1])
    text, at = before.text.replace(".", ". Corrected:", 1), START + 20 * HOUR
    made = Revision(before.article_id, 1, at, before.title, before.text, ("New.",), ("Old.",), correction=True)
    [known] = store.kept([before.article_id])
    outcome = Outcome(replace(before, text=text), made)
    store.save_look(known, Visit(before.article_id, at), outcome, rows_of([before]), MODEL, RUNS[1])


def _tell(store: Store) -> None:
    at = ALERTS[0].created_at
    store.save_decision(Decision((Message("m1", "w1", "stdout", ("a1",), at, at),)))
    store.mark_sent("m1", at + timedelta(seconds=40))


# One that is told, and one that waits.
ALERTS = [
    Alert(f"a{n}", "w1", METRO.storyline_id, AlertClass.REPORT, (article(REPORTS[n]).article_id,), at, "")
    for n, at in ((1, START + 4 * HOUR), (6, START + 50 * HOUR))
]
