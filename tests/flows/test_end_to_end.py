"""A newspaper stand on this machine, read by the real program with the real model: what joins, what not, what repeats.

3 reports about Aleppo stand amid 10 about other things, one of them another Syrian subject; another publisher repeats
one of the 3. Each page has the usual dirt around its text.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.server import Answer, Request, Server, serving

SEEDED = "aleppo-siege-diplomacy"
SEEDS = 5
HOSTS = [f"127.0.0.{last}" for last in range(1, 8)]  # pages of one host are fetched a second apart
COPY = "council-monitors-vote-copy"
POLLING = ("checked_at", "succeeded_at", "next_check_at", "check_interval", "items_per_day")


@dataclass
class Stand:
    """The servers, with what was asked of each; `links` are the reports' addresses by slug."""

    servers: list[Server]
    links: dict[str, str]
    wire: str  # the feed of 13
    record: str  # the feed of the copy

    def asked(self) -> Counter[str]:
        return Counter(path for server in self.servers for path in server.paths())


@pytest.fixture(scope="module")
def stand(news: dict[str, Any]) -> Iterator[Stand]:
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(address=address)) for address in HOSTS]
        links = {}
        for server, (slug, report) in zip(cycle(servers), news.items(), strict=False):
            links[slug] = f"{server.url}/{report.published[:10]}/{slug}"
            server.routes[f"/{report.published[:10]}/{slug}?utm_source=rss"] = report.page(links[slug])
            server.routes[f"/{report.published[:10]}/{slug}"] = report.page(links[slug])
        reports = {slug: report for slug, report in news.items() if not report.of}
        servers[0].routes["/wire.rss"] = rss(reports, links, servers[0])
        servers[1].routes["/record.atom"] = atom(news[COPY], links[COPY])
        yield Stand(servers, links, f"{servers[0].url}/wire.rss", f"{servers[1].url}/record.atom")


def rss(reports: dict[str, Any], links: dict[str, str], server: Server) -> Any:
    """A feed with summaries only, as a wire of many publishers. Each time it is asked, it says another build date."""
    items = "".join(
        f"<item><title>{escape(r.title)}</title><link>{links[slug]}?utm_source=rss</link>"
        f'<guid isPermaLink="false">wire:{slug}</guid><source url="{server.url}/">{escape(r.publisher)}</source>'
        f"<pubDate>{format_datetime(datetime.fromisoformat(r.published))}</pubDate>"
        f"<description>{escape(r.paragraphs[0])}</description></item>"
        for slug, r in reports.items()
    )

    def answer(_: Request) -> Answer:
        built = f"<lastBuildDate>{len(server.requests)}</lastBuildDate>"
        said = f'<rss version="2.0"><channel><title>The wire</title>{built}{items}</channel></rss>'
        return 200, {"Content-Type": "application/rss+xml; charset=utf-8"}, said.encode()

    return answer


def atom(report: Any, link: str) -> Answer:
    said = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>{report.publisher}</title>
    <id>{link}/feed</id><entry><id>{link}</id><title>{escape(report.title)}</title><link href="{link}"/>
    <published>{report.published}</published><summary>{escape(report.paragraphs[0])}</summary></entry></feed>"""
    return 200, {"Content-Type": "application/atom+xml"}, said.encode()


@dataclass(frozen=True)
class Told:
    """Two runs one after the other: what each printed, and what could be read after each."""

    installation: Any
    first: Any
    second: Any
    after_first: dict[str, list[str]]
    after_second: dict[str, list[str]]
    asked_by_second: Counter[str]


@pytest.fixture(scope="module")
def told(new_installation: Any, stand: Stand, closed: str, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The second run starts in a folder, and with variables, that lead Prefect to a server that is not there."""
    here = new_installation()
    for feed in (stand.wire, stand.record):
        assert here.ask("feeds", "add", feed).status == 0
    first = here.run("run", "--json")
    after_first = here.views(feeds=POLLING)
    asked = stand.asked()
    for feed in (stand.wire, stand.record):
        assert here.ask("feeds", "resume", feed).status == 0  # it is due again
    foreign = tmp_path_factory.mktemp("foreign")
    (foreign / "prefect.toml").write_text(f'[api]\nurl = "{closed}/api"\n')
    (foreign / ".env").write_text(f"PREFECT_API_URL={closed}/api\nPREFECT_API_KEY=secret\n")
    (foreign / "profiles.toml").write_text(f'active = "mine"\n[profiles.mine]\nPREFECT_API_URL = "{closed}/api"\n')
    second = here.run(
        "run",
        cwd=foreign,
        PREFECT_API_URL=f"{closed}/api",
        PREFECT_API_KEY="secret",
        PREFECT_PROFILES_PATH=str(foreign / "profiles.toml"),
        PREFECT_PROFILE="mine",
    )
    return Told(here, first, second, after_first, here.views(feeds=POLLING), stand.asked() - asked)


