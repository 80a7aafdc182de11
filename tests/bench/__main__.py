"""The benchmark's command line: decides what is run, in which order. Never times anything itself.

    python -m tests.bench [--pages 300] [--rounds 3] [--corpus FOLDER] [--json] [--write]

The aims are about runs of 1,000 articles: --pages 1000.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench import extraction, memory, report, startup
from tests.bench.corpus import REAL, Corpus, corpus, served

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs/benchmarks.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end -->\n"
WARM_UP = 8  # articles


def main() -> None:
    """Measure, and print one table."""
    options = _options()
    given = corpus(options.corpus)
    found = measure(given, options.pages, options.rounds)
    table = report.table(found)
    print(json.dumps(found, indent=2) if options.json else table)
    if options.write:
        command = f"python -m tests.bench --pages {options.pages} --rounds {options.rounds}"
        write(f"$ {command}\n\n{table}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Time and weigh the main job.")
    parser.add_argument("--pages", type=int, default=300, help="articles in a run (default 300)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of which medians are taken (default 3)")
    parser.add_argument("--corpus", type=Path, default=REAL, help="a folder of .html or .html.gz pages")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="also refresh the figures in docs/benchmarks.md")
    return parser.parse_args()


def measure(given: Corpus, pages: int, rounds: int) -> dict[str, Any]:
    """All figures, one thing after the other, so that none is timed beside another."""
    on = report.machine()
    with tempfile.TemporaryDirectory() as folder, served(given, pages) as feed, served(given, WARM_UP) as warm_up:
        home = Path(folder)
        _say(f"starts, then {rounds} cycles of {pages} articles, extraction alone, and a run through Prefect")
        first, later = startup.prefect_seconds(home / "start")
        cycles = [_cycle(home / f"cycle{number}", feed, warm_up, peer=number == 0) for number in range(rounds)]
        peak = memory.peak(home / "memory", feed) if sys.platform == "linux" else None
        alone = extraction.compared(given, rounds)
    number, peer = cycles[0]["articles"], cycles[0]["plain_encode"]
    return {
        "machine": on,
        "corpus": given.name,
        "rounds": rounds,
        "articles": {"stored": number, "copies": cycles[0]["copies"], "passages": cycles[0]["passages"]},
        "per_article": report.medians(cycles),
        "extraction": alone,
        "plain_encode": {
            "cpu": 1000 * peer["cpu"] / number,
            "ratio": cycles[0]["parts"]["encode"]["cpu"] / peer["cpu"],
        },
        "start": {
            "help": startup.help_seconds(),
            "import": median(c["import"] for c in cycles),
            "model": median(c["model"] for c in cycles),
            "worker": median(c["worker"]["start"]["wall"] for c in cycles),
            "prefect": later,
            "prefect_first": first,
        },
        "memory": peak and _megabytes(peak),
        "cycles": cycles,
    }


def _cycle(home: Path, feed: str, warm_up: str, peer: bool) -> dict[str, Any]:
    """One round; with the peer of `encode` in one of them only, as it costs as much again."""
    command = [sys.executable, "-m", "tests.bench.cycle", str(home), feed, warm_up, *(["peer"] if peer else [])]
    child = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(child.stdout)
    return found


def _megabytes(peak: memory.Peak) -> dict[str, Any]:
    parts = {kind: size / 1e6 for kind, size in peak.parts.items()}
    return {"articles": peak.articles, "total": peak.total / 1e6, "parts": parts, "server": peak.server / 1e6}


def write(figures: str) -> None:
    """Put the table into the document, between its two marks."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    DOCUMENT.write_text(f"{before}```\n{figures}```\n{after}", encoding="utf-8")


def _say(words: str) -> None:
    print(words, file=sys.stderr)


if __name__ == "__main__":
    main()
