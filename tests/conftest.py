"""Fixtures that every test folder uses."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of other people's texts beside the checkout; it is not part of the project."""
    folder = Path(__file__).resolve().parent.parent.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"no shared dev data at {folder}")
    return folder
