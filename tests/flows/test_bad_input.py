"""Bad input gets one clear line and loses nothing: files, feeds, folders, databases, disks, models, names and SQL."""

import json
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from tests.server import serving

SEED = """---
title: Guards walk out on the southern railway
published: 2016-12-12
---

Barely one train in ten ran on the southern railway on Monday, because drivers and guards had walked out together.

The two unions want a second member of staff on each train; the operator wants drivers to close the doors.
"""
RSS = '<rss version="2.0"><channel><title>Paper</title>{}</channel></rss>'
ITEM = """<item><title>Ferry returns to the harbour with all of its crew</title><guid>1</guid><description>The ferry
came back to the harbour on Tuesday with all of its crew safe after two days in the storm, said the harbour master.
</description></item>"""


def writer(installation: Any) -> dict[str, list[str]]:
    """All that the writer's own database says, by table."""
    with duckdb.connect(str(installation.home / "private/writer.duckdb"), read_only=True) as con:
        tables = con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        return {table: sorted(map(repr, con.execute(f"FROM {table}").fetchall())) for (table,) in tables}


def assert_one_line(done: Any, *words: str) -> None:
    """The command could not do its job, and said so in one line that has these words."""
    assert done.status == 1, done
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert line.startswith("storywire: ")
    assert [word for word in words if word not in line] == []


@pytest.fixture(scope="module")
def net_down(served_installation: Any, free_port: Callable[[], int]) -> Any:
    """A run of a new installation while no host can be reached, and what it printed."""
    here = served_installation()
    for host in ("127.0.0.1", "127.0.0.2"):
        assert here.ask("feeds", "add", f"http://{host}:{free_port()}/feed.rss").status == 0
    return here, here.run("run")


@pytest.fixture(scope="module")
def base(net_down: Any) -> Any:
    """An installation with the seeds that come with Storywire; not to be harmed."""
    return net_down[0]


@pytest.fixture
def copy(base: Any, tmp_path: Path) -> Any:
    return base.copy(tmp_path / "home")


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder with a new seed."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "guards.md").write_text(SEED)
    return folder


def test_when_every_host_fails_the_network_is_down_and_no_feed_is_blamed(net_down: Any) -> None:
    here, done = net_down
    assert (done.status, done.err) == (0, "")
    said = [line for line in done.out.splitlines() if "network" in line]
    assert said == ["The network is down: no host could be reached. Their feeds are due again in a quarter of an hour."]
    assert "127.0.0.1" not in done.out
    assert here.rows("SELECT state, reason, failures, succeeded_at FROM feeds") == [("new", None, 0, None)] * 2
    assert here.rows("SELECT feeds_polled, feeds_failed, articles_new FROM runs") == [(2, 0, 5)]


def test_the_seeds_are_done_while_the_network_is_down(net_down: Any) -> None:
    here, done = net_down
    assert "Aleppo siege diplomacy" in done.out
    assert here.rows("SELECT state, count(*) FROM entries GROUP BY state") == [("stored", 5)]
    assert here.one("SELECT article_count FROM storylines WHERE pinned") == 5


