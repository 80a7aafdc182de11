"""What is remembered of an article's wording, so that its text is not read again: decides how wording is reduced.

Never compares two articles; `dedup` and `grouping` do.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """The wording of one article.

    `fingerprint` is a hash of the normalised text. `shingles` (uint32, sorted, unique) are hashes of its runs of five
    words. `terms` (uint32, sorted, unique) are hashes of its words and `counts` (float32, same length) how often each
    stands there. `names` are its proper names as written, the most frequent first.
    """

    fingerprint: str
    shingles: Hashes
    terms: Hashes
    counts: npt.NDArray[np.float32]
    names: tuple[str, ...]
