"""What people decide, by the commands and the real Store; later runs bring more such news, and undo none of it."""

import asyncio
import json
import shlex
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import cycle
from flows.house import House
from storage.store import Store
from storywire.nouns import Feed
from storywire.parameters import Parameters
from tasks.fetch import Response
from tests.fakes import FakeEncoder, FakeFetcher, FixedClock, InlineWorkers, RecordingNotifier

FEED = "https://wire.example/feed.json"
START = datetime(2026, 11, 2, 8, tzinfo=UTC)
REPORTS = {
    "Elster floods Brandau": """Heavy rain burst the banks of the Elster in Brandau on Monday. Mayor Ines Kolbe ordered
        the evacuation of four thousand people from the lower town. Soldiers stacked sandbags through the night while
        the river rose to six metres, the highest level since 1954. Two bridges are closed and trains between Brandau
        and Leisnig are halted.""",
    "Second night in gyms": """Brandau residents spent a second night in gyms after the Elster flooded the lower town.
        Mayor Ines Kolbe said the evacuation of four thousand people went without injuries. The river fell slightly on
        Tuesday, but both bridges stay closed and soldiers go on stacking sandbags in Brandau.""",
    "Elster falls slowly": """Soldiers in Brandau stack sandbags for a third night while the Elster falls slowly from
        six metres. Mayor Ines Kolbe said that the four thousand people who left the lower town in the evacuation may
        return on Thursday, and that both bridges and the trains between Brandau and Leisnig stay closed.""",
    "Brandau under water": """BRANDAU (Northwire) - Heavy rain burst the banks of the Elster in Brandau on Monday. Mayor
        Ines Kolbe ordered the evacuation of four thousand people from the lower town. Soldiers stacked sandbags through
        the night while the river rose to six metres, the highest level since 1954. Two bridges are closed and trains
        between Brandau and Leisnig are halted.""",
    "Lagos Open goes to Bisi": """Grandmaster Oyelaran Bisi won the Lagos Open chess tournament with a round to spare.
        The nineteen year old beat the top seed in forty moves and will play the candidates in spring. Organisers said
        a record nine hundred players from thirty countries had entered the open this year.""",
    "Bisi fetes chess title": """Oyelaran Bisi, the nineteen year old grandmaster who won the Lagos Open chess
        tournament with a round to spare, was cheered in Lagos. Organisers said that a record nine hundred players from
        thirty countries had entered the open, and that Bisi will play the candidates in spring.""",
}
FLOOD, GYMS, FALLS, COPY, CHESS, FETE = REPORTS


@dataclass(frozen=True)
class Newsroom:
    """An installation whose feed has what a test puts in it, and the person who decides."""

    here: Any
    house: House
    pages: dict[str, Any]
    clock: FixedClock

    def run(self, *titles: str) -> None:
        """A day later, the feed has these reports."""
        self.clock.now += timedelta(days=1)
        at = (self.clock.now - timedelta(hours=3)).isoformat()
        items = [{"id": t, "title": t, "content_text": REPORTS[t], "date_published": at} for t in titles]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "The Wire", "items": items}
        self.pages[FEED] = Response(200, FEED, json.dumps(feed).encode())
        now = self.clock.now
        asyncio.run(cycle.whole(self.house, now, cycle.plain_steps(self.house, now)))

    def does(self, *words: str) -> Any:
        """What a command on storylines did, as JSON."""
        self.clock.now += timedelta(minutes=1)
        done = self.here.ask("storylines", *words, "--json")
        assert (done.status, done.err) == (0, "")
        return done.json

    def says(self, *words: str) -> str:
        """What a command printed for people, in lines that fit."""
        done = self.here.ask(*words)
        assert (done.status, done.err) == (0, "")
        shown = [line for line in done.out.splitlines() if "storywire storylines " not in line]
        assert max(map(len, shown)) <= 80
        return str(done.out)

    def refuses(self, *words: str) -> str:
        """The one line that says why a command did nothing."""
        before = self.log()
        done = self.here.ask("storylines", *words)
        assert (done.status, done.out, done.err.count("\n")) == (1, "", 1)
        assert self.log() == before
        return str(done.err)

    def log(self) -> list[Any]:
        with self.house.store.transaction() as con:
            return con.execute("FROM storyline_log ORDER BY seq").fetchall()

    def storylines(self) -> dict[str, set[str]]:
        """The titles in each storyline."""
        found: dict[str, set[str]] = {}
        sql = "SELECT storyline_id, title FROM storyline_articles JOIN articles USING (article_id)"
        for storyline_id, title in self.here.rows(sql):
            found.setdefault(storyline_id, set()).add(title)
        return found

    def article(self, title: str) -> str:
        return str(self.here.one("SELECT article_id FROM articles WHERE title = ?", title))

    def event(self, title: str) -> str:
        sql = "SELECT event_id FROM storyline_articles WHERE article_id = ?"
        return str(self.here.one(sql, self.article(title)))

    def label(self, group_id: str) -> str:
        """What a storyline or event is called now."""
        sql = "SELECT storyline_id AS id, label FROM storylines UNION ALL SELECT event_id, label FROM events"
        return str(self.here.one(f"SELECT label FROM ({sql}) WHERE id = ?", group_id))

    def line(self, title: str) -> str:
        """The storyline of a report."""
        return next(storyline for storyline, titles in self.storylines().items() if title in titles)


