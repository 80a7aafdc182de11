"""The commands as a person uses them on one installation: subscribe, define, be told, remove; and Prefect's server."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.server import Answer, Server, serving

LINE = "Palmyra museum"
PALMYRA = {
    "file": (
        "Palmyra's museum to be emptied of what is left",
        """Curators have begun to carry what is left of the collection out of the museum at Palmyra, the ruined desert
        town in Syria from which Islamic State fighters were driven in March.

        Statues and funerary busts that the militants broke with hammers are packed in crates and taken to Damascus,
        where restorers hope to put many of them together again.""",
    ),
    "address": (
        "Broken busts of Palmyra reach the capital",
        """Three lorries with crates of broken statuary from the museum at Palmyra arrived in Damascus on Sunday, and
        restorers began to sort the fragments of funerary busts on long tables.

        Islamic State militants smashed the faces of the Palmyra portraits before Syrian troops took the town back.
        The restorers said that a good part of the museum's busts could be saved.""",
    ),
    "stored": (
        "Polish restorers return from Palmyra's museum",
        """A team of Polish stone restorers came home on Friday after two weeks in the ransacked museum at Palmyra, in
        the Syrian desert, where they photographed and crated the fragments of some 200 statues.

        They said that militants had hacked off the faces of most funerary busts, that rain came through a hole in the
        roof of the museum, and that the great lion at its gate could be put up again.""",
    ),
    "later": (
        "Lion of Palmyra's museum stands again",
        """The limestone lion that guarded the museum at Palmyra until Islamic State militants toppled it stands again,
        this time in a court of the national museum in Damascus.

        Restorers from Poland and Syria joined its fragments in two months. The museum at Palmyra itself, whose
        statues and funerary busts were smashed, stays closed, because the town in the desert is still mined.""",
    ),
}
FORMATS = {"atom": "palmyra-museum-survey", "rdf": "smokies-wildfire", "json": "striker-record-fee"}
"""Which report stands, with its whole text, in the feed of which format."""


def rss(items: dict[str, str], reports: dict[str, Any]) -> str:
    """Summaries with links, by link the report's slug."""
    said = "".join(
        f"<item><title>{escape(reports[slug].title)}</title><link>{link}</link>"
        f"<description>{escape(reports[slug].paragraphs[0])}</description></item>"
        for link, slug in items.items()
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Desert Post</title>{said}</channel></rss>'


def whole(kind: str, report: Any, link: str) -> Answer:
    """A feed of one report, with its whole text."""
    html = escape("".join(f"<p>{paragraph}</p>" for paragraph in report.paragraphs))
    title, at, name = escape(report.title), report.published, escape(report.publisher)
    if kind == "atom":
        said = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>{name}</title><entry><id>{link}</id><title>{title}
        </title><link href="{link}"/><updated>{at}</updated><content type="html">{html}</content></entry></feed>"""
    elif kind == "rdf":
        said = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
        <channel rdf:about="{link}"><title>{name}</title></channel><item rdf:about="{link}"><title>{title}</title>
        <link>{link}</link><dc:date>{at}</dc:date><content:encoded>{html}</content:encoded></item></rdf:RDF>"""
    else:
        item = {"id": link, "url": link, "title": report.title, "content_text": report.text, "date_published": at}
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": report.publisher, "items": [item]}
        said = json.dumps(feed)
    return 200, {}, said.encode()


@dataclass
class Weeks:
    """What was done and seen, step by step, on one installation."""

    here: Any
    api: str
    server: Server
    feeds: dict[str, str]
    links: dict[str, str]
    alerts: Path
    done: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)

    def told(self) -> list[dict[str, Any]]:
        lines = self.alerts.read_text("utf-8").splitlines() if self.alerts.exists() else []
        return [json.loads(line) for line in lines]

    def titles(self, of: str) -> set[str]:
        sql = "SELECT title FROM articles JOIN storyline_articles USING (article_id) WHERE storyline_id = ?"
        return {title for (title,) in self.here.rows(sql, of)}


