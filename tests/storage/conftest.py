"""Fixtures of the tests of storage."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home", wait=timedelta(seconds=5))
