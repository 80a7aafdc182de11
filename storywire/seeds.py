"""Seed articles and storylines as a person writes them: decides what a file of each kind means.

Never opens a file: the caller reads the bytes and resolves the paths.
"""

import tomllib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from storywire.dates import iso_date
from storywire.errors import InputError
from storywire.language import UNKNOWN, language_of
from storywire.nouns import Precision, Published
from storywire.pages import extract_page
from storywire.plaintext import read_document
from storywire.text import clean, join_paragraphs, one_line, paragraphs, words
from storywire.urls import canonical_url

_PAGES = (".html", ".htm", ".xhtml")


@dataclass(frozen=True, slots=True)
class Seed:
    """An article that a person gave as an example. `name` is its file's; `text` is in paragraphs."""

    name: str
    title: str
    text: str
    url: str | None
    publisher: str | None
    published: Published
    language: str | None


@dataclass(frozen=True, slots=True)
class StorylineDefinition:
    """A storyline's name and the paths of its seeds, relative to the definition's folder."""

    name: str
    members: tuple[str, ...]


def parse_seed(name: str, raw: bytes) -> Seed:
    """A seed from the bytes of the file `name`: Markdown with front matter, a web page, or plain text.

    Front matter is YAML between two lines `---`: `title`, and optionally `publisher`, `published` (an ISO date, or a
    time with zone), `language` and `url`. Raises InputError.
    """
    text = _decoded(name, raw)
    if not text.strip():
        raise InputError(f"{name} is empty; a seed needs a title and a text.")
    if name.lower().endswith(_PAGES):
        return _page_seed(name, raw)
    if text.startswith("---") and text[3:].lstrip(" \t").startswith("\n"):
        return _markdown_seed(name, text)
    document = read_document(text)
    return _checked(Seed(name, document.title, document.text, None, None, document.published, _language(document.text)))


def parse_definition(name: str, raw: bytes) -> StorylineDefinition:
    """A storyline from the bytes of the TOML file `name`: `name = "…"` and `members = ["folder/file.md", …]`.

    Raises InputError, also for a member outside of the definition's folder.
    """
    try:
        data = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{name} is not TOML ({one_line(str(error), 200)}); correct it.") from error
    title, members = data.get("name"), data.get("members")
    if not isinstance(title, str) or not words(title):
        raise InputError(f'{name} has no name; add a line such as name = "Aleppo siege diplomacy".')
    if not isinstance(members, list) or not members or not all(isinstance(m, str) and m for m in members):
        raise InputError(f'{name} has no members; add a line such as members = ["folder/article.md"].')
    for member in members:
        path = PurePosixPath(member)
        if path.is_absolute() or ".." in path.parts or "\\" in member or ":" in member or "\0" in member:
            raise InputError(f"{name}: member {member!r} leaves its folder; give a path below it, with slashes.")
    return StorylineDefinition(one_line(title, 200), tuple(dict.fromkeys(members)))


def _decoded(name: str, raw: bytes) -> str:
    """The text of a file in UTF-8, or in the encoding of older Windows editors."""
    for encoding in ("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "cp1252"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise InputError(f"{name} is not text; save it as UTF-8.")


def _page_seed(name: str, raw: bytes) -> Seed:
    """A saved web page; its address is the one it states."""
    page = extract_page(raw, "")
    if page.reason:
        raise InputError(f"{name}: {page.reason}; copy its text into a .txt file.")
    seed = Seed(name, page.title or "", page.text, page.url or None, page.publisher, page.published, page.language)
    return _checked(seed)


def _markdown_seed(name: str, text: str) -> Seed:
    head, closed, body = text[3:].partition("\n---")
    if not closed or body.partition("\n")[0].strip(" \t-"):
        raise InputError(f"{name}: the front matter does not end; close it with a line ---.")
    fields = _front_matter(name, head)
    text = _markdown_text(body.partition("\n")[2])
    url = fields.get("url")
    address = canonical_url(url) if url else None
    if url and address is None:
        raise InputError(f"{name}: url {one_line(url, 100)!r} is not a web address; give one with https.")
    language = fields.get("language") or _language(text)
    return _checked(Seed(name, fields["title"], text, address, fields.get("publisher"), _date(name, fields), language))


def _front_matter(name: str, head: str) -> dict[str, str]:
    """The fields that stand in the front matter, all as the strings that a person wrote."""
    try:
        data: Any = yaml.load(head, Loader=yaml.BaseLoader)  # strings only, no objects: "2016" may be a title
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"{name}: the front matter is not YAML ({one_line(str(error), 200)}); correct it.") from error
    if not isinstance(data, dict):
        raise InputError(f"{name}: the front matter is not YAML of the form key: value; correct it.")
    fields = {str(k): one_line(v, 300) for k, v in data.items() if isinstance(v, str) and v.strip()}
    if "title" not in fields:
        raise InputError(f"{name} has no title; add a line title: … to its front matter.")
    return fields


def _date(name: str, fields: dict[str, str]) -> Published:
    stated = fields.get("published")
    if stated is None:
        return Published()
    published = iso_date(stated, "seed")
    if published is None or (published.precision is Precision.DAY and len(stated) > 10):
        raise InputError(
            f"{name}: published {stated!r} is not a date; write 2016-12-10, or with a zone 2016-12-10T14:00+00:00."
        )
    return published


def _markdown_text(body: str) -> str:
    """The paragraphs of a Markdown text: lines joined, marks of headings gone, list items each on its own."""
    parts = []
    for block in paragraphs(clean(body)):
        lines: list[str] = []
        for line in block.split("\n"):
            if line.startswith("#"):
                lines.append(line.lstrip("# ").strip())
            elif lines and not line.startswith(("- ", "* ", "+ ", "> ")):
                lines[-1] += " " + line
            else:
                lines.append(line)
        parts += [line for line in lines if line]
    return join_paragraphs(parts)


def _language(text: str) -> str | None:
    found = language_of(text)
    return None if found == UNKNOWN else found


def _checked(seed: Seed) -> Seed:
    if not words(seed.text):
        raise InputError(f"{seed.name} has no text beside its title; a seed needs the article itself.")
    if not seed.title:
        raise InputError(f"{seed.name} has no title; give it one in front matter: ---, title: …, ---.")
    return seed
