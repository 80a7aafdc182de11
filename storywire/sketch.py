"""What is remembered of an article's wording, so that its text is not read again: decides how wording is reduced.

Never compares two articles; `dedup` and `grouping` do.
"""

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from storywire.text import fingerprint, words

Hashes = npt.NDArray[np.uint32]

SHINGLE = 5  # words in a run; two texts that share runs of five words share a source, not just a subject
SAMPLED = 4  # of so many runs one is remembered: enough to find what is worth a closer look, in a quarter of the room
MAX_NAMES = 24
_SPREAD = np.uint32(0x9E3779B1)  # multiplicative hashing (Knuth, vol. 3, 6.4)
_SHINGLE_BASE = np.uint32(0x01000193)  # odd, so that no power of it loses bits (the FNV prime)

_WORD = r"[^\W\d_][\w’'-]*"
_SENTENCE_START = re.compile(r"(?:^|[.!?:;]\s+|[\n\"“”‘(]\s*)$")


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """The wording of one article.

    `fingerprint` is a hash of the normalised text. `shingles` (uint32, sorted, unique) are hashes of its runs of five
    words, a sample of them (see `sampled`). `terms` (uint32, sorted, unique) are hashes of its words and `counts`
    (float32, same length) how often each stands there; `numbers` (uint32, sorted, unique) are those terms that have a
    digit. `names` are its proper names as written, the most frequent first.
    """

    fingerprint: str
    shingles: Hashes
    terms: Hashes
    counts: npt.NDArray[np.float32]
    numbers: Hashes
    names: tuple[str, ...]


def sketch(title: str, text: str) -> Sketch:
    """Reduce an article to what later comparisons need. The title counts as wording, but not towards a copy."""
    body = words(text)
    hashed = hashes(body)
    terms, counts = np.unique(np.concatenate([hashes(words(title)), hashed]), return_counts=True)
    return Sketch(
        fingerprint=fingerprint(text or title),
        shingles=_shingles(hashed),
        terms=terms,
        counts=counts.astype(np.float32),
        numbers=np.unique(hashes([word for word in set(body) if not word.isalpha() and any(map(str.isdigit, word))])),
        names=names(title, text),
    )


def hashes(tokens: Sequence[str]) -> Hashes:
    """A stable 32-bit hash of each word (CRC-32), uint32, shape (len(tokens),)."""
    return np.fromiter(map(zlib.crc32, map(str.encode, tokens)), np.uint32, len(tokens))


def _shingles(tokens: Hashes) -> Hashes:
    """Hashes of all runs of five words, as polynomials over the words' hashes (mod 2**32), sorted and unique."""
    runs = len(tokens) - SHINGLE + 1
    if runs < 1:
        return np.empty(0, np.uint32)
    mixed = np.zeros(runs, np.uint32)
    for place in range(SHINGLE):
        mixed = mixed * _SHINGLE_BASE + tokens[place : place + runs]
    return np.unique(sampled(mixed))


def sampled(shingles: Hashes) -> Hashes:
    """Of these shingles those that are remembered: by their hash alone, so that all texts keep the same ones.

    Shares of a text that are counted on them are right on average (FracMinHash; Irber et al., "Lightweight
    compositional analysis of metagenomes with FracMinHash", 2022).
    """
    return shingles[shingles * _SPREAD < np.uint32(2**32 // SAMPLED)]


def names(title: str, text: str) -> tuple[str, ...]:
    """The proper names of a text as written, most frequent first, by capital letters alone.

    A capital at the start of a sentence says nothing, so a single word counts only if it also stands inside a
    sentence; headlines that capitalise every word add counts to names found in the text, but no names.
    """
    inside: Counter[str] = Counter()
    starts: Counter[str] = Counter()
    for run in _capital_runs(text):
        name, at_start = run
        (starts if at_start and " " not in name else inside)[name] += 1
    if not inside and not text:
        inside.update(name for name, _ in _capital_runs(title))
    folded_title = title.casefold()
    total = {name: inside[name] + starts[name] + (name.casefold() in folded_title) for name in inside}
    return tuple(sorted(total, key=lambda name: (-total[name], name)))[:MAX_NAMES]


def _capital_runs(text: str) -> list[tuple[str, bool]]:
    """Runs of up to four capitalised words, each with whether it begins a sentence; scripts without case yield none."""
    runs: list[tuple[str, bool]] = []
    current: list[str] = []
    at_start, end = False, 0
    for match in re.finditer(_WORD, text):
        start = match.start()
        capital = text[start].isupper()
        if current and (not capital or text[end:start] != " " or len(current) == 4):
            runs.append((" ".join(current), at_start))
            current = []
        if capital:
            if not current:
                at_start = bool(_SENTENCE_START.search(text[max(0, start - 3) : start]))
            current.append(match.group().removesuffix("’s").removesuffix("'s"))
            end = match.end()
    return [*runs, (" ".join(current), at_start)] if current else runs
