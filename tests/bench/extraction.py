"""Extraction beside bare trafilatura: decides how the two are compared. Never compares what they find."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from trafilatura import bare_extraction

from storywire.pages import extract_page
from tests.bench.corpus import Corpus, variant

URL = "http://127.0.0.1/page.html"


def bare(body: bytes) -> Any:
    """What anyone would call, with the options that `extract_page` gives."""
    dates = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}
    return bare_extraction(body, url=URL, include_comments=False, with_metadata=True, date_extraction_params=dates)


def ours(body: bytes) -> Any:
    """What a worker runs."""
    return extract_page(body, URL, "text/html; charset=utf-8")


def compared(given: Corpus, rounds: int) -> dict[str, Any]:
    """CPU milliseconds a page of each, medians of `rounds` after a warm-up.

    trafilatura remembers lines and dates that it has seen, so no text is shown twice: each call has a variant of the
    page of its own, and the two take turns in who goes first.
    """
    for page in given.pages[:8]:
        ours(variant(page, 1).encode())
        bare(variant(page, 2).encode())
    times: dict[Callable[[bytes], Any], list[float]] = {ours: [], bare: []}
    for number, page in enumerate(given.pages):
        took: dict[Callable[[bytes], Any], list[float]] = {ours: [], bare: []}
        for turn in range(rounds):
            pair: Sequence[Callable[[bytes], Any]] = (ours, bare) if (number + turn) % 2 else (bare, ours)
            for place, function in enumerate(pair):
                body = variant(page, 3 + 2 * turn + place).encode()
                began = time.process_time()
                function(body)
                took[function].append(time.process_time() - began)
        for function, seconds in took.items():
            times[function].append(1000 * median(seconds))
    ratios = sorted(mine / theirs for mine, theirs in zip(times[ours], times[bare], strict=True))
    return {
        "pages": len(given.pages),
        "ours": sum(times[ours]) / len(times[ours]),
        "bare": sum(times[bare]) / len(times[bare]),
        "ratio": sum(times[ours]) / sum(times[bare]),
        "ratio_median": median(ratios),
        "ratio_90th": ratios[len(ratios) * 9 // 10],
    }
