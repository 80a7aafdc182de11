"""Laws of reading feed documents."""

import gzip
import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storywire.errors import FeedError
from storywire.feeddates import feed_date
from storywire.feeds import MAX_ENTRIES, MAX_SUMMARY, MAX_TITLE, ParsedFeed, parse_feed
from storywire.nouns import Entry, Precision

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
URL = "https://example.org/news/feed.xml"
LONG = " ".join(f"Sentence {i} of the report tells what happened next." for i in range(30))


def parse(body: str | bytes, **more: str) -> ParsedFeed:
    return parse_feed(body.encode() if isinstance(body, str) else body, URL, NOW, **more)


def rss(*items: str, channel: str = "") -> str:
    listed = "".join(f"<item>{i}</item>" for i in items)
    spaces = "".join(
        f' xmlns:{name}="{address}"'
        for name, address in {
            "content": "http://purl.org/rss/1.0/modules/content/",
            "dc": "http://purl.org/dc/elements/1.1/",
            "sy": "http://purl.org/rss/1.0/modules/syndication/",
            "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
        }.items()
    )
    return f'<?xml version="1.0"?><rss version="2.0"{spaces}><channel>{channel}{listed}</channel></rss>'


def only(feed: ParsedFeed) -> Entry:
    [entry] = feed.entries
    return entry


def refusal(body: str | bytes) -> str:
    with pytest.raises(FeedError) as caught:
        parse(body)
    assert "\n" not in str(caught.value)
    return str(caught.value)


RSS = rss(
    "<guid>1</guid><title>Ferry &amp;amp; crew return</title><link>/ferry?utm_source=rss</link>"
    "<description>&lt;p&gt;All &lt;b&gt;safe&lt;/b&gt;.&lt;/p&gt;</description>"
    "<pubDate>Wed, 01 Jul 2026 12:00:05 CEST</pubDate>",
    channel="<title>Harbour News</title><language>en-GB</language><ttl>90</ttl>",
)
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Hafen</title><entry><id>urn:1</id>
<title>A &lt;b&gt; is a tag</title><link href="a.html"/><updated>2026-07-01T10:00:00Z</updated>
<published>2026-06-30T10:00:00+02:00</published><summary type="html">&lt;i&gt;Kurz&lt;/i&gt;</summary></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Old</title></channel><item rdf:about="x">
<title>Item</title><link>https://example.org/x</link><dc:date>2026-06-30</dc:date></item></rdf:RDF>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Harbour",
        "language": "en",
        "items": [
            {
                "id": 7,
                "url": "/a",
                "title": "T",
                "content_html": "<p>Body</p>",
                "date_published": "2026-06-30T10:00:00Z",
            },
            "junk",
        ],
    }
)


def test_an_rss_item_becomes_an_entry() -> None:
    feed = parse(RSS)
    entry = only(feed)
    assert (feed.title, feed.language, feed.ttl, feed.notes) == ("Harbour News", "en", timedelta(minutes=90), ())
    assert (entry.title, entry.summary) == ("Ferry & crew return", "All safe.")
    assert entry.url == "https://example.org/ferry"
    assert (entry.published.at, entry.published.precision, entry.published.source) == (
        datetime(2026, 7, 1, 10, 0, 5, tzinfo=UTC),
        Precision.SECOND,
        "feed",
    )
    assert (entry.guid, entry.guid_trusted, entry.feed_url, entry.first_seen_at) == ("1", True, URL, NOW)
    assert (entry.publisher, entry.language, entry.full_text) == ("Harbour News", "en", False)


def test_an_atom_entry_keeps_its_plain_title_and_prefers_the_date_of_publication() -> None:
    entry = only(parse(ATOM))
    assert (entry.title, entry.summary, entry.language) == ("A <b> is a tag", "Kurz", "de")
    assert entry.url == "https://example.org/news/a.html"
    assert entry.published.at == datetime(2026, 6, 30, 8, tzinfo=UTC)
    assert entry.published.precision is Precision.MINUTE


def test_rdf_is_read_and_a_day_is_only_a_day() -> None:
    entry = only(parse(RDF))
    assert (entry.title, entry.url, entry.published.precision) == ("Item", "https://example.org/x", Precision.DAY)


def test_a_json_feed_is_read_and_junk_in_it_passed_over() -> None:
    feed = parse(b"\xef\xbb\xbf" + JSON.encode())
    entry = only(feed)
    assert (feed.title, feed.language) == ("Harbour", "en")
    assert (entry.guid, entry.title, entry.summary, entry.url) == ("7", "T", "Body", "https://example.org/a")