@pytest.fixture
def room(new_installation: Any, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """One storyline of a flood, one of a chess tournament."""
    here, pages, clock = new_installation(), {}, FixedClock(START)
    store = Store(here.home, wait=timedelta(seconds=1))
    house = House(store, FakeEncoder(), FakeFetcher(pages), InlineWorkers, RecordingNotifier(), clock=clock)
    made = Newsroom(here, house, pages, clock)
    monkeypatch.setattr("flows.house.build", lambda settings, progress=None: made.house)
    store.add_feeds([Feed(FEED, START, START)])
    made.run(FLOOD, GYMS, CHESS)
    assert {frozenset(titles) for titles in made.storylines().values()} == {
        frozenset({FLOOD, GYMS}),
        frozenset({CHESS}),
    }
    return made


def seeded(room: Newsroom, tmp_path: Path, title: str, name: str) -> None:
    """A report is the seed of a storyline."""
    seed = tmp_path / "seed.txt"
    seed.write_text(f"{title}\n\n{REPORTS[title]}")
    room.does("add", name, "--seed", str(seed))


def test_a_renamed_storyline_keeps_name_and_id(room: Newsroom) -> None:
    line = room.line(FLOOD)
    renamed = {"storyline_id": line, "label": "High water", "before": room.label(line)}
    assert room.does("rename", line, "High water") == renamed
    room.run(FALLS)
    assert room.line(FALLS) == line
    assert (
        room.does("show", "high water")["storyline"] | {"label": "High water", "pinned": True, "storyline_id": line}
        == (room.does("show", line)["storyline"])
    )


def test_a_pinned_storyline_keeps_the_name_that_it_has(room: Newsroom) -> None:
    line = room.line(FLOOD)
    label = room.label(line)
    assert "is pinned" in room.says("storylines", "pin", line)
    room.run(FALLS)
    found = room.does("show", line)["storyline"]
    assert (found["label"], found["pinned"], found["article_count"]) == (label, True, 3)
    assert "was pinned already" in room.says("storylines", "pin", line)


def test_merged_storylines_stay_one_and_the_old_id_means_it_for_ever(room: Newsroom) -> None:
    flood, chess = room.line(FLOOD), room.line(CHESS)
    room.does("pin", chess)
    done = room.does("merge", flood, chess)
    assert (done["storyline_id"], done["gone"]) == (chess, flood)
    room.run(FALLS, FETE)
    assert room.storylines() == {chess: {FLOOD, GYMS, FALLS, CHESS, FETE}}
    assert room.does("show", flood) == room.does("show", chess)
    assert room.does("show", flood)["storyline"]["storyline_id"] == chess


def test_split_events_stay_a_storyline_of_their_own_with_its_name(room: Newsroom) -> None:
    stays = room.does("merge", room.line(FLOOD), room.line(CHESS))["storyline_id"]
    done = room.does("split", stays, room.event(CHESS), "--name", "Chess in Lagos")
    line = {"storyline_id": "chess-in-lagos", "label": "Chess in Lagos", "from": stays}
    assert done == line | {"events": [room.event(CHESS)]}
    room.run(FALLS, FETE)
    assert room.storylines() == {stays: {FLOOD, GYMS, FALLS}, "chess-in-lagos": {CHESS, FETE}}
    assert room.does("show", "chess-in-lagos")["storyline"]["pinned"]


def test_an_article_that_was_split_off_is_not_merged_back(room: Newsroom) -> None:
    flood = room.line(FLOOD)
    done = room.does("split", flood, room.article(GYMS), "--name", "Gyms")
    assert done["events"] == [room.event(GYMS)]
    room.run(FALLS)
    assert (room.line(GYMS), room.line(FLOOD)) == ("gyms", flood)
    assert room.event(GYMS) != room.event(FLOOD)


def test_what_was_split_can_be_merged_again_and_split_again_under_the_same_name(room: Newsroom) -> None:
    flood, chess = room.line(FLOOD), room.line(CHESS)
    stays = room.does("merge", flood, chess)["storyline_id"]
    room.does("pin", stays)
    room.does("split", stays, room.event(CHESS)[:8], "--name", "Chess")
    assert room.does("merge", "chess", stays)["storyline_id"] == stays
    assert room.here.rows("SELECT one_id, other_id FROM links WHERE kind = 'cannot'") == []
    again = room.does("split", stays, room.article(CHESS), "--name", "Chess")["storyline_id"]
    assert again != "chess"
    assert room.storylines() == {stays: {FLOOD, GYMS}, again: {CHESS}}
    assert again in room.says("storylines", "show", "chess")  # the name of today goes before an id of the past


def test_a_moved_event_stays_where_a_person_put_it(room: Newsroom, tmp_path: Path) -> None:
    flood, chess, event = room.line(FLOOD), room.line(CHESS), room.event(FLOOD)
    done = room.does("move", event, chess)
    assert done == {"event_id": event, "article_id": None, "storyline_id": chess, "from": flood}
    room.run(FETE)
    seeded(room, tmp_path, FALLS, "Floods")  # it draws in what is like its seed
    assert room.storylines() == {chess: {FLOOD, GYMS, CHESS, FETE}, "floods": {FALLS}}
    assert room.event(FLOOD) == event


def test_an_event_that_was_moved_can_be_moved_back(room: Newsroom) -> None:
    flood, chess, event = room.line(FLOOD), room.line(CHESS), room.event(FLOOD)
    room.does("pin", flood)
    room.does("move", event, chess)
    room.does("move", event, flood)
    room.run(FALLS, FETE)
    assert room.storylines() == {flood: {FLOOD, GYMS, FALLS}, chess: {CHESS, FETE}}


def test_a_moved_article_leaves_its_event_and_is_not_merged_back(room: Newsroom) -> None:
    flood, chess = room.line(FLOOD), room.line(CHESS)
    done = room.does("move", room.article(GYMS)[:9], chess)
    assert (done["article_id"], done["event_id"]) == (room.article(GYMS), room.event(GYMS))
    assert room.event(GYMS) != room.event(FLOOD)
    room.run(FALLS, FETE)
    found = room.storylines()
    assert FLOOD in found[flood]
    assert found[chess] >= {CHESS, GYMS}
    assert room.event(GYMS) != room.event(FLOOD)


def test_an_article_alone_in_its_event_moves_with_it(room: Newsroom) -> None:
    event = room.event(CHESS)
    done = room.does("move", room.article(CHESS), room.line(FLOOD))
    assert (done["event_id"], done["article_id"], room.event(CHESS)) == (event, None, event)


def test_a_copy_stands_for_what_it_repeats(room: Newsroom) -> None:
    room.run(COPY)
    said = room.says("explain", room.article(COPY), "--with", room.article(FLOOD))
    assert f"The first repeats {room.article(FLOOD)}" in said
    assert "They are one report" in said
    chess = room.line(CHESS)
    done = room.does("move", room.article(COPY), chess)
    assert (done["article_id"], room.line(FLOOD)) == (room.article(FLOOD), chess)


def test_a_closed_storyline_gets_nothing_until_it_is_reopened(room: Newsroom) -> None:
    flood = room.line(FLOOD)
    room.does("close", flood)
    room.run(FALLS)
    assert room.storylines()[flood] == {FLOOD, GYMS}
    listed = {line["storyline_id"]: line["closed"] for line in room.does()}
    assert listed == {flood: True, room.line(CHESS): False, room.line(FALLS): False}
    assert "(closed)" in room.says("storylines")
    assert "Closed until you reopen it" in room.says("storylines", "show", flood)
    assert "is closed, so nothing joins it" in room.refuses("move", room.article(CHESS), flood)
    room.does("reopen", flood)
    assert "Closed" not in room.says("storylines", "show", flood)
    assert room.does("move", room.article(CHESS), flood)["storyline_id"] == flood


def test_a_renamed_storyline_gets_seeds_under_its_name(room: Newsroom, tmp_path: Path) -> None:
    flood = room.line(FLOOD)
    room.does("rename", flood, "High water")
    seeded(room, tmp_path, FALLS, "high water")
    assert room.storylines()[flood] == {FLOOD, GYMS, FALLS}
    assert room.does("show", "High water")["storyline"]["storyline_id"] == flood
    assert "seed of" in room.refuses("move", room.article(FALLS), room.line(CHESS))


def test_seeds_go_along_with_a_merge_for_good(room: Newsroom, tmp_path: Path) -> None:
    chess = room.line(CHESS)
    room.does("pin", chess)
    seeded(room, tmp_path, FALLS, "Floods")
    assert "this cannot be taken back" in " ".join(room.says("storylines", "merge", "floods", chess).split())
    assert room.line(FALLS) == chess
    assert f"seed of {chess}" in room.refuses("split", "floods", room.event(FALLS), "--name", "Floods again")


def test_a_seed_is_not_moved_away(room: Newsroom, tmp_path: Path) -> None:
    seeded(room, tmp_path, FALLS, "Floods")
    assert room.line(FLOOD) == "floods"
    assert "has a seed of floods" in room.refuses("split", "floods", room.event(FALLS), "--name", "Other")
    assert "seed of floods" in room.refuses("move", room.article(FALLS), room.line(CHESS))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rename", "nowhere", "Name"), "there is no storyline “nowhere”"),
        (("rename", "{flood}", "..."), "is no name for a storyline"),
        (("rename", "{flood}", "{label}"), "has that name already"),
        (("merge", "{flood}", "{flood}"), "one storyline already"),
        (("split", "{flood}", "{event}", "--name", "New"), "that is all of"),
        (("split", "{chess}", "{event}", "--name", "New"), "is not in {chess}"),
        (("move", "eeee", "{chess}"), "there is no event “eeee”"),
        (("move", "https://nowhere.example/", "{chess}"), "there is no article"),
        (("move", "{event}", "nowhere"), "there is no storyline “nowhere”"),
        (("borderline", "nowhere"), "there is no storyline “nowhere”"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(
    room: Newsroom, words: tuple[str, ...], message: str
) -> None:
    ids = {"flood": room.line(FLOOD), "chess": room.line(CHESS), "event": room.event(FLOOD)}
    ids["label"] = room.label(ids["chess"]).upper()
    assert message.format(**ids) in room.refuses(*(word.format(**ids) for word in words))


def test_nothing_is_decided_while_a_run_is_under_way(room: Newsroom) -> None:
    with room.house.store.running():
        assert "another run is updating storylines" in room.refuses("close", room.line(FLOOD))


def severe(model: str) -> Parameters:
    """Thresholds under which a named storyline accepts nearly nothing."""
    return replace(Parameters(model), storylines=replace(Parameters().storylines, accept=0.9, doubt=0.05))


@pytest.fixture
def strict(room: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    """A storyline of which a chess report is the seed, and that nearly accepted another."""
    seeded(room, tmp_path, CHESS, "Chess")
    made = replace(room, house=replace(room.house, thresholds=severe))
    monkeypatch.setattr("flows.house.build", lambda settings, progress=None: made.house)
    made.run(FETE)
    return made


def test_borderline_reports_are_listed_until_a_person_decides(strict: Newsroom) -> None:
    (near,) = strict.does("borderline")
    assert (near["title"], near["storyline_id"]) == (FETE, "chess")
    assert near["score"] < near["needed"] == 0.9
    assert strict.does("borderline", "Chess") == [near]
    assert "1 borderline: storywire storylines borderline chess" in strict.says("storylines", "show", "chess")
    said = strict.says("storylines", "borderline")
    assert near["move"] in said
    strict.does(*near["move"].split()[2:])
    assert strict.line(FETE) == "chess"
    assert strict.does("borderline") == []
    assert "Nothing is borderline." in strict.says("storylines", "borderline", "chess")


def test_a_report_that_a_person_holds_where_it_is_is_borderline_no_more(strict: Newsroom) -> None:
    strict.does("move", strict.article(FETE), strict.line(FETE))
    assert strict.does("borderline") == []


def test_a_decision_says_how_to_take_it_back(room: Newsroom) -> None:
    """And that does: the same commands in the opposite order lead to where one began."""
    flood, chess = room.line(FLOOD), room.line(CHESS)
    room.does("pin", flood)
    before = (room.storylines(), room.label(chess))
    backs = []
    for words in (
        ("rename", chess, "Chess news"),
        ("move", room.event(CHESS), flood),
        ("split", flood, room.article(GYMS), "--name", "Gyms"),
        ("close", flood),
    ):
        said = room.says("storylines", *words)
        backs.append(shlex.split(said.split("To take it back: storywire ")[1]))
    assert room.storylines() == {flood: {FLOOD, CHESS}, "gyms": {GYMS}}
    for back in reversed(backs):
        room.says(*back)
    assert (room.storylines(), room.label(chess)) == before


def test_an_explanation_tells_what_became_of_an_article_since(room: Newsroom) -> None:
    chess = room.line(CHESS)
    room.does("move", room.article(GYMS), chess)
    room.does("rename", chess, "Chess and gyms")
    said = " ".join(room.says("explain", room.article(GYMS)).split())
    assert "joined an event" in said
    old = room.event(FLOOD)
    assert f"a person took event {room.event(GYMS)} out of “{room.label(old)}” ({old})" in said
    assert f"a person moved event {room.event(GYMS)} to “Chess and gyms” ({chess})" in said
    assert f"a person named {chess} “Chess and gyms”" in said
    assert f"{room.event(GYMS)} stays in “Chess and gyms” ({chess}): a person" in said
    found = room.here.ask("explain", room.article(GYMS), "--json").json
    assert [step["entry"]["kind"] for step in found["history"]] == [
        "joined",
        "split_from",
        "joined",
        "joined",
        "renamed",
    ]


def test_two_articles_are_explained_side_by_side(room: Newsroom) -> None:
    def said(one: str, other: str) -> str:
        return " ".join(room.says("explain", room.article(one), "--with", room.article(other)).split())

    together, apart = said(FLOOD, GYMS), said(GYMS, CHESS)
    assert "Together: both are in one event" in together
    assert "is needed: words" in together
    assert apart.startswith("first")
    assert "Apart: the first is in" in apart
    room.does("merge", room.line(FLOOD), room.line(CHESS))
    assert "but in two events" in said(GYMS, CHESS)
    assert "a person made" in said(CHESS, GYMS)
    room.does("split", room.line(CHESS), room.event(CHESS), "--name", "Chess")
    assert "never becomes part of" in said(GYMS, CHESS)
    pair = room.here.ask("explain", room.article(FLOOD), "--with", room.article(GYMS), "--json").json
    assert pair["share"] == "event"
