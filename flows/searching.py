"""A search from question to answer: decides which rankings are made, and what is shown of them.

Never prints anything, and loads the model only where meaning is asked for.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from storage.searching import Hit, Searcher, searching
from storywire.searching import Filters, Question, extract, fused, summed
from tasks.embed import Encoder

POOL = 100  # articles of each ranking
STORYLINES = 5


@dataclass(frozen=True, slots=True)
class FoundStoryline:
    """A storyline that was found: by its name, or by `reports` of its reports, among the best 50."""

    storyline_id: str
    label: str
    named: bool
    reports: int


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article that was found, with what of it answers best, and why: BM25's score and the cosine, if it has them."""

    hit: Hit
    extract: str
    score: float
    words: float | None
    meaning: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, best first."""

    storylines: tuple[FoundStoryline, ...]
    articles: tuple[FoundArticle, ...]


@dataclass(frozen=True, slots=True)
class Meant:
    """How a search by meaning is made: what embeds the question, and from which cosine on, by the model's name."""

    encoder: Encoder
    needed: Callable[[str], float]


def answer(
    home: Path, question: Question, filters: Filters, most: int, meant: Meant | None, by_words: bool = True
) -> Answer:
    """The best answers in the published snapshot: by words, by meaning, or both in one ranking.

    What `filters` have for a storyline's id may be its name here, or the beginning of either. InputError; ModelError if
    the model cannot be loaded, or is not that of the stored vectors.
    """
    with searching(home) as searcher:
        return answer_in(searcher, question, filters, most, meant, by_words)


def answer_in(
    searcher: Searcher, question: Question, filters: Filters, most: int, meant: Meant | None, by_words: bool = True
) -> Answer:
    """The same in a snapshot that is open."""
    if filters.storyline_id is not None:
        filters = replace(filters, storyline_id=searcher.storyline_id(filters.storyline_id))
    words = searcher.by_words(question, filters, POOL) if by_words else {}
    meaning = _by_meaning(searcher, question, filters, meant) if meant else {}
    return _both(searcher, question, words, meaning, most)


def _by_meaning(searcher: Searcher, question: Question, filters: Filters, meant: Meant) -> dict[str, float]:
    searcher.require_model(meant.encoder.model())
    vector = meant.encoder.encode([question.sentence])[0]
    return searcher.by_meaning(vector, question, filters, POOL, meant.needed(meant.encoder.model()[0]))


def _both(
    searcher: Searcher, question: Question, words: Mapping[str, float], meaning: Mapping[str, float], most: int
) -> Answer:
    """One ranking of two, in which a report stands once: for itself, or else by the copy of it that was found."""
    kept = searcher.kept([*words, *meaning])
    shown: dict[str, str] = {}
    for each in (*words, *meaning):
        speaker = kept.get(each, each)
        shown[speaker] = each if each == speaker else shown.get(speaker, each)
    rankings = [list(dict.fromkeys(kept.get(each, each) for each in ranking)) for ranking in (words, meaning)]
    scores = fused(*rankings)
    found = []
    for hit in searcher.hits([shown[each] for each in [*scores][:most]]):
        why = words.get(hit.article_id), meaning.get(hit.article_id)
        found.append(FoundArticle(hit, extract(hit.text, question.sentence), scores[hit.kept_id], *why))
    return Answer(_lines(searcher, question, scores), tuple(found))


def _lines(searcher: Searcher, question: Question, scores: Mapping[str, float]) -> tuple[FoundStoryline, ...]:
    """Storylines: those that a person named so, then those with the best reports."""
    scores = dict(islice(scores.items(), POOL // 2))
    places = searcher.places(list(scores))
    labels = {storyline_id: label for _, storyline_id, label in places.values()}
    reports = Counter(storyline_id for _, storyline_id, _ in places.values())
    named = searcher.named(question.sentence, STORYLINES)
    best = summed((places[each][1], score) for each, score in scores.items() if each in places)
    labels |= named
    chosen = list(dict.fromkeys((*named, *best)))[:STORYLINES]
    return tuple(FoundStoryline(each, labels[each], each in named, reports[each]) for each in chosen)
