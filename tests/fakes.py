"""Stand-ins for what is slow or outside: each behaves like the real part, and says here what of it is not real.

Never used where a real part is quick enough: the Store and the parsers have no fake.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from storywire.errors import FetchError
from storywire.notices import Letter
from tasks.channels import DeliveryError
from tasks.fetch import FEED_TYPES, Permit, Response
from tasks.workers import READING_DEADLINE

DIMENSIONS = 64

Result = TypeVar("Result")
Answer = Response | FetchError


class FakeEncoder:
    """An Encoder that knows words, not meaning: a text's vector is the sum of one fixed random vector a word.

    Texts that share words get similar vectors, the same text the same one, in every process. Real: unit length,
    float32, the order, the progress. Not real: synonyms are strangers, and the thresholds were found for another model.
    """

    def __init__(self, name: str = "fake-words") -> None:
        self._name = name

    def encode(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> npt.NDArray[np.float32]:
        """Unit vectors, float32, shape (len(passages), DIMENSIONS)."""
        rows = np.zeros((len(passages), DIMENSIONS))
        for row, passage in zip(rows, passages, strict=True):
            for word in re.findall(r"\w+", passage.casefold()) or [""]:
                row += self._vector(word)
            if progress:
                progress(1)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return (rows / np.where(norms > 0, norms, 1)).astype(np.float32)

    def model(self) -> tuple[str, str]:
        """Its name, and the digest of it: there are no weights."""
        return self._name, hashlib.sha256(self._name.encode()).hexdigest()

    def start(self) -> None:
        """It is always ready."""

    def _vector(self, word: str) -> npt.NDArray[np.float64]:
        seed = hashlib.blake2b(f"{self._name}\0{word}".encode(), digest_size=DIMENSIONS).digest()
        return np.frombuffer(seed, np.uint8).astype(np.float64) - 127.5


@dataclass
class FakeFetcher:
    """A Fetcher over a dictionary instead of a network; `requests` has the addresses asked for, in order.

    What is not in the dictionary is a 404. Real: an answer to a request with the right validator is a 304, an error is
    raised. Not real: nothing takes time, is redirected, or is limited in size.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def __call__(self) -> Self:
        """So that it can stand for `House.fetcher`, which is called once a run."""
        return self

    async def __aenter__(self) -> Self:
        """The fetcher itself."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """There is nothing to close."""

    async def fetch(
        self,
        url: str,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = FEED_TYPES,
        permit: Permit | None = None,
        served_by: str | None = None,
    ) -> Response:
        """The answer for `url`; raises the FetchError where that is the answer."""
        if permit is not None:
            await permit(url)
        self.requests.append(url)
        answer = self.answers.get(url, FetchError("HTTP 404", status=404))
        if isinstance(answer, FetchError):
            raise answer
        same_tag = etag is not None and etag == answer.etag
        same_date = etag is None and last_modified is not None and last_modified == answer.last_modified
        if same_tag or same_date:
            return Response(304, answer.url, b"", None, answer.etag, answer.last_modified, answer.max_age)
        return answer


@dataclass
class RecordingNotifier:
    """A Notifier that only notes what it was given. Targets in `down` refuse, as one that cannot be reached would."""

    delivered: list[tuple[str, Letter]] = field(default_factory=list)
    down: dict[str, DeliveryError] = field(default_factory=dict)

    async def send(self, target: str, letter: Letter) -> None:
        """Note the letter; DeliveryError where the target is down."""
        if target in self.down:
            raise self.down[target]
        self.delivered.append((target, letter))

    def payloads(self, target: str | None = None) -> list[dict[str, Any]]:
        """The data of what was delivered, in order, there or anywhere."""
        return [json.loads(letter.payload)["data"] for to, letter in self.delivered if target in (None, to)]


@dataclass
class FixedClock:
    """A clock that stands still until it is set; stands for `House.clock`."""

    now: datetime

    def __call__(self) -> datetime:
        """The time to which it is set."""
        return self.now


class InlineWorkers:
    """Workers without processes: documents are read here. Not real: no document takes too long or too much."""

    at_once = 4

    def __enter__(self) -> Self:
        """The workers themselves."""
        return self

    def __exit__(self, *error: object) -> None:
        """There is nothing to end."""

    async def run(self, function: Callable[..., Result], *args: Any, timeout: timedelta = READING_DEADLINE) -> Result:
        """What `function(*args)` returns; what it raises is raised."""
        return function(*args)