def test_a_persons_name_for_the_publisher_wins_over_the_items_and_the_feeds() -> None:
    body = rss("<title>T</title><source url='https://s.example/'>The Source</source>", channel="<title>Hub</title>")
    assert only(parse(body)).publisher == "The Source"
    assert only(parse(body, publisher="Mine")).publisher == "Mine"


@pytest.mark.parametrize(
    ("item", "author"),
    [
        ("<dc:creator>Ines Holm</dc:creator>", "Ines Holm"),
        ("<author>ines@example.org (Ines Holm)</author>", "Ines Holm"),
        ("<dc:creator>By Ines Holm and Jon Berg</dc:creator>", "Ines Holm; Jon Berg"),
        ("<dc:creator>Ines Holm</dc:creator><dc:creator>Jon Berg</dc:creator>", "Ines Holm; Jon Berg"),
        ("<author>desk@example.org</author>", None),
        ("<dc:creator>admin</dc:creator>", None),
        ("<dc:creator>Harbour News</dc:creator>", None),
        ("", None),
    ],
)
def test_an_items_author_is_a_name_and_not_an_account(item: str, author: str | None) -> None:
    feed = rss(f"<guid>1</guid><title>Ferry</title>{item}", channel="<title>Harbour News</title>")
    assert only(parse(feed)).author == author


def test_atom_and_json_feeds_name_their_authors_too() -> None:
    entry = (
        "<entry><id>1</id><title>T</title><author><name>Ines Holm</name><uri>http://x.example</uri></author></entry>"
    )
    assert only(parse(f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>')).author == "Ines Holm"
    for version, named in (
        ("1.1", {"authors": [{"name": "Ines Holm"}, {"url": "x"}, 7]}),
        ("1", {"author": {"name": "Ines Holm"}}),
    ):
        item = {"id": 1, "title": "T", **named}
        feed = {"version": f"https://jsonfeed.org/version/{version}", "items": [item]}
        assert only(parse(json.dumps(feed))).author == "Ines Holm"


def test_links_resolve_where_the_document_was_found_and_ids_derive_from_the_subscription() -> None:
    moved = only(parse(RSS, base="https://cdn.example/f"))
    assert moved.url == "https://cdn.example/ferry"
    assert moved.entry_id == only(parse(RSS)).entry_id


def test_the_link_behind_a_counting_link_is_taken() -> None:
    body = rss("<link>https://feeds.example/~r/1</link><feedburner:origLink>/real</feedburner:origLink>")
    assert only(parse(body)).url == "https://example.org/real"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "https://x.example/" + "a" * 10_000])
def test_a_link_that_cannot_be_followed_is_dropped_and_the_entry_kept(link: str) -> None:
    assert only(parse(rss(f"<title>T</title><link>{link}</link>"))).url is None


def test_a_guid_that_is_only_a_number_is_no_link() -> None:
    assert only(parse(rss("<guid>4711</guid><title>T</title>"))).url is None
    assert only(parse(rss("<guid>https://example.org/a</guid>"))).url == "https://example.org/a"


def test_a_guid_that_all_items_share_is_not_trusted() -> None:
    feed = parse(rss(*(f"<guid>same</guid><title>T{i}</title><link>/{i}</link>" for i in range(3))))
    assert len({e.entry_id for e in feed.entries}) == 3
    assert not any(e.guid_trusted for e in feed.entries)


def test_an_item_listed_twice_is_one_entry_whose_guid_is_trusted() -> None:
    item = "<guid>1</guid><title>T</title><link>/a</link>"
    entry = only(parse(rss(item, item)))
    assert entry.guid_trusted
    assert entry.entry_id == only(parse(rss(item))).entry_id


def test_an_empty_guid_is_no_guid() -> None:
    feed = parse(rss("<guid></guid><link>/a</link>", "<guid></guid><link>/b</link>"))
    assert [e.guid_trusted for e in feed.entries] == [False, False]
    assert len({e.entry_id for e in feed.entries}) == 2


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (LONG, True),
        ("A short content.", False),
        (LONG + " Read more", False),
        (LONG + "…", False),
        (LONG + " [...]", False),
        (LONG + " <a href='/x'>Continue reading at Harbour News &raquo;</a>", False),
        (LONG + " They read more than others.", True),
    ],
)
def test_a_content_is_the_whole_text_unless_it_is_short_or_a_teaser(content: str, expected: bool) -> None:
    item = f"<title>T</title><description>Short.</description><content:encoded><![CDATA[{content}]]></content:encoded>"
    assert only(parse(rss(item))).full_text is expected