@pytest.fixture(scope="module")
def reports(news: dict[str, Any], report: Any) -> dict[str, Any]:
    """Those written for all tests, and those about Palmyra's museum."""
    paper = "Desert Post"
    day = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%d}"  # news; what is older than the last look is silent
    return news | {slug: report(slug, title, paper, day, text) for slug, (title, text) in PALMYRA.items()}


@pytest.fixture(scope="module")
def weeks(
    served_installation: Any, reports: dict[str, Any], closed: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Weeks]:
    here, folder = served_installation(), tmp_path_factory.mktemp("weeks")
    with ExitStack() as stack:
        server, pages = (stack.enter_context(serving(address=address)) for address in ("0.0.0.0", "127.0.0.2"))
        port = server.url.rpartition(":")[2]
        server.url = f"http://127.0.0.1:{port}"
        links = {slug: f"{pages.url}/{slug}" for slug in ("address", "stored", "later", "guards-walkout")}
        for slug, link in links.items():
            pages.routes[f"/{slug}"] = reports[slug].page(link)
        pages.routes["/address?edition=2"] = reports["address"].page(links["address"])
        for kind, slug in FORMATS.items():
            links[slug] = f"{server.url}/{slug}"
            server.routes[f"/feed.{kind}"] = whole(kind, reports[slug], links[slug])
        file = folder / "desert post.rss"
        file.write_text(rss({links["stored"]: "stored", links["guards-walkout"]: "guards-walkout"}, reports))
        # each feed has a host of its own, so that none waits for another
        feeds = {kind: f"http://127.0.0.{n}:{port}/feed.{kind}" for n, kind in enumerate(FORMATS, 3)}
        feeds["file"] = file.as_uri()
        told = Weeks(here, here.server, server, feeds, links, folder / "alerts.jsonl")
        subscribe(told, file, f"{closed}/feed.rss")
        define(told, folder, reports)
        come_back(told, file, reports)
        yield told


def subscribe(weeks: Weeks, file: Path, dead: str) -> None:
    """Five feeds are added, of which one is paused, and a first run collects what they have."""
    here = weeks.here
    for where in (*(weeks.feeds[kind] for kind in FORMATS), str(file), dead):
        weeks.done[where] = here.ask("feeds", "add", where, "--folder", "Papers")
    weeks.done["again"] = here.ask("feeds", "add", weeks.feeds["atom"], "--json")
    weeks.done["pause"] = here.ask("feeds", "pause", dead)
    weeks.done["first run"] = here.run("run", PREFECT_API_URL=f"{dead}/api", PREFECT_API_KEY="mine")
    weeks.seen["feeds"] = here.ask("feeds", "list", "--json").json
    weeks.seen["titles"] = {title for (title,) in here.rows("SELECT title FROM articles")}


def define(weeks: Weeks, folder: Path, reports: dict[str, Any]) -> None:
    """All is watched; then a storyline is defined by a file, by an address, and by the address of a stored article."""
    here, seed = weeks.here, folder / "seed.txt"
    seed.write_text(f"{reports['file'].title}\n\n{reports['file'].text}")
    weeks.done["watch"] = here.ask("alerts", "add", "all", "--target", f"file:{weeks.alerts}", "--json")
    given = [
        word
        for where in (str(seed), f"{weeks.links['address']}?edition=2", weeks.links["stored"])
        for word in ("--seed", where)
    ]
    weeks.done["define"] = here.run("storylines", "add", LINE, *given)
    weeks.seen["told when defined"] = weeks.told()
    weeks.seen["members when defined"] = weeks.titles("palmyra-museum")


