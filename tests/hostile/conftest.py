"""What the tests of hostile input share: one warm pool of readers."""

from collections.abc import Iterator

import pytest

from tasks.workers import Workers


@pytest.fixture(scope="session")
def workers() -> Iterator[Workers]:
    """Real reading processes."""
    with Workers() as workers:
        yield workers