@pytest.fixture(scope="module")
def ids(told: Told, stand: Stand) -> dict[str, str]:
    """The article of each report, by slug; its address is the page's, without the feed's tracking."""
    found = dict(told.installation.rows("SELECT url, article_id FROM articles WHERE url IS NOT NULL"))
    return {slug: found[link] for slug, link in stand.links.items()}


def test_a_good_run_in_a_pipe_prints_json_alone_and_nothing_on_stderr(told: Told) -> None:
    assert (told.first.status, told.first.err) == (0, "")
    times = {"run_id", "seconds", "model_seconds"}
    assert set(told.first.json) == times | {"network_down", "feeds", "counts", "storylines", "revised", "alerts"}
    assert told.first.json["feeds"] == {"polled": 2, "failed": {}, "odd": []}


def test_the_sums_of_a_run_balance_and_no_entry_is_left_over(told: Told) -> None:
    counts = told.first.json["counts"]
    assert counts["pending_before"] + counts["entries_new"] == sum(counts["settled"].values()) + counts["pending"]
    assert counts == counts | {"entries_new": 14 + SEEDS, "pending": 0, "articles_new": 14 + SEEDS, "copies_new": 1}
    assert told.installation.rows("SELECT state, count(*) FROM entries GROUP BY state") == [("stored", 14 + SEEDS)]
    assert told.installation.one("SELECT count(*) FROM articles") == 14 + SEEDS


def test_the_three_reports_about_aleppo_join_the_seeded_storyline_and_the_ten_others_do_not(
    told: Told, ids: dict[str, str], news: dict[str, Any]
) -> None:
    members = told.installation.rows("SELECT article_id FROM storyline_articles WHERE storyline_id = ?", SEEDED)
    joined = {slug for slug, article_id in ids.items() if (article_id,) in members}
    assert joined == {slug for slug, report in news.items() if report.about == "aleppo"}
    assert len(members) == len(joined) + SEEDS
    (line,) = told.installation.rows("SELECT label, pinned, article_count, copy_count FROM storylines WHERE pinned")
    assert line == ("Aleppo siege diplomacy", True, 8, 1)
    (change,) = [c for c in told.first.json["storylines"] if c["storyline"]["storyline_id"] == SEEDED]
    assert (change["new"], change["storyline"]["article_count"]) == (8, 8)


def test_the_ten_others_do_not_gather_in_one_storyline_either(told: Told) -> None:
    sizes = told.installation.rows("SELECT article_count FROM storylines WHERE NOT pinned")
    assert sizes == [(1,)] * 10


def test_the_syndicated_copy_is_recorded_as_a_duplicate_of_the_report(told: Told, ids: dict[str, str]) -> None:
    ((copy, original, kind, similarity),) = told.installation.rows(
        "SELECT article_id, canonical_id, kind, similarity FROM duplicates"
    )
    assert (copy, original, kind) == (ids[COPY], ids["council-monitors-vote"], "near")
    assert 0.7 <= similarity <= 1
    assert told.installation.rows("FROM storyline_articles WHERE article_id = ?", copy) == []


def test_an_article_has_the_feeds_title_date_and_publisher(
    told: Told, ids: dict[str, str], news: dict[str, Any]
) -> None:
    for slug, report in news.items():
        ((*said,),) = told.installation.rows(
            "SELECT title, publisher, published_at, published_precision, language FROM articles WHERE article_id = ?",
            ids[slug],
        )
        at = datetime.fromisoformat(report.published).replace(tzinfo=None)
        assert said == [report.title, report.publisher, at, "minute", "en"]  # no feed says the second


def test_an_article_is_the_whole_report_and_nothing_that_stands_around_it(
    told: Told, ids: dict[str, str], news: dict[str, Any], dirt: tuple[str, ...]
) -> None:
    for slug, report in news.items():
        text = told.installation.one("SELECT text FROM articles WHERE article_id = ?", ids[slug])
        assert [p for p in report.paragraphs if p not in text and "sign up for our" not in p] == []
        assert [words for words in dirt if words in text] == []