def come_back(weeks: Weeks, file: Path, reports: dict[str, Any]) -> None:
    """An article is removed; its feed lists it again, with new coverage, while somebody reads the snapshot."""
    here, sql = weeks.here, "SELECT title FROM articles ORDER BY title"
    one = ("--target", f"file:{weeks.alerts}.one", "--storyline", LINE)
    weeks.done["watch one"] = here.ask("alerts", "add", "one", *one, "--json")
    weeks.done["delete"] = here.ask("articles", "delete", weeks.links["guards-walkout"])
    weeks.seen["after delete"] = weeks.here.rows(sql)
    items = {weeks.links[slug]: slug for slug in ("guards-walkout", "stored", "later")}
    file.write_text(rss(items, reports).replace("Desert Post", "The Desert Post"))
    weeks.done["resume"] = here.ask("feeds", "resume", str(file))
    with duckdb.connect(str(here.snapshot), read_only=True) as reader:
        weeks.done["third run"] = here.run("run")
        weeks.seen["by an old reader"] = reader.execute(sql).fetchall()
    weeks.seen["told of coverage"] = weeks.told()
    stale = """import duckdb, os, sys
con = duckdb.connect(sys.argv[1])
con.execute("CREATE TABLE intruder (i INT)")
os._exit(0)"""
    here.snapshot.chmod(0o644)
    subprocess.run([sys.executable, "-c", stale, str(here.snapshot)], check=True)
    weeks.seen["stale"] = [path.name for path in here.home.glob("*.wal")]
    weeks.done["ask beside a stale log"] = here.ask("sql", "select count(*) as n from articles", "--json")
    weeks.done["fourth run"] = here.run("run", "--json")


def test_each_command_of_these_weeks_did_its_job_and_said_nothing_on_stderr(weeks: Weeks) -> None:
    assert {name: (done.status, done.err) for name, done in weeks.done.items()} == dict.fromkeys(weeks.done, (0, ""))


def test_feeds_of_every_format_are_read_and_a_file_is_added_by_its_path(weeks: Weeks, reports: dict[str, Any]) -> None:
    read = {*FORMATS.values(), "stored", "guards-walkout"}
    assert {reports[slug].title for slug in read} <= weeks.seen["titles"]
    assert len(weeks.seen["titles"]) == len(read) + 5
    feeds = {feed["url"]: feed for feed in weeks.seen["feeds"]}
    assert {url: feeds[url]["state"] for url in weeks.feeds.values()} == dict.fromkeys(weeks.feeds.values(), "ok")
    assert feeds[weeks.feeds["json"]]["title"] == reports["striker-record-fee"].publisher


def test_a_feed_that_is_there_already_is_not_added_twice(weeks: Weeks) -> None:
    assert weeks.done["again"].json == {"added": 0, "url": weeks.feeds["atom"]}


def test_a_paused_feed_is_not_polled(weeks: Weeks) -> None:
    (paused,) = [feed for feed in weeks.seen["feeds"] if feed["paused"]]
    assert (paused["state"], paused["checked_at"]) == ("new", None)
    assert "The network" not in weeks.done["first run"].out


def test_stored_articles_join_a_new_storyline_at_once_and_nobody_is_alerted(
    weeks: Weeks, reports: dict[str, Any]
) -> None:
    seeds = {reports[slug].title for slug in ("file", "address", "stored")}
    assert weeks.seen["members when defined"] == seeds | {reports["palmyra-museum-survey"].title}
    assert LINE in weeks.done["define"].out
    assert weeks.seen["told when defined"] == []


def test_a_stored_article_that_is_named_as_a_seed_is_there_once(weeks: Weeks) -> None:
    assert weeks.here.one("SELECT count(*) FROM articles WHERE url = ?", weeks.links["stored"]) == 1


def test_a_seed_by_address_is_stored_under_the_address_that_its_page_states(
    weeks: Weeks, reports: dict[str, Any]
) -> None:
    (row,) = weeks.here.rows("SELECT title, url FROM articles WHERE url LIKE '%/address%'")
    assert row == (f"{reports['address'].title}", weeks.links["address"])
    assert weeks.here.one("SELECT count(*) FROM entries WHERE state <> 'stored' AND feed_url IS NULL") == 0


