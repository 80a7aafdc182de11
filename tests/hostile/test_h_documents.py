"""Documents that mean harm (H44 to H63): each is read within limits, or refused in words, and opens nothing."""

import gzip
import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.store import Store
from storywire.collecting import from_feed
from storywire.looks import Failed
from storywire.nouns import Entry, EntryState, FeedState
from tasks.poll import Poll
from tasks.workers import Workers
from tests.hostile.inputs import BAD, ITEMS, RSS, rss
from tests.hostile.looks import NOW, beside_a_good_one, failure, feed, look
from tests.hostile.raw import answer, saying
from tests.server import Answer, serving

XML = {"Content-Type": "application/rss+xml"}
HOUR = timedelta(hours=1)
SECRET = "the harbour master's password is herring"


def served(workers: Workers, body: bytes, headers: Mapping[str, str] = XML) -> Poll:
    """The look at a feed of this document, beside a good one."""
    with serving({"/feed": (200, headers, body)}, address=BAD) as server:
        return beside_a_good_one(workers, server.url + "/feed")


def squeezed(body: bytes) -> dict[str, str]:
    return XML | {"Content-Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else XML


def declared(entities: str, title: str) -> bytes:
    item = f"<item><title>{title}</title></item>"
    return f'<!DOCTYPE rss [{entities}]><rss version="2.0"><channel>{item}</channel></rss>'.encode()


LAUGHS = '<!ENTITY a0 "laugh ">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
TITLE = "<title>Ferry returns</title>"


def test_h44_entities_of_entities_are_not_unfolded(workers: Workers) -> None:
    begun = time.monotonic()
    poll = served(workers, declared(LAUGHS, "&a9;"))
    assert time.monotonic() - begun < 5
    assert all(len(entry.title or "") < 1000 for entry in poll.entries)


def test_h45_a_long_entity_that_is_used_often_is_not_unfolded(workers: Workers) -> None:
    begun = time.monotonic()
    poll = served(workers, declared(f'<!ENTITY a "{"laugh " * 20_000}">', "&a;" * 20_000))
    assert time.monotonic() - begun < 5
    assert all(len(entry.title or "") <= 1000 for entry in poll.entries)


@pytest.mark.parametrize("kind", ['SYSTEM "{}"', 'PUBLIC "-//X" "{}"'])
@pytest.mark.parametrize("where", ["title", "attribute", "doctype"])
def test_h46_an_entity_that_is_a_file_is_not_read(kind: str, where: str, tmp_path: Path, workers: Workers) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    entity = kind.format((tmp_path / "secret.txt").as_uri())
    body = declared(f"<!ENTITY a {entity}>", "Ferry &a; returns")
    if where == "attribute":
        body = body.replace(b"<title>", b'<link href="&a;"/><title>')
    if where == "doctype":
        body = body.replace(b"rss [", f"rss {entity} [".encode())
    assert SECRET not in str(served(workers, body))


def test_h47_an_entity_that_is_an_address_is_not_asked_for(workers: Workers) -> None:
    with saying(answer(body=f'<!ENTITY b "{SECRET}">'.encode()), address=BAD) as canary:
        for entities in (f'<!ENTITY % a SYSTEM "{canary.url}"> %a;', f'<!ENTITY b SYSTEM "{canary.url}">'):
            poll = served(workers, declared(entities, "Ferry &b; returns"))
            assert SECRET not in str(poll)
        includes = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{canary.url}" parse="text"/>'
        style = f'<?xml-stylesheet href="{canary.url}"?>'.encode()
        assert SECRET not in str(served(workers, style + rss(f"{TITLE}<description>{includes}</description>")))
        assert canary.heads == []


NAMESPACES = " ".join(f'xmlns:n{n}="http://n{n}.example/"' for n in range(20_000))
ATTRIBUTES = " ".join(f'a{n}="x"' for n in range(50_000))
BULKY = {
    "H48 100,000 elements in one another": rss(TITLE + "<a>" * 100_000 + "</a>" * 100_000),
    "H48 as tags of HTML": rss(f"{TITLE}<description><![CDATA[{'<div>' * 100_000}]]></description>"),
    "H49 20,000 namespaces": RSS.replace(b"<rss ", f"<rss {NAMESPACES} ".encode()),
    "H50 50,000 attributes": rss(f"{TITLE}<description {ATTRIBUTES}>d</description>"),
    "H50 in a tag of HTML": rss(f"{TITLE}<description><![CDATA[<p {ATTRIBUTES}>told</p>]]></description>"),
    "H51 comments that do not end": rss(f"{TITLE}<description><![CDATA[{'<!--' * 100_000}]]></description>"),
    "H51 in the document": b"<rss>" + b"<!--" * 100_000,
}


@pytest.mark.parametrize("body", BULKY.values(), ids=BULKY.keys())
def test_a_document_that_is_made_to_be_slow_ends_in_time(body: bytes, workers: Workers) -> None:
    begun = time.monotonic()
    poll = served(workers, body)
    assert time.monotonic() - begun < 15
    assert poll.feed.state is FeedState.OK or failure(poll)


def numbered(count: int) -> bytes:
    return gzip.compress(rss(*(f"<guid>{n}</guid><title>T{n}</title>" for n in range(count))), 1)


LARGE = {
    "H52 20,000 items": (numbered(20_000), 2000),
    "H52 100,000 items": (numbered(100_000), 2000),
    "H52 a title of 14 MB": (gzip.compress(rss(f"<title>{'ferry ' * 2_400_000}</title>", ITEMS[1]), 1), 2),
    "H52 a text of 4.5 MB": (
        rss(f"{TITLE}<description>{'ferry ' * 750_000}</description>", ITEMS[1]),
        2,
    ),
}


@pytest.mark.parametrize(
    ("body", "entries"),
    list(LARGE.values()),
    ids=list(LARGE),
)
def test_what_is_beyond_the_limits_is_cut_and_counted(body: bytes, entries: int, workers: Workers) -> None:
    poll = served(workers, body, squeezed(body))
    assert len(poll.entries) == entries, poll.outcome
    assert max(len(entry.title or "") for entry in poll.entries) <= 1000
    assert max(len(entry.summary or "") for entry in poll.entries) <= 200_000
    assert entries == 2 or "000 items were left out" in poll.feed.health[0]


CAFE = '<?xml version="1.0" encoding="{}"?><rss version="2.0"><channel><item><title>Café</title></item></channel></rss>'


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("utf-8", "latin-1"),
        ("utf-16", "utf-16-le"),
        ("utf-16", "utf-16-be"),
        ("utf-8", "utf-16-le"),
        ("latin-1", "utf-8"),
        ("", "utf-8"),
    ],
    ids=lambda name: f"H53 {name}",
)
def test_a_document_in_another_encoding_than_it_says_is_read_or_refused(
    declared: str, real: str, workers: Workers
) -> None:
    poll = served(workers, CAFE.format(declared).encode(real))
    assert failure(poll) if isinstance(poll.outcome, Failed) else poll.entries[0].title


