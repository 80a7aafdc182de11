import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

import psutil
import pytest

from tests.kill import checks
from tests.kill.receiver import receiving

ROOT = Path(__file__).resolve().parent.parent.parent
posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and fork")


def python(*arguments: str) -> tuple[int, str]:
    """Runs a module; its exit status and what it said, by way of a file: a server that outlives it keeps pipes."""
    command = [sys.executable, "-m", *arguments]
    with TemporaryFile("w+") as said:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=ROOT, timeout=240)
        said.seek(0)
        return done.returncode, said.read()


@posix
def test_a_run_killed_at_any_kind_of_step_is_healed_by_the_next() -> None:
    status, said = python("tests.kill", "--quick", "--jobs", "2")
    assert status == 0, said


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The folder of an installation; afterwards no Prefect server of a killed run is left."""
    folder = tmp_path / "disturbed" / "home"
    folder.mkdir(parents=True)
    yield folder
    for server in servers(folder):
        server.kill()


def servers(home: Path) -> list[psutil.Process]:
    """The temporary Prefect servers of an installation: what runs with its PREFECT_HOME."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # another person's, or gone
            if process.environ().get("PREFECT_HOME") == str(home / "prefect"):
                found.append(process)
    return found


@posix
def test_runs_through_prefect_killed_at_two_steps_in_turn_are_healed_by_the_third(home: Path, tmp_path: Path) -> None:
    calm = tmp_path / "calm" / "home"
    calm.parent.mkdir()
    with receiving(tmp_path) as receiver:
        hook, calm_hook = receiver.address(home), receiver.address(calm)
        for step in (
            "K11 outbox | save_analysis: before commit",  # all is collected, the verdicts and alerts are not stored
            "K13 delivered but not marked | after send to hook",
        ):
            status, said = python("tests.kill.one_run", str(home), hook, "--prefect", "--kill", step)
            assert status == -signal.SIGKILL, said
        assert not [*checks.snapshot_whole(home, must_exist=True)]
        status, said = python("tests.kill.one_run", str(home), hook, "--prefect")
        assert status == 0, said
        status, said = python("tests.kill.one_run", str(calm), calm_hook)
        assert status == 0, said
    expected, found = (checks.content(each, same_instant=True) for each in (calm, home))
    assert not [*checks.differences(expected, found), *checks.laws(home)]
