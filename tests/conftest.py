"""Fixtures that every test folder uses."""

import os
import sys
from pathlib import Path

import pytest

_STATUS = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of other people's texts beside the checkout; it is not part of the project."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"no shared dev data at {folder}")
    return folder


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remembers the status for `pytest_unconfigure`."""
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the process without the tear-down of the interpreter: DuckDB 2.0 prints 60 lines of "leaks" in it."""
    if _STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_STATUS])