def test_a_feed_that_fails_is_named_with_its_reason_and_the_others_are_read(
    copy: Any, closed: str, tmp_path: Path
) -> None:
    for feed in copy.ask("feeds", "list", "--json").json:
        copy.ask("feeds", "remove", feed["url"])
    routes = {
        "/good.rss": (200, {}, RSS.format(ITEM).encode()),
        "/page": (200, {"Content-Type": "text/html"}, b"<!doctype html><html><body><p>Welcome.</p></body></html>"),
        "/no-items.rss": (200, {}, RSS.format("").encode()),
        "/nothing": (200, {}, b""),
        "/down": (503, {}, b""),
    }
    gone = tmp_path / "gone.rss"
    gone.write_text(RSS.format(""))
    with serving(routes, address="0.0.0.0") as server:
        port = server.url.rpartition(":")[2]  # each feed has a host of its own, so that none waits for another
        at = {path: f"http://127.0.0.{n}:{port}{path}" for n, path in enumerate(routes, 2)}
        for url in at.values():
            assert copy.ask("feeds", "add", url).status == 0
        copy.ask("feeds", "add", f"{closed}/feed")
        copy.ask("feeds", "add", "http://10.0.0.5/feed.xml")
        copy.ask("feeds", "add", str(gone))
        gone.unlink()
        done = copy.run("run")
    assert (done.status, done.err) == (0, "")
    for feed, reason in {
        at["/page"]: "web page, not a feed",
        at["/nothing"]: "empty",
        at["/down"]: "503",
        f"{closed}/feed": "cannot be reached",
        "http://10.0.0.5/feed.xml": "a private address; set STORYWIRE_ALLOW_NETS=10.0.0.0/8 if you mean it",
        gone.as_uri(): "cannot be read",
    }.items():
        assert [reason in line for line in done.out.splitlines() if line.startswith((f"{feed}: ", f"{feed} "))] == [
            True
        ]
    good = copy.rows("SELECT feed_url, failures FROM feeds WHERE state = 'ok' ORDER BY 1")
    assert good == [(at["/good.rss"], 0), (at["/no-items.rss"], 0)]
    assert copy.one("SELECT count(*) FROM feeds WHERE state = 'failing' AND failures = 1 AND reason IS NOT NULL") == 6
    assert copy.one("SELECT count(*) FROM articles WHERE title LIKE 'Ferry%'") == 1


NOT_OPML = {
    "not.xml": ("this is not XML at all", "not XML"),
    "cut.opml": ('<opml version="2.0"><body><outline', "not XML"),
    "feed.rss": (RSS.format(ITEM), "not OPML"),
    "none.opml": ('<opml version="2.0"><body/></opml>', "lists no feeds"),
    "empty.opml": ("", "not XML"),
}


@pytest.mark.parametrize("name", NOT_OPML)
def test_a_file_that_is_no_list_of_feeds_is_refused(base: Any, tmp_path: Path, name: str) -> None:
    text, why = NOT_OPML[name]
    (tmp_path / name).write_text(text)
    before = writer(base)
    assert_one_line(base.ask("feeds", "import", str(tmp_path / name)), why)
    assert writer(base) == before


