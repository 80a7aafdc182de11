"""Finding feeds: decides which addresses of a site are worth asking for a feed, and in what order.

Never fetches one, and never says that one is a feed before its document was read.
"""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from storywire.sitemaps import sitemaps_of_news
from storywire.urls import linked_url

MAX_NAMED = 100  # addresses taken from one page
_READ = 2**20  # bytes of a page; its feeds are named in its head, and linked at its top or foot
# No `<` inside, so that a page of nothing but opened tags is read once and not once for each of them.
_TAG = re.compile(rb"<(link|a|base)\s([^<>]{,2000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]+)\s{,9}=\s{,9}(?:"([^"]*)"|'([^']*)'|([^\s"']+))""")
_FEED_TYPES = frozenset(
    f"application/{name}" for name in ("rss+xml", "atom+xml", "feed+json", "rdf+xml", "rss", "atom", "xml")
) | {"text/xml", "text/rss+xml"}
_PATH = re.compile(r"/(?:feeds?|rss|atom|rdf)/?$|\.(?:rss|atom|rdf|xml|xml\.gz)$|/feed\.json$", re.IGNORECASE)
_QUERY = re.compile(r"(?:^|&)(?:feed|format|type)=(?:rss2?|atom|rdf|feed)(?:&|$)", re.IGNORECASE)
_COMMENTS = re.compile(r"comment", re.IGNORECASE)
_SITEMAP_LINE = re.compile(r"\s*sitemap\s*:\s*([^\s#]+)", re.IGNORECASE)
# What WordPress, Drupal, Ghost, Hugo, Jekyll, Blogger and the newsrooms that build their own use, the commonest first
_USUAL = (
    *("feed", "rss", "rss.xml", "feed.xml", "atom.xml", "index.xml", "feed.json"),
    *("news-sitemap.xml", "sitemap-news.xml", "feeds/posts/default"),
)


def named_feeds(page: bytes, url: str, linked_too: bool = True) -> tuple[str, ...]:
    """The addresses that a web page at `url` gives as its feeds, then those that it links and that look like feeds.

    The latter only with `linked_too`; they may lead to a page about feeds. Feeds of comments come last: few who follow
    a site want these.
    """
    stated, linked = [], []
    for tag, given in _tags(page[:_READ]):
        if tag == "base" and "href" in given:
            url = linked_url(given["href"], url) or url
        elif (address := linked_url(given.get("href"), url)) is None:
            continue
        elif tag == "link" and _states_feed(given):
            stated.append(address)
        elif tag == "a" and _looks_like_feed(address):
            linked.append(address)
    found = dict.fromkeys([*stated, *linked] if linked_too else stated)
    return tuple(sorted(found, key=lambda address: bool(_COMMENTS.search(address))))[:MAX_NAMED]


def usual_feeds(url: str) -> tuple[str, ...]:
    """Where the feed of a site is often found, though nothing says so: below the address given, then at its root."""
    split = urlsplit(url)
    root = f"{split.scheme}://{split.netloc}/"
    folder = split.path.rpartition("/")[0] if "." in split.path.rpartition("/")[2] else split.path.rstrip("/")
    below = [urljoin(root, f"{folder}/feed")] if folder else []
    return tuple(dict.fromkeys([*below, *(root + name for name in _USUAL)]))


def news_sitemaps(robots: bytes, url: str) -> tuple[str, ...]:
    """The sitemaps of news that a robots.txt names."""
    lines = map(_SITEMAP_LINE.match, robots.decode("utf-8", "replace").splitlines())
    addresses = (linked_url(line[1], url) for line in lines if line)
    return tuple(dict.fromkeys(sitemaps_of_news(address for address in addresses if address)))


def _tags(page: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Each link, anchor and base with its attributes. Real parsers are slower, and some pages hold them for long."""
    for name, inside in _TAG.findall(page):
        given = {
            m[1].lower(): unescape(m[2] or m[3] or m[4] or "")
            for m in _ATTRIBUTE.finditer(inside.decode("utf-8", "replace"))
        }
        yield name.decode("ascii").lower(), given


def _states_feed(given: dict[str, str]) -> bool:
    kind = given.get("type", "").partition(";")[0].strip().lower()
    relations = given.get("rel", "").lower().split()
    return "feed" in relations or ("alternate" in relations and kind in _FEED_TYPES)


def _looks_like_feed(address: str) -> bool:
    split = urlsplit(address)
    return bool(_PATH.search(split.path) or _QUERY.search(split.query))
