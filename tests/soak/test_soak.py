"""The short form of the soak; `make soak` is the full one."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.timeout(500)
def test_nothing_is_lost_or_doubled_while_the_parts_of_an_installation_are_killed(tmp_path: Path) -> None:
    words = "--minutes 1 --feeds 8 --per-minute 20 --between 10 20 --every 10".split()
    command = [sys.executable, "-m", "tests.soak", *words, "--keep", str(tmp_path / "soak")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=480)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-2000:]}"