REFUSED = {
    "a seed that is not there": (("storylines", "add", "Rail strike", "--seed", "no-such.md"), "no-such.md"),
    "a seed that is a folder": (("storylines", "add", "Rail strike", "--seed", "."), "cannot be read"),
    "a seed that is no web address": (("storylines", "add", "Rail strike", "--seed", "ftp://a.b/c"), "ftp://a.b/c"),
    "a name without letters": (("storylines", "add", "!?", "--seed", "no-such.md"), "name"),
    "an unknown storyline": (("storylines", "show", "nobody knows"), "no storyline"),
    "an unknown article": (("explain", "nobody-knows"), "no article"),
    "the removal of an unknown article": (("articles", "delete", "https://example.org/none"), "no article"),
    "the removal of an unknown feed": (("feeds", "remove", "https://example.org/none"), "no feed"),
    "the pause of an unknown feed": (("feeds", "pause", "none"), "no feed none"),
    "a feed that is no address": (("feeds", "add", "nonsense"), "nonsense"),
    "a feed with a password": (("feeds", "add", "https://me:secret@example.org/feed"), "password"),
    "a target that is no file": (("alerts", "add", "mine", "--target", "mailto:me@example.org"), "file:PATH"),
    "a watch on an unknown storyline": (
        ("alerts", "add", "mine", "--target", "stdout", "--storyline", "nobody knows"),
        "no storyline",
    ),
    "the removal of an unknown watch": (("alerts", "remove", "w0"), "no watch “w0”"),
    "SQL that is not SQL": (("sql", "selec 1"), "syntax error"),
    "SQL of a column that is not there": (("sql", "select headline from articles"), "headline"),
    "two statements": (("sql", "select 1; select 2"), "one statement"),
    "no statement": (("sql", ""), "one statement"),
    "SQL that adds a row": (("sql", "insert into private.meta values ('a', 'b')"), "read-only"),
    "SQL that drops a table": (("sql", "drop table private.article"), "read-only"),
    "SQL that reads a file": (("sql", "select * from read_text('/etc/passwd')"), "--allow-files"),
    "SQL that scans a file": (("sql", "select * from '/etc/passwd.csv'"), "--allow-files"),
    "SQL that writes a file": (("sql", "copy articles to 'stolen.csv'"), "--allow-files"),
    "SQL that attaches a file": (("sql", "attach 'other.duckdb'"), "--allow-files"),
    "SQL that reads the web": (("sql", "from read_csv('http://127.0.0.1:1/x.csv')"), "--allow-files"),
    "SQL that installs": (("sql", "install httpfs"), "read-only"),
    "SQL that unlocks": (("sql", "set enable_external_access = true"), "read-only"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused_in_one_line(base: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    command, why = REFUSED[what]
    monkeypatch.chdir(tmp_path)
    before, read = writer(base), base.snapshot.read_bytes()
    done = base.ask(*command)
    assert_one_line(done, why)
    assert "secret" not in done.err
    assert writer(base) == before
    assert base.snapshot.read_bytes() == read
    assert list(tmp_path.iterdir()) == []


WRONG = {
    "no such command": ("report",),
    "no such option": ("run", "--fast"),
    "an argument too few": ("feeds", "add"),
    "no seed": ("storylines", "add", "Rail strike"),
    "a list of feeds that is not there": ("feeds", "import", "none.opml"),
    "a folder of seeds that is not there": ("run", "--seeds", "no-such-folder"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_arguments_end_with_2_and_say_what_is_wrong_in_one_line(base: Any, what: str) -> None:
    done = base.ask(*WRONG[what])
    assert (done.status, done.out) == (2, "")
    (said,) = done.err.splitlines()
    assert said.startswith("storywire: ")
    assert "see storywire" in said


def folder_without_articles(folder: Path) -> str:
    (folder / "notes.json").write_text("{}")
    return "holds no seed articles"


def folder_with_a_lost_member(folder: Path) -> str:
    (folder / "guards.md").write_text(SEED)
    (folder / "strike.toml").write_text('name = "Rail strike"\nmembers = ["drivers.md"]\n')
    return "drivers.md"


def folder_with_an_empty_article(folder: Path) -> str:
    (folder / "guards.txt").write_text("\n")
    return "guards.txt"


def folder_with_a_picture(folder: Path) -> str:
    (folder / "guards.md").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    return "guards.md"


def folder_with_a_wrong_date(folder: Path) -> str:
    (folder / "guards.md").write_text(SEED.replace("2016-12-12", "last Monday"))
    return "last Monday"


@pytest.mark.parametrize(
    "fill",
    [
        folder_without_articles,
        folder_with_a_lost_member,
        folder_with_an_empty_article,
        folder_with_a_picture,
        folder_with_a_wrong_date,
    ],
)
def test_a_folder_of_seeds_is_taken_whole_or_not_at_all(base: Any, tmp_path: Path, fill: Callable[[Path], str]) -> None:
    why, before = fill(tmp_path), writer(base)
    assert_one_line(base.ask("run", "--seeds", str(tmp_path)), why)
    assert writer(base) == before


def test_a_database_of_a_newer_schema_is_left_alone(copy: Any) -> None:
    with duckdb.connect(str(copy.home / "private/writer.duckdb")) as con:
        con.execute("UPDATE private.meta SET value = '99' WHERE key = 'schema_version'")
    before = (copy.home / "private/writer.duckdb").read_bytes()
    for command in (("run",), ("feeds", "list"), ("articles", "delete", "x")):
        assert_one_line(copy.ask(*command), "schema 99", "update Storywire")
    assert (copy.home / "private/writer.duckdb").read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone_and_the_snapshot_still_answers(copy: Any) -> None:
    (copy.home / "private/writer.duckdb").write_bytes(b"not a database" * 1000)
    assert_one_line(copy.ask("run"), "writer.duckdb", f"storywire restore {copy.snapshot}")
    assert (copy.home / "private/writer.duckdb").read_bytes() == b"not a database" * 1000
    assert copy.ask("sql", "select count(*) as n from articles", "--json").json == [{"n": 5}]


def test_without_a_run_there_is_nothing_to_read_and_that_is_said(served_installation: Any) -> None:
    for command in (("storylines",), ("sql", "select 1"), ("explain", "x"), ("storylines", "show", "x")):
        assert_one_line(served_installation().ask(*command), "storywire run")


@pytest.mark.parametrize("there", [False, True])
def test_an_address_where_no_prefect_server_answers_is_named(
    copy: Any, closed: str, prefect_server: str, there: bool
) -> None:
    url, before = f"{prefect_server}/nothing-here" if there else closed, writer(copy)
    assert_one_line(copy.run("run", STORYWIRE_PREFECT_API_URL=url), url, "STORYWIRE_PREFECT_API_URL")
    after = writer(copy)
    assert len(after.pop("private.run")) == len(before.pop("private.run")) + 1  # one that never finished
    assert after == before


def limited(size: int) -> Callable[[], None]:
    """Before a command: no file may grow beyond so many bytes, as on a disk that is full."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_full_disk_is_said_in_one_line_and_changes_nothing(copy: Any, seeds: Path) -> None:
    before = writer(copy)
    assert_one_line(copy.run("run", "--seeds", str(seeds), before=limited(100)), "make room")
    assert writer(copy) == before


@pytest.fixture
def small_disk(base: Any, tmp_path: Path) -> Iterator[Any]:
    """A copy on a disk of its own, where the snapshot has no room to be copied but all else can be written."""
    disk, used = tmp_path / "disk", sum(path.stat().st_size for path in base.home.rglob("*") if path.is_file())
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={used + 3 * 2**20}", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no small disk can be made without the right to mount one")
    try:
        yield base.copy(disk / "home")
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_fills_up_during_a_run_loses_nothing(small_disk: Any, seeds: Path) -> None:
    read = small_disk.snapshot.read_bytes()
    assert_one_line(small_disk.run("run", "--seeds", str(seeds)), "make room", "No space left")
    assert small_disk.snapshot.read_bytes() == read
    assert len(writer(small_disk)["private.article"]) == 6
    again = small_disk.copy(seeds.parent / "roomy")
    assert again.ask("feeds", "resume", again.ask("feeds", "list", "--json").json[0]["url"]).status == 0  # publishes
    assert again.rows("SELECT state, count(*) FROM entries GROUP BY state") == [("stored", 6)]
    assert again.one("SELECT count(*) FROM storyline_articles") == 6


def tiny_model(folder: Path) -> Path:
    """A sentence-transformers model of a hundred words with random vectors, made without one."""
    words = ["[UNK]", *sorted({word for word in SEED.split() if word.isalpha()})]
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.random.default_rng(7).normal(size=(len(words), 16)).astype(np.float32)
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file({"embedding.weight": weights}, folder / "model.safetensors")
    module = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}
    (folder / "modules.json").write_text(json.dumps([module]))
    return folder


def test_a_wrong_model_is_refused_and_another_can_be_used_after_reembed(copy: Any, seeds: Path, tmp_path: Path) -> None:
    command = ("run", "--seeds", str(seeds))
    before = copy.views()
    wrong = copy.run(*command, STORYWIRE_MODEL=str(tmp_path / "none"))
    assert_one_line(wrong, str(tmp_path / "none"), "STORYWIRE_MODEL")
    assert copy.views() == before

    other = str(tiny_model(tmp_path / "tiny"))
    assert_one_line(copy.run(*command, STORYWIRE_MODEL=other), "storywire reembed", "all-MiniLM-L6-v2")
    assert copy.views() == before

    anew = copy.run("reembed", STORYWIRE_MODEL=other)
    assert (anew.status, anew.err) == (0, "")
    assert "5 articles" in anew.out
    again = copy.run(*command, STORYWIRE_MODEL=other)
    assert (again.status, again.err) == (0, "")
    assert copy.one("SELECT count(*) FROM storyline_articles") == 6
    assert copy.rows("SELECT DISTINCT len(vector) FROM private.feature") == [(16,)]


def test_a_network_that_is_none_is_named(copy: Any) -> None:
    assert_one_line(copy.run("run", STORYWIRE_ALLOW_NETS="10.0.0.0/8, intranet"), "STORYWIRE_ALLOW_NETS", "'intranet'")