def test_a_long_description_alone_is_not_taken_for_the_whole_text() -> None:
    entry = only(parse(rss(f"<description>{LONG}</description>")))
    assert (entry.summary, entry.full_text) == (LONG, False)


@pytest.mark.parametrize(
    ("raw", "expected", "precision"),
    [
        ("Wed, 01 Jul 2026 10:00:05 GMT", "2026-07-01T10:00:05", "second"),
        ("Wed, 01 Jul 2026 10:00:00 GMT", "2026-07-01T10:00:00", "minute"),
        ("Wed, 01 Jul 2026 10:00 EST", "2026-07-01T15:00:00", "minute"),
        ("Wed, 01 Jul 2026 10:00:00 CEST", "2026-07-01T08:00:00", "minute"),
        ("Thu,28 Jul 2022 4:35:5 GMT+9", "2022-07-27T19:35:05", "second"),
        ("Do, 01 Jan 2026 10:00:00 +0100", "2026-01-01T09:00:00", "minute"),
        ("1 Sept 2026", "2026-09-01T00:00:00", "day"),
        ("2026-01-01", "2026-01-01T00:00:00", "day"),
        ("2026-01-01T10:00:00.544-03:30", "2026-01-01T13:30:00", "minute"),
        ("2026-01-01 10:00:07 +0200", "2026-01-01T08:00:07", "second"),
        ("2026-01-01T10:00:07", "2026-01-01T10:00:07", "day"),  # whose ten o'clock?
        ("Wed, 01 Jul 2026 10:00:05 America/New_York", "2026-07-01T10:00:05", "day"),
    ],
)
def test_a_feeds_date_is_read_as_exactly_as_it_says(raw: str, expected: str, precision: str) -> None:
    date = feed_date(raw)
    assert date.at == datetime.fromisoformat(expected).replace(tzinfo=UTC)
    assert date.precision == precision


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "yesterday",
        "1767225600",
        "2026年1月1日",
        "2026-W01-1",
        "0000-00-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "Wed, 01 Jul 2026 10:00:60 GMT",
        "99999-01-01",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_is_no_date_is_none(raw: str | None) -> None:
    assert feed_date(raw).at is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_date(raw: str) -> None:
    feed_date(raw)


@pytest.mark.parametrize("raw", ["Fri, 01 Jan 2099 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_date_that_cannot_be_is_not_believed(raw: str) -> None:
    published = only(parse(rss(f"<title>T</title><pubDate>{raw}</pubDate>"))).published
    assert (published.at, published.precision) == (None, Precision.NONE)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("<ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod>", timedelta(hours=24)),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", timedelta(minutes=30)),
        ("<ttl>banana</ttl><sy:updatePeriod>dayly</sy:updatePeriod>", None),
        ("<ttl>-5</ttl><sy:updateFrequency>0</sy:updateFrequency>", None),
        ("<ttl>1e300</ttl>", timedelta(days=365)),
        ("<ttl>nan</ttl>", None),
    ],
)
def test_how_long_a_document_holds_is_read_tolerantly(channel: str, expected: timedelta | None) -> None:
    assert parse(rss(channel=channel)).ttl == expected


@pytest.mark.parametrize(
    ("channel", "hours", "days"),
    [
        ("<skipHours><hour>1</hour><hour> 2 </hour></skipHours>", {1, 2}, set()),
        ("<skipHours><hour>24</hour><hour>23</hour></skipHours>", {0, 23}, set()),
        ("<skipDays><day>Sunday</day><day>monday</day></skipDays>", set(), {6, 0}),
        ("<skipHours><hour>25</hour><hour>-1</hour><hour>x</hour></skipHours>", set(), set()),
        ("<skipDays><day>Dimanche</day></skipDays><skipHours/>", set(), set()),
        ("<skipHours>" + "".join(f"<hour>{h}</hour>" for h in range(24)) + "</skipHours>", set(), set()),
        ("<skipHours><hour>3</hour></skipHours><x><hour>4</hour></x>", {3}, set()),
    ],
)
def test_r15_the_hours_and_days_to_be_left_alone_are_read_and_junk_is_not(
    channel: str, hours: set[int], days: set[int]
) -> None:
    skip = parse(rss("<title>T</title><guid>1</guid>", channel=channel)).skip
    assert (skip.hours, skip.days) == (hours, days)
    utf16 = rss(channel=channel).replace('version="1.0"', 'version="1.0" encoding="utf-16"', 1).encode("utf-16")
    assert parse(utf16).skip == skip