def test_later_coverage_is_told_once_to_each_watch(weeks: Weeks, reports: dict[str, Any]) -> None:
    (message,) = weeks.seen["told of coverage"]
    (line,) = message["data"]["storylines"]
    assert (line["storyline_id"], line["label"]) == ("palmyra-museum", LINE)
    assert [told["title"] for told in line["reports"]] == [reports["later"].title]
    assert weeks.told() == [message]
    (other,) = [json.loads(line) for line in Path(f"{weeks.alerts}.one").read_text("utf-8").splitlines()]
    assert [line["storyline_id"] for line in other["data"]["storylines"]] == ["palmyra-museum"]
    assert other["data"]["message_id"] != message["data"]["message_id"]
    nothing = {"delivered": 0, "failed": {}, "waiting": 0, "queued": 0, "silent": {}}
    assert weeks.done["fourth run"].json["alerts"] == nothing


def test_a_removed_article_is_gone_at_once_and_does_not_come_back(weeks: Weeks, reports: dict[str, Any]) -> None:
    title = reports["guards-walkout"].title
    assert title in weeks.seen["titles"]
    assert (title,) not in weeks.seen["after delete"]
    assert weeks.here.rows("FROM articles WHERE title = ? OR url = ?", title, weeks.links["guards-walkout"]) == []
    assert weeks.here.rows("SELECT state, title FROM entries WHERE url = ?", weeks.links["guards-walkout"]) == [
        ("deleted", None)
    ]
    words = reports["guards-walkout"].paragraphs[2][:40].encode()
    left = [path.name for path in weeks.here.home.rglob("*.duckdb*") if words in path.read_bytes()]
    assert left == []


def test_a_reader_who_holds_the_snapshot_open_goes_on_reading_during_a_run(
    weeks: Weeks, reports: dict[str, Any]
) -> None:
    assert weeks.seen["by an old reader"] == weeks.seen["after delete"]
    assert weeks.here.one("SELECT count(*) FROM articles WHERE title = ?", reports["later"].title) == 1


def test_a_stale_log_beside_the_snapshot_does_no_harm(weeks: Weeks) -> None:
    assert weeks.seen["stale"] == ["storywire.duckdb.wal"]
    assert list(weeks.here.home.glob("*.wal")) == []
    assert weeks.here.rows("FROM duckdb_tables() WHERE table_name = 'intruder'") == []
    assert weeks.done["fourth run"].json["storylines"] == []
    count = weeks.here.one("SELECT count(*) FROM articles")
    assert weeks.done["ask beside a stale log"].json == [{"n": count}]


