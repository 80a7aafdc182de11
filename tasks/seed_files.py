"""Seed files: brings a folder's or a person's seeds as entries and definitions. Decides only which files count.

Never stores anything; `storywire.seeds` says what a file means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from storywire import identity
from storywire.errors import InputError
from storywire.nouns import Definition, Entry, Published
from storywire.seeds import Seed, parse_definition, parse_seed
from storywire.urls import canonical_url

ARTICLES = {".md", ".txt", ".html", ".htm"}


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seed articles as pending entries without a feed, and the named storylines that they define."""

    entries: tuple[Entry, ...] = ()
    definitions: tuple[Definition, ...] = ()

    def known_as(self, article_ids: Mapping[str, str]) -> Self:
        """The same seeds, where articles of some urls are stored already: these are the members then."""
        there = {identity.article_id_of(e): article_ids[e.url] for e in self.entries if e.url and e.url in article_ids}
        return replace(
            self,
            entries=tuple(e for e in self.entries if e.url not in article_ids),
            definitions=tuple(
                replace(d, member_ids=tuple(there.get(member, member) for member in d.member_ids))
                for d in self.definitions
            ),
        )


def read_folder(folder: Path, now: datetime) -> Seeds:
    """All seed articles (Markdown, text, HTML) and storyline definitions (TOML) of a folder and those below it.

    Raises InputError where there is no article, or a file cannot be used.
    """
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    entries = {p.resolve(): entry_of(parse_seed(p.name, _read(p)), now) for p in paths if p.suffix.lower() in ARTICLES}
    if not entries:
        raise InputError(f"{folder} holds no seed articles; put some there as .md, .txt or .html files")
    definitions = []
    for path in paths:
        if path.suffix.lower() == ".toml":
            definition = parse_definition(path.name, _read(path))
            members = [_member(entries, path, member) for member in definition.members]
            definitions.append(_define(definition.name, members))
    return Seeds(tuple(entries.values()), tuple(definitions))


def read_given(name: str, given: Sequence[str], now: datetime) -> Seeds:
    """A storyline as a person defines it on the command line: a name, and files or addresses as its seeds."""
    if not identity.slug(name):
        raise InputError(f"{name!r} is no name for a storyline; use some letters")
    entries = [from_address(seed, now) if "://" in seed else from_file(Path(seed), now) for seed in given]
    return Seeds(tuple(entries), (_define(name, entries),))


def _define(name: str, entries: Sequence[Entry]) -> Definition:
    members = tuple(dict.fromkeys(identity.article_id_of(entry) for entry in entries))
    return Definition(identity.seeded_storyline_id(name), name, members)


def _member(entries: dict[Path, Entry], definition: Path, member: str) -> Entry:
    entry = entries.get((definition.parent / member).resolve())
    if entry is None:
        raise InputError(f"{definition} names {member}, which is not there; correct its list of members")
    return entry


def from_file(path: Path, now: datetime) -> Entry:
    """An entry from a file, by its name Markdown, a web page or plain text. Raises InputError."""
    return entry_of(parse_seed(path.name, _read(path)), now)


def from_address(address: str, now: datetime) -> Entry:
    """An entry whose page is still to be fetched. Raises InputError."""
    url = canonical_url(address)
    if url is None:
        raise InputError(
            f"{address} is no web address; give a file, or an address that begins with http:// or https://"
        )
    return Entry(identity.entry_id(None, None, url, None, None), None, None, url, None, None, Published(), now)


def entry_of(seed: Seed, now: datetime) -> Entry:
    """An entry that has all that it says."""
    return Entry(
        entry_id=identity.entry_id(None, None, seed.url, seed.title, seed.text),
        feed_url=None,
        guid=None,
        url=seed.url,
        title=seed.title,
        summary=seed.text,
        published=seed.published,
        first_seen_at=now,
        publisher=seed.publisher,
        language=seed.language,
        full_text=True,
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; check the path") from error
