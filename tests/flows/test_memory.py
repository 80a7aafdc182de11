"""Memory of a whole run, through Prefect. Minutes: the benchmark shows the same figure with its parts."""

import sys
from pathlib import Path

import pytest

from tests.bench import memory
from tests.bench.corpus import corpus, served
from tests.bench.report import MEMORY_AIM


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts PSS, memory that can be summed over processes")
def test_a_run_of_a_thousand_articles_stays_within_its_memory(shared: Path, tmp_path: Path) -> None:
    with served(corpus(shared / "data/pages/article_extraction_benchmark/html"), 1000) as feed:
        peak = memory.peak(tmp_path, feed)
    assert peak.articles >= 1000
    assert peak.total <= MEMORY_AIM * 1e6, f"{peak.total / 1e6:.0f} MB: {peak.parts}"
