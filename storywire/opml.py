"""OPML, the format in which readers exchange subscriptions (opml.org/spec2): decides what an outline means.

Never opens a file and never fetches, neither a feed nor what an XML document points to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from storywire.errors import InputError
from storywire.nouns import Feed
from storywire.text import clean, one_line
from storywire.urls import feed_url

_SLASH = "\u2215"  # the division slash stands for a slash in the name of a folder: "A/B" is a folder B within A


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed as an OPML document lists it. The names of nested folders are joined with "/"."""

    url: str
    title: str | None = None
    folder: str | None = None


def read_opml(raw: bytes) -> tuple[Subscription, ...]:
    """The subscriptions of an OPML document, each address once, in the document's order.

    An address that cannot be one stays as it stands there, so that it is seen to fail. Raises InputError.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"This is not XML ({one_line(str(error), 200)}); export an OPML file from a reader.") from None
    if root.tag.lower() != "opml":
        raise InputError(f"This is XML but not OPML (it begins with <{root.tag}>); export an OPML file from a reader.")
    found: dict[str, Subscription] = {}
    for body in root.iterchildren("body"):
        for subscription in _subscriptions(body, None):
            found.setdefault(subscription.url, subscription)
    if not found:
        raise InputError("This OPML lists no feeds: no outline in its body has an xmlUrl; export it again with feeds.")
    return tuple(found.values())


def write_opml(feeds: Sequence[Feed], title: str) -> bytes:
    """An OPML 2.0 document that lists `feeds` in their folders; `read_opml` gives back url, title and folder."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean(title)
    body = etree.SubElement(root, "body")
    folders = {"": body}
    for feed in feeds:
        path = "/".join(filter(None, (name.strip() for name in clean(feed.folder or "").split("/"))))
        outline = etree.SubElement(_folder(folders, path), "outline", type="rss")
        outline.set("text", clean(feed.title or feed.url))
        if feed.title:
            outline.set("title", clean(feed.title))
        outline.set("xmlUrl", clean(feed.url))
        if feed.language:
            outline.set("language", clean(feed.language))
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


def _subscriptions(parent: etree._Element, folder: str | None) -> Iterator[Subscription]:
    for outline in parent.iterchildren("outline"):
        given = {str(name).lower(): str(value).strip() for name, value in outline.attrib.items()}
        name = given.get("title") or given.get("text") or ""
        if url := given.get("xmlurl"):
            yield Subscription(_address(url), name if name not in ("", url) else None, folder)
            yield from _subscriptions(outline, folder)
        else:
            yield from _subscriptions(outline, "/".join(filter(None, (folder, name.replace("/", _SLASH)))) or None)


def _address(url: str) -> str:
    try:
        return feed_url(url)
    except InputError:
        return url


def _folder(folders: dict[str, etree._Element], path: str) -> etree._Element:
    """The outline of a folder, made with those above it where it is not there yet."""
    if path not in folders:
        above, _, last = path.rpartition("/")
        name = last.replace(_SLASH, "/")
        folders[path] = etree.SubElement(_folder(folders, above), "outline", text=name, title=name)
    return folders[path]
