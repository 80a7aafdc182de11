"""`storywire search` on what runs stored, by the real Store; words stand in for meaning (tests/fakes.py)."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows import cycle
from flows.house import House
from storage.store import Store
from storywire.nouns import Feed
from tasks.fetch import Response
from tests.fakes import FakeEncoder, FakeFetcher, FixedClock, InlineWorkers, RecordingNotifier

FEED = "https://wire.example/feed.json"
START = datetime(2026, 11, 2, 8, tzinfo=UTC)
REPORTS = {
    "Elster floods Brandau": """Heavy rain burst the banks of the Elster in Brandau on Monday. Mayor Ines Kolbe ordered
        the evacuation of four thousand people from the lower town. Soldiers stacked sandbags through the night while
        the river rose to six metres, the highest level since 1954.""",
    "Brandau under water": """BRANDAU (Northwire) - Heavy rain burst the banks of the Elster in Brandau on Monday. Mayor
        Ines Kolbe ordered the evacuation of four thousand people from the lower town. Soldiers stacked sandbags through
        the night while the river rose to six metres, the highest level since 1954.""",
    "Lagos Open goes to Bisi": """Grandmaster Oyelaran Bisi won the Lagos Open chess tournament with a round to spare.
        The nineteen year old beat the top seed in forty moves and will play the candidates in spring.""",
}
FLOOD, COPY, CHESS = REPORTS


@pytest.fixture
def here(new_installation: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An installation of three reports, one a copy."""
    installed, clock = new_installation(), FixedClock(START)
    store = Store(installed.home, wait=timedelta(seconds=1))
    at = (START - timedelta(hours=3)).isoformat()
    items = [{"id": t, "title": t, "content_text": text, "date_published": at} for t, text in REPORTS.items()]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "The Wire", "items": items}
    pages = {FEED: Response(200, FEED, json.dumps(feed).encode())}
    house = House(store, FakeEncoder(), FakeFetcher(pages), InlineWorkers, RecordingNotifier(), clock=clock)
    monkeypatch.setattr("flows.house.build", lambda settings, progress=None: house)
    store.add_feeds([Feed(FEED, START, START)])
    asyncio.run(cycle.whole(house, START, cycle.plain_steps(house, START)))
    return installed


def found(here: Any, *words: str) -> Any:
    done = here.ask("search", *words, "--json")
    assert (done.status, done.err) == (0, "")
    return done.json


def titles(here: Any, *words: str) -> list[str]:
    return [each["title"] for each in found(here, *words)["articles"]]


def test_a_report_and_its_copy_are_one_answer_that_says_so(here: Any) -> None:
    for by in ("words", "both"):
        [best, *others] = found(here, "elster", "sandbags", "--by", by)["articles"]
        assert best["title"] in (FLOOD, COPY)
        assert best["copies"] == 1
        assert not {FLOOD, COPY} & {each["title"] for each in others}


def test_each_kind_of_search_says_what_it_was_found_by(here: Any) -> None:
    [words] = found(here, "chess", "--by", "words")["articles"]
    assert (words["title"], words["meaning"]) == (CHESS, None)
    assert words["words"] > 0
    meaning = found(here, "chess tournament won by a grandmaster", "--by", "meaning")["articles"][0]
    assert (meaning["title"], meaning["words"]) == (CHESS, None)
    assert 0 < meaning["meaning"] <= 1
    both = found(here, "chess tournament won by a grandmaster")["articles"][0]
    assert (both["words"] is None, both["meaning"]) == (False, meaning["meaning"])


def test_an_answer_has_the_sentence_that_answers_and_never_the_whole_text(here: Any) -> None:
    [chess] = found(here, "forty moves", "--by", "words")["articles"]
    assert chess["extract"].startswith("The nineteen year old beat the top seed in forty moves")
    assert "text" not in chess


def test_storylines_are_found_by_their_reports_and_by_their_names(here: Any) -> None:
    [line] = found(here, "sandbags", "--by", "words")["storylines"]
    assert (line["reports"], line["named"]) == (1, False)
    here.ask("storylines", "rename", line["storyline_id"], "High water")
    [renamed] = found(here, "high water", "--by", "words")["storylines"]
    assert (renamed["label"], renamed["named"]) == ("High water", True)
    assert titles(here, "monday", "--by", "words", "--storyline", "High water") == [FLOOD]


def test_filters_and_order_are_options(here: Any) -> None:
    assert titles(here, "the", "--by", "words", "--since", "2026-11-03") == []
    assert len(titles(here, "the", "--by", "words", "--until", "2026-11-02")) == 2
    assert titles(here, "the", "--by", "words", "--until", "2026-11-01") == []
    assert titles(here, "chess", "--language", "de") == []
    assert len(titles(here, "the", "--by", "words", "--newest")) == 2
    assert len(titles(here, "the", "--by", "words", "--limit", "1")) == 1


def test_it_reads_well_in_eighty_columns(here: Any) -> None:
    done = here.ask("search", "soldiers and chess")
    assert (done.status, done.err) == (0, "")
    assert FLOOD in done.out
    assert "+ 1 copy" in " ".join(done.out.split())
    assert max(map(len, done.out.splitlines())) <= 80
    assert here.ask("search", "xyzzy", "--by", "words").out == "Nothing found.\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["-"], "there is nothing to search for"),
        (["x" * 1001], "may have 1000 characters"),
        (["chess", "--storyline", "none such"], "there is no storyline “none such”"),
    ],
)
def test_what_cannot_be_searched_for_is_one_line(here: Any, words: list[str], line: str) -> None:
    done = here.ask("search", *words)
    assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
    assert line in done.err


def test_vectors_of_another_model_are_never_compared(here: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other = House(Store(here.home), FakeEncoder("other"))
    monkeypatch.setattr("flows.house.build", lambda settings, progress=None: other)
    done = here.ask("search", "chess")
    assert (done.status, done.out) == (1, "")
    assert "--by words" in done.err
    assert titles(here, "chess", "--by", "words") == [CHESS]