CODECS = ["punycode", "rot13", "zlib_codec", "utf-7", "x-evil", "idna", "unicode_escape", "undefined", "hex", "mbcs"]


@pytest.mark.parametrize("codec", CODECS, ids=lambda name: f"H53 {name}")
def test_a_document_that_names_a_codec_of_no_use_is_read_or_refused(codec: str, workers: Workers) -> None:
    head, body = f'<?xml version="1.0" encoding="{codec}"?>'.encode(), RSS.partition(b"?>")[2]
    for headers in (XML, {"Content-Type": f"application/xml; charset={codec}"}):
        poll = served(workers, head + body, headers)
        assert failure(poll) if isinstance(poll.outcome, Failed) else poll.entries


UNSAFE = "\0\a\x1b[31m\x1b]0;x\x07\x9b1m\ud800\u202e\u2066\u2028\u2029\ufffe\U000e0041"


@pytest.mark.parametrize("format", ["H54 rss", "H54 references", "H54 references to half a character", "H54 json"])
def test_no_character_that_a_terminal_or_a_table_would_obey_comes_through(
    format: str, workers: Workers, tmp_path: Path
) -> None:
    text = f"Ferry {UNSAFE}returns"
    if "json" in format:
        item = {"id": f"1{UNSAFE}", "title": text, "content_text": text, "authors": [{"name": text}]}
        feed_of = {"version": "https://jsonfeed.org/version/1.1", "title": text, "items": [item]}
        poll = served(workers, json.dumps(feed_of).encode(), {"Content-Type": "application/feed+json"})
    else:
        unsafe = UNSAFE if "half" in format else UNSAFE.replace("\ud800", "")
        marks = "".join(f"&#{ord(c)};" for c in unsafe) if "references" in format else unsafe
        said = f"Ferry {marks}returns"
        item_xml = f"<guid>1</guid><title>{said}</title><description>{said}</description><author>{said}</author>"
        poll = served(workers, rss(item_xml))
    [entry] = poll.entries
    for told in (entry.title, entry.summary, entry.author, poll.feed.title, entry.language):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066]", told or "")
    assert "returns" in (entry.title or "")
    store = Store(tmp_path / "home", wait=timedelta(seconds=5))
    store.add_feeds([feed(poll.feed.url)])
    assert store.save_polls([(poll.feed, poll.entries)], "run") == 1
    assert [one.title for one in store.pending_entries(NOW)] == [entry.title]