def test_a_run_appears_on_the_prefect_server_that_storywire_is_told_to_use(weeks: Weeks) -> None:
    def post(path: str) -> list[dict[str, Any]]:
        request = urllib.request.Request(
            f"{weeks.api}/{path}/filter", b"{}", {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            found: list[dict[str, Any]] = json.load(response)
            return found

    names = {flow["id"]: flow["name"] for flow in post("flows")}
    assert set(names.values()) >= {"ingest", "collect", "update-storylines", "publish", "deliver"}
    ingests = [run for run in post("flow_runs") if names[run["flow_id"]] == "ingest"]
    assert "COMPLETED" in {run["state_type"] for run in ingests}
    assert not (weeks.here.home / "prefect" / "prefect.db").exists()


def test_the_list_of_feeds_makes_a_round_trip_through_opml(weeks: Weeks, new_installation: Any, tmp_path: Path) -> None:
    exported = weeks.here.ask("feeds", "export")
    (tmp_path / "feeds.opml").write_text(exported.out, "utf-8")
    other = new_installation()
    for added in (4, 0):
        told = other.ask("feeds", "import", str(tmp_path / "feeds.opml"), "--json").json
        [left_out] = told.pop("left_out")  # somebody's list must not make files of this machine into feeds
        assert told == {"added": added, "in_file": 5}
        assert left_out.startswith("file:///")

    def given(installation: Any) -> list[tuple[str, str, str]]:
        feeds = installation.ask("feeds", "list", "--json").json
        return [(f["url"], f["title"], f["folder"]) for f in feeds if not f["url"].startswith("file:")]

    assert given(other) == given(weeks.here)
    assert set(other.ask("feeds", "export").out.splitlines()) < set(exported.out.splitlines())


def test_a_removed_feed_leaves_what_it_brought(weeks: Weeks, tmp_path: Path) -> None:
    here = weeks.here.copy(tmp_path / "home")
    assert here.ask("feeds", "remove", weeks.feeds["rdf"], "--json").json == {"removed": weeks.feeds["rdf"]}
    assert weeks.feeds["rdf"] not in here.ask("feeds", "export").out
    assert here.one("SELECT count(*) FROM articles WHERE url = ?", weeks.links["smokies-wildfire"]) == 1
    assert here.one("SELECT count(*) FROM feeds WHERE feed_url = ?", weeks.feeds["rdf"]) == 0


def test_watches_are_listed_and_removed(weeks: Weeks, tmp_path: Path) -> None:
    here = weeks.here.copy(tmp_path / "home")
    listed = here.ask("alerts", "list", "--json").json
    assert {(watch["storyline_id"], watch["target"]) for watch in listed} == {
        (None, f"file:{weeks.alerts}"),
        ("palmyra-museum", f"file:{weeks.alerts}.one"),
    }
    for watch in listed:
        assert watch["name"] in here.ask("alerts", "list").out
        assert here.ask("alerts", "remove", watch["watch_id"]).status == 0
    assert here.ask("alerts", "list", "--json").json == []


@pytest.mark.parametrize(
    "command",
    [
        ("storylines",),
        ("storylines", "show", LINE),
        ("feeds", "list"),
        ("alerts", "list"),
        ("explain", "{later}"),
        ("sql", "FROM articles"),
        ("sql", "FROM feeds"),
        ("sql", "FROM events JOIN storylines USING (storyline_id)"),
        ("sql", "SELECT * FROM runs"),
    ],
)
def test_a_reading_command_prints_for_people_or_json_alone(weeks: Weeks, command: tuple[str, ...]) -> None:
    words = [word.format(later=weeks.links["later"]) for word in command]
    said, plain = weeks.here.ask(*words, "--json"), weeks.here.ask(*words)
    assert (said.status, said.err, plain.status, plain.err) == (0, "", 0, "")
    assert said.json
    assert plain.out.strip()
    assert "\x1b" not in plain.out + said.out  # no colours in a pipe
    assert max(len(line) for line in plain.out.splitlines()) <= 80


def test_no_id_is_cut_in_a_list(weeks: Weeks) -> None:
    shown = weeks.here.ask("storylines").out.split()
    assert [(i,) for (i,) in weeks.here.rows("SELECT storyline_id FROM storylines") if i not in shown] == []


@pytest.mark.parametrize("words", [("--jsonl", "FROM range(99999)"), ("SELECT repeat('x', 999) FROM range(900)",)])
def test_a_reader_of_a_pipe_may_stop_reading(weeks: Weeks, words: tuple[str, ...]) -> None:
    question = [str(Path(sys.executable).with_name("storywire")), "sql", *words]
    with subprocess.Popen(
        question, env=weeks.here.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as asked:
        assert asked.stdout is not None
        assert asked.stderr is not None
        asked.stdout.readline()
        asked.stdout.close()
        assert (asked.stderr.read(), asked.wait(60)) == ("", 0)


@pytest.mark.parametrize(
    "words", [("storylines",), ("feeds", "list", "--json"), ("search", "aleppo", "--by", "words"), ("sql", "SELECT 1")]
)
def test_a_pipe_that_nobody_reads_is_no_failure_of_any_command(weeks: Weeks, words: tuple[str, ...]) -> None:
    command = [str(Path(sys.executable).with_name("storywire")), *words]
    with subprocess.Popen(
        command, env=weeks.here.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as asked:
        assert asked.stdout is not None
        assert asked.stderr is not None
        asked.stdout.close()
        assert (asked.stderr.read(), asked.wait(60)) == ("", 0)
