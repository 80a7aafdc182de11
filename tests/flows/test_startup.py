"""What `storywire --help` imports. The benchmark says how long it takes: a timed test fails on a busy machine."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "sentence_transformers", "prefect", "duckdb", "numpy", "trafilatura", "feedparser", "httpx", "lxml")
SCRIPT = """
import sys
from flows.cli import cli
cli(sys.argv[1:], standalone_mode=False)
print("imported:", sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["feeds", "--help"], ["storylines", "add", "--help"]])
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, check=True)
    imported = done.stdout.partition("imported:")[2]
    assert "Usage" in done.stdout
    assert "click" in imported
    assert [name for name in HEAVY if f"'{name}'" in imported] == []