PLACES = [b"/etc/passwd", b"/dev/zero", b"file:///etc/passwd", b"CANARY", b"CANARY/feed.xml\n", b"feed:CANARY"]


@pytest.mark.parametrize("body", PLACES, ids=lambda body: f"H55 {body.decode().strip()}")
def test_a_document_that_is_an_address_is_not_opened(body: bytes, workers: Workers) -> None:
    with saying(answer(body=RSS), address=BAD) as canary:
        poll = served(workers, body.replace(b"CANARY", canary.url.rstrip("/").encode()), {"Content-Type": "text/xml"})
        assert "is not a feed" in failure(poll)
        assert canary.heads == []


LOGIN = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form><input type=password></form></body></html>"
CHECK = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
STRANGE: dict[str, tuple[bytes, str]] = {
    "H56 a login": (LOGIN, "text/html"),
    "H56 a login that says it is a feed": (LOGIN, "application/rss+xml"),
    "H56 a bot check": (CHECK, "text/html; charset=UTF-8"),
    "H56 an error in JSON": (b'{"error": "quota exceeded"}', "application/json"),
    "H56 a list in JSON": (b'[{"title": "a"}]', "application/json"),
    "H56 a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "application/pdf"),
    "H56 a picture": (b"\x89PNG\r\n\x1a\n" + bytes(1000), "image/png"),
    "H56 a picture in XML": (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
}


@pytest.mark.parametrize(("body", "content_type"), STRANGE.values(), ids=STRANGE.keys())
def test_what_is_no_feed_is_a_failure_that_takes_nothing_away(
    body: bytes, content_type: str, workers: Workers, tmp_path: Path
) -> None:
    store = Store(tmp_path / "home", wait=timedelta(seconds=5))
    with serving({"/feed": (200, XML | {"ETag": '"1"'}, RSS)}, address=BAD) as server:
        store.add_feeds([feed(server.url + "/feed")])
        first = beside_a_good_one(workers, server.url + "/feed")
        store.save_polls([(first.feed, first.entries)], "one")
        server.routes["/feed"] = (200, {"Content-Type": content_type, "ETag": '"2"'}, body)
        second = look(workers, first.feed, now=NOW + HOUR).polls[server.url + "/feed"]
    store.save_polls([(second.feed, second.entries)], "two")
    assert re.search("not a feed|not a JSON Feed", second.feed.reason or "")
    assert (second.feed.state, second.feed.failures) == (FeedState.FAILING, 1)
    assert (second.feed.etag, second.feed.body_digest) == ('"1"', first.feed.body_digest)
    assert len(store.pending_entries(NOW + HOUR)) == len(ITEMS)


ATOM = [
    f"<entry><id>urn:{n}</id><title>Ferry {n}</title><updated>2026-07-01T10:00:00Z</updated></entry>" for n in range(11)
]
CUTS = {
    "H57 rss": RSS[: RSS.rindex(b"</title>")],
    "H57 atom": f'<feed xmlns="http://www.w3.org/2005/Atom">{"".join(ATOM)}'.encode()[:-60],
    "H57 without a declaration": RSS[RSS.index(b"<rss") : RSS.rindex(b"<link>") + 9],
}


@pytest.mark.parametrize("body", CUTS.values(), ids=CUTS.keys())
def test_of_ten_items_and_a_half_ten_are_read(body: bytes, workers: Workers) -> None:
    poll = served(workers, body)
    assert len(poll.entries) == 10
    assert "ends inside its last item" in poll.feed.health[0]


def kept(store: Store, workers: Workers, documents: Sequence[bytes]) -> list[Entry]:
    """The entries that are to become articles after one look an hour at each of these documents."""
    with serving({}, address=BAD) as server:
        at = feed(server.url + "/feed")
        store.add_feeds([at])
        for n, body in enumerate(documents):
            server.routes["/feed"] = (200, XML, body)
            poll = look(workers, at, now=NOW + n * HOUR).polls[at.url]
            assert poll.feed.state is FeedState.OK, poll.feed.reason
            store.save_polls([(poll.feed, poll.entries)], f"run {n}")
            at = poll.feed
    return store.pending_entries(NOW + len(documents) * HOUR)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home", wait=timedelta(seconds=5))


def items(count: int, guid: str = "{}", link: str = "/ferry/{}", title: str = "Ferry {} returns") -> list[str]:
    given = "<guid>{}</guid><link>{}</link><title>{}</title><pubDate>Wed, 01 Jul 2026 10:00:00 GMT</pubDate>"
    return [given.format(guid.format(n), link.format(n), title.format(n)) for n in range(count)]


GUIDS: dict[str, tuple[Sequence[bytes], int]] = {
    "H58 one guid for all": ([rss(*items(5, guid="same"))] * 2, 5),
    "H58 one guid, link and date for all": ([rss(*items(5, guid="same", link="/"))] * 2, 5),
    "H58 empty guids": ([rss(*items(5, guid=""))] * 2, 5),
    "H58 empty guids and one link": ([rss(*items(5, guid="", link="/"))] * 2, 5),
    "H58 new guids with each look": ([rss(*items(5, guid=f"{{}}?{turn}")) for turn in range(4)], 5),
    "H58 new guids without links": (
        [rss(*(f"<guid>{n}-{turn}</guid><title>Ferry {n}</title><description>Text {n}</description>" for n in range(5)))
         for turn in range(4)],
        5,
    ),
    "H59 a guid for other news": ([rss(*items(3)), rss(*items(3, link="/other/{}", title="Bakers {} strike"))], 6),
    "H59 numbers that move down": (
        [rss(*items(3)), rss("<guid>0</guid><link>/new</link><title>Bakers strike</title>", *(
            f"<guid>{n + 1}</guid><link>/ferry/{n}</link><title>Ferry {n} returns</title>" for n in range(2)))],
        4,
    ),
    "H60 an archive again": ([rss(*items(2000)), rss(*items(2000, guid="new-{}"))], 2000),
}  # fmt: skip


@pytest.mark.parametrize(
    ("documents", "expected"),
    list(GUIDS.values()),
    ids=list(GUIDS),
)
def test_each_report_becomes_one_article_whatever_its_guid_does(
    documents: Sequence[bytes], expected: int, workers: Workers, store: Store
) -> None:
    found = kept(store, workers, documents)
    assert len({(entry.title, entry.url) for entry in found}) == expected
    assert len(found) == expected


DATES = {
    "H61 the year 99999": "Fri, 01 Jan 99999 00:00:00 GMT",
    "H61 the year -1": "Fri, 01 Jan -1 00:00:00 GMT",
    "H61 the year 2099": "Fri, 01 Jan 2099 00:00:00 GMT",
    "H61 in 1970": "Thu, 01 Jan 1970 00:00:00 GMT",
    "H61 none": "",
    "H61 a number": "1767225600",
    "H61 sixty seconds": "Wed, 01 Jul 2026 10:00:60 GMT",
    "H61 a fruit": "banana",
    "H61 the last moment": "9999-12-31T23:59:59-12:00",
    "H61 in three days": "Sat, 04 Jul 2026 12:00:00 GMT",
}
TOLD = "The ferry came back to the harbour on Tuesday with all of its crew safe after two days in the storm at sea."


@pytest.mark.parametrize("date", DATES.values(), ids=DATES.keys())
def test_a_date_that_cannot_be_never_puts_an_article_before_the_others(date: str, workers: Workers) -> None:
    body = rss(f"<guid>1</guid>{TITLE}<description>{TOLD}</description><pubDate>{date}</pubDate>")
    [entry] = served(workers, body).entries
    article = from_feed(entry).article
    assert article is not None
    assert article.published.at is None
    assert article.time == article.first_seen_at == NOW


def test_h61_a_date_in_an_unknown_zone_is_known_to_the_day_and_one_ahead_is_no_later_than_now(
    workers: Workers,
) -> None:
    zone, ahead = "Wed, 01 Jul 2026 10:00:05 Atlantis/Harbour", "Wed, 01 Jul 2026 20:00:00 GMT"
    dated = [f"<guid>{d}</guid>{TITLE}<description>{TOLD}</description><pubDate>{d}</pubDate>" for d in (zone, ahead)]
    first, second = (from_feed(entry).article for entry in served(workers, rss(*dated)).entries)
    assert first is not None
    assert second is not None
    assert (first.published.at, first.published.precision) == (datetime(2026, 7, 1, 10, 0, 5, tzinfo=UTC), "day")
    assert (second.published.at, second.published.precision, second.time) == (NOW, "day", NOW)


LINKS = {
    "H62 relative": ("ferry", "{}/news/ferry"),
    "H62 from the root": ("/ferry", "{}/ferry"),
    "H62 without a scheme": ("//other.example/ferry", "http://other.example/ferry"),
    "H62 white space": ("\n\t /fer\try \n", "{}/ferry"),
    "H62 10 kB": ("/" + "a" * 10_000, None),
    "H62 javascript": ("javascript:alert(1)", None),
    "H62 javascript in disguise": ("  JaVaScRiPt:alert(1)", None),
    "H62 data": ("data:text/html,hello", None),
    "H62 a file": ("file:///etc/passwd", None),
    "H62 a user": ("http://admin:secret@other.example/", "http://other.example/"),
    "H62 no host": ("http:///ferry", "http://ferry/"),
    "H62 numbers": ("http://0x7f.1/ferry", None),
}


@pytest.mark.parametrize(("link", "expected"), LINKS.values(), ids=LINKS.keys())
def test_a_link_resolves_where_the_document_was_found_or_is_dropped(
    link: str, expected: str | None, workers: Workers
) -> None:
    body = rss(f"<guid isPermaLink='false'>1</guid>{TITLE}<link>{link}</link>")
    with serving({"/news/feed": (200, XML, body)}, address=BAD) as server:
        lead: Answer = (302, {"Location": server.url + "/news/feed"}, b"")
        with serving({"/": lead}, address=BAD) as first:
            [entry] = beside_a_good_one(workers, first.url + "/").entries
        assert entry.url == (expected.format(server.url) if expected else None)
        assert entry.title == "Ferry returns"


def test_h63_a_feed_that_lists_anothers_items_changes_none_of_them(workers: Workers, store: Store) -> None:
    ours = "<guid>https://harbour.example/1</guid><link>https://harbour.example/1</link><title>Ferry returns</title>"
    theirs = ours.replace("Ferry returns", "Ferry sinks, buy herring")
    with serving({"/a": (200, XML, rss(ours)), "/b": (200, XML, rss(theirs))}, address=BAD) as server:
        feeds = [feed(server.url + "/a"), feed(server.url + "/b")]
        store.add_feeds(feeds)
        for poll in look(workers, *feeds).polls.values():
            assert store.save_polls([(poll.feed, poll.entries)], "run") == 1
    found = store.pending_entries(NOW)
    assert {(entry.feed_url, entry.title) for entry in found} == {
        (feeds[0].url, "Ferry returns"),
        (feeds[1].url, "Ferry sinks, buy herring"),
    }
    assert len({entry.entry_id for entry in found}) == 2
    assert {entry.state for entry in found} == {EntryState.PENDING}