def test_the_timeline_shows_all_reports_in_order_and_marks_the_copy(told: Told, ids: dict[str, str]) -> None:
    shown = told.installation.ask("storylines", "show", SEEDED, "--json").json
    assert [row["published_at"] for row in shown["rows"]] == sorted(row["published_at"] for row in shown["rows"])
    assert len(shown["rows"]) == 9
    copies = {row["article_id"]: row["canonical_id"] for row in shown["rows"] if row["canonical_id"]}
    assert copies == {ids[COPY]: ids["council-monitors-vote"]}
    printed = told.installation.ask("storylines", "show", "Aleppo siege").out
    assert "8 reports, 1 copy" in printed
    assert f"(repeats {ids['council-monitors-vote'][:8]})" in " ".join(printed.split())


def test_the_list_of_storylines_begins_with_the_one_that_a_person_named(told: Told) -> None:
    listed = told.installation.ask("storylines", "--json").json
    assert [line["storyline_id"] for line in listed if line["pinned"]] == [listed[0]["storyline_id"]] == [SEEDED]
    assert "Aleppo siege diplomacy" in told.installation.ask("storylines").out


def test_explain_says_why_a_report_joined_with_the_numbers_behind_it(told: Told, ids: dict[str, str]) -> None:
    found = told.installation.ask("explain", ids["ankara-moscow-truce"], "--json").json
    assert found["label"] == "Aleppo siege diplomacy"
    assert found["duplicate"] is None
    evidence = found["assignment"]["evidence"]
    assert evidence["storyline"]["score"] >= evidence["storyline"]["needed"] > evidence["storyline"]["best_other"]
    assert evidence["nearest"][0]["title"]
    printed = told.installation.ask("explain", ids["ankara-moscow-truce"][:10]).out
    assert "It is in Aleppo siege diplomacy" in printed
    assert "is needed" in printed


def test_explain_says_of_the_copy_what_it_repeats_and_where_that_is(
    told: Told, stand: Stand, ids: dict[str, str]
) -> None:
    found = told.installation.ask("explain", stand.links[COPY], "--json").json
    assert found["duplicate"]["canonical_id"] == ids["council-monitors-vote"] == found["canonical"]["article_id"]
    assert found["assignment"]["article_id"] == ids["council-monitors-vote"]
    printed = " ".join(told.installation.ask("explain", stand.links[COPY]).out.split())
    assert f"It repeats {ids['council-monitors-vote']}" in printed
    assert "words of the shorter text stand in the other" in printed
    assert "That report is in Aleppo siege diplomacy" in printed


def test_sql_on_the_command_line_says_what_a_client_of_ones_own_reads(told: Told) -> None:
    question = "SELECT title, published_at FROM articles ORDER BY article_id"
    asked = told.installation.run("sql", question, "--json")
    assert (asked.status, asked.err) == (0, "")
    own = told.installation.rows(question)
    assert [(row["title"], row["published_at"]) for row in asked.json] == [
        (title, at.isoformat() if at else None) for title, at in own
    ]


def test_a_second_run_changes_nothing_though_the_feeds_are_read_anew(told: Told) -> None:
    assert (told.second.status, told.second.err) == (0, "")
    assert told.second.out.splitlines()[0] == "Nothing new."
    assert told.after_second == told.after_first
    assert told.asked_by_second == {"/wire.rss": 1, "/record.atom": 1}
    runs = told.installation.rows(
        "SELECT feeds_polled, feeds_failed, entries_new, articles_new, copies_new, pending FROM runs ORDER BY run_id"
    )
    assert runs == [(2, 0, 14 + SEEDS, 14 + SEEDS, 1, 0), (2, 0, 0, 0, 0, 0)]


def test_a_server_that_a_persons_own_prefect_settings_name_is_never_used(told: Told, closed: str) -> None:
    assert told.second.status == 0  # the server that they name is not there
    assert closed not in told.second.out + told.second.err


def test_all_that_an_installation_has_lies_in_its_folder(told: Told) -> None:
    names = {path.name for path in Path(told.installation.home).iterdir()}
    assert names == {"storywire.duckdb", "private", "prefect"}
    assert [path.name for path in Path(told.installation.home).parent.iterdir()] == ["home"]


def test_pages_are_asked_for_once_and_by_a_client_that_says_who_it_is(stand: Stand, told: Told) -> None:
    assert stand.asked() == dict.fromkeys(stand.asked(), 1) | {"/wire.rss": 2, "/record.atom": 2} | {
        "/robots.txt": len(stand.servers)  # once of each host, for both runs
    }
    assert len(stand.asked()) == 14 + 2 + 1
    agents = {request.headers["user-agent"] for server in stand.servers for request in server.requests}
    assert [agent.startswith("Storywire/") for agent in agents] == [True]