def test_an_item_that_speaks_of_hours_to_be_left_alone_says_nothing_of_its_feed() -> None:
    said = "<title>T</title><description><![CDATA[<skipHours><hour>3</hour></skipHours>]]></description>"
    assert not parse(rss(said)).skip.hours


@pytest.mark.parametrize(
    ("period", "frequency"), [("always", "1"), ("dayly", "2"), ("hourly", "0.1"), ("hourly", "-3"), ("hourly", "x")]
)
def test_r16_a_period_that_makes_no_sense_never_makes_a_feed_wait_for_long(period: str, frequency: str) -> None:
    channel = f"<sy:updatePeriod>{period}</sy:updatePeriod><sy:updateFrequency>{frequency}</sy:updateFrequency>"
    assert (parse(rss(channel=channel)).ttl or timedelta(0)) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (RSS, "RSS 2.0"),
        (ATOM, "Atom 1.0"),
        (RDF, "RDF (RSS 1.0)"),
        (JSON, "JSON Feed 1.1"),
        ('<rss version="0.91"><channel><title>T</title></channel></rss>', "RSS 0.91 (Userland)"),
        (JSON.replace("version/1.1", "version/"), "JSON Feed"),
    ],
)
def test_the_format_of_a_document_is_told_in_words(body: str, words: str) -> None:
    assert parse(body).format == words


LINKS = (
    '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="{}" href="{}"/>'
    '<itunes:new-feed-url xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">{}</itunes:new-feed-url>'
)


def test_r34_where_a_document_says_that_it_is_or_went_is_told_and_resolved() -> None:
    feed = parse(
        rss(channel=LINKS.format("self", "/me?key=1", "https://new.example/feed")), base="https://cdn.example/x"
    )
    assert (feed.self_url, feed.moved_to, feed.hub) == (
        "https://cdn.example/me?key=1",
        "https://new.example/feed",
        None,
    )
    assert parse(rss(channel="<newLocation>/there</newLocation>")).moved_to == "https://example.org/there"
    assert parse(rss(channel=LINKS.format("hub", "https://hub.example/", ""))).hub == "https://hub.example/"
    atom = ATOM.replace("<title>Hafen", '<link rel="self" href="f"/><link rel="hub" href="//h.example/"/><title>Hafen')
    assert (parse(atom).self_url, parse(atom).hub) == ("https://example.org/news/f", "https://h.example/")
    hubs = [{"type": "rssCloud", "url": "https://no.example/"}, "x", {"type": "WebSub", "url": "https://h.example/"}]
    feed = parse(json.dumps(json.loads(JSON) | {"feed_url": "/me.json", "hubs": hubs}))
    assert (feed.self_url, feed.hub) == ("https://example.org/me.json", "https://h.example/")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "https://u:p@x.example/", "http://[", "x" * 3000]
)
def test_such_a_link_that_is_no_web_address_is_dropped(link: str) -> None:
    feed = parse(rss(channel=LINKS.format("self", link, link)))
    assert (feed.self_url, feed.moved_to) == (None, None)


def test_a_note_that_a_feed_went_is_refused_with_where_it_went() -> None:
    assert "moved to https://new.example/" in refusal(
        "<redirect><newLocation>https://new.example/</newLocation></redirect>"
    )


def test_a_list_of_feeds_is_refused_with_the_command_that_takes_it() -> None:
    assert "storywire feeds import" in refusal('<?xml version="1.0"?><opml version="2.0"><body/></opml>')


def test_a_feed_that_is_a_gzip_file_is_read_and_one_that_was_cut_loses_its_last_item() -> None:
    whole = rss(*(f"<guid>{i}</guid><title>Title {i} {i * 7919 % 10007}</title>" for i in range(200))).encode()
    assert len(parse(gzip.compress(whole)).entries) == 200
    assert len(parse(gzip.compress(whole[:5000]) + gzip.compress(whole[5000:])).entries) == 200
    cut = parse(gzip.compress(whole)[:-600])
    assert 0 < len(cut.entries) < 200
    assert any("dropped" in note for note in cut.notes)


def test_a_feed_without_items_is_a_feed() -> None:
    assert parse(rss(channel="<title>Quiet</title>")).entries == ()


def test_an_ill_formed_feed_is_read_all_the_same() -> None:
    assert only(parse(rss("<title>A & B&nbsp;C</title>"))).title == "A & B C"


def test_a_document_that_was_cut_loses_only_the_item_that_it_cut() -> None:
    whole = rss(*(f"<guid>{i}</guid><title>Title {i}</title>" for i in range(11)))
    feed = parse(whole[: whole.index("Title 10") + 3])
    assert [e.guid for e in feed.entries] == [str(i) for i in range(10)]
    assert any("dropped" in note for note in feed.notes)


