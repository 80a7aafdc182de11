"""The rows of an invented installation: decides what stands in which column. Never opens a database."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from storywire import identity
from storywire.nouns import Feed
from tests.bench.archiveplan import END, LANGUAGES, PUBLISHERS, Ints, plan
from tests.bench.archivevectors import DIMENSIONS, Vectors
from tests.bench.archivewords import Said, Words

Columns = Mapping[str, npt.NDArray[Any]]


class Archive:
    """The rows of an installation with so many articles."""

    def __init__(self, articles: int, seed: int = 0) -> None:
        self.plan = plan(articles, seed)
        self.words, self._vectors = Words(self.plan, seed), Vectors(self.plan, seed)
        self._ids = np.array([identity.article_id(None, None, _url(n), "", "") for n in range(articles)], object)
        self._events = _each(identity.event_id, self._ids[self.plan.first_of_event])
        self._storylines = _each(identity.automatic_storyline_id, self._ids[self.plan.first_of_storyline])

    def feeds(self) -> list[Feed]:
        """A feed for each publisher."""
        began = END - timedelta(days=4 * 365)
        said = zip(_publishers(self.words), self.plan.language, strict=True)
        codes = list(LANGUAGES)
        return [Feed(_feed(n), began, END, name, name, codes[code]) for n, (name, code) in enumerate(said)]

    def runs(self) -> Columns:
        """One a day."""
        days, place = np.unique(self._run_days(np.arange(len(self._ids))), return_inverse=True)
        at = (days * 86_400_000_000).astype("M8[us]")
        new, copies = np.bincount(place), np.bincount(place, self.plan.kept_as != np.arange(len(place))).astype(int)
        none = np.zeros(len(days), int)
        return {
            "run_id": _each(_run_id, days),
            "started_at": at,
            "finished_at": at + np.timedelta64(240, "s"),
            **dict.fromkeys(("pending_before", "feeds_failed", "pending"), none),
            "feeds_polled": none + PUBLISHERS,
            "entries_new": new,
            "articles_new": new,
            "kept_new": new - copies,
            "copies_new": copies,
        }

    def groups(self) -> Iterator[tuple[str, Columns]]:
        """Storylines and events, with what dormant storylines are found again by."""
        plan, words = self.plan, self.words
        lines, events = range(len(self._storylines)), range(len(self._events))
        founders = plan.first_of_storyline
        labels = _objects(words.label(storyline=n) for n in lines)
        yield (
            "storyline",
            {
                "storyline_id": self._storylines,
                "label": labels,
                "pinned": np.zeros(len(lines), bool),
                "closed": np.zeros(len(lines), bool),
                "created_at": plan.seen[founders].astype("M8[us]"),
                "central_id": self._ids[founders],
            },
        )
        yield (
            "event",
            {
                "event_id": self._events,
                "storyline_id": self._storylines[plan.storyline_of],
                "founder_id": self._ids[plan.first_of_event],
                "label": _objects(words.label(event=n) for n in events),
                "central_id": self._ids[plan.first_of_event],
            },
        )
        yield (
            "core",
            {
                "storyline_id": self._storylines,
                "member_ids": _each(lambda member: member, self._ids[founders]),
                "terms": _objects(",".join(map(str, words.storyline(n).tolist())) for n in lines),
            },
        )

    def reports(self, numbers: Ints) -> Iterator[tuple[str, Columns]]:
        """What is stored of these articles."""
        said = [self.words.report(n) for n in numbers.tolist()]
        kept = self.plan.kept_as[numbers] == numbers
        common = self._common(numbers, said)
        ids, runs = common["article_id"], common["run_id"]
        state = {"state": "stored", "guid_trusted": True, "full_text": False, "attempts": 1}
        yield "article", {**common, "text": _objects(one.text for one in said)}
        yield (
            "entry",
            {
                **common,
                "entry_id": _objects(identity.entry_id(None, None, str(i), None, None) for i in ids),
                "feed_url": _each(_feed, self.plan.publisher[numbers]),
                "guid": common["url"],
                "summary": _objects(one.text[:200] for one in said),
                **{name: np.full(len(ids), value, object) for name, value in state.items()},
                "settled_run_id": runs,
                "read_before": common["first_seen_at"],
            },
        )
        yield "duplicate", self._duplicates(numbers[~kept], runs[~kept])
        yield "assignment", self._assignments(numbers[kept], runs[kept])
        yield (
            "feature",
            self._features(numbers[kept], [one for one, is_kept in zip(said, kept, strict=True) if is_kept]),
        )

    def _common(self, numbers: Ints, said: list[Said]) -> dict[str, npt.NDArray[Any]]:
        names = np.array(_publishers(self.words), object)
        return {
            "article_id": self._ids[numbers],
            "url": _each(_url, numbers),
            "title": _objects(one.title for one in said),
            "language": _each(self.words.language, numbers),
            "publisher": names[self.plan.publisher[numbers]],
            "published_at": self.plan.published[numbers].astype("M8[us]"),
            "published_precision": np.full(len(numbers), "second", object),
            "published_source": np.full(len(numbers), "feed", object),
            "first_seen_at": self.plan.seen[numbers].astype("M8[us]"),
            "run_id": _each(_run_id, self._run_days(numbers)),
        }

    def _duplicates(self, numbers: Ints, runs: npt.NDArray[Any]) -> Columns:
        return {
            "article_id": self._ids[numbers],
            "canonical_id": self._ids[self.plan.kept_as[numbers]],
            "kind": np.full(len(numbers), "near", object),
            "similarity": 0.9 + 0.1 * (numbers % 10) / 10,
            "evidence": np.full(len(numbers), "shares nearly all runs of five words", object),
            "run_id": runs,
        }

    def _assignments(self, numbers: Ints, runs: npt.NDArray[Any]) -> Columns:
        event, first = self.plan.event[numbers], self.plan.first_of_event
        near = '{{"decision": "joined", "near": "{}", "similarity": 0.{}}}'
        return {
            "article_id": self._ids[numbers],
            "event_id": self._events[event],
            "storyline_id": self._storylines[self.plan.storyline[numbers]],
            "score": 0.5 + 0.4 * (numbers % 97) / 97,
            "margin": 0.3 * (numbers % 89) / 89,
            "evidence": _objects(
                near.format(self._ids[first[e]], 500 + n % 400) for n, e in zip(numbers, event, strict=True)
            ),
            "run_id": runs,
        }

    def _features(self, numbers: Ints, said: list[Said]) -> Columns:
        columns = self._vectors.of(numbers).T.copy()
        return {
            "article_id": self._ids[numbers],
            "fingerprint": _objects(identity.digest("invented", str(n)) for n in numbers.tolist()),
            "shingles": _objects(one.runs.tobytes() for one in said),
            "terms": _objects(one.terms.tobytes() for one in said),
            "counts": _objects(one.counts.tobytes() for one in said),
            "numbers": _objects(one.numbers.tobytes() for one in said),
            "names": _objects(",".join(one.names) for one in said),
            **{f"v{axis}": columns[axis] for axis in range(DIMENSIONS)},
        }

    def _run_days(self, numbers: Ints) -> Ints:
        return self.plan.seen[numbers] // 86_400_000_000 + 1


def _publishers(words: Words) -> list[str]:
    return [f"The {words.label(storyline=n % 50).split()[0]} {n}" for n in range(PUBLISHERS)]


def _url(number: int) -> str:
    return f"https://news{number % 97}.example/{number // 1000}/report-{number}.html"


def _feed(publisher: int) -> str:
    return f"https://publisher{publisher}.example/feed.xml"


def _run_id(day: int) -> str:
    return str(np.datetime64(int(day), "D")).replace("-", "") + "T000000.000000Z"


def _objects(values: Iterable[Any]) -> npt.NDArray[Any]:
    found = list(values)
    made = np.empty(len(found), object)
    made[:] = found
    return made


def _each(function: Callable[[Any], Any], values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return _objects(function(value) for value in values.tolist())
