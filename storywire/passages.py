"""How an article is cut for the model, and how its vectors become one: decides what an article's vector means.

Never loads a model; an Encoder (tasks.embed) turns passages into vectors.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# all-MiniLM-L6-v2 reads 256 word pieces; English news has about 4.2 characters a piece, so 1,000 characters fit.
PASSAGE_CHARACTERS = 1000
# News puts what matters first: past some 6,000 characters a text adds background, and cost.
MAX_PASSAGES = 6


def passages(title: str, text: str) -> list[str]:
    """Cut an article into passages for the model, whole paragraphs where they fit; the title leads the first."""
    found: list[str] = []
    current = title
    for paragraph in text[: (MAX_PASSAGES + 1) * PASSAGE_CHARACTERS].split("\n\n"):
        for piece in _pieces(paragraph):
            if current and len(current) + len(piece) > PASSAGE_CHARACTERS:
                found.append(current)
                current = ""
            current = f"{current}\n{piece}" if current else piece
        if len(found) >= MAX_PASSAGES:
            return found[:MAX_PASSAGES]
    return [*found, current] if current.strip() else found


def _pieces(paragraph: str) -> list[str]:
    """A paragraph, cut at spaces where it is longer than a passage."""
    pieces = []
    while len(paragraph) > PASSAGE_CHARACTERS:
        cut = paragraph.rfind(" ", 1, PASSAGE_CHARACTERS)
        cut = cut if cut > 0 else PASSAGE_CHARACTERS
        pieces.append(paragraph[:cut])
        paragraph = paragraph[cut:].lstrip()
    return [*pieces, paragraph] if paragraph else pieces


def pool(vectors: npt.NDArray[np.float32], counts: Sequence[int]) -> npt.NDArray[np.float32]:
    """One unit vector per article: the mean of its passages' vectors.

    `vectors` is float32, shape (sum(counts), dimensions), the passages of all articles one after another; `counts`
    says how many belong to each article (at least 1). Returns float32, shape (len(counts), dimensions).
    """
    starts = np.cumsum([0, *counts[:-1]])
    sums = np.add.reduceat(vectors, starts, axis=0)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    return (sums / np.where(norms > 0, norms, 1)).astype(np.float32)
