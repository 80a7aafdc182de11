"""What a fetch takes of memory, whatever is sent (H28 to H35)."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.inputs import BAD, zeros
from tests.hostile.raw import Script, answer, chunked, saying

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how large a process was at most")

REPOSITORY = Path(__file__).resolve().parent.parent.parent
GROWTH = 50 * 1024  # kB
MEGABYTE = bytes(2**20)


def _endless(connection):  # type: ignore[no-untyped-def]
    connection.sendall(answer("Transfer-Encoding: chunked"))
    while True:
        connection.sendall(chunked(MEGABYTE))


BOMBS: dict[str, tuple[Script, str]] = {
    "H28 512 MB of gzip": (answer("Content-Encoding: gzip", body=zeros(512)), "too large"),
    "H28 4 GB of gzip": (answer("Content-Encoding: gzip", body=zeros(4096)), "too large"),
    "H29 gzip in gzip in gzip": (
        answer("Content-Encoding: gzip, gzip, gzip", body=gzip.compress(gzip.compress(zeros(512)))),
        "unsupported encoding 'gzip, gzip, gzip'",
    ),
    "H30 brotli": (answer("Content-Encoding: br", body=MEGABYTE * 4), "unsupported encoding 'br'"),
    "H31 zstd": (answer("Content-Encoding: zstd", body=MEGABYTE * 4), "unsupported encoding 'zstd'"),
    "H34 without end": (_endless, "too large"),
    "H35 a header of 5 MB": (answer("X: " + "a" * 5_000_000), "the answer is not HTTP"),
    "the largest that is taken": (
        answer("Content-Encoding: gzip", body=gzip.compress(MEGABYTE * 15)),
        f"{15 * 2**20} bytes",
    ),
}


@pytest.mark.parametrize(("script", "came"), BOMBS.values(), ids=BOMBS.keys())
def test_a_fetch_grows_by_at_most_fifty_megabytes(script: Script, came: str) -> None:
    with saying(script, address=BAD) as server:
        command = [sys.executable, "-m", "tests.hostile.memory", server.url]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True)
    found, grown = done.stdout.splitlines()
    assert found == came
    assert int(grown) < GROWTH
    assert int(grown) > 14 * 1024 or "bytes" not in came, "else it does not measure"