def test_r41_what_is_beyond_the_limits_is_cut_and_said() -> None:
    long = f"<title>{'t ' * MAX_TITLE}</title><description>{'d' * (MAX_SUMMARY + 1)}</description>"
    feed = parse(rss(long, *(f"<title>{i}</title>" for i in range(MAX_ENTRIES + 4))))
    assert len(feed.entries) == MAX_ENTRIES
    assert len(feed.entries[0].title or "") <= MAX_TITLE
    assert len(feed.entries[0].summary or "") == MAX_SUMMARY
    assert feed.notes == ("5 of 2005 items were left out", "1 texts were cut at 200000 characters")


def test_a_web_page_is_refused_with_a_hint_where_its_feed_is() -> None:
    page = '<!-- a --><!DOCTYPE html><head><link rel="alternate" type="application/rss+xml" href="/rss?a=1&amp;b=2">'
    assert "web page, not a feed; it names this feed: https://example.org/rss?a=1&b=2" in refusal(page)
    assert f"`storywire feeds find {URL}` looks" in refusal("<html><body>Log in</body></html>")


@pytest.mark.parametrize(
    ("body", "words"),
    [  # mtime=0: the bytes name the case, and each process of a run must collect the same names
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b'{"error": "no"}', "not a JSON Feed"),
        (b"[1, 2]", "not a JSON Feed"),
        (b"{" * 100_000, "not a JSON Feed"),
        (b"[" * 100_000, "not a JSON Feed"),
        (b"plain text", "not a feed"),
        (gzip.compress(b"plain text", mtime=0), "not a feed"),
        (b"\x1f\x8b\x08 and no more", "holds nothing"),
        (gzip.compress(b" " * (15 * 2**20 + 1), mtime=0), "larger than 15 MiB when unpacked"),
        (b"<?xml version='1.0'?><svg/>", "not a feed"),
    ],
)
def test_what_is_no_feed_is_refused_in_words(body: bytes, words: str) -> None:
    assert words in refusal(body)


@pytest.mark.parametrize("path", [b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1:1/x"])
def test_a_document_that_is_an_address_is_not_opened(path: bytes) -> None:
    assert "not a feed" in refusal(path)


@pytest.mark.parametrize("codec", ["punycode", "rot13", "zlib_codec", "utf-7", "x-evil", "idna"])
def test_an_odd_encoding_is_read_or_refused(codec: str) -> None:
    body = f'<?xml version="1.0" encoding="{codec}"?>'.encode() + rss("<title>\xe9</title>").encode("latin-1")[21:]
    with suppress(FeedError):
        parse(body)


def test_r42_the_declared_charset_of_the_answer_is_heeded() -> None:
    body = rss("<title>Ж</title>").encode("windows-1251")
    assert only(parse(body, content_type="text/xml; charset=windows-1251")).title == "Ж"


@pytest.mark.parametrize(
    "body",
    [
        "<!--" * 100_000,
        "<html" * 100_000,
        "<!---->" * 100 + "x",
        rss("<title>T</title><description><![CDATA[" + "<!--" * 100_000 + "]]></description>"),
        "<!DOCTYPE html>" + "<link " * 30_000,
        "<!DOCTYPE a [<!ENTITY a 'xxxxxxxxxx'>" + "".join(
            f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9)
        ) + "]>" + rss("<title>&j;</title>"),
    ],
)  # fmt: skip
def test_a_document_made_to_be_slow_is_not(body: str) -> None:
    begun = time.process_time()
    with suppress(FeedError):
        parse(body)
    assert time.process_time() - begun < 3


def test_every_real_and_every_odd_feed_is_read_or_refused(shared: Path) -> None:
    read = refused = entries = 0
    for path in sorted((shared / "data" / "feeds").rglob("*.*")):
        if path.is_file():
            try:
                entries += len(parse(path.read_bytes()).entries)
                read += 1
            except FeedError:
                refused += 1
    assert read >= 2100
    assert refused <= 20
    assert entries >= 1700


def test_h54_a_guid_holds_nothing_that_a_terminal_would_obey_either() -> None:
    entry = only(
        parse(rss("<guid>tag:\u202e1\u0007\u200b</guid><title>T</title><link>/a</link>").replace("\u0007", ""))
    )
    assert entry.guid is not None
    assert entry.guid.isprintable()
    only_json = json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "a\u001b[2Jb", "title": "T"}]}
    )
    assert "\u001b" not in (only(parse(only_json)).guid or "")
